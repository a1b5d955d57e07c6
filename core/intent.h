/* SPDX-License-Identifier: MIT */
/* What a person does to mail: applied locally and queued for the server in one transaction (design.md section 4).
 *
 * UI thread or any thread with its own store. After success the caller wakes the engine. Local accounts (maildir) queue the same way and
 * are settled by their worker. */
#pragma once
#include "core/store.h"

enum intent_type {
    INTENT_FLAGS,
    INTENT_MOVE,
    INTENT_COPY,
    INTENT_DELETE /* expunge for good */,
    INTENT_APPEND,
    INTENT_FOLDER_CREATE,
    INTENT_FOLDER_RENAME,
    INTENT_FOLDER_DELETE
};
enum intent_state { INTENT_QUEUED, INTENT_IN_FLIGHT, INTENT_FAILED };

/* Each acts on placements (count ids) and returns the number of the *action* (what undo takes back as one), 0 with error. Ids that are gone are skipped. */
int64_t intent_flags(store *store, const int64_t *placements, size_t count, unsigned add, unsigned remove, GError **error);
int64_t intent_move(store *store, const int64_t *placements, size_t count, int64_t folder_id, GError **error);
int64_t intent_copy(store *store, const int64_t *placements, size_t count, int64_t folder_id, GError **error);
/* To Trash; for messages in Trash (or without a Trash folder: *is_final_out asks the caller to confirm first by is_forever) for good. */
int64_t intent_delete(store *store, const int64_t *placements, size_t count, bool is_forever, GError **error);
int64_t intent_archive(store *store, const int64_t *placements, size_t count,
                       GError **error); /* STORE_ERROR_MISSING: the account has no Archive folder */
/* Puts a message (a file in Maildir truth, kept until it is on the server) into a folder: Sent copies, drafts. */
int64_t intent_append(store *store, int64_t folder_id, const char *path, unsigned flags, GError **error);
/* The same conversation elsewhere in the folder: ids of all its placements there; of int64_t. */
GArray *intent_thread_placements(store *store, int64_t folder_id, int64_t thread_id, GError **error);

/* --- the queue, for core/intent_replay and the activity view --- */
struct intent {
    int64_t id, action_id, account_id;
    enum intent_type type;
    enum intent_state state;
    int64_t placement_id;
    int64_t folder_id, target_folder_id;
    uint32_t uidvalidity, uid; /* in folder_id, when it was queued; 0: not known then, read from the placement or wait */
    char *message_id;          /* to find it again */
    unsigned add, remove;      /* flags */
    char *path;                /* append */
    int attempts;
    int64_t not_before_utc;
    char *error; /* last words of the server */
};
void intent_free(struct intent *intent);
/* The oldest due rows of an account, in order, at most limit; of struct intent*. */
GPtrArray *intent_pending(store *store, int64_t account_id, int limit, GError **error);
int64_t intent_count(store *store, int64_t account_id /* 0: all */);
bool intent_set_in_flight(store *store, const int64_t *ids, size_t count, GError **error); /* commits durably: nothing is sent before */
bool intent_settled(store *store, int64_t id, GError **error);                             /* done on the server: the row goes */
bool intent_retry_later(store *store, int64_t id, const char *why, int64_t not_before_utc, GError **error);
/* Refused for good: the local effect is rolled back, the row goes (or stays as failed for the activity view); *description_out: what was taken back. Caller frees. */
bool intent_rolled_back(store *store, int64_t id, const char *why, char **description_out, GError **error);
bool intent_reset_in_flight(store *store, int64_t account_id,
                            GError **error); /* at start: in-flight rows of a crash become queued again, attempts kept */
