/* SPDX-License-Identifier: MIT */
/* Records in a sealed file, and the one key that opens it. */
#include "config/secret_file.h"
#include "config/ini.h"
#include "config/paths.h"
#include "config/secret_seal_private.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX   (1024u * 1024u)
#define SECRET_BYTES_MAX (32u * 1024u)
#define PAD_BYTES        512u /* lengths of passwords are nobody's business */
#define LOCK_TRIES       250
#define LOCK_PAUSE_US    20000

/* The file as it was read, or is to be written. */
typedef struct contents {
    unsigned char *bytes;
    size_t length;
    struct seal_head head;
    GString *records; /* opened; see next_record() */
} contents;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
    struct seal_head head; /* of the file that the key opens */
    unsigned char *key;    /* a page of its own; NULL: locked */
} kept;

char *secret_file_path(void)
{
    return paths_data_file("secrets/encrypted");
}

static void records_free(GString *records)
{
    if (records == NULL)
        return;
    explicit_bzero(records->str, records->allocated_len);
    g_string_free(records, TRUE);
}

static void contents_clear(struct contents *self)
{
    g_free(self->bytes);
    records_free(self->records);
    *self = (struct contents){ 0 };
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(contents, contents_clear)

/* --- the key --- */
/* Not to the swap, not into a core file, not into children. What the system refuses of that is done without. */
static unsigned char *key_page_new(const unsigned char key[SEAL_KEY_BYTES])
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return NULL;
    (void)mlock(page, size);
    (void)madvise(page, size, MADV_DONTDUMP);
    (void)madvise(page, size, MADV_WIPEONFORK);
    memcpy(page, key, SEAL_KEY_BYTES);
    return page;
}

static void forget_key(void)
{
    if (kept.key == NULL)
        return;
    OPENSSL_cleanse(kept.key, SEAL_KEY_BYTES);
    munmap(kept.key, (size_t)sysconf(_SC_PAGESIZE));
    kept.key = NULL;
}

static void keep_key(const struct seal_head *head, const unsigned char key[SEAL_KEY_BYTES])
{
    pthread_mutex_lock(&mutex);
    forget_key();
    kept.head = *head;
    kept.key = key_page_new(key);
    pthread_mutex_unlock(&mutex);
}

void secret_file_lock(void)
{
    pthread_mutex_lock(&mutex);
    forget_key();
    pthread_mutex_unlock(&mutex);
}

static bool take_key(const struct seal_head *head, unsigned char key_out[SEAL_KEY_BYTES])
{
    pthread_mutex_lock(&mutex);
    bool is_open = kept.key != NULL && memcmp(&kept.head, head, sizeof *head) == 0;
    if (is_open)
        memcpy(key_out, kept.key, SEAL_KEY_BYTES);
    pthread_mutex_unlock(&mutex);
    return is_open;
}

/* --- reading --- */
static bool fail_errno(const char *path, GError **error)
{
    int saved = errno;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_READ, _("Reading %s failed: %s"), path, g_strerror(saved));
    return false;
}

static bool read_bytes(int fd, const char *path, struct contents *contents, GError **error)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return fail_errno(path, error);
    if ((status.st_mode & 077) != 0) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_PERMISSION, _("Others can read %s, so postern does not use it. Run: chmod 600 %s"),
                    path, path);
        return false;
    }
    size_t room = (size_t)CLAMP(status.st_size, 0, (off_t)FILE_BYTES_MAX);
    contents->bytes = g_malloc(room + 1);
    ssize_t done = 1;
    while (contents->length < room && done != 0) {
        done = read(fd, contents->bytes + contents->length, room - contents->length);
        if (done < 0 && errno != EINTR)
            return fail_errno(path, error);
        contents->length += done > 0 ? (size_t)done : 0;
    }
    return true;
}

/* False: with error, or without one when there is no file. */
static bool read_file(struct contents *contents, GError **error)
{
    g_autofree char *path = secret_file_path();
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? false : fail_errno(path, error);
    bool is_read = read_bytes(fd, path, contents, error) && seal_read_head(contents->bytes, contents->length, path, &contents->head, error);
    close(fd);
    return is_read;
}

static bool fail_changed(GError **error)
{
    g_autofree char *path = secret_file_path();
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET,
                _("%s was changed by somebody who does not know the passphrase, so postern does not use it. Put back a copy of it, or move "
                  "it away and "
                  "give the passwords again."),
                path);
    return false;
}

static bool open_records(struct contents *contents, const unsigned char key[SEAL_KEY_BYTES], GError **error)
{
    unsigned char *plain = NULL;
    size_t length = 0;
    if (!seal_open(contents->bytes, contents->length, key, &plain, &length))
        return fail_changed(error);
    contents->records = g_string_sized_new(length + SECRET_BYTES_MAX + 1024); /* never grows: what grows leaves a copy behind */
    g_string_append_len(contents->records, (const char *)plain, (gssize)length);
    explicit_bzero(plain, length);
    g_free(plain);
    return true;
}

static bool fail_locked(GError **error)
{
    g_set_error(
        error, CONFIG_ERROR, CONFIG_ERROR_LOCKED, "%s",
        _("The file of secrets is locked: its passphrase is needed. postern asks for it at a terminal; passphrase-command in postern.conf "
          "answers where there is none."));
    return false;
}

/* False without error: there is no file. */
static bool open_file(struct contents *contents, GError **error)
{
    unsigned char key[SEAL_KEY_BYTES];
    if (!read_file(contents, error))
        return false;
    bool is_open = take_key(&contents->head, key) ? open_records(contents, key, error) : fail_locked(error);
    explicit_bzero(key, sizeof key);
    return is_open;
}

/* --- records: 2 bytes length of the name (0: the end), name, 2 bytes length of the secret, secret --- */
struct record {
    size_t begin, end;
    const char *name, *secret;
    size_t name_length, secret_length;
};

static bool take_text(const GString *records, size_t *at, const char **text_out, size_t *length_out)
{
    if (records->len - *at < 2)
        return false;
    const unsigned char *p = (const unsigned char *)records->str + *at;
    *length_out = (size_t)p[0] << 8 | p[1];
    *text_out = (const char *)p + 2;
    if (records->len - *at - 2 < *length_out)
        return false;
    *at += 2 + *length_out;
    return true;
}

static bool next_record(const GString *records, struct record *record)
{
    size_t at = record->begin = record->end;
    bool is_there = take_text(records, &at, &record->name, &record->name_length) && record->name_length > 0 &&
                    take_text(records, &at, &record->secret, &record->secret_length);
    record->end = is_there ? at : record->begin;
    return is_there;
}

static bool find_record(const GString *records, const char *name, struct record *record)
{
    *record = (struct record){ 0 };
    while (next_record(records, record)) {
        if (record->name_length == strlen(name) && memcmp(record->name, name, record->name_length) == 0)
            return true;
    }
    return false; /* record: the end */
}

static void append_text(GString *records, const char *text)
{
    size_t length = strlen(text);
    g_string_append_c(records, (char)(length >> 8));
    g_string_append_c(records, (char)(length & 0xff));
    g_string_append_len(records, text, (gssize)length);
}

/* secret NULL: without it. */
static void set_record(GString *records, const char *name, const char *secret)
{
    struct record record;
    if (find_record(records, name, &record))
        g_string_erase(records, (gssize)record.begin, (gssize)(record.end - record.begin));
    find_record(records, "", &record); /* no record has that name: the end */
    g_string_truncate(records, record.begin);
    if (secret != NULL) {
        append_text(records, name);
        append_text(records, secret);
    }
    size_t wanted = (records->len + 2 + PAD_BYTES - 1) / PAD_BYTES * PAD_BYTES;
    while (records->len < wanted)
        g_string_append_c(records, '\0');
}

/* --- writing --- */
static bool write_records(const struct seal_head *head, const unsigned char key[SEAL_KEY_BYTES], const GString *records, GError **error)
{
    g_autofree char *path = secret_file_path();
    g_autofree unsigned char *bytes = NULL;
    size_t length = 0;
    if (records->len > FILE_BYTES_MAX / 2) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, _("%s is full."), path);
        return false;
    }
    return seal_close(head, key, (const unsigned char *)records->str, records->len, &bytes, &length, error) &&
           ini_write_file(path, (const char *)bytes, length, 0600, error);
}

/* The lock of the writers; -1 with error. A process that holds it for seconds is stopped or broken. */
static int hold(GError **error)
{
    g_autofree char *path = secret_file_path(), *lock = g_strconcat(path, ".lock", NULL), *directory = g_path_get_dirname(path);
    if (!paths_make(directory, error))
        return -1;
    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool is_held = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
    for (int i = 0; fd >= 0 && !is_held && errno == EWOULDBLOCK && i < LOCK_TRIES; i++) {
        g_usleep(LOCK_PAUSE_US);
        is_held = flock(fd, LOCK_EX | LOCK_NB) == 0;
    }
    if (is_held)
        return fd;
    fail_errno(lock, error);
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool change_record(const char *account_id, const char *direction, const char *secret, GError **error)
{
    g_autofree char *name = g_strdup_printf("%s/%s", account_id, direction);
    g_auto(contents) file = { 0 };
    unsigned char key[SEAL_KEY_BYTES];
    GError *why = NULL;
    if (!open_file(&file, &why)) {
        if (why != NULL)
            g_propagate_error(error, why);
        return why == NULL && secret == NULL ? true : why == NULL ? fail_locked(error) : false;
    }
    set_record(file.records, name, secret);
    bool is_kept = take_key(&file.head, key) ? write_records(&file.head, key, file.records, error) : fail_locked(error);
    explicit_bzero(key, sizeof key);
    return is_kept;
}

/* --- what others ask for --- */
enum secret_file_state secret_file_state(void)
{
    g_auto(contents) file = { 0 };
    unsigned char key[SEAL_KEY_BYTES];
    g_autoptr(GError) why = NULL;
    if (!read_file(&file, &why))
        return why == NULL ? SECRET_FILE_NONE : SECRET_FILE_LOCKED; /* unlocking will say what is wrong */
    bool is_open = take_key(&file.head, key);
    explicit_bzero(key, sizeof key);
    return is_open ? SECRET_FILE_OPEN : SECRET_FILE_LOCKED;
}

static bool check_new(const char *passphrase, GError **error)
{
    if (g_utf8_strlen(passphrase, -1) >= (glong)SECRET_PASSPHRASE_LEAST)
        return true;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_PASSPHRASE,
                g_dngettext(GETTEXT_PACKAGE, "A passphrase has at least %u character. A few words are a good one.",
                            "A passphrase has at least %u characters. A few words are a good one.", SECRET_PASSPHRASE_LEAST),
                SECRET_PASSPHRASE_LEAST);
    return false;
}

/* A new salt, a new key, the same records. */
static bool write_anew(const char *passphrase, const GString *records, GError **error)
{
    struct seal_head head;
    unsigned char key[SEAL_KEY_BYTES];
    bool is_written = check_new(passphrase, error) && seal_new_head(&head, error) &&
                      seal_derive(&head, passphrase, key, head.check, error) && write_records(&head, key, records, error);
    if (is_written)
        keep_key(&head, key);
    explicit_bzero(key, sizeof key);
    return is_written;
}

/* Opens contents, which were read, and keeps the key. */
static bool try_passphrase(struct contents *contents, const char *passphrase, GError **error)
{
    unsigned char key[SEAL_KEY_BYTES], check[SEAL_CHECK_BYTES];
    bool is_good = seal_derive(&contents->head, passphrase, key, check, error);
    if (is_good && CRYPTO_memcmp(check, contents->head.check, sizeof check) != 0) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_PASSPHRASE, _("That is not the passphrase of the file of secrets."));
        is_good = false;
    }
    is_good = is_good && open_records(contents, key, error);
    if (is_good)
        keep_key(&contents->head, key);
    explicit_bzero(key, sizeof key);
    explicit_bzero(check, sizeof check);
    return is_good;
}

bool secret_file_unlock(const char *passphrase, GError **error)
{
    g_auto(contents) file = { 0 };
    GError *why = NULL;
    if (read_file(&file, &why))
        return try_passphrase(&file, passphrase, error);
    if (why != NULL)
        return g_propagate_error(error, why), false;
    int lock = hold(error);
    if (lock < 0)
        return false;
    bool is_new = !read_file(&file, &why); /* another process may have made it meanwhile */
    g_clear_error(&why);
    file.records = is_new ? g_string_new(NULL) : NULL;
    if (is_new)
        set_record(file.records, "", NULL);
    bool is_open = is_new ? write_anew(passphrase, file.records, error) : try_passphrase(&file, passphrase, error);
    close(lock);
    return is_open;
}

bool secret_file_change(const char *old, const char *passphrase, GError **error)
{
    g_auto(contents) file = { 0 };
    GError *why = NULL;
    int lock = hold(error);
    if (lock < 0)
        return false;
    bool is_there = read_file(&file, &why);
    bool is_changed = is_there && try_passphrase(&file, old, error) && write_anew(passphrase, file.records, error);
    if (why != NULL)
        g_propagate_error(error, why);
    else if (!is_there)
        fail_locked(error);
    close(lock);
    return is_changed;
}

char *secret_file_get(const char *account_id, const char *direction, GError **error)
{
    g_autofree char *name = g_strdup_printf("%s/%s", account_id, direction);
    g_auto(contents) file = { 0 };
    struct record record;
    GError *why = NULL;
    bool is_open = open_file(&file, &why);
    if (why != NULL)
        return g_propagate_error(error, why), NULL;
    if (is_open && find_record(file.records, name, &record))
        return g_strndup(record.secret, record.secret_length);
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_MISSING, _("The password is not in the file of secrets yet."));
    return NULL;
}

bool secret_file_put(const char *account_id, const char *direction, const char *secret, GError **error)
{
    if (strlen(secret) > SECRET_BYTES_MAX) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, _("A secret in the file of secrets has at most %u bytes."), SECRET_BYTES_MAX);
        return false;
    }
    int lock = hold(error);
    bool is_kept = lock >= 0 && change_record(account_id, direction, secret, error);
    if (lock >= 0)
        close(lock);
    return is_kept;
}

bool secret_file_remove(const char *account_id, const char *direction, GError **error)
{
    if (secret_file_state() == SECRET_FILE_NONE)
        return true;
    int lock = hold(error);
    bool is_gone = lock >= 0 && change_record(account_id, direction, NULL, error);
    if (lock >= 0)
        close(lock);
    return is_gone;
}
