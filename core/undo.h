/* SPDX-License-Identifier: MIT */
/* Takes back actions: removes intents not sent yet, appends the inverse of those that were. */
#pragma once
#include "core/store.h"

/* An action on more messages than this is committed in pieces (intent_*, undo and redo alike), so that no other writer waits for it: not for the UI
 * thread. What fails half-way stays half done, and is one action that undo takes back. */
#define ACTION_MANY 100

/* True: *description_out says what was taken back ("Moved 3 messages to Archive"), and of how many where it was not all, with why; caller frees. False
 * without error: nothing to undo. With STORE_ERROR_MISSING: nothing of it can be taken back any more, see its words; the next call goes on with the
 * action before. */
bool undo_last(store *store, char **description_out, GError **error);
bool redo_last(store *store, char **description_out, GError **error);
/* Of how many messages it would be: more than ACTION_MANY are turned in pieces, not for the UI thread. */
int64_t undo_size(store *store, bool is_redo);
/* What undo would take back, for the status line; NULL: nothing. Caller frees. */
char *undo_describe(store *store);
/* All that is remembered, newest first; of struct undo_entry*, freed with the array. */
struct undo_entry {
    int64_t at_utc;
    bool is_undone;
    char *words;
};
GPtrArray *undo_history(store *store, GError **error);

/* What the last action is, where undo must open something for the person to go on with. The caller takes that back and calls undo_done(). */
enum undo_kind {
    UNDO_NOTHING,
    UNDO_IN_STORE /* undo_last() does it */,
    UNDO_SENDING /* item_id: of the outbox */,
    UNDO_DRAFT /* path: its file */
};
struct undo_next {
    enum undo_kind kind;
    int64_t action_id, item_id;
    char *path;
};
typedef struct undo_next undo_next;
void undo_next_clear(struct undo_next *next);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(undo_next, undo_next_clear)
bool undo_look(store *store, struct undo_next *next_out, GError **error);
bool undo_done(store *store, int64_t action_id, GError **error);
/* A draft that was thrown away and is kept in a file. */
bool undo_record_thrown(store *store, const char *subject, const char *path, GError **error);
