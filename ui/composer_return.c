/* SPDX-License-Identifier: MIT */
/* What waits in the outbox, back into a composer. A big message is read, taken apart and kept on the filing thread; until then it is nobody's to send, so that it
 * is not sent while its person waits for it. Whenever postern ends meanwhile, it was taken back, and is kept once. */
#include "core/calendar.h"
#include "core/header_fields.h"
#include "core/outbox.h"
#include "core/outbox_taking.h"
#include "core/store_message.h"
#include "core/undo.h"
#include "ui/app_private.h"
#include "ui/composer_draft.h"
#include "ui/filing.h"
#include "ui/invitation_save.h"
#include "ui/view_working.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

enum { AT_ONCE_BYTES = 256 * 1024 };

struct taking {
    struct outbox_item *item;
    struct account *from; /* a copy; NULL: its account is gone */
    GBytes *sealed;       /* as it was written, if it was signed or encrypted just now */
    int64_t action_id;    /* of undo; 0: none */
    int64_t companion;    /* the letter that goes with it, while it waits; 0: none */
    bool is_reserved;
    /* what came of it */
    struct draft *draft; /* NULL: there is nothing to write on */
    char *kept;
    bool is_answer;              /* to an invitation, which is to be answered again */
    bool has_companion, is_half; /* a letter goes with it; that one was sent meanwhile */
    bool is_done;
    GError *why;
};

static void taking_free(void *data)
{
    struct taking *self = data;
    outbox_item_free(self->item);
    g_clear_pointer(&self->from, account_free);
    g_clear_pointer(&self->sealed, g_bytes_unref);
    g_clear_pointer(&self->draft, draft_free);
    g_free(self->kept);
    g_clear_error(&self->why);
    g_free(self);
}

/* --- on the thread --- */

static bool is_in_field(const char *field, const char *address)
{
    g_autoptr(GPtrArray) people = message_parse_addresses(field, NULL);
    for (guint i = 0; people != NULL && i < people->len; i++)
        if (g_ascii_strcasecmp(((const struct message_address *)people->pdata[i])->address, address) == 0)
            return true;
    return false;
}

/* Bcc is not in the message's bytes: who is in the envelope and in no field was there. */
static void restore_bcc(struct draft *draft, char **recipients)
{
    g_autoptr(GPtrArray) hidden = g_ptr_array_new();
    for (char **each = recipients; each != NULL && *each != NULL; each++)
        if (!is_in_field(draft->to, *each) && !is_in_field(draft->cc, *each))
            g_ptr_array_add(hidden, *each);
    if (hidden->len == 0)
        return;
    g_ptr_array_add(hidden, NULL);
    g_free(draft->bcc);
    draft->bcc = g_strjoinv(", ", (char **)hidden->pdata);
}

/* What the message itself does not tell is in its row. */
static bool open_draft(struct taking *self, store *db, const void *bytes, size_t size)
{
    gsize length = size;
    const void *written = self->sealed != NULL ? g_bytes_get_data(self->sealed, &length) : bytes;
    g_autoptr(message) parsed = message_parse(written, length);
    struct message_info info = { 0 };
    message_info(parsed, &info);
    if (info.part_flags & MESSAGE_IS_ENCRYPTED) {
        g_set_error_literal(&self->why, COMPOSE_ERROR, COMPOSE_ERROR_TO,
                            _("It is encrypted and cannot be written on any more; it can be sent or discarded."));
        return false;
    }
    self->draft = self->from != NULL ? compose_start(COMPOSE_RESUME, self->from, parsed, NULL, &self->why) : NULL;
    if (self->draft == NULL)
        return false;
    restore_bcc(self->draft, self->item->recipients);
    self->draft->reply_to_placement = self->item->reply_to_placement;
    self->draft->reply_flag = self->item->reply_flag;
    self->draft->asks_report = self->item->notify != NULL;
    g_autoptr(placement) about = self->item->reply_to_placement != 0 ? store_placement(db, self->item->reply_to_placement, NULL) : NULL;
    self->draft->reply_to_id = about != NULL ? g_strdup(about->message_id_header) : NULL;
    return true;
}

/* Somebody else's message that was sent on: nothing of ours to go on writing. */
static bool is_redirect(const char *bytes, size_t size)
{
    const char *rest = NULL;
    g_autoptr(GArray) fields = header_fields_split(bytes, size, &rest);
    return header_fields_have(fields, "Resent-From");
}

/* Nor is there in an answer to an invitation: the invitation is to be answered again. */
static bool is_invitation_answer(struct taking *self, const char *bytes, size_t size)
{
    const char *missing = NULL;
    g_autoptr(message) parsed = message_parse(bytes, size);
    g_autoptr(calendar) answer = message_calendar(parsed, &missing);
    const struct calendar_event *event = answer != NULL ? calendar_main_event(answer) : NULL;
    for (guint i = 0; event != NULL && i < event->people->len; i++)
        self->has_companion |= ((const struct calendar_person *)event->people->pdata[i])->answer == CALENDAR_DELEGATED;
    return answer != NULL && answer->method != CALENDAR_NO_METHOD && answer->method != CALENDAR_PUBLISH;
}

static bool take_answer(struct taking *self, store *db)
{
    if (!outbox_take_back(db, self->item->id, NULL, NULL, &self->why))
        return false;
    bool is_whole = self->companion != 0 && outbox_take_back(db, self->companion, NULL, NULL, NULL);
    self->is_half = self->has_companion && !is_whole;
    return true;
}

/* First it is kept as a draft, then it leaves the outbox: at every moment it is in one of them, and it is noted which of them counts. */
static bool keep_and_take(struct taking *self, store *db, const void *bytes, size_t size)
{
    bool is_kept = open_draft(self, db, bytes, size) && composer_name_kept(self->draft, &self->kept, &self->why);
    bool is_done =
        is_kept && composer_note_taking(self->kept, self->item->id, false, &self->why) &&
        composer_keep(self->draft, &self->kept, true, &self->why) && composer_keep_attachments(self->draft, self->kept, &self->why) &&
        composer_note_taking(self->kept, self->item->id, true, &self->why) && outbox_take_back(db, self->item->id, NULL, NULL, &self->why);
    if (is_done)
        composer_taking_done(self->kept);
    else if (is_kept)
        composer_forget_kept(self->kept);
    return is_done;
}

static void work(store *db, void *data)
{
    struct taking *self = data;
    g_autofree char *bytes = NULL;
    size_t size = 0;
    g_clear_pointer(&self->draft, draft_free); /* of a first try, while somebody else was writing */
    g_clear_pointer(&self->kept, g_free);
    if (db == NULL) {
        g_set_error_literal(&self->why, STORE_ERROR, STORE_ERROR_OTHER, _("The mail index could not be opened."));
        return;
    }
    if (!self->is_reserved && self->item->state == OUTBOX_QUEUED)
        self->is_reserved = outbox_reserve(db, self->item->id, &self->why);
    bool is_read = self->why == NULL && outbox_read(db, self->item->id, &bytes, &size, &self->why);
    self->is_answer = is_read && is_invitation_answer(self, bytes, size);
    if (is_read && self->is_answer)
        self->is_done = take_answer(self, db);
    else if (is_read && is_redirect(bytes, size))
        self->is_done = outbox_take_back(db, self->item->id, NULL, NULL, &self->why);
    else
        self->is_done = is_read && keep_and_take(self, db, bytes, size);
    if (!self->is_done && self->is_reserved)
        self->is_reserved = !outbox_release(db, self->item->id, NULL);
    if (!self->is_done && self->companion != 0)
        outbox_release(db, self->companion, NULL);
}

/* --- on the screen --- */

static bool apply_undone(store *db, struct filing_step *step, GError **error)
{
    return undo_done(db, step->id, error);
}

static void mark_undone(app *ui, int64_t action_id)
{
    const struct filing_step step = { .apply = apply_undone, .id = action_id };
    filing_step_start(ui, &step);
}

static void done(app *ui, void *data)
{
    struct taking *self = data;
    const struct event news = { .type = EVENT_INVITATION_CHANGED }; /* the reader shows what was answered */
    if (!self->is_done) {
        app_error(ui, "%s", self->why != NULL ? self->why->message : _("The account is not there any more."));
        return;
    }
    composer_forget_sent(self->item->id);
    app_after_change(ui);
    if (self->is_answer) {
        invitation_save_undo(ui, self->item->message_id);
        app_event(ui, &news);
    }
    if (self->draft != NULL)
        view_composer_push_kept(ui, g_steal_pointer(&self->draft), self->kept);
    if (self->action_id != 0)
        mark_undone(ui, self->action_id);
    if (self->is_half)
        app_error(ui, _("This letter was taken back, but the one that goes with it was sent already."));
    else
        app_say(ui, _("Taken back. It was not sent."));
}

/* At once, before it is read on the thread. Somebody else is writing: the thread does it. False: it is told why not. */
static bool reserve(app *ui, struct taking *self)
{
    g_autoptr(GError) why = NULL;
    bool waits = self->item->state == OUTBOX_QUEUED;
    self->is_reserved = waits && outbox_reserve(app_store(ui), self->item->id, &why);
    self->companion = outbox_companion(app_store(ui), self->item->message_id);
    if (self->companion != 0)
        outbox_reserve(app_store(ui), self->companion, NULL);
    if (why == NULL || g_error_matches(why, STORE_ERROR, STORE_ERROR_BUSY))
        return true;
    app_error(ui, "%s", why->message);
    return false;
}

static void take(app *ui, struct outbox_item *item /* taken */, int64_t action_id)
{
    struct taking *self = g_new0(struct taking, 1);
    const struct account *from = composer_account_named(ui, item->account_key);
    GStatBuf status = { 0 };
    self->item = item;
    self->from = from != NULL ? account_copy(from) : NULL;
    self->sealed = composer_sealed_draft(item->id);
    self->action_id = action_id;
    bool is_small = item->path == NULL || g_stat(item->path, &status) != 0 || status.st_size <= AT_ONCE_BYTES;
    const struct working working = { work, done, taking_free, self, &self->why };
    if (reserve(ui, self))
        view_working(ui, &working, is_small);
    else
        taking_free(self);
}

void composer_take_item(app *ui, int64_t outbox_id)
{
    g_autoptr(GError) why = NULL;
    struct outbox_item *item = outbox_item(app_store(ui), outbox_id, &why);
    if (item != NULL)
        take(ui, item, 0);
    else
        app_error(ui, "%s", why->message);
}

static bool is_waiting(const struct outbox_item *item)
{
    return item->state == OUTBOX_QUEUED || item->state == OUTBOX_HELD || (item->state == OUTBOX_FAILED && !item->has_draft);
}

static bool take_back_sending(app *ui, const struct undo_next *next)
{
    struct outbox_item *item = outbox_item(app_store(ui), next->item_id, NULL);
    bool may_be = item != NULL && is_waiting(item);
    if (may_be)
        take(ui, item, next->action_id);
    else
        outbox_item_free(item);
    return may_be; /* else undo itself says why not */
}

static bool take_back_draft(app *ui, const struct undo_next *next)
{
    if (next->path == NULL || !g_file_test(next->path, G_FILE_TEST_EXISTS))
        return false;
    composer_reopen(ui, next->path);
    mark_undone(ui, next->action_id);
    app_say(ui, _("The draft is back."));
    return true;
}

bool composer_take_back(app *ui)
{
    g_auto(undo_next) next = { .kind = UNDO_NOTHING };
    if (!undo_look(app_store(ui), &next, NULL))
        return false;
    if (next.kind == UNDO_SENDING)
        return take_back_sending(ui, &next);
    return next.kind == UNDO_DRAFT && take_back_draft(ui, &next);
}
