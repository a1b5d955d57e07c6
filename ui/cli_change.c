/* SPDX-License-Identifier: MIT */
/* See cli_change.h. */
#include "ui/cli_change.h"
#include "ui/cli_json.h"
#include "core/instance.h"
#include "core/store_message.h"
#include "ui/cli_place.h"
#include "ui/cli_selection.h"
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* A number that was never one, or of a message that went, is a mistake worth telling: a script would go on as if it had been done. */
static int check_ids(store *db, const GArray *ids)
{
    for (guint i = 0; i < ids->len; i++) {
        g_autoptr(placement) each = store_placement(db, g_array_index(ids, int64_t, i), NULL);
        if (each == NULL)
            return cli_fail(EX_DATAERR, _("there is no message with the number %ld. Nothing was changed."),
                            (long)g_array_index(ids, int64_t, i));
    }
    return 0;
}

static void tell(const struct cli_selection *selection, guint count, bool is_carried)
{
    if (selection->is_json) {
        cli_json_print(json_pack("{s:i, s:b, s:b}", "messages", (int)count, "changed", !selection->is_dry, "running", is_carried));
    } else if (selection->is_dry) {
        printf(g_dngettext(GETTEXT_PACKAGE, "%u message would be changed.\n", "%u messages would be changed.\n", count), count);
    } else {
        printf(g_dngettext(GETTEXT_PACKAGE, "%u message changed.\n", "%u messages changed.\n", count), count);
        if (count > 0 && !is_carried)
            cli_fail(0, "%s", _("No postern is running: servers hear of it with the next start, or by \"postern sync\"."));
    }
}

static int change_all(const struct cli_change *change, const struct cli_selection *selection, store *db, GPtrArray *accounts)
{
    int code = check_ids(db, selection->ids);
    g_autoptr(GError) why = NULL;
    g_autoptr(GArray) ids = code == 0 ? cli_selection_find(selection, db, &code) : NULL;
    if (ids == NULL)
        return code;
    if (ids->len > 0 && !selection->is_dry && !change->apply(db, change->data, (const int64_t *)(void *)ids->data, ids->len, &why))
        return cli_fail(EX_UNAVAILABLE, "%s", why != NULL ? why->message : _("Nothing was changed: the messages are gone."));
    bool is_running = instance_ring(NULL);
    bool is_ok = selection->is_dry || cli_carry_out(accounts, db);
    tell(selection, ids->len, is_running);
    return is_ok ? 0 : EX_TEMPFAIL;
}

int cli_change_options(int argc, char **argv)
{
    int at = 1;
    while (at < argc && (strcmp(argv[at], "--json") == 0 || strcmp(argv[at], "--dry-run") == 0))
        at++;
    return at;
}

void cli_change_options_behind(int first, int count, char **argv)
{
    g_autoptr(GPtrArray) order = g_ptr_array_new();
    for (int i = 0; i < count; i++)
        g_ptr_array_add(order, argv[first + i]);
    for (int i = 1; i < first; i++)
        g_ptr_array_add(order, argv[i]);
    memcpy(argv + 1, order->pdata, order->len * sizeof *argv);
}

int cli_change(const struct cli_change *change, int argc, char **argv)
{
    g_auto(cli_selection) selection = { 0 };
    cli_selection_init(&selection);
    int broken = 0, code = cli_selection_read(&selection, change->command, argc, argv);
    if (code != 0)
        return code;
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    g_autoptr(store) db = store_open(NULL, STORE_WORKER, &why);
    if (db == NULL)
        return cli_fail(EX_NOINPUT, "%s", why->message);
    if (change->prepare != NULL)
        code = change->prepare(db, accounts, broken, change->data);
    return cli_finish(code != 0 ? code : change_all(change, &selection, db, accounts));
}
