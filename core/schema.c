/* SPDX-License-Identifier: MIT */
/* The tables of the store, as a list of migrations: a row is a version and the SQL that leads to it. */
#include "core/schema.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>

/* Numbers in the tables are those of the enums in the headers: they may grow, never change.
 * messages and placements never reuse an id: cached bodies and the screen's cursor are known by it. */
static const char tables[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
    "CREATE TABLE accounts(id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, addresses TEXT NOT NULL DEFAULT '');"
    "CREATE TABLE folders(id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL, name TEXT NOT NULL, wire TEXT NOT NULL,"
    " delimiter INTEGER NOT NULL DEFAULT 0, role INTEGER NOT NULL DEFAULT 0, flags INTEGER NOT NULL DEFAULT 0,"
    " uidvalidity INTEGER NOT NULL DEFAULT 0, uidnext INTEGER NOT NULL DEFAULT 0, highestmodseq INTEGER NOT NULL DEFAULT 0,"
    " backfill_uid INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0, unread INTEGER NOT NULL DEFAULT 0,"
    " server_total INTEGER NOT NULL DEFAULT -1, UNIQUE(account_id, name));"
    /* message_hash: 64 bits of the Message-ID, NULL without one. Compares are made on the text, the hash only keeps the index small. */
    "CREATE TABLE messages(id INTEGER PRIMARY KEY AUTOINCREMENT, thread_id INTEGER NOT NULL, message_hash INTEGER, message_id TEXT,"
    " size_bytes INTEGER NOT NULL, date_utc INTEGER NOT NULL, subject TEXT, from_name TEXT, from_address TEXT, recipients TEXT,"
    " preview TEXT, part_flags INTEGER NOT NULL DEFAULT 0, attachment_count INTEGER NOT NULL DEFAULT 0, in_reply_to TEXT, refs TEXT,"
    " cc TEXT, reply_to TEXT, list_id TEXT, structure TEXT);"
    "CREATE INDEX messages_by_hash ON messages(message_hash) WHERE message_hash IS NOT NULL;"
    "CREATE INDEX messages_by_thread ON messages(thread_id);"
    /* Messages whose last placement went: kept a while, for they may turn up in another folder. */
    "CREATE TABLE orphans(message_id INTEGER PRIMARY KEY, since_utc INTEGER NOT NULL);"
    /* Every Message-ID seen or referred to, and the conversation it belongs to. */
    "CREATE TABLE thread_refs(hash INTEGER PRIMARY KEY, thread_id INTEGER NOT NULL);"
    "CREATE INDEX thread_refs_by_thread ON thread_refs(thread_id);"
    /* folder_id 0: nowhere (deleted for good here, not yet on the server). uid 0: the server's number is awaited and will be >= least_uid. */
    "CREATE TABLE placements(id INTEGER PRIMARY KEY AUTOINCREMENT, folder_id INTEGER NOT NULL, message_id INTEGER NOT NULL,"
    " thread_id INTEGER NOT NULL, uid INTEGER NOT NULL DEFAULT 0, least_uid INTEGER NOT NULL DEFAULT 0, file TEXT,"
    " server_flags INTEGER NOT NULL DEFAULT 0, flags INTEGER NOT NULL DEFAULT 0, sort_key INTEGER NOT NULL,"
    " modseq INTEGER NOT NULL DEFAULT 0, keywords TEXT);"
    "CREATE UNIQUE INDEX placements_by_uid ON placements(folder_id, uid) WHERE uid > 0;"
    "CREATE UNIQUE INDEX placements_by_file ON placements(folder_id, file) WHERE file IS NOT NULL;"
    "CREATE INDEX placements_waiting ON placements(folder_id, least_uid) WHERE uid = 0 AND file IS NULL;"
    "CREATE INDEX placements_by_sort ON placements(folder_id, sort_key, id);"
    "CREATE INDEX placements_by_thread ON placements(thread_id, folder_id, sort_key, id);"
    "CREATE INDEX placements_by_message ON placements(message_id);"
    "CREATE INDEX placements_unread ON placements(folder_id, sort_key, id) WHERE (flags & 1) = 0;"
    /* The conversation list of a folder, maintained by the triggers below. placement_id is the newest there. */
    "CREATE TABLE folder_threads(folder_id INTEGER NOT NULL, thread_id INTEGER NOT NULL, sort_key INTEGER NOT NULL,"
    " placement_id INTEGER NOT NULL, total INTEGER NOT NULL, unread INTEGER NOT NULL, flagged INTEGER NOT NULL,"
    " PRIMARY KEY(folder_id, thread_id)) WITHOUT ROWID;"
    "CREATE INDEX folder_threads_by_sort ON folder_threads(folder_id, sort_key, thread_id);"
    "CREATE TABLE contacts(id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE, name TEXT, sent INTEGER NOT NULL DEFAULT 0,"
    " received INTEGER NOT NULL DEFAULT 0, last_utc INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE contact_words(word TEXT NOT NULL, contact_id INTEGER NOT NULL, PRIMARY KEY(word, contact_id)) WITHOUT ROWID;"
    "CREATE INDEX contact_words_by_contact ON contact_words(contact_id);"
    "CREATE TABLE intents(id INTEGER PRIMARY KEY AUTOINCREMENT, action_id INTEGER NOT NULL, account_id INTEGER NOT NULL,"
    " type INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0, placement_id INTEGER NOT NULL DEFAULT 0,"
    " source_id INTEGER NOT NULL DEFAULT 0, folder_id INTEGER NOT NULL DEFAULT 0, target_folder_id INTEGER NOT NULL DEFAULT 0,"
    " uidvalidity INTEGER NOT NULL DEFAULT 0, uid INTEGER NOT NULL DEFAULT 0, least_uid INTEGER NOT NULL DEFAULT 0, file TEXT,"
    " message_hash INTEGER, message_id TEXT, add_flags INTEGER NOT NULL DEFAULT 0, remove_flags INTEGER NOT NULL DEFAULT 0, path TEXT,"
    " attempts INTEGER NOT NULL DEFAULT 0, not_before_utc INTEGER NOT NULL DEFAULT 0, error TEXT);"
    "CREATE INDEX intents_by_account ON intents(account_id, state, id);"
    "CREATE INDEX intents_by_placement ON intents(placement_id, id);"
    "CREATE INDEX intents_by_source ON intents(source_id);"
    "CREATE INDEX intents_by_uid ON intents(folder_id, uid, file);"
    "CREATE INDEX intents_by_target ON intents(target_folder_id);"
    /* What a person did, for undo: the last hundred. */
    "CREATE TABLE actions(id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, is_undone INTEGER NOT NULL DEFAULT 0,"
    " folder_id INTEGER NOT NULL DEFAULT 0, add_flags INTEGER NOT NULL DEFAULT 0, remove_flags INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX actions_by_state ON actions(is_undone, id);"
    "CREATE TABLE action_items(action_id INTEGER NOT NULL, placement_id INTEGER NOT NULL, source_id INTEGER NOT NULL DEFAULT 0,"
    " from_folder_id INTEGER NOT NULL DEFAULT 0, to_folder_id INTEGER NOT NULL DEFAULT 0, add_flags INTEGER NOT NULL DEFAULT 0,"
    " remove_flags INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(action_id, placement_id)) WITHOUT ROWID;"
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL, state INTEGER NOT NULL, file TEXT NOT NULL,"
    " sender TEXT, recipients TEXT NOT NULL, accepted TEXT NOT NULL DEFAULT '', subject TEXT, message_id TEXT,"
    " not_before_utc INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, reply TEXT,"
    " reply_to_placement INTEGER NOT NULL DEFAULT 0, reply_flag INTEGER NOT NULL DEFAULT 0);"
    "CREATE UNIQUE INDEX outbox_by_file ON outbox(account_id, file);"
    "CREATE INDEX outbox_by_state ON outbox(state, id);"
    "CREATE VIRTUAL TABLE message_text USING fts5(subject, from_name, from_address, recipients, cc, content='messages',"
    " content_rowid='id', columnsize=0, tokenize='unicode61 remove_diacritics 2');"
    /* Writers commit every few milliseconds, each commit makes a small segment: merge many at once, not every four. */
    "INSERT INTO message_text(message_text, rank) VALUES('automerge', 8);"
    "INSERT INTO message_text(message_text, rank) VALUES('crisismerge', 64);";

/* Counts and conversation lists follow the placements in the same statement, whoever changes them.
 * No upsert and no max() in the way in: with either SQLite thinks the statement may abort and opens a savepoint for it, at which FTS5 writes out
 * what it has collected, for every row. */
/* clang-format off */
#define COUNT_IN \
    "UPDATE folders SET total = total + 1, unread = unread + ((NEW.flags & 1) = 0) WHERE id = NEW.folder_id;" \
    "UPDATE folder_threads SET total = total + 1, unread = unread + ((NEW.flags & 1) = 0), flagged = flagged + ((NEW.flags & 4) <> 0)," \
    " placement_id = CASE WHEN (NEW.sort_key, NEW.id) > (sort_key, placement_id) THEN NEW.id ELSE placement_id END," \
    " sort_key = CASE WHEN NEW.sort_key > sort_key THEN NEW.sort_key ELSE sort_key END" \
    " WHERE folder_id = NEW.folder_id AND thread_id = NEW.thread_id;" \
    "INSERT INTO folder_threads(folder_id, thread_id, sort_key, placement_id, total, unread, flagged)" \
    " SELECT NEW.folder_id, NEW.thread_id, NEW.sort_key, NEW.id, 1, (NEW.flags & 1) = 0, (NEW.flags & 4) <> 0" \
    " WHERE NOT EXISTS (SELECT 1 FROM folder_threads WHERE folder_id = NEW.folder_id AND thread_id = NEW.thread_id);"
#define COUNT_OUT \
    "UPDATE folders SET total = total - 1, unread = unread - ((OLD.flags & 1) = 0) WHERE id = OLD.folder_id;" \
    "UPDATE folder_threads SET total = total - 1, unread = unread - ((OLD.flags & 1) = 0), flagged = flagged - ((OLD.flags & 4) <> 0)" \
    " WHERE folder_id = OLD.folder_id AND thread_id = OLD.thread_id;" \
    "DELETE FROM folder_threads WHERE folder_id = OLD.folder_id AND thread_id = OLD.thread_id AND total = 0;" \
    "UPDATE folder_threads SET (sort_key, placement_id) = (SELECT sort_key, id FROM placements WHERE thread_id = OLD.thread_id" \
    " AND folder_id = OLD.folder_id ORDER BY sort_key DESC, id DESC LIMIT 1)" \
    " WHERE folder_id = OLD.folder_id AND thread_id = OLD.thread_id AND placement_id = OLD.id;"
/* clang-format on */
static const char triggers[] =
    "CREATE TRIGGER placement_comes AFTER INSERT ON placements WHEN NEW.folder_id > 0 BEGIN " COUNT_IN "END;"
    "CREATE TRIGGER placement_goes AFTER DELETE ON placements WHEN OLD.folder_id > 0 BEGIN " COUNT_OUT "END;"
    "CREATE TRIGGER message_is_orphaned AFTER DELETE ON placements"
    " WHEN NOT EXISTS (SELECT 1 FROM placements WHERE message_id = OLD.message_id) BEGIN"
    " INSERT OR IGNORE INTO orphans(message_id, since_utc) VALUES(OLD.message_id, unixepoch()); END;"
    "CREATE TRIGGER placement_leaves AFTER UPDATE OF folder_id, thread_id, sort_key ON placements WHEN OLD.folder_id > 0 AND"
    " (OLD.folder_id, OLD.thread_id, OLD.sort_key) <> (NEW.folder_id, NEW.thread_id, NEW.sort_key) BEGIN " COUNT_OUT "END;"
    "CREATE TRIGGER placement_enters AFTER UPDATE OF folder_id, thread_id, sort_key ON placements WHEN NEW.folder_id > 0 AND"
    " (OLD.folder_id, OLD.thread_id, OLD.sort_key) <> (NEW.folder_id, NEW.thread_id, NEW.sort_key) BEGIN " COUNT_IN "END;"
    /* Flags are never changed in the statement that moves a row (the two triggers above count with the flags of their own side). */
    "CREATE TRIGGER placement_is_flagged AFTER UPDATE OF flags ON placements WHEN NEW.folder_id > 0 AND (OLD.flags & 5) <> (NEW.flags & 5)"
    " AND (OLD.folder_id, OLD.thread_id, OLD.sort_key) = (NEW.folder_id, NEW.thread_id, NEW.sort_key) BEGIN"
    " UPDATE folders SET unread = unread + ((NEW.flags & 1) = 0) - ((OLD.flags & 1) = 0) WHERE id = NEW.folder_id;"
    " UPDATE folder_threads SET unread = unread + ((NEW.flags & 1) = 0) - ((OLD.flags & 1) = 0),"
    " flagged = flagged + ((NEW.flags & 4) <> 0) - ((OLD.flags & 4) <> 0)"
    " WHERE folder_id = NEW.folder_id AND thread_id = NEW.thread_id; END;";

/* What is remembered of maildrops: core/pop3_mail. */
static const char pop3_tables[] =
    "CREATE TABLE pop3_mail(account_id INTEGER NOT NULL, uidl TEXT NOT NULL, file TEXT, header_hash TEXT, arrived_utc INTEGER NOT NULL,"
    " gone_utc INTEGER NOT NULL DEFAULT 0, state INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(account_id, uidl)) WITHOUT ROWID;"
    "CREATE INDEX pop3_mail_by_file ON pop3_mail(account_id, file) WHERE file IS NOT NULL;";

/* What became of each recipient: core/outbox_fate. "accepted" of version 1 is still read. */
static const char outbox_tables[] =
    "CREATE TABLE outbox_fates(outbox_id INTEGER NOT NULL, address TEXT NOT NULL, fate INTEGER NOT NULL, reply TEXT,"
    " PRIMARY KEY(outbox_id, address)) WITHOUT ROWID;"
    "CREATE TRIGGER outbox_goes AFTER DELETE ON outbox BEGIN DELETE FROM outbox_fates WHERE outbox_id = OLD.id; END;"
    "ALTER TABLE outbox ADD COLUMN created_utc INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE outbox ADD COLUMN is_copied INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE outbox ADD COLUMN is_returned INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE outbox ADD COLUMN notice TEXT;"
    "UPDATE outbox SET created_utc = unixepoch(), is_copied = accepted <> '';";

/* The full-text index has a file of its own (core/search_index). It goes through messages by their ids; what changes behind it, it is told here. */
static const char search_tables[] =
    "DROP TABLE message_text;"
    "INSERT OR IGNORE INTO meta(key, value) VALUES('store.id', abs(random() / 2));" /* whose index it is */
    "CREATE TABLE search_news(id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL);"
    "CREATE TABLE search_gone(message_id INTEGER PRIMARY KEY, subject TEXT, from_name TEXT, from_address TEXT, recipients TEXT, cc TEXT,"
    " list_id TEXT);"
    "CREATE TRIGGER message_has_news AFTER UPDATE OF preview, structure ON messages BEGIN"
    " INSERT INTO search_news(message_id) VALUES(NEW.id); END;"
    "CREATE TRIGGER placement_has_news AFTER UPDATE OF file ON placements WHEN NEW.file IS NOT NULL AND NEW.file IS NOT OLD.file BEGIN"
    " INSERT INTO search_news(message_id) VALUES(NEW.message_id); END;"
    "CREATE TRIGGER message_goes AFTER DELETE ON messages BEGIN"
    " INSERT OR REPLACE INTO search_gone(message_id, subject, from_name, from_address, recipients, cc, list_id)"
    " VALUES(OLD.id, OLD.subject, OLD.from_name, OLD.from_address, OLD.recipients, OLD.cc, OLD.list_id); END;"
    "CREATE INDEX placements_flagged ON placements(folder_id) WHERE (flags & 4) <> 0;"
    "CREATE INDEX placements_tagged ON placements(folder_id) WHERE keywords IS NOT NULL;";

/* When a folder was last seen to agree with its server message for message, and what it is called there whatever its name (RFC 8474). */
static const char verified_columns[] = "ALTER TABLE folders ADD COLUMN verified_utc INTEGER NOT NULL DEFAULT 0;"
                                       "ALTER TABLE folders ADD COLUMN mailbox_id TEXT;";

/* Lists sorted by sender (1), subject (2) or size (3): core/store_order. Only folders that a person sorts so have rows. Keys are made of what never
 * changes in a message, so that a row can be found again by making its key anew. */
/* clang-format off */
#define ORDER_KEYS(side)                                                                                                                   \
    "SELECT " side ".folder_id, o.sort, order_text(o.sort, m.subject, coalesce(m.from_name, m.from_address)),"                             \
    " CASE o.sort WHEN 3 THEN m.size_bytes ELSE -" side ".sort_key END, " side ".id"                                                       \
    " FROM folder_orders AS o CROSS JOIN messages AS m ON m.id = " side ".message_id WHERE o.folder_id = " side ".folder_id"
#define IS_ORDERED(side) "EXISTS (SELECT 1 FROM folder_orders WHERE folder_id = " side ".folder_id)"
#define ORDER_IN  "INSERT OR IGNORE INTO folder_order(folder_id, sort, text, number, placement_id) " ORDER_KEYS("NEW") "; "
#define ORDER_OUT "DELETE FROM folder_order WHERE (folder_id, sort, text, number, placement_id) IN (" ORDER_KEYS("OLD") "); "
/* clang-format on */
static const char order_tables[] =
    "CREATE TABLE folder_orders(folder_id INTEGER NOT NULL, sort INTEGER NOT NULL, is_ready INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(folder_id, sort)) WITHOUT ROWID;"
    "CREATE TABLE folder_order(folder_id INTEGER NOT NULL, sort INTEGER NOT NULL, text TEXT NOT NULL, number INTEGER NOT NULL,"
    " placement_id INTEGER NOT NULL, PRIMARY KEY(folder_id, sort, text, number, placement_id)) WITHOUT ROWID;"
    "CREATE TRIGGER placement_is_ordered AFTER INSERT ON placements WHEN " IS_ORDERED(
        "NEW") " BEGIN " ORDER_IN "END;"
               "CREATE TRIGGER placement_loses_order AFTER DELETE ON placements WHEN " IS_ORDERED(
                   "OLD") " BEGIN " ORDER_OUT "END;"
                          "CREATE TRIGGER placement_leaves_order AFTER UPDATE OF folder_id, sort_key ON placements WHEN (OLD.folder_id, "
                          "OLD.sort_key) <>"
                          " (NEW.folder_id, NEW.sort_key) AND " IS_ORDERED(
                              "OLD") " BEGIN " ORDER_OUT "END;"
                                     "CREATE TRIGGER placement_enters_order AFTER UPDATE OF folder_id, sort_key ON placements WHEN "
                                     "(OLD.folder_id, OLD.sort_key) <>"
                                     " (NEW.folder_id, NEW.sort_key) AND " IS_ORDERED(
                                         "NEW") " BEGIN " ORDER_IN "END;"
                                                "CREATE TRIGGER folder_loses_order AFTER DELETE ON folders BEGIN DELETE FROM folder_orders "
                                                "WHERE folder_id = OLD.id;"
                                                " DELETE FROM folder_order WHERE folder_id = OLD.id; END;"
                                                /* Conversations that a person broke or joined: what no header says. core/store_thread_link. */
                                                "CREATE TABLE thread_links(hash INTEGER PRIMARY KEY, root INTEGER NOT NULL);";
/* keywords is the local view, as flags is; server_keywords what the server said last. kept_tags: what a server cannot keep, by account and message.
 *
 * What arrives in an inbox waits in arrivals for the rules (core/arrival): put there in the transaction that makes its row, so that no crash loses it. New is
 * what has a number above the one the folder had when it was first seen: arrival_marks; last_message: nothing known by then is new. */
static const char arrival_tables[] =
    "ALTER TABLE placements ADD COLUMN server_keywords TEXT;"
    "UPDATE placements SET server_keywords = keywords WHERE keywords > '';"
    "CREATE INDEX placements_snoozed ON placements(folder_id) WHERE instr(lower(keywords), 'postern-snooze-') > 0;"
    "CREATE TABLE kept_tags(account_id INTEGER NOT NULL, message_key INTEGER NOT NULL, word TEXT NOT NULL COLLATE NOCASE,"
    " PRIMARY KEY(account_id, message_key, word)) WITHOUT ROWID;"
    "ALTER TABLE actions ADD COLUMN words TEXT;"
    "ALTER TABLE action_items ADD COLUMN words TEXT;"
    "CREATE TABLE arrival_marks(folder_id INTEGER PRIMARY KEY, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,"
    " last_message INTEGER NOT NULL, since_utc INTEGER NOT NULL);"
    "CREATE TABLE arrivals(placement_id INTEGER PRIMARY KEY, since_utc INTEGER NOT NULL, wants_body INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE rules_seen(message_key INTEGER NOT NULL, account_id INTEGER NOT NULL, when_utc INTEGER NOT NULL,"
    " PRIMARY KEY(message_key, account_id)) WITHOUT ROWID;"
    "CREATE TABLE rules_log(id INTEGER PRIMARY KEY AUTOINCREMENT, when_utc INTEGER NOT NULL, rule TEXT NOT NULL, action_id INTEGER"
    " NOT NULL, placement_id INTEGER NOT NULL, message_id INTEGER NOT NULL, account_id INTEGER NOT NULL, subject TEXT, sender TEXT,"
    " what TEXT NOT NULL);"
    "CREATE TABLE vips(address TEXT PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE muted_refs(message_key INTEGER PRIMARY KEY, is_muted INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TRIGGER inbox_is_known AFTER UPDATE OF uidnext, uidvalidity ON folders WHEN NEW.role = 1 AND NEW.uidnext > 0 AND"
    " NEW.uidvalidity > 0 AND NOT EXISTS (SELECT 1 FROM arrival_marks WHERE folder_id = NEW.id AND uidvalidity = NEW.uidvalidity) BEGIN"
    " INSERT OR REPLACE INTO arrival_marks(folder_id, uidvalidity, uid, last_message, since_utc)"
    " VALUES(NEW.id, NEW.uidvalidity, NEW.uidnext, (SELECT coalesce(max(id), 0) FROM messages), unixepoch()); END;"
    "CREATE TRIGGER mail_arrives AFTER INSERT ON placements WHEN NEW.uid > 0 AND EXISTS (SELECT 1 FROM arrival_marks"
    " WHERE folder_id = NEW.folder_id AND NEW.uid >= uid AND NEW.message_id > last_message) BEGIN"
    " INSERT OR IGNORE INTO arrivals(placement_id, since_utc) VALUES(NEW.id, unixepoch()); END;"
    "CREATE TRIGGER arrival_goes AFTER DELETE ON placements BEGIN DELETE FROM arrivals WHERE placement_id = OLD.id; END;"
    /* Folders that were in step before there were rules. */
    "INSERT OR IGNORE INTO arrival_marks(folder_id, uidvalidity, uid, last_message, since_utc) SELECT id, uidvalidity, uidnext,"
    " (SELECT coalesce(max(id), 0) FROM messages), unixepoch() FROM folders WHERE role = 1 AND uidnext > 0 AND uidvalidity > 0;";
/* Actions on folders and outgoing mail, when each was done, since when a row of the queue waits, and what was refused, until a person has seen it. */
static const char history_columns[] =
    "ALTER TABLE actions ADD COLUMN at_utc INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE actions ADD COLUMN account_id INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE actions ADD COLUMN item_id INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE actions ADD COLUMN from_name TEXT;"
    "ALTER TABLE actions ADD COLUMN to_name TEXT;"
    "ALTER TABLE intents ADD COLUMN since_utc INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE failures(id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL, at_utc INTEGER NOT NULL, placement_id INTEGER"
    " NOT NULL DEFAULT 0, folder_id INTEGER NOT NULL DEFAULT 0, words TEXT NOT NULL, why TEXT);";

/* Who writes many placements at once (core/store_bulk) counts them together: inside its transaction there is a row in bulk, which nobody else sees. */
static const char bulk_tables[] =
    "CREATE TABLE bulk(id INTEGER PRIMARY KEY);"
    "DROP TRIGGER placement_comes;"
    "CREATE TRIGGER placement_comes AFTER INSERT ON placements WHEN NEW.folder_id > 0 AND NOT EXISTS (SELECT 1 FROM bulk) BEGIN " COUNT_IN
    "END;";

static const char link_columns[] = "ALTER TABLE thread_links ADD COLUMN is_cut INTEGER NOT NULL DEFAULT 0;";

/* Conversations sorted by sender, subject or size: core/store_order. A conversation stands where its first message in the folder stands, by size with all
 * that it holds (of a very long one: its newest hundred), equal ones the newest first; as it may change, its row is found by its name, not by its key. Made
 * anew whenever a message of it comes or goes; bounded, however long it is.
 *
 * action_threads: what breaking and joining changed (core/action_thread), so that it can be turned. */
/* clang-format off */
#define THREAD_ORDER(side)                                                                                                                 \
    "DELETE FROM folder_thread_order WHERE folder_id = " side ".folder_id AND thread_id = " side ".thread_id;"                             \
    SCHEMA_THREAD_ORDER(side ".folder_id", side ".thread_id") ";"
#define HAS_THREAD_ORDER(side) "EXISTS (SELECT 1 FROM folder_thread_orders WHERE folder_id = " side ".folder_id)"
#define THREAD_MOVES "(OLD.folder_id, OLD.thread_id, OLD.sort_key) <> (NEW.folder_id, NEW.thread_id, NEW.sort_key)"
static const char thread_order_tables[] =
    "CREATE TABLE folder_thread_orders(folder_id INTEGER NOT NULL, sort INTEGER NOT NULL, is_ready INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(folder_id, sort)) WITHOUT ROWID;"
    "CREATE TABLE folder_thread_order(folder_id INTEGER NOT NULL, thread_id INTEGER NOT NULL, sort INTEGER NOT NULL, text TEXT NOT NULL,"
    " number INTEGER NOT NULL, PRIMARY KEY(folder_id, thread_id, sort)) WITHOUT ROWID;"
    "CREATE INDEX folder_thread_order_by_key ON folder_thread_order(folder_id, sort, text, number, thread_id);"
    "CREATE TRIGGER placement_orders_thread AFTER INSERT ON placements WHEN " HAS_THREAD_ORDER("NEW") " BEGIN " THREAD_ORDER("NEW") " END;"
    "CREATE TRIGGER placement_unorders_thread AFTER DELETE ON placements WHEN " HAS_THREAD_ORDER("OLD") " BEGIN " THREAD_ORDER("OLD") " END;"
    "CREATE TRIGGER placement_leaves_thread_order AFTER UPDATE OF folder_id, thread_id, sort_key ON placements WHEN " THREAD_MOVES " AND "
    HAS_THREAD_ORDER("OLD") " BEGIN " THREAD_ORDER("OLD") " END;"
    "CREATE TRIGGER placement_enters_thread_order AFTER UPDATE OF folder_id, thread_id, sort_key ON placements WHEN " THREAD_MOVES " AND "
    HAS_THREAD_ORDER("NEW") " BEGIN " THREAD_ORDER("NEW") " END;"
    "CREATE TRIGGER folder_loses_thread_order AFTER DELETE ON folders BEGIN DELETE FROM folder_thread_orders WHERE folder_id = OLD.id;"
    " DELETE FROM folder_thread_order WHERE folder_id = OLD.id; END;"
    "CREATE TABLE action_threads(action_id INTEGER NOT NULL, kind INTEGER NOT NULL, key INTEGER NOT NULL, was INTEGER, was_cut INTEGER"
    " NOT NULL DEFAULT 0, now INTEGER, now_cut INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(action_id, kind, key)) WITHOUT ROWID;"
    "CREATE TRIGGER action_goes AFTER DELETE ON actions BEGIN DELETE FROM action_threads WHERE action_id = OLD.id; END;";
/* clang-format on */

/* Tags that were seen, to be completed: a list that costs nothing to read, however much mail there is. */
static const char tag_tables[] = "CREATE TABLE tag_words(word TEXT PRIMARY KEY COLLATE NOCASE) WITHOUT ROWID;";

/* Folders besides the inboxes whose arrivals a rule asks for (core/rules_watch): what is new in them is marked as in an inbox. */
static const char watch_tables[] =
    "CREATE TABLE rule_folders(folder_id INTEGER PRIMARY KEY);"
    "DROP TRIGGER inbox_is_known;"
    "CREATE TRIGGER inbox_is_known AFTER UPDATE OF uidnext, uidvalidity ON folders WHEN (NEW.role = 1 OR EXISTS (SELECT 1 FROM rule_folders"
    " WHERE folder_id = NEW.id)) AND NEW.uidnext > 0 AND NEW.uidvalidity > 0 AND NOT EXISTS (SELECT 1 FROM arrival_marks WHERE"
    " folder_id = NEW.id AND uidvalidity = NEW.uidvalidity) BEGIN"
    " INSERT OR REPLACE INTO arrival_marks(folder_id, uidvalidity, uid, last_message, since_utc)"
    " VALUES(NEW.id, NEW.uidvalidity, NEW.uidnext, (SELECT coalesce(max(id), 0) FROM messages), unixepoch()); END;"
    "CREATE TRIGGER folder_is_watched AFTER INSERT ON rule_folders BEGIN"
    " INSERT OR IGNORE INTO arrival_marks(folder_id, uidvalidity, uid, last_message, since_utc) SELECT id, uidvalidity, uidnext,"
    " (SELECT coalesce(max(id), 0) FROM messages), unixepoch() FROM folders WHERE id = NEW.folder_id AND uidnext > 0 AND uidvalidity > 0;"
    " END;"
    "CREATE TRIGGER folder_is_left AFTER DELETE ON rule_folders BEGIN DELETE FROM arrival_marks WHERE folder_id = OLD.folder_id AND"
    " NOT EXISTS (SELECT 1 FROM folders WHERE id = OLD.folder_id AND role = 1); END;";

/* Marks whose message another client moved (core/intent_stray). intents.seen_id: the last placement that was known when the wish was made. What the server
 * tells of a message behind a mark that was settled ends the doubt about it. */
static const char stray_tables[] =
    "ALTER TABLE intents ADD COLUMN seen_id INTEGER NOT NULL DEFAULT 9223372036854775807;"
    "CREATE TABLE strays(id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, action_id INTEGER NOT NULL, message_id INTEGER NOT NULL,"
    " placement_id INTEGER NOT NULL, folder_id INTEGER NOT NULL, seen_id INTEGER NOT NULL, add_flags INTEGER NOT NULL,"
    " remove_flags INTEGER NOT NULL, words TEXT, is_gone INTEGER NOT NULL, until_utc INTEGER NOT NULL);"
    "CREATE INDEX strays_by_placement ON strays(placement_id);"
    "CREATE TRIGGER stray_is_seen AFTER UPDATE OF server_flags, server_keywords ON placements BEGIN"
    " DELETE FROM strays WHERE placement_id = NEW.id AND is_gone = 0; END;";

/* Messages without a Message-ID: what their servers call them (core/store_message), and those that look alike (core/intent_stray). received_utc: of the
 * placement that went. */
static const char nameless_tables[] = "CREATE TABLE email_ids(email_id TEXT PRIMARY KEY, message_id INTEGER NOT NULL) WITHOUT ROWID;"
                                      "CREATE INDEX email_ids_by_message ON email_ids(message_id);"
                                      "CREATE TRIGGER message_loses_email_id AFTER DELETE ON messages WHEN OLD.message_id IS NULL BEGIN"
                                      " DELETE FROM email_ids WHERE message_id = OLD.id; END;"
                                      "CREATE INDEX messages_without_id ON messages(size_bytes, date_utc) WHERE message_hash IS NULL;"
                                      "ALTER TABLE strays ADD COLUMN received_utc INTEGER NOT NULL DEFAULT -1;";

/* Which message has a Message-ID is said where its conversation is: an index of its own would be a second tree that each new message changes in a place of
 * its own. message_id: the first that has it; NULL: it is only referred to. Others that have the same are few. */
static const char hash_columns[] =
    "ALTER TABLE thread_refs ADD COLUMN message_id INTEGER;"
    "CREATE TABLE message_twins(hash INTEGER NOT NULL, message_id INTEGER NOT NULL, PRIMARY KEY(hash, message_id)) WITHOUT "
    "ROWID;"
    "INSERT OR IGNORE INTO thread_refs(hash, thread_id) SELECT message_hash, thread_id FROM messages WHERE message_hash IS NOT NULL;"
    "UPDATE thread_refs SET message_id = m.id FROM messages AS m WHERE thread_refs.hash = m.message_hash AND thread_refs.message_id IS "
    "NULL;"
    "INSERT OR IGNORE INTO message_twins(hash, message_id) SELECT m.message_hash, m.id FROM messages AS m JOIN thread_refs AS r"
    " ON r.hash = m.message_hash WHERE m.id <> r.message_id;"
    "DROP INDEX messages_by_hash;"
    "DROP TRIGGER message_goes;"
    "CREATE TRIGGER message_goes AFTER DELETE ON messages BEGIN"
    " UPDATE thread_refs SET message_id = NULL WHERE hash = OLD.message_hash AND message_id = OLD.id;"
    " DELETE FROM message_twins WHERE hash = OLD.message_hash AND message_id = OLD.id;"
    " INSERT OR REPLACE INTO search_gone(message_id, subject, from_name, from_address, recipients, cc, list_id)"
    " VALUES(OLD.id, OLD.subject, OLD.from_name, OLD.from_address, OLD.recipients, OLD.cc, OLD.list_id); END;";

/* Invitations that were read (core/invitation): the newest version, what the one before said, and the person's answer. occurrence: '' for all of a series. */
static const char invitation_tables[] =
    "CREATE TABLE invitations(uid TEXT NOT NULL, occurrence TEXT NOT NULL, sequence INTEGER NOT NULL, stamp_utc INTEGER NOT NULL,"
    " organizer TEXT NOT NULL, is_cancelled INTEGER NOT NULL, start_utc INTEGER NOT NULL, end_utc INTEGER NOT NULL, is_day INTEGER NOT "
    "NULL,"
    " place TEXT NOT NULL, title TEXT NOT NULL, has_before INTEGER NOT NULL DEFAULT 0, old_start_utc INTEGER NOT NULL DEFAULT 0,"
    " old_end_utc INTEGER NOT NULL DEFAULT 0, was_day INTEGER NOT NULL DEFAULT 0, old_place TEXT NOT NULL DEFAULT '',"
    " old_title TEXT NOT NULL DEFAULT '', answer INTEGER NOT NULL DEFAULT 0, answered_sequence INTEGER NOT NULL DEFAULT 0,"
    " answered_utc INTEGER NOT NULL DEFAULT 0, reply_id TEXT NOT NULL DEFAULT '', PRIMARY KEY(uid, occurrence)) WITHOUT ROWID;"
    "CREATE INDEX invitations_by_reply ON invitations(reply_id) WHERE reply_id <> '';"
    /* An answer that left the outbox any other way than sent (3: accepted, 4: filed) was none. */
    "CREATE TRIGGER answer_is_dropped AFTER DELETE ON outbox WHEN OLD.state NOT IN (3, 4) AND OLD.message_id <> '' BEGIN"
    " UPDATE invitations SET answer = 0, answered_sequence = 0, reply_id = '' WHERE reply_id = OLD.message_id AND reply_id <> ''; END;";

/* STATUS=SIZE (RFC 8438). */
static const char size_columns[] = "ALTER TABLE folders ADD COLUMN server_bytes INTEGER NOT NULL DEFAULT -1;";

/* What people answered to invitations of ours, as far as it was read (core/invitation). */
static const char reply_tables[] =
    "CREATE TABLE invitation_replies(uid TEXT NOT NULL, occurrence TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL,"
    " answer INTEGER NOT NULL, stamp_utc INTEGER NOT NULL, PRIMARY KEY(uid, occurrence, address)) WITHOUT ROWID;";

/* Who asks what is due looks for what is done to folders, for each row that waits: of twenty thousand, none may be. */
static const char folder_intents_index[] = "CREATE INDEX intents_of_folders ON intents(account_id, id) WHERE type BETWEEN 5 AND 7;";

/* One tree by the hash becomes one in parts (core/message_ref): what is there is the first of them, in the order of its keys. Undo knows ids by the bits that
 * a key has. Which ids a conversation has is known by its messages; an index tells those that are only referred to. */
static const char ref_part_tables[] =
    "CREATE TABLE ref_parts(base INTEGER PRIMARY KEY, changes INTEGER NOT NULL DEFAULT 0);"
    "INSERT INTO ref_parts(base) VALUES(0);"
    "CREATE TABLE message_refs(key INTEGER PRIMARY KEY, thread_id INTEGER NOT NULL, message_id INTEGER);"
    "INSERT OR IGNORE INTO message_refs SELECT hash & " MESSAGE_REF_BITS ", thread_id, message_id FROM thread_refs"
    " ORDER BY hash & " MESSAGE_REF_BITS ";"
    "DROP TRIGGER message_goes;"
    "DROP TABLE thread_refs;"
    "CREATE INDEX message_refs_unnamed ON message_refs(thread_id) WHERE message_id IS NULL;"
    "UPDATE OR REPLACE action_threads SET key = key & " MESSAGE_REF_BITS " WHERE kind = 0;"
    "CREATE TRIGGER message_goes AFTER DELETE ON messages BEGIN"
    " UPDATE message_refs SET message_id = NULL WHERE key IN " MESSAGE_REF_KEYS(
        "OLD.message_hash") " AND message_id = OLD.id;"
                            " DELETE FROM message_twins WHERE hash = OLD.message_hash AND message_id = OLD.id;"
                            " INSERT OR REPLACE INTO search_gone(message_id, subject, from_name, from_address, recipients, cc, list_id)"
                            " VALUES(OLD.id, OLD.subject, OLD.from_name, OLD.from_address, OLD.recipients, OLD.cc, OLD.list_id); END;";

/* When a delay was set, by the wall clock (core/outbox_clock, core/intent_settle); which process takes a message back (core/outbox_taking). */
static const char delay_columns[] = "ALTER TABLE outbox ADD COLUMN set_utc INTEGER NOT NULL DEFAULT 0;"
                                    "ALTER TABLE outbox ADD COLUMN taker TEXT;"
                                    "ALTER TABLE intents ADD COLUMN set_utc INTEGER NOT NULL DEFAULT 0;";

static const struct {
    int version;
    const char *sql[2];
} migrations[] = {
    { 1, { tables, triggers } },       { 2, { pop3_tables, NULL } },           { 3, { outbox_tables, NULL } },
    { 4, { search_tables, NULL } },    { 5, { verified_columns, NULL } },      { 6, { order_tables, NULL } },
    { 7, { arrival_tables, NULL } },   { 8, { history_columns, NULL } },       { 9, { bulk_tables, NULL } },
    { 10, { link_columns, NULL } },    { 11, { tag_tables, NULL } },           { 12, { thread_order_tables, NULL } },
    { 13, { watch_tables, NULL } },    { 14, { stray_tables, NULL } },         { 15, { hash_columns, NULL } },
    { 16, { nameless_tables, NULL } }, { 17, { invitation_tables, NULL } },    { 18, { size_columns, NULL } },
    { 19, { reply_tables, NULL } },    { 20, { folder_intents_index, NULL } }, { 21, { ref_part_tables, NULL } },
    { 22, { delay_columns, NULL } },
};

int schema_version(void)
{
    return migrations[G_N_ELEMENTS(migrations) - 1].version;
}

static bool version_read(store *db, const char *sql, int64_t *value_out, GError **error)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(store_db(db), sql, -1, &row, NULL) != SQLITE_OK || sqlite3_step(row) != SQLITE_ROW) {
        store_fail(db, _("The mail index cannot be read"), error);
        sqlite3_finalize(row);
        return false;
    }
    *value_out = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return true;
}

/* Two programs may open a fresh file at once: so it is looked at again inside the transaction. */
static bool migrate_from(store *db, GError **error)
{
    int64_t version;
    if (!version_read(db, "PRAGMA user_version", &version, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(migrations); i++) {
        if (migrations[i].version <= version)
            continue;
        for (size_t part = 0; part < G_N_ELEMENTS(migrations[i].sql); part++)
            if (migrations[i].sql[part] != NULL && !store_exec(db, migrations[i].sql[part], error))
                return false;
    }
    g_autofree char *stamp =
        g_strdup_printf("PRAGMA user_version = %d; PRAGMA application_id = %d", MAX(schema_version(), (int)version), SCHEMA_APPLICATION_ID);
    return store_exec(db, stamp, error);
}

/* A database of another program must not get our tables. */
static bool schema_is_ours(store *db, int64_t version, GError **error)
{
    int64_t tables_there, application;
    if (!version_read(db, "SELECT count(*) FROM sqlite_master", &tables_there, error) ||
        !version_read(db, "PRAGMA application_id", &application, error))
        return false;
    if (application == SCHEMA_APPLICATION_ID || (version == 0 && tables_there == 0))
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT, _("%s is not a mail index of postern. It was left as it is."),
                sqlite3_db_filename(store_db(db), "main"));
    return false;
}

bool schema_migrate(store *db, GError **error)
{
    int64_t version;
    if (!version_read(db, "PRAGMA user_version", &version, error) || !schema_is_ours(db, version, error))
        return false;
    if (version > schema_version()) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_VERSION,
                    _("The mail index %s was written by a newer postern (format %d, this one knows %d). Please update postern."),
                    sqlite3_db_filename(store_db(db), "main"), (int)version, schema_version());
        return false;
    }
    if (version == schema_version())
        return true;
    if (!store_begin(db, error))
        return false;
    if (!migrate_from(db, error)) {
        store_rollback(db);
        return false;
    }
    return store_commit(db, error);
}
