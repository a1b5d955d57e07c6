/* SPDX-License-Identifier: MIT */
/* Redirecting: a message goes on to others exactly as it came, from its writer. */
#include "core/store_contact.h"
#include "core/store_message.h"
#include "ui/app.h"
#include "ui/cmd_compose.h"
#include "ui/composer_draft.h"
#include "ui/composer_private.h"
#include "ui/view_waiting.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define OFFERS 20

struct redirect {
    int64_t placement_id;
    char *to;
};

static void redirect_free(gpointer data)
{
    struct redirect *self = data;
    g_free(self->to);
    g_free(self);
}

static void send_on(app *ui, void *data, message *original)
{
    const struct redirect *self = data;
    g_autoptr(GError) why = NULL;
    g_autoptr(placement) about = store_placement(app_store(ui), self->placement_id, &why);
    const struct account *from = about != NULL ? app_account(ui, about->account_id) : NULL;
    if (from == NULL)
        app_error(ui, "%s", why != NULL ? why->message : _("The account of this message is not there any more."));
    else if (!composer_redirect(ui, from, original, self->to, &why))
        app_error(ui, "%s", why->message);
}

static void answer_to(app *ui, void *data, const char *text)
{
    const struct redirect *asked = data;
    if (text == NULL || *text == '\0')
        return;
    struct redirect *self = g_new0(struct redirect, 1);
    *self = (struct redirect){ asked->placement_id, g_strdup(text) };
    view_waiting_for_message(ui, self->placement_id, true, send_on, self, redirect_free);
}

/* The last address of the line, from contacts. */
static GPtrArray *complete_people(app *ui, void *data, const char *prefix)
{
    const char *comma = strrchr(prefix, ','), *begin = comma != NULL ? comma + 1 : prefix;
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    (void)data;
    begin += strspn(begin, " ");
    g_autofree char *before = g_strndup(prefix, (gsize)(begin - prefix));
    g_autoptr(GPtrArray) people = store_contacts(app_store(ui), begin, OFFERS, NULL);
    for (guint i = 0; people != NULL && i < people->len; i++) {
        g_autofree char *person = composer_contact_text(g_ptr_array_index(people, i));
        g_ptr_array_add(found, g_strconcat(before, person, NULL));
    }
    return found;
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
    view_prompt_push(ui, _("Send this message on, as it is, to: "), "", false, complete_people, answer_to, self, redirect_free);
}
