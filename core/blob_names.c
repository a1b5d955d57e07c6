/* SPDX-License-Identifier: MIT */
/* The names of the Maildir that was read last, as 32 bits each (a million of them are 4 MB): enough to know what is not there. What seems to be there is
 * looked for as ever. */
#include "core/blob_names.h"
#include <glib.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A change in the same tick of the file system's clock leaves the directory's time as it is: a younger one proves nothing. */
#define SURE_AFTER_NS (2 * INT64_C(1000000000))

struct blob_names {
    char *maildir;
    int64_t changed_ns[2]; /* cur, new */
    GArray *hashes;        /* of uint32_t, sorted */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct blob_names *last; /* under the mutex */

static void names_free(struct blob_names *self)
{
    if (self == NULL)
        return;
    g_free(self->maildir);
    g_array_unref(self->hashes);
    g_free(self);
}

static bool read_times(const char *maildir, int64_t changed_ns[2])
{
    static const char *const parts[] = { "cur", "new" };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        struct stat status;
        g_autofree char *path = g_build_filename(maildir, parts[i], NULL);
        if (stat(path, &status) != 0)
            return false;
        changed_ns[i] = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
    }
    return true;
}

static int by_value(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

void blob_names_drop(struct blob_names *self)
{
    names_free(self);
}

bool blob_names_lack(const char *maildir, const char *file)
{
    int64_t now[2];
    uint32_t hash = g_str_hash(file);
    pthread_mutex_lock(&mutex);
    bool is_lacking = last != NULL && strcmp(last->maildir, maildir) == 0 && read_times(maildir, now) &&
                      memcmp(now, last->changed_ns, sizeof now) == 0 &&
                      (last->hashes->len == 0 || bsearch(&hash, last->hashes->data, last->hashes->len, sizeof hash, by_value) == NULL);
    pthread_mutex_unlock(&mutex);
    return is_lacking;
}

blob_names *blob_names_begin(const char *maildir)
{
    struct blob_names *self = g_new0(struct blob_names, 1);
    self->maildir = g_strdup(maildir);
    self->hashes = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    if (!read_times(maildir, self->changed_ns))
        self->changed_ns[0] = INT64_MAX;
    return self;
}

void blob_names_add(struct blob_names *self, const char *file)
{
    uint32_t hash = g_str_hash(file);
    g_array_append_val(self->hashes, hash);
}

void blob_names_end(struct blob_names *self)
{
    int64_t sure_ns = g_get_real_time() * 1000 - SURE_AFTER_NS;
    if (self->changed_ns[0] > sure_ns || self->changed_ns[1] > sure_ns) {
        names_free(self);
        return;
    }
    g_array_sort(self->hashes, by_value);
    pthread_mutex_lock(&mutex);
    struct blob_names *before = last;
    last = self;
    pthread_mutex_unlock(&mutex);
    names_free(before);
}
