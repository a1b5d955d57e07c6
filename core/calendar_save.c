/* SPDX-License-Identifier: MIT */
/* See calendar_save.h. A file is written anew beside the old one and takes its place; where another program wrote meanwhile, it is read again. */
#include "core/calendar_save.h"
#include "core/calendar_private.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX   ((goffset)64 * 1024 * 1024)
#define ITEM_BYTES_MAX   ((goffset)4 * 1024 * 1024)
#define FILES_MAX        20000u
#define TRIES_MAX        5
#define NAME_BYTES_MAX   150u
#define UID_PREFIX_BYTES 40u

static bool fail(GError **error, const char *path, int code)
{
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code), "%s: %s", path, g_strerror(code));
    return false;
}

/* --- the event's own text --- */

static void zone_free(gpointer data)
{
    struct calendar_entry_zone *self = data;
    g_free(self->name);
    g_free(self->text);
    g_free(self);
}

static char *text_of(icalcomponent *component)
{
    char *text = icalcomponent_as_ical_string_r(component);
    char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
    icalmemory_free_buffer(text);
    return valid;
}

static icalcomponent *zone_component(icalcomponent *root, const char *name)
{
    for (icalcomponent *each = icalcomponent_get_first_component(root, ICAL_VTIMEZONE_COMPONENT); each != NULL;
         each = icalcomponent_get_next_component(root, ICAL_VTIMEZONE_COMPONENT)) {
        icalproperty *own = icalcomponent_get_first_property(each, ICAL_TZID_PROPERTY);
        if (own != NULL && g_strcmp0(icalproperty_get_tzid(own), name) == 0)
            return each;
    }
    return NULL;
}

/* "Customized Time Zone" is another one in every message: it gets a name of its own. NULL: it keeps the one it has. */
static char *own_name(const char *name, const char *text)
{
    bool is_common = g_ascii_strncasecmp(name, "Customized", 10) == 0 || g_str_has_prefix(name, "tzone:");
    g_autofree char *sum = is_common ? g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1) : NULL;
    return is_common ? g_strdup_printf("%s %.8s", name, sum) : NULL;
}

static void zone_take(GPtrArray *zones, icalcomponent *root, icalparameter *tzid)
{
    g_autofree char *name = g_strdup(icalparameter_get_tzid(tzid));
    icalcomponent *found = name != NULL ? zone_component(root, name) : NULL;
    if (found == NULL)
        return;
    icalcomponent *own = icalcomponent_new_clone(found);
    g_autofree char *plain = text_of(own), *better = own_name(name, plain);
    if (better != NULL) {
        icalproperty_set_tzid(icalcomponent_get_first_property(own, ICAL_TZID_PROPERTY), better);
        icalparameter_set_tzid(tzid, better);
    }
    struct calendar_entry_zone *zone = g_new0(struct calendar_entry_zone, 1);
    zone->name = g_strdup(better != NULL ? better : name);
    zone->text = text_of(own);
    icalcomponent_free(own);
    bool is_there = false;
    for (guint i = 0; i < zones->len; i++)
        is_there |= strcmp(((const struct calendar_entry_zone *)g_ptr_array_index(zones, i))->name, zone->name) == 0;
    if (is_there)
        zone_free(zone);
    else
        g_ptr_array_add(zones, zone);
}

static bool is_person(icalproperty *attendee, const char *address)
{
    const char *value = icalproperty_get_attendee(attendee);
    return value != NULL && address != NULL && g_ascii_strncasecmp(value, "mailto:", 7) == 0 && g_ascii_strcasecmp(value + 7, address) == 0;
}

static void answer_set(icalcomponent *event, const struct calendar_save *how)
{
    static const icalparameter_partstat states[] = { [CALENDAR_ACCEPTED] = ICAL_PARTSTAT_ACCEPTED,
                                                     [CALENDAR_TENTATIVE] = ICAL_PARTSTAT_TENTATIVE,
                                                     [CALENDAR_DECLINED] = ICAL_PARTSTAT_DECLINED,
                                                     [CALENDAR_DELEGATED] = ICAL_PARTSTAT_DELEGATED };
    if (how->answer == CALENDAR_NO_ANSWER)
        return;
    for (icalproperty *each = icalcomponent_get_first_property(event, ICAL_ATTENDEE_PROPERTY); each != NULL;
         each = icalcomponent_get_next_property(event, ICAL_ATTENDEE_PROPERTY)) {
        if (!is_person(each, how->address))
            continue;
        icalproperty_remove_parameter_by_kind(each, ICAL_PARTSTAT_PARAMETER);
        icalproperty_remove_parameter_by_kind(each, ICAL_RSVP_PARAMETER);
        icalproperty_add_parameter(each, icalparameter_new_partstat(states[how->answer]));
    }
}

/* What only we put in, and what the format wants. */
static void tidy(icalcomponent *event, const struct calendar_event *from)
{
    g_autoptr(GPtrArray) ours = g_ptr_array_new();
    for (icalproperty *each = icalcomponent_get_first_property(event, ICAL_ANY_PROPERTY); each != NULL;
         each = icalcomponent_get_next_property(event, ICAL_ANY_PROPERTY))
        if (g_strcmp0(icalproperty_get_property_name(each), CALENDAR_MORE) == 0 || icalproperty_isa(each) == ICAL_XLICERROR_PROPERTY)
            g_ptr_array_add(ours, each);
    for (guint i = 0; i < ours->len; i++) {
        icalcomponent_remove_property(event, ours->pdata[i]);
        icalproperty_free(ours->pdata[i]);
    }
    if (from->stamp_utc == 0)
        icalcomponent_add_property(event, icalproperty_new_dtstamp(icaltime_current_time_with_zone(icaltimezone_get_utc_timezone())));
    if (icalcomponent_get_first_property(event, ICAL_SEQUENCE_PROPERTY) == NULL)
        icalcomponent_add_property(event, icalproperty_new_sequence(from->sequence));
}

static char *event_text(const calendar *from, const struct calendar_event *event, const struct calendar_save *how, GPtrArray *zones)
{
    icalcomponent *own = icalcomponent_new_clone(event->component);
    g_autoptr(GPtrArray) parameters = g_ptr_array_new(); /* one walk at a time */
    for (icalproperty *each = icalcomponent_get_first_property(own, ICAL_ANY_PROPERTY); each != NULL;
         each = icalcomponent_get_next_property(own, ICAL_ANY_PROPERTY)) {
        icalparameter *tzid = icalproperty_get_first_parameter(each, ICAL_TZID_PARAMETER);
        if (tzid != NULL)
            g_ptr_array_add(parameters, tzid);
    }
    for (guint i = 0; i < parameters->len; i++)
        zone_take(zones, from->root, parameters->pdata[i]);
    answer_set(own, how);
    tidy(own, event);
    char *text = text_of(own);
    icalcomponent_free(own);
    return text;
}

/* "EXDATE;TZID=…:…", as the occurrence is named; NULL: it is a whole series. */
static char *left_out_line(const struct calendar_event *event)
{
    icalproperty *which = icalcomponent_get_first_property(event->component, ICAL_RECURRENCEID_PROPERTY);
    if (which == NULL)
        return NULL;
    icalproperty *plain = icalproperty_new_clone(which);
    icalproperty_remove_parameter_by_kind(plain, ICAL_RANGE_PARAMETER);
    char *line = icalproperty_as_ical_string_r(plain);
    const char *behind = line != NULL ? line + strcspn(line, ":;") : "";
    char *out = *behind != '\0' ? g_strconcat("EXDATE", behind, NULL) : NULL;
    icalmemory_free_buffer(line);
    icalproperty_free(plain);
    return out;
}

/* --- files --- */

struct version {
    bool is_there;
    struct stat status;
};

static bool file_read(const char *path, goffset bytes_max, char **text_out, struct version *version_out, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), saved = errno;
    *version_out = (struct version){ 0 };
    *text_out = NULL;
    if (fd < 0)
        return saved == ENOENT || fail(error, path, saved);
    version_out->is_there = true;
    if (fstat(fd, &version_out->status) != 0 || !S_ISREG(version_out->status.st_mode) || version_out->status.st_size > bytes_max) {
        close(fd);
        return fail(error, path, S_ISREG(version_out->status.st_mode) ? EFBIG : EINVAL);
    }
    GString *text = g_string_sized_new((gsize)version_out->status.st_size + 1);
    char piece[16 * 1024];
    ssize_t got = 0;
    while ((got = read(fd, piece, sizeof piece)) > 0 || (got < 0 && errno == EINTR)) {
        if (got > 0)
            g_string_append_len(text, piece, got);
        if ((goffset)text->len > bytes_max)
            break;
    }
    saved = errno;
    close(fd);
    bool is_whole = got == 0 && strlen(text->str) == text->len; /* a zero byte: this is no calendar, and would be cut */
    *text_out = g_string_free(text, !is_whole);
    return is_whole || fail(error, path, got < 0 ? saved : EINVAL);
}

static bool is_same_version(const char *path, const struct version *version)
{
    struct stat now;
    if (stat(path, &now) != 0)
        return !version->is_there;
    return version->is_there && now.st_ino == version->status.st_ino && now.st_size == version->status.st_size &&
           now.st_mtim.tv_sec == version->status.st_mtim.tv_sec && now.st_mtim.tv_nsec == version->status.st_mtim.tv_nsec;
}

static bool write_all(int fd, const char *text, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t put = write(fd, text + done, length - done);
        if (put < 0 && errno != EINTR)
            return false;
        done += put > 0 ? (size_t)put : 0;
    }
    return fsync(fd) == 0;
}

static void folder_sync(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

/* *is_late_out: somebody else wrote meanwhile, and nothing was changed. */
static bool file_write(const char *path, const char *text, const struct version *version, bool *is_late_out, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path), *fresh = g_build_filename(folder, ".postern-XXXXXX", NULL);
    int fd = g_mkstemp_full(fresh, O_RDWR | O_CLOEXEC, version->is_there ? (int)(version->status.st_mode & 0777) : 0600), saved = errno;
    if (fd < 0)
        return fail(error, path, saved);
    bool is_written = write_all(fd, text, strlen(text));
    saved = errno;
    if (version->is_there)
        (void)fchmod(fd, version->status.st_mode & 0777);
    close(fd);
    *is_late_out = is_written && !is_same_version(path, version);
    if (is_written && !*is_late_out && rename(fresh, path) == 0) {
        folder_sync(path);
        return true;
    }
    saved = is_written ? errno : saved;
    g_unlink(fresh);
    return *is_late_out ? false : fail(error, path, saved);
}

/* One event a file: with the last event the file goes. */
static bool file_end(const char *path, const struct version *version, bool *is_late_out, GError **error)
{
    *is_late_out = !is_same_version(path, version);
    if (*is_late_out)
        return false;
    if (g_unlink(path) != 0)
        return fail(error, path, errno);
    folder_sync(path);
    return true;
}

/* --- which file --- */

static char *item_name(const char *uid)
{
    bool is_plain = *uid != '\0' && *uid != '.' && strlen(uid) <= NAME_BYTES_MAX &&
                    strspn(uid, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._-") == strlen(uid);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, uid, -1);
    return g_strconcat(is_plain ? uid : sum, ".ics", NULL);
}

static bool file_has(const char *path, const char *uid)
{
    struct version version;
    g_autofree char *text = NULL, *begin = g_strndup(uid, UID_PREFIX_BYTES);
    return file_read(path, ITEM_BYTES_MAX, &text, &version, NULL) && text != NULL && strstr(text, begin) != NULL &&
           calendar_entry_is_in(text, uid);
}

/* Where it is, else where it will be. A folder that holds only folders is not a calendar but several. */
static char *item_path(const char *folder, const char *uid, GError **error)
{
    g_autofree char *name = item_name(uid), *usual = g_build_filename(folder, name, NULL);
    g_autoptr(GDir) entries = g_dir_open(folder, 0, error);
    unsigned files = 0, folders = 0;
    const char *each = NULL;
    if (entries == NULL)
        return NULL;
    if (file_has(usual, uid))
        return g_steal_pointer(&usual);
    while ((each = g_dir_read_name(entries)) != NULL && files < FILES_MAX) {
        g_autofree char *path = g_build_filename(folder, each, NULL);
        bool is_item = *each != '.' && (g_str_has_suffix(each, ".ics") || g_str_has_suffix(each, ".ICS"));
        files += is_item;
        folders += *each != '.' && !is_item && g_file_test(path, G_FILE_TEST_IS_DIR);
        if (is_item && file_has(path, uid))
            return g_steal_pointer(&path);
    }
    if (files == 0 && folders > 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_ISDIR, _("%s holds several calendars; calendar-save is to name one of them."),
                    folder);
        return NULL;
    }
    return g_steal_pointer(&usual);
}

/* --- all together --- */

static void undo_note(struct calendar_undo *undo, const char *path, char **before /* taken */, const char *after)
{
    if (undo == NULL || (undo->path != NULL && strcmp(undo->path, path) != 0))
        return;
    if (undo->path == NULL) {
        undo->path = g_strdup(path);
        undo->before = g_steal_pointer(before);
    }
    g_free(undo->after);
    undo->after = g_strdup(after);
}

void calendar_undo_clear(struct calendar_undo *self)
{
    g_free(self->path);
    g_free(self->before);
    g_free(self->after);
    *self = (struct calendar_undo){ 0 };
}

bool calendar_undo(const struct calendar_undo *self)
{
    struct version version;
    bool is_late = false;
    g_autofree char *now = NULL;
    if (self->path == NULL || !file_read(self->path, FILE_BYTES_MAX, &now, &version, NULL) || g_strcmp0(now, self->after) != 0)
        return false;
    return self->before == NULL ? file_end(self->path, &version, &is_late, NULL)
                                : file_write(self->path, self->before, &version, &is_late, NULL);
}

static bool apply(const char *path, const struct calendar_entry *entry, bool may_add, bool is_item, enum calendar_saved *saved_out,
                  struct calendar_undo *undo, GError **error)
{
    bool is_late = true;
    for (int i = 0; i < TRIES_MAX && is_late; i++) {
        struct version version;
        bool has_events = false;
        g_autofree char *before = NULL;
        if (!file_read(path, FILE_BYTES_MAX, &before, &version, error))
            return false;
        if (before != NULL && *before != '\0' && !calendar_entry_is_calendar(before)) {
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, _("%s is no calendar; nothing was written into it."), path);
            return false;
        }
        g_autofree char *after = calendar_entry_apply(before, entry, may_add, saved_out, &has_events);
        if (after == NULL)
            return true;
        is_late = false;
        bool ends = is_item && !has_events;
        if (ends ? file_end(path, &version, &is_late, error) : file_write(path, after, &version, &is_late, error)) {
            undo_note(undo, path, &before, ends ? NULL : after);
            return true;
        }
        if (!is_late)
            return false;
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN, _("Another program writes %s all the time; nothing was written."), path);
    return false;
}

static bool save_one(const char *path, bool is_folder, const calendar *from, const struct calendar_event *event,
                     const struct calendar_save *how, enum calendar_saved *saved_out, struct calendar_undo *undo, GError **error)
{
    bool goes = how->is_cancelled || event->is_cancelled || how->answer == CALENDAR_DECLINED || how->answer == CALENDAR_DELEGATED;
    g_autoptr(GPtrArray) zones = g_ptr_array_new_with_free_func(zone_free);
    g_autofree char *text = goes ? NULL : event_text(from, event, how, zones), *left_out = left_out_line(event),
                    *item = is_folder ? item_path(path, event->uid, error) : g_strdup(path);
    const struct calendar_entry entry = { .uid = event->uid,
                                          .which = event->occurrence,
                                          .organizer = event->organizer != NULL ? event->organizer->address : NULL,
                                          .sequence = event->sequence,
                                          .text = text,
                                          .left_out = left_out,
                                          .is_onward = event->which.is_set && !event->is_only_this,
                                          .which_utc = event->which.utc,
                                          .which_wall = event->which.wall,
                                          .zones = zones };
    return item != NULL && apply(item, &entry, how->answer != CALENDAR_NO_ANSWER, is_folder, saved_out, undo, error);
}

bool calendar_save(const calendar *from, const struct calendar_event *event, const struct calendar_save *how,
                   enum calendar_saved *saved_out, struct calendar_undo *undo_out, GError **error)
{
    g_autofree char *full =
        g_str_has_prefix(how->path, "~/") ? g_build_filename(g_get_home_dir(), how->path + 2, NULL) : g_strdup(how->path);
    char *real = realpath(full, NULL); /* a link stays one: what it points to is written */
    g_autofree char *path = g_strdup(real != NULL ? real : full);
    free(real);
    if (g_file_test(path, G_FILE_TEST_IS_SYMLINK)) /* what it points to is not there: it would be lost */
        return fail(error, path, ENOENT);
    bool is_folder = g_file_test(path, G_FILE_TEST_IS_DIR);
    enum calendar_saved all = CALENDAR_SAVED_NOTHING;
    for (guint i = 0; i < from->events->len; i++) {
        const struct calendar_event *each = g_ptr_array_index(from->events, i);
        enum calendar_saved one = CALENDAR_SAVED_NOTHING;
        if (*each->uid == '\0' || strcmp(each->uid, event->uid) != 0 || (event->occurrence != NULL && each != event))
            continue;
        if (!save_one(path, is_folder, from, each, how, &one, undo_out, error))
            return false;
        all = all == CALENDAR_SAVED_NOTHING ? one : all;
    }
    *saved_out = all;
    return true;
}
