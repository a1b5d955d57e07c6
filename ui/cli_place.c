/* SPDX-License-Identifier: MIT */
/* See cli_place.h. */
#include "ui/cli_place.h"
#include "core/instance.h"
#include "core/intent.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static const char *const role_words[] = {
    [FOLDER_INBOX] = "inbox",     [FOLDER_DRAFTS] = "drafts",   [FOLDER_SENT] = "sent",
    [FOLDER_ARCHIVE] = "archive", [FOLDER_JUNK] = "junk",       [FOLDER_TRASH] = "trash",
    [FOLDER_ALL] = "all",         [FOLDER_FLAGGED] = "flagged", [FOLDER_OUTBOX] = "outbox",
};

const char *cli_role_word(enum folder_role role)
{
    return (size_t)role < G_N_ELEMENTS(role_words) ? role_words[role] : NULL;
}

bool cli_place_find(const char *word, GPtrArray *accounts, int broken, store *db, struct cli_place *out, int *code)
{
    const char *colon = strchr(word, ':');
    g_autofree char *name = colon != NULL ? g_strndup(word, (gsize)(colon - word)) : g_strdup(word);
    out->account = cli_account(accounts, broken, *name != '\0' ? name : NULL, code);
    out->folder = colon != NULL && colon[1] != '\0' ? colon + 1 : NULL;
    out->account_id = out->account != NULL ? store_account_id(db, out->account->id, NULL) : 0;
    return out->account != NULL;
}

struct folder *cli_place_folder(store *db, int64_t account_id, const char *name)
{
    int64_t found = 0;
    g_autoptr(GPtrArray) all = store_folders(db, account_id, NULL);
    for (guint i = 0; all != NULL && i < all->len; i++) {
        const struct folder *box = g_ptr_array_index(all, i);
        const char *role = cli_role_word(box->role);
        if (strcmp(box->name, name) == 0)
            return store_folder(db, box->id, NULL);
        if (found == 0 && role != NULL && g_ascii_strcasecmp(name, role) == 0)
            found = box->id;
    }
    return found != 0 ? store_folder(db, found, NULL) : NULL;
}

static bool settle_here(GPtrArray *accounts, const struct account *account)
{
    g_autoptr(GError) why = NULL;
    struct settings *settings = cli_settings();
    event_queue *events = event_queue_new();
    engine *once = engine_new(accounts, settings, NULL, events);
    bool is_ok = engine_settle_local(once, account->id, &why);
    if (!is_ok)
        cli_fail(0, _("%s: %s"), account->name, why != NULL ? why->message : "");
    engine_free(once);
    event_queue_free(events);
    settings_free(settings);
    return is_ok;
}

bool cli_carry_out(GPtrArray *accounts, store *db)
{
    bool is_ok = true;
    if (instance_ring(NULL))
        return true;
    for (guint i = 0; i < accounts->len; i++) {
        const struct account *each = g_ptr_array_index(accounts, i);
        if (each->incoming.protocol != ACCOUNT_PROTOCOL_IMAP && intent_count(db, store_account_id(db, each->id, NULL)) > 0)
            is_ok = settle_here(accounts, each) && is_ok;
    }
    return is_ok;
}
