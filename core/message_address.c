/* SPDX-License-Identifier: MIT */
/* The people of a header field: addresses as the grammar has them (RFC 5322 3.4), and as people and programs write them all the same. */
#include "core/encoded_words.h"
#include "core/message_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define FIELDS_MAX        500
#define GROUP_DEPTH_MAX   5
#define TYPED_COLONS_MAX  1000
#define COMMENT_DEPTH_MAX 5

void message_address_free(struct message_address *address)
{
    if (address == NULL)
        return;
    g_free(address->name);
    g_free(address->address);
    g_free(address);
}

static void address_destroy(gpointer data)
{
    message_address_free(data);
}

static void address_add(GPtrArray *found, const char *name, const char *mailbox)
{
    struct message_address *address = g_new0(struct message_address, 1);
    g_autofree char *valid = name != NULL ? g_utf8_make_valid(name, -1) : NULL;
    if (valid != NULL)
        g_strstrip(g_strdelimit(valid, "\r\n\t", ' '));
    address->name = valid != NULL && *valid != '\0' ? g_steal_pointer(&valid) : NULL;
    address->address = g_utf8_make_valid(mailbox != NULL ? mailbox : "", -1);
    g_ptr_array_add(found, address);
}

/* A field that is nothing but encoded words is a name, whatever stands in them. */
static void mailbox_add(GPtrArray *found, const char *name, const char *mailbox)
{
    bool is_words = (name == NULL || *name == '\0') && mailbox != NULL && g_str_has_prefix(mailbox, "=?") && strchr(mailbox, '@') == NULL;
    g_autofree char *decoded = is_words ? message_header_text(mailbox) : NULL;
    address_add(found, is_words ? decoded : name, is_words ? NULL : mailbox);
}

static void addresses_collect(InternetAddressList *list, GPtrArray *found, int depth)
{
    for (int i = 0; list != NULL && i < internet_address_list_length(list) && depth < GROUP_DEPTH_MAX; i++) {
        InternetAddress *entry = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(entry))
            addresses_collect(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(entry)), found, depth + 1);
        else
            mailbox_add(found, internet_address_get_name(entry), internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(entry)));
    }
}

/* What no grammar allows, but people can read: "[Team] News <news@x.test>"; "Postmaster <>" is a name. */
static void address_salvage(const char *raw, GPtrArray *found)
{
    g_autofree char *plain = message_header_text(raw);
    const char *open = strrchr(plain, '<');
    const char *close = open != NULL ? strchr(open, '>') : NULL;
    bool is_empty = close != NULL && close == open + 1 && close[1] == '\0' && open > plain;
    if (!is_empty && (close == NULL || memchr(open, '@', (size_t)(close - open)) == NULL)) {
        if (strchr(plain, '@') != NULL && strpbrk(plain, " \t") == NULL)
            address_add(found, NULL, plain);
        else if (strcspn(plain, "<>,; ") > 0)
            address_add(found, plain, NULL);
        return;
    }
    g_autofree char *name = g_strndup(plain, (size_t)(open - plain));
    open += g_ascii_strncasecmp(open + 1, "mailto:", 7) == 0 ? 7 : 0;
    g_autofree char *mailbox = g_strndup(open + 1, (size_t)(close - open - 1));
    g_strstrip(name);
    size_t length = strlen(name);
    bool is_quoted = length >= 2 && name[0] == '"' && name[length - 1] == '"';
    if (is_quoted)
        name[length - 1] = '\0';
    bool is_address = is_empty && strchr(name, '@') != NULL && strpbrk(name, " \"<>") == NULL; /* "ann@x.test <>" */
    address_add(found, is_address ? NULL : name + is_quoted, is_address ? name : is_empty ? NULL : mailbox);
}

/* Some mailers write one To or Cc for each addressee, against RFC 5322 3.6: they count together. Of From the first alone counts: another may only
 * be there to deceive. Caller frees; NULL: no such field. */
static char *field_of_addresses(GMimeObject *object, const char *name)
{
    static const char *const joined[] = { "To", "Cc", "Bcc", NULL };
    GMimeHeaderList *list = g_mime_object_get_header_list(object);
    bool is_joined = false;
    for (size_t i = 0; joined[i] != NULL; i++)
        is_joined = is_joined || g_ascii_strcasecmp(name, joined[i]) == 0;
    if (!is_joined)
        return g_strdup(message_object_raw(object, name));
    g_autoptr(GString) all = NULL;
    for (int i = 0; i < g_mime_header_list_get_count(list) && i < FIELDS_MAX; i++) {
        GMimeHeader *field = g_mime_header_list_get_header_at(list, i);
        const char *raw = g_mime_header_get_raw_value(field);
        if (raw == NULL || g_ascii_strcasecmp(g_mime_header_get_name(field), name) != 0 ||
            (all != NULL && all->len > MESSAGE_VALUE_BYTES_MAX))
            continue;
        if (all == NULL)
            all = g_string_new(raw);
        else if (raw[strspn(raw, " \t\r\n")] != '\0')
            g_string_append_printf(all, ", %s", raw);
    }
    return all != NULL ? g_string_free(g_steal_pointer(&all), FALSE) : NULL;
}

/* Where the phrase that is open began, in quotes up to here. */
static void phrase_quote(GString *out, size_t begin)
{
    while (begin < out->len && strchr(" \t", out->str[begin]) != NULL)
        begin++;
    while (out->len > begin && strchr(" \t", out->str[out->len - 1]) != NULL)
        g_string_truncate(out, out->len - 1);
    for (size_t i = begin; i < out->len; i++)
        if (out->str[i] == '"' || out->str[i] == '\\')
            g_string_insert_c(out, (gssize)i++, '\\');
    g_string_insert_c(out, (gssize)begin, '"');
    g_string_append(out, "\" ");
}

/* Semicolons between addresses become commas; a name with a colon or a semicolon gets its quotes: what is a group has both. */
static char *addresses_straighten(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    size_t begin = 0;
    bool is_quoted = false, is_angle = false, is_group = false, is_odd = false, has_at = false;
    int comment = 0;
    for (const char *at = text; *at != '\0'; at++) {
        bool is_bare = !is_quoted && comment == 0 && !is_angle;
        if (*at == '"' && comment == 0)
            is_quoted = !is_quoted;
        comment += !is_quoted && *at == '(' ? 1 : !is_quoted && *at == ')' && comment > 0 ? -1 : 0;
        is_group = is_group || (is_bare && *at == ':' && strchr(at, ';') != NULL);
        is_odd = is_odd || (is_bare && !is_group && (*at == ':' || (*at == ';' && !has_at)));
        has_at = has_at || *at == '@';
        bool is_end = is_bare && *at == ';' && !is_group && has_at;
        if (is_bare && *at == '<' && is_odd)
            phrase_quote(out, begin);
        g_string_append_c(out, is_end ? ',' : *at);
        is_group = is_group && !(is_bare && *at == ';');
        is_angle = !is_quoted && comment == 0 && (*at == '<' || (is_angle && *at != '>'));
        if (is_end || (is_bare && (*at == ',' || *at == ';' || (*at == ':' && is_group)) && !is_odd)) {
            begin = out->len;
            has_at = false;
        }
        is_odd = is_odd && *at != '>';
    }
    return g_strdup(out->str);
}

/* "<ann@x.test> Ann" is written by some programs: GMime would make two of it. True: it was that. */
static bool entry_turn(GString *out, const char *entry)
{
    const char *close = *entry == '<' ? strchr(entry, '>') : NULL;
    if (close == NULL || memchr(entry, '@', (size_t)(close - entry)) == NULL || strpbrk(close + 1, "<>@()\":;[]") != NULL)
        return false;
    g_autofree char *mailbox = g_strndup(entry, (size_t)(close + 1 - entry)), *name = g_strstrip(g_strdup(close + 1));
    if (*name == '\0')
        return false;
    g_string_truncate(out, (gsize)(entry - out->str));
    g_string_append_printf(out, "%s %s", name, mailbox);
    return true;
}

/* "root (Cron Daemon)", as programs of Unix sign, and "(Ada) <ada@x.test>": GMime takes a comment for a name only behind an address with an '@'. True:
 * it was that. */
static bool entry_uncomment(GString *out, const char *entry)
{
    const char *open = strchr(entry, '('), *close = open != NULL ? strchr(open, ')') : NULL, *angle = NULL;
    if (close == NULL || close == open + 1 || strcspn(open + 1, "()<>\"\\") < (size_t)(close - open - 1))
        return false;
    g_autofree char *rest = open == entry ? g_strdup(close + 1) : g_strndup(entry, (size_t)(open - entry)),
                    *name = g_strndup(open + 1, (size_t)(close - open - 1));
    g_strstrip(rest);
    size_t length = strlen(rest);
    if (open == entry)
        angle = length > 2 && rest[0] == '<' && rest[length - 1] == '>' && strpbrk(rest + 1, "<()\" ") == NULL ? rest : NULL;
    else if (length == 0 || close[1 + strspn(close + 1, " ")] != '\0' || strpbrk(rest, "<>@()\":;[] =") != NULL)
        return false;
    if (open == entry && angle == NULL)
        return false;
    const char *quote = strstr(name, "=?") != NULL ? "" : "\"";
    g_string_truncate(out, (gsize)(entry - out->str));
    g_string_append_printf(out, angle != NULL ? "%s%s%s %s" : "%s%s%s <%s>", quote, name, quote, rest);
    return true;
}

/* "Ann ann@x.test": somebody forgot the angle brackets, and GMime would drop it. begin: of the entry that ends here. */
static void entry_bracket(GString *out, size_t begin)
{
    const char *entry = out->str + begin + strspn(out->str + begin, " ");
    if (entry_turn(out, entry) || entry_uncomment(out, entry))
        return;
    const char *blank = strrchr(entry, ' '), *at = strchr(entry, '@');
    if (blank == NULL || at == NULL || at < blank + 2 || at[1] == '\0' || strchr(at + 1, '@') != NULL ||
        strpbrk(entry, "<>()\":;[]") != NULL)
        return;
    g_string_insert_c(out, blank + 1 - out->str, '<');
    g_string_append_c(out, '>');
}

static char *addresses_bracket(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    size_t begin = 0;
    bool is_quoted = false;
    for (const char *at = text; *at != '\0'; at++) {
        bool is_end = *at == ',' && !is_quoted;
        is_quoted = *at == '"' ? !is_quoted : is_quoted;
        if (is_end)
            entry_bracket(out, begin);
        g_string_append_c(out, *at);
        begin = is_end ? out->len : begin;
    }
    entry_bracket(out, begin);
    return g_strdup(out->str);
}

/* --- entries that GMime drops --- */

struct entry_scan {
    bool is_quoted, is_angle, is_escaped;
    int comment;
};

/* True: this character stands in no quotes, comment or brackets. */
static bool entry_step(struct entry_scan *scan, char c)
{
    bool is_bare = !scan->is_quoted && scan->comment == 0;
    if (scan->is_escaped || (c == '\\' && !is_bare)) {
        scan->is_escaped = !scan->is_escaped;
        return false;
    }
    if (c == '"' && scan->comment == 0)
        scan->is_quoted = !scan->is_quoted;
    else if (!scan->is_quoted && (c == '(' || (c == ')' && scan->comment > 0)))
        scan->comment += c == '(' ? 1 : -1;
    else if (is_bare && (c == '<' || c == '>'))
        scan->is_angle = c == '<';
    return is_bare && !scan->is_angle;
}

/* Cut at commas. "Lovelace, Ada <ada@x.test>" is one: nobody quoted the name. NULL: there are groups, or quotes without an end. */
static GPtrArray *entries_split(const char *text)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(g_free);
    struct entry_scan scan = { .comment = 0 };
    const char *begin = text;
    for (const char *at = text; *at != '\0'; at++) {
        bool is_bare = entry_step(&scan, *at);
        if (is_bare && *at == ':')
            return NULL;
        if (!is_bare || *at != ',')
            continue;
        bool has_address = memchr(begin, '@', (size_t)(at - begin)) != NULL;
        size_t next = strcspn(at + 1, "<,");
        if (!has_address && at[1 + next] == '<')
            continue;
        if (begin + strspn(begin, " ") < at)
            g_ptr_array_add(entries, g_strndup(begin, (size_t)(at - begin)));
        begin = at + 1;
    }
    if (begin[strspn(begin, " ")] != '\0')
        g_ptr_array_add(entries, g_strdup(begin));
    return scan.is_quoted || scan.comment > 0 ? NULL : g_steal_pointer(&entries);
}

static guint count_addresses(InternetAddressList *list)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(address_destroy);
    guint count = 0;
    addresses_collect(list, found, 0);
    for (guint i = 0; i < found->len; i++)
        count += strchr(((struct message_address *)g_ptr_array_index(found, i))->address, '@') != NULL;
    return count;
}

/* "ada@x.test" <ada>: the name alone has an '@'. */
static bool is_named_local(const char *entry)
{
    const char *open = strrchr(entry, '<'), *close = open != NULL ? strchr(open, '>') : NULL;
    return open > entry + 1 && entry[strspn(entry, " ")] == '"' && open[-1 - (open[-1] == ' ')] == '"' && close > open + 1 &&
           strcspn(open + 1, "<>@()\":;[] ") == (size_t)(close - open - 1);
}

static void entry_read(const char *entry, InternetAddressList *all)
{
    InternetAddressList *some = internet_address_list_parse(NULL, entry);
    if (some != NULL && (strchr(entry, '@') == NULL || is_named_local(entry) || count_addresses(some) > 0)) {
        internet_address_list_append(all, some);
    } else {
        g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(address_destroy);
        address_salvage(entry, found);
        const struct message_address *first = found->len > 0 ? g_ptr_array_index(found, 0) : NULL;
        InternetAddress *mailbox = first != NULL ? internet_address_mailbox_new(first->name, first->address) : NULL;
        if (mailbox != NULL)
            internet_address_list_add(all, mailbox);
        g_clear_object(&mailbox);
    }
    g_clear_object(&some);
}

/* GMime drops from a list what is no address by the grammar: "ada..l@x.test", "ada.@x.test", "[Team] Ada <ada@x.test>". Who was written to is told.
 * Takes list, which was read from text; caller unrefs. */
static InternetAddressList *entries_complete(InternetAddressList *list, const char *text)
{
    g_autoptr(GPtrArray) entries = list != NULL && internet_address_list_length(list) > 0 ? entries_split(text) : NULL;
    guint wanted = 0;
    for (guint i = 0; entries != NULL && i < entries->len; i++)
        wanted += strchr(g_ptr_array_index(entries, i), '@') != NULL;
    if (wanted == 0 || count_addresses(list) >= wanted)
        return list;
    InternetAddressList *all = internet_address_list_new();
    for (guint i = 0; i < entries->len; i++)
        entry_read(g_ptr_array_index(entries, i), all);
    g_object_unref(list);
    return all;
}

/* With an end for a comment that has none, without the quote that has none: GMime would drop the address before it. Caller frees; NULL: nothing is open. */
static char *entries_close(const char *text)
{
    struct entry_scan scan = { .comment = 0 };
    const char *quote = NULL;
    for (const char *at = text; *at != '\0'; at++) {
        bool was_quoted = scan.is_quoted;
        entry_step(&scan, *at);
        quote = scan.is_quoted && !was_quoted ? at : quote;
    }
    if (scan.is_quoted && quote != NULL)
        return g_strdup_printf("%.*s %s", (int)(quote - text), text, quote + 1);
    g_autofree char *ends = g_strnfill((gsize)CLAMP(scan.comment, 0, COMMENT_DEPTH_MAX), ')');
    return *ends != '\0' ? g_strconcat(text, ends, NULL) : NULL;
}

static bool ends_with_word(const GString *text)
{
    size_t end = text->len;
    while (end > 0 && text->str[end - 1] == ' ')
        end--;
    return end > 2 && text->str[end - 1] == '=' && text->str[end - 2] == '?';
}

/* A name in two strings, each of them encoded words, at least one in quotes: GMime would keep the first alone. Two quoted ones have a blank between them.
 * text: as message_value_mend() writes words. Caller frees. */
static char *words_unquote(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=?- ";
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *at = text; *at != '\0'; at++) {
        size_t size = g_str_has_prefix(at, "\"=?") ? strspn(at + 1, letters) : 0;
        bool is_words = size > 4 && at[1 + size] == '"' && at[size] == '=' && at[size - 1] == '?';
        const char *after = is_words ? at + size + 2 + strspn(at + size + 2, " ") : at;
        bool is_first = is_words && g_str_has_prefix(after, "\"=?");
        if (!is_words || (!is_first && !g_str_has_prefix(after, "=?") && !ends_with_word(out))) {
            g_string_append_c(out, *at);
            continue;
        }
        g_string_append_len(out, at + 1, (gssize)size);
        g_string_append(out, is_first ? " =?utf-8?B?IA==?=" : "");
        at += size + 1;
    }
    char *joined = encoded_words_join(out->str);
    return joined != NULL ? joined : g_strdup(out->str);
}

static InternetAddressList *value_addresses(const char *raw, GMimeObject *object)
{
    g_autofree char *mended = message_value_mend(raw, object, false), *whole = words_unquote(mended);
    g_autofree char *straight = addresses_straighten(whole);
    g_autofree char *bracketed = addresses_bracket(straight);
    InternetAddressList *list = internet_address_list_parse(NULL, bracketed);
    if (list == NULL || count_addresses(list) == 0) {
        g_autofree char *closed = strchr(bracketed, '@') != NULL ? entries_close(bracketed) : NULL;
        InternetAddressList *other = closed != NULL ? internet_address_list_parse(NULL, closed) : NULL;
        if (other != NULL && count_addresses(other) > 0) {
            g_clear_object(&list);
            return entries_complete(other, closed);
        }
        g_clear_object(&other);
    }
    return entries_complete(list, bracketed);
}

InternetAddressList *message_address_list(GMimeObject *object, const char *name)
{
    g_autofree char *raw = field_of_addresses(object, name);
    return raw != NULL ? value_addresses(raw, object) : NULL;
}

/* list is taken. raw: what they were read from; NULL: nothing. */
static GPtrArray *addresses_found(InternetAddressList *list, const char *raw)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(address_destroy);
    addresses_collect(list, found, 0);
    if (found->len == 0 && raw != NULL && (list == NULL || internet_address_list_length(list) == 0))
        address_salvage(raw, found);
    g_clear_object(&list);
    return found;
}

GPtrArray *message_object_addresses(GMimeObject *object, const char *name)
{
    return addresses_found(message_address_list(object, name), message_object_raw(object, name));
}

GPtrArray *message_value_addresses(const char *value)
{
    return addresses_found(value_addresses(value, NULL), value);
}

GPtrArray *message_addresses(const message *self, const char *header)
{
    return message_object_addresses(GMIME_OBJECT(self->mime), header);
}

/* As a person types: what has no '@' between two names is told, with the words around it. */
GPtrArray *message_parse_addresses(const char *text, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(address_destroy);
    g_autofree char *stripped = g_strstrip(g_strdup(text != NULL ? text : ""));
    int colons = 0;
    while (g_str_has_suffix(stripped, ",") || g_str_has_suffix(stripped, ";") || g_str_has_suffix(stripped, " "))
        stripped[strlen(stripped) - 1] = '\0';
    if (*stripped == '\0')
        return g_steal_pointer(&found);
    message_start(); /* `postern send` comes here first */
    for (char *at = stripped, *end = at + strlen(at), *colon = at;
         colon < end && (colon = memchr(colon, ':', (size_t)(end - colon))) != NULL; colon++)
        if (++colons > TYPED_COLONS_MAX)
            *colon = '.'; /* GMime reads groups in groups by recursion */
    InternetAddressList *list = internet_address_list_parse(NULL, stripped);
    addresses_collect(list, found, 0);
    g_clear_object(&list);
    const char *wrong = found->len == 0 ? stripped : NULL;
    for (guint i = 0; i < found->len && wrong == NULL; i++) {
        const struct message_address *address = g_ptr_array_index(found, i);
        const char *at = strrchr(address->address, '@');
        bool is_fine = at != NULL && at != address->address && at[1] != '\0' && strpbrk(address->address, " \t\r\n<>,") == NULL;
        if (!is_fine)
            wrong = *address->address != '\0' ? address->address : address->name != NULL ? address->name : stripped;
    }
    if (wrong == NULL)
        return g_steal_pointer(&found);
    g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("“%s” is not a mail address: it should look like name@example.org."), wrong);
    return NULL;
}
