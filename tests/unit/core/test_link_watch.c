/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Noticing sleep, and a network of our own that changes. */
#include "core/link_watch.h"
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define PATIENCE_MS 20000
enum { ALL_WELL, NO_NAMESPACE = 77 };

static void only_what_counts_as_sleep_is_sleep(void **state)
{
    (void)state;
    int64_t slept = 0;
    link_watch_has_slept(&slept, 1000000, 400000); /* ten minutes before we began: of no interest from now on */
    assert_false(link_watch_has_slept(&slept, 1060000, 460000));
    assert_false(link_watch_has_slept(&slept, 1061000, 460500)); /* half a second: nothing breaks */
    assert_true(link_watch_has_slept(&slept, 9000000, 461000));
    assert_false(link_watch_has_slept(&slept, 9001000, 462000)); /* told once */
}

static void the_picture_has_no_loopback(void **state)
{
    (void)state;
    g_autofree char *picture = link_watch_picture();
    assert_null(strstr(picture, "127.0.0.1"));
}

/* --- in a child, alone with a network of its own --- */
static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool is_written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return is_written;
}

static bool enter_namespace(void)
{
    g_autofree char *users = g_strdup_printf("0 %d 1", (int)getuid()), *groups = g_strdup_printf("0 %d 1", (int)getgid());
    return unshare(CLONE_NEWNET) == 0 || /* root, outside of a sandbox */
           (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && write_file("/proc/self/setgroups", "deny") &&
            write_file("/proc/self/uid_map", users) && write_file("/proc/self/gid_map", groups));
}

static void note_change(void *data, bool has_slept)
{
    int *pipe_fd = data;
    char letter = has_slept ? 's' : 'n';
    (void)!write(*pipe_fd, &letter, 1);
}

static int told_fd;
static void watch(worker *thread, void *data)
{
    (void)!write(told_fd, "b", 1);
    link_watch_run(thread, note_change, data);
}

static bool is_told(int fd, int timeout_ms)
{
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    char letter = '\0';
    return poll(&ready, 1, timeout_ms) > 0 && read(fd, &letter, 1) == 1;
}

/* The picture may be taken just before or just after the first change: so it changes until it is noticed. */
static int change_network(void)
{
    int ends[2];
    if (!enter_namespace() || pipe(ends) != 0 || system("ip link add d0 type veth peer name d1 2>/dev/null && ip link set d0 up") != 0)
        return NO_NAMESPACE;
    told_fd = ends[1];
    worker *thread = worker_start("link", watch, &ends[1]);
    bool is_begun = is_told(ends[0], PATIENCE_MS), is_noticed = false;
    for (int i = 1; i < 10 && is_begun && !is_noticed; i++) {
        g_autofree char *command = g_strdup_printf("ip addr add 192.0.2.%d/24 dev d0", i);
        is_noticed = system(command) == 0 && is_told(ends[0], 2000);
    }
    bool has_lost = is_noticed && system("ip link set d0 down") == 0 && is_told(ends[0], PATIENCE_MS);
    worker_free(thread);
    return is_noticed && has_lost ? ALL_WELL : 1;
}

static void addresses_that_come_and_go_are_noticed(void **state)
{
    (void)state;
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(change_network());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_NAMESPACE) {
        print_message("no network namespace can be made here\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), ALL_WELL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_counts_as_sleep_is_sleep),
        cmocka_unit_test(the_picture_has_no_loopback),
        cmocka_unit_test(addresses_that_come_and_go_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
