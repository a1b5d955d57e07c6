/* SPDX-License-Identifier: MIT */
/* NetworkManager's word on the network, over a connection of our own that is closed again: nothing of it stays behind. */
#include "core/network_metered.h"
#include <gio/gio.h>

#define CALL_MS 300
/* NMMetered: 0 unknown, 1 yes, 2 no, 3 guessed yes, 4 guessed no */
#define METERED_YES       1u
#define METERED_GUESS_YES 3u

static GVariant *ask(GDBusConnection *bus)
{
    return g_dbus_connection_call_sync(bus, "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager",
                                       "org.freedesktop.DBus.Properties", "Get",
                                       g_variant_new("(ss)", "org.freedesktop.NetworkManager", "Metered"), G_VARIANT_TYPE("(v)"),
                                       G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_MS, NULL, NULL);
}

/* Most servers and containers have none: then nothing of D-Bus is begun. */
static bool has_bus(void)
{
    static const char *const sockets[] = { "/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket" };
    bool is_there = g_getenv("DBUS_SYSTEM_BUS_ADDRESS") != NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(sockets); i++)
        is_there |= g_file_test(sockets[i], G_FILE_TEST_EXISTS);
    return is_there;
}

bool network_is_metered(void)
{
    if (!has_bus())
        return false;
    g_autofree char *address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, NULL);
    g_autoptr(GDBusConnection) bus =
        address != NULL
            ? g_dbus_connection_new_for_address_sync(
                  address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL, NULL)
            : NULL;
    g_autoptr(GVariant) answer = bus != NULL ? ask(bus) : NULL;
    g_autoptr(GVariant) value = NULL;
    if (bus != NULL)
        g_dbus_connection_close_sync(bus, NULL, NULL);
    if (answer == NULL)
        return false;
    g_variant_get(answer, "(v)", &value);
    guint32 metered = g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32) ? g_variant_get_uint32(value) : 0;
    return metered == METERED_YES || metered == METERED_GUESS_YES;
}
