/* SPDX-License-Identifier: MIT */
/* `postern sign-in [--device] [ACCOUNT]`: the browser's part of an account that signs in by OAuth. */
#include "core/oauth_account.h"
#include "ui/cli.h"
#include <getopt.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <sysexits.h>

/* Where a desktop is; a browser in this terminal would take it away. */
static void open_browser(const char *link)
{
    const char *browser = g_getenv("BROWSER");
    bool has_desktop = g_getenv("DISPLAY") != NULL || g_getenv("WAYLAND_DISPLAY") != NULL;
    const char *argv[] = { browser != NULL && *browser != '\0' ? browser : "xdg-open", link, NULL };
    if (has_desktop || (browser != NULL && *browser != '\0'))
        g_spawn_async(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                      NULL, NULL);
}

static void show_visit(void *data, const char *link)
{
    (void)data;
    printf("%s\n\n  %s\n\n", _("Open this link in a browser on this computer, and sign in there:"), link);
    fflush(stdout);
    open_browser(link);
}

static void show_device(void *data, const char *link, const char *code)
{
    (void)data;
    printf(_("Open %s on any device, and type there: %s\n"), link, code);
    fflush(stdout);
}

int cli_sign_in(int argc, char **argv)
{
    static const struct option options[] = { { "device", no_argument, NULL, 'd' }, { 0 } };
    bool is_device = false;
    int letter, broken = 0, code = 0;
    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (letter != 'd')
            return EX_USAGE;
        is_device = true;
    }
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    const struct account *named = cli_account(accounts, broken, optind < argc ? argv[optind] : NULL, &code);
    if (named == NULL)
        return code;
    if (!oauth_account_is(named))
        return cli_fail(EX_CONFIG, _("%s signs in with a password: there is no [oauth] in %s."), named->name, named->path);
    if (!cli_open_secrets(named, true)) /* before the browser: what comes back must have a place */
        return EX_TEMPFAIL;
    const struct oauth_sign_in how = { .visit = show_visit, .device = show_device, .cancel_fd = -1 };
    g_autoptr(account) own = account_copy(named);
    g_autoptr(GError) error = NULL;
    if (!oauth_account_sign_in(own, &how, is_device, &error))
        return cli_fail(EX_UNAVAILABLE, "%s", error->message);
    printf(_("%s is signed in.\n"), named->name);
    return cli_finish(0);
}
