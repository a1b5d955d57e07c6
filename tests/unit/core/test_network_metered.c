/* SPDX-License-Identifier: MIT */
/* What NetworkManager says of the network's price, on a bus of the test's own. */
#include "core/network_metered.h"
#include <gio/gio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char xml[] = "<node><interface name='org.freedesktop.NetworkManager'><property name='Metered' type='u' access='read'/>"
                          "</interface></node>";
static gint metered;
static gint is_up;

static GVariant *get(GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *name, GError **error,
                     gpointer data)
{
    (void)bus;
    (void)sender;
    (void)path;
    (void)interface;
    (void)name;
    (void)error;
    (void)data;
    return g_variant_new_uint32((guint32)g_atomic_int_get(&metered));
}

static void on_name(GDBusConnection *bus, const char *name, gpointer data)
{
    (void)bus;
    (void)name;
    (void)data;
    g_atomic_int_set(&is_up, 1);
}

/* The service runs on a thread of its own until its loop is quit. */
static gpointer serve(gpointer data)
{
    GMainLoop *loop = data;
    static const GDBusInterfaceVTable table = { .get_property = get };
    g_main_context_push_thread_default(g_main_loop_get_context(loop));
    g_autoptr(GDBusConnection) bus = g_dbus_connection_new_for_address_sync(
        g_getenv("DBUS_SYSTEM_BUS_ADDRESS"), G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
        NULL, NULL, NULL);
    g_autoptr(GDBusNodeInfo) info = g_dbus_node_info_new_for_xml(xml, NULL);
    g_dbus_connection_register_object(bus, "/org/freedesktop/NetworkManager", info->interfaces[0], &table, NULL, NULL, NULL);
    guint name =
        g_bus_own_name_on_connection(bus, "org.freedesktop.NetworkManager", G_BUS_NAME_OWNER_FLAGS_NONE, on_name, NULL, NULL, NULL);
    g_main_loop_run(loop);
    g_bus_unown_name(name);
    g_dbus_connection_close_sync(bus, NULL, NULL);
    g_main_context_pop_thread_default(g_main_loop_get_context(loop));
    return NULL;
}

static void what_networkmanager_says_counts(void **state)
{
    (void)state;
    static const bool expected[] = { false, true, false, true, false };
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GMainLoop) loop = g_main_loop_new(context, FALSE);
    assert_false(network_is_metered()); /* a bus, and nobody on it */
    GThread *service = g_thread_new("service", serve, loop);
    while (g_atomic_int_get(&is_up) == 0)
        g_thread_yield();
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_atomic_int_set(&metered, (gint)i);
        assert_int_equal(network_is_metered(), expected[i]);
    }
    g_main_loop_quit(loop);
    g_thread_join(service);
}

static void without_a_bus_it_is_not_metered(void **state)
{
    (void)state;
    g_setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/at/all", TRUE);
    assert_false(network_is_metered());
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_networkmanager_says_counts),
                                        cmocka_unit_test(without_a_bus_it_is_not_metered) };
    g_autofree char *daemon = g_find_program_in_path("dbus-daemon");
    if (daemon == NULL) {
        print_message("skipped: dbus-daemon is not installed\n");
        return 77;
    }
    g_autoptr(GTestDBus) bus = g_test_dbus_new(G_TEST_DBUS_NONE);
    g_test_dbus_up(bus);
    g_setenv("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address(bus), TRUE);
    int failures = cmocka_run_group_tests_name("network_metered", tests, NULL, NULL);
    g_test_dbus_down(bus);
    return failures;
}
