/* SPDX-License-Identifier: MIT */
/* Between core/intent.c, which applies, core/intent_settle.c, which hears the server, and core/undo.c, which applies the inverse. */
#pragma once
#include "core/intent.h"
#include "core/store_private.h"

enum action_kind { ACTION_FLAGS, ACTION_MOVE, ACTION_COPY, ACTION_TRASH, ACTION_ARCHIVE, ACTION_DELETE, ACTION_KEYWORDS };

/* What happened to one message in an action. */
struct action_item {
    int64_t placement_id, source_id;
    int64_t from_folder_id, to_folder_id; /* 0: nowhere */
    unsigned add, remove;
};

/* Each changes the local view and the queue of one placement, coalescing with what was not sent yet. item_out tells what really changed.
 * A placement that is gone, or is so already: true with *is_changed_out false. The caller holds the transaction. */
bool intent_apply_flags(store *store, int64_t action_id, int64_t placement_id, unsigned add, unsigned remove, struct action_item *item_out,
                        bool *is_changed_out, GError **error);
/* *words_out: what really changed; NULL: nothing. Caller frees. */
bool intent_apply_keywords(store *store, int64_t action_id, int64_t placement_id, const char *add, const char *remove, char **words_out,
                           GError **error);
bool intent_keywords_settle(store *store, const struct intent *wish, GError **error); /* the row is gone already */
/* An item of an action on keywords; and it or its inverse again. */
bool intent_item_note_words(store *store, int64_t action_id, int64_t placement_id, const char *words, GError **error);
bool intent_keywords_turn(store *store, int64_t action_id, int64_t placement_id, bool is_undo, bool *is_changed_out, GError **error);
bool intent_apply_move(store *store, int64_t action_id, int64_t placement_id, int64_t folder_id /* 0: for good */,
                       struct action_item *item_out, bool *is_changed_out, GError **error);
bool intent_apply_copy(store *store, int64_t action_id, int64_t placement_id, int64_t folder_id, struct action_item *item_out,
                       bool *is_changed_out, GError **error);
bool intent_apply_uncopy(store *store, int64_t action_id, int64_t copy_id, bool *is_changed_out, GError **error);

/* A row for the placement in self; the message's own words come from the placement's row. */
bool intent_insert(store *store, const struct intent *self, uint32_t least_uid, GError **error);
/* Where the server has the message now, for a placement that no unsent intent has moved. Fills self's folder, number, file and account. */
bool intent_address(store *store, const struct placement_row *place, struct intent *self, uint32_t *least_uid_out, GError **error);

/* --- core/intent_carry.c: from one account to another --- */
bool intent_carry_move(store *store, int64_t action_id, const struct placement_row *place, int64_t target_id, GError **error);
/* *copy_out: the new placement. */
bool intent_carry_copy(store *store, int64_t action_id, const struct placement_row *place, int64_t target_id, int64_t *copy_out,
                       GError **error);
/* A move whose other account has not been asked yet is taken back: the placement is at home again. */
bool intent_carry_recall(store *store, int64_t placement_id, bool *is_recalled_out, GError **error);
/* A step of the way was refused: back home, or the copy goes. */
bool intent_carry_back(store *store, const struct intent *refused, GError **error);
/* The other account has it: now it may be deleted where it was. */
bool intent_carry_arrived(store *store, const struct intent *appended, GError **error);

/* --- core/intent_folder.c: what the server said of a folder's row, which is gone from the queue already --- */
bool intent_folder_settle(store *store, const struct intent *wish, GError **error);
bool intent_folder_back(store *store, const struct intent *wish, const char *why, GError **error);
char *intent_folder_describe(const struct intent *wish); /* caller frees */

/* A queued row never sent: what may still be changed by replacing it. */
#define INTENT_IS_UNSENT " state = 0 AND attempts = 0 "
/* Rows behind id that name the placement at a place it did not get to: they name the place where it is. */
bool intent_rebase(store *store, const struct intent *base, GError **error);
struct intent *intent_from_row(sqlite3_stmt *row);
#define INTENT_COLUMNS                                                                                                                     \
    "i.id, i.action_id, i.account_id, i.type, i.state, i.placement_id, i.source_id, i.folder_id, i.target_folder_id, i.uidvalidity,"       \
    " i.uid, i.add_flags, i.remove_flags, i.attempts, i.not_before_utc, i.file, i.message_id, i.path, i.error"
typedef struct intent intent;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(intent, intent_free)
/* The row that a statement with INTENT_COLUMNS finds; *intent_out NULL: none. */
bool intent_find(store *store, struct intent **intent_out, GError **error, const char *sql, const struct store_value *values);

/* --- core/undo.c: the record of actions --- */
int64_t action_open(store *store, enum action_kind kind, int64_t folder_id, unsigned add, unsigned remove, GError **error);
bool action_note(store *store, int64_t action_id, const struct action_item *item, GError **error);
/* One in which nothing changed is forgotten; else those that were undone can no longer be redone, and the oldest go. */
bool action_close(store *store, int64_t action_id, size_t count, GError **error);
