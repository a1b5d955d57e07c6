/* SPDX-License-Identifier: MIT */
/* `postern reindex`: a new index from the old one and the Maildirs. */
#include "core/reindex.h"
#include "ui/cli.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <sysexits.h>

static bool read_local(GPtrArray *accounts)
{
    struct settings *settings = cli_settings();
    event_queue *events = event_queue_new();
    engine *once = engine_new(accounts, settings, NULL, events);
    bool is_ok = true;
    for (guint i = 0; i < accounts->len; i++) {
        const struct account *each = g_ptr_array_index(accounts, i);
        g_autoptr(GError) why = NULL;
        if (each->incoming.protocol == ACCOUNT_PROTOCOL_IMAP || engine_settle_local(once, each->id, &why))
            continue;
        cli_fail(0, _("%s: %s"), each->name, why != NULL ? why->message : "");
        is_ok = false;
    }
    engine_free(once);
    event_queue_free(events);
    settings_free(settings);
    return is_ok;
}

static void tell(const struct reindex_report *report)
{
    printf(g_dngettext(GETTEXT_PACKAGE, "%ld message is in the new index.\n", "%ld messages are in the new index.\n",
                       (gulong)report->messages),
           (long)report->messages);
    if (report->old_path != NULL)
        printf(_("The old one is %s; it can go when all is well.\n"), report->old_path);
    if (report->old_path != NULL && !report->was_readable)
        cli_fail(0, "%s",
                 _("nothing of the old index could be read: what was not on the servers yet, and what is known of POP3 servers, is lost "
                   "with it."));
    else if (report->lost > 0)
        cli_fail(0, "%s", _("parts of the old index could not be read; mail is found again in its files and on its servers."));
}

int cli_reindex(int argc, char **argv)
{
    int broken = 0;
    struct reindex_report report;
    g_autoptr(GError) why = NULL;
    if (argc > 1)
        return cli_fail(EX_USAGE, _("reindex takes no arguments, and %s is one."), argv[1]);
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    if (!reindex_build(NULL, &report, &why))
        return cli_fail(EX_TEMPFAIL, "%s", why->message);
    bool is_ok = read_local(accounts);
    tell(&report);
    g_free(report.old_path);
    return cli_finish(!is_ok ? EX_IOERR : broken > 0 ? EX_CONFIG : 0);
}
