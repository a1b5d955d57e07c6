/* SPDX-License-Identifier: MIT */
/* What is worth knowing before a message goes: people one never wrote to, a sender one is not. */
#include "config/identity.h"
#include "core/compose_check.h"
#include "core/compose_header.h"
#include "core/outbox_words.h"
#include "core/store_contact.h"
#include "ui/composer_keys.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define PEOPLE_MAX    20 /* looked up: more are warned of as a crowd */
#define MATCHES_MAX   50
#define HISTORY_LEAST 10 /* people */

static bool is_known(app *ui, const char *address)
{
    g_autoptr(GPtrArray) found = store_contacts(app_store(ui), address, MATCHES_MAX, NULL);
    for (guint i = 0; found != NULL && i < found->len; i++) {
        const struct contact *each = g_ptr_array_index(found, i);
        if (g_ascii_strcasecmp(each->address, address) == 0)
            return true;
    }
    return found == NULL; /* the store is busy: nothing is claimed */
}

static bool is_own(app *ui, const char *address)
{
    GPtrArray *all = app_accounts(ui);
    for (guint i = 0; i < all->len; i++)
        if (account_owns(g_ptr_array_index(all, i), address))
            return true;
    return false;
}

static void note_strangers(struct composer *self, GPtrArray *notes)
{
    app *ui = self->base.app;
    g_autoptr(GString) strangers = g_string_new(NULL);
    guint asked = 0;
    for (int i = FOCUS_TO; i <= FOCUS_BCC; i++) {
        g_autoptr(GPtrArray) people = message_parse_addresses(self->fields[i].text->str, NULL);
        for (guint k = 0; people != NULL && k < people->len && asked < PEOPLE_MAX; k++, asked++) {
            const char *address = ((const struct message_address *)people->pdata[k])->address;
            if (strchr(address, '@') != NULL && !is_own(ui, address) && !is_known(ui, address))
                g_string_append_printf(strangers, "%s%s", strangers->len > 0 ? ", " : "", address);
        }
    }
    if (strangers->len > 0)
        g_ptr_array_add(notes, g_strdup_printf(_("No mail went to or came from here before: %s"), strangers->str));
}

static void note_sender(struct composer *self, GPtrArray *notes)
{
    g_autoptr(GPtrArray) from = message_parse_addresses(self->fields[FOCUS_FROM].text->str, NULL);
    if (from == NULL || from->len != 1)
        return;
    const char *address = ((const struct message_address *)from->pdata[0])->address;
    if (!is_own(self->base.app, address))
        g_ptr_array_add(notes, g_strdup_printf(_("%s is none of your addresses; the server may refuse it."), address));
}

static void note_outbox(const struct draft *draft, GPtrArray *notes)
{
    for (char **reason = draft->not_sent; reason != NULL && *reason != NULL; reason++)
        g_ptr_array_add(notes, outbox_not_sent(*reason));
    g_autofree char *told = compose_receipt_asked(draft);
    if (told != NULL)
        g_ptr_array_add(notes, g_strdup_printf(_("Who gets it is asked to tell %s that they read it."), told));
    if (draft->asks_report)
        g_ptr_array_add(notes, g_strdup(_("The servers are asked to report whether it arrives.")));
}

GPtrArray *composer_notes(struct composer *self)
{
    GPtrArray *notes = g_ptr_array_new_with_free_func(g_free);
    composer_keys_note(self, notes);
    note_outbox(self->draft, notes);
    note_sender(self, notes);
    note_strangers(self, notes);
    return notes;
}

/* --- what is asked --- */
static bool owns(void *data, const char *address)
{
    return is_own(data, address);
}

static bool has_met(void *data, const char *address)
{
    return is_known(data, address);
}

/* Who has hardly written to anybody yet would be asked at every message. */
static bool has_history(app *ui)
{
    return store_contacts_written_to(app_store(ui), HISTORY_LEAST) >= HISTORY_LEAST;
}

GPtrArray *composer_warnings(struct composer *self)
{
    app *ui = self->base.app;
    const struct compose_world world = {
        .settings = app_settings(ui), .owns = owns, .has_met = has_history(ui) ? has_met : NULL, .data = ui
    };
    return compose_warnings(self->draft, &world);
}
