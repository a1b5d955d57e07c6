/* SPDX-License-Identifier: MIT */
/* libsecret is opened with dlopen(): an account that does not use the keyring neither needs nor maps it (nor D-Bus).
 *
 * Its blocking calls wait for a person who may be away, so each runs on a thread of its own. Who called waits for its end, a deadline or cancel_fd;
 * after the last two the call is cancelled and what it still says is thrown away by whoever comes last. */
#include "config/keyring.h"
#include "config/secret.h"
#include <dlfcn.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#ifdef HAVE_LIBSECRET
#include <libsecret/secret.h>

#define PROBE_MS 1000

static const SecretSchema schema = { "net.postern.Password",
                                     SECRET_SCHEMA_NONE,
                                     { { "account", SECRET_SCHEMA_ATTRIBUTE_STRING }, { "direction", SECRET_SCHEMA_ATTRIBUTE_STRING } },
                                     0,
                                     0,
                                     0,
                                     0,
                                     0,
                                     0,
                                     0,
                                     0 };

static struct {
    void *handle;
    gchar *(*lookup)(const SecretSchema *, GCancellable *, GError **, ...);
    gboolean (*store)(const SecretSchema *, const gchar *, const gchar *, const gchar *, GCancellable *, GError **, ...);
    gboolean (*clear)(const SecretSchema *, GCancellable *, GError **, ...);
    void (*free)(gchar *);
    GCancellable *(*cancellable_new)(void); /* of GIO, which comes with libsecret */
    void (*cancellable_cancel)(GCancellable *);
    void (*unref)(gpointer);
} libsecret;

static void open_library(void)
{
    libsecret.handle = dlopen("libsecret-1.so.0", RTLD_NOW | RTLD_LOCAL);
    if (libsecret.handle == NULL)
        return;
    *(void **)&libsecret.lookup = dlsym(libsecret.handle, "secret_password_lookup_sync");
    *(void **)&libsecret.store = dlsym(libsecret.handle, "secret_password_store_sync");
    *(void **)&libsecret.clear = dlsym(libsecret.handle, "secret_password_clear_sync");
    *(void **)&libsecret.free = dlsym(libsecret.handle, "secret_password_free");
    *(void **)&libsecret.cancellable_new = dlsym(libsecret.handle, "g_cancellable_new");
    *(void **)&libsecret.cancellable_cancel = dlsym(libsecret.handle, "g_cancellable_cancel");
    *(void **)&libsecret.unref = dlsym(libsecret.handle, "g_object_unref");
}

static bool is_whole(void)
{
    return libsecret.lookup != NULL && libsecret.store != NULL && libsecret.clear != NULL && libsecret.free != NULL &&
           libsecret.cancellable_new != NULL && libsecret.cancellable_cancel != NULL && libsecret.unref != NULL;
}

static bool is_there(GError **error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_library);
    const char *address = g_getenv("DBUS_SESSION_BUS_ADDRESS");
    g_autofree char *bus = g_build_filename(g_get_user_runtime_dir(), "bus", NULL);
    bool has_bus = (address != NULL && *address != '\0') || g_file_test(bus, G_FILE_TEST_EXISTS);
    if (is_whole() && has_bus)
        return true;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, "%s",
                has_bus ? _("There is no keyring here: libsecret is not installed. Use password-command or secret = file or prompt.")
                        : _("There is no keyring here: no desktop session is running. Use password-command or secret = file or prompt."));
    return false;
}

/* --- one call, on a thread of its own --- */
enum call_kind { CALL_GET, CALL_PUT, CALL_CLEAR };
struct call {
    enum call_kind kind;
    char *account, *direction, *title, *secret; /* secret: in for put, out for get; wiped */
    GError *why;
    GCancellable *cancellable;
    int done_fd;
    gatomicrefcount references; /* the caller's and the thread's */
};

static void call_unref(struct call *self)
{
    if (!g_atomic_ref_count_dec(&self->references))
        return;
    g_free(self->account);
    g_free(self->direction);
    g_free(self->title);
    secret_free(self->secret);
    g_clear_error(&self->why);
    libsecret.unref(self->cancellable);
    close(self->done_fd);
    g_free(self);
}

static void call_get(struct call *self)
{
    char *found = libsecret.lookup(&schema, self->cancellable, &self->why, "account", self->account, "direction", self->direction, NULL);
    self->secret = g_strdup(found);
    libsecret.free(found); /* wipes it; NULL is fine */
}

static void *call_main(void *data)
{
    struct call *self = data;
    switch (self->kind) {
    case CALL_GET:
        call_get(self);
        break;
    case CALL_PUT:
        libsecret.store(&schema, "default", self->title, self->secret, self->cancellable, &self->why, "account", self->account, "direction",
                        self->direction, NULL);
        break;
    case CALL_CLEAR:
        libsecret.clear(&schema, self->cancellable, &self->why, "account", self->account, "direction", self->direction, NULL);
        break;
    }
    eventfd_write(self->done_fd, 1);
    call_unref(self);
    return NULL;
}

static struct call *call_new(enum call_kind kind, const char *account_id, const char *direction)
{
    struct call *self = g_new0(struct call, 1);
    self->kind = kind;
    self->account = g_strdup(account_id);
    self->direction = g_strdup(direction);
    self->cancellable = libsecret.cancellable_new();
    self->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g_atomic_ref_count_init(&self->references);
    return self;
}

static bool fail_wait(bool is_cancelled, GError **error)
{
    if (is_cancelled)
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_CANCELLED, _("Asking the keyring was stopped."));
    else
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, "%s",
                    _("The keyring did not answer in time. If it waits to be unlocked, unlock it and try again."));
    return false;
}

/* True: the call has ended, its outcome may be read. */
static bool wait_for(const struct call *self, struct keyring_wait wait, GError **error)
{
    gint64 deadline = g_get_monotonic_time() / 1000 + wait.timeout_ms;
    struct pollfd fds[] = { { .fd = self->done_fd, .events = POLLIN }, { .fd = wait.cancel_fd, .events = POLLIN } };
    for (;;) {
        gint64 left = deadline - g_get_monotonic_time() / 1000;
        int ready = poll(fds, G_N_ELEMENTS(fds), (int)CLAMP(left, 0, G_MAXINT));
        if (ready > 0 && fds[0].revents != 0)
            return true;
        bool is_cancelled = ready > 0 && fds[1].revents != 0;
        if (is_cancelled || ready == 0 || (ready < 0 && errno != EINTR))
            return fail_wait(is_cancelled, error);
    }
}

/* Its thread must not take the signals that the screen waits for. */
static bool start(struct call *self)
{
    pthread_t thread;
    sigset_t all, old;
    sigfillset(&all);
    g_atomic_ref_count_inc(&self->references);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    bool is_started = self->done_fd >= 0 && pthread_create(&thread, NULL, call_main, self) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (is_started)
        pthread_detach(thread);
    else
        call_unref(self);
    return is_started;
}

/* False with error: it did not end as it should. The caller's reference is still the caller's. */
static bool call_run(struct call *self, struct keyring_wait wait, GError **error)
{
    if (!start(self)) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, _("The keyring cannot be used: %s"), _("this computer is too busy"));
        return false;
    }
    if (!wait_for(self, wait, error)) {
        libsecret.cancellable_cancel(self->cancellable);
        return false;
    }
    if (self->why == NULL)
        return true;
    g_autofree char *words = config_error_words(self->why->message, -1);
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, _("The keyring cannot be used: %s"), words);
    return false;
}

/* --- what others ask for --- */
char *keyring_get(const char *account_id, const char *direction, struct keyring_wait wait, GError **error)
{
    if (!is_there(error))
        return NULL;
    struct call *call = call_new(CALL_GET, account_id, direction);
    char *found = call_run(call, wait, error) ? g_steal_pointer(&call->secret) : NULL;
    if (found == NULL && (error == NULL || *error == NULL))
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_MISSING, _("The password is not in the keyring yet."));
    call_unref(call);
    return found;
}

bool keyring_put(const char *account_id, const char *direction, const char *label, const char *secret, struct keyring_wait wait,
                 GError **error)
{
    if (!is_there(error))
        return false;
    struct call *call = call_new(CALL_PUT, account_id, direction);
    call->title = g_strdup_printf("postern: %s", label);
    call->secret = g_strdup(secret);
    bool is_done = call_run(call, wait, error);
    call_unref(call);
    return is_done;
}

bool keyring_clear(const char *account_id, const char *direction, struct keyring_wait wait, GError **error)
{
    if (!is_there(error))
        return false;
    struct call *call = call_new(CALL_CLEAR, account_id, direction);
    bool is_done = call_run(call, wait, error);
    call_unref(call);
    return is_done;
}

bool secret_has_keyring(int cancel_fd)
{
    g_autoptr(GError) why = NULL;
    char *found = keyring_get("postern-probe", "incoming", (struct keyring_wait){ cancel_fd, PROBE_MS }, &why);
    bool is_usable = found != NULL || g_error_matches(why, CONFIG_ERROR, CONFIG_ERROR_MISSING);
    secret_free(found);
    return is_usable;
}
#else
static bool fail_absent(GError **error)
{
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET,
                _("This postern was built without a keyring. Use password-command or secret = file or prompt."));
    return false;
}

char *keyring_get(const char *account_id, const char *direction, struct keyring_wait wait, GError **error)
{
    (void)account_id;
    (void)direction;
    (void)wait;
    fail_absent(error);
    return NULL;
}

bool keyring_put(const char *account_id, const char *direction, const char *label, const char *secret, struct keyring_wait wait,
                 GError **error)
{
    (void)account_id;
    (void)direction;
    (void)label;
    (void)secret;
    (void)wait;
    return fail_absent(error);
}

bool keyring_clear(const char *account_id, const char *direction, struct keyring_wait wait, GError **error)
{
    (void)account_id;
    (void)direction;
    (void)wait;
    return fail_absent(error);
}

bool secret_has_keyring(int cancel_fd)
{
    (void)cancel_fd;
    return false;
}
#endif
