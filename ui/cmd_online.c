/* SPDX-License-Identifier: MIT */
/* The switches of the network: what a person said holds until they say something else, also in the next run. */
#include "ui/cmd_online.h"
#include "ui/app_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define KEY_LINK "online.mode"
#define KEY_OFF  "online.off" /* ids of accounts, ' ' between them */

static const char *const words[] = {
    [ENGINE_LINK_AUTO] = "", [ENGINE_LINK_ONLINE] = "online", [ENGINE_LINK_METERED] = "metered", [ENGINE_LINK_OFFLINE] = "offline"
};

/* Best effort: a full disk does not keep anybody from going offline. */
static void set_link(app *ui, enum engine_link link)
{
    store_set_meta(ui->store, KEY_LINK, words[link], NULL);
    engine_set_link(ui->engine, link);
    status_touch(ui->status);
}

void cmd_online(app *ui, view *base)
{
    (void)base;
    bool is_online = !engine_is_online(ui->engine);
    set_link(ui, is_online ? ENGINE_LINK_AUTO : ENGINE_LINK_OFFLINE);
    app_say(ui, is_online ? _("Online.") : _("Offline: nothing is fetched or sent until you go online again."));
}

/* Twice is as before: what the system says of the network counts again, unless that is what the person does not want. */
void cmd_metered(app *ui, view *base)
{
    (void)base;
    bool is_metered = engine_is_online(ui->engine) && engine_is_metered(ui->engine);
    bool is_by_system = is_metered && engine_link(ui->engine) == ENGINE_LINK_AUTO;
    set_link(ui, is_by_system ? ENGINE_LINK_ONLINE : is_metered ? ENGINE_LINK_AUTO : ENGINE_LINK_METERED);
    if (engine_is_metered(ui->engine))
        app_say(ui, _("Metered: headers and what you open are fetched, nothing ahead."));
    else
        app_say(ui, _("Not metered: what your accounts keep on this computer is fetched."));
}

/* --- one account --- */
static void save_off(app *ui)
{
    g_autoptr(GString) off = g_string_new(NULL);
    for (guint i = 0; i < ui->accounts->len; i++) {
        const struct account *each = g_ptr_array_index(ui->accounts, i);
        if (engine_is_account_off(ui->engine, each->id))
            g_string_append_printf(off, "%s%s", off->len > 0 ? " " : "", each->id);
    }
    store_set_meta(ui->store, KEY_OFF, off->str, NULL);
}

void cmd_account_online(app *ui, view *base)
{
    (void)base;
    const struct account *account = app_account_for_folder(ui, app_folder_at_hand(ui));
    if (account == NULL) {
        app_error(ui, _("Open a folder of the account first."));
        return;
    }
    bool is_online = engine_is_account_off(ui->engine, account->id);
    engine_set_account_online(ui->engine, account->id, is_online);
    save_off(ui);
    status_touch(ui->status);
    if (!is_online)
        app_say(ui, _("%s is offline: nothing is fetched or sent for it until you say so again."), account->name);
    else if (engine_is_online(ui->engine))
        app_say(ui, _("%s is online."), account->name);
    else
        app_say(ui, _("%s will be online when postern is."), account->name);
}

void online_restore(app *ui, bool is_offline)
{
    g_autofree char *link = store_get_meta(ui->store, KEY_LINK), *off = store_get_meta(ui->store, KEY_OFF);
    g_auto(GStrv) ids = g_strsplit(off != NULL ? off : "", " ", -1);
    for (size_t i = 0; link != NULL && i < G_N_ELEMENTS(words); i++) {
        if (strcmp(link, words[i]) == 0)
            engine_set_link(ui->engine, (enum engine_link)i);
    }
    if (is_offline)
        engine_set_link(ui->engine, ENGINE_LINK_OFFLINE);
    for (char **id = ids; *id != NULL; id++)
        engine_set_account_online(ui->engine, *id, false);
}
