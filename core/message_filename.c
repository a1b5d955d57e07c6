/* SPDX-License-Identifier: MIT */
/* The name that a part carries: RFC 2231, and what mailers write in its place: encoded words in quotes or without, cut in pieces, blanks without quotes,
 * quotes that never close. */
#include "core/message_private.h"
#include <string.h>

#define VALUE_BYTES_MAX 2048
#define PARAMETERS_MAX  200

/* "name*2*=value" */
struct parameter {
    char *name, *value;
    int index;        /* -1: it is not cut in pieces */
    bool is_extended; /* percent signs are bytes, and the first begins with charset'language' */
};

static void parameter_free(gpointer data)
{
    struct parameter *self = data;
    g_free(self->name);
    g_free(self->value);
    g_free(self);
}

static bool is_name_char(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '*';
}

/* "filename*1*" taken apart. */
static struct parameter *parameter_new(const char *name, size_t length)
{
    struct parameter *self = g_new0(struct parameter, 1);
    size_t bare = 0;
    while (bare < length && name[bare] != '*')
        bare++;
    self->name = g_ascii_strdown(name, (gssize)bare);
    self->index = bare + 1 < length && g_ascii_isdigit(name[bare + 1]) ? (int)MIN(g_ascii_strtoull(name + bare + 1, NULL, 10), 1000u) : -1;
    self->is_extended = bare < length && name[length - 1] == '*';
    return self;
}

/* From behind the quotation mark; a backslash counts only before a mark or another: some write "C:\temp". */
static const char *quoted_read(const char *at, GString *value)
{
    for (; *at != '\0' && *at != '"'; at++) {
        if (*at == '\\' && (at[1] == '"' || at[1] == '\\'))
            at++;
        if (*at != '\r' && *at != '\n' && value->len < VALUE_BYTES_MAX)
            g_string_append_c(value, *at);
    }
    return *at == '"' ? at + 1 : at;
}

static const char *bare_read(const char *at, GString *value)
{
    for (; *at != '\0' && *at != ';'; at++)
        if (*at != '\r' && *at != '\n' && value->len < VALUE_BYTES_MAX)
            g_string_append_c(value, *at);
    return at;
}

/* One "name=value" at `at`; NULL: there is none. */
static const char *parameter_read(const char *at, GPtrArray *found)
{
    size_t length = 0;
    while (is_name_char(at[length]))
        length++;
    const char *sign = at + length + strspn(at + length, " \t\r\n");
    if (length == 0 || *sign != '=')
        return NULL;
    struct parameter *parameter = parameter_new(at, length);
    GString *value = g_string_new(NULL);
    sign += 1 + strspn(sign + 1, " \t\r\n");
    at = *sign == '"' ? quoted_read(sign + 1, value) : bare_read(sign, value);
    parameter->value = g_strstrip(g_string_free(value, FALSE));
    g_ptr_array_add(found, parameter);
    return at;
}

/* Of struct parameter*; the type before the first semicolon is passed over like any other word. */
static GPtrArray *parameters_read(const char *raw)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(parameter_free);
    for (const char *at = raw; *at != '\0' && found->len < PARAMETERS_MAX;) {
        at += strspn(at, "; \t\r\n");
        const char *next = parameter_read(at, found);
        if (next == NULL)
            next = at + strcspn(at, "; \t\r\n");
        at = next;
    }
    return found;
}

static void append_percent_decoded(GString *bytes, const char *value)
{
    for (const char *at = value; *at != '\0'; at++) {
        int high = *at == '%' ? g_ascii_xdigit_value(at[1]) : -1, low = high >= 0 ? g_ascii_xdigit_value(at[2]) : -1;
        g_string_append_c(bytes, low >= 0 ? (char)(high * 16 + low) : *at);
        at += low >= 0 ? 2 : 0;
    }
}

static const struct parameter *parameter_find(const GPtrArray *parameters, const char *name, int index, bool is_extended_only)
{
    for (guint i = 0; i < parameters->len; i++) {
        const struct parameter *each = g_ptr_array_index(parameters, i);
        if (each->index == index && strcmp(each->name, name) == 0 && (each->is_extended || !is_extended_only))
            return each;
    }
    return NULL;
}

/* "utf-8'en'rest" → charset, and where the rest begins; without it the value itself. Caller frees. */
static char *charset_take(const char **value)
{
    const char *first = strchr(*value, '\''), *second = first != NULL ? strchr(first + 1, '\'') : NULL;
    if (second == NULL)
        return NULL;
    char *charset = first > *value ? g_strndup(*value, (size_t)(first - *value)) : NULL;
    *value = second + 1;
    return charset;
}

/* Words behind each other may stand in any of the forms at once, so all that has some is read as a header is. Caller frees. */
static char *value_decode(const GString *bytes, const char *charset)
{
    return strstr(bytes->str, "=?") != NULL ? message_header_text(bytes->str) : message_utf8(bytes->str, bytes->len, charset, NULL);
}

static char *pieces_join(const GPtrArray *parameters, const char *name, int index)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autofree char *charset = NULL;
    const struct parameter *piece = parameter_find(parameters, name, index, index < 0);
    for (bool is_first = true; piece != NULL && bytes->len < VALUE_BYTES_MAX; is_first = false) {
        const char *value = piece->value;
        if (is_first && piece->is_extended)
            charset = charset_take(&value);
        if (piece->is_extended)
            append_percent_decoded(bytes, value);
        else
            g_string_append(bytes, value);
        piece = index >= 0 ? parameter_find(parameters, name, ++index, false) : NULL;
    }
    return bytes->len > 0 ? value_decode(bytes, charset) : NULL;
}

/* "name=value" and no more; "name*=utf-8''" says nothing, and is not its own name. */
static char *plain_value(const GPtrArray *parameters, const char *name)
{
    for (guint i = 0; i < parameters->len; i++) {
        const struct parameter *each = g_ptr_array_index(parameters, i);
        if (each->index >= 0 || each->is_extended || strcmp(each->name, name) != 0)
            continue;
        g_autoptr(GString) bytes = g_string_new(each->value);
        return bytes->len > 0 ? value_decode(bytes, NULL) : NULL;
    }
    return NULL;
}

char *message_parameter(const char *raw, const char *name)
{
    g_autoptr(GPtrArray) parameters = parameters_read(raw);
    char *joined = pieces_join(parameters, name, -1);
    if (joined == NULL)
        joined = pieces_join(parameters, name, 0);
    if (joined == NULL)
        joined = parameter_find(parameters, name, 1, false) != NULL ? pieces_join(parameters, name, 1) : NULL;
    return joined != NULL ? joined : plain_value(parameters, name);
}

char *message_object_filename(GMimeObject *object)
{
    static const struct {
        const char *field, *parameter;
    } places[] = { { "Content-Disposition", "filename" }, { "Content-Type", "name" }, { "Content-Disposition", "name" } };
    GMimeHeaderList *list = g_mime_object_get_header_list(object);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        GMimeHeader *field = g_mime_header_list_get_header(list, places[i].field);
        const char *raw = field != NULL ? g_mime_header_get_raw_value(field) : NULL;
        char *name = raw != NULL ? message_parameter(raw, places[i].parameter) : NULL;
        if (name != NULL && *name != '\0')
            return name;
        g_free(name);
    }
    return NULL;
}
