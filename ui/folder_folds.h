/* SPDX-License-Identifier: MIT */
/* Which branches of the folder list are folded, and which accounts show only what is subscribed; remembered in the store. */
#pragma once
#include "core/folder_tree.h"

typedef struct folder_folds folder_folds;
folder_folds *folder_folds_new(store *store /* borrowed */);
void folder_folds_free(folder_folds *self);
/* The account that is asked about next, with so many folders: of very many, branches are folded until they are opened. */
void folder_folds_choose(folder_folds *self, int64_t account_id, guint folder_count);
bool folder_folds_has(void *self, const char *name); /* for folder_tree_wish */
bool folder_folds_has_account(const folder_folds *self, int64_t account_id);
void folder_folds_set(folder_folds *self, int64_t account_id, const char *name /* NULL: the account itself */, bool is_folded);
bool folder_folds_is_subscribed_only(const folder_folds *self, int64_t account_id);
void folder_folds_set_subscribed_only(folder_folds *self, int64_t account_id, bool is_only);
