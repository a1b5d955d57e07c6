/* SPDX-License-Identifier: MIT */
/* Header fields as people read them: encoded words (RFC 2047) also in the broken forms that are common, raw bytes of any charset, addresses. */
#include "core/message_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define HEADERS_MAX      500
#define VALUE_BYTES_MAX  ((size_t)256 * 1024) /* of one field: addressees by the thousand fit */
#define GROUP_DEPTH_MAX  5
#define TYPED_COLONS_MAX 1000
#define BELOW_MAX        5

/* --- encoded words --- */

struct word {
    const char *charset, *text, *end; /* end: behind the closing ?= */
    size_t charset_length, text_length;
    bool is_base64;
};

/* "=?charset*language?B?text?=" at `at`, with blanks in the text too, as some write it. */
static bool word_read(const char *at, struct word *word)
{
    if (at[0] != '=' || at[1] != '?')
        return false;
    word->charset = at + 2;
    word->charset += strspn(word->charset, " \"'");
    word->charset_length = strcspn(word->charset, "? \t\"'<>()");
    const char *mark = word->charset + word->charset_length + strspn(word->charset + word->charset_length, " \"'");
    if (word->charset_length == 0 || mark[0] != '?' || mark[1] == '\0' || strchr("bBqQ", mark[1]) == NULL || mark[2] != '?')
        return false;
    word->is_base64 = mark[1] == 'b' || mark[1] == 'B';
    word->text = mark + 3;
    const char *end = strstr(word->text, "?="), *next = strstr(word->text, "=?");
    if (end != NULL && next != NULL && next + 1 == end) /* "…=?=": the last of "=3D=" cut short, not a word that begins */
        next = NULL;
    if (end == NULL || (next != NULL && next < end))
        return false;
    word->text_length = (size_t)(end - word->text);
    word->end = end + 2;
    size_t language = 0;
    while (language < word->charset_length && word->charset[language] != '*')
        language++;
    word->charset_length = language;
    return true;
}

static void word_decode_quoted(const struct word *word, GString *bytes)
{
    for (size_t i = 0; i < word->text_length; i++) {
        char c = word->text[i];
        int high = c == '=' && i + 2 < word->text_length ? g_ascii_xdigit_value(word->text[i + 1]) : -1;
        int low = high >= 0 ? g_ascii_xdigit_value(word->text[i + 2]) : -1;
        if (low >= 0) {
            g_string_append_c(bytes, (char)(high * 16 + low));
            i += 2;
        } else {
            g_string_append_c(bytes, c == '_' ? ' ' : c);
        }
    }
}

/* Padding may be missing, and blanks be in it. */
static void word_decode_base64(const struct word *word, GString *bytes)
{
    g_autofree guchar *out = g_malloc(word->text_length / 4 * 3 + 6);
    gint state = 0;
    guint save = 0;
    gsize length = g_base64_decode_step(word->text, word->text_length, out, &state, &save);
    if (state != 0)
        length += g_base64_decode_step("====", (gsize)(4 - (state < 0 ? -state : state)), out + length, &state, &save);
    g_string_append_len(bytes, (const char *)out, (gssize)length);
}

static bool is_same_charset(const struct word *a, const struct word *b)
{
    return a->charset_length == b->charset_length && g_ascii_strncasecmp(a->charset, b->charset, a->charset_length) == 0;
}

/* Words that follow each other in one charset are decoded as one: some mailers cut them in the middle of a character. */
static const char *words_decode(struct word word, GString *out)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    struct word next = word;
    bool has_next = true;
    while (has_next) {
        word = next;
        if (word.is_base64)
            word_decode_base64(&word, bytes);
        else
            word_decode_quoted(&word, bytes);
        has_next = word_read(word.end + strspn(word.end, " \t\r\n"), &next) && is_same_charset(&word, &next);
    }
    g_autofree char *charset = g_strndup(word.charset, word.charset_length);
    g_autofree char *utf8 = message_utf8(bytes->str, bytes->len, charset, NULL);
    g_string_append(out, utf8);
    struct word other;
    const char *blanks = word.end + strspn(word.end, " \t\r\n");
    return word_read(blanks, &other) ? blanks : word.end; /* blanks between two words do not count (RFC 2047, 6.2) */
}

static void word_write(GString *out, const char *utf8, size_t length)
{
    g_autofree char *text = g_base64_encode((const guchar *)utf8, length);
    g_string_append_printf(out, "=?utf-8?B?%s?=", text);
}

/* The charset that the text below is in, which its header may be written in too; caller frees; NULL: nothing that is worth more than a guess. */
static char *charset_below(GMimeObject *object)
{
    static const char *const dull[] = { "us-ascii", "utf-8", "utf8", "iso-8859-1", "windows-1252", "utf-16", "utf-7" };
    if (GMIME_IS_MESSAGE(object))
        object = g_mime_message_get_mime_part(GMIME_MESSAGE(object));
    for (int depth = 0; depth < BELOW_MAX && GMIME_IS_MULTIPART(object) && g_mime_multipart_get_count(GMIME_MULTIPART(object)) > 0; depth++)
        object = g_mime_multipart_get_part(GMIME_MULTIPART(object), 0);
    g_autofree char *charset = object != NULL ? message_object_charset(object) : NULL;
    for (size_t i = 0; charset != NULL && i < G_N_ELEMENTS(dull); i++)
        if (strcmp(charset, dull[i]) == 0)
            return NULL;
    return charset != NULL && message_charset_is_known(charset) ? g_steal_pointer(&charset) : NULL;
}

/* Bytes above ASCII should not stand in a header, and nothing says what they are. object: whose header it is; NULL: of none. */
static char *raw_utf8(const char *raw, size_t size, GMimeObject *object)
{
    g_autofree char *charset = object != NULL && !g_utf8_validate(raw, (gssize)size, NULL) ? charset_below(object) : NULL;
    return message_utf8(raw, size, charset, NULL);
}

/* One line of UTF-8. is_plain: words decoded; else written anew in the one form that GMime's parser of addresses always understands. */
static char *value_mend(const char *raw, GMimeObject *object, bool is_plain)
{
    size_t size = MIN(strlen(raw), VALUE_BYTES_MAX);
    g_autofree char *utf8 = raw_utf8(raw, size, object);
    g_strdelimit(utf8, "\t", ' ');
    GString *out = g_string_new(NULL);
    struct word word;
    for (const char *at = utf8; *at != '\0';) {
        if (*at == '=' && word_read(at, &word)) {
            g_autoptr(GString) decoded = g_string_new(NULL);
            at = words_decode(word, decoded);
            if (is_plain)
                g_string_append_len(out, decoded->str, (gssize)decoded->len);
            else
                word_write(out, decoded->str, decoded->len);
        } else if (*at == '\n' || *at == '\r') { /* a fold: the blank behind it stays */
            if (*at == '\r' && at[1] != '\n')
                g_string_append_c(out, ' ');
            at++;
        } else {
            g_string_append_c(out, *at++);
        }
    }
    if (is_plain)
        g_strdelimit(out->str, "\r\n", ' ');
    g_strstrip(out->str);
    return g_string_free(out, FALSE);
}

char *message_header_text(const char *raw)
{
    return raw != NULL ? value_mend(raw, NULL, true) : NULL;
}

/* --- fields --- */

const char *message_object_raw(GMimeObject *object, const char *name)
{
    GMimeHeader *field = g_mime_header_list_get_header(g_mime_object_get_header_list(object), name);
    return field != NULL ? g_mime_header_get_raw_value(field) : NULL;
}

char *message_object_header(GMimeObject *object, const char *name)
{
    const char *raw = message_object_raw(object, name);
    return raw != NULL ? value_mend(raw, object, true) : NULL;
}

const char *message_header(const message *self, const char *name)
{
    const char *known = g_hash_table_lookup(self->headers, name);
    if (known != NULL)
        return known;
    char *value = message_object_header(GMIME_OBJECT(self->mime), name);
    if (value != NULL)
        g_hash_table_insert(self->headers, g_strdup(name), value);
    return value;
}

char **message_headers(const message *self)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(self->mime));
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    for (int i = 0; i < g_mime_header_list_get_count(list) && i < HEADERS_MAX; i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
        const char *raw = g_mime_header_get_raw_value(header);
        g_autofree char *value = message_header_text(raw != NULL ? raw : ""), *name = g_utf8_make_valid(g_mime_header_get_name(header), -1);
        if (g_ascii_strncasecmp(name, "X-Postern-", 10) != 0)
            g_ptr_array_add(lines, g_strdup_printf("%s: %s", name, value));
    }
    g_ptr_array_add(lines, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&lines), FALSE);
}

/* --- addresses --- */

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
    bool is_words = name == NULL && mailbox != NULL && g_str_has_prefix(mailbox, "=?") && strchr(mailbox, '@') == NULL;
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
    g_autofree char *name = g_strndup(plain, (size_t)(open - plain)), *mailbox = g_strndup(open + 1, (size_t)(close - open - 1));
    g_strstrip(name);
    size_t length = strlen(name);
    bool is_quoted = length >= 2 && name[0] == '"' && name[length - 1] == '"';
    if (is_quoted)
        name[length - 1] = '\0';
    address_add(found, name + is_quoted, is_empty ? NULL : mailbox);
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
    for (int i = 0; i < g_mime_header_list_get_count(list) && i < HEADERS_MAX; i++) {
        GMimeHeader *field = g_mime_header_list_get_header_at(list, i);
        const char *raw = g_mime_header_get_raw_value(field);
        if (raw == NULL || g_ascii_strcasecmp(g_mime_header_get_name(field), name) != 0 || (all != NULL && all->len > VALUE_BYTES_MAX))
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

/* "Ann ann@x.test": somebody forgot the angle brackets, and GMime would drop it. begin: of the entry that ends here. */
static void entry_bracket(GString *out, size_t begin)
{
    const char *entry = out->str + begin + strspn(out->str + begin, " ");
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

static InternetAddressList *value_addresses(const char *raw, GMimeObject *object)
{
    g_autofree char *mended = value_mend(raw, object, false), *straight = addresses_straighten(mended);
    g_autofree char *bracketed = addresses_bracket(straight);
    return internet_address_list_parse(NULL, bracketed);
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
