/* SPDX-License-Identifier: MIT */
/* The address book: people and groups. */
#include "core/contact_book.h"
#include "config/groups.h"
#include "core/compose.h"
#include "core/contact_card.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define EXPORT_MAX 1000000

/* --- in --- */
static bool import_person(store *db, const struct contact_card *card, struct contact_import *done, GError **error)
{
    if (card->emails->len == 0)
        done->skipped++;
    for (guint i = 0; i < card->emails->len; i++) {
        if (!store_contact_put(db, card->name, card->emails->pdata[i], error))
            return false;
        done->people++;
    }
    return true;
}

/* "urn:uuid:x" and "x" are the same. */
static const char *bare_uid(const char *uid)
{
    return g_ascii_strncasecmp(uid, "urn:uuid:", 9) == 0 ? uid + 9 : uid;
}

static GHashTable *by_uid(const GPtrArray *cards)
{
    GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < cards->len; i++) {
        struct contact_card *each = g_ptr_array_index(cards, i);
        if (each->uid != NULL)
            g_hash_table_insert(table, (char *)bare_uid(each->uid), each);
    }
    return table;
}

static char *members_of(const struct contact_card *group, GHashTable *people)
{
    g_autoptr(GString) members = g_string_new(NULL);
    for (guint i = 0; i < group->members->len; i++) {
        const char *member = group->members->pdata[i];
        const struct contact_card *person = g_hash_table_lookup(people, bare_uid(member));
        bool is_address = g_ascii_strncasecmp(member, "mailto:", 7) == 0 && strchr(member, '@') != NULL;
        g_autofree char *mailbox = person != NULL && person->emails->len > 0 ? compose_mailbox(person->name, person->emails->pdata[0])
                                   : is_address                              ? g_strdup(member + 7)
                                                                             : NULL;
        if (mailbox != NULL && strpbrk(mailbox, "\r\n") == NULL)
            g_string_append_printf(members, "%s%s", members->len > 0 ? ", " : "", mailbox);
    }
    return members->len > 0 ? g_strdup(members->str) : NULL;
}

/* What may be the name of a group; caller frees. */
static char *group_name(const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, "@<>,;:\"\\=[]# \r\n\t", -1);
    g_autoptr(GString) name = g_string_new(NULL);
    for (char **word = words; *word != NULL; word++)
        if (**word != '\0')
            g_string_append_printf(name, "%s%s", name->len > 0 ? " " : "", *word);
    return g_strdup(name->str);
}

static bool import_group(const struct contact_card *card, GHashTable *people, struct contact_import *done, GError **error)
{
    g_autofree char *name = group_name(card->name), *members = members_of(card, people);
    if (members == NULL || *name == '\0' || strlen(name) > 64) {
        done->skipped++;
        return true;
    }
    done->groups++;
    return groups_set(NULL, name, members, error);
}

/* A commit waits for the disk, so there is not one for each. */
static bool import_people(store *db, const GPtrArray *cards, struct contact_import *done, GError **error)
{
    bool is_ok = store_begin(db, error);
    if (!is_ok)
        return false;
    for (guint i = 0; is_ok && i < cards->len; i++) {
        const struct contact_card *each = cards->pdata[i];
        is_ok = each->is_group || (import_person(db, each, done, error) && store_breathe(db, error));
    }
    return store_end(db, is_ok, error);
}

bool contact_book_import(store *db, const char *text, size_t length, struct contact_import *done_out, GError **error)
{
    struct contact_import done = { 0 };
    g_autoptr(GPtrArray) cards = contact_cards_read(text, length, error);
    if (cards == NULL)
        return false;
    if (!import_people(db, cards, &done, error))
        return false;
    g_autoptr(GHashTable) people = by_uid(cards);
    for (guint i = 0; i < cards->len; i++) {
        const struct contact_card *each = cards->pdata[i];
        if (each->is_group && !import_group(each, people, &done, error))
            return false;
    }
    *done_out = done;
    return true;
}

/* --- out --- */
static void write_group(GString *text, const struct address_group *group)
{
    g_autoptr(GPtrArray) parsed = message_parse_addresses(group->members, NULL), addresses = g_ptr_array_new();
    for (guint i = 0; parsed != NULL && i < parsed->len; i++)
        g_ptr_array_add(addresses, ((const struct message_address *)parsed->pdata[i])->address);
    if (addresses->len > 0)
        contact_card_write_group(text, group->name, addresses);
}

char *contact_book_export(store *db, bool is_all, GError **error)
{
    g_autoptr(GPtrArray) people = store_contacts_best(db, is_all, EXPORT_MAX, error);
    g_autoptr(GPtrArray) groups = people != NULL ? groups_load(NULL, error) : NULL;
    if (groups == NULL)
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < people->len; i++) {
        const struct contact *each = people->pdata[i];
        contact_card_write(text, each->name, each->address);
    }
    for (guint i = 0; i < groups->len; i++)
        write_group(text, groups->pdata[i]);
    return g_strdup(text->str);
}

/* --- names of groups in a field --- */
/* Bytes up to the next comma that is not part of a name. */
static size_t piece_length(const char *text)
{
    bool is_quoted = false;
    size_t at = 0;
    for (; text[at] != '\0'; at++) {
        if (text[at] == '\\' && text[at + 1] != '\0')
            at++;
        else if (text[at] == '"')
            is_quoted = !is_quoted;
        else if (text[at] == ',' && !is_quoted)
            break;
    }
    return at;
}

char *contact_book_expand(const char *field, const GPtrArray *groups)
{
    g_autoptr(GString) whole = g_string_new(NULL);
    bool is_found = false;
    for (const char *at = field;;) {
        size_t length = piece_length(at);
        g_autofree char *piece = g_strstrip(g_strndup(at, length));
        const struct address_group *group = strchr(piece, '@') == NULL ? groups_find(groups, piece) : NULL;
        if (*piece != '\0')
            g_string_append_printf(whole, "%s%s", whole->len > 0 ? ", " : "", group != NULL ? group->members : piece);
        is_found = is_found || group != NULL;
        if (at[length] == '\0')
            break;
        at += length + 1;
    }
    return is_found ? g_strdup(whole->str) : NULL;
}
