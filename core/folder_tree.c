/* SPDX-License-Identifier: MIT */
/* Folders as a tree. */
#include "core/folder_tree.h"
#include <string.h>

enum { DEPTH_MAX = 64 }; /* beyond it a name is one name: no server has that, and no recursion should */

/* Links are indices; -1: none. Node 0 is the root. */
struct branch {
    const struct folder *box;
    char *name;
    int first, last, next;
    bool is_wanted; /* or one below it is */
};
struct tree {
    GArray *branches;    /* of struct branch */
    GHashTable *by_name; /* borrowed names → index */
    const struct folder_tree_wish *wish;
    GPtrArray *rows;
};

static struct branch *at(struct tree *self, int index)
{
    return &g_array_index(self->branches, struct branch, index);
}

static void branch_clear(gpointer data)
{
    g_free(((struct branch *)data)->name);
}

/* Without delimiters at its end: "Lists/" is "Lists". */
static char *bare(const char *name, char delimiter)
{
    size_t length = strlen(name);
    while (delimiter != '\0' && length > 1 && name[length - 1] == delimiter)
        length--;
    return g_strndup(name, length);
}

/* NULL: it is at the top. */
static char *parent_of(const char *name, char delimiter, const char *home)
{
    const char *last = delimiter != '\0' ? strrchr(name, delimiter) : NULL;
    if (last == NULL || last == name)
        return NULL;
    g_autofree char *above = g_strndup(name, (size_t)(last - name) + 1);
    if (home != NULL && g_ascii_strncasecmp(home, above, strlen(above)) == 0)
        return NULL;
    return bare(above, delimiter);
}

static int depth_of(const char *name, char delimiter)
{
    int depth = 0;
    for (const char *c = name; delimiter != '\0' && (c = strchr(c, delimiter)) != NULL; c++)
        depth++;
    return depth;
}

static int add(struct tree *self, int parent, char *name /* taken */)
{
    const struct branch branch = { .name = name, .first = -1, .last = -1, .next = -1 };
    int index = (int)self->branches->len;
    g_array_append_val(self->branches, branch);
    g_hash_table_insert(self->by_name, name, GINT_TO_POINTER(index));
    struct branch *above = at(self, parent);
    if (above->last >= 0)
        at(self, above->last)->next = index;
    else
        above->first = index;
    above->last = index;
    return index;
}

static int find_or_add(struct tree *self, const char *name, char delimiter, bool is_top)
{
    g_autofree char *key = bare(name, delimiter);
    int known = GPOINTER_TO_INT(g_hash_table_lookup(self->by_name, key));
    if (known != 0)
        return known;
    g_autofree char *above = is_top || depth_of(key, delimiter) > DEPTH_MAX ? NULL : parent_of(key, delimiter, self->wish->home);
    int parent = above != NULL ? find_or_add(self, above, delimiter, false) : 0;
    return add(self, parent, g_steal_pointer(&key));
}

/* Inbox, Drafts, Sent … are where everybody looks for them, wherever the server keeps them. */
static bool is_at_top(const struct folder *box)
{
    return box->role >= FOLDER_INBOX && box->role <= FOLDER_TRASH;
}

static void plant(struct tree *self, const GPtrArray *folders)
{
    for (guint i = 0; i < folders->len; i++) {
        const struct folder *box = g_ptr_array_index(folders, i);
        if (box->flags & FOLDER_IS_GONE)
            continue;
        struct branch *branch = at(self, find_or_add(self, box->name, box->delimiter, is_at_top(box)));
        branch->box = box;
        branch->is_wanted = !self->wish->is_subscribed_only || box->role != FOLDER_NONE || (box->flags & FOLDER_IS_SUBSCRIBED) ||
                            box->id == self->wish->shown_id;
    }
}

/* What leads to something that is wanted is wanted. */
static bool want(struct tree *self, int index)
{
    bool is_wanted = at(self, index)->is_wanted;
    for (int child = at(self, index)->first; child >= 0; child = at(self, child)->next)
        is_wanted = want(self, child) || is_wanted;
    at(self, index)->is_wanted = is_wanted;
    return is_wanted;
}

static int64_t unread_in(struct tree *self, int index)
{
    int64_t unread = 0;
    for (int child = at(self, index)->first; child >= 0; child = at(self, child)->next)
        unread += (at(self, child)->box != NULL ? at(self, child)->box->unread : 0) + unread_in(self, child);
    return unread;
}

static char *label_of(const struct branch *branch, char delimiter)
{
    const char *last = delimiter != '\0' ? strrchr(branch->name, delimiter) : NULL;
    return g_strdup(last != NULL && last[1] != '\0' ? last + 1 : branch->name);
}

static bool has_wanted_child(struct tree *self, int index)
{
    for (int child = at(self, index)->first; child >= 0; child = at(self, child)->next)
        if (at(self, child)->is_wanted)
            return true;
    return false;
}

static void emit(struct tree *self, int index, int depth, char delimiter)
{
    for (int child = at(self, index)->first; child >= 0; child = at(self, child)->next) {
        const struct branch *branch = at(self, child);
        if (!branch->is_wanted)
            continue;
        struct folder_node *node = g_new0(struct folder_node, 1);
        char own = branch->box != NULL && branch->box->delimiter != '\0' ? branch->box->delimiter : delimiter;
        node->box = branch->box;
        node->name = g_strdup(branch->name);
        node->label = label_of(branch, own);
        node->depth = depth;
        node->delimiter = own;
        node->has_children = has_wanted_child(self, child);
        node->is_folded = node->has_children && self->wish->is_folded != NULL && self->wish->is_folded(self->wish->data, node->name);
        g_ptr_array_add(self->rows, node);
        if (node->is_folded)
            node->unread_below = unread_in(self, child);
        else
            emit(self, child, depth + 1, own);
    }
}

static void node_free(gpointer data)
{
    struct folder_node *node = data;
    g_free(node->name);
    g_free(node->label);
    g_free(node);
}

static char delimiter_of(const GPtrArray *folders)
{
    for (guint i = 0; i < folders->len; i++)
        if (((const struct folder *)g_ptr_array_index(folders, i))->delimiter != '\0')
            return ((const struct folder *)g_ptr_array_index(folders, i))->delimiter;
    return '\0';
}

GPtrArray *folder_tree_rows(const GPtrArray *folders, const struct folder_tree_wish *wish)
{
    g_autoptr(GArray) branches = g_array_new(FALSE, FALSE, sizeof(struct branch));
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    struct tree tree = { branches, by_name, wish, g_ptr_array_new_with_free_func(node_free) };
    const struct branch root = { .first = -1, .last = -1, .next = -1 };
    g_array_set_clear_func(branches, branch_clear);
    g_array_append_val(branches, root);
    plant(&tree, folders);
    want(&tree, 0);
    emit(&tree, 0, 1, delimiter_of(folders));
    return tree.rows;
}

GPtrArray *folder_tree_parents(const char *name, char delimiter, const char *home)
{
    GPtrArray *parents = g_ptr_array_new_with_free_func(g_free);
    char *above = parent_of(name, delimiter, home);
    for (int i = 0; above != NULL && i < DEPTH_MAX; i++) {
        g_ptr_array_add(parents, above);
        above = parent_of(above, delimiter, home);
    }
    g_free(above);
    return parents;
}
