/* SPDX-License-Identifier: MIT */
/* mbox: From_ lines, the '>' before them, and the flags that mail programs keep in headers. */
#include "core/mbox.h"
#include "core/tag.h"
#include "core/store.h"
#include "core/store_message.h"
#include <errno.h>
#include <gmime/gmime.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FORWARDED         "$Forwarded"
#define MESSAGE_BYTES_MAX ((size_t)1 << 30)

struct mbox {
    FILE *file;
    char *path, *line;
    size_t room;
    ssize_t length; /* of line, which is the From_ line of the next message; < 0: the end */
};

/* --- lines --- */

static bool fail(const mbox *self, int saved, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("%s cannot be read: %s"), self->path, g_strerror(saved));
    return false;
}

/* "From sender date": a line of a text that merely begins so has no time and year in it. */
static bool is_separator(const char *line)
{
    return g_str_has_prefix(line, "From ") && g_regex_match_simple("^From .*[0-9]:[0-9]{2}.*\\b(19|20)[0-9]{2}\\b", line, G_REGEX_RAW, 0);
}

static bool is_quoted_from(const char *line)
{
    return *line == '>' && g_str_has_prefix(line + strspn(line, ">"), "From ");
}

static bool is_blank(const char *line)
{
    return strcmp(line, "\n") == 0 || strcmp(line, "\r\n") == 0;
}

/* --- flags kept in headers --- */

static unsigned letters_of(const char *value, const char *letters, const unsigned *flags)
{
    unsigned all = 0;
    for (; *value != '\0'; value++) {
        const char *found = strchr(letters, *value);
        if (found != NULL)
            all |= flags[found - letters];
    }
    return all;
}

static unsigned mozilla_flags(const char *value)
{
    unsigned long bits = strtoul(value, NULL, 16);
    return (bits & 1 ? MESSAGE_SEEN : 0u) | (bits & 2 ? MESSAGE_ANSWERED : 0u) | (bits & 4 ? MESSAGE_FLAGGED : 0u) |
           (bits & 8 ? MESSAGE_DELETED : 0u) | (bits & 0x1000 ? MESSAGE_FORWARDED : 0u);
}

/* "work later    " as Dovecot pads it. What no IMAP keyword can be is passed over. */
static void take_keywords(struct mbox_message *message, const char *value)
{
    g_auto(GStrv) words = g_strsplit_set(value, " \t\r\n,", 0);
    for (char **word = words; *word != NULL; word++) {
        if (g_ascii_strcasecmp(*word, FORWARDED) == 0) {
            message->flags |= MESSAGE_FORWARDED;
            continue;
        }
        g_autofree char *keyword = **word != '\0' && g_str_is_ascii(*word) && strpbrk(*word, "(){%*\"\\]") == NULL ? g_strdup(*word) : NULL;
        if (keyword == NULL)
            continue;
        char *longer = tag_list_change(message->keywords, keyword, NULL);
        g_free(message->keywords);
        message->keywords = longer;
    }
}

/* True: the line belongs to the mbox, not to the message. */
static bool take_flags(struct mbox_message *message, const char *line)
{
    static const unsigned status[] = { MESSAGE_SEEN }, more[] = { MESSAGE_ANSWERED, MESSAGE_FLAGGED, MESSAGE_DELETED, MESSAGE_DRAFT };
    if (g_ascii_strncasecmp(line, "Status:", 7) == 0) {
        message->flags |= letters_of(line + 7, "R", status);
        return true;
    }
    if (g_ascii_strncasecmp(line, "X-Status:", 9) == 0) {
        message->flags |= letters_of(line + 9, "AFDT", more);
        return true;
    }
    if (g_ascii_strncasecmp(line, "X-Keywords:", 11) == 0) {
        take_keywords(message, line + 11);
        return true;
    }
    if (g_ascii_strncasecmp(line, "X-Mozilla-Keys:", 15) == 0)
        take_keywords(message, line + 15);
    if (g_ascii_strncasecmp(line, "X-Mozilla-Status:", 17) == 0)
        message->flags |= mozilla_flags(line + 17);
    return false;
}

/* --- reading --- */

void mbox_message_clear(struct mbox_message *self)
{
    g_clear_pointer(&self->bytes, g_byte_array_unref);
    g_clear_pointer(&self->keywords, g_free);
    *self = (struct mbox_message){ 0 };
}

mbox *mbox_open(const char *path, GError **error)
{
    g_autoptr(mbox) self = g_new0(mbox, 1);
    self->path = g_strdup(path);
    self->file = fopen(path, "re");
    if (self->file == NULL) {
        fail(self, errno, error);
        return NULL;
    }
    self->length = getline(&self->line, &self->room, self->file);
    if (self->length < 0 && ferror(self->file)) {
        fail(self, errno, error);
        return NULL;
    }
    if (self->length < 0 || g_str_has_prefix(self->line, "From "))
        return g_steal_pointer(&self);
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("%s is not an mbox: it does not begin with a “From ” line."), path);
    return NULL;
}

void mbox_close(mbox *self)
{
    if (self->file != NULL)
        fclose(self->file);
    free(self->line);
    g_free(self->path);
    g_free(self);
}

static int64_t received_of(const char *separator)
{
    const char *rest = strchr(separator + 5, ' ');
    g_autoptr(GDateTime) date = rest != NULL ? g_mime_utils_header_decode_date(rest + 1) : NULL;
    return date != NULL ? MAX(g_date_time_to_unix(date), 0) : 0;
}

static bool take_line(mbox *self, struct mbox_message *message, bool is_header, GError **error)
{
    const char *line = self->line + (is_quoted_from(self->line) ? 1 : 0);
    if (is_header && take_flags(message, line))
        return true;
    size_t length = (size_t)(self->length - (line - self->line));
    if (message->bytes->len + length > MESSAGE_BYTES_MAX)
        return fail(self, EFBIG, error);
    g_byte_array_append(message->bytes, (const guint8 *)line, (guint)length);
    return true;
}

/* The blank line before a From_ line separates, and belongs to no message. */
static void drop_last_blank(GByteArray *bytes)
{
    guint length = bytes->len;
    if (length >= 2 && bytes->data[length - 1] == '\n' && bytes->data[length - 2] == '\n')
        g_byte_array_set_size(bytes, length - 1);
    else if (length >= 4 && memcmp(bytes->data + length - 4, "\r\n\r\n", 4) == 0)
        g_byte_array_set_size(bytes, length - 2);
}

bool mbox_next(mbox *self, struct mbox_message *message, GError **error)
{
    bool is_header = true, was_blank = false;
    mbox_message_clear(message);
    if (self->length < 0)
        return false;
    message->bytes = g_byte_array_new();
    message->received_utc = received_of(self->line);
    while ((self->length = getline(&self->line, &self->room, self->file)) >= 0) {
        if (was_blank && is_separator(self->line))
            break;
        was_blank = is_blank(self->line);
        if (!take_line(self, message, is_header, error))
            return false;
        is_header = is_header && !was_blank;
    }
    if (self->length < 0 && ferror(self->file))
        return fail(self, errno, error);
    drop_last_blank(message->bytes);
    return true;
}

/* --- writing --- */

/* asctime()'s form, in English whatever the locale. */
static void write_separator(FILE *out, int64_t received_utc, const char *sender)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t when = (time_t)received_utc;
    struct tm tm;
    if (gmtime_r(&when, &tm) == NULL)
        gmtime_r(&(time_t){ 0 }, &tm);
    bool is_plain = sender != NULL && *sender != '\0' && strpbrk(sender, " \t\r\n") == NULL;
    fprintf(out, "From %s %s %s %2d %02d:%02d:%02d %d\n", is_plain ? sender : "MAILER-DAEMON", days[tm.tm_wday], months[tm.tm_mon],
            tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_year + 1900);
}

static void write_keywords(FILE *out, unsigned flags, const char *keywords)
{
    bool is_forwarded = (flags & MESSAGE_FORWARDED) != 0;
    if (is_forwarded || keywords != NULL)
        fprintf(out, "X-Keywords: %s%s%s\n", is_forwarded ? FORWARDED : "", is_forwarded && keywords != NULL ? " " : "",
                keywords != NULL ? keywords : "");
}

static void write_flags(FILE *out, const struct mbox_about *about)
{
    unsigned flags = about->flags;
    fprintf(out, "Status: %sO\n", flags & MESSAGE_SEEN ? "R" : "");
    if (flags & (MESSAGE_ANSWERED | MESSAGE_FLAGGED | MESSAGE_DELETED | MESSAGE_DRAFT))
        fprintf(out, "X-Status: %s%s%s%s\n", flags & MESSAGE_ANSWERED ? "A" : "", flags & MESSAGE_FLAGGED ? "F" : "",
                flags & MESSAGE_DELETED ? "D" : "", flags & MESSAGE_DRAFT ? "T" : "");
    write_keywords(out, flags, about->keywords);
}

static void write_line(FILE *out, const char *line, size_t length)
{
    size_t marks = 0;
    while (marks < length && line[marks] == '>')
        marks++;
    if (length - marks >= 5 && memcmp(line + marks, "From ", 5) == 0)
        fputc('>', out);
    if (length > 0 && line[length - 1] == '\r')
        length--;
    fwrite(line, 1, length, out);
    fputc('\n', out);
}

bool mbox_write(FILE *out, const void *bytes, size_t size, const struct mbox_about *about)
{
    const char *at = bytes, *end = at + size;
    bool is_header = true;
    write_separator(out, about->received_utc, about->sender);
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = newline != NULL ? (size_t)(newline - at) : (size_t)(end - at);
        bool ends_header = is_header && (length == 0 || (length == 1 && *at == '\r'));
        if (ends_header)
            write_flags(out, about);
        is_header = is_header && !ends_header;
        write_line(out, at, length);
        at += length + (newline != NULL ? 1 : 0);
    }
    if (is_header)
        write_flags(out, about);
    fputc('\n', out);
    return !ferror(out);
}
