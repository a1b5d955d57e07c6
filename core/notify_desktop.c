/* SPDX-License-Identifier: MIT */
/* By GDBus, on one connection for the whole run: some desktops take a program's notifications away when it hangs up. */
#include "core/notify_desktop.h"
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define NAME       "org.freedesktop.Notifications"
#define PATH       "/org/freedesktop/Notifications"
#define TIMEOUT_MS 3000

/* Without an address GIO would start a bus of its own, which nobody sees. */
static bool has_session_bus(void)
{
    const char *address = g_getenv("DBUS_SESSION_BUS_ADDRESS");
    g_autofree char *socket = g_build_filename(g_get_user_runtime_dir(), "bus", NULL);
    return (address != NULL && *address != '\0') || g_file_test(socket, G_FILE_TEST_EXISTS);
}

static GDBusConnection *session_bus(GError **error)
{
    if (!has_session_bus()) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("There is no desktop session here."));
        return NULL;
    }
    GDBusConnection *bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, error);
    if (bus != NULL)
        g_dbus_connection_set_exit_on_close(bus, FALSE); /* the desktop may end before we do */
    return bus;
}

static GVariant *call(GDBusConnection *bus, const char *method, GVariant *arguments, const char *reply, GError **error)
{
    return g_dbus_connection_call_sync(bus, NAME, PATH, NAME, method, arguments, G_VARIANT_TYPE(reply), G_DBUS_CALL_FLAGS_NONE, TIMEOUT_MS,
                                       NULL, error);
}

static bool takes_markup(GDBusConnection *bus, GError **error)
{
    g_autoptr(GVariant) answer = call(bus, "GetCapabilities", NULL, "(as)", error);
    g_autofree const char **words = NULL;
    if (answer == NULL)
        return false;
    g_variant_get(answer, "(^a&s)", &words);
    return g_strv_contains(words, "body-markup");
}

static GVariant *hints(void)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{sv}"));
    g_variant_builder_add(&builder, "{sv}", "category", g_variant_new_string("email.arrived"));
    g_variant_builder_add(&builder, "{sv}", "desktop-entry", g_variant_new_string("postern"));
    return g_variant_builder_end(&builder);
}

bool notify_desktop(const struct notification *words, uint32_t *id, GError **error)
{
    GError *why = NULL;
    g_autoptr(GDBusConnection) bus = session_bus(error);
    bool is_markup = bus != NULL && takes_markup(bus, &why);
    if (bus == NULL || why != NULL) {
        if (why != NULL)
            g_propagate_error(error, why);
        return false;
    }
    g_autofree char *body = is_markup ? g_markup_escape_text(words->body, -1) : g_strdup(words->body);
    g_autoptr(GVariant) answer =
        call(bus, "Notify", g_variant_new("(susssas@a{sv}i)", "postern", (guint32)*id, "postern", words->title, body, NULL, hints(), -1),
             "(u)", error);
    if (answer == NULL)
        return false;
    guint32 given = 0;
    g_variant_get(answer, "(u)", &given);
    *id = given;
    return true;
}
