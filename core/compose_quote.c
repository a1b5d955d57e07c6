/* SPDX-License-Identifier: MIT */
/* The text a message begins with: what is quoted or forwarded, the signature. */
#include "config/identity.h"
#include "config/paths.h"
#include "core/compose_header.h"
#include "core/compose_private.h"
#include "core/language.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define SIGNATURE_BYTES_MAX (16u * 1024u)
#define QUOTE_BYTES_MAX     (512u * 1024u)
#define QUOTE_COLUMNS       76

static const struct account_identity *identity_of(const struct account *from, const char *sender)
{
    g_autoptr(GPtrArray) parsed = sender != NULL ? message_parse_addresses(sender, NULL) : NULL;
    return parsed != NULL && parsed->len == 1 ? account_identity_for(from, ((const struct message_address *)parsed->pdata[0])->address)
                                              : NULL;
}

static const char *signature_file_of(const struct account *from, const char *sender)
{
    const struct account_identity *identity = identity_of(from, sender);
    return identity != NULL && identity->signature_file != NULL ? identity->signature_file : from->signature_file;
}

char *compose_signature(const struct account *from, const char *sender)
{
    const char *file = signature_file_of(from, sender);
    g_autofree char *path = file != NULL && *file != '\0' ? paths_expand(file) : NULL;
    g_autofree char *bytes = NULL;
    gsize length = 0;
    if (path == NULL || !g_file_get_contents(path, &bytes, &length, NULL) || length == 0)
        return g_strdup("");
    g_autofree char *text = compose_text_read(bytes, MIN(length, SIGNATURE_BYTES_MAX));
    g_strchomp(text);
    bool has_mark = g_str_has_prefix(text, "-- \n");
    return g_strconcat("\n", has_mark ? "" : "-- \n", text, "\n", NULL);
}

/* The signature is the end of the text; what has quoted lines below it (an answer written above) is more than a signature. */
static void cut_signature(char *plain)
{
    char *signature = g_str_has_prefix(plain, "-- \n") ? plain : g_strrstr(plain, "\n-- \n");
    if (signature != NULL && strstr(signature, "\n>") == NULL)
        *signature = '\0';
}

/* The text of the original, without its signature. */
static char *quotable_text(const message *original)
{
    g_autoptr(text) shown = message_text(original, MESSAGE_VIEW_BEST);
    char *plain = shown != NULL ? text_plain(shown) : NULL;
    if (plain == NULL)
        return g_strdup("");
    cut_signature(plain);
    if (strlen(plain) > QUOTE_BYTES_MAX) {
        plain[QUOTE_BYTES_MAX] = '\0';
        char *valid = g_utf8_make_valid(plain, -1);
        g_free(plain);
        plain = valid;
    }
    return g_strchomp(plain);
}

/* Where to break a line that is too long: bytes of its first part; the whole where it fits. */
static size_t break_at(const char *line)
{
    size_t columns = 0, space = 0;
    const char *c = line;
    for (; *c != '\0' && columns <= QUOTE_COLUMNS; c = g_utf8_next_char(c)) {
        if (*c == ' ' && c > line)
            space = (size_t)(c - line);
        columns += g_unichar_iswide(g_utf8_get_char(c)) ? 2 : 1;
    }
    return *c == '\0' || space == 0 ? strlen(line) : space;
}

/* Each piece of a line that was quoted before gets its marks again. */
static void append_quoted(GString *body, const char *line)
{
    size_t marks = 0;
    for (size_t at = 0; line[at] == '>' || (at > 0 && line[at] == ' '); at++)
        marks = line[at] == '>' ? at + 1 : marks;
    const char *before = line;
    line += marks;
    line += marks > 0 && *line == ' ' ? 1 : 0;
    do {
        size_t length = break_at(line);
        g_string_append_printf(body, ">%.*s%s", (int)marks, before, length > 0 ? " " : "");
        g_string_append_len(body, line, (gssize)length);
        g_string_append_c(body, '\n');
        line += length;
        while (*line == ' ')
            line++;
    } while (*line != '\0');
}

static char *quote(const char *plain)
{
    g_autoptr(GString) body = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(plain, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_strchomp(*line);
        append_quoted(body, *line);
    }
    return g_strdup(body->str);
}

static const char *date_format(void)
{
    /* TRANSLATORS: codes of strftime(3): the date above a quoted text. */
    /* xgettext:no-c-format */
    return C_("date above a quoted text", "%a, %e %b %Y %H:%M");
}

static bool names_date(const char *format)
{
    for (const char *c = strchr(format, '%'); c != NULL && c[1] != '\0'; c = strchr(c + 2, '%'))
        if (strchr("na%", c[1]) == NULL)
            return true;
    return false;
}

/* "On %d, %n wrote:": %n name, %a address, %d the date; the rest as strftime. What nobody dated has no date there, and what nobody wrote no line. */
static char *attribution_line(const message *original, const char *wanted)
{
    struct message_info info = { 0 };
    message_info(original, &info);
    g_autoptr(GDateTime) utc = info.date_utc != 0 ? g_date_time_new_from_unix_utc(info.date_utc) : NULL;
    g_autoptr(GDateTime) local = utc != NULL ? g_date_time_to_local(utc) : NULL;
    const char *format = local != NULL || !names_date(wanted) ? wanted : _("%n wrote:");
    const char *name = info.from_name != NULL && *info.from_name != '\0' ? info.from_name : info.from_address;
    g_autoptr(GString) line = g_string_new(NULL);
    if (name == NULL || *name == '\0')
        return g_strdup("");
    for (const char *c = format; *c != '\0'; c++) {
        char code[3] = { '%', c[0] == '%' ? c[1] : '\0', '\0' };
        if (c[0] != '%' || c[1] == '\0') {
            g_string_append_c(line, *c);
            continue;
        }
        c++;
        g_autofree char *date = local != NULL ? language_date(local, *c == 'd' ? date_format() : code) : NULL;
        g_string_append(line, *c == 'n'      ? name
                              : *c == 'a'    ? (info.from_address != NULL ? info.from_address : "")
                              : *c == '%'    ? "%"
                              : date != NULL ? date
                                             : "");
    }
    return g_strdup(line->str);
}

void compose_quote_reply(struct draft *self, const struct account *from, const message *original, const char *attribution)
{
    g_autofree char *plain = quotable_text(original), *quoted = quote(plain), *signature = compose_signature(from, self->from);
    g_autofree char *line = attribution_line(original, attribution != NULL ? attribution : _("On %d, %n wrote:"));
    compose_set(&self->body, g_strconcat(line, *line != '\0' ? "\n" : "", quoted, "\n", signature, NULL));
}

void compose_quote_forward(struct draft *self, const struct account *from, const message *original)
{
    static const char *const headers[] = { "From", "Date", "Subject", "To", "Cc" };
    g_autofree char *signature = compose_signature(from, self->from);
    g_autoptr(text) shown = message_text(original, MESSAGE_VIEW_BEST);
    g_autofree char *plain = shown != NULL ? text_plain(shown) : g_strdup("");
    g_autoptr(GString) body = g_string_new("\n");
    g_string_append_printf(body, "%s\n", _("---------- Forwarded message ----------"));
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        const char *value = message_header(original, headers[i]);
        if (value != NULL && *value != '\0')
            g_string_append_printf(body, "%s: %s\n", headers[i], value);
    }
    g_string_append_printf(body, "\n%s\n%s", plain, signature);
    compose_set(&self->body, g_strdup(body->str));
}

static void change_signature(struct draft *self, const char *old, const char *new)
{
    if (strcmp(old, new) == 0 || !g_str_has_suffix(self->body, old))
        return;
    g_autofree char *rest = g_strndup(self->body, strlen(self->body) - strlen(old));
    compose_set(&self->body, g_strconcat(rest, new, NULL));
}

static const char *reply_to_of(const struct account *from, const char *sender)
{
    const struct account_identity *identity = identity_of(from, sender);
    return identity != NULL && identity->reply_to != NULL ? identity->reply_to : "";
}

void compose_set_reply_to(struct draft *self, const struct account *from)
{
    if (*self->reply_to == '\0')
        compose_set(&self->reply_to, g_strdup(reply_to_of(from, self->from)));
}

void draft_change_sender(struct draft *self, const struct account *before, const struct account *after, const char *sender)
{
    g_autofree char *old = before != NULL ? compose_signature(before, self->from) : g_strdup(""), *new = compose_signature(after, sender);
    change_signature(self, old, new);
    if (before != NULL && strcmp(self->reply_to, reply_to_of(before, self->from)) == 0)
        compose_set(&self->reply_to, g_strdup(reply_to_of(after, sender)));
    g_autofree char *told = compose_receipt_asked(self);
    if (told != NULL && strcmp(told, self->from) == 0)
        compose_receipt_ask(self, sender, NULL); /* who writes is who is told */
    compose_set(&self->from, g_strdup(sender));
    compose_set(&self->account_id, g_strdup(after->id));
}
