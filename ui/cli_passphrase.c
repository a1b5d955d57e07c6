/* SPDX-License-Identifier: MIT */
/* `postern passphrase`: chooses or changes the passphrase of the encrypted file of secrets. */
#include "config/secret.h"
#include "config/secret_file.h"
#include "ui/cli.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <sysexits.h>

#define MOVE_TIMEOUT_MS 10000

/* What lay in clear text before moves by being read. */
static void move_clear_text(void)
{
    int broken = 0;
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    for (guint i = 0; i < accounts->len; i++) {
        const struct account *each = g_ptr_array_index(accounts, i);
        const struct account_server *servers[] = { &each->incoming, &each->outgoing };
        for (size_t j = 0; j < G_N_ELEMENTS(servers); j++)
            secret_free(servers[j]->secret == ACCOUNT_SECRET_FILE ? secret_get(each, servers[j], -1, MOVE_TIMEOUT_MS, NULL) : NULL);
    }
}

int cli_passphrase(int argc, char **argv)
{
    if (argc > 1)
        return cli_fail(EX_USAGE, _("%s takes no arguments: it asks at the terminal."), argv[0]);
    g_autoptr(GError) why = NULL;
    bool is_new = secret_file_state() == SECRET_FILE_NONE;
    char *old = is_new ? NULL : cli_ask_password(_("Passphrase of the file of secrets until now:"));
    char *passphrase = is_new || old != NULL ? cli_ask_passphrase(true) : NULL;
    bool is_done = passphrase != NULL && (is_new ? secret_file_unlock(passphrase, &why) : secret_file_change(old, passphrase, &why));
    secret_free(old);
    secret_free(passphrase);
    if (!is_done)
        return cli_fail(why != NULL ? EX_NOPERM : EX_NOINPUT, "%s", why != NULL ? why->message : _("Nothing was changed."));
    move_clear_text();
    g_autofree char *path = secret_file_path();
    printf(_("%s is under the new passphrase.\n"), path);
    return cli_finish(0);
}
