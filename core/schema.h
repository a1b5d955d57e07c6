/* SPDX-License-Identifier: MIT */
/* The tables of the store, as a list of migrations. */
#pragma once
#include "core/message_ref.h"
#include "core/store.h"

#define SCHEMA_APPLICATION_ID 0x706f7374 /* "post" in the file's header: this is ours */

/* clang-format off */
/* The statement that puts a conversation into all orders of a folder (core/store_order); the triggers are made of it, too. */
#define SCHEMA_OF_THREAD(folder, thread) "p.thread_id = " thread " AND p.folder_id = " folder
#define SCHEMA_THREAD_ORDER(folder, thread)                                                                                                \
    "INSERT OR IGNORE INTO folder_thread_order(folder_id, thread_id, sort, text, number) SELECT " folder ", " thread ", o.sort,"           \
    " CASE o.sort WHEN 3 THEN '' ELSE (SELECT order_text(o.sort, m.subject, coalesce(m.from_name, m.from_address)) FROM placements"        \
    " AS p CROSS JOIN messages AS m ON m.id = p.message_id WHERE " SCHEMA_OF_THREAD(folder, thread) " ORDER BY p.sort_key, p.id"           \
    " LIMIT 1) END, CASE o.sort WHEN 3 THEN (SELECT sum(size_bytes) FROM (SELECT m.size_bytes FROM placements AS p CROSS JOIN messages"    \
    " AS m ON m.id = p.message_id WHERE " SCHEMA_OF_THREAD(folder, thread) " ORDER BY p.sort_key DESC LIMIT 100))"                         \
    " ELSE (SELECT -p.sort_key FROM placements AS p WHERE " SCHEMA_OF_THREAD(folder, thread) " ORDER BY p.sort_key DESC LIMIT 1) END"      \
    " FROM folder_thread_orders AS o WHERE o.folder_id = " folder " AND EXISTS (SELECT 1 FROM placements AS p WHERE "                      \
    SCHEMA_OF_THREAD(folder, thread) ")"

/* message_refs and message_twins say which message has a Message-ID: made anew where they do not. */
#define SCHEMA_NAME_MESSAGES                                                                                                               \
    "INSERT OR IGNORE INTO ref_parts(base) SELECT DISTINCT " MESSAGE_REF_PART("id") " FROM messages;"                                      \
    "INSERT OR IGNORE INTO message_refs(key, thread_id) SELECT " MESSAGE_REF_PART("id") " | (message_hash & " MESSAGE_REF_BITS "),"        \
    " thread_id FROM messages AS m WHERE message_hash IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message_refs WHERE key IN "                \
    MESSAGE_REF_KEYS("m.message_hash") ");"                                                                                                \
    "UPDATE message_refs SET message_id = NULL WHERE message_id IS NOT NULL AND message_id NOT IN (SELECT id FROM messages);"              \
    "UPDATE message_refs SET message_id = o.id FROM (SELECT g.base | (m.message_hash & " MESSAGE_REF_BITS ") AS key, m.id FROM messages"   \
    " AS m CROSS JOIN ref_parts AS g WHERE m.message_hash IS NOT NULL) AS o WHERE message_refs.key = o.key AND message_refs.message_id IS NULL;" \
    "INSERT OR IGNORE INTO message_twins(hash, message_id) SELECT m.message_hash, m.id FROM messages AS m CROSS JOIN ref_parts AS g"       \
    " CROSS JOIN message_refs AS r ON r.key = g.base | (m.message_hash & " MESSAGE_REF_BITS ") WHERE m.id <> r.message_id;"
/* clang-format on */

int schema_version(void); /* what this program writes */
/* Brings a fresh or older file up to date in one transaction. STORE_ERROR_VERSION: written by a newer postern. */
bool schema_migrate(store *store, GError **error);
