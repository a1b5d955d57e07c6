/* SPDX-License-Identifier: MIT */
/* What a person does to mail: applied locally and queued for the server in one transaction (design.md section 4).
 *
 * UI thread or any thread with its own store. After success the caller wakes the engine. Local accounts (maildir) queue the same way and
 * are settled by their worker. */
#pragma once
#include "core/store.h"
#include "core/store_folder.h"

enum intent_type {
    INTENT_FLAGS,
    INTENT_MOVE,
    INTENT_COPY,
    INTENT_DELETE /* expunge for good */,
    INTENT_APPEND,
    INTENT_FOLDER_CREATE,
    INTENT_FOLDER_RENAME,
    INTENT_FOLDER_DELETE,
    INTENT_FETCH,           /* brings the bytes here (into path): the first step of a way into another account, see core/intent_carry.c */
    INTENT_KEYWORDS,        /* path: "+set -cleared" */
    INTENT_FOLDER_SUBSCRIBE /* path: "+" or "-" */
};
struct intent;
enum intent_state { INTENT_QUEUED, INTENT_IN_FLIGHT, INTENT_FAILED, INTENT_HELD_BACK /* until the other account has the message */ };

/* Each acts on placements (count ids) and returns the number of the *action* (what undo takes back as one), 0 with error. Ids that are gone are skipped. */
int64_t intent_flags(store *store, const int64_t *placements, size_t count, unsigned add, unsigned remove, GError **error);
/* core/action_words.c: "Starred 3 messages"; caller frees. */
char *action_flags_words(unsigned add, unsigned remove, unsigned count);
/* The same for what follows from something else and is not a person's own action (read because it was opened, answered because the answer
 * left): nothing that undo would take back. */
bool intent_flags_quietly(store *store, const int64_t *placements, size_t count, unsigned add, unsigned remove, GError **error);
/* Everything unread in the folder is read; 0 without error: nothing is unread. Much: not for the UI thread. */
int64_t intent_read_folder(store *store, int64_t folder_id, GError **error);
/* Tags. add and remove: keywords with ' ' between them (core/tag.h), may be NULL. Where a server cannot keep them they are kept here. */
int64_t intent_keywords(store *store, const int64_t *placements, size_t count, const char *add, const char *remove, GError **error);
bool intent_keywords_quietly(store *store, const int64_t *placements, size_t count, const char *add, const char *remove, GError **error);
/* Also between accounts: fetched here, appended there, and only then deleted where it was. */
int64_t intent_move(store *store, const int64_t *placements, size_t count, int64_t folder_id, GError **error);
int64_t intent_copy(store *store, const int64_t *placements, size_t count, int64_t folder_id, GError **error);
/* To the account's Trash, which is made where there is none. A message in Trash already: STORE_ERROR_MISSING and nothing is changed, unless
 * is_forever, which deletes all of them for good: so the caller asks first. Another error while the account's folders are not known. */
int64_t intent_delete(store *store, const int64_t *placements, size_t count, bool is_forever, GError **error);
int64_t intent_archive(store *store, const int64_t *placements, size_t count,
                       GError **error); /* to Archive, made where there is none; errors as intent_delete */
/* Puts a message (a file in Maildir truth, which is taken: settling deletes it) into a folder: Sent copies, drafts. The same path twice is one. */
int64_t intent_append(store *store, int64_t folder_id, const char *path, unsigned flags, GError **error);
/* The same for an IMAP folder into which the provider may put it by itself: not before not_before_utc, and only if no message there has its Message-ID
 * then. Until then it is shown as if it were there. */
int64_t intent_append_unless_there(store *store, int64_t folder_id, const char *path, unsigned flags, int64_t not_before_utc,
                                   GError **error);
#define INTENT_LOOKS_FIRST 1U /* in intent.remove of such an append */
/* Folders. In the list at once, and actions that undo takes back. Refused with a sentence: a bad or taken name, a folder with a role, one with folders below. */
int64_t intent_folder_create(store *store, int64_t account_id, const char *name, GError **error); /* the new folder; 0 with error */
bool intent_folder_rename(store *store, int64_t folder_id, const char *name, GError **error);     /* the whole name; those below follow */
/* With all that is in and below it: it becomes a folder below Trash. In Trash already: STORE_ERROR_MISSING. */
bool intent_folder_trash(store *store, int64_t folder_id, GError **error);
/* With all mail in it, for good: ask first. Only an empty one can be had back once the server has done it. */
bool intent_folder_delete(store *store, int64_t folder_id, GError **error);
bool intent_folder_subscribe(store *store, int64_t folder_id, bool is_subscribed, GError **error);
/* The server's name of a folder for a row of the queue (after_id its id; 0: now), while renames wait. Caller frees. */
char *intent_folder_server_name(store *store, const struct folder *box, int64_t after_id);
/* The other way round, for one that the server lists. Caller frees. */
char *intent_folder_local_name(store *store, const struct folder *listed);
/* What was done to a folder right after it was made, before the server heard of it: made under its new name, or not at all. NULL: nothing. */
bool intent_folder_follow_up(store *store, const struct intent *made, struct intent **next_out, GError **error);
bool intent_folder_is_pending(store *store, int64_t account_id, const char *name, enum intent_type type);
bool intent_folder_is_awaited(store *store, int64_t folder_id); /* something is on its way into it, or out of it */
/* The same conversation elsewhere in the folder: ids of all its placements there; of int64_t. */
/* The file of a placement that waits to be appended; caller frees; NULL: none. */
char *intent_append_path(store *store, int64_t placement_id);
GArray *intent_thread_placements(store *store, int64_t folder_id, int64_t thread_id, GError **error);

/* --- the queue, for core/intent_replay and the activity view --- */
struct intent {
    int64_t id, action_id, account_id;
    enum intent_type type;
    enum intent_state state;
    int64_t placement_id; /* of a copy: the new one */
    int64_t
        source_id; /* of a copy: the placement it is made from; of an append on the way between accounts: what is moved or copied; else 0 */
    int64_t folder_id, target_folder_id;
    uint32_t uidvalidity, uid; /* in folder_id, when it was queued; 0: not known then, read from the placement or wait */
    int64_t seen_id;           /* the last placement that was known when it was made: what comes later has a higher one */
    uint32_t least_uid;        /* while uid is 0: it has at least this one */
    char *file;                /* local accounts: the Maildir file in folder_id */
    char *message_id;          /* to find it again */
    unsigned add, remove;      /* flags */
    bool is_arrived;           /* a sync saw the message in the target already: do not copy or append it again */
    char *path;                /* append; of keywords: the words */
    int attempts;
    int64_t not_before_utc;
    char *error; /* last words of the server */
};
void intent_free(struct intent *intent);
/* The oldest due rows of an account, in order, at most limit; of struct intent*. Rows that depend on one that is in flight or waits are left out.
 * uid 0 (and no file): its number was never learned (no UIDPLUS, or a new UIDVALIDITY): find it by message_id, or wait for the sync. */
GPtrArray *intent_pending(store *store, int64_t account_id, int limit, GError **error);
int64_t intent_count(store *store, int64_t account_id /* 0: all */);
/* Moves that were cut off and wait before they are sent again, with their numbers; sorted by folder and target. Caller unrefs. */
GPtrArray *intent_doubtful(store *store, int64_t account_id, int limit, GError **error);
/* Commits durably: nothing is sent before. STORE_ERROR_MISSING: the person changed one of them meanwhile (rows are never altered, they are replaced):
 * none was marked, read intent_pending again. */
bool intent_set_in_flight(store *store, const int64_t *ids, size_t count, GError **error);
bool intent_settled(store *store, int64_t id, GError **error); /* done on the server: the row goes; gone already: true */
bool intent_retry_later(store *store, int64_t id, const char *why, int64_t not_before_utc, GError **error);
bool intent_forget_number(store *store, int64_t id, GError **error); /* the number is of nothing any more: see intent_pending */
/* Refused for good: the local effect is rolled back, the row goes (or stays as failed for the activity view); *description_out: what was taken back. Caller frees. */
bool intent_rolled_back(store *store, int64_t id, const char *why, char **description_out, GError **error);
/* One of several that were refused at once: the first is told (and noted) with how many others went alike, these are not. */
bool intent_rolled_back_together(store *store, int64_t id, const char *why, bool is_told, size_t alike, char **description_out,
                                 GError **error);
/* The server has no place for these of the row's keywords (a list): they are kept on this computer; it has the others, and the row goes. */
bool intent_keywords_keep_here(store *store, int64_t id, const char *list, GError **error);
/* "+set -cleared" → lists, which may come back NULL; caller frees. */
void intent_words_split(const char *words, char **add_out, char **remove_out);
char *intent_words_join(const char *add, const char *remove); /* NULL: no words; caller frees */
/* Marks that wait for a message which is gone from its folder look for it elsewhere (core/intent_stray): in the transaction in which its placement goes, */
bool intent_strays_take(store *store, int64_t placement_id, GError **error);
/* for one that was settled, and nothing the server said shows that the message was still there, */
bool intent_stray_doubt(store *store, const struct intent *settled, GError **error);
/* and now and then: those that are found are queued there. */
bool intent_strays_place(store *store, int64_t account_id, GError **error);
/* The message was taken away by somebody else before this could be done: its placement goes, with all that waits for it. *description_out as above. */
bool intent_lost(store *store, int64_t id, char **description_out, GError **error);
bool intent_lost_together(store *store, int64_t id, bool is_told, size_t alike, char **description_out, GError **error);
/* An earlier attempt of ours may have marked it as deleted, and it may go: a deletion, or a move whose copy is seen in its target. */
bool intent_has_marked(store *store, int64_t folder_id, uint32_t uid);
/* The least number that what the intent puts into the target can have there; 1: not known. */
uint32_t intent_least_uid(store *store, const struct intent *intent, int64_t target_id);
/* The number that the placement has in this folder, or that an intent which waits to take it from there knows; 0: not known. */
uint32_t intent_uid_there(store *store, const struct intent *intent, int64_t folder_id);
uint32_t intent_uid(store *store, int64_t id);                  /* of the row as it is now; 0: not known */
int64_t intent_size(store *store, const struct intent *intent); /* of its message, in bytes; 0: not known */
/* On a new connection: rows in flight on the one that broke, or of a crash, become queued again, attempts kept; what would be done twice by being
 * repeated while the server is still at it (copies, moves, appends) not before doubtful_from_utc. */
bool intent_reset_in_flight(store *store, int64_t account_id, int64_t doubtful_from_utc, GError **error);
int64_t intent_in_flight(store *store, int64_t account_id); /* how many */
bool intent_was_cut_off(store *store, int64_t account_id);  /* one that waits again */
int64_t intent_next_due(store *store, int64_t account_id);  /* when the next queued row may be tried, unix time; 0: none is queued */
