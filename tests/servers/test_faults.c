/* SPDX-License-Identifier: MIT */
/* A person works on while the lines to a real Dovecot and a real Postfix fail in every way: afterwards the servers have exactly what was done, once.
 *
 * FAULTS_SEED=N repeats one run, FAULTS_RUNS=N makes more of them, FAULTS_ROUNDS=N longer ones. */
#include "net/log.h"
#include "core/compose.h"
#include "core/engine.h"
#include "core/intent.h"
#include "core/outbox.h"
#include "core/store_private.h"
#include "core/undo.h"
#include "tests/remove_tree.h"
#include "tests/servers/fault_proxy.h"
#include "tests/servers/server.h"
#include <glib/gstdio.h>
#include <gmime/gmime.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES   24
#define PATIENCE_S 60
#define FLAGS      (MESSAGE_SEEN | MESSAGE_FLAGGED | MESSAGE_ANSWERED)

static server *servers;

/* Where the person believes a message to be. */
struct belief {
    int where;       /* in which account */
    char folder[16]; /* "": deleted for good */
    unsigned flags;
};

#define ACCOUNTS 2
static const char *const users[ACCOUNTS] = { SERVER_USER, SERVER_OTHER };
static const char *const account_names[ACCOUNTS] = { "test", "home" };

struct reply {
    char *message_id;
    int answered; /* which message */
};

struct world {
    guint32 seed;
    GRand *random;
    char *home, *path;
    struct settings *settings;
    struct account *accounts[ACCOUNTS]; /* mail is sent from the first only */
    event_queue *events;
    engine *engine;
    store *db;
    int64_t account_ids[ACCOUNTS];
    fault_proxy *imap, *smtp;
    struct belief beliefs[MESSAGES];
    GPtrArray *past;    /* of struct belief[MESSAGES]: before each action that can be taken back */
    GArray *replies;    /* of struct reply */
    GString *story;     /* what was done, for a failing run */
    GString *complaint; /* what the program said that it should not have had to say */
};

static char *subject_id(struct world *self, int message)
{
    return g_strdup_printf("m%02d.%u@faults.test", message, self->seed);
}

static void tell(struct world *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void tell(struct world *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_string_append_vprintf(self->story, format, arguments);
    va_end(arguments);
    g_string_append_c(self->story, '\n');
}

/* Events for this long; a refusal is a complaint: nobody else touches this mail. */
static void listen_for(struct world *self, int ms)
{
    gint64 until = g_get_monotonic_time() + (gint64)ms * 1000;
    struct pollfd ready = { .fd = event_queue_fd(self->events), .events = POLLIN };
    do {
        struct event *event;
        while ((event = event_take(self->events)) != NULL) {
            if (g_getenv("FAULTS_TELL") != NULL && event->text != NULL)
                fprintf(stderr, "%.1f %d/%d %s\n", (double)g_get_monotonic_time() / G_USEC_PER_SEC, (int)event->type, event->state,
                        event->text);
            if (event->type == EVENT_INTENT_FAILED)
                g_string_append_printf(self->complaint, "REFUSED: %s\n", event->text);
            event_free(event);
        }
        poll(&ready, 1, (int)MAX((until - g_get_monotonic_time()) / 1000, 0));
    } while (g_get_monotonic_time() < until);
}

static void fail_run(struct world *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void fail_run(struct world *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    listen_for(self, 0);
    if (g_getenv("FAULTS_KEEP") != NULL) { /* the store as it is now, to be looked at */
        const char *const argv[] = { "cp", "-a", self->home, g_getenv("FAULTS_KEEP"), NULL };
        g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    }
    for (int i = 0; i < ACCOUNTS; i++) {
        g_autofree char *all =
            server_doveadm(servers, "-f", "tab", "fetch", "-u", users[i], "hdr.message-id mailbox flags uid", "all", NULL);
        fprintf(stderr, "%s has\n%s", users[i], all);
    }
    /* cmocka cuts long texts off */
    fprintf(stderr, "%s%s%s\nFAULTS_SEED=%u, %u of %u IMAP and %u of %u SMTP connections were faulty\n", self->story->str,
            self->complaint->str, what, self->seed, fault_proxy_faults(self->imap), fault_proxy_connections(self->imap),
            fault_proxy_faults(self->smtp), fault_proxy_connections(self->smtp));
    fail();
}

/* --- the world --- */
static void set_server(struct account_server *server, enum account_protocol protocol, int port, const char *user)
{
    g_free(server->host);
    g_free(server->user);
    g_free(server->password);
    server->protocol = protocol;
    server->host = g_strdup("127.0.0.1");
    server->port = (unsigned short)port;
    server->security = ACCOUNT_SECURITY_PLAIN;
    server->secret = ACCOUNT_SECRET_PASSWORD;
    server->user = g_strdup(user);
    server->password = g_strdup(SERVER_PASSWORD);
}

static void make_accounts(struct world *self)
{
    for (int i = 0; i < ACCOUNTS; i++) {
        struct account *account = self->accounts[i] = account_new(account_names[i]);
        set_server(&account->incoming, ACCOUNT_PROTOCOL_IMAP, fault_proxy_port(self->imap), users[i]);
        set_server(&account->outgoing, ACCOUNT_PROTOCOL_SMTP, fault_proxy_port(self->smtp), "");
        g_free(account->from_address);
        account->from_address = g_strdup_printf("%s@example.test", users[i]);
    }
    self->settings = settings_new_default();
    self->settings->io_timeout_s = 2;
    self->settings->connect_timeout_s = 2;
    self->settings->poll_interval_s = 5;
}

static GPtrArray *account_list(struct world *self)
{
    GPtrArray *list = g_ptr_array_new();
    for (int i = 0; i < ACCOUNTS; i++)
        g_ptr_array_add(list, self->accounts[i]);
    return list;
}

static void engine_up(struct world *self)
{
    g_autoptr(GPtrArray) accounts = account_list(self);
    self->engine = engine_new(accounts, self->settings, self->path, self->events);
    engine_start(self->engine);
}

static void engine_down(struct world *self)
{
    g_clear_pointer(&self->engine, engine_free);
}

static void deliver_all(struct world *self)
{
    for (int i = 0; i < MESSAGES; i++) {
        g_autofree char *id = subject_id(self, i);
        g_autofree char *mail = g_strdup_printf("From: Ada <ada@example.test>\nTo: %s\nSubject: Message %d\nMessage-ID: <%s>\n"
                                                "Date: Tue, 17 Nov 2026 10:%02d:00 +0000\n\nText %d\n",
                                                SERVER_ADDRESS, i, id, i, i);
        assert_true(server_deliver(servers, SERVER_USER, "INBOX", mail));
        g_strlcpy(self->beliefs[i].folder, "INBOX", sizeof self->beliefs[i].folder);
    }
}

static void reply_clear(gpointer data)
{
    struct reply *reply = data;
    g_free(reply->message_id);
}

static const char *const modern[] = { " MOVE", " UIDPLUS", " IDLE", " CONDSTORE", " QRESYNC", " LITERAL+", "[COPYUID", "[APPENDUID", NULL };

static void world_open(struct world *self, guint32 seed, int percent, bool is_server_old)
{
    *self = (struct world){ .seed = seed, .random = g_rand_new_with_seed(seed), .story = g_string_new(NULL) };
    self->complaint = g_string_new(NULL);
    self->past = g_ptr_array_new_with_free_func(g_free);
    self->replies = g_array_new(FALSE, FALSE, sizeof(struct reply));
    g_array_set_clear_func(self->replies, reply_clear);
    self->home = g_dir_make_tmp("postern-faults-XXXXXX", NULL);
    static const char *const names[] = { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_setenv(names[i], self->home, TRUE);
    self->path = g_build_filename(self->home, "mail.db", NULL);
    self->imap = fault_proxy_start(server_ports(servers)->imap, seed, percent);
    self->smtp = fault_proxy_start(server_ports(servers)->smtp, seed + 1, percent);
    if (is_server_old)
        fault_proxy_hide(self->imap, modern);
    self->events = event_queue_new();
    make_accounts(self);
    g_autofree char *gone = server_doveadm(servers, "expunge", "-u", SERVER_USER, "mailbox", "*", "all", NULL);
    g_autofree char *gone_too = server_doveadm(servers, "expunge", "-u", SERVER_OTHER, "mailbox", "*", "all", NULL);
    deliver_all(self);
    g_autoptr(GError) error = NULL;
    self->db = store_open(self->path, STORE_WORKER, &error); /* as the screen, but it waits for the lock: the screen would try again */
    if (self->db == NULL)
        fail_msg("%s", error->message);
    engine_up(self);
    for (int i = 0; i < ACCOUNTS; i++)
        self->account_ids[i] = store_account_id(self->db, account_names[i], NULL);
}

static void world_close(struct world *self)
{
    engine_down(self);
    store_close(self->db);
    fault_proxy_free(self->imap);
    fault_proxy_free(self->smtp);
    event_queue_free(self->events);
    for (int i = 0; i < ACCOUNTS; i++)
        account_free(self->accounts[i]);
    settings_free(self->settings);
    g_ptr_array_unref(self->past);
    g_array_unref(self->replies);
    g_string_free(self->story, TRUE);
    g_string_free(self->complaint, TRUE);
    g_rand_free(self->random);
    remove_tree(self->home);
    g_free(self->home);
    g_free(self->path);
}

/* --- what the person does --- */
static int64_t folder_named(struct world *self, int where, const char *name)
{
    int64_t id = 0;
    store_number(self->db, &id, NULL, "SELECT id FROM folders WHERE account_id = ? AND name = ?", NUM(self->account_ids[where]), TXT(name));
    return id;
}

/* The placement where the person believes the message to be; 0: not on the screen yet. */
static int64_t placement_of(struct world *self, int message)
{
    int64_t id = 0;
    g_autofree char *message_id = subject_id(self, message);
    store_number(self->db, &id, NULL,
                 "SELECT p.id FROM placements AS p JOIN messages AS m ON m.id = p.message_id JOIN folders AS f ON f.id = p.folder_id"
                 " WHERE m.message_id = ? AND f.name = ? AND f.account_id = ?",
                 TXT(message_id), TXT(self->beliefs[message].folder), NUM(self->account_ids[self->beliefs[message].where]));
    return id;
}

static void remember(struct world *self)
{
    g_ptr_array_add(self->past, g_memdup2(self->beliefs, sizeof self->beliefs));
}

static bool act_flags(struct world *self, int message, int64_t placement)
{
    static const unsigned flags[] = { MESSAGE_SEEN, MESSAGE_FLAGGED, MESSAGE_SEEN | MESSAGE_FLAGGED };
    unsigned flag = flags[g_rand_int_range(self->random, 0, G_N_ELEMENTS(flags))];
    bool is_add = g_rand_boolean(self->random);
    remember(self);
    int64_t action = intent_flags(self->db, &placement, 1, is_add ? flag : 0, is_add ? 0 : flag, NULL);
    unsigned *known = &self->beliefs[message].flags, before = *known;
    *known = is_add ? before | flag : before & ~flag;
    if (*known == before)
        g_ptr_array_remove_index(self->past, self->past->len - 1); /* nothing changed: nothing to take back */
    tell(self, "flags %d %c%u", message, is_add ? '+' : '-', flag);
    return action != 0;
}

static bool move_to(struct world *self, int message, int64_t placement, int where, const char *target)
{
    struct belief *belief = &self->beliefs[message];
    int64_t folder = folder_named(self, where, target);
    if (folder == 0 || (strcmp(target, belief->folder) == 0 && where == belief->where))
        return true;
    remember(self);
    tell(self, "move %d from %s/%s to %s/%s", message, users[belief->where], belief->folder, users[where], target);
    g_strlcpy(belief->folder, target, sizeof belief->folder);
    belief->where = where;
    return intent_move(self->db, &placement, 1, folder, NULL) != 0;
}

static const char *any_folder(struct world *self)
{
    static const char *const names[] = { "INBOX", "Archive", "Trash", "Junk" };
    return names[g_rand_int_range(self->random, 0, G_N_ELEMENTS(names))];
}

static bool act_move(struct world *self, int message, int64_t placement)
{
    return move_to(self, message, placement, self->beliefs[message].where, any_folder(self));
}

static bool act_emigrate(struct world *self, int message, int64_t placement)
{
    return move_to(self, message, placement, 1 - self->beliefs[message].where, any_folder(self));
}

static bool act_archive(struct world *self, int message, int64_t placement)
{
    if (folder_named(self, self->beliefs[message].where, "Archive") == 0 || strcmp("Archive", self->beliefs[message].folder) == 0)
        return true;
    remember(self);
    tell(self, "archive %d from %s", message, self->beliefs[message].folder);
    g_strlcpy(self->beliefs[message].folder, "Archive", sizeof self->beliefs[message].folder);
    return intent_archive(self->db, &placement, 1, NULL) != 0;
}

static bool act_delete(struct world *self, int message, int64_t placement)
{
    bool is_forever = strcmp("Trash", self->beliefs[message].folder) == 0;
    if (folder_named(self, self->beliefs[message].where, "Trash") == 0 || (is_forever && g_rand_int_range(self->random, 0, 4) != 0))
        return true;
    tell(self, "delete %d from %s", message, self->beliefs[message].folder);
    remember(self);
    g_strlcpy(self->beliefs[message].folder, is_forever ? "" : "Trash", sizeof self->beliefs[message].folder);
    if (is_forever)
        g_ptr_array_set_size(self->past, 0); /* perhaps it is gone already: the person does not try to take that back */
    return intent_delete(self->db, &placement, 1, is_forever, NULL) != 0;
}

static bool act_undo(struct world *self, int message, int64_t placement)
{
    g_autofree char *words = NULL;
    (void)message;
    (void)placement;
    if (self->past->len == 0)
        return true;
    struct belief now[MESSAGES];
    memcpy(now, self->beliefs, sizeof now);
    memcpy(self->beliefs, g_ptr_array_index(self->past, self->past->len - 1), sizeof self->beliefs);
    g_ptr_array_remove_index(self->past, self->past->len - 1);
    for (int i = 0; i < MESSAGES; i++)
        self->beliefs[i].flags = (self->beliefs[i].flags & ~(unsigned)MESSAGE_ANSWERED) | (now[i].flags & MESSAGE_ANSWERED);
    g_autoptr(GError) error = NULL;
    bool is_done = undo_last(self->db, &words, &error);
    tell(self, "undo: %s", is_done ? words : error != NULL ? error->message : "nothing");
    return is_done;
}

static bool act_answer(struct world *self, int message, int64_t placement)
{
    g_autoptr(draft) draft = draft_new(self->accounts[0]);
    g_autofree char *attachment = g_build_filename(self->home, "attachment.bin", NULL), *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    g_autoptr(GError) error = NULL;
    GBytes *bytes = NULL;
    g_autofree char *contents = g_strnfill(2000 + (gsize)message * 700, 'x');
    assert_true(g_file_set_contents(attachment, contents, -1, NULL));
    g_free(draft->to);
    g_free(draft->subject);
    g_free(draft->body);
    draft->to = g_strdup(SERVER_OTHER "@example.test");
    draft->subject = g_strdup_printf("Re: Message %d", message);
    draft->body = g_strdup("An answer.\n");
    if (!draft_attach(draft, attachment, &error) || !compose_build(draft, &bytes, &sender, &recipients, &error))
        fail_run(self, "%s", error->message);
    int64_t row = outbox_submit(self->db, "test", g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), sender,
                                (const char *const *)recipients, 0, placement, MESSAGE_ANSWERED, &error);
    g_bytes_unref(bytes);
    if (row == 0)
        fail_run(self, "%s", error->message);
    struct reply reply = { g_strdup(draft->message_id), message };
    g_array_append_val(self->replies, reply);
    self->beliefs[message].flags |= MESSAGE_ANSWERED;
    tell(self, "answer %d as %s", message, draft->message_id);
    return true;
}

static bool act_read(struct world *self, int message, int64_t placement)
{
    engine_fetch_message(self->engine, self->account_ids[self->beliefs[message].where], placement);
    return true;
}

static bool act_look(struct world *self, int message, int64_t placement)
{
    (void)placement;
    const struct belief *belief = &self->beliefs[message];
    engine_open_folder(self->engine, self->account_ids[belief->where], folder_named(self, belief->where, belief->folder));
    return true;
}

static bool act_restart(struct world *self, int message, int64_t placement)
{
    (void)message;
    (void)placement;
    tell(self, "restart");
    engine_down(self);
    engine_up(self);
    return true;
}

static const struct {
    bool (*act)(struct world *self, int message, int64_t placement);
    int weight;
} acts[] = { { act_flags, 30 }, { act_move, 18 },  { act_emigrate, 6 }, { act_archive, 12 }, { act_delete, 14 },
             { act_undo, 12 },  { act_answer, 6 }, { act_read, 10 },    { act_look, 6 },     { act_restart, 2 } };

static void act_once(struct world *self)
{
    int total = 0, message = g_rand_int_range(self->random, 0, MESSAGES);
    for (size_t i = 0; i < G_N_ELEMENTS(acts); i++)
        total += acts[i].weight;
    int drawn = g_rand_int_range(self->random, 0, total);
    size_t which = 0;
    while (drawn >= acts[which].weight)
        drawn -= acts[which++].weight;
    int64_t placement = placement_of(self, message);
    if (placement == 0)
        return; /* not here yet, or gone */
    if (!acts[which].act(self, message, placement))
        fail_run(self, "the last step could not be done");
    engine_wake(self->engine);
}

/* --- what came of it --- */
/* How often a Message-ID is in what doveadm lists. */
static int count_of(const char *listing, const char *message_id)
{
    int count = 0;
    for (const char *at = listing; (at = strstr(at, message_id)) != NULL; at++)
        count++;
    return count;
}

/* What is marked as deleted is gone for everybody who looks: where a server cannot expunge single messages, it may stay so beside another's marks. */
static char *listing_of(const char *user)
{
    return server_doveadm(servers, "-f", "tab", "fetch", "-u", user, "hdr.message-id mailbox flags uid", "undeleted", NULL);
}

/* Postfix and LMTP take their time: what is not there now may be on its way. */
static bool has_arrived(const char *message_id)
{
    for (int i = 0; i < 20; i++) {
        g_autofree char *bobs = listing_of(SERVER_OTHER);
        if (count_of(bobs, message_id) > 0)
            return true;
        g_usleep(100 * 1000);
    }
    return false;
}

/* The person looks in the other mailbox and answers truthfully. */
static void answer_doubts(struct world *self, GPtrArray *items)
{
    for (guint i = 0; i < items->len; i++) {
        const struct outbox_item *item = g_ptr_array_index(items, i);
        if (item->state != OUTBOX_IN_DOUBT)
            continue;
        bool is_there = has_arrived(item->message_id);
        tell(self, "in doubt %s: it %s", item->message_id, is_there ? "did arrive" : "did not arrive");
        assert_true(outbox_answer(self->db, item->id, is_there ? OUTBOX_WAS_SENT : OUTBOX_SEND_AGAIN, NULL));
        engine_wake(self->engine);
    }
}

/* The lines are good again: everything is to be done by itself, except what only the person can know. */
static void calm_down(struct world *self)
{
    fault_proxy_set_percent(self->imap, 0);
    fault_proxy_set_percent(self->smtp, 0);
    gint64 until = g_get_monotonic_time() + (gint64)PATIENCE_S * G_USEC_PER_SEC;
    engine_sync_now(self->engine, NULL);
    for (;;) {
        g_autoptr(GPtrArray) items = outbox_items(self->db, NULL);
        int64_t intents = intent_count(self->db, 0);
        if (intents == 0 && items->len == 0)
            return;
        answer_doubts(self, items);
        if (g_get_monotonic_time() > until)
            fail_run(self, "after %d s of calm %d intents and %u messages still wait", PATIENCE_S, (int)intents, items->len);
        listen_for(self, 100);
    }
}

static unsigned flags_in(const char *line)
{
    return (strstr(line, "\\Seen") != NULL ? MESSAGE_SEEN : 0u) | (strstr(line, "\\Flagged") != NULL ? MESSAGE_FLAGGED : 0u) |
           (strstr(line, "\\Answered") != NULL ? MESSAGE_ANSWERED : 0u);
}

static void check_message(struct world *self, char *const *listings, int message)
{
    g_autofree char *id = subject_id(self, message);
    const struct belief *belief = &self->beliefs[message];
    const char *listing = listings[belief->where];
    int count = count_of(listing, id) + count_of(listings[1 - belief->where], id);
    if (count != (belief->folder[0] != '\0'))
        fail_run(self, "message %d should be %s and is there %d times\n%s%s", message, belief->folder[0] ? belief->folder : "gone", count,
                 listing, listings[1 - belief->where]);
    if (count == 0)
        return;
    const char *begin = strstr(listing, id);
    if (begin == NULL)
        fail_run(self, "message %d should be in the account of %s and is in the other", message, users[belief->where]);
    const char *end = strchr(begin, '\n');
    g_autofree char *line = g_strndup(begin, (gsize)(end - begin));
    g_auto(GStrv) fields = g_strsplit(line, "\t", -1);
    if (strcmp(fields[1], belief->folder) != 0 || flags_in(fields[2]) != belief->flags)
        fail_run(self, "message %d should be in %s with flags %u: %s", message, belief->folder, belief->flags, line);
    int64_t placement = placement_of(self, message);
    struct placement_row row = { 0 };
    if (placement == 0 || !store_placement_row(self->db, placement, &row, NULL) || (row.flags & FLAGS) != belief->flags ||
        row.server_flags != row.flags || row.uid != (uint32_t)strtoul(fields[3], NULL, 10))
        fail_run(self, "message %d is not in the store as on the server: %s; here flags %u, server's %u, number %u", message, line,
                 row.flags, row.server_flags, row.uid);
}

static void check_replies(struct world *self, char *const *listings)
{
    for (guint i = 0; i < self->replies->len; i++) {
        const struct reply *reply = &g_array_index(self->replies, struct reply, i);
        int received = count_of(listings[1], reply->message_id), filed = count_of(listings[0], reply->message_id);
        if (received != 1 || filed != 1)
            fail_run(self, "the answer %s came %d times and is %d times in Sent", reply->message_id, received, filed);
    }
}

static void check_servers(struct world *self)
{
    g_autofree char *alice = listing_of(users[0]), *bob = listing_of(users[1]);
    char *const listings[ACCOUNTS] = { alice, bob };
    for (int i = 0; i < MESSAGES; i++)
        check_message(self, listings, i);
    check_replies(self, listings);
    int64_t here = 0;
    int there = count_of(alice, "\n") + count_of(bob, "\n") - 2; /* without the heads */
    assert_true(store_number(self->db, &here, NULL, "SELECT count(*) FROM placements WHERE flags & 8 = 0"));
    if (here != there)
        fail_run(self, "%d messages are on the servers and %d in the store\n%s%s", there, (int)here, alice, bob);
    if (self->complaint->len > 0)
        fail_run(self, "something was refused though nobody else touched the mail");
}

/* The last look: what was settled must also be what a fresh comparison finds. */
static void compare_once(struct world *self)
{
    g_autoptr(GError) error = NULL;
    engine_down(self);
    g_autoptr(GPtrArray) accounts = account_list(self);
    self->engine = engine_new(accounts, self->settings, self->path, self->events);
    for (guint i = 0; i < self->replies->len; i++)
        has_arrived(g_array_index(self->replies, struct reply, i).message_id);
    for (int i = 0; i < ACCOUNTS; i++) {
        if (!engine_sync_once(self->engine, account_names[i], &error))
            fail_run(self, "%s", error->message);
    }
}

static void run_once(guint32 seed, int percent, int rounds, bool is_server_old)
{
    struct world world;
    gint64 begun = g_get_monotonic_time();
    world_open(&world, seed, percent, is_server_old);
    for (int i = 0; i < 100 && placement_of(&world, 0) == 0; i++) {
        listen_for(&world, 100);
        if (i % 10 == 9)
            engine_sync_now(world.engine, NULL);
    }
    for (int i = 0; i < rounds; i++) {
        act_once(&world);
        listen_for(&world, g_rand_int_range(world.random, 0, 60));
        if (i % 20 == 19)
            engine_sync_now(world.engine, NULL); /* a person who presses "sync" ends a backoff: more connections, more faults */
    }
    gint64 calm = g_get_monotonic_time();
    calm_down(&world);
    compare_once(&world);
    check_servers(&world);
    printf("seed %u: %u actions and answers, %u of %u IMAP and %u of %u SMTP connections faulty, %.1f s, calm after %.1f s\n", seed,
           count_of(world.story->str, "\n") > 0 ? (guint)count_of(world.story->str, "\n") : 0, fault_proxy_faults(world.imap),
           fault_proxy_connections(world.imap), fault_proxy_faults(world.smtp), fault_proxy_connections(world.smtp),
           (double)(g_get_monotonic_time() - begun) / G_USEC_PER_SEC, (double)(g_get_monotonic_time() - calm) / G_USEC_PER_SEC);
    fflush(stdout);
    world_close(&world);
}

static guint32 number_from(const char *name, guint32 otherwise)
{
    const char *text = g_getenv(name);
    return text != NULL ? (guint32)strtoul(text, NULL, 10) : otherwise;
}

static void run_all(bool is_server_old)
{
    guint32 seed = number_from("FAULTS_SEED", g_getenv("FAULTS_RUNS") != NULL ? g_random_int() % 1000000 : 1),
            runs = number_from("FAULTS_RUNS", 1);
    for (guint32 i = 0; i < runs; i++)
        run_once(seed + i, 60, (int)number_from("FAULTS_ROUNDS", 120), is_server_old);
}

static void whatever_the_lines_do_everything_is_done_exactly_once(void **state)
{
    (void)state;
    run_all(false);
}

/* Without MOVE, UIDPLUS, IDLE, CONDSTORE: copies, marks and searches instead. */
static void also_with_a_server_of_twenty_years_ago(void **state)
{
    (void)state;
    run_all(true);
}

#define DONE_S 15 /* on a machine that has much else to do; an account that nobody woke comes after a minute */

/* Nobody presses a key: the queue goes out by itself as soon as the line is up. */
static void after_a_cut_all_that_waits_is_done_within_seconds(void **state)
{
    struct world world;
    int down_s = (int)number_from("FAULTS_DOWN_S", 4);
    (void)state;
    world_open(&world, number_from("FAULTS_SEED", 1), 0, false);
    for (int i = 0; i < 200 && placement_of(&world, MESSAGES - 1) == 0; i++)
        listen_for(&world, 50);
    fault_proxy_set_down(world.imap, true);
    fault_proxy_set_down(world.smtp, true);
    for (int i = 0; i < 10; i++) {
        int64_t placement = placement_of(&world, i);
        bool is_done = i % 5 == 0   ? act_answer(&world, i, placement)
                       : i % 5 < 3  ? act_flags(&world, i, placement)
                       : i % 5 == 3 ? act_archive(&world, i, placement)
                                    : act_emigrate(&world, i, placement);
        assert_true(is_done);
        engine_wake(world.engine);
        listen_for(&world, down_s * 100);
    }
    fault_proxy_set_down(world.imap, false);
    fault_proxy_set_down(world.smtp, false);
    gint64 up = g_get_monotonic_time();
    for (;;) {
        g_autoptr(GPtrArray) items = outbox_items(world.db, NULL);
        if (intent_count(world.db, 0) == 0 && items->len == 0)
            break;
        if (g_get_monotonic_time() - up > (gint64)(DONE_S + down_s / 5) * G_USEC_PER_SEC)
            fail_run(&world, "after the cut %d intents and %u messages still wait", (int)intent_count(world.db, 0), items->len);
        listen_for(&world, 50);
    }
    printf("after %d s without the network all was done %.1f s later\n", down_s, (double)(g_get_monotonic_time() - up) / G_USEC_PER_SEC);
    compare_once(&world);
    check_servers(&world);
    world_close(&world);
}

int main(void)
{
    g_autofree char *why_not = NULL;
    servers = server_start(&why_not);
    if (servers == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    const struct CMUnitTest tests[] = { cmocka_unit_test(whatever_the_lines_do_everything_is_done_exactly_once),
                                        cmocka_unit_test(after_a_cut_all_that_waits_is_done_within_seconds),
                                        cmocka_unit_test(also_with_a_server_of_twenty_years_ago) };
    if (g_getenv("POSTERN_LOG") != NULL)
        net_log_open(g_getenv("POSTERN_LOG"));
    if (g_getenv("FAULTS_ONLY") != NULL)
        cmocka_set_test_filter(g_getenv("FAULTS_ONLY"));
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_free(servers);
    return failed;
}
