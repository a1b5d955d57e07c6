/* SPDX-License-Identifier: MIT */
/* See calendar_agenda.h. What was read of a file is kept while the file stays the same; of large ones only what may touch the time is parsed. */
#include "core/calendar_agenda.h"
#include "core/calendar_private.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((goffset)64 * 1024 * 1024)
#define ALL_BYTES_MAX  ((goffset)256 * 1024 * 1024)
#define FILES_MAX      20000u
#define DEPTH_MAX      4
#define ENTRIES_MAX    3u
#define TIMES_MAX      60u
#define LOOK_AHEAD_S   ((int64_t)120 * 24 * 60 * 60)
#define LONGEST_S      ((int64_t)60 * 24 * 60 * 60)

struct span {
    int64_t start_utc, end_utc;
};

struct look {
    agenda *out;
    GArray *times; /* of struct span: when the invitation takes place */
    const struct calendar_event *about;
    guint files;
    goffset bytes;
};

static void entry_free(gpointer data)
{
    struct agenda_entry *self = data;
    g_free(self->title);
    g_free(self);
}

void agenda_free(struct agenda *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->entries);
    g_free(self->why);
    g_free(self);
}

/* --- what overlaps --- */

struct compared {
    struct look *look;
    const struct calendar_event *event;
    GHashTable *moved; /* "uid\nutc" of occurrences that have an entry of their own; NULL: this is one */
};

static bool overlaps(const struct look *look, int64_t start_utc, int64_t end_utc)
{
    for (guint i = 0; i < look->times->len; i++) {
        const struct span *time = &g_array_index(look->times, struct span, i);
        if (start_utc < time->end_utc && end_utc > time->start_utc)
            return true;
    }
    return false;
}

static bool entry_told(int64_t start_utc, int64_t end_utc, void *data)
{
    const struct compared *self = data;
    agenda *out = self->look->out;
    g_autofree char *key = g_strdup_printf("%s\n%" G_GINT64_FORMAT, self->event->uid, start_utc);
    if (!overlaps(self->look, start_utc, MAX(end_utc, start_utc + 1)) || (self->moved != NULL && g_hash_table_contains(self->moved, key)))
        return true;
    if (out->entries->len >= ENTRIES_MAX) {
        out->more++;
        return true;
    }
    struct agenda_entry *entry = g_new0(struct agenda_entry, 1);
    *entry = (struct agenda_entry){ start_utc, end_utc, self->event->start.is_day,
                                    self->event->title != NULL ? calendar_clean(self->event->title) : NULL };
    g_ptr_array_add(out->entries, entry);
    return true;
}

static GHashTable *moved_of(const calendar *from)
{
    GHashTable *moved = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < from->events->len; i++) {
        const struct calendar_event *each = g_ptr_array_index(from->events, i);
        if (each->which.is_set)
            g_hash_table_add(moved, g_strdup_printf("%s\n%" G_GINT64_FORMAT, each->uid, each->which.utc));
    }
    return moved;
}

static void calendar_compare(struct look *look, const calendar *from)
{
    g_autoptr(GHashTable) moved = moved_of(from);
    const struct span *first = &g_array_index(look->times, struct span, 0), *last = first + look->times->len - 1;
    for (guint i = 0; i < from->events->len; i++) {
        const struct calendar_event *each = g_ptr_array_index(from->events, i);
        bool is_same = *each->uid != '\0' && strcmp(each->uid, look->about->uid) == 0;
        look->out->has_event |= is_same;
        if (is_same || each->is_cancelled || each->is_free || each->is_task)
            continue;
        struct compared compared = { look, each, each->which.is_set ? NULL : moved };
        calendar_occurrences(from, each, first->start_utc, last->end_utc, entry_told, &compared);
    }
}

/* --- files --- */

static void complain(struct look *look, const char *path, const char *why)
{
    if (look->out->why == NULL)
        look->out->why = g_strdup_printf("%s: %s", path, why);
}

/* A plain file, whole; a device or a pipe would never end. NULL with errno. */
static char *file_read(const char *path, size_t *size_out)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int saved = errno;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > FILE_BYTES_MAX) {
        saved = fd < 0 ? saved : S_ISREG(status.st_mode) ? EFBIG : EINVAL;
        if (fd >= 0)
            close(fd);
        errno = saved;
        return NULL;
    }
    size_t size = (size_t)status.st_size, used = 0;
    char *bytes = g_malloc(size + 1);
    while (used < size) {
        ssize_t got = read(fd, bytes + used, size - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    close(fd);
    bytes[used] = '\0';
    *size_out = used;
    return bytes;
}

static void file_look(struct look *look, const char *path, int depth)
{
    size_t size = 0;
    g_autofree char *bytes = NULL;
    if (++look->files > FILES_MAX || look->bytes > ALL_BYTES_MAX)
        return;
    bytes = file_read(path, &size);
    if (bytes == NULL && errno == ENOENT && depth == 0) {
        g_autofree char *folder = g_path_get_dirname(path);
        look->out->is_missing = g_file_test(folder, G_FILE_TEST_IS_DIR); /* it can be made there */
        errno = ENOENT;
    }
    if (bytes == NULL && look->out->is_missing)
        return;
    if (bytes == NULL) {
        complain(look, path, g_strerror(errno));
        return;
    }
    look->bytes += (goffset)size;
    g_autofree char *utf8 = g_utf8_validate_len(bytes, size, NULL) ? NULL : g_utf8_make_valid(bytes, (gssize)size);
    const char *text = utf8 != NULL ? utf8 : bytes;
    const struct span *first = &g_array_index(look->times, struct span, 0), *last = first + look->times->len - 1;
    g_autoptr(calendar) found = calendar_parse_between(text, strlen(text), first->start_utc, last->end_utc);
    if (found != NULL)
        calendar_compare(look, found);
}

static void path_look(struct look *look, const char *path, int depth)
{
    g_autoptr(GDir) folder = depth < DEPTH_MAX ? g_dir_open(path, 0, NULL) : NULL;
    const char *name = NULL;
    if (folder == NULL) {
        file_look(look, path, depth);
        return;
    }
    while ((name = g_dir_read_name(folder)) != NULL && look->files < FILES_MAX) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        bool is_calendar = g_str_has_suffix(name, ".ics") || g_str_has_suffix(name, ".ICS");
        if (*name != '.' && (is_calendar || g_file_test(inner, G_FILE_TEST_IS_DIR)))
            path_look(look, inner, depth + 1);
    }
}

/* --- the invitation's own times --- */

static bool time_told(int64_t start_utc, int64_t end_utc, void *data)
{
    GArray *times = data;
    struct span span = { start_utc, CLAMP(end_utc, start_utc + 1, start_utc + LONGEST_S) };
    g_array_append_val(times, span);
    return times->len < TIMES_MAX;
}

static gint compare_entries(gconstpointer a, gconstpointer b)
{
    const struct agenda_entry *first = *(const struct agenda_entry *const *)a, *second = *(const struct agenda_entry *const *)b;
    return first->start_utc < second->start_utc ? -1 : first->start_utc > second->start_utc;
}

static gint compare_spans(gconstpointer a, gconstpointer b)
{
    const struct span *first = a, *second = b;
    return first->start_utc < second->start_utc ? -1 : first->start_utc > second->start_utc;
}

agenda *agenda_read(const char *path, const calendar *invitation, const struct calendar_event *event, int64_t now_utc)
{
    agenda *out = g_new0(agenda, 1);
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(struct span));
    g_autofree char *full = g_str_has_prefix(path, "~/") ? g_build_filename(g_get_home_dir(), path + 2, NULL) : g_strdup(path);
    out->entries = g_ptr_array_new_with_free_func(entry_free);
    int64_t from = MAX(event->start.utc, now_utc - LONGEST_S);
    calendar_occurrences(invitation, event, from, event->has_rule ? MAX(from, now_utc) + LOOK_AHEAD_S : INT64_MAX, time_told, times);
    if (times->len == 0)
        return out;
    g_array_sort(times, compare_spans);
    struct look look = { .out = out, .times = times, .about = event };
    path_look(&look, full, 0);
    g_ptr_array_sort(out->entries, compare_entries);
    return out;
}
