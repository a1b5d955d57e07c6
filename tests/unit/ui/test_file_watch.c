/* SPDX-License-Identifier: MIT */
/* What a program saves is seen while it runs, from its first moment on. */
#include "ui/file_watch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LAST_STATUS = 7, GIVE_UP_MS = 20000 };

struct seen {
    int news;
    int answer_fd; /* closed when there was news: the program ends then */
};

static void note(void *data, bool is_news)
{
    struct seen *seen = data;
    if (!is_news)
        return;
    seen->news++;
    close(seen->answer_fd);
    seen->answer_fd = -1;
}

/* In the child: until somebody has looked; it ends well only then. */
_Noreturn static void end_when_seen(int fd)
{
    struct pollfd answer = { .fd = fd, .events = POLLIN };
    _exit(poll(&answer, 1, GIVE_UP_MS) == 1 ? LAST_STATUS : 1);
}

static void save(const char *path, bool is_new_file)
{
    GFileSetContentsFlags flags = is_new_file ? G_FILE_SET_CONTENTS_CONSISTENT : G_FILE_SET_CONTENTS_NONE;
    assert_true(g_file_set_contents_full(path, "saved", -1, flags, 0600, NULL));
}

static void expect_seen(bool is_new_file)
{
    g_autofree char *directory = g_dir_make_tmp("postern-watch-XXXXXX", NULL), *path = g_build_filename(directory, "text", NULL);
    int ends[2], status = 0;
    struct seen seen = { 0 };
    save(path, false);
    assert_int_equal(pipe(ends), 0);
    seen.answer_fd = ends[1];
    const struct file_watch watch = { .path = path, .look = note, .data = &seen };
    int watch_fd = file_watch_open(&watch);
    assert_true(watch_fd >= 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        end_when_seen(ends[0]);
    }
    save(path, is_new_file); /* as if the program had, before anybody could wait for it */
    file_watch_wait(child, &watch, watch_fd, &status);
    file_watch_close(watch_fd);
    assert_int_equal(seen.news, 1);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), LAST_STATUS);
    close(ends[0]);
    g_unlink(path);
    g_rmdir(directory);
}

static void what_is_saved_at_once_in_place_is_seen(void **state)
{
    (void)state;
    expect_seen(false);
}

static void what_is_saved_at_once_as_a_new_file_is_seen(void **state)
{
    (void)state;
    expect_seen(true);
}

static void what_was_saved_for_the_watch_before_is_no_news(void **state)
{
    (void)state;
    g_autofree char *directory = g_dir_make_tmp("postern-watch-XXXXXX", NULL), *path = g_build_filename(directory, "text", NULL);
    const struct file_watch watch = { .path = path };
    int first = file_watch_open(&watch);
    assert_true(first >= 0);
    save(path, false);
    file_watch_close(first);
    save(path, false); /* nobody asks */
    int second = file_watch_open(&watch);
    assert_int_equal(second, first); /* kept: closing it would make the screen wait */
    struct pollfd news = { .fd = second, .events = POLLIN };
    assert_int_equal(poll(&news, 1, 0), 0);
    file_watch_close(second);
    g_unlink(path);
    g_rmdir(directory);
}

static void without_a_watch_only_the_end_is_waited_for(void **state)
{
    (void)state;
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(LAST_STATUS);
    assert_int_equal(file_watch_open(NULL), -1);
    file_watch_wait(child, NULL, -1, &status);
    file_watch_close(-1);
    assert_int_equal(WEXITSTATUS(status), LAST_STATUS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_saved_at_once_in_place_is_seen),
        cmocka_unit_test(what_is_saved_at_once_as_a_new_file_is_seen),
        cmocka_unit_test(what_was_saved_for_the_watch_before_is_no_news),
        cmocka_unit_test(without_a_watch_only_the_end_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
