/* SPDX-License-Identifier: MIT */
/* One run of test_converge: what is started for it, and what is said when it fails. */
#include "tests/servers/converge_world.h"
#include "tests/remove_tree.h"
#include "tests/servers/converge_person.h"
#include "tests/servers/server.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define PATIENCE_S 130

/* --- the person's process --- */
static void child_setup(gpointer data)
{
    (void)data;
    setpgid(0, 0);
}

static char **environment(struct world *self)
{
    static const char *const places[][2] = { { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" } };
    char **words = g_get_environ();
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_build_filename(self->home, places[i][1], NULL);
        words = g_environ_setenv(words, places[i][0], path, TRUE);
    }
    g_autofree char *log = g_build_filename(self->home, "protocol.log", NULL);
    if (g_getenv("CONVERGE_KEEP") != NULL)
        words = g_environ_setenv(words, "POSTERN_LOG", log, TRUE);
    return g_environ_setenv(words, "HOME", self->home, TRUE);
}

/* Where a process that does not answer stands: for the one who looks for it. */
static void tell_where(GPid pid)
{
    g_autofree char *number = g_strdup_printf("%d", (int)pid), *tool = g_find_program_in_path("gdb");
    const char *const argv[] = { "gdb", "-p", number, "-batch", "-ex", "thread apply all bt", NULL };
    g_autofree char *said = NULL;
    if (tool != NULL)
        g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &said, NULL, NULL, NULL);
    fprintf(stderr, "%s\n", said != NULL ? said : "(no debugger is here)");
}

bool world_hear(struct world *self)
{
    char line[200];
    struct pollfd ready = { .fd = fileno(self->answers), .events = POLLIN };
    if (poll(&ready, 1, PATIENCE_S * 1000) <= 0)
        tell_where(self->person);
    else
        return fgets(line, sizeof line, self->answers) != NULL && (g_str_has_prefix(line, "ok") || g_str_has_prefix(line, "ready"));
    return false;
}

void world_person_start(struct world *self, bool is_away)
{
    const char *const argv[] = { "/proc/self/exe", "--person", self->home, is_away ? "offline" : "online", NULL };
    g_auto(GStrv) words = environment(self);
    int in = -1, out = -1;
    g_autoptr(GError) error = NULL;
    if (!g_spawn_async_with_pipes(NULL, (char **)argv, words, G_SPAWN_DO_NOT_REAP_CHILD, child_setup, NULL, &self->person, &in, &out, NULL,
                                  &error))
        fail_msg("%s", error->message);
    fcntl(in, F_SETFD, FD_CLOEXEC);
    fcntl(out, F_SETFD, FD_CLOEXEC);
    self->orders = fdopen(in, "w");
    self->answers = fdopen(out, "r");
    self->is_offline = is_away;
    self->restarts++;
    if (!world_hear(self))
        world_fail(self, "the person's process did not start");
}

/* Its status; one that does not end is shown, and killed. */
static int wait_for(GPid pid)
{
    int status = 0;
    for (int i = 0; i < PATIENCE_S * 200; i++) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return status;
        g_usleep(5000);
    }
    tell_where(pid);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return status;
}

void world_person_reap(struct world *self, bool is_killed)
{
    if (self->person == 0)
        return;
    fclose(self->orders);
    if (is_killed)
        kill(self->person, SIGKILL);
    int status = wait_for(self->person);
    fclose(self->answers);
    self->person = 0;
    if (!is_killed && status != 0)
        world_fail(self, "the person's process ended with %d", status);
}

void world_person_kill(struct world *self)
{
    self->kills += self->person != 0;
    other_tell(&self->other, "kills the person");
    world_person_reap(self, true);
}

void world_say(struct world *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(self->orders, format, arguments);
    va_end(arguments);
    fputc('\n', self->orders);
    fflush(self->orders);
}

int world_sync(struct world *self, int kill_after_ms)
{
    const char *const argv[] = { POSTERN_PROGRAM, "sync", NULL };
    g_auto(GStrv) words = environment(self);
    g_autofree char *log = g_build_filename(self->home, "sync.log", NULL);
    GPid pid = 0;
    int status = 0, out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    self->syncs++;
    if (!g_spawn_async_with_fds(NULL, (char **)argv, words, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, -1, out, out, NULL))
        fail_msg("%s cannot be started", POSTERN_PROGRAM);
    close(out);
    if (kill_after_ms > 0) {
        g_usleep((gulong)kill_after_ms * 1000);
        kill(pid, SIGKILL);
        self->kills++;
    }
    status = wait_for(pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- a run that failed --- */
void world_fail(struct world *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments), *journal_path = g_build_filename(self->home, "journal", NULL);
    g_autofree char *journal = NULL;
    va_end(arguments);
    if (self->person != 0) {
        kill(self->person, SIGKILL);
        waitpid(self->person, NULL, 0);
        self->person = 0;
    }
    const char *keep = g_getenv("CONVERGE_KEEP");
    if (keep != NULL) {
        const char *const argv[] = { "cp", "-a", self->home, keep, NULL };
        g_autofree char *story = g_build_filename(keep, "story", NULL);
        g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
        g_file_set_contents(story, self->other.story->str, -1, NULL);
    }
    g_file_get_contents(journal_path, &journal, NULL, NULL);
    gsize length = journal != NULL ? strlen(journal) : 0;
    fprintf(stderr, "--- the end of the person's journal\n%s--- of the other client's\n%s--- %s\nCONVERGE_SERVER=%s CONVERGE_SEED=%u\n",
            journal != NULL ? journal + (length > 3000 ? length - 3000 : 0) : "",
            self->other.story->str + (self->other.story->len > 3000 ? self->other.story->len - 3000 : 0), what, self->server_name,
            self->seed);
    fail();
    abort(); /* never reached: fail() jumps */
}

/* --- its beginning and its end --- */
static void write_account(struct world *self)
{
    g_autofree char *accounts = g_build_filename(self->home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, CONVERGE_ACCOUNT ".conf", NULL),
                    *settings = g_build_filename(self->home, "config/postern/postern.conf", NULL);
    g_autofree char *text =
        g_strdup_printf("[account]\nname = Test\nfrom = Alice <alice@example.test>\n\n[incoming]\nprotocol = imap\n"
                        "host = 127.0.0.1\nport = %d\nsecurity = plain\nuser = %s\npassword = pa ss\"w\\\\ord%%\xc3\xbc\n\n"
                        "[outgoing]\nprotocol = sendmail\ncommand = /bin/true\n\n[folders]\narchive = Archive\ntrash = Trash\n",
                        fault_proxy_port(self->line), SERVER_USER);
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    assert_true(g_file_set_contents(settings, "[postern]\nio-timeout = 5\n", -1, NULL));
}

void world_open(struct world *self, const char *server_name, int port, int relay_port, guint32 seed)
{
    *self = (struct world){ .seed = seed, .random = g_rand_new_with_seed(seed), .server_name = server_name };
    self->begun = g_get_monotonic_time();
    self->home = g_dir_make_tmp("postern-converge-XXXXXX", NULL);
    self->line = fault_proxy_start(relay_port, seed, 0);
    write_account(self);
    other_open(&self->other, port, SERVER_USER, SERVER_PASSWORD, seed + 1);
    other_clean(&self->other);
    for (int i = 0; i < 30; i++)
        other_append(&self->other);
    if (world_sync(self, 0) != 0)
        world_fail(self, "the first synchronisation failed");
    fault_proxy_set_percent(self->line, FAULTY);
}

void world_close(struct world *self, int rounds)
{
    printf("%s, seed %u: %d rounds, %u kills, %u starts, %u syncs, %u of %u connections faulty, %u comparisons, %.0f s\n",
           self->server_name, self->seed, rounds, self->kills, self->restarts, self->syncs, fault_proxy_faults(self->line),
           fault_proxy_connections(self->line), self->checks, (double)(g_get_monotonic_time() - self->begun) / G_USEC_PER_SEC);
    fflush(stdout);
    fault_proxy_free(self->line);
    other_close(&self->other);
    g_rand_free(self->random);
    remove_tree(self->home);
    g_free(self->home);
}
