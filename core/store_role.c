/* SPDX-License-Identifier: MIT */
/* Folders for a purpose. Their names are the English ones that every client knows: another client finds them again by SPECIAL-USE or by name. */
#include "core/store_role.h"
#include "config/account_file.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static const char *const names[] = {
    [FOLDER_DRAFTS] = "Drafts", [FOLDER_SENT] = "Sent", [FOLDER_ARCHIVE] = "Archive", [FOLDER_JUNK] = "Junk", [FOLDER_TRASH] = "Trash",
};

/* The delimiter (a space: none) and then the prefix, in one row of meta for each account. */
static char *home_key(int64_t account_id)
{
    return g_strdup_printf("home:%" G_GINT64_FORMAT, account_id);
}

bool store_role_set_home(store *db, int64_t account_id, const char *prefix, char delimiter, GError **error)
{
    g_autofree char *key = home_key(account_id), *old = store_get_meta(db, key);
    g_autofree char *value = g_strdup_printf("%c%s", delimiter != '\0' ? delimiter : ' ', prefix);
    return g_strcmp0(old, value) == 0 || store_set_meta(db, key, value, error);
}

char *store_role_name_at_home(store *db, int64_t account_id, const char *last, char *delimiter_out)
{
    g_autofree char *key = home_key(account_id), *home = store_get_meta(db, key);
    if (home == NULL || *home == '\0')
        return NULL;
    *delimiter_out = (char)(*home != ' ' ? *home : '\0');
    return g_strconcat(home + 1, last, NULL);
}

char *store_role_home(store *db, int64_t account_id, char *delimiter_out)
{
    g_autofree char *key = home_key(account_id), *home = store_get_meta(db, key);
    if (home == NULL || *home == '\0')
        return NULL;
    if (delimiter_out != NULL)
        *delimiter_out = (char)(*home != ' ' ? *home : '\0');
    return g_strdup(home + 1);
}

bool store_role_knows_home(store *db, int64_t account_id)
{
    g_autofree char *key = home_key(account_id), *home = store_get_meta(db, key);
    return home != NULL;
}

static int64_t make_folder(store *db, int64_t account_id, enum folder_role role, const char *home, GError **error)
{
    g_autofree char *name = g_strconcat(home + 1, names[role], NULL);
    const struct folder wanted = {
        .account_id = account_id, .name = name, .wire = (char *)"", .delimiter = (char)(*home != ' ' ? *home : '\0'), .role = role
    };
    return store_folder_put(db, &wanted, error);
}

int64_t store_role_folder(store *db, int64_t account_id, enum folder_role role, GError **error)
{
    GError *failure = NULL;
    g_autoptr(folder) known = store_folder_by_role(db, account_id, role, &failure);
    if (failure != NULL)
        return g_propagate_error(error, failure), 0;
    if (known != NULL)
        return known->id;
    if (role == FOLDER_ARCHIVE && (known = store_folder_by_role(db, account_id, FOLDER_ALL, &failure)) != NULL)
        return known->id; /* Gmail: what leaves the Inbox is in All Mail, and a folder "Archive" would be one more label */
    if (failure != NULL)
        return g_propagate_error(error, failure), 0;
    g_autofree char *key = home_key(account_id), *home = store_get_meta(db, key);
    if (home != NULL && *home != '\0')
        return make_folder(db, account_id, role, home, error);
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER,
                _("The folders of this account are not known yet, so there is no %s to put it into. Try again when it has been online."),
                names[role]);
    return 0;
}

/* --- changed by the person --- */

static const enum folder_role settings_roles[ACCOUNT_FOLDER_ROLES] = { [ACCOUNT_FOLDER_SENT] = FOLDER_SENT,
                                                                       [ACCOUNT_FOLDER_DRAFTS] = FOLDER_DRAFTS,
                                                                       [ACCOUNT_FOLDER_TRASH] = FOLDER_TRASH,
                                                                       [ACCOUNT_FOLDER_JUNK] = FOLDER_JUNK,
                                                                       [ACCOUNT_FOLDER_ARCHIVE] = FOLDER_ARCHIVE };

enum folder_role store_role_configured(const struct account *settings, const char *name)
{
    for (size_t i = 0; i < ACCOUNT_FOLDER_ROLES; i++)
        if (g_strcmp0(settings->folders[i], name) == 0)
            return settings_roles[i];
    return FOLDER_NONE;
}

int store_role_setting(enum folder_role role)
{
    for (int i = 0; i < ACCOUNT_FOLDER_ROLES; i++)
        if (settings_roles[i] == role)
            return i;
    return -1;
}

bool store_role_use(store *db, int64_t folder_id, enum folder_role role, GError **error)
{
    if (!store_begin(db, error))
        return false;
    bool is_done =
        role == FOLDER_NONE ||
        store_run(db, error, "UPDATE folders SET role = 0 WHERE role = ?1 AND account_id = (SELECT account_id FROM folders WHERE id = ?2)",
                  NUM(role), NUM(folder_id));
    return store_end(db, is_done && store_folder_set_role(db, folder_id, role, error), error);
}

static char *subscribed_key(int64_t account_id)
{
    return g_strdup_printf("wants-subscribed:%" G_GINT64_FORMAT, account_id);
}

bool store_role_wants_subscribed(store *db, int64_t account_id)
{
    g_autofree char *key = subscribed_key(account_id), *value = store_get_meta(db, key);
    return value != NULL;
}

bool store_role_want_subscribed(store *db, int64_t account_id, GError **error)
{
    g_autofree char *key = subscribed_key(account_id);
    return store_role_wants_subscribed(db, account_id) || store_set_meta(db, key, "1", error);
}
