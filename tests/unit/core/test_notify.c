/* SPDX-License-Identifier: MIT */
/* What is told of new mail cannot drive a terminal. */
#include "core/notify_desktop.h"
#include "store_fixture.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>

static void text_of_strangers_becomes_one_plain_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *clean;
    } texts[] = { { "plain", "plain" },
                  { "a\033]9;x\007b", "a ]9;x b" },
                  { "one\r\n two\tthree", "one two three" },
                  { "\xe2\x80\xae"
                    "gnp.exe",
                    "gnp.exe" },
                  { "caf\xc3\xa9 \xe2\x80\x8f\xd7\xa9", "caf\xc3\xa9 \xd7\xa9" },
                  { "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd" },
                  { NULL, "" },
                  { "\302\205x\302\233y", "x y" } };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *clean = notify_clean(texts[i].text, 100);
        assert_string_equal(clean, texts[i].clean);
    }
    g_autofree char *cut = notify_clean("0123456789abcdef", 10);
    assert_string_equal(cut, "0123456789");
}

static void one_message_is_told_with_sender_and_subject_many_with_their_number(void **state)
{
    struct fixture *self = *state;
    int64_t ids[] = { fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000), fixture_put(self->db, self->inbox, 2, "b@x", NULL, 1001),
                      999999 };
    g_auto(notification) one = { 0 }, two = { 0 }, none = { 0 };
    assert_true(notification_of(self->db, ids, 1, &one));
    assert_non_null(strstr(one.body, "Notes on the engine"));
    assert_true(*one.title != '\0');
    assert_true(notification_of(self->db, ids, 3, &two));
    assert_string_equal(two.title, "2 new messages");
    assert_string_equal(two.body, one.title); /* both of the same person */
    assert_false(notification_of(self->db, &ids[2], 1, &none));
}

static void folders_are_told_of_or_kept_quiet_each(void **state)
{
    (void)state;
    assert_true(notify_list_wants(NULL, "INBOX", true));
    assert_false(notify_list_wants(NULL, "Lists", false));
    assert_true(notify_list_wants("Lists/*; Bills", "Lists/dev", false));
    assert_false(notify_list_wants("Lists/*;!Lists/dev", "Lists/dev", false));
    assert_false(notify_list_wants("!INBOX", "INBOX", true));
    g_autofree char *on = notify_list_change(NULL, "Bills", false, true),
                    *quiet = notify_list_change("Lists/*;Bills", "Lists/dev", false, false),
                    *again = notify_list_change(quiet, "Lists/dev", false, true), *inbox = notify_list_change(NULL, "INBOX", true, false),
                    *none = notify_list_change(inbox, "INBOX", true, true);
    assert_string_equal(on, "Bills");
    assert_string_equal(quiet, "Lists/*;Bills;!Lists/dev");
    assert_string_equal(again, "Lists/*;Bills");
    assert_string_equal(inbox, "!INBOX");
    assert_null(none);
}

/* --- a desktop of the test's own --- */
static const char desktop_interface[] =
    "<node><interface name='org.freedesktop.Notifications'>"
    "<method name='GetCapabilities'><arg type='as' direction='out'/></method>"
    "<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='as' direction='in'/><arg type='a{sv}' direction='in'/>"
    "<arg type='i' direction='in'/><arg type='u' direction='out'/></method></interface></node>";

struct desktop {
    GMainLoop *loop;
    const char *capability;
    char *title, *body;
    guint32 replaced;
    pthread_t teller;
    notification words;
    uint32_t id;
    bool is_told;
};

static void desktop_called(GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *method,
                           GVariant *arguments, GDBusMethodInvocation *call, gpointer data)
{
    struct desktop *self = data;
    (void)bus, (void)sender, (void)path, (void)interface;
    if (strcmp(method, "GetCapabilities") == 0) {
        const char *words[] = { "body", self->capability, NULL };
        g_dbus_method_invocation_return_value(call, g_variant_new("(^as)", words));
        return;
    }
    g_free(self->title);
    g_free(self->body);
    g_variant_get(arguments, "(susssas@a{sv}i)", NULL, &self->replaced, NULL, &self->title, &self->body, NULL, NULL, NULL);
    g_dbus_method_invocation_return_value(call, g_variant_new("(u)", self->replaced != 0 ? self->replaced : 7));
}

static gboolean loop_ends(gpointer data)
{
    g_main_loop_quit(((struct desktop *)data)->loop);
    return G_SOURCE_REMOVE;
}

static void *tell(void *data)
{
    struct desktop *self = data;
    self->is_told = notify_desktop(&self->words, &self->id, NULL);
    g_idle_add(loop_ends, self);
    return NULL;
}

static void tell_and_wait(struct desktop *self)
{
    assert_int_equal(pthread_create(&self->teller, NULL, tell, self), 0);
    g_main_loop_run(self->loop);
    pthread_join(self->teller, NULL);
}

static void the_desktop_is_told_and_the_last_word_takes_the_place_of_the_one_before(void **state)
{
    (void)state;
    static const GDBusInterfaceVTable calls = { .method_call = desktop_called };
    struct desktop self = { .capability = "body-markup", .words = { (char *)"Ada <b>", (char *)"1 < 2 & <img src=x>" } };
    uint32_t none = 0;
    g_unsetenv("DBUS_SESSION_BUS_ADDRESS");
    g_autofree char *nowhere = g_dir_make_tmp("postern-notify-XXXXXX", NULL);
    g_setenv("XDG_RUNTIME_DIR", nowhere, TRUE);
    assert_false(notify_desktop(&self.words, &none, NULL)); /* no desktop: said at once, and none is started */
    GTestDBus *daemon = g_test_dbus_new(G_TEST_DBUS_NONE);
    g_test_dbus_up(daemon);
    self.loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GError) why = NULL;
    g_autoptr(GDBusConnection) bus = g_dbus_connection_new_for_address_sync(
        g_test_dbus_get_bus_address(daemon), G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
        NULL, NULL, &why);
    assert_non_null(bus);
    GDBusNodeInfo *node = g_dbus_node_info_new_for_xml(desktop_interface, NULL);
    assert_true(g_dbus_connection_register_object(bus, "/org/freedesktop/Notifications", node->interfaces[0], &calls, &self, NULL, NULL) !=
                0);
    g_autoptr(GVariant) owned = g_dbus_connection_call_sync(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                                            "RequestName", g_variant_new("(su)", "org.freedesktop.Notifications", 0), NULL,
                                                            G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
    assert_non_null(owned);
    tell_and_wait(&self);
    assert_true(self.is_told);
    assert_int_equal(self.id, 7);
    assert_string_equal(self.title, "Ada <b>"); /* never markup */
    assert_string_equal(self.body, "1 &lt; 2 &amp; &lt;img src=x&gt;");
    self.capability = "actions";
    tell_and_wait(&self);
    assert_int_equal(self.replaced, 7);
    assert_string_equal(self.body, "1 < 2 & <img src=x>");
    g_free(self.title);
    g_free(self.body);
    g_dbus_node_info_unref(node);
    g_main_loop_unref(self.loop);
    g_dbus_connection_close_sync(bus, NULL, NULL);
    g_test_dbus_stop(daemon);
    g_object_unref(daemon);
    g_rmdir(nowhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_desktop_is_told_and_the_last_word_takes_the_place_of_the_one_before),
        cmocka_unit_test(text_of_strangers_becomes_one_plain_line),
        cmocka_unit_test_setup_teardown(one_message_is_told_with_sender_and_subject_many_with_their_number, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test(folders_are_told_of_or_kept_quiet_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
