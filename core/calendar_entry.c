/* SPDX-License-Identifier: MIT */
/* See calendar_entry.h. The file is gone through line by line; only where its events begin and end, and which they are, is read. */
#include "core/calendar_entry.h"
#include "core/calendar_private.h"
#include <string.h>

#define DEPTH_MAX      1000000
#define DAY_S          (24 * 60 * 60)
#define DAYS_MAX       1000
#define LINE_BYTES_MAX 75 /* RFC 5545, 3.1 */

struct block {
    size_t start, last_line, end; /* last_line: where END: begins */
    char *uid, *which, *organizer;
    int sequence;
};

struct scan {
    GArray *blocks;    /* of struct block */
    GHashTable *zones; /* name → text */
    size_t end_at;     /* of the last END:VCALENDAR */
    bool is_calendar;
    /* while it runs */
    int depth;
    bool is_in_block, is_in_zone;
    struct block block;
    size_t zone_start;
    char *zone_name;
};

static void block_clear(gpointer data)
{
    struct block *self = data;
    g_free(self->uid);
    g_free(self->which);
    g_free(self->organizer);
    *self = (struct block){ 0 };
}

static void scan_clear(struct scan *self)
{
    g_array_unref(self->blocks);
    g_hash_table_unref(self->zones);
    block_clear(&self->block);
    g_free(self->zone_name);
}

/* --- lines --- */

/* From `at` to behind its end; lines that begin with a blank belong to the one before (RFC 5545, 3.1). */
static size_t line_end(const char *text, size_t length, size_t at)
{
    do {
        const char *end = memchr(text + at, '\n', length - at);
        at = end != NULL ? (size_t)(end - text) + 1 : length;
    } while (at < length && (text[at] == ' ' || text[at] == '\t'));
    return at;
}

static char *line_unfolded(const char *text, size_t start, size_t end)
{
    GString *line = g_string_sized_new(end - start);
    for (size_t i = start; i < end; i++) {
        if (text[i] == '\n' && i + 1 < end && (text[i + 1] == ' ' || text[i + 1] == '\t'))
            i++;
        else if (text[i] != '\r' && text[i] != '\n')
            g_string_append_c(line, text[i]);
    }
    return g_string_free(line, FALSE);
}

/* What stands behind the colon, where the line is that property; NULL: another. Borrowed. */
static const char *value_of(const char *line, const char *name)
{
    size_t length = strlen(name);
    if (g_ascii_strncasecmp(line, name, length) != 0 || (line[length] != ':' && line[length] != ';'))
        return NULL;
    bool is_quoted = false;
    for (const char *at = line + length; *at != '\0'; at++) {
        is_quoted ^= *at == '"';
        if (*at == ':' && !is_quoted)
            return at + 1;
    }
    return NULL;
}

static bool is_word(const char *value, const char *word)
{
    return value != NULL && g_ascii_strcasecmp(value, word) == 0;
}

static void take(char **field, const char *value)
{
    if (value == NULL || *field != NULL)
        return;
    *field = g_strstrip(g_strdup(value));
}

static void organizer_take(struct block *block, const char *value)
{
    if (value != NULL)
        take(&block->organizer, g_ascii_strncasecmp(value, "mailto:", 7) == 0 ? value + 7 : value);
}

/* --- the file --- */

static void line_begins(struct scan *self, const char *name, size_t start)
{
    if (self->depth == 0 && is_word(name, "VCALENDAR"))
        self->is_calendar = true;
    if (self->depth == 1 && (is_word(name, "VEVENT") || is_word(name, "VTODO"))) {
        self->is_in_block = true;
        block_clear(&self->block);
        self->block.start = start;
    } else if (self->depth == 1 && is_word(name, "VTIMEZONE")) {
        self->is_in_zone = true;
        self->zone_start = start;
        g_clear_pointer(&self->zone_name, g_free);
    }
    self->depth = MIN(self->depth + 1, DEPTH_MAX);
}

static void line_ends(struct scan *self, const char *name, const char *text, size_t start, size_t end)
{
    self->depth = MAX(self->depth - 1, 0);
    if (self->depth == 0 && is_word(name, "VCALENDAR"))
        self->end_at = start;
    if (self->depth != 1)
        return;
    if (self->is_in_block) {
        self->block.last_line = start;
        self->block.end = end;
        g_array_append_val(self->blocks, self->block);
        self->block = (struct block){ 0 };
    } else if (self->is_in_zone && self->zone_name != NULL) {
        g_hash_table_replace(self->zones, g_steal_pointer(&self->zone_name), g_strndup(text + self->zone_start, end - self->zone_start));
    }
    self->is_in_block = self->is_in_zone = false;
}

static void line_read(struct scan *self, const char *text, size_t start, size_t end)
{
    g_autofree char *line = line_unfolded(text, start, end);
    const char *begins = value_of(line, "BEGIN"), *ends = value_of(line, "END"), *sequence = NULL;
    if (begins != NULL) {
        line_begins(self, begins, start);
    } else if (ends != NULL) {
        line_ends(self, ends, text, start, end);
    } else if (self->is_in_block && self->depth == 2) {
        take(&self->block.uid, value_of(line, "UID"));
        take(&self->block.which, value_of(line, "RECURRENCE-ID"));
        organizer_take(&self->block, value_of(line, "ORGANIZER"));
        if ((sequence = value_of(line, "SEQUENCE")) != NULL)
            self->block.sequence = (int)CLAMP(g_ascii_strtoll(sequence, NULL, 10), 0, G_MAXINT);
    } else if (self->is_in_zone && self->depth == 2) {
        take(&self->zone_name, value_of(line, "TZID"));
    }
}

static void scan_text(struct scan *self, const char *text)
{
    size_t length = strlen(text);
    *self = (struct scan){ 0 };
    self->blocks = g_array_new(FALSE, FALSE, sizeof(struct block));
    g_array_set_clear_func(self->blocks, block_clear);
    self->zones = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    size_t at = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    for (size_t end = 0; at < length; at = end) {
        end = line_end(text, length, at);
        line_read(self, text, at, end);
    }
}

bool calendar_entry_is_in(const char *text, const char *uid)
{
    struct scan scan;
    bool is_in = false;
    scan_text(&scan, text);
    for (guint i = 0; i < scan.blocks->len; i++)
        is_in |= g_strcmp0(g_array_index(scan.blocks, struct block, i).uid, uid) == 0;
    scan_clear(&scan);
    return is_in;
}

bool calendar_entry_is_calendar(const char *text)
{
    struct scan scan;
    scan_text(&scan, text);
    bool is_calendar = scan.is_calendar && scan.end_at > 0;
    scan_clear(&scan);
    return is_calendar;
}

/* --- changing it --- */

struct edit {
    const char *text;
    const struct calendar_entry *entry;
    struct scan scan;
    bool has_crlf;
    GString *out;
};

static bool is_same(const struct block *block, const char *uid)
{
    return block->uid != NULL && strcmp(block->uid, uid) == 0;
}

static const struct block *block_of(const struct edit *self, const char *which)
{
    for (guint i = 0; i < self->scan.blocks->len; i++) {
        const struct block *each = &g_array_index(self->scan.blocks, struct block, i);
        if (is_same(each, self->entry->uid) && g_strcmp0(each->which, which) == 0)
            return each;
    }
    return NULL;
}

/* Somebody else's event must not be changed by who knows its name; the person's own entry without an organizer neither. */
static enum calendar_saved refusal_of(const struct edit *self)
{
    const struct calendar_entry *entry = self->entry;
    const struct block *same = block_of(self, entry->which);
    for (guint i = 0; i < self->scan.blocks->len; i++) {
        const struct block *each = &g_array_index(self->scan.blocks, struct block, i);
        if (is_same(each, entry->uid) &&
            (each->organizer == NULL || entry->organizer == NULL || g_ascii_strcasecmp(each->organizer, entry->organizer) != 0))
            return CALENDAR_SAVED_FOREIGN;
    }
    return same != NULL && same->sequence > entry->sequence ? CALENDAR_SAVED_NEWER : CALENDAR_SAVED_NOTHING;
}

/* What only follows: a newer version of what is there, or another day of a series that is there. What is there may hold an answer that was given elsewhere. */
static bool is_wanted(const struct edit *self, const struct block *same, bool may_add)
{
    if (may_add)
        return true;
    return same != NULL ? self->entry->sequence > same->sequence : self->entry->which != NULL && block_of(self, NULL) != NULL;
}

/* Line ends as the file has them. */
static void put(struct edit *self, const char *lines)
{
    for (const char *at = lines; *at != '\0'; at++) {
        if (*at == '\n' && self->has_crlf)
            g_string_append_c(self->out, '\r');
        if (*at != '\r')
            g_string_append_c(self->out, *at);
    }
}

static void put_zones(struct edit *self)
{
    const GPtrArray *zones = self->entry->zones;
    for (guint i = 0; zones != NULL && i < zones->len; i++) {
        const struct calendar_entry_zone *zone = g_ptr_array_index(zones, i);
        if (!g_hash_table_contains(self->scan.zones, zone->name))
            put(self, zone->text);
    }
}

static void copy(struct edit *self, size_t from, size_t to)
{
    g_string_append_len(self->out, self->text + from, (gssize)(to - from));
}

/* Where its series says that the occurrence does not take place, which holds no more; NULL: nowhere. */
static const char *left_out_find(const struct edit *self, const char **end_out)
{
    const struct block *series = self->entry->which != NULL ? block_of(self, NULL) : NULL;
    g_autofree char *line = series != NULL && self->entry->left_out != NULL ? g_strchomp(g_strdup(self->entry->left_out)) : NULL;
    const char *found = line != NULL ? g_strstr_len(self->text + series->start, (gssize)(series->end - series->start), line) : NULL;
    const char *end = found != NULL ? found + strlen(line) : NULL;
    if (found == NULL || found[-1] != '\n' || (*end != '\r' && *end != '\n'))
        return NULL;
    *end_out = end + strcspn(end, "\n") + 1;
    return found;
}

/* From there to there, without that line. */
static void copy_without(struct edit *self, size_t from, size_t to, const char *line, const char *line_end)
{
    size_t at = line != NULL ? (size_t)(line - self->text) : to;
    if (line == NULL || at < from || at >= to) {
        copy(self, from, to);
        return;
    }
    copy(self, from, at);
    copy(self, (size_t)(line_end - self->text), to);
}

/* In place of the one that is there, or before the calendar's end. */
static enum calendar_saved put_event(struct edit *self, const struct block *same)
{
    size_t at = same != NULL ? same->start : self->scan.end_at, on = same != NULL ? same->end : at;
    const char *behind = NULL, *left_out = left_out_find(self, &behind);
    copy_without(self, 0, at, left_out, behind);
    put_zones(self);
    put(self, self->entry->text);
    copy_without(self, on, strlen(self->text), left_out, behind);
    return same != NULL ? CALENDAR_SAVED_CHANGED : CALENDAR_SAVED_ADDED;
}

/* --- the series ends --- */

/* A block of the file, read for its times; NULL: it cannot be. */
static calendar *block_read(const struct edit *self, const struct block *block)
{
    g_autoptr(GString) text = g_string_new("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n");
    GHashTableIter iter;
    gpointer zone;
    g_hash_table_iter_init(&iter, self->scan.zones);
    while (g_hash_table_iter_next(&iter, NULL, &zone))
        g_string_append(text, zone);
    g_string_append_len(text, self->text + block->start, (gssize)(block->end - block->start));
    g_string_append(text, "END:VCALENDAR\r\n");
    return calendar_parse(text->str, text->len, NULL);
}

/* The occurrence, or the whole series, begins where all is to go, or behind. */
static bool is_behind(const struct edit *self, const struct block *block)
{
    g_autoptr(calendar) read = block_read(self, block);
    const struct calendar_event *event = read != NULL ? calendar_main_event(read) : NULL;
    const struct calendar_time *at = event == NULL ? NULL : event->which.is_set ? &event->which : &event->start;
    return at != NULL && at->is_set && at->utc >= self->entry->which_utc;
}

/* The last moment before, written as the series wants it (RFC 5545, 3.3.10: like DTSTART, but in UTC where that has a zone). Caller frees; NULL. */
static char *until_of(const struct edit *self, const struct block *series)
{
    g_autoptr(calendar) read = block_read(self, series);
    const struct calendar_entry *entry = self->entry;
    if (read == NULL)
        return NULL;
    const struct calendar_time *start = &calendar_main_event(read)->start;
    bool is_floating = start->zone == NULL && start->has_no_zone;
    int64_t last = start->is_day ? entry->which_wall - DAY_S : is_floating ? entry->which_wall - 1 : entry->which_utc - 1;
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(last);
    const char *form = start->is_day ? "%Y%m%d" : is_floating ? "%Y%m%dT%H%M%S" : "%Y%m%dT%H%M%SZ";
    return when != NULL ? g_date_time_format(when, form) : NULL;
}

/* The line RRULE with that end; NULL: it ends before as it is. Caller frees. */
static char *rule_ended(const char *rule, const char *until)
{
    g_auto(GStrv) parts = g_strsplit(rule, ";", -1);
    g_autoptr(GString) line = g_string_new("RRULE:");
    for (char **part = parts; *part != NULL; part++) {
        if (g_ascii_strncasecmp(*part, "UNTIL=", 6) == 0 && strcmp(*part + 6, until) <= 0)
            return NULL;
        if (**part != '\0' && g_ascii_strncasecmp(*part, "UNTIL=", 6) != 0 && g_ascii_strncasecmp(*part, "COUNT=", 6) != 0)
            g_string_append_printf(line, "%s;", *part);
    }
    g_string_append_printf(line, "UNTIL=%s", until);
    for (gsize at = LINE_BYTES_MAX; at < line->len; at += LINE_BYTES_MAX + 2)
        g_string_insert(line, (gssize)at, "\n ");
    g_string_append_c(line, '\n');
    return g_strdup(line->str);
}

/* One of the days a series names by itself begins where all is to go, or behind. parameters: as they stand in the line. */
static bool is_day_behind(const struct edit *self, const char *parameters, const char *value)
{
    g_auto(GStrv) parts = g_strsplit(parameters, ";VALUE=PERIOD", -1);
    g_autofree char *plain = g_strjoinv("", parts), *day = g_strndup(value, strcspn(value, "/"));
    g_autofree char *text = g_strdup_printf("BEGIN:VEVENT\r\nUID:day\r\nDTSTART%s:%s\r\nEND:VEVENT\r\n", plain, day);
    const struct edit alone = { .text = text, .scan = self->scan, .entry = self->entry };
    const struct block block = { .start = 0, .end = strlen(text) };
    return is_behind(&alone, &block);
}

/* The line RDATE without the days that go, "" with none; NULL: all of them stay. Caller frees. */
static char *days_ended(const struct edit *self, const char *line, const char *values)
{
    g_auto(GStrv) days = g_strsplit(values, ",", DAYS_MAX);
    g_autofree char *parameters = g_strndup(line + strlen("RDATE"), (gsize)(values - line) - strlen("RDATE:"));
    g_autoptr(GString) kept = g_string_new(NULL);
    bool is_changed = false;
    for (char **day = days; *day != NULL; day++) {
        bool is_gone = is_day_behind(self, parameters, *day);
        is_changed |= is_gone;
        if (!is_gone)
            g_string_append_printf(kept, "%s%s", kept->len > 0 ? "," : "", *day);
    }
    if (!is_changed)
        return NULL;
    if (kept->len == 0)
        return g_strdup("");
    g_autoptr(GString) whole = g_string_new(NULL);
    g_string_printf(whole, "RDATE%s:%s", parameters, kept->str);
    for (gsize at = LINE_BYTES_MAX; at < whole->len; at += LINE_BYTES_MAX + 2)
        g_string_insert(whole, (gssize)at, "\n ");
    g_string_append_c(whole, '\n');
    return g_strdup(whole->str);
}

/* True: something of it is otherwise now. */
static bool put_ended(struct edit *self, const struct block *series)
{
    g_autofree char *until = until_of(self, series);
    bool is_changed = false;
    int depth = 0;
    for (size_t at = series->start, end = 0; at < series->end; at = end) {
        end = line_end(self->text, series->end, at);
        g_autofree char *line = line_unfolded(self->text, at, end);
        depth += value_of(line, "BEGIN") != NULL ? 1 : value_of(line, "END") != NULL ? -1 : 0;
        const char *rule = depth == 1 && until != NULL ? value_of(line, "RRULE") : NULL;
        const char *days = depth == 1 && rule == NULL ? value_of(line, "RDATE") : NULL;
        g_autofree char *ended = rule != NULL ? rule_ended(rule, until) : days != NULL ? days_ended(self, line, days) : NULL;
        is_changed |= ended != NULL;
        if (ended != NULL)
            put(self, ended);
        else
            copy(self, at, end);
    }
    return is_changed;
}

static bool goes(const struct edit *self, const struct block *block)
{
    const struct calendar_entry *entry = self->entry;
    if (!is_same(block, entry->uid) || entry->which == NULL)
        return is_same(block, entry->uid);
    return entry->is_onward ? is_behind(self, block) : g_strcmp0(block->which, entry->which) == 0;
}

/* Before its END: that the one occurrence does not take place. True: that was not said there. */
static bool put_left_out(struct edit *self, const struct block *series)
{
    g_autofree char *line = g_strchomp(g_strdup(self->entry->left_out));
    bool is_out = g_strstr_len(self->text + series->start, (gssize)(series->end - series->start), line) != NULL;
    copy(self, series->start, series->last_line);
    if (!is_out)
        put(self, self->entry->left_out);
    copy(self, series->last_line, series->end);
    return !is_out;
}

/* All of the series; or the one, which its series then leaves out; or that and all behind it. */
static enum calendar_saved take_event(struct edit *self)
{
    const struct block *series = self->entry->which != NULL ? block_of(self, NULL) : NULL;
    size_t done = 0;
    bool has_taken = false;
    for (guint i = 0; i < self->scan.blocks->len; i++) {
        const struct block *each = &g_array_index(self->scan.blocks, struct block, i);
        if (goes(self, each)) {
            copy(self, done, each->start);
            done = each->end;
            has_taken = true;
        } else if (each == series && (self->entry->is_onward || self->entry->left_out != NULL)) {
            copy(self, done, each->start);
            has_taken |= self->entry->is_onward ? put_ended(self, each) : put_left_out(self, each);
            done = each->end;
        }
    }
    copy(self, done, strlen(self->text));
    return has_taken ? CALENDAR_SAVED_REMOVED : CALENDAR_SAVED_NOTHING;
}

char *calendar_entry_apply(const char *file, const struct calendar_entry *entry, bool may_add, enum calendar_saved *saved_out,
                           bool *has_events_out)
{
    static const char empty[] = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//postern//postern " POSTERN_VERSION "//EN\r\nEND:VCALENDAR\r\n";
    struct edit edit = { .text = file != NULL && *file != '\0' ? file : empty, .entry = entry, .out = g_string_new(NULL) };
    enum calendar_saved saved = CALENDAR_SAVED_NOTHING;
    scan_text(&edit.scan, edit.text);
    edit.has_crlf = strstr(edit.text, "\r\n") != NULL;
    const struct block *same = block_of(&edit, entry->which);
    saved = refusal_of(&edit);
    if (saved == CALENDAR_SAVED_NOTHING && entry->text == NULL)
        saved = take_event(&edit);
    else if (saved == CALENDAR_SAVED_NOTHING && edit.scan.end_at > 0 && is_wanted(&edit, same, may_add))
        saved = put_event(&edit, same);
    bool is_changed = saved == CALENDAR_SAVED_ADDED || saved == CALENDAR_SAVED_CHANGED || saved == CALENDAR_SAVED_REMOVED;
    is_changed = is_changed && strcmp(edit.out->str, edit.text) != 0;
    if (!is_changed && (saved == CALENDAR_SAVED_CHANGED || saved == CALENDAR_SAVED_REMOVED))
        saved = CALENDAR_SAVED_NOTHING;
    scan_clear(&edit.scan);
    *saved_out = saved;
    scan_text(&edit.scan, edit.out->str);
    *has_events_out = edit.scan.blocks->len > 0;
    scan_clear(&edit.scan);
    return g_string_free(edit.out, !is_changed);
}
