/* SPDX-License-Identifier: MIT */
/* postern move: files messages into a folder, also of another account, in the store and, through the queue, at the servers. Undo takes it back. */
#include "core/intent.h"
#include "ui/cli_change.h"
#include "ui/cli_place.h"
#include <glib/gi18n-lib.h>
#include <sysexits.h>

struct target {
    const char *word;
    int64_t folder_id;
};

static int find_target(store *db, GPtrArray *accounts, int broken, void *data)
{
    struct target *target = data;
    struct cli_place place;
    int code = 0;
    if (!cli_place_find(target->word, accounts, broken, db, &place, &code))
        return code;
    g_autoptr(folder) box = place.folder != NULL ? cli_place_folder(db, place.account_id, place.folder) : NULL;
    if (place.folder == NULL)
        return cli_fail(EX_USAGE, _("move needs a folder: ACCOUNT:FOLDER, or :FOLDER of the first account."));
    if (box == NULL)
        return cli_fail(EX_DATAERR, _("there is no folder %s in %s."), place.folder, place.account->name);
    target->folder_id = box->id;
    return 0;
}

static bool apply(store *db, const void *data, const int64_t *ids, size_t count, GError **error)
{
    const struct target *target = data;
    return intent_move(db, ids, count, target->folder_id, error) != 0;
}

int cli_move(int argc, char **argv)
{
    int first = cli_change_options(argc, argv);
    if (first >= argc || *argv[first] == '-')
        return cli_fail(EX_USAGE, _("move needs a folder and messages, for example: postern move work:Archive from:ada older:1y"));
    struct target target = { .word = argv[first] };
    cli_change_options_behind(first, 1, argv);
    return cli_change(&(const struct cli_change){ "move", find_target, apply, &target }, argc - 2, argv + 2);
}
