/* SPDX-License-Identifier: MIT */
/* The index of a local account's Maildirs: what is on the disk goes into the store, at the start all of it, then what inotify tells. The local worker's thread only. */
#pragma once
#include "core/engine_private.h"
#include "core/maildir_tree.h"

typedef struct maildir_index maildir_index;
maildir_index *maildir_index_new(engine_account *account, store *store /* borrowed */, worker *thread, GError **error);
void maildir_index_free(maildir_index *self);
const struct maildir_tree *maildir_index_tree(const maildir_index *self);
int maildir_index_fd(const maildir_index *self); /* readable: something changed; -1: inotify is not to be had */
/* What changed so far is noted; nothing is read. */
void maildir_index_listen(maildir_index *self);
/* Folders and files that changed go into the store; with is_all every folder whose directory changed since it was read. False with error. */
bool maildir_index_update(maildir_index *self, bool is_all, GError **error);
