/* SPDX-License-Identifier: MIT */
/* Four forms of answers, each read as far as it makes sense. */
#include "core/address_answer.h"
#include "core/contact_card.h"
#include <string.h>

#define PEOPLE_MAX 200
#define LINES_MAX  20000

static void contact_destroy(gpointer data)
{
    contact_free(data);
}

static bool is_address(const char *text)
{
    return strchr(text, '@') != NULL && strpbrk(text, " \t\r\n<>,;\"") == NULL && strlen(text) <= 254;
}

static void add_person(GPtrArray *people, const char *name, const char *address)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(address));
    if (people->len >= PEOPLE_MAX || !is_address(trimmed))
        return;
    struct contact *one = g_new0(struct contact, 1);
    *one = (struct contact){ .name = g_strstrip(g_strdup(name != NULL ? name : "")), .address = g_steal_pointer(&trimmed) };
    g_strdelimit(one->name, "\r\n\t", ' ');
    g_ptr_array_add(people, one);
}

/* --- mutt's query_command --- */
static void read_tabs(GPtrArray *people, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", PEOPLE_MAX + 2);
    for (char **line = lines; *line != NULL; line++) {
        g_auto(GStrv) columns = g_strsplit(*line, "\t", 3);
        if (columns[0] != NULL && columns[1] != NULL)
            add_person(people, columns[1], columns[0]);
    }
}

/* --- LDIF (RFC 2849) --- */
struct entry {
    char *name, *full_name; /* cn, displayName */
    GPtrArray *addresses;
};

static void entry_end(struct entry *self, GPtrArray *people)
{
    for (guint i = 0; i < self->addresses->len; i++)
        add_person(people, self->full_name != NULL ? self->full_name : self->name, self->addresses->pdata[i]);
    g_ptr_array_set_size(self->addresses, 0);
    g_clear_pointer(&self->name, g_free);
    g_clear_pointer(&self->full_name, g_free);
}

/* "name: value", or "name:: value in base64". Caller frees. */
static char *ldif_value(const char *colon)
{
    bool is_coded = colon[1] == ':';
    const char *begin = colon + (is_coded ? 2 : 1);
    begin += strspn(begin, " ");
    gsize length = 0;
    g_autofree guchar *bytes = is_coded ? g_base64_decode(begin, &length) : NULL;
    return is_coded ? g_utf8_make_valid((const char *)bytes, (gssize)length) : g_strdup(begin);
}

static void ldif_line(struct entry *self, const char *line)
{
    const char *colon = strchr(line, ':');
    if (colon == NULL)
        return;
    g_autofree char *whole = g_ascii_strdown(line, colon - line), *value = ldif_value(colon);
    whole[strcspn(whole, ";")] = '\0'; /* cn;lang-de */
    if (strcmp(whole, "mail") == 0 || strcmp(whole, "rfc822mailbox") == 0)
        g_ptr_array_add(self->addresses, g_steal_pointer(&value));
    else if (strcmp(whole, "displayname") == 0 && self->full_name == NULL)
        self->full_name = g_steal_pointer(&value);
    else if ((strcmp(whole, "cn") == 0 || strcmp(whole, "commonname") == 0) && self->name == NULL)
        self->name = g_steal_pointer(&value);
}

static void read_ldif(GPtrArray *people, const char *text)
{
    g_autoptr(GRegex) fold = g_regex_new("\r?\n ", 0, 0, NULL);
    g_autofree char *unfolded = g_regex_replace_literal(fold, text, -1, 0, "", 0, NULL);
    g_auto(GStrv) lines = g_strsplit(unfolded != NULL ? unfolded : "", "\n", LINES_MAX);
    struct entry entry = { .addresses = g_ptr_array_new_with_free_func(g_free) };
    for (char **line = lines; *line != NULL; line++) {
        if (*g_strchomp(*line) == '\0')
            entry_end(&entry, people);
        else if (**line != '#')
            ldif_line(&entry, *line);
    }
    entry_end(&entry, people);
    g_ptr_array_unref(entry.addresses);
}

/* --- vCards --- */
static bool has_words(const struct contact_card *card, const char *folded)
{
    g_autofree char *name = g_utf8_casefold(card->name, -1);
    if (strstr(name, folded) != NULL)
        return true;
    for (guint i = 0; i < card->emails->len; i++) {
        g_autofree char *address = g_utf8_casefold(card->emails->pdata[i], -1);
        if (strstr(address, folded) != NULL)
            return true;
    }
    return false;
}

static void read_cards(GPtrArray *people, const char *text, size_t length, const char *typed)
{
    g_autoptr(GPtrArray) cards = contact_cards_read(text, length, NULL);
    g_autofree char *folded = g_utf8_casefold(typed, -1);
    for (guint i = 0; cards != NULL && i < cards->len; i++) {
        const struct contact_card *card = cards->pdata[i];
        for (guint k = 0; has_words(card, folded) && k < card->emails->len; k++)
            add_person(people, card->name, card->emails->pdata[k]);
    }
}

/* --- CardDAV (RFC 6352): vCards in elements called address-data, whatever the prefix --- */
struct unwrapping {
    GString *cards;
    bool is_inside;
};

static bool is_card_element(const char *name)
{
    const char *colon = strchr(name, ':');
    return strcmp(colon != NULL ? colon + 1 : name, "address-data") == 0;
}

static void element_begins(GMarkupParseContext *context, const char *name, const char **keys, const char **values, gpointer data,
                           GError **error)
{
    struct unwrapping *self = data;
    (void)context;
    (void)keys;
    (void)values;
    (void)error;
    self->is_inside = self->is_inside || is_card_element(name);
}

static void element_ends(GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
    struct unwrapping *self = data;
    (void)context;
    (void)error;
    if (is_card_element(name)) {
        self->is_inside = false;
        g_string_append_c(self->cards, '\n');
    }
}

static void element_text(GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error)
{
    struct unwrapping *self = data;
    (void)context;
    (void)error;
    if (self->is_inside)
        g_string_append_len(self->cards, text, (gssize)length);
}

static void read_xml(GPtrArray *people, const char *text, size_t length, const char *typed)
{
    static const GMarkupParser parser = { .start_element = element_begins, .end_element = element_ends, .text = element_text };
    struct unwrapping self = { .cards = g_string_new(NULL) };
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &self, NULL);
    g_markup_parse_context_parse(context, text, (gssize)length, NULL); /* what came before a mistake counts */
    g_markup_parse_context_free(context);
    read_cards(people, self.cards->str, self.cards->len, typed);
    g_string_free(self.cards, TRUE);
}

static bool is_ldif(const char *text)
{
    return g_regex_match_simple("^dn::? ", text, G_REGEX_MULTILINE | G_REGEX_CASELESS, 0);
}

GPtrArray *address_answer_read(const char *output, size_t length, const char *typed)
{
    GPtrArray *people = g_ptr_array_new_with_free_func(contact_destroy);
    g_autofree char *valid = g_utf8_make_valid(output, (gssize)length);
    const char *begin = valid + strspn(valid, " \t\r\n");
    if (g_ascii_strncasecmp(begin, "BEGIN:VCARD", strlen("BEGIN:VCARD")) == 0)
        read_cards(people, output, length, typed);
    else if (*begin == '<')
        read_xml(people, begin, strlen(begin), typed);
    else if (is_ldif(begin))
        read_ldif(people, begin);
    else
        read_tabs(people, begin);
    return people;
}
