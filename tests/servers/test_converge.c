/* SPDX-License-Identifier: MIT */
/* Two clients work on the same mail at once while lines break and postern is killed: afterwards store and server agree, and nothing is lost or doubled.
 *
 * Always the same plans, unless the environment wants others: CONVERGE_RUNS=N makes N that nobody has seen, CONVERGE_ROUNDS=1000 is the long form,
 * CONVERGE_SEED=N repeats one plan. CONVERGE_SERVER=dovecot|old|cyrus|keys takes one of the four only, CONVERGE_KEEP=DIRECTORY keeps the store of a
 * failing run. */
#include "tests/servers/converge_belief.h"
#include "tests/servers/converge_person.h"
#include "tests/servers/server.h"
#include "tests/servers/server_jail.h"
#include "tests/servers/server_old.h"
#include "tests/tui/terminal.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK_EVERY 25 /* rounds */

/* Everything calms down, and is looked at. */
static void check_point(struct world *self)
{
    struct found found;
    found_open(&found);
    self->checks++;
    fault_proxy_set_percent(self->line, 0);
    fault_proxy_set_down(self->line, false);
    if (self->person == 0)
        world_person_start(self, false);
    world_say(self, "settle");
    if (!world_hear(self))
        world_fail(self, "intents still wait after 90 s of calm");
    world_say(self, "quit");
    world_person_reap(self, false);
    int code = world_sync(self, 0);
    if (code != 0) {
        g_autofree char *log = g_build_filename(self->home, "sync.log", NULL), *words = NULL;
        g_file_get_contents(log, &words, NULL, NULL);
        world_fail(self, "postern sync ended with %d: %s", code, words);
    }
    found_on_server(self, &found);
    found_in_store(self, &found);
    found_compare(self, &found);
    belief_check(self, &found);
    found_clear(&found);
    fault_proxy_set_percent(self->line, FAULTY);
}

/* --- rounds --- */
static void disturb(struct world *self)
{
    switch (g_rand_int_range(self->random, 0, 10)) {
    case 0:
    case 1:
    case 2:
        world_person_kill(self);
        break;
    case 3: /* in the middle of what it does */
        if (self->person == 0)
            break;
        world_say(self, "act %u 5", g_rand_int(self->random));
        g_usleep((gulong)g_rand_int_range(self->random, 0, 40) * 1000);
        world_person_kill(self);
        break;
    case 4:
    case 5:
        world_person_kill(self);
        world_sync(self, g_rand_int_range(self->random, 60, 700));
        break;
    case 6:
        fault_proxy_set_down(self->line, true);
        other_act(&self->other);
        g_usleep((gulong)g_rand_int_range(self->random, 0, 300) * 1000);
        fault_proxy_set_down(self->line, false);
        break;
    case 7:
        if (self->person != 0) {
            self->is_offline = !self->is_offline;
            world_say(self, self->is_offline ? "offline" : "online");
            world_hear(self);
        }
        break;
    case 8:
        fault_proxy_set_percent(self->line, 60);
        break;
    default:
        fault_proxy_set_percent(self->line, 0);
        break;
    }
}

static void run_round(struct world *self)
{
    if (self->person == 0)
        world_person_start(self, g_rand_int_range(self->random, 0, 4) == 0);
    int theirs = g_rand_int_range(self->random, 0, 4), ours = g_rand_int_range(self->random, 0, 4);
    if (ours > 0)
        world_say(self, "act %u %d", g_rand_int(self->random), ours);
    for (int i = 0; i < theirs; i++)
        other_act(&self->other);
    if (ours > 0 && !world_hear(self))
        world_fail(self, "the person's process died");
    g_usleep((gulong)g_rand_int_range(self->random, 0, 60) * 1000);
    if (g_rand_int_range(self->random, 0, 100) < 22)
        disturb(self);
}

static void run_once(const char *server_name, int port, int relay_port, guint32 seed, int rounds)
{
    struct world world;
    world_open(&world, server_name, port, relay_port, seed);
    for (int i = 1; i <= rounds; i++) {
        other_tell(&world.other, "--- round %d", i);
        run_round(&world);
        if (i % CHECK_EVERY == 0 || i == rounds)
            check_point(&world);
    }
    world_close(&world, rounds);
}

/* --- the real program, by keys --- */
static terminal *screen_start(struct world *self)
{
    static const char *const places[][2] = { { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" } };
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        g_ptr_array_add(words, g_strdup_printf("%s=%s/%s", places[i][0], self->home, places[i][1]));
    g_ptr_array_add(words, g_strdup_printf("HOME=%s", self->home));
    g_ptr_array_add(words, NULL);
    self->restarts++;
    terminal *screen = terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, 30, 110, (const char *const *)words->pdata);
    if (screen == NULL || !terminal_wait_for(screen, "Inbox", 30000))
        world_fail(self, "the program shows nothing");
    return screen;
}

static void press(struct world *self, terminal *screen)
{
    static const char *const keys[] = { "j", "j", "jj",   "k", "*",  "*",  "N",  "e",      "d",
                                        "u", "u", "\022", "m", "gi", "ga", "gt", "\033[F", "\033[H" };
    const char *key = keys[g_rand_int_range(self->random, 0, G_N_ELEMENTS(keys))];
    terminal_keys(screen, key);
    terminal_wait_idle(screen, 10, 300);
    if (strcmp(key, "m") == 0 && terminal_contains(screen, "Move to")) {
        terminal_keys(screen, g_rand_boolean(self->random) ? "Projects\r" : "Trash\r");
        terminal_wait_idle(screen, 10, 300);
    }
    if (terminal_contains(screen, "for good"))
        terminal_keys(screen, "\033"); /* nothing is deleted by this person */
    other_tell(&self->other, "(the person presses %s)", *key == '\033' ? "a long key" : key);
}

/* What the other client did not move was moved by keys only, and is there once. */
static void check_once(struct world *self, struct found *found)
{
    GHashTableIter each;
    gpointer token, deed;
    g_hash_table_iter_init(&each, self->other.deeds);
    while (g_hash_table_iter_next(&each, &token, &deed)) {
        const GPtrArray *places = g_hash_table_lookup(found->places, token);
        bool is_left_alone = strchr("034", ((const char *)token)[1]) != NULL;
        guint count = 0;
        for (guint i = 0; places != NULL && i < places->len; i++)
            count += ((const char *)token)[1] == '3' || strstr(g_ptr_array_index(places, i), "\\Deleted") == NULL;
        if (is_left_alone && count != 1)
            world_fail(self, "%s is there %u times", (const char *)token, count);
    }
}

static void check_keys(struct world *self)
{
    struct found found;
    found_open(&found);
    self->checks++;
    fault_proxy_set_percent(self->line, 0);
    for (int i = 0; i < 2; i++) /* the second one finds what the first one did */
        if (world_sync(self, 0) != 0)
            world_fail(self, "postern sync failed");
    found_on_server(self, &found);
    found_in_store(self, &found);
    found_compare(self, &found);
    check_once(self, &found);
    found_clear(&found);
    fault_proxy_set_percent(self->line, FAULTY);
}

static void run_keys(const char *server_name, int port, int relay_port, guint32 seed, int rounds)
{
    struct world world;
    terminal *screen = NULL;
    world_open(&world, server_name, port, relay_port, seed);
    for (int i = 1; i <= rounds; i++) {
        if (screen == NULL)
            screen = screen_start(&world);
        press(&world, screen);
        if (g_rand_int_range(world.random, 0, 2) == 0)
            other_act(&world.other);
        bool is_check = i % (2 * CHECK_EVERY) == 0 || i == rounds;
        if (!is_check && g_rand_int_range(world.random, 0, 25) != 0)
            continue;
        kill(terminal_pid(screen), SIGKILL);
        world.kills++;
        g_clear_pointer(&screen, terminal_free);
        if (is_check)
            check_keys(&world);
    }
    world_close(&world, rounds);
}

static guint32 number_from(const char *name, guint32 otherwise)
{
    const char *text = g_getenv(name);
    return text != NULL ? (guint32)strtoul(text, NULL, 10) : otherwise;
}

static bool is_long(void)
{
    return g_getenv("CONVERGE_SEED") != NULL || g_getenv("CONVERGE_ROUNDS") != NULL || g_getenv("CONVERGE_RUNS") != NULL;
}

/* The short form: plans that are always the same, for who changes something else must not be stopped by chance. Both once failed. */
static void run_all(const char *server_name, int port, int relay_port)
{
    static const guint32 known[] = { 684433, 684435 };
    guint32 runs = number_from("CONVERGE_RUNS", 1), seed = number_from("CONVERGE_SEED", g_random_int() % 1000000);
    int rounds = (int)number_from("CONVERGE_ROUNDS", 30);
    for (size_t i = 0; !is_long() && i < G_N_ELEMENTS(known); i++)
        run_once(server_name, port, relay_port, known[i], rounds);
    for (guint32 i = 0; is_long() && i < runs; i++)
        run_once(server_name, port, relay_port, seed + i, rounds);
}

static bool is_wanted(const char *server_name)
{
    const char *wanted = g_getenv("CONVERGE_SERVER");
    return wanted == NULL || strcmp(wanted, server_name) == 0;
}

/* why_not: freed here where it skips, for that jumps out of the caller. */
static void needs(const char *server_name, bool is_there, char *why_not)
{
    if (is_there)
        return;
    print_message("skipped: %s: %s\n", server_name, why_not);
    g_free(why_not);
    skip();
}

/* Stopped in teardown(): a test that fails jumps out of its function. */
static server *dovecot;
static old_server *old;
static jail *cyrus;

static int teardown(void **state)
{
    (void)state;
    g_clear_pointer(&old, old_server_free);
    g_clear_pointer(&dovecot, server_free);
    g_clear_pointer(&cyrus, jail_free);
    return 0;
}

static void start_dovecot(const char *name)
{
    g_autofree char *why_not = NULL;
    if (!is_wanted(name))
        skip();
    dovecot = server_start(&why_not);
    needs(name, dovecot != NULL, why_not);
}

static void two_clients_agree_on_dovecot(void **state)
{
    (void)state;
    start_dovecot("dovecot");
    run_all("dovecot", server_ports(dovecot)->imap, server_ports(dovecot)->imap);
}

static void two_clients_agree_on_a_server_of_rfc_3501(void **state)
{
    (void)state;
    start_dovecot("old");
    old = old_server_start(server_ports(dovecot)->imap);
    run_all("old", server_ports(dovecot)->imap, old_server_port(old));
    assert_int_equal(old_server_refused(old), 0);
}

static void a_person_at_the_keys_and_another_client_agree(void **state)
{
    (void)state;
    start_dovecot("keys");
    run_keys("keys", server_ports(dovecot)->imap, server_ports(dovecot)->imap,
             number_from("CONVERGE_SEED", is_long() ? g_random_int() % 1000000 : 1), (int)number_from("CONVERGE_ROUNDS", 60));
}

static void two_clients_agree_on_cyrus(void **state)
{
    static const int doors[] = { offsetof(struct jail_ports, imap), -1 };
    g_autofree char *why_not = NULL;
    (void)state;
    if (!is_wanted("cyrus"))
        skip();
    if (!jail_is_possible(&why_not))
        needs("cyrus", false, why_not);
    cyrus = jail_start("cyrus", doors, &why_not);
    needs("cyrus", cyrus != NULL, why_not);
    run_all("cyrus", jail_ports(cyrus)->imap, jail_ports(cyrus)->imap);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--person") == 0)
        return person_main(argv[2], strcmp(argv[3], "offline") == 0);
    signal(SIGPIPE, SIG_IGN); /* whoever was killed reads no more */
    const struct CMUnitTest tests[] = { cmocka_unit_test_teardown(two_clients_agree_on_dovecot, teardown),
                                        cmocka_unit_test_teardown(two_clients_agree_on_a_server_of_rfc_3501, teardown),
                                        cmocka_unit_test_teardown(two_clients_agree_on_cyrus, teardown),
                                        cmocka_unit_test_teardown(a_person_at_the_keys_and_another_client_agree, teardown) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
