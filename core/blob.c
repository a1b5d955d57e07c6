/* SPDX-License-Identifier: MIT */
/* Message files: Maildir (https://cr.yp.to/proto/maildir.html) with fsync, and the cache without. */
#include "core/blob.h"
#include "core/blob_names.h"
#include "core/blob_seal.h"
#include "config/paths.h"
#include "core/store_message.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(GError **error, const char *what, const char *path)
{
    int saved = errno;
    enum store_error code = STORE_ERROR_OTHER;
    if (saved == ENOSPC || saved == EDQUOT || saved == EROFS || saved == EACCES || saved == EPERM)
        code = STORE_ERROR_FULL;
    if (saved == ENOENT)
        code = STORE_ERROR_MISSING;
    g_set_error(error, STORE_ERROR, (gint)code, _("%s %s failed: %s. Nothing was changed."), what, path, g_strerror(saved));
    return false;
}

/* --- durable files --- */
static bool sync_directory(const char *directory, GError **error)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (!ok)
        fail(error, _("Saving"), directory);
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        size -= (size_t)done;
    }
    return true;
}

static bool write_file(const char *path, const void *bytes, size_t size, bool is_synced, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(error, _("Writing"), path);
    bool ok = write_all(fd, bytes, size) && (!is_synced || fsync(fd) == 0);
    int saved = errno;
    if (ok && !is_synced) {
        struct blob_sum sum = BLOB_SUM_NEW;
        blob_sum_add(&sum, bytes, size);
        blob_seal(fd, &sum);
    }
    if (close(fd) != 0 && ok) {
        saved = errno;
        ok = false;
    }
    if (ok)
        return true;
    unlink(path);
    errno = saved;
    return fail(error, _("Writing"), path);
}

/* --- Maildir --- */
static char *flag_letters(unsigned flags)
{
    static const struct {
        unsigned flag;
        char letter;
    } letters[] = {
        /* in ASCII order, as the format wants it */
        { MESSAGE_DRAFT, 'D' },    { MESSAGE_FLAGGED, 'F' }, { MESSAGE_FORWARDED, 'P' },
        { MESSAGE_ANSWERED, 'R' }, { MESSAGE_SEEN, 'S' },    { MESSAGE_DELETED, 'T' },
    };
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(letters); i++) {
        if (flags & letters[i].flag)
            g_string_append_c(text, letters[i].letter);
    }
    return g_string_free(text, FALSE);
}

static unsigned flags_of(const char *name)
{
    static const char letters[] = "DFPRST";
    static const unsigned flags[] = { MESSAGE_DRAFT, MESSAGE_FLAGGED, MESSAGE_FORWARDED, MESSAGE_ANSWERED, MESSAGE_SEEN, MESSAGE_DELETED };
    const char *info = strstr(name, ":2,");
    unsigned all = 0;
    for (const char *p = info != NULL ? info + 3 : ""; *p != '\0'; p++) {
        const char *found = strchr(letters, *p);
        if (found != NULL)
            all |= flags[found - letters];
    }
    return all;
}

unsigned blob_maildir_flags(const char *path)
{
    const char *name = strrchr(path, '/');
    return flags_of(name != NULL ? name + 1 : path);
}

/* time, process, delivery of the process, and 32 random bits for computers that share the directory; a host's name might hold '/' or ':'. */
static char *unique_name(void)
{
    static atomic_uint counter;
    gint64 now = g_get_real_time();
    return g_strdup_printf("%" G_GINT64_FORMAT ".M%06dP%dQ%uR%08x.postern", now / G_USEC_PER_SEC, (int)(now % G_USEC_PER_SEC),
                           (int)getpid(), atomic_fetch_add(&counter, 1), g_random_int());
}

/* A name from outside this file becomes part of a path. */
static bool is_file_name(const char *file)
{
    return *file != '\0' && *file != '.' && strpbrk(file, "/:") == NULL && strlen(file) <= NAME_MAX;
}

/* A directory that was just made must itself survive a power cut: its parent is synced too. */
bool blob_maildir_make(const char *maildir, GError **error)
{
    static const char *const parts[] = { "tmp", "new", "cur" };
    g_autofree char *last = g_build_filename(maildir, "cur", NULL), *parent = g_path_get_dirname(maildir);
    if (g_file_test(last, G_FILE_TEST_IS_DIR))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_build_filename(maildir, parts[i], NULL);
        if (g_mkdir_with_parents(path, 0700) != 0)
            return fail(error, _("Making the directory"), path);
    }
    return sync_directory(maildir, error) && sync_directory(parent, error);
}

bool blob_maildir_deliver(const char *maildir, const void *bytes, size_t size, unsigned flags, char **file_out, GError **error)
{
    g_autofree char *name = unique_name(), *letters = flag_letters(flags);
    g_autofree char *full = flags != 0 ? g_strdup_printf("%s:2,%s", name, letters) : g_strdup(name);
    g_autofree char *tmp = g_build_filename(maildir, "tmp", name, NULL);
    g_autofree char *directory = g_build_filename(maildir, flags != 0 ? "cur" : "new", NULL);
    g_autofree char *path = g_build_filename(directory, full, NULL);
    if (!blob_maildir_make(maildir, error) || !write_file(tmp, bytes, size, true, error))
        return false;
    if (rename(tmp, path) != 0) {
        fail(error, _("Saving"), path);
        unlink(tmp);
        return false;
    }
    if (!sync_directory(directory, error))
        return false;
    if (file_out != NULL)
        *file_out = g_steal_pointer(&name);
    return true;
}

static char *base_name(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon != NULL ? g_strndup(name, (gsize)(colon - name)) : g_strdup(name);
}

struct found {
    const char *wanted;
    char *path;
    blob_names *names;
};

static bool find_one(void *data, const char *file, unsigned flags, const char *path)
{
    struct found *found = data;
    (void)flags;
    blob_names_add(found->names, file);
    if (strcmp(file, found->wanted) == 0)
        found->path = g_strdup(path);
    return found->path == NULL;
}

/* The name with the flags of which mask has the bits; NULL: there is no such file. */
static char *find_with_flags(const char *maildir, const char *file, unsigned mask)
{
    static const char letters[] = "DFPRST"; /* in the order in which they stand */
    char info[sizeof letters] = "";
    size_t length = 0;
    for (unsigned i = 0; i < sizeof letters - 1; i++)
        if (mask & 1u << i)
            info[length++] = letters[i];
    g_autofree char *path = g_strconcat(maildir, "/cur/", file, ":2,", info, NULL);
    return access(path, F_OK) == 0 ? g_steal_pointer(&path) : NULL;
}

/* Names with all flags there are are tried before a directory of a hundred thousand is read: then it is gone, or has keywords in its name. */
char *blob_maildir_find(const char *maildir, const char *file)
{
    static const char *const bare[] = { "/new/", "/cur/" };
    char *path = NULL;
    if (!is_file_name(file))
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(bare); i++) {
        g_autofree char *plain = g_strconcat(maildir, bare[i], file, NULL);
        if (access(plain, F_OK) == 0)
            return g_steal_pointer(&plain);
    }
    if (blob_names_lack(maildir, file))
        return NULL;
    for (unsigned mask = 0; path == NULL && mask < 64; mask++)
        path = find_with_flags(maildir, file, mask);
    if (path != NULL)
        return path;
    struct found found = { .wanted = file, .names = blob_names_begin(maildir) };
    if (blob_maildir_each(maildir, find_one, &found, NULL) && found.path == NULL)
        blob_names_end(found.names);
    else
        blob_names_drop(found.names);
    return found.path;
}

bool blob_maildir_each(const char *maildir, bool (*each)(void *data, const char *file, unsigned flags, const char *path), void *data,
                       GError **error)
{
    static const char *const parts[] = { "cur", "new" };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *directory = g_build_filename(maildir, parts[i], NULL);
        g_autoptr(GDir) entries = g_dir_open(directory, 0, error);
        const char *name;
        if (entries == NULL) {
            g_prefix_error(error, "%s: ", maildir);
            return false;
        }
        while ((name = g_dir_read_name(entries)) != NULL) {
            g_autofree char *file = base_name(name), *path = g_build_filename(directory, name, NULL);
            if (*name != '.' && !each(data, file, flags_of(name), path))
                return true;
        }
    }
    return true;
}

/* The small letters are keywords (core/maildir_words); keywords NULL: those of the old name stay. */
static char *name_with_flags(const char *old_name, const char *file, unsigned flags, const char *keywords)
{
    const char *info = strstr(old_name, ":2,");
    g_autofree char *letters = flag_letters(flags);
    g_autoptr(GString) name = g_string_new(file);
    g_string_append_printf(name, ":2,%s", letters);
    for (const char *at = keywords != NULL ? keywords : info != NULL ? info + 3 : ""; *at != '\0'; at++)
        if (g_ascii_islower(*at))
            g_string_append_c(name, *at);
    return g_string_free(g_steal_pointer(&name), FALSE);
}

static bool rename_into(const char *from, const char *maildir, const char *file, unsigned flags, const char *keywords, GError **error)
{
    g_autofree char *old_name = g_path_get_basename(from), *name = name_with_flags(old_name, file, flags, keywords);
    g_autofree char *to = g_build_filename(maildir, "cur", name, NULL);
    return strcmp(from, to) == 0 || rename(from, to) == 0 || fail(error, _("Renaming"), from);
}

/* Not synced: after a power cut a flag may be as it was before; the message itself is never at risk. */
bool blob_maildir_set_flags(const char *maildir, const char *file, unsigned flags, GError **error)
{
    g_autofree char *path = blob_maildir_find(maildir, file);
    if (path != NULL)
        return rename_into(path, maildir, file, flags, NULL, error);
    errno = ENOENT;
    return fail(error, _("Changing"), file);
}

bool blob_maildir_set_letters(const char *maildir, const char *file, const char *letters, GError **error)
{
    g_autofree char *path = blob_maildir_find(maildir, file), *name = path != NULL ? g_path_get_basename(path) : NULL;
    if (path != NULL)
        return rename_into(path, maildir, file, flags_of(name), letters, error);
    errno = ENOENT;
    return fail(error, _("Changing"), file);
}

bool blob_maildir_move(const char *from_maildir, const char *file, const char *to_maildir, GError **error)
{
    g_autofree char *path = blob_maildir_find(from_maildir, file);
    if (path == NULL) {
        g_autofree char *there = blob_maildir_find(to_maildir, file);
        errno = ENOENT;
        return there != NULL || fail(error, _("Moving"), file); /* moved already, before a crash */
    }
    g_autofree char *name = g_path_get_basename(path), *from = g_path_get_dirname(path), *to = g_build_filename(to_maildir, "cur", NULL);
    /* Where it comes to is synced first: it may be in both places for a moment, never in none. */
    return blob_maildir_make(to_maildir, error) && rename_into(path, to_maildir, file, flags_of(name), NULL, error) &&
           sync_directory(to, error) && sync_directory(from, error);
}

bool blob_maildir_remove(const char *maildir, const char *file, GError **error)
{
    g_autofree char *path = blob_maildir_find(maildir, file);
    return path == NULL || unlink(path) == 0 || errno == ENOENT || fail(error, _("Deleting"), path);
}

/* --- cache --- */
/* "1.2", "TEXT", "1.MIME": what a server could be asked for, and nothing that means something in a path. */
static bool is_section(const char *section)
{
    return g_ascii_isalnum(*section) && strlen(section) < 64 && strspn(section, "0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(section);
}

char *blob_cache_path(const char *account_key, int64_t message_id, const char *section)
{
    if (section != NULL && !is_section(section))
        return NULL;
    g_autofree char *directory = paths_cache_directory(account_key);
    /* A hundred directories: none grows too long to be listed quickly. */
    g_autofree char *bucket = g_strdup_printf("%02d", (int)(ABS(message_id) % 100));
    g_autofree char *name =
        g_strdup_printf("%" G_GINT64_FORMAT "%s%s", message_id, section != NULL ? "." : "", section != NULL ? section : "");
    return g_build_filename(directory, bucket, name, NULL);
}

bool blob_cache_put(const char *account_key, int64_t message_id, const char *section, const void *bytes, size_t size, GError **error)
{
    g_autofree char *path = blob_cache_path(account_key, message_id, section);
    if (path == NULL) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("“%s” is not a part of a message."), section);
        return false;
    }
    g_autofree char *directory = g_path_get_dirname(path), *name = unique_name(), *tmp = g_build_filename(directory, name, NULL);
    if (!paths_make(directory, error) || !write_file(tmp, bytes, size, false, error))
        return false;
    if (rename(tmp, path) == 0)
        return true;
    fail(error, _("Saving"), path);
    unlink(tmp);
    return false;
}

bool blob_is_cached(const char *path)
{
    return blob_is_whole(path);
}

/* Asking is what comes before reading: the time is noted, so that the oldest-read go first (file systems often do not note it themselves). */
bool blob_cache_has(const char *account_key, int64_t message_id, const char *section)
{
    static const struct timespec times[] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_OMIT } };
    g_autofree char *path = blob_cache_path(account_key, message_id, section);
    if (path == NULL || !blob_is_cached(path))
        return false;
    utimensat(AT_FDCWD, path, times, 0); /* a failure only makes it look older */
    return true;
}

struct cached {
    char *path;
    int64_t read_at, size;
};

static int64_t nanoseconds(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int oldest_first(gconstpointer left, gconstpointer right)
{
    const struct cached *a = left, *b = right;
    return a->read_at < b->read_at ? -1 : a->read_at > b->read_at;
}

static int64_t list_bucket(const char *directory, GArray *files)
{
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;
    int64_t total = 0;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        struct stat status;
        struct cached file = { .path = g_build_filename(directory, name, NULL) };
        if (stat(file.path, &status) != 0 || !S_ISREG(status.st_mode)) {
            g_free(file.path);
            continue;
        }
        file.read_at =
            nanoseconds(status.st_atim) > nanoseconds(status.st_mtim) ? nanoseconds(status.st_atim) : nanoseconds(status.st_mtim);
        file.size = status.st_size;
        total += file.size;
        g_array_append_val(files, file);
    }
    return total;
}

static void cached_clear(gpointer data)
{
    g_free(((struct cached *)data)->path);
}

/* "123" is a message, "123.1.2" a part of one, "123.tmp7" what a program left that was killed. */
static int64_t message_of(const char *path)
{
    const char *name = strrchr(path, '/');
    guint64 id = 0;
    return name != NULL && g_ascii_string_to_unsigned(name + 1, 10, 1, G_MAXINT64, &id, NULL) ? (int64_t)id : 0;
}

static void forget_in(const char *directory, GHashTable *ids)
{
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        int64_t id = 0;
        char *behind = NULL;
        id = g_ascii_strtoll(name, &behind, 10);
        if (behind != name && (*behind == '\0' || *behind == '.') && g_hash_table_contains(ids, &id))
            unlink(path); /* at worst it goes with the oldest */
    }
}

void blob_cache_forget(const char *account_key, const int64_t *message_ids, size_t count)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_int64_hash, g_int64_equal),
                          directories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer directory;
    for (size_t i = 0; i < count; i++) {
        g_autofree char *path = blob_cache_path(account_key, message_ids[i], NULL);
        g_hash_table_add(ids, (gpointer)&message_ids[i]);
        g_hash_table_add(directories, g_path_get_dirname(path));
    }
    g_hash_table_iter_init(&iter, directories);
    while (g_hash_table_iter_next(&iter, &directory, NULL))
        forget_in(directory, ids);
}

/* Those that are kept leave the list. How many bytes the others have. */
static int64_t leave_out_kept(GArray *files, bool (*is_kept)(void *data, int64_t message_id), void *data)
{
    int64_t total = 0;
    for (guint i = files->len; i-- > 0;) {
        const struct cached *file = &g_array_index(files, struct cached, i);
        int64_t id = message_of(file->path);
        int64_t size = file->size;
        if (is_kept != NULL && id != 0 && is_kept(data, id))
            g_array_remove_index_fast(files, i);
        else
            total += size;
    }
    return total;
}

bool blob_cache_evict_but(const char *account_key, uint64_t limit_bytes, bool (*is_kept)(void *data, int64_t message_id), void *data,
                          GError **error)
{
    g_autofree char *root = paths_cache_directory(account_key);
    g_autoptr(GDir) buckets = g_dir_open(root, 0, NULL);
    g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(struct cached));
    const char *name;
    int64_t total = 0;
    g_array_set_clear_func(files, cached_clear);
    while (buckets != NULL && (name = g_dir_read_name(buckets)) != NULL) {
        g_autofree char *directory = g_build_filename(root, name, NULL);
        total += list_bucket(directory, files);
    }
    if ((uint64_t)total <= limit_bytes)
        return true;
    total = leave_out_kept(files, is_kept, data);
    g_array_sort(files, oldest_first);
    for (guint i = 0; i < files->len && (uint64_t)total > limit_bytes; i++) {
        const struct cached *file = &g_array_index(files, struct cached, i);
        if (unlink(file->path) != 0 && errno != ENOENT)
            return fail(error, _("Deleting"), file->path);
        total -= file->size;
    }
    return true;
}

bool blob_cache_evict(const char *account_key, uint64_t limit_bytes, GError **error)
{
    return blob_cache_evict_but(account_key, limit_bytes, NULL, NULL, error);
}
