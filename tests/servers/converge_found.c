/* SPDX-License-Identifier: MIT */
/* What is on the server and what is in the store, compared. */
#include "tests/servers/converge_found.h"
#include "core/store_private.h"
#include "tests/servers/converge_person.h"

void found_open(struct found *self)
{
    *self = (struct found){ g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free),
                            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref) };
}

void found_clear(struct found *self)
{
    g_ptr_array_unref(self->server);
    g_ptr_array_unref(self->store);
    g_hash_table_unref(self->places);
}

const char *found_name(const char *wire)
{
    return strcmp(wire, "Schl&APw-ssel") == 0 ? converge_stable[4] : wire;
}

static char *token_of(const char *bytes)
{
    const char *at = strstr(bytes, "Subject: c");
    return at != NULL ? g_strndup(at + 9, strcspn(at + 9, "\r\n")) : g_strdup("?");
}

static GPtrArray *places_of(GHashTable *places, const char *token)
{
    GPtrArray *list = g_hash_table_lookup(places, token);
    if (list == NULL) {
        list = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(places, g_strdup(token), list);
    }
    return list;
}

void found_on_server(struct world *self, struct found *found)
{
    other_stay(&self->other);
    g_autoptr(GPtrArray) names = second_mailboxes(self->other.client);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i), *folder = found_name(name);
        g_autoptr(GPtrArray) messages = second_read(self->other.client, name);
        if (messages == NULL)
            world_fail(self, "%s cannot be read: %s", name, second_answer(self->other.client));
        g_ptr_array_add(found->server, g_strdup_printf("folder %s", folder));
        for (guint k = 0; k < messages->len; k++) {
            const struct second_message *message = g_ptr_array_index(messages, k);
            g_autofree char *token = token_of(message->bytes);
            g_ptr_array_add(found->server, g_strdup_printf("%s %u %s %zu %s", folder, message->uid, token, message->size, message->flags));
            g_ptr_array_add(places_of(found->places, token), g_strdup_printf("%s:%s", folder, message->flags));
            const struct deed *deed = g_hash_table_lookup(self->other.deeds, token);
            if (deed != NULL && deed->message == NULL)
                world_fail(self, "%s in %s: the other client touched it, and never put it there; it says\n%s", token, folder,
                           message->bytes);
            if (deed != NULL && strcmp(deed->message, message->bytes) != 0)
                world_fail(self, "%s in %s has other bytes than it had", token, folder);
        }
    }
}

static char *store_flags_text(unsigned flags, const char *keywords)
{
    static const struct {
        unsigned flag;
        const char *word;
    } words[] = { { MESSAGE_ANSWERED, "\\Answered" },
                  { MESSAGE_DELETED, "\\Deleted" },
                  { MESSAGE_DRAFT, "\\Draft" },
                  { MESSAGE_FLAGGED, "\\Flagged" },
                  { MESSAGE_SEEN, "\\Seen" } };
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (flags & words[i].flag)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", words[i].word);
    if (keywords != NULL && *keywords != '\0')
        g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", keywords);
    return g_string_free(text, FALSE);
}

void found_in_store(struct world *self, struct found *found)
{
    g_autofree char *path = g_build_filename(self->home, "data/postern/mail.db", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(store) db = store_open(path, STORE_READER, &error);
    if (db == NULL)
        world_fail(self, "%s", error->message);
    g_autoptr(sqlite3_stmt) row =
        store_select(db, NULL,
                     "SELECT f.name, p.uid, m.subject, m.size_bytes, p.flags, p.keywords, p.server_flags FROM placements AS p"
                     " JOIN messages AS m ON m.id = p.message_id LEFT JOIN folders AS f ON f.id = p.folder_id");
    while (row != NULL && store_step(db, row, NULL)) {
        g_autofree char *flags = store_flags_text((unsigned)sqlite3_column_int(row, 4), (const char *)sqlite3_column_text(row, 5));
        g_ptr_array_add(found->store, g_strdup_printf("%s %lld %s %lld %s", sqlite3_column_text(row, 0), sqlite3_column_int64(row, 1),
                                                      sqlite3_column_text(row, 2), sqlite3_column_int64(row, 3), flags));
        if (sqlite3_column_int(row, 4) != sqlite3_column_int(row, 6))
            world_fail(self, "%s: flags %d here, %d are the server's", sqlite3_column_text(row, 2), sqlite3_column_int(row, 4),
                       sqlite3_column_int(row, 6));
    }
    /* One for a purpose that was made here is on the server as soon as something is put there. */
    g_autoptr(sqlite3_stmt) folder =
        store_select(db, NULL, "SELECT name FROM folders WHERE flags & 1 = 0 AND NOT (role > 0 AND uidvalidity = 0)");
    while (folder != NULL && store_step(db, folder, NULL))
        g_ptr_array_add(found->store, g_strdup_printf("folder %s", sqlite3_column_text(folder, 0)));
    int64_t wrong = 0, waiting = 0;
    store_number(db, &wrong, NULL,
                 "SELECT count(*) FROM folders AS f WHERE total <> (SELECT count(*) FROM placements WHERE folder_id = f.id) OR"
                 " unread <> (SELECT count(*) FROM placements WHERE folder_id = f.id AND flags & 1 = 0)");
    store_number(db, &waiting, NULL, "SELECT count(*) FROM intents");
    if (wrong != 0 || waiting != 0)
        world_fail(self, "%d folders count wrong, %d intents wait", (int)wrong, (int)waiting);
}

void found_compare(struct world *self, struct found *found)
{
    g_autoptr(GString) differences = g_string_new(NULL);
    g_ptr_array_sort(found->server, person_by_text);
    g_ptr_array_sort(found->store, person_by_text);
    for (guint i = 0, k = 0; i < found->server->len || k < found->store->len;) {
        const char *there = i < found->server->len ? g_ptr_array_index(found->server, i) : NULL;
        const char *here = k < found->store->len ? g_ptr_array_index(found->store, k) : NULL;
        int order = there == NULL ? 1 : here == NULL ? -1 : strcmp(there, here);
        if (order != 0)
            g_string_append_printf(differences, "%s: %s\n", order < 0 ? "only on the server" : "only in the store",
                                   order < 0 ? there : here);
        i += order <= 0;
        k += order >= 0;
    }
    if (differences->len > 0)
        world_fail(self, "store and server differ\n%s", differences->str);
}
