/* SPDX-License-Identifier: MIT */
/* A real keyring on a message bus of its own: kept, found, forgotten; and a keyring that does not answer holds nobody up. */
#include "config/secret.h"
#include "tests/remove_tree.h"
#include "tests/unit/config/fixture.h"
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

enum { WAIT_MS = 10000 };

static GPid bus, keyring;
static char *home, *why_not;

static int stop_child(GPid *child)
{
    if (*child > 0) {
        kill(*child, SIGCONT);
        kill(*child, SIGKILL);
        waitpid(*child, NULL, 0);
    }
    *child = 0;
    return 0;
}

/* The first line a child prints. Caller frees; NULL: none in time. */
static char *first_line(int fd)
{
    GString *line = g_string_new(NULL);
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    char byte;
    while (poll(&ready, 1, WAIT_MS) == 1 && read(fd, &byte, 1) == 1 && byte != '\n')
        g_string_append_c(line, byte);
    return g_string_free(line, line->len == 0);
}

/* A bus that starts no services by itself: else it would bring back the keyring that a test has ended. */
static bool start_bus(void)
{
    g_autofree char *path = g_build_filename(home, "bus.conf", NULL), *option = g_strconcat("--config-file=", path, NULL);
    g_autofree char *text =
        g_strdup_printf("<busconfig><type>session</type><listen>unix:dir=%s</listen><policy context=\"default\">"
                        "<allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy>"
                        "</busconfig>\n",
                        home);
    const char *const argv[] = { "dbus-daemon", option, "--nofork", "--nopidfile", "--print-address=1", NULL };
    if (!g_file_set_contents(path, text, -1, NULL))
        return false;
    int out = -1;
    if (!g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL,
                                  NULL, NULL, &bus, NULL, &out, NULL, NULL))
        return false;
    g_autofree char *address = first_line(out);
    close(out);
    if (address != NULL)
        g_setenv("DBUS_SESSION_BUS_ADDRESS", address, TRUE);
    return address != NULL;
}

static bool start_keyring(void)
{
    const char *const argv[] = { "gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets", NULL };
    int in = -1;
    if (!g_spawn_async_with_pipes(NULL, (char **)argv, NULL,
                                  G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL | G_SPAWN_STDOUT_TO_DEV_NULL,
                                  NULL, NULL, &keyring, &in, NULL, NULL, NULL))
        return false;
    bool is_told = write(in, "pw", 2) == 2;
    close(in);
    return is_told;
}

/* It takes its name on the bus when it is ready; libsecret's call waits for that, or the bus says that there is none yet. */
static bool wait_for_keyring(void)
{
    gint64 deadline = g_get_monotonic_time() + WAIT_MS * G_TIME_SPAN_MILLISECOND;
    while (g_get_monotonic_time() < deadline) {
        if (secret_has_keyring(-1))
            return true;
        poll(NULL, 0, 20);
    }
    return false;
}

static struct account *account_with_keyring(void)
{
    struct account *self = account_new("work");
    self->name = g_strdup("Work");
    self->incoming.secret = self->outgoing.secret = ACCOUNT_SECRET_KEYRING;
    return self;
}

static void assert_kept(const struct account *self, const struct account_server *server, const char *wanted)
{
    GError *error = NULL;
    char *found = secret_get(self, server, -1, WAIT_MS, &error);
    if (found == NULL)
        fail_msg("%s", error->message);
    assert_string_equal(found, wanted);
    secret_free(found);
}

static void a_password_is_kept_found_and_forgotten(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(account) self = account_with_keyring();
    assert_null(secret_get(self, &self->incoming, -1, WAIT_MS, &error));
    assert_error_says(&error, CONFIG_ERROR_MISSING, "not in the keyring yet");
    assert_true(secret_put(self, &self->incoming, " pä\"ss\\w%rd ", -1, WAIT_MS, &error));
    assert_kept(self, &self->incoming, " pä\"ss\\w%rd ");
    assert_kept(self, &self->outgoing, " pä\"ss\\w%rd "); /* one for both, until sending has its own */
    assert_true(secret_put(self, &self->outgoing, "other", -1, WAIT_MS, &error));
    assert_kept(self, &self->outgoing, "other");
    assert_kept(self, &self->incoming, " pä\"ss\\w%rd ");
    assert_true(secret_forget(self, &self->incoming, &error));
    assert_true(secret_forget(self, &self->outgoing, &error));
    assert_null(secret_get(self, &self->outgoing, -1, WAIT_MS, &error));
    assert_error_says(&error, CONFIG_ERROR_MISSING, "not in the keyring yet");
}

/* What a dialog nobody answers looks like from here. */
static void a_keyring_that_does_not_answer_is_given_up_at_the_deadline(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(account) self = account_with_keyring();
    kill(keyring, SIGSTOP);
    gint64 began = g_get_monotonic_time();
    assert_null(secret_get(self, &self->incoming, -1, 300, &error));
    assert_error_says(&error, CONFIG_ERROR_SECRET, "did not answer in time");
    assert_false(secret_put(self, &self->incoming, "secret", -1, 300, &error));
    assert_error_says(&error, CONFIG_ERROR_SECRET, "did not answer in time");
    assert_true(g_get_monotonic_time() - began < 20 * G_USEC_PER_SEC);
    kill(keyring, SIGCONT);
    assert_true(wait_for_keyring());
}

static void waiting_for_the_keyring_can_be_stopped(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(account) self = account_with_keyring();
    int cancel_fd = eventfd(1, EFD_CLOEXEC);
    kill(keyring, SIGSTOP);
    assert_null(secret_get(self, &self->outgoing, cancel_fd, 60000, &error));
    assert_error_says(&error, CONFIG_ERROR_CANCELLED, "stopped");
    kill(keyring, SIGCONT);
    assert_true(wait_for_keyring());
    close(cancel_fd);
}

static void without_a_keyring_on_the_bus_a_sentence_says_so(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(account) self = account_with_keyring();
    stop_child(&keyring);
    assert_null(secret_get(self, &self->incoming, -1, WAIT_MS, &error));
    assert_error_says(&error, CONFIG_ERROR_SECRET, "The keyring cannot be used: ");
    assert_false(secret_has_keyring(-1));
}

static int tear_down(void **state)
{
    (void)state;
    stop_child(&keyring);
    stop_child(&bus);
    remove_tree(home);
    g_free(home);
    return 0;
}

static bool set_up(void)
{
    home = g_dir_make_tmp("postern-keyring-XXXXXX", NULL);
    const char *const variables[] = { "HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR" };
    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++)
        g_setenv(variables[i], home, TRUE);
    g_unsetenv("GNOME_KEYRING_CONTROL");
    why_not = !start_bus()          ? g_strdup("dbus-daemon cannot be started")
              : !start_keyring()    ? g_strdup("gnome-keyring-daemon cannot be started")
              : !wait_for_keyring() ? g_strdup("the keyring does not answer, or postern was built without libsecret")
                                    : NULL;
    return why_not == NULL;
}

int main(void)
{
    if (!set_up()) {
        print_message("skipped: %s\n", why_not);
        g_free(why_not);
        tear_down(NULL);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_is_kept_found_and_forgotten),
        cmocka_unit_test(a_keyring_that_does_not_answer_is_given_up_at_the_deadline),
        cmocka_unit_test(waiting_for_the_keyring_can_be_stopped),
        cmocka_unit_test(without_a_keyring_on_the_bus_a_sentence_says_so),
    };
    return cmocka_run_group_tests_name("keyring", tests, NULL, tear_down);
}
