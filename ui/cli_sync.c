/* SPDX-License-Identifier: MIT */
/* `postern sync [ACCOUNT]`: one synchronisation without a screen. */
#include "config/secret.h"
#include "core/engine.h"
#include "ui/cli.h"
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sysexits.h>

/* The questions that came up: without a screen they are only told. */
static void tell_events(engine *once, event_queue *events)
{
    struct event *event;
    while ((event = event_take(events)) != NULL) {
        struct question *question = event->type == EVENT_QUESTION ? engine_question(once, event->item) : NULL;
        if (question != NULL && question->reason != NULL)
            cli_fail(0, "%s: %s", question->account_name, question->reason);
        else if ((event->type == EVENT_NOTICE || event->type == EVENT_INTENT_FAILED) && event->text != NULL)
            cli_fail(0, "%s", event->text);
        question_free(question);
        event_free(event);
    }
}

int cli_sync(int argc, char **argv)
{
    int broken = 0, code = 0;
    const char *wanted = argc > 1 ? argv[1] : NULL;
    if (wanted != NULL && *wanted == '-')
        return cli_fail(EX_USAGE, _("sync knows no option %s."), wanted);
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    if (cli_account(accounts, broken, wanted, &code) == NULL)
        return code;
    struct settings *settings = settings_load(NULL);
    if (settings == NULL)
        settings = settings_new_default();
    event_queue *events = event_queue_new();
    engine *once = engine_new(accounts, settings, NULL, events);
    for (guint i = 0; i < accounts->len; i++) {
        const struct account *each = g_ptr_array_index(accounts, i);
        g_autoptr(GError) why = NULL;
        if (wanted != NULL && strcmp(each->id, wanted) != 0 && strcmp(each->name, wanted) != 0)
            continue;
        if (!engine_sync_once(once, each->id, &why))
            code = cli_fail(EX_TEMPFAIL, "%s: %s", each->name, why != NULL ? why->message : _("not synchronised"));
    }
    tell_events(once, events);
    engine_free(once);
    event_queue_free(events);
    settings_free(settings);
    return code != 0 ? code : broken > 0 ? EX_CONFIG : 0;
}
