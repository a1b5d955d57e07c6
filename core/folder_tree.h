/* SPDX-License-Identifier: MIT */
/* Folders as a tree: whatever the delimiter, with parents that exist only as a part of names, branches folded. Pure; O(folders). */
#pragma once
#include "core/store_folder.h"

struct folder_node {
    const struct folder *box; /* borrowed; NULL: no such folder, only others below it */
    char *name;               /* whole; of one that does not exist: as its children begin */
    char *label;              /* the last part */
    char delimiter;
    int depth; /* 1: at the top */
    bool has_children, is_folded;
    int64_t unread_below; /* of a folded one */
};
struct folder_tree_wish {
    const char *home;        /* a prefix that is not shown ("INBOX." with Courier); NULL or "": none */
    bool is_subscribed_only; /* and those with a purpose, and what leads to them */
    int64_t shown_id;        /* shown in any case; 0: none */
    /* NULL: nothing is folded. */
    bool (*is_folded)(void *data, const char *name);
    void *data;
};
/* Of struct folder_node*, freed with the array: in the order they are shown. folders: of struct folder*, of one account, as store_folders gives them;
 * those that are gone are left out. */
GPtrArray *folder_tree_rows(const GPtrArray *folders, const struct folder_tree_wish *wish);
/* Those above it, the nearest first; of char*, freed with the array. */
GPtrArray *folder_tree_parents(const char *name, char delimiter, const char *home);
