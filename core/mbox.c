/* SPDX-License-Identifier: MIT */
/* mbox: From_ lines, the '>' before them, and the flags that mail programs keep in headers. */
#include "core/mbox.h"
#include "core/message_private.h"
#include "core/tag.h"
#include "core/store.h"
#include "core/store_message.h"
#include <errno.h>
#include <gmime/gmime.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define FORWARDED         "$Forwarded"
#define MESSAGE_BYTES_MAX ((size_t)1 << 30)

struct line {
    char *bytes;
    size_t room;
    ssize_t length; /* < 0: the end */
};

struct mbox {
    FILE *file;
    char *path;
    struct line now, next; /* now: between two messages, the From_ line of the next one */
    off_t left;            /* of a text whose length its header says, and rightly: nothing in it separates */
};

/* --- lines --- */

static bool fail(const mbox *self, int saved, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("%s cannot be read: %s"), self->path, g_strerror(saved));
    return false;
}

static bool matches(const char *line, const char *pattern)
{
    return g_str_has_prefix(line, "From ") && g_regex_match_simple(pattern, line, G_REGEX_RAW, 0);
}

static bool is_header(const char *line)
{
    size_t name = strcspn(line, ": \t\r\n");
    return name > 0 && line[name] == ':';
}

/* "From sender date": a line of a text that merely begins so has no time and year in it. Where no empty line stands before it, or the date is written in another
 * way than asctime() does, a header has to follow too. */
static bool is_separator(const mbox *self, bool was_blank)
{
    const char *line = self->now.bytes;
    bool is_followed = self->next.length > 0 && is_header(self->next.bytes);
    if (was_blank)
        return matches(line, "^From .*[0-9]:[0-9]{2}.*\\b(19|20)[0-9]{2}\\b") ||
               (is_followed && matches(line, "^From .*\\b(19|20)[0-9]{2}\\b.*[0-9]:[0-9]{2}"));
    return is_followed && matches(line, "^From .*[A-Z][a-z]{2} [A-Z][a-z]{2} +[0-9]{1,2} [0-9:]+.* (19|20)[0-9]{2}\\s*$");
}

static bool is_quoted_from(const char *line)
{
    return *line == '>' && g_str_has_prefix(line + strspn(line, ">"), "From ");
}

static bool is_blank(const char *line)
{
    return strcmp(line, "\n") == 0 || strcmp(line, "\r\n") == 0;
}

/* The line behind the next one is read already. */
static bool read_line(mbox *self)
{
    struct line before = self->now;
    self->now = self->next;
    self->next = before;
    self->next.length = self->now.length < 0 ? -1 : getline(&self->next.bytes, &self->next.room, self->file);
    return self->now.length >= 0;
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

static void drop_mark(struct line *line)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* as editors write it */
    if (line->length < 3 || memcmp(line->bytes, mark, 3) != 0)
        return;
    line->length -= 3;
    memmove(line->bytes, line->bytes + 3, (size_t)line->length + 1);
}

mbox *mbox_open(const char *path, GError **error)
{
    g_autoptr(mbox) self = g_new0(mbox, 1);
    message_start();
    self->path = g_strdup(path);
    self->file = fopen(path, "re");
    if (self->file == NULL) {
        fail(self, errno, error);
        return NULL;
    }
    read_line(self);
    drop_mark(&self->next);
    while (read_line(self) && is_blank(self->now.bytes))
        continue;
    if (self->now.length < 0 && ferror(self->file)) {
        fail(self, errno, error);
        return NULL;
    }
    if (self->now.length < 0 || g_str_has_prefix(self->now.bytes, "From "))
        return g_steal_pointer(&self);
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("%s is not an mbox: it does not begin with a “From ” line."), path);
    return NULL;
}

void mbox_close(mbox *self)
{
    if (self->file != NULL)
        fclose(self->file);
    free(self->now.bytes);
    free(self->next.bytes);
    g_free(self->path);
    g_free(self);
}

static int64_t received_of(const char *separator)
{
    const char *rest = strchr(separator + 5, ' ');
    g_autoptr(GDateTime) date = rest != NULL ? g_mime_utils_header_decode_date(rest + 1) : NULL;
    return date != NULL ? MAX(g_date_time_to_unix(date), 0) : 0;
}

static bool take_line(mbox *self, struct mbox_message *message, bool is_of_header, GError **error)
{
    const char *line = self->now.bytes + (is_quoted_from(self->now.bytes) ? 1 : 0);
    if (is_of_header && take_flags(message, line))
        return true;
    size_t length = (size_t)(self->now.length - (line - self->now.bytes));
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

/* Writers that say a text's length leave the lines in it as they are. It is believed if a message, or the file, ends there. */
static off_t length_said(mbox *self, const char *value)
{
    char behind[8] = "";
    struct stat status;
    off_t at = ftello(self->file), end = at - MAX(self->next.length, 0);
    gint64 length = g_ascii_strtoll(value, NULL, 10);
    if (at < 0 || fstat(fileno(self->file), &status) != 0 || length <= 0 || length > status.st_size - end)
        return 0;
    end += length;
    if (end == status.st_size)
        return length;
    bool is_ok = fseeko(self->file, end, SEEK_SET) == 0 && fread(behind, 1, sizeof behind - 1, self->file) > 0 &&
                 g_str_has_prefix(behind + strspn(behind, "\r\n"), "From ");
    clearerr(self->file);
    return fseeko(self->file, at, SEEK_SET) == 0 && is_ok ? length : 0;
}

/* Google's export: one header has the labels, some of which are flags. */
static void take_labels(struct mbox_message *message, const char *value)
{
    g_autofree char *decoded = g_mime_utils_header_decode_text(NULL, value);
    g_auto(GStrv) labels = g_strsplit(decoded, ",", 0);
    static const struct {
        const char *label;
        unsigned flags;
    } known[] = { { "Opened", MESSAGE_SEEN }, { "Sent", MESSAGE_SEEN }, { "Starred", MESSAGE_FLAGGED }, { "Drafts", MESSAGE_DRAFT } };
    unsigned flags = 0;
    for (char **label = labels; *label != NULL; label++)
        for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
            flags |= strcmp(g_strstrip(*label), known[i].label) == 0 ? known[i].flags : 0;
    message->flags |= flags & (g_strv_contains((const char *const *)labels, "Unread") ? ~(unsigned)MESSAGE_SEEN : ~0u);
}

/* The lines of a header that is kept for the end of the heads. */
static void note_header(const char *line, const char *name, bool *is_in, GString *value)
{
    size_t length = strlen(name);
    bool is_begin = g_ascii_strncasecmp(line, name, length) == 0 && line[length] == ':';
    *is_in = is_begin || (*is_in && (*line == ' ' || *line == '\t'));
    if (*is_in)
        g_string_append(value, is_begin ? line + length + 1 : line);
}

static bool read_head(mbox *self, struct mbox_message *message, GError **error)
{
    bool is_length = false, is_labels = false;
    g_autoptr(GString) length = g_string_new(NULL), labels = g_string_new(NULL);
    while (read_line(self)) {
        const char *line = self->now.bytes;
        if (!take_line(self, message, true, error))
            return false;
        if (is_blank(line))
            break;
        note_header(line, "Content-Length", &is_length, length);
        note_header(line, "X-Gmail-Labels", &is_labels, labels);
    }
    self->left = length->len > 0 ? length_said(self, length->str) : 0;
    if (labels->len > 0)
        take_labels(message, labels->str);
    return true;
}

static bool read_message(mbox *self, struct mbox_message *message, GError **error)
{
    bool was_blank = true;
    mbox_message_clear(message);
    if (self->now.length < 0)
        return false;
    message->bytes = g_byte_array_new();
    message->received_utc = received_of(self->now.bytes);
    if (!read_head(self, message, error))
        return false;
    while (read_line(self) && (self->left > 0 || !is_separator(self, was_blank))) {
        self->left -= MIN(self->left, (off_t)self->now.length);
        was_blank = is_blank(self->now.bytes);
        if (!take_line(self, message, false, error))
            return false;
    }
    if (self->now.length < 0 && ferror(self->file))
        return fail(self, errno, error);
    drop_last_blank(message->bytes);
    return true;
}

/* What UW-IMAP and Pine keep in the place of a first message. */
static bool is_bookkeeping(const GByteArray *bytes)
{
    g_autofree char *head = g_strndup((const char *)bytes->data, MIN(bytes->len, 1000));
    return strstr(head, "FOLDER INTERNAL DATA") != NULL && strstr(head, "X-IMAP: ") != NULL;
}

bool mbox_next(mbox *self, struct mbox_message *message, GError **error)
{
    bool is_there = read_message(self, message, error);
    if (is_there && is_bookkeeping(message->bytes))
        is_there = read_message(self, message, error);
    return is_there;
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
