/* SPDX-License-Identifier: MIT */
/* Which of a server's folders is Sent, Drafts, Trash, Junk, Archive. */
#include "core/setup_private.h"
#include "core/quirks.h"
#include "core/store_folder.h"
#include "net/imap_response.h"
#include <string.h>

/* By SPECIAL-USE, else by name (core/quirks). */
static const struct role_row {
    enum folder_role role;
    int account_role;   /* enum account_folder_role */
    unsigned attribute; /* the server's word */
    unsigned stand_in;  /* another word that will do where there is neither; 0: none */
} role_rows[] = {
    { FOLDER_SENT, ACCOUNT_FOLDER_SENT, IMAP_LIST_SENT, 0 },
    { FOLDER_DRAFTS, ACCOUNT_FOLDER_DRAFTS, IMAP_LIST_DRAFTS, 0 },
    { FOLDER_TRASH, ACCOUNT_FOLDER_TRASH, IMAP_LIST_TRASH, 0 },
    { FOLDER_JUNK, ACCOUNT_FOLDER_JUNK, IMAP_LIST_JUNK, 0 },
    { FOLDER_ARCHIVE, ACCOUNT_FOLDER_ARCHIVE, IMAP_LIST_ARCHIVE, IMAP_LIST_ALL }, /* Gmail */
};

void setup_folder_free(void *data)
{
    struct setup_folder *folder = data;
    if (folder != NULL)
        g_free(folder->name);
    g_free(folder);
}

static const char *last_part(const struct net_probe_folder *found)
{
    const char *slash = found->delimiter != '\0' ? strrchr(found->name, found->delimiter) : NULL;
    return slash != NULL ? slash + 1 : found->name;
}

static bool has_usual_name(const struct net_probe_folder *found, const struct role_row *row)
{
    return quirks_role_of_name(last_part(found)) == row->role;
}

static const struct net_probe_folder *folder_at(const GPtrArray *found, guint i)
{
    return found->pdata[i];
}

static int find_marked(const GPtrArray *found, unsigned attribute)
{
    for (guint i = 0; i < found->len; i++) {
        if ((folder_at(found, i)->attributes & attribute) != 0)
            return (int)i;
    }
    return -1;
}

/* Its index, or -1. */
static int find_role(const GPtrArray *found, const struct role_row *row, bool *is_marked_out)
{
    int marked = find_marked(found, row->attribute);
    *is_marked_out = marked >= 0;
    for (guint i = 0; marked < 0 && i < found->len; i++) {
        bool can_hold_mail = (folder_at(found, i)->attributes & (IMAP_LIST_NOSELECT | IMAP_LIST_NONEXISTENT)) == 0;
        if (can_hold_mail && has_usual_name(folder_at(found, i), row))
            return (int)i;
    }
    if (marked < 0 && row->stand_in != 0)
        *is_marked_out = (marked = find_marked(found, row->stand_in)) >= 0;
    return marked;
}

GPtrArray *setup_folders_map(const GPtrArray *found)
{
    GPtrArray *folders = g_ptr_array_new_with_free_func(setup_folder_free);
    for (guint i = 0; i < found->len; i++) {
        struct setup_folder *mapped = g_new0(struct setup_folder, 1);
        mapped->name = g_strdup(folder_at(found, i)->name);
        mapped->role = g_ascii_strcasecmp(mapped->name, "INBOX") == 0 ? FOLDER_INBOX : FOLDER_NONE;
        g_ptr_array_add(folders, mapped);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(role_rows); i++) {
        bool is_marked;
        int index = find_role(found, &role_rows[i], &is_marked);
        struct setup_folder *mapped = index >= 0 ? folders->pdata[index] : NULL;
        if (mapped != NULL && mapped->role == FOLDER_NONE)
            mapped->role = (int)role_rows[i].role;
    }
    return folders;
}

void setup_folders_apply(const GPtrArray *found, struct account *account)
{
    for (size_t i = 0; i < G_N_ELEMENTS(role_rows); i++) {
        bool is_marked;
        int index = find_role(found, &role_rows[i], &is_marked);
        char **name = &account->folders[role_rows[i].account_role];
        if (index < 0 || is_marked || *name != NULL)
            continue;
        *name = g_strdup(folder_at(found, (guint)index)->name);
    }
}
