/* SPDX-License-Identifier: MIT */
/* `postern sync [ACCOUNT]`: one synchronisation without a screen. */
#include "core/engine.h"
#include "ui/cli.h"
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sysexits.h>

#define PASSWORD_TRIES 3

/* A password may be wanted on the way: it is asked, and all begins again. */
static bool sync_one(engine *once, event_queue *events, const struct account *each)
{
    g_autoptr(GError) why = NULL;
    bool is_done = engine_sync_once(once, each->id, &why);
    bool is_answered = cli_answer_events(once, events);
    for (int i = 1; !is_done && is_answered && i < PASSWORD_TRIES; i++) {
        g_clear_error(&why);
        is_done = engine_sync_once(once, each->id, &why);
        is_answered = cli_answer_events(once, events);
    }
    if (!is_done)
        cli_fail(0, "%s: %s", each->name, why != NULL ? why->message : _("not synchronised"));
    return is_done;
}

int cli_sync(int argc, char **argv)
{
    int broken = 0, code = 0;
    const char *wanted = argc > 1 ? argv[1] : NULL;
    if (wanted != NULL && *wanted == '-')
        return cli_fail(EX_USAGE, _("sync knows no option %s."), wanted);
    if (argc > 2)
        return cli_fail(EX_USAGE, _("sync takes one account, or none for all of them."));
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    if (cli_account(accounts, broken, wanted, &code) == NULL)
        return code;
    struct settings *settings = cli_settings();
    event_queue *events = event_queue_new();
    engine *once = engine_new(accounts, settings, NULL, events);
    for (guint i = 0; i < accounts->len; i++) {
        const struct account *each = g_ptr_array_index(accounts, i);
        if (wanted != NULL && strcmp(each->id, wanted) != 0 && strcmp(each->name, wanted) != 0 &&
            g_ascii_strcasecmp(each->from_address, wanted) != 0)
            continue;
        if (!sync_one(once, events, each))
            code = EX_TEMPFAIL;
    }
    engine_free(once);
    event_queue_free(events);
    settings_free(settings);
    return code != 0 ? code : broken > 0 ? EX_CONFIG : 0;
}
