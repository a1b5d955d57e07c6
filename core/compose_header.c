/* SPDX-License-Identifier: MIT */
/* Fields of the header, edited by hand. */
#include "core/compose_header.h"
#include "core/compose_private.h"
#include "core/encoded_words.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define NAME_BYTES_MAX  76
#define VALUE_BYTES_MAX 4000

/* Fields of the screen, in the order they are written. */
static const struct field_row {
    const char *name;
    size_t offset;
    bool is_always; /* also where it is empty */
} field_rows[] = {
    { "From", offsetof(struct draft, from), true },
    { "To", offsetof(struct draft, to), true },
    { "Cc", offsetof(struct draft, cc), true },
    { "Bcc", offsetof(struct draft, bcc), true },
    { "Reply-To", offsetof(struct draft, reply_to), false },
    { "Subject", offsetof(struct draft, subject), true },
};

/* Made by postern or by the servers on the way: nobody's to write. */
static const char *const reserved[] = { "Date",        "Message-ID",   "MIME-Version",   "User-Agent",
                                        "In-Reply-To", "References",   "Sender",         "Received",
                                        "Return-Path", "Delivered-To", "DKIM-Signature", "Autocrypt",
                                        "Bcc",         "Status",       "X-Status",       "Authentication-Results",
                                        NULL };
/* Lists of addresses among the fields of the person's own. */
static const char *const people[] = {
    "Disposition-Notification-To", "Return-Receipt-To", "X-Confirm-Reading-To", "Mail-Followup-To", "Mail-Reply-To", "Errors-To", NULL
};
static const char *const reserved_prefixes[] = { "Content-", "Resent-", "X-Postern-", "ARC-", NULL };

static bool is_reserved(const char *name)
{
    for (const char *const *one = reserved; *one != NULL; one++)
        if (g_ascii_strcasecmp(*one, name) == 0)
            return true;
    for (const char *const *one = reserved_prefixes; *one != NULL; one++)
        if (g_ascii_strncasecmp(*one, name, strlen(*one)) == 0)
            return true;
    return false;
}

static char **field_of(struct draft *self, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(field_rows); i++)
        if (g_ascii_strcasecmp(field_rows[i].name, name) == 0)
            return (char **)(void *)((char *)self + field_rows[i].offset);
    return NULL;
}

bool compose_header_is_taken(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(field_rows); i++)
        if (g_ascii_strcasecmp(field_rows[i].name, name) == 0)
            return true;
    return is_reserved(name);
}

bool compose_header_is_people(const char *name)
{
    for (const char *const *one = people; *one != NULL; one++)
        if (g_ascii_strcasecmp(*one, name) == 0)
            return true;
    return false;
}

/* "Name: value" taken apart (RFC 5322 2.2: a name is printable ASCII without a colon); caller frees both. */
static bool split_line(const char *line, char **name_out, char **value_out)
{
    const char *colon = strchr(line, ':');
    size_t length = colon != NULL ? (size_t)(colon - line) : 0;
    if (length == 0 || length > NAME_BYTES_MAX || !g_ascii_isalnum(*line))
        return false;
    for (size_t i = 0; i < length; i++)
        if (line[i] <= ' ' || line[i] >= 0x7f)
            return false;
    *name_out = g_strndup(line, length);
    *value_out = g_strstrip(g_strdup(colon + 1));
    return true;
}

char *compose_header_text(const struct draft *self)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(field_rows); i++) {
        const char *value = *(char *const *)(const void *)((const char *)self + field_rows[i].offset);
        if (field_rows[i].is_always || (value != NULL && *value != '\0'))
            g_string_append_printf(text, "%s: %s\n", field_rows[i].name, value != NULL ? value : "");
    }
    g_string_append_printf(text, "%s\n%s", self->extra_headers != NULL ? self->extra_headers : "", self->body != NULL ? self->body : "");
    return g_strdup(text->str);
}

/* A field with the lines that fold it; NULL: the header ends here. *text goes behind it. */
static char *next_field(const char **text)
{
    const char *at = *text;
    size_t length = strcspn(at, "\n");
    g_autofree char *name = NULL, *value = NULL, *line = g_strndup(at, length);
    if (!split_line(line, &name, &value))
        return NULL;
    g_autoptr(GString) field = g_string_new(g_strchomp(line));
    at += length + (at[length] == '\n' ? 1 : 0);
    while (*at == ' ' || *at == '\t') {
        length = strcspn(at, "\n");
        g_autofree char *more = g_strstrip(g_strndup(at, length));
        g_string_append_printf(field, " %s", more);
        at += length + (at[length] == '\n' ? 1 : 0);
    }
    *text = at;
    return g_strdup(field->str);
}

/* People of a second To are people all the same. */
static void set_or_join(char **place, const char *name, const char *value)
{
    bool is_list = g_ascii_strcasecmp(name, "From") != 0 && g_ascii_strcasecmp(name, "Subject") != 0;
    bool is_joined = is_list && *place != NULL && **place != '\0';
    if (!is_joined || *value != '\0')
        compose_set(place, is_joined ? g_strconcat(*place, ", ", value, NULL) : g_strdup(value));
}

static void take_field(struct draft *self, const char *field, GString *extra, GPtrArray *refused)
{
    g_autofree char *name = NULL, *value = NULL;
    if (!split_line(field, &name, &value))
        return;
    g_strdelimit(value, "\r\n\t", ' ');
    char **place = field_of(self, name);
    if (place != NULL)
        set_or_join(place, name, value);
    else if (is_reserved(name) || strlen(value) > VALUE_BYTES_MAX)
        g_ptr_array_add(refused, g_steal_pointer(&name));
    else if (*value != '\0')
        g_string_append_printf(extra, "%s: %s\n", name, value);
}

/* Bit i: field_rows[i] is what the line begins with. */
static unsigned row_bit(const char *line)
{
    for (size_t i = 0; i < G_N_ELEMENTS(field_rows); i++) {
        size_t length = strlen(field_rows[i].name);
        if (field_rows[i].is_always && g_ascii_strncasecmp(line, field_rows[i].name, length) == 0 && line[length] == ':')
            return 1U << i;
    }
    return 0;
}

/* A line that is no field, with one below it that is still missed: a slip in the middle, not the end. It is text then. *text goes behind it. */
static bool skip_slip(const char **text, unsigned seen, GString *slips)
{
    const char *line = *text, *next = strchr(line, '\n');
    for (const char *at = next; at != NULL && at[1] != '\n' && *line != '\n'; at = strchr(at + 1, '\n')) {
        if ((row_bit(at + 1) & ~seen) == 0)
            continue;
        g_string_append_len(slips, line, next - line + 1);
        *text = next + 1;
        return true;
    }
    return false;
}

/* A line that was deleted is an emptied field. */
static void empty_fields(struct draft *self)
{
    for (size_t i = 1; i < G_N_ELEMENTS(field_rows); i++)
        compose_set((char **)(void *)((char *)self + field_rows[i].offset), g_strdup(""));
}

GPtrArray *compose_header_take(struct draft *self, const char *text)
{
    GPtrArray *refused = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(GString) extra = g_string_new(NULL), slips = g_string_new(NULL);
    const char *at = valid;
    unsigned seen = 0;
    bool has_header = false;
    do {
        for (g_autofree char *field = next_field(&at); field != NULL; g_free(field), field = next_field(&at)) {
            if (!has_header)
                empty_fields(self);
            has_header = true;
            seen |= row_bit(field);
            take_field(self, field, extra, refused);
        }
    } while (has_header && skip_slip(&at, seen, slips));
    if (has_header && *at == '\n')
        at++;
    if (has_header)
        compose_set(&self->extra_headers, extra->len > 0 ? g_strdup(extra->str) : NULL);
    compose_set(&self->body, g_strconcat(slips->str, at, NULL));
    return refused;
}

bool compose_header_set(struct draft *self, const char *line, GError **error)
{
    g_autofree char *name = NULL, *value = NULL;
    if (!split_line(line, &name, &value) || strpbrk(line, "\r\n") != NULL || strlen(value) > VALUE_BYTES_MAX) {
        g_set_error(error, COMPOSE_ERROR, COMPOSE_ERROR_FROM, _("“%s” is no header field. It looks like this: Organization: Example"),
                    line);
        return false;
    }
    if (is_reserved(name) || field_of(self, name) != NULL) {
        g_set_error(error, COMPOSE_ERROR, COMPOSE_ERROR_FROM, _("%s is not added by hand: it has its own place."), name);
        return false;
    }
    g_auto(GStrv) lines = g_strsplit(self->extra_headers != NULL ? self->extra_headers : "", "\n", -1);
    g_autoptr(GString) kept = g_string_new(NULL);
    for (char **one = lines; *one != NULL; one++) {
        size_t length = strlen(name);
        bool is_same = g_ascii_strncasecmp(*one, name, length) == 0 && (*one)[length] == ':';
        if (**one != '\0' && !is_same)
            g_string_append_printf(kept, "%s\n", *one);
    }
    if (*value != '\0')
        g_string_append_printf(kept, "%s: %s\n", name, value);
    compose_set(&self->extra_headers, kept->len > 0 ? g_strdup(kept->str) : NULL);
    return true;
}

void compose_add_extra(const struct draft *self, compose_with_field *add, void *data)
{
    g_auto(GStrv) lines = g_strsplit(self->extra_headers != NULL ? self->extra_headers : "", "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *name = NULL, *value = NULL;
        if (split_line(*line, &name, &value) && !compose_header_is_taken(name)) /* a draft of somebody else may say anything */
            add(name, value, data);
    }
}

/* --- that it was read (RFC 8098) --- */

static const char receipt_name[] = "Disposition-Notification-To";

char *compose_receipt_asked(const struct draft *self)
{
    g_auto(GStrv) lines = g_strsplit(self->extra_headers != NULL ? self->extra_headers : "", "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *name = NULL, *value = NULL;
        if (split_line(*line, &name, &value) && g_ascii_strcasecmp(name, receipt_name) == 0)
            return g_steal_pointer(&value);
    }
    return NULL;
}

bool compose_receipt_ask(struct draft *self, const char *whom, GError **error)
{
    g_autofree char *line = g_strdup_printf("%s: %s", receipt_name, whom);
    return compose_header_set(self, line, error);
}
