/* SPDX-License-Identifier: MIT */
/* libsecret is opened with dlopen(): an account that does not use the keyring neither needs nor maps it (nor D-Bus). */
#include "config/keyring.h"
#include "config/secret.h"
#include <dlfcn.h>
#include <glib/gi18n-lib.h>
#include <pthread.h>
#include <string.h>
#ifdef HAVE_LIBSECRET
#include <libsecret/secret.h>

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
}

static bool is_there(GError **error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_library);
    const char *address = g_getenv("DBUS_SESSION_BUS_ADDRESS");
    g_autofree char *bus = g_build_filename(g_get_user_runtime_dir(), "bus", NULL);
    bool has_bus = (address != NULL && *address != '\0') || g_file_test(bus, G_FILE_TEST_EXISTS);
    if (libsecret.lookup != NULL && libsecret.store != NULL && libsecret.clear != NULL && libsecret.free != NULL && has_bus)
        return true;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, "%s",
                has_bus ? _("There is no keyring here: libsecret is not installed. Use password-command or secret = file or prompt.")
                        : _("There is no keyring here: no desktop session is running. Use password-command or secret = file or prompt."));
    return false;
}

static void explain(GError **error, GError *why, int code)
{
    g_set_error(error, CONFIG_ERROR, code, _("The keyring cannot be used: %s"), why != NULL ? why->message : _("it does not answer"));
    g_clear_error(&why);
}

char *keyring_get(const char *account_id, const char *direction, GError **error)
{
    GError *why = NULL;
    if (!is_there(error))
        return NULL;
    char *found = libsecret.lookup(&schema, NULL, &why, "account", account_id, "direction", direction, NULL);
    if (why != NULL) {
        explain(error, why, CONFIG_ERROR_SECRET);
        return NULL;
    }
    if (found == NULL) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_MISSING, _("The password is not in the keyring yet."));
        return NULL;
    }
    char *copy = g_strdup(found);
    libsecret.free(found);
    return copy;
}

bool keyring_put(const char *account_id, const char *direction, const char *label, const char *secret, GError **error)
{
    GError *why = NULL;
    g_autofree char *title = g_strdup_printf("postern: %s", label);
    if (!is_there(error))
        return false;
    if (libsecret.store(&schema, "default", title, secret, NULL, &why, "account", account_id, "direction", direction, NULL))
        return true;
    explain(error, why, CONFIG_ERROR_SECRET);
    return false;
}

bool keyring_clear(const char *account_id, const char *direction, GError **error)
{
    GError *why = NULL;
    if (!is_there(error))
        return false;
    libsecret.clear(&schema, NULL, &why, "account", account_id, "direction", direction, NULL);
    if (why == NULL)
        return true;
    explain(error, why, CONFIG_ERROR_SECRET);
    return false;
}

bool secret_has_keyring(void)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *found = keyring_get("postern-probe", "incoming", &why);
    return found != NULL || g_error_matches(why, CONFIG_ERROR, CONFIG_ERROR_MISSING);
}
#else
static bool fail_absent(GError **error)
{
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET,
                _("This postern was built without a keyring. Use password-command or secret = file or prompt."));
    return false;
}

char *keyring_get(const char *account_id, const char *direction, GError **error)
{
    (void)account_id;
    (void)direction;
    fail_absent(error);
    return NULL;
}

bool keyring_put(const char *account_id, const char *direction, const char *label, const char *secret, GError **error)
{
    (void)account_id;
    (void)direction;
    (void)label;
    (void)secret;
    return fail_absent(error);
}

bool keyring_clear(const char *account_id, const char *direction, GError **error)
{
    (void)account_id;
    (void)direction;
    return fail_absent(error);
}

bool secret_has_keyring(void)
{
    return false;
}
#endif
