/* SPDX-License-Identifier: MIT */
/* For the family only (core/store_*.c, intent*.c, undo.c, outbox.c and their tests): short ways to run SQL, and the moves of placements. */
#pragma once
#include "core/message_ref.h"
#include "core/store_folder.h"
#include "core/store_message.h"

/* --- running SQL: values are typed, so that no int ends where an int64_t is read --- */
struct store_value {
    enum { VALUE_END, VALUE_NUMBER, VALUE_TEXT } kind;
    int64_t number;
    const char *text; /* NULL is SQL's NULL; borrowed while the statement runs */
};
#define NUM(value)        ((struct store_value){ VALUE_NUMBER, (int64_t)(value), NULL })
#define TXT(value)        ((struct store_value){ VALUE_TEXT, 0, (value) })
#define STORE_VALUES(...) ((const struct store_value[]){ __VA_ARGS__ __VA_OPT__(, ){ VALUE_END, 0, NULL } })

/* Resets at the end of its scope: an open cursor would hold back the checkpoint and pin old pages. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, sqlite3_reset)

sqlite3_stmt *store_select_values(store *store, GError **error, const char *sql, const struct store_value *values);
bool store_run_values(store *store, GError **error, const char *sql, const struct store_value *values);
bool store_number_values(store *store, int64_t *number_out, GError **error, const char *sql, const struct store_value *values);
/* Turning WAL on needs the file alone, and SQLite answers BUSY without asking the busy handler: tried for so long. A result code of SQLite. */
int store_use_log(sqlite3 *db, int busy_ms);
/* A bound statement to be stepped, NULL with error: g_autoptr(sqlite3_stmt) row = store_select(…) */
#define store_select(store, error, sql, ...) store_select_values(store, error, sql, STORE_VALUES(__VA_ARGS__))
/* Runs to the end. */
#define store_run(store, error, sql, ...) store_run_values(store, error, sql, STORE_VALUES(__VA_ARGS__))
/* The first column of the first row; unchanged when there is no row. */
#define store_number(store, number_out, error, sql, ...) store_number_values(store, number_out, error, sql, STORE_VALUES(__VA_ARGS__))
/* True: a row is there. False: the end, or an error that is set. */
bool store_step(store *store, sqlite3_stmt *row, GError **error);
char *store_column_dup(sqlite3_stmt *row, int column); /* NULL stays NULL; always valid UTF-8 */
int64_t store_now_utc(void);
/* Lists are ordered by arrival; within one second (a mailbox that was imported) by UID: the order the server has. */
int64_t store_sort_key(int64_t when_utc, uint32_t uid);
/* When the outermost commit returns it is on the disk, also on the screen's connection. */
bool store_begin_durable(store *store, GError **error);
/* Whether store_breathe would let others in now: for those who have to finish something before. */
bool store_is_breath_due(store *store);
bool store_missing(GError **error, const char *words); /* STORE_ERROR_MISSING, always false */
/* Without triggers from now on: for core/bulk_writer, whose rows store_bulk_put counts by the hundred. */
void store_be_quiet(store *store);
bool store_is_quiet(store *store);
/* Commits when is_done, else rolls back; is_done && committed. */
bool store_end(store *store, bool is_done, GError **error);

/* --- core/store_thread.c --- */
int64_t store_hash(const char *message_id); /* never 0 */
/* SQL: the messages whose Message-ID has that hash, as a list for IN. */
#define STORE_MESSAGES_OF_HASH(hash)                                                                                                       \
    "(SELECT message_id FROM message_refs WHERE key IN " MESSAGE_REF_KEYS(                                                                 \
        hash) " UNION ALL SELECT message_id FROM message_twins WHERE hash = " hash ")"
#define STORE_THREAD_IDS_MAX 53
/* Where a new message belongs. */
struct store_thread_place {
    int64_t hashes[STORE_THREAD_IDS_MAX];
    struct message_ref refs[STORE_THREAD_IDS_MAX]; /* what is known of each id; its own first */
    size_t count;
    int64_t thread_id; /* 0: none yet, the caller makes its own id the conversation's */
};
/* Other conversations are merged into the one it belongs to. */
bool store_thread_find(store *store, const struct message_info *info, struct store_thread_place *place_out, GError **error);
/* Which of them is the greatest; STORE_ERROR_OTHER when too much would have to move to make them one. */
bool store_thread_greatest(store *store, const int64_t *threads, size_t count, int64_t *greatest_out, GError **error);
bool store_thread_merge(store *store, int64_t from, int64_t into, GError **error);
bool store_thread_move(store *store, int64_t message_id, int64_t thread_id, GError **error); /* store_thread_link.c: one message */
/* Its ids belong to this conversation; its own is that of the message. */
bool store_thread_note(store *store, const struct store_thread_place *place, int64_t own_hash, int64_t thread_id, int64_t message_id,
                       GError **error);

/* All ids of a message that say where it belongs, as hashes without doubles; its own is the first, where it has one. Returns how many. */
size_t store_thread_ids(const struct message_info *info, int64_t hashes[STORE_THREAD_IDS_MAX]);

/* --- core/store_contact.c --- */
bool store_contact_received(store *store, const char *name, const char *address, int64_t count, int64_t last_utc, GError **error);

/* --- core/store_message.c --- */
/* What strangers write has no natural end: longer is cut before it is stored. A list needs less, a reply to all needs its recipients. */
struct store_clipped {
    struct message_info info; /* borrowed, where nothing was cut */
    const char *references;   /* those that are kept */
    char *owned[11];
    size_t count;
};
void store_clip(struct store_clipped *clipped_out, const struct message_info *info);
void store_clipped_clear(struct store_clipped *clipped);
struct store_found {
    int64_t id, thread_id; /* 0: none */
    bool lacks_structure, lacks_preview;
};
/* The row of the same message. is_local: any size will do. */
bool store_message_find(store *store, const struct message_info *info, bool is_local, struct store_found *found_out, GError **error);
/* Whether those who write to this folder become contacts; and what a message there says of people. */
bool store_people_are_senders(enum folder_role role);
bool store_people_note(store *store, enum folder_role role, const struct message_info *info, GError **error);
int64_t store_arrival_key(const struct message_info *info, uint32_t uid); /* sort key */
/* Finds or makes the row of a message. is_local: any size will do. */
bool store_message_put(store *store, const struct message_info *info, bool is_local, int64_t *message_out, int64_t *thread_out,
                       GError **error);
bool store_message_update(store *store, int64_t message_id, const struct message_info *info, GError **error);

/* --- core/store_placement.c --- */
struct placement_row { /* the bare row */
    int64_t id, folder_id, message_id, thread_id;
    uint32_t uid;
    unsigned server_flags, flags;
};
bool store_placement_row(store *store, int64_t placement_id, struct placement_row *row_out, GError **error); /* STORE_ERROR_MISSING */
/* Puts it elsewhere. Another row that has this (folder, uid) already is the same message seen twice: it is taken in. */
bool store_placement_relocate(store *store, int64_t placement_id, int64_t folder_id, uint32_t uid, uint32_t least_uid, GError **error);
/* flags := server_flags with the pending intents applied. */
bool store_placement_refresh_flags(store *store, int64_t placement_id, GError **error);
/* keywords := server_keywords, and what is kept here because the server cannot, with the pending intents applied (core/store_keyword.c). */
bool store_placement_refresh_keywords(store *store, int64_t placement_id, GError **error);
/* list: ' ' separated. What a server (or a Maildir) cannot keep is kept here, by the account's name for the message. */
bool store_keywords_keep(store *store, int64_t placement_id, const char *add, const char *remove, GError **error);
#define STORE_AWAY           "accounts-away" /* meta: ids of accounts that are not set up any more, with "," between them (core/store_folder.c) */
#define STORE_WORD_FORWARDED "$Forwarded" /* a word on the server, a flag here: kept, it is no tag */
/* Of the server's own words, and those kept here; both may come back NULL; caller frees. */
bool store_keywords_read(store *store, int64_t placement_id, char **server_out, char **kept_out, char **shown_out, GError **error);
bool store_placement_drop(store *store, int64_t placement_id, GError **error); /* the row, and what waits for it */
bool store_placement_insert(store *store, int64_t folder_id, int64_t message_id, uint32_t uid, uint32_t least_uid, const char *file,
                            unsigned flags, int64_t sort_key, int64_t *placement_out, GError **error);

/* What every put asks of its folder. */
struct folder_facts {
    int64_t account_id;
    uint32_t uidvalidity, uidnext;
    enum folder_role role;
};
bool store_folder_facts(store *store, int64_t folder_id, struct folder_facts *facts_out, GError **error);

/* --- core/store_window.c: rows of a list, also for core/search.c. Five columns (sort_key, tie, total, unread, flagged) stand before these; p is a
 * placement, m its message --- */
/* What a person sees as a message's date: where it says none, when it came. */
#define STORE_DATE "iif(m.date_utc > 0, m.date_utc, p.sort_key >> 24)"
#define STORE_ROW_COLUMNS                                                                                                                  \
    " p.id, p.message_id, p.thread_id, p.folder_id, p.flags, " STORE_DATE ", m.size_bytes, m.part_flags, m.attachment_count,"              \
    " coalesce(m.from_name, m.from_address), m.from_address, m.recipients, m.subject, m.preview,"                                          \
    " p.keywords, EXISTS (SELECT 1 FROM vips WHERE address = lower(m.from_address))"
struct window_row;
struct window_row *store_window_row(sqlite3_stmt *row);
/* A row that stands for its conversation in the query's folders: its counts and who wrote. */
struct window_query;
bool store_window_count_thread(store *store, const struct window_query *query, struct window_row *row, GError **error);
/* For the test that looks at their plans --- */
const char *store_window_statement(size_t index); /* NULL behind the last */
