/* SPDX-License-Identifier: MIT */
/* Visits to GnuPG: offline, with a limit of time and of bytes, to be cancelled, and with a passphrase that was asked for before. */
#include "config/secret.h"
#include "core/crypto_private.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <pthread.h>
#include <string.h>

#define TIMEOUT_MS 60000
#define OLDEST_GPG "2.2.8" /* before it, a name of a file could speak in GnuPG's voice, and missing integrity was only a warning */

struct crypto {
    int64_t deadline_us;
    _Atomic bool is_cancelled;
    char *passphrase;
    bool is_asked, is_wrong;
    char *whose;
    pthread_mutex_t lock;
    gpgme_ctx_t context; /* at work; NULL */
};

static void gpgme_start(void)
{
    gpgme_check_version(NULL);
    crypto_tame_gpgsm();
}

crypto *crypto_new(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, gpgme_start);
    crypto *self = g_new0(crypto, 1);
    pthread_mutex_init(&self->lock, NULL);
    crypto_set_deadline(self, TIMEOUT_MS);
    return self;
}

void crypto_free(crypto *self)
{
    if (self == NULL)
        return;
    secret_free(self->passphrase);
    pthread_mutex_destroy(&self->lock);
    g_free(self->whose);
    g_free(self);
}

void crypto_set_passphrase(crypto *self, const char *passphrase)
{
    secret_free(self->passphrase);
    self->passphrase = g_strdup(passphrase);
    self->is_asked = self->is_wrong = false;
}

void crypto_set_deadline(crypto *self, int timeout_ms)
{
    self->deadline_us = g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
}

void crypto_cancel(crypto *self)
{
    self->is_cancelled = true;
    pthread_mutex_lock(&self->lock);
    if (self->context != NULL)
        gpgme_cancel_async(self->context);
    pthread_mutex_unlock(&self->lock);
}

bool crypto_is_over(const crypto *self)
{
    return self->is_cancelled || g_get_monotonic_time() > self->deadline_us;
}

bool crypto_asks_for_passphrase(const crypto *self)
{
    return self->is_asked;
}

bool crypto_needs_passphrase(const crypto *self, const char **whose_out, bool *is_wrong_out)
{
    if (whose_out != NULL)
        *whose_out = self->whose;
    if (is_wrong_out != NULL)
        *is_wrong_out = self->is_wrong;
    return self->is_asked;
}

char *crypto_error_words(gpgme_error_t why)
{
    char words[256] = "";
    gpgme_strerror_r(why, words, sizeof words);
    return g_utf8_make_valid(words, -1);
}

/* --- passphrases --- */

const char *crypto_passphrase_given(const crypto *self)
{
    return self->passphrase;
}

void crypto_note_locked(crypto *self, const char *whose, bool is_wrong)
{
    self->is_asked = true;
    self->is_wrong = is_wrong;
    g_free(self->whose);
    self->whose = g_utf8_make_valid(whose, -1);
}

/* Nobody is waited for: without a passphrase the operation ends, and says what it needs. hint: "0123456789ABCDEF Ada <ada@example.test>" */
static gpgme_error_t give_passphrase(void *data, const char *hint, const char *about, int was_wrong, int fd)
{
    crypto *self = data;
    (void)about;
    if (self->passphrase == NULL || was_wrong) {
        const char *name = hint != NULL ? strchr(hint, ' ') : NULL;
        crypto_note_locked(self, name != NULL ? name + 1 : "", self->passphrase != NULL);
        return gpgme_error(GPG_ERR_CANCELED);
    }
    gpgme_io_writen(fd, self->passphrase, strlen(self->passphrase));
    gpgme_io_writen(fd, "\n", 1);
    return 0;
}

/* --- contexts --- */

/* Without a home there are no keys: no reason to run anything, or to make one. */
static bool has_home(void)
{
    const char *home = gpgme_get_dirinfo("homedir");
    return home != NULL && g_file_test(home, G_FILE_TEST_IS_DIR);
}

static char *engine_complaint(enum crypto_protocol protocol)
{
    bool is_pgp = protocol == CRYPTO_OPENPGP;
    if (!has_home())
        return g_strdup(
            is_pgp ? _("There are no OpenPGP keys on this computer yet: gpg --full-generate-key makes one of your own, :import-key "
                       "takes in one that came with mail.")
                   : _("There are no certificates for S/MIME on this computer yet: gpgsm --import FILE takes them in, your own "
                       "(.p12) and those of others (.pem)."));
    gpgme_engine_info_t info = NULL;
    gpgme_protocol_t wanted = is_pgp ? GPGME_PROTOCOL_OpenPGP : GPGME_PROTOCOL_CMS;
    if (gpgme_engine_check_version(wanted) != 0 || gpgme_get_engine_info(&info) != 0)
        return g_strdup_printf(_("%s, which does this, is not installed."), is_pgp ? "GnuPG (gpg)" : "GnuPG (gpgsm)");
    for (; info != NULL; info = info->next)
        if (info->protocol == wanted && info->version != NULL && gpgme_check_version(NULL) != NULL && is_pgp &&
            strverscmp(info->version, OLDEST_GPG) < 0)
            return g_strdup_printf(_("GnuPG %s is too old to be relied on; %s is needed."), info->version, OLDEST_GPG);
    if (!is_pgp && !crypto_gpgsm_is_tame())
        return g_strdup(_("This computer does not let postern keep GnuPG (gpgsm) from asking questions across the screen."));
    return NULL;
}

gpgme_ctx_t crypto_begin(crypto *self, enum crypto_protocol protocol, char **why_out)
{
    gpgme_ctx_t context = NULL;
    *why_out = engine_complaint(protocol);
    if (*why_out != NULL)
        return NULL;
    gpgme_error_t why = gpgme_new(&context);
    if (why == 0)
        why = gpgme_set_protocol(context, protocol == CRYPTO_OPENPGP ? GPGME_PROTOCOL_OpenPGP : GPGME_PROTOCOL_CMS);
    if (why != 0) {
        *why_out = crypto_error_words(why);
        gpgme_release(context);
        return NULL;
    }
    gpgme_set_offline(context, 1);
    gpgme_set_ctx_flag(context, "auto-key-retrieve", "0");
    if (protocol == CRYPTO_OPENPGP) {
        gpgme_set_pinentry_mode(context, GPGME_PINENTRY_MODE_LOOPBACK);
        gpgme_set_passphrase_cb(context, give_passphrase, self);
    }
    return context;
}

/* From here on crypto_cancel ends what the context does. GPGME's own waiting with a limit (gpgme_wait without hanging) crashes with gpgsm in 1.18. */
void crypto_enter(crypto *self, gpgme_ctx_t context)
{
    pthread_mutex_lock(&self->lock);
    self->context = context;
    pthread_mutex_unlock(&self->lock);
}

gpgme_error_t crypto_leave(crypto *self, gpgme_error_t why)
{
    pthread_mutex_lock(&self->lock);
    self->context = NULL;
    pthread_mutex_unlock(&self->lock);
    return why;
}

/* --- bytes with a limit --- */

static ssize_t sink_write(void *handle, const void *bytes, size_t size)
{
    struct crypto_sink *sink = handle;
    if (crypto_is_over(sink->visit)) {
        errno = ECANCELED;
        return -1;
    }
    if (size > sink->bytes_max - MIN(sink->bytes_max, sink->bytes->len)) {
        sink->is_full = true;
        errno = EFBIG;
        return -1;
    }
    g_byte_array_append(sink->bytes, bytes, (guint)size);
    return (ssize_t)size;
}

gpgme_data_t crypto_sink_data(struct crypto_sink *sink)
{
    static struct gpgme_data_cbs calls = { .write = sink_write };
    gpgme_data_t data = NULL;
    return gpgme_data_new_from_cbs(&data, &calls, sink) == 0 ? data : NULL;
}

static ssize_t source_read(void *handle, void *into, size_t size)
{
    struct crypto_source *source = handle;
    if (crypto_is_over(source->visit)) {
        errno = ECANCELED;
        return -1;
    }
    size_t length = MIN(size, source->size - source->at);
    if (length > 0)
        memcpy(into, source->bytes + source->at, length);
    source->at += length;
    return (ssize_t)length;
}

static off_t source_seek(void *handle, off_t offset, int whence)
{
    struct crypto_source *source = handle;
    off_t base = whence == SEEK_CUR ? (off_t)source->at : whence == SEEK_END ? (off_t)source->size : 0, wanted = base + offset;
    if (wanted < 0 || (size_t)wanted > source->size) {
        errno = EINVAL;
        return -1;
    }
    source->at = (size_t)wanted;
    return wanted;
}

gpgme_data_t crypto_source_data(struct crypto_source *source)
{
    static struct gpgme_data_cbs calls = { .read = source_read, .seek = source_seek };
    gpgme_data_t data = NULL;
    return gpgme_data_new_from_cbs(&data, &calls, source) == 0 ? data : NULL;
}

void crypto_wipe(GByteArray *bytes)
{
    if (bytes == NULL)
        return;
    if (bytes->len > 0)
        explicit_bzero(bytes->data, bytes->len);
    g_byte_array_unref(bytes);
}
