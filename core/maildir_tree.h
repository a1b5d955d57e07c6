/* SPDX-License-Identifier: MIT */
/* The Maildirs of a local account: which directory is which folder. One value, any thread.
 *
 * Three ways of laying them out: postern's own ($XDG_DATA_HOME/postern/mail/ACCOUNT/FOLDER, names escaped), Maildir++ (the directory itself is the
 * inbox, folders are .A.B below it, names in modified UTF-7), and plain directories (A/B/cur, as mutt, isync and mh-like trees have it). */
#pragma once
#include "core/store.h"

struct maildir_tree {
    enum maildir_layout { MAILDIR_OWN, MAILDIR_PLUS, MAILDIR_PLAIN } layout;
    char *root;
    char delimiter; /* between the parts of a folder's name */
};
typedef struct maildir_tree maildir_tree;
void maildir_tree_free(struct maildir_tree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(maildir_tree, maildir_tree_free)

/* path NULL, or postern's own place: its own layout. What is at path decides else; where nothing is yet, plain directories. */
struct maildir_tree *maildir_tree_new(const char *account_key, const char *path);
/* Where folder name (UTF-8) is, or would be made; caller frees. */
char *maildir_tree_directory(const struct maildir_tree *tree, const char *name);
/* Names (char*, UTF-8) of the folders that are there; links to directories that were seen already are left out. NULL with error. */
GPtrArray *maildir_tree_list(const struct maildir_tree *tree, GError **error);

/* The account's tree as the store remembers it, for those who have only the store. */
bool maildir_tree_remember(store *store, int64_t account_id, const struct maildir_tree *tree, GError **error);
struct maildir_tree *maildir_tree_of(store *store, int64_t account_id, const char *account_key);
