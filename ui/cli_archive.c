/* SPDX-License-Identifier: MIT */
/* `postern export` and `postern import`: mail between the store and Maildirs or mbox files. */
#include "config/paths.h"
#include "core/archive.h"
#include "core/maildir_tree.h"
#include "core/intent.h"
#include "core/store_folder.h"
#include "ui/cli_place.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* --- export --- */

static bool export_folder(store *db, const struct folder *box, enum archive_form form, const char *directory, struct archive_count *all)
{
    g_autoptr(GError) why = NULL;
    struct archive_count count = { 0 };
    bool is_ok = archive_export(db, box->id, form, directory, &count, &why);
    all->done += count.done;
    all->elsewhere += count.elsewhere;
    all->untagged += count.untagged;
    if (!is_ok)
        cli_fail(0, _("%s: %s"), box->name, why->message);
    return is_ok;
}

static int export_place(store *db, const struct cli_place *place, enum archive_form form, const char *directory)
{
    struct archive_count all = { 0 };
    bool is_ok = true, is_found = false;
    g_autoptr(GPtrArray) boxes = store_folders(db, place->account_id, NULL);
    g_autoptr(folder) only = place->folder != NULL ? cli_place_folder(db, place->account_id, place->folder) : NULL;
    for (guint i = 0; boxes != NULL && i < boxes->len; i++) {
        const struct folder *box = g_ptr_array_index(boxes, i);
        if ((place->folder != NULL && (only == NULL || only->id != box->id)) || box->flags & FOLDER_IS_NOSELECT ||
            box->role == FOLDER_OUTBOX)
            continue;
        is_found = true;
        is_ok = export_folder(db, box, form, directory, &all) && is_ok;
    }
    if (!is_found)
        return cli_fail(EX_DATAERR, _("there is no folder %s in %s."), place->folder != NULL ? place->folder : "", place->account->name);
    printf(g_dngettext(GETTEXT_PACKAGE, "%ld message written.\n", "%ld messages written.\n", (gulong)all.done), (long)all.done);
    if (all.elsewhere > 0)
        cli_fail(0,
                 g_dngettext(GETTEXT_PACKAGE, "%ld message is only on the server and was not written.",
                             "%ld messages are only on the server and were not written.", (gulong)all.elsewhere),
                 (long)all.elsewhere);
    if (all.untagged > 0)
        cli_fail(0,
                 g_dngettext(GETTEXT_PACKAGE,
                             "%ld message was written without some of its tags: a Maildir knows 26. An mbox keeps them all.",
                             "%ld messages were written without some of their tags: a Maildir knows 26. An mbox keeps them all.",
                             (gulong)all.untagged),
                 (long)all.untagged);
    return !is_ok ? EX_CANTCREAT : all.elsewhere > 0 ? EX_TEMPFAIL : 0;
}

int cli_export(int argc, char **argv)
{
    int broken = 0, code = 0, at = 1;
    enum archive_form form = ARCHIVE_MAILDIR;
    struct cli_place place;
    g_autoptr(GError) why = NULL;
    for (; at < argc && g_str_has_prefix(argv[at], "--"); at++) {
        if (strcmp(argv[at], "--mbox") != 0)
            return cli_fail(EX_USAGE, _("export knows no option %s."), argv[at]);
        form = ARCHIVE_MBOX;
    }
    if (argc - at != 2)
        return cli_fail(EX_USAGE, _("export needs ACCOUNT or ACCOUNT:FOLDER, and a directory."));
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    g_autoptr(store) db = store_open(NULL, STORE_WORKER, &why);
    if (db == NULL)
        return cli_fail(EX_NOINPUT, "%s", why->message);
    if (!cli_place_find(argv[at], accounts, broken, db, &place, &code))
        return code;
    return cli_finish(export_place(db, &place, form, argv[at + 1]));
}

/* --- import --- */

static int64_t import_target(store *db, const struct cli_place *place, const char *name, GError **error)
{
    g_autoptr(folder) box = cli_place_folder(db, place->account_id, name);
    return box != NULL ? box->id : intent_folder_create(db, place->account_id, name, error);
}

static bool import_into(store *db, const struct cli_place *place, const char *name, const char *path, struct archive_count *all)
{
    g_autoptr(GError) why = NULL;
    struct archive_count count = { 0 };
    g_autofree char *account = paths_mail_directory(place->account->id, NULL), *spool = g_build_filename(account, ".carried", NULL);
    int64_t target = import_target(db, place, name, &why);
    bool is_ok = target != 0 && archive_import(db, target, path, spool, &count, &why);
    all->done += count.done;
    all->known += count.known;
    all->failed += count.failed;
    if (!is_ok && why != NULL && strstr(why->message, path) != NULL)
        cli_fail(0, "%s", why->message);
    else if (!is_ok)
        cli_fail(0, _("%s: %s"), path, why != NULL ? why->message : name);
    return is_ok;
}

/* A directory with folders: each into the folder of its name. */
static bool import_tree(store *db, const struct cli_place *place, const char *path, struct archive_count *all)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(maildir_tree) tree = maildir_tree_new("", path);
    g_autoptr(GPtrArray) names = maildir_tree_list(tree, &why);
    bool is_ok = names != NULL;
    if (!is_ok)
        cli_fail(0, _("%s: %s"), path, why->message);
    for (guint i = 0; is_ok && i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *directory = maildir_tree_directory(tree, name);
        is_ok = import_into(db, place, name, directory, all);
    }
    if (is_ok && names->len == 0)
        is_ok = cli_fail(0, _("%s: there is no Maildir in it."), path) != 0;
    return is_ok;
}

static bool import_one(store *db, const struct cli_place *place, const char *path, struct archive_count *all)
{
    if (place->folder != NULL)
        return import_into(db, place, place->folder, path, all);
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return import_tree(db, place, path, all);
    g_autofree char *base = g_path_get_basename(path);
    if (g_str_has_suffix(base, ".mbox"))
        base[strlen(base) - 5] = '\0';
    return import_into(db, place, base, path, all);
}

static void tell_imported(const struct archive_count *all, const struct account *account)
{
    printf(g_dngettext(GETTEXT_PACKAGE, "%ld message imported.\n", "%ld messages imported.\n", (gulong)all->done), (long)all->done);
    if (all->known > 0)
        printf(g_dngettext(GETTEXT_PACKAGE, "%ld was there already.\n", "%ld were there already.\n", (gulong)all->known), (long)all->known);
    if (all->failed > 0)
        cli_fail(0, g_dngettext(GETTEXT_PACKAGE, "%ld file could not be read.", "%ld files could not be read.", (gulong)all->failed),
                 (long)all->failed);
    if (all->done > 0 && account->incoming.protocol == ACCOUNT_PROTOCOL_IMAP)
        printf("%s\n", _("They go to the server as soon as postern runs."));
}

int cli_import(int argc, char **argv)
{
    int broken = 0, code = 0;
    bool is_ok = true;
    struct cli_place place;
    struct archive_count all = { 0 };
    g_autoptr(GError) why = NULL;
    if (argc > 1 && *argv[1] == '-')
        return cli_fail(EX_USAGE, _("import knows no option %s."), argv[1]);
    if (argc < 3)
        return cli_fail(EX_USAGE, _("import needs ACCOUNT or ACCOUNT:FOLDER, and mbox files or Maildirs."));
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    g_autoptr(store) db = store_open(NULL, STORE_WORKER, &why);
    if (db == NULL)
        return cli_fail(EX_CANTCREAT, "%s", why->message);
    if (!cli_place_find(argv[1], accounts, broken, db, &place, &code))
        return code;
    for (int i = 2; i < argc; i++)
        is_ok = import_one(db, &place, argv[i], &all) && is_ok;
    is_ok = cli_carry_out(accounts, db) && is_ok;
    tell_imported(&all, place.account);
    return cli_finish(is_ok && all.failed == 0 ? 0 : EX_DATAERR);
}
