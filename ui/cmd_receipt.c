/* SPDX-License-Identifier: MIT */
/* See cmd_receipt.h. Each time after a question: who asks learns when and that an address is read. */
#include "ui/cmd_receipt.h"
#include "config/identity.h"
#include "core/compose_header.h"
#include "core/receipt.h"
#include "core/store_folder.h"
#include "core/tag.h"
#include "ui/answers.h"
#include "ui/composer_draft.h"
#include "ui/composer_private.h"
#include "ui/filing.h"
#include "ui/view_waiting.h"
#include <glib/gi18n-lib.h>

/* The letter, while the person is asked and until it is in the outbox. */
struct telling {
    int64_t placement_id;
    char *account_key, *who, *to;
    GBytes *bytes;
    char **recipients;
};

static void telling_free(gpointer data)
{
    struct telling *self = data;
    g_free(self->account_key);
    g_free(self->who);
    g_free(self->to);
    g_clear_pointer(&self->bytes, g_bytes_unref);
    g_strfreev(self->recipients);
    g_free(self);
}

static struct telling *telling_copy(const struct telling *from)
{
    struct telling *self = g_new0(struct telling, 1);
    *self = (struct telling){ .placement_id = from->placement_id,
                              .account_key = g_strdup(from->account_key),
                              .who = g_strdup(from->who),
                              .to = g_strdup(from->to),
                              .bytes = g_bytes_ref(from->bytes),
                              .recipients = g_strdupv(from->recipients) };
    return self;
}

static bool is_own(app *ui, const char *address)
{
    GPtrArray *all = app_accounts(ui);
    for (guint i = 0; address != NULL && i < all->len; i++)
        if (account_owns(g_ptr_array_index(all, i), address))
            return true;
    return false;
}

static bool is_junk(app *ui, const struct placement *about)
{
    g_autoptr(folder) box = store_folder(app_store(ui), about->folder_id, NULL);
    return (box != NULL && box->role == FOLDER_JUNK) || tag_list_has(about->keywords, "$Junk") ||
           tag_list_has(about->keywords, "$Phishing");
}

bool receipt_may_be_told(app *ui, const struct placement *about, const char **why_out)
{
    const char *why = is_own(ui, about->from_address) ? _("This message is your own.")
                      : is_junk(ui, about)            ? _("This is junk: an answer would only say that your address is read.")
                                                      : NULL;
    if (why_out != NULL)
        *why_out = why;
    return why == NULL;
}

/* --- it is told --- */

static bool apply_telling(store *db, void *data, GError **error)
{
    const struct telling *self = data;
    return receipt_submit(db, self->account_key, self->placement_id, self->bytes, (const char *const *)self->recipients, error) != 0;
}

static void told(app *ui, void *data, bool is_done, const GError *error)
{
    const struct telling *self = data;
    if (is_done) {
        app_after_change(ui);
        app_say(ui, _("%s is told that you read the message."), self->who);
    } else if (error != NULL) {
        app_error(ui, "%s", error->message);
    }
}

static void answered(app *ui, void *data, const char *line)
{
    if (line == NULL || *line != '1')
        return;
    const struct filing filing = {
        .apply = apply_telling, .done = told, .data_free = telling_free, .data = telling_copy(data), .count = 1
    };
    filing_start(ui, &filing);
}

static void ask(app *ui, struct telling *self /* taken */, bool is_elsewhere)
{
    g_autofree char *tell = g_strconcat(N_("&Tell it to %s"), ANSWER_ABOUT, self->to, NULL);
    const char *const choices[] = { N_("&Say nothing"), tell, NULL };
    g_autofree char *asks = g_strdup_printf(_("%s asks to be told that you read this message."), self->who);
    g_autofree char *doubt = g_strdup_printf(
        _("The answer would go to %s, from where the message does not come: it may only be meant to find out who reads."), self->to);
    g_autofree char *text = is_elsewhere ? g_strdup_printf("%s\n%s", asks, doubt) : g_strdup(asks);
    view_choice_push(ui, _("Tell that you read it?"), text, choices, answered, self, telling_free);
}

static void begin(app *ui, void *data, message *original)
{
    const int64_t *placement_id = data;
    const char *why_not = NULL;
    g_autoptr(GError) why = NULL;
    g_auto(receipt) wish = { 0 };
    g_autoptr(placement) about = store_placement(app_store(ui), *placement_id, NULL);
    const struct account *account = about != NULL ? app_account(ui, about->account_id) : NULL;
    if (account == NULL || !receipt_read(original, &wish)) {
        app_brief(ui, _("This message does not ask to be told that it was read."));
    } else if (receipt_is_told(about->keywords)) {
        app_brief(ui,
                  receipt_is_refused(app_store(ui), *placement_id) ? _("%s could not be told that you read this: it was refused")
                                                                   : _("%s was told that you read this"),
                  wish.who);
    } else if (!receipt_may_be_told(ui, about, &why_not)) {
        app_brief(ui, "%s", why_not);
    } else {
        struct telling *self = g_new0(struct telling, 1);
        *self = (struct telling){
            .placement_id = *placement_id, .account_key = g_strdup(account->id), .who = g_strdup(wish.who), .to = g_strdup(wish.to)
        };
        if (receipt_build(account, original, &self->bytes, &self->recipients, &why)) {
            ask(ui, self, wish.is_elsewhere);
            return;
        }
        telling_free(self);
        app_error(ui, _("Nothing was sent: %s"), why->message);
    }
}

void cmd_receipt(app *ui, view *base)
{
    (void)base;
    view_waiting_for_current(ui, begin);
}

/* --- it is asked for --- */

void cmd_composer_receipt(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    g_autoptr(GError) why = NULL;
    if (self == NULL)
        return;
    composer_take_fields(self);
    g_autofree char *asked = compose_receipt_asked(self->draft);
    if (!compose_receipt_ask(self->draft, asked != NULL ? "" : self->draft->from, &why)) {
        app_error(ui, "%s", why->message);
        return;
    }
    app_say(ui, "%s",
            asked != NULL ? _("No receipt is asked for.") : _("Who gets it is asked to tell you that they read it; many will not."));
    composer_note_change(self);
    composer_keep_now(self);
    composer_focus_on(self, self->focus); /* the notes below say it */
}
