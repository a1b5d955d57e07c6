/* SPDX-License-Identifier: MIT */
/* News of folders that are neither on the screen nor the inbox, from a real Dovecot that does not tell of all folders by itself: it comes over connections
 * of their own, not with a poll; and where the server lets in no more connections, it goes without. What others do to folders is looked for. */
#include "core/engine_private.h"
#include "core/store_private.h"
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { PATIENCE_MS = 30000 };
#define NO_NOTIFY                                                                                                                          \
    "imap_capability = IMAP4rev1 SASL-IR LITERAL+ ID ENABLE IDLE UIDPLUS MOVE CONDSTORE QRESYNC SPECIAL-USE LIST-EXTENDED LIST-STATUS\n"

struct desk {
    server *server;
    char *home, *path;
    struct settings *settings;
    account *account;
    event_queue *events;
    engine *engine;
    store *db;
};

static void deliver(struct desk *self, const char *mailbox, const char *subject)
{
    g_autofree char *message =
        g_strdup_printf("From: Ada <ada@example.test>\r\nSubject: %s\r\nMessage-ID: <%s@example.test>\r\n\r\nText.\r\n", subject, subject);
    assert_true(server_deliver(self->server, SERVER_USER, mailbox, message));
}

static bool desk_open(struct desk *self, const char *dovecot)
{
    char *why = NULL;
    const struct server_options options = { .dovecot = dovecot };
    *self = (struct desk){ .server = server_start_with(&options, &why) };
    if (self->server == NULL) {
        print_message("skipped: %s\n", why);
        g_free(why);
        return false;
    }
    self->home = g_dir_make_tmp("postern-watch-XXXXXX", NULL);
    g_setenv("XDG_DATA_HOME", self->home, TRUE);
    g_setenv("XDG_CACHE_HOME", self->home, TRUE);
    g_setenv("XDG_CONFIG_HOME", self->home, TRUE);
    self->path = g_build_filename(self->home, "mail.db", NULL);
    self->settings = settings_new_default();
    self->settings->poll_interval_s = 3600; /* what comes does not come with it */
    self->account = account_new("work");
    struct account_server *incoming = &self->account->incoming;
    incoming->host = g_strdup("localhost");
    incoming->port = (uint16_t)server_ports(self->server)->imaps;
    incoming->security = ACCOUNT_SECURITY_TLS;
    incoming->tls_ca_file = g_strdup(server_ca_file(self->server));
    incoming->user = g_strdup(SERVER_USER);
    incoming->secret = ACCOUNT_SECRET_PASSWORD;
    incoming->password = g_strdup(SERVER_PASSWORD);
    self->account->from_address = g_strdup(SERVER_ADDRESS);
    deliver(self, "INBOX", "first");
    g_free(server_doveadm(self->server, "mailbox", "create", "-u", SERVER_USER, "Sent", NULL));
    deliver(self, "Sent", "second");
    self->events = event_queue_new();
    self->db = store_open(self->path, STORE_UI, NULL);
    assert_non_null(self->db);
    g_autoptr(GPtrArray) accounts = g_ptr_array_new();
    g_ptr_array_add(accounts, self->account);
    self->engine = engine_new(accounts, self->settings, self->path, self->events);
    engine_start(self->engine);
    return true;
}

static void desk_close(struct desk *self)
{
    engine_free(self->engine);
    store_close(self->db);
    event_queue_free(self->events);
    account_free(self->account);
    settings_free(self->settings);
    server_free(self->server);
    remove_tree(self->home);
    g_free(self->home);
    g_free(self->path);
}

static engine_account *account_of(struct desk *self)
{
    return g_ptr_array_index(self->engine->accounts, 0);
}

static bool has(struct desk *self, const char *subject)
{
    int64_t count = 0;
    return store_number(self->db, &count, NULL, "SELECT COUNT(*) FROM messages WHERE subject = ?", TXT(subject)) && count > 0;
}

/* Whatever happens wakes it, so it looks again. */
static void wait_until(struct desk *self, bool (*is_so)(struct desk *self), const char *what)
{
    struct pollfd ready = { .fd = event_queue_fd(self->events), .events = POLLIN };
    for (gint64 until = g_get_monotonic_time() + (gint64)PATIENCE_MS * 1000; g_get_monotonic_time() < until;) {
        if (is_so(self))
            return;
        struct event *event = event_take(self->events);
        if (event == NULL)
            poll(&ready, 1, 50);
        event_free(event);
    }
    g_autofree char *log = server_log(self->server);
    fail_msg("%s: in vain\n%.3000s", what, log);
}

static bool is_watching(struct desk *self)
{
    return atomic_load(&account_of(self)->watching) > 0;
}

static bool has_third(struct desk *self)
{
    return has(self, "third");
}

static bool has_fourth(struct desk *self)
{
    return has(self, "fourth");
}

static bool is_refused(struct desk *self)
{
    return atomic_load(&account_of(self)->watch_from) > 0;
}

static void news_of_a_folder_that_nobody_looks_at_comes_without_a_poll(void **state)
{
    struct desk desk;
    (void)state;
    if (!desk_open(&desk, NO_NOTIFY))
        return skip();
    wait_until(&desk, is_watching, "a third connection");
    deliver(&desk, "Sent", "third");
    wait_until(&desk, has_third, "what came into Sent");
    assert_int_equal(atomic_load(&account_of(&desk)->alone), 0);
    desk_close(&desk);
}

static void where_the_server_lets_in_no_more_it_goes_without(void **state)
{
    struct desk desk;
    (void)state;
    if (!desk_open(&desk, NO_NOTIFY "mail_max_userip_connections = 2\n"))
        return skip();
    wait_until(&desk, is_refused, "the refusal of a third connection");
    deliver(&desk, "INBOX", "fourth");
    wait_until(&desk, has_fourth, "what came into the inbox");
    assert_int_equal(atomic_load(&account_of(&desk)->alone), 0);
    assert_int_equal(account_of(&desk)->shown_state, CONNECTION_ONLINE);
    desk_close(&desk);
}

static bool has_folder(struct desk *self, const char *name)
{
    int64_t count = 0;
    return store_number(self->db, &count, NULL, "SELECT count(*) FROM folders WHERE name = ? AND flags & ? = 0", TXT(name),
                        NUM(FOLDER_IS_GONE)) &&
           count > 0;
}

static bool has_fifth(struct desk *self)
{
    int64_t uidnext = 0;
    return store_number(self->db, &uidnext, NULL, "SELECT uidnext FROM folders WHERE name = 'Loft'") && uidnext > 0 && has(self, "fifth");
}

static bool has_sizes(struct desk *self)
{
    int64_t bytes = 0, counted = 0;
    g_autoptr(folder) inbox = store_folder_by_role(self->db, account_of(self)->id, FOLDER_INBOX, NULL);
    bool is_told = inbox != NULL && inbox->server_bytes > 0 &&
                   store_number(self->db, &counted, NULL,
                                "SELECT sum(size_bytes) FROM messages AS m JOIN placements AS p ON p.message_id = m.id WHERE folder_id = ?",
                                NUM(inbox->id));
    bytes = inbox != NULL ? store_folder_bytes(self->db, inbox) : 0;
    return is_told && bytes == inbox->server_bytes && bytes == counted;
}

static bool has_attic(struct desk *self)
{
    return has_folder(self, "Attic") && !has_folder(self, "Loft");
}

/* The poll is an hour away, and this server tells nobody of a renaming, even where it tells of all else. */
static void folders_of_another_client_come_while_somebody_looks(void **state)
{
    static const char *const servers[] = { "", NO_NOTIFY };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(servers); i++) {
        struct desk desk;
        if (!desk_open(&desk, servers[i]))
            return skip();
        if (i == 0)
            wait_until(&desk, has_sizes, "how much is in a folder");
        engine_note_use(desk.engine);
        g_free(server_doveadm(desk.server, "mailbox", "create", "-u", SERVER_USER, "Loft", NULL));
        deliver(&desk, "Loft", "fifth");
        wait_until(&desk, has_fifth, "what is in a new folder");
        g_free(server_doveadm(desk.server, "mailbox", "rename", "-u", SERVER_USER, "Loft", "Attic", NULL));
        wait_until(&desk, has_attic, "the new name");
        assert_true(has(&desk, "fifth"));
        desk_close(&desk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(news_of_a_folder_that_nobody_looks_at_comes_without_a_poll),
        cmocka_unit_test(where_the_server_lets_in_no_more_it_goes_without),
        cmocka_unit_test(folders_of_another_client_come_while_somebody_looks),
    };
    return cmocka_run_group_tests_name("watched folders", tests, NULL, NULL);
}
