/* SPDX-License-Identifier: MIT */
/* Directories of Maildirs renamed and removed; each can be repeated after a crash. Errors are STORE_ERROR, as the end of a sentence. */
#pragma once
#include "core/maildir_tree.h"

/* With the folders below it. */
bool maildir_folder_rename(const struct maildir_tree *tree, const char *from, const char *to, GError **error);
/* Only without mail: what is in a Maildir is nowhere else. */
bool maildir_folder_remove(const struct maildir_tree *tree, const char *name, GError **error);
