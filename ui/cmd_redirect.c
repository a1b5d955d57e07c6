/* SPDX-License-Identifier: MIT */
/* Redirecting: a message goes on to others exactly as it came, from its writer. */
#include "core/locate.h"
#include "core/message.h"
#include "core/message_whole.h"
#include "core/outbox.h"
#include "core/store_message.h"
#include "ui/app.h"
#include "ui/cmd_compose.h"
#include "ui/composer_draft.h"
#include "ui/composer_private.h"
#include "ui/view_waiting.h"
#include "ui/view_working.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { AT_ONCE_BYTES = 256 * 1024 };

struct redirect {
    int64_t placement_id;
    char *to;
    /* on its way */
    struct account *from; /* a copy */
    GBytes *whole;
    int delay_s;
    int64_t outbox_id; /* 0: see why */
    char *subject;
    GError *why;
};

static void redirect_free(gpointer data)
{
    struct redirect *self = data;
    g_free(self->to);
    g_clear_pointer(&self->from, account_free);
    g_clear_pointer(&self->whole, g_bytes_unref);
    g_free(self->subject);
    g_clear_error(&self->why);
    g_free(self);
}

static void put_into_outbox(store *db, void *data)
{
    struct redirect *self = data;
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    gsize size = 0;
    if (db == NULL)
        g_set_error_literal(&self->why, STORE_ERROR, STORE_ERROR_OTHER, _("The mail index could not be opened."));
    const void *came = g_bytes_get_data(self->whole, &size);
    g_autoptr(message) original = message_parse(came, size); /* the screen has its own */
    if (db == NULL || !compose_redirect(self->from, original, self->to, &bytes, &sender, &recipients, &self->why))
        return;
    const void *content = g_bytes_get_data(bytes, &size);
    const struct outbox_letter letter = { .account_key = self->from->id,
                                          .bytes = content,
                                          .size = size,
                                          .sender = sender,
                                          .recipients = (const char *const *)recipients,
                                          .delay_s = self->delay_s,
                                          .is_undoable = true };
    self->outbox_id = outbox_submit_letter(db, &letter, &self->why);
}

static void tell(app *ui, void *data)
{
    const struct redirect *self = data;
    if (self->outbox_id != 0)
        composer_redirected(ui, self->outbox_id, self->subject);
    else
        app_error(ui, "%s", self->why->message);
}

static void send_on(app *ui, void *data, message *original)
{
    const struct redirect *asked = data;
    g_autoptr(GError) why = NULL;
    g_autoptr(placement) about = store_placement(app_store(ui), asked->placement_id, &why);
    const struct account *from = about != NULL ? app_account(ui, about->account_id) : NULL;
    if (from == NULL) {
        app_error(ui, "%s", why != NULL ? why->message : _("The account of this message is not there any more."));
        return;
    }
    struct redirect *self = g_new0(struct redirect, 1);
    g_autofree char *path = locate_message(app_store(ui), about);
    *self = (struct redirect){ .to = g_strdup(asked->to),
                               .from = account_copy(from),
                               .whole = message_whole_mapped(original, path),
                               .delay_s = app_settings(ui)->undo_delay_s,
                               .subject = g_strdup(message_header(original, "Subject")) };
    const struct working working = { put_into_outbox, tell, redirect_free, self, &self->why };
    view_working(ui, &working, g_bytes_get_size(self->whole) <= AT_ONCE_BYTES);
}

static void answer_to(app *ui, void *data, const char *text)
{
    const struct redirect *asked = data;
    if (text == NULL || *text == '\0')
        return;
    struct redirect *self = g_new0(struct redirect, 1);
    *self = (struct redirect){ .placement_id = asked->placement_id, .to = g_strdup(text) };
    view_waiting_for_message(ui, self->placement_id, true, send_on, self, redirect_free);
}

void cmd_redirect(app *ui, view *base)
{
    int64_t current = app_current_placement(ui);
    (void)base;
    if (current == 0) {
        app_brief(ui, _("No message is selected."));
        return;
    }
    struct redirect *self = g_new0(struct redirect, 1);
    self->placement_id = current;
    view_prompt_push(ui, _("Send this message on, as it is, to: "), "", false, composer_complete_people, answer_to, self, redirect_free);
}
