/* SPDX-License-Identifier: MIT */
/* When a version of what is being written goes to Drafts: not with every letter, and not while a big file would be sent again and again. */
#include "ui/composer_version.h"
#include "core/draft_version.h"
#include "core/undo.h"
#include "ui/composer_draft.h"
#include "ui/composer_parts.h"
#include "ui/composer_vault.h"
#include "ui/filing.h"
#include <glib/gi18n-lib.h>

#define QUIET_MS       5000
#define EVERY_MS       60000
#define BIG_BYTES      (2 * 1024 * 1024) /* attached: only when the composer is left */
#define AGAIN_AFTER_MS 30000

/* Each version is a message of its own: a server must be able to tell the new one from the old. */
GBytes *composer_version_build(struct draft *draft, char **message_id_out)
{
    char *own = g_steal_pointer(&draft->message_id);
    GBytes *bytes = compose_build_draft(draft, true);
    *message_id_out = g_steal_pointer(&draft->message_id);
    draft->message_id = own;
    return bytes;
}

/* Another sender was chosen: the version in the other account's Drafts goes, once there is one here. */
bool composer_version_store(store *db, const char *account_id, GBytes *bytes, struct composer_versioned *version, GError **error)
{
    gsize size = 0;
    const void *data = g_bytes_get_data(bytes, &size);
    bool is_other = version->replaces != 0 && version->account != NULL && g_strcmp0(version->account, account_id) != 0;
    int64_t before = is_other ? version->replaces : 0, now = is_other ? 0 : version->replaces;
    if (!draft_version_put(db, account_id, data, size, &now, &version->is_conflict, error))
        return false;
    version->replaces = now;
    return before == 0 || draft_version_remove(db, before, error);
}

void composer_version_stored(struct composer *self, const char *account_id, const char *message_id,
                             const struct composer_versioned *version)
{
    self->replaces = version->replaces;
    g_free(self->version_account);
    self->version_account = g_strdup(account_id);
    g_free(self->version_id);
    self->version_id = g_strdup(message_id);
    self->is_version_noted = self->kept != NULL && self->version_id != NULL;
    if (self->is_version_noted)
        composer_note_version(self->kept, self->version_id);
    app_after_change(self->base.app);
    if (version->is_conflict)
        app_error(self->base.app, _("This draft was changed or moved by another program meanwhile: both are kept."));
}

bool composer_version_take(struct composer *self, GBytes *bytes, const char *message_id, GError **error)
{
    const struct account *from = composer_account(self);
    struct composer_versioned version = { .replaces = self->replaces, .account = self->version_account };
    if (from == NULL) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_MISSING, _("The account of this message is not there any more."));
        return false;
    }
    bool is_stored = composer_version_store(app_store(self->base.app), from->id, bytes, &version, error);
    self->replaces = version.replaces;
    if (!is_stored)
        return false;
    composer_version_stored(self, from->id, message_id, &version);
    return true;
}

bool composer_version_put(struct composer *self, GError **error)
{
    g_autofree char *message_id = NULL;
    composer_take_fields(self);
    g_autoptr(GBytes) bytes = composer_version_build(self->draft, &message_id);
    if (!composer_version_take(self, bytes, message_id, error))
        return false;
    self->is_unversioned = false;
    return true;
}

static bool is_big(const struct composer *self)
{
    gsize size = 0;
    for (guint i = 0; self->draft->attachments != NULL && i < self->draft->attachments->len; i++)
        size += g_bytes_get_size(((const struct compose_attachment *)g_ptr_array_index(self->draft->attachments, i))->bytes);
    return size > BIG_BYTES;
}

void composer_version_tick(struct composer *self, int64_t now_ms)
{
    g_autoptr(GError) why = NULL;
    bool is_due = now_ms - self->changed_ms >= QUIET_MS || now_ms - self->unversioned_ms >= EVERY_MS;
    if (self->draft->is_encrypted || !self->is_unversioned || self->is_settled || !is_due || now_ms < self->version_again_ms ||
        is_big(self) || composer_is_as_opened(self))
        return;
    if (!composer_version_put(self, &why)) /* Drafts may not be known yet, or somebody writes */
        self->version_again_ms = now_ms + AGAIN_AFTER_MS;
}

void composer_version_last(struct composer *self)
{
    if (self->is_unversioned && !self->is_settled && !self->draft->is_encrypted && !is_big(self) && !composer_is_as_opened(self))
        composer_version_put(self, NULL);
}

static bool apply_throw(store *db, struct filing_step *step, GError **error)
{
    if (step->id != 0)
        draft_version_remove(db, step->id, NULL); /* it may be gone already */
    return step->text == NULL || undo_record_thrown(db, step->more, step->text, error);
}

static void thrown(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    (void)step;
    if (!is_done && error != NULL)
        app_error(ui, "%s", error->message);
    app_after_change(ui);
}

void composer_throw_version(app *ui, int64_t placement, const char *aside, const char *subject)
{
    const struct filing_step step = { .apply = apply_throw, .done = thrown, .id = placement, .text = aside, .more = subject };
    filing_step_start(ui, &step);
}

void composer_throw(struct composer *self)
{
    app *ui = self->base.app;
    self->is_changed = true;
    composer_keep_now(self);
    composer_parts_finish(self);
    g_autofree char *aside = self->kept != NULL ? composer_put_aside(self->kept) : NULL;
    composer_throw_version(ui, self->replaces, aside, self->draft->subject);
}
