/* SPDX-License-Identifier: MIT */
/* People written to and heard from. */
#include "core/store_contact.h"
#include "core/store_private.h"
#include <string.h>

#define WORDS_MAX      8
#define WORD_BYTES_MAX 64
#define MATCHES_MAX    2000 /* how many are ranked at most: a single letter may match thousands */

void contact_free(struct contact *contact)
{
    if (contact == NULL)
        return;
    g_free(contact->name);
    g_free(contact->address);
    g_free(contact);
}

static void contact_destroy(gpointer data)
{
    contact_free(data);
}

/* Words as they are compared: without accents, case or punctuation. */
static char **words_of(const char *text)
{
    char **words = g_str_tokenize_and_fold(text != NULL && g_utf8_validate(text, -1, NULL) ? text : "", NULL, NULL);
    GStrv kept = g_new0(char *, WORDS_MAX + 1);
    size_t count = 0;
    for (size_t i = 0; words[i] != NULL; i++) {
        g_autofree char *plain = g_utf8_normalize(words[i], -1, G_NORMALIZE_ALL);
        g_autoptr(GString) word = g_string_new(NULL);
        for (const char *at = plain; at != NULL && *at != '\0' && word->len < WORD_BYTES_MAX; at = g_utf8_next_char(at))
            if (!g_unichar_ismark(g_utf8_get_char(at)))
                g_string_append_unichar(word, g_utf8_get_char(at));
        if (word->len > 0 && count < WORDS_MAX)
            kept[count++] = g_strdup(word->str);
    }
    g_strfreev(words);
    return kept;
}

static bool contact_index(store *db, int64_t id, const char *text, GError **error)
{
    g_auto(GStrv) words = words_of(text);
    for (size_t i = 0; words[i] != NULL; i++)
        if (!store_run(db, error, "INSERT OR IGNORE INTO contact_words(word, contact_id) VALUES(?, ?)", TXT(words[i]), NUM(id)))
            return false;
    return true;
}

/* The words of the name follow when the name does. */
static bool contact_rename(store *db, int64_t id, const char *name, const char *address, GError **error)
{
    return store_run(db, error, "UPDATE contacts SET name = ? WHERE id = ?", TXT(name), NUM(id)) &&
           store_run(db, error, "DELETE FROM contact_words WHERE contact_id = ?", NUM(id)) && contact_index(db, id, name, error) &&
           contact_index(db, id, address, error);
}

static bool contact_insert(store *db, const char *name, const char *address, int64_t sent, int64_t received, int64_t when_utc,
                           GError **error)
{
    if (!store_run(db, error, "INSERT INTO contacts(address, name, sent, received, last_utc) VALUES(?, ?, ?, ?, ?)", TXT(address),
                   TXT(name), NUM(sent), NUM(received), NUM(when_utc)))
        return false;
    int64_t id = sqlite3_last_insert_rowid(store_db(db));
    return contact_index(db, id, name, error) && contact_index(db, id, address, error);
}

/* A row that is there is found, counted and perhaps renamed; asked first, for an upsert costs much more (see core/schema.c). */
static bool contact_known(store *db, const char *address, int64_t *id_out, char **name_out, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT id, name FROM contacts WHERE address = ?", TXT(address));
    GError *failure = NULL;
    *id_out = 0;
    if (row == NULL)
        return false;
    if (store_step(db, row, &failure)) {
        *id_out = sqlite3_column_int64(row, 0);
        *name_out = store_column_dup(row, 1);
    }
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

/* name: NULL keeps what is known. */
static bool contact_count(store *db, const char *name, const char *address, int64_t sent, int64_t received, int64_t when_utc,
                          GError **error)
{
    bool is_said = sent > 0 || received == 0; /* by the person, not by somebody's mail */
    int64_t id;
    g_autofree char *known = NULL;
    if (!contact_known(db, address, &id, &known, error))
        return false;
    if (id == 0)
        return contact_insert(db, name, address, sent, received, when_utc, error);
    bool is_renamed = name != NULL && (known == NULL || (is_said && strcmp(known, name) != 0));
    return store_run(db, error, "UPDATE contacts SET sent = sent + ?, received = received + ?, last_utc = max(last_utc, ?) WHERE id = ?",
                     NUM(sent), NUM(received), NUM(when_utc), NUM(id)) &&
           (!is_renamed || contact_rename(db, id, name, address, error));
}

static bool contact_add(store *db, const char *name, const char *address, int64_t sent, int64_t received, int64_t when_utc, GError **error)
{
    if (address == NULL || strchr(address, '@') == NULL || strlen(address) > 254 || !g_utf8_validate(address, -1, NULL))
        return true; /* not somebody one could write to */
    g_autofree char *folded = g_utf8_strdown(address, -1);
    g_autofree char *clean = name != NULL ? g_strstrip(g_utf8_make_valid(name, -1)) : NULL;
    bool has_name = clean != NULL && *clean != '\0' && strlen(clean) <= 200 && strcmp(clean, address) != 0;
    if (!store_begin(db, error))
        return false;
    return store_end(db, contact_count(db, has_name ? clean : NULL, folded, sent, received, when_utc, error), error);
}

bool store_contact_note(store *db, const char *name, const char *address, bool is_sent, int64_t when_utc, GError **error)
{
    return contact_add(db, name, address, is_sent, !is_sent, when_utc, error);
}

bool store_contact_put(store *db, const char *name, const char *address, GError **error)
{
    return contact_add(db, name, address, 0, 0, 0, error);
}

bool store_contact_received(store *db, const char *name, const char *address, int64_t count, int64_t last_utc, GError **error)
{
    return contact_add(db, name, address, 0, count, last_utc, error);
}

/* Those written to count most; then often, then lately. ?1..?2: range of words with the prefix. */
static const char contacts_by_word[] =
    "SELECT c.id, c.name, c.address, c.sent, c.received FROM (SELECT DISTINCT contact_id FROM contact_words WHERE word >= ?1 AND word < ?2"
    " LIMIT ?3) AS w JOIN contacts AS c ON c.id = w.contact_id ORDER BY c.sent * 10 + min(c.received, 100) DESC, c.last_utc DESC, c.id"
    " LIMIT ?4";
static const char contact_has_word[] = "SELECT 1 FROM contact_words WHERE contact_id = ? AND word >= ? AND word < ? LIMIT 1";

static bool contact_matches(store *db, int64_t id, char **words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        g_autofree char *end = g_strconcat(words[i], "\xf4\x8f\xbf\xbf", NULL);
        int64_t found = 0;
        if (!store_number(db, &found, NULL, contact_has_word, NUM(id), TXT(words[i]), TXT(end)) || found == 0)
            return false;
    }
    return true;
}

/* Of a row of id, name, address, sent, received. */
static struct contact *contact_of(sqlite3_stmt *row)
{
    struct contact *contact = g_new0(struct contact, 1);
    *contact =
        (struct contact){ store_column_dup(row, 1), store_column_dup(row, 2), sqlite3_column_int64(row, 3), sqlite3_column_int64(row, 4) };
    return contact;
}

GPtrArray *store_contacts_best(store *db, bool is_all, int limit, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(contact_destroy);
    g_autoptr(sqlite3_stmt) row = store_select(db, error,
                                               "SELECT id, name, address, sent, received FROM contacts WHERE ?1 OR sent > 0 OR received = 0"
                                               " ORDER BY sent * 10 + min(received, 100) DESC, last_utc DESC, id LIMIT ?2",
                                               NUM(is_all), NUM(limit));
    GError *failure = NULL;
    while (row != NULL && store_step(db, row, &failure))
        g_ptr_array_add(found, contact_of(row));
    if (row != NULL && failure == NULL)
        return g_steal_pointer(&found);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return NULL;
}

GPtrArray *store_contacts(store *db, const char *prefix, int limit, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(contact_destroy);
    g_auto(GStrv) words = words_of(prefix);
    if (words[0] == NULL || limit <= 0)
        return g_steal_pointer(&found);
    /* The longest word narrows most. */
    size_t first = 0;
    for (size_t i = 1; words[i] != NULL; i++)
        if (strlen(words[i]) > strlen(words[first]))
            first = i;
    g_autofree char *end = g_strconcat(words[first], "\xf4\x8f\xbf\xbf", NULL);
    g_autoptr(sqlite3_stmt) row = store_select(db, error, contacts_by_word, TXT(words[first]), TXT(end), NUM(MATCHES_MAX),
                                               NUM(words[1] != NULL ? MATCHES_MAX : limit));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    while (found->len < (guint)limit && store_step(db, row, &failure)) {
        if (words[1] == NULL || contact_matches(db, sqlite3_column_int64(row, 0), words))
            g_ptr_array_add(found, contact_of(row));
    }
    if (failure == NULL)
        return g_steal_pointer(&found);
    g_propagate_error(error, failure);
    return NULL;
}

int store_contacts_written_to(store *db, int most)
{
    int64_t count = 0;
    bool is_known = store_number(db, &count, NULL, "SELECT count(*) FROM (SELECT 1 FROM contacts WHERE sent > 0 LIMIT ?)", NUM(most));
    return is_known ? (int)count : 0;
}
