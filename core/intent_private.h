/* SPDX-License-Identifier: MIT */
/* Between core/intent.c, which applies, core/intent_settle.c, which hears the server, and core/undo.c, which applies the inverse. */
#pragma once
#include "core/intent.h"
#include "core/store_private.h"

/* Numbers are in the store. */
enum action_kind {
    ACTION_FLAGS,
    ACTION_MOVE,
    ACTION_COPY,
    ACTION_TRASH,
    ACTION_ARCHIVE,
    ACTION_DELETE,
    ACTION_KEYWORDS,
    ACTION_FOLDER_CREATE,
    ACTION_FOLDER_RENAME,
    ACTION_FOLDER_TRASH,
    ACTION_FOLDER_DELETE, /* item_id: how much mail was in it */
    ACTION_FOLDER_SUBSCRIBE,
    ACTION_FOLDER_UNSUBSCRIBE,
    ACTION_SEND,         /* item_id: of the outbox; from_name: the subject */
    ACTION_DRAFT_THROWN, /* from_name: the subject; to_name: the file it is kept in */
    ACTION_SNOOZE,
    ACTION_UNSNOOZE,
    ACTION_MUTE,
    ACTION_UNMUTE, /* tags and moves at once: intent_tag_and_move */
    ACTION_THREAD_BREAK /* from_name: the subject */,
    ACTION_THREAD_JOIN /* item_id: how many they were */,
    ACTION_VIP /* from_name: the address */,
    ACTION_NO_VIP
};

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
/* All its tags for a placement that has just come into another account. */
bool intent_keywords_carry(store *store, int64_t action_id, int64_t placement_id, const char *tags, GError **error);
/* Rows behind after_id that say nothing which the placement's server (or kept_tags) has not already go. */
bool intent_keywords_trim(store *store, int64_t placement_id, int64_t after_id, GError **error);
/* An action of tags and a move, message by message: opened, filled (folder_id: where it is already, or where it goes), and closed by action_close(). */
int64_t intent_tag_and_move_open(store *store, enum action_kind kind, const char *add, GError **error);
bool intent_tag_and_move(store *store, int64_t action_id, int64_t placement_id, const char *add, const char *remove, int64_t folder_id,
                         size_t *changed /* counted up */, GError **error);
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

/* --- core/draft_version.c: the version is on the server, and the one before may go; or it never will be, and the one before stays --- */
bool draft_version_release(store *store, const struct intent *appended, GError **error);
bool draft_version_keep_old(store *store, const struct intent *refused, GError **error);

/* In the caller's transaction; *outdated_out: a file to be deleted once that is committed. */
bool draft_version_drop(store *store, int64_t placement_id, char **outdated_out, GError **error);

/* --- core/intent_folder.c: what the server said of a folder's row, which is gone from the queue already --- */
bool intent_folder_settle(store *store, const struct intent *wish, GError **error);
bool intent_folder_back(store *store, const struct intent *wish, const char *why, GError **error);
char *intent_folder_describe(const struct intent *wish); /* caller frees */
/* The change and its row of the queue, but no action: the caller holds the transaction. id: the row's, 0: a new one, which is put there. */
bool intent_folder_apply_create(store *store, struct folder *box, GError **error);
bool intent_folder_apply_rename(store *store, const struct folder *box, const char *name, GError **error);
bool intent_folder_subscribes(const struct intent *wish); /* of INTENT_FOLDER_SUBSCRIBE: or takes it back */
bool intent_folder_apply_subscribe(store *store, const struct folder *box, bool is_subscribed, GError **error);
bool intent_folder_apply_delete(store *store, const struct folder *box, GError **error);

/* --- core/intent_list.c: what could not be done is remembered until a person has seen it. why: the server's words, or NULL --- */
bool intent_failure_note(store *store, const struct intent *refused, const char *words, const char *why, GError **error);
/* core/intent_settle.c: the person does not want it any more; its local effect is taken back, nobody need be told. */
bool intent_taken_back(store *store, const struct intent *wish, GError **error);
char *intent_subject(store *store, const struct intent *wish); /* of its message, never NULL; caller frees */
/* A queued row never sent: what may still be changed by replacing it. */
#define INTENT_IS_UNSENT " state = 0 AND attempts = 0 "
/* Rows behind id that name the placement at a place it did not get to: they name the place where it is. */
bool intent_rebase(store *store, const struct intent *base, GError **error);
struct intent *intent_from_row(sqlite3_stmt *row);
#define INTENT_COLUMNS                                                                                                                     \
    "i.id, i.action_id, i.account_id, i.type, i.state, i.placement_id, i.source_id, i.folder_id, i.target_folder_id, i.uidvalidity,"       \
    " i.uid, i.add_flags, i.remove_flags, i.attempts, i.not_before_utc, i.file, i.message_id, i.path, i.error, i.least_uid, i.seen_id"
#define INTENT_COLUMN_COUNT 21
typedef struct intent intent;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(intent, intent_free)
/* The row that a statement with INTENT_COLUMNS finds; *intent_out NULL: none. */
bool intent_find(store *store, struct intent **intent_out, GError **error, const char *sql, const struct store_value *values);

/* --- core/action.c: the record of actions --- */
struct action {
    int64_t id, folder_id, account_id, item_id, count /* of items */, at_utc;
    enum action_kind kind;
    unsigned add, remove;
    char *from_name, *to_name;
    char *words; /* of keywords */
    bool is_undone;
};
void action_clear(struct action *action);
typedef struct action action;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(action, action_clear)
int64_t action_begin(store *store, const struct action *done, GError **error); /* 0: error */
int64_t action_open(store *store, enum action_kind kind, int64_t folder_id, unsigned add, unsigned remove, GError **error);
bool action_note(store *store, int64_t action_id, const struct action_item *item, GError **error);
/* It never came into folder_id: undo does not speak of it, unless it was the last of them. */
bool action_note_refused(store *store, int64_t action_id, int64_t placement_id, int64_t folder_id, GError **error);
/* One in which nothing changed is forgotten; else those that were undone can no longer be redone, and the oldest go. */
bool action_close(store *store, int64_t action_id, size_t count, GError **error);
bool action_forget(store *store, int64_t action_id, GError **error);
/* One that is not done to messages: opened and closed. */
bool action_record(store *store, const struct action *done, GError **error);
/* The same for a folder. */
bool action_folder(store *store, enum action_kind kind, const struct folder *box, const char *from_name, const char *to_name,
                   GError **error);
/* The one that undo (or redo) turns next; id 0: none. */
bool action_next(store *store, bool is_redo, struct action *action_out, GError **error);
/* core/action_words.c: "Moved 3 messages to Archive"; caller frees */
char *action_describe(store *store, const struct action *action);
/* core/action_folder.c: *why_out (caller frees): why it cannot be; then nothing is changed and it is no error. */
bool action_folder_turn(store *store, const struct action *action, bool is_redo, char **why_out, GError **error);
/* core/action_thread.c: conversations. Notes come before the change, with the conversation it goes to: of a message with what is known by its
 * Message-ID, of all of a conversation, of what a person said of a message (by the hash of its Message-ID). action_thread_close() stands behind all. */
bool action_thread_note_message(store *store, int64_t action_id, int64_t message_id, int64_t thread_id, GError **error);
bool action_thread_note_all(store *store, int64_t action_id, int64_t from_thread, int64_t thread_id, GError **error);
bool action_thread_note_link(store *store, int64_t action_id, int64_t hash, GError **error);
bool action_thread_close(store *store, int64_t action_id, GError **error);
bool action_thread_turn(store *store, const struct action *action, bool is_redo, char **why_out, GError **error);
