/* SPDX-License-Identifier: MIT */
/* What the terminal gets is counted in writes: every write may wake the terminal, and with it a picture that is half drawn. */
#include "ui/screen.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>
#include <curses.h>
#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <fcntl.h>

enum { ROWS = 24, COLUMNS = 80 };

static int terminal = -1, saved_in = -1, saved_out = -1;

/* This process on a terminal of its own; the other end is ours to read. */
static int terminal_take(void **state)
{
    (void)state;
    struct winsize size = { .ws_row = ROWS, .ws_col = COLUMNS };
    terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    int side = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(side >= 0);
    ioctl(side, TIOCSWINSZ, &size);
    saved_in = dup(STDIN_FILENO);
    saved_out = dup(STDOUT_FILENO);
    dup2(side, STDIN_FILENO);
    dup2(side, STDOUT_FILENO);
    close(side);
    setenv("TERM", "xterm-256color", 1);
    unsetenv("LINES");
    unsetenv("COLUMNS");
    return 0;
}

static int terminal_give_back(void **state)
{
    (void)state;
    screen_stop();
    fflush(stdout);
    dup2(saved_in, STDIN_FILENO);
    dup2(saved_out, STDOUT_FILENO);
    close(saved_in);
    close(saved_out);
    close(terminal);
    return 0;
}

static GString *terminal_read(void)
{
    GString *bytes = g_string_new(NULL);
    struct pollfd readable = { .fd = terminal, .events = POLLIN };
    char chunk[4096];
    while (poll(&readable, 1, 0) > 0) {
        ssize_t count = read(terminal, chunk, sizeof chunk);
        if (count <= 0)
            break;
        g_string_append_len(bytes, chunk, count);
    }
    return bytes;
}

/* -1: this kernel does not count. */
static long writes_so_far(void)
{
    g_autofree char *io = NULL;
    if (!g_file_get_contents("/proc/self/io", &io, NULL, NULL))
        return -1;
    const char *line = strstr(io, "syscw: ");
    return line != NULL ? strtol(line + 7, NULL, 10) : -1;
}

static void draw_scattered_words(int turn)
{
    for (int row = 0; row < ROWS; row += 2) {
        attron(A_BOLD);
        mvprintw(row, 10 + turn, "word %d", turn);
        attroff(A_BOLD);
        mvprintw(row, 40 + turn, "other %d", turn);
    }
    wnoutrefresh(stdscr);
    doupdate();
}

static void a_picture_reaches_the_terminal_in_one_write(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_true(screen_start(false, &error));
    g_string_free(terminal_read(), TRUE);
    draw_scattered_words(0);
    g_string_free(terminal_read(), TRUE);
    long before = writes_so_far();
    draw_scattered_words(1);
    long writes = writes_so_far() - before;
    if (before < 0)
        skip();
    assert_in_range(writes, 1, 2);
    g_autoptr(GString) shown = terminal_read();
    assert_non_null(strstr(shown->str, "other 1"));
    screen_stop();
}

static void the_terminal_enters_its_second_page_once_and_is_cleared(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_true(screen_start(false, &error));
    draw_scattered_words(0);
    g_autoptr(GString) shown = terminal_read();
    const char *entered = strstr(shown->str, "\033[?1049h");
    assert_non_null(entered);
    assert_null(strstr(entered + 1, "\033[?1049h"));
    assert_null(strstr(shown->str, "\033[?1049l"));
    assert_non_null(strstr(shown->str, "\033[2J"));
    assert_non_null(strstr(shown->str, "other 0"));
    screen_stop();
    g_autoptr(GString) after = terminal_read();
    assert_non_null(strstr(after->str, "\033[?1049l"));
}

static void keys_arrive_one_by_one_and_unseen(void **state)
{
    (void)state;
    struct termios modes;
    g_autoptr(GError) error = NULL;
    assert_true(screen_start(false, &error));
    assert_int_equal(tcgetattr(STDIN_FILENO, &modes), 0);
    assert_int_equal(modes.c_lflag & (tcflag_t)(ICANON | ECHO | ISIG), 0);
    screen_stop();
    assert_int_equal(tcgetattr(STDIN_FILENO, &modes), 0);
    assert_int_not_equal(modes.c_lflag & (tcflag_t)ICANON, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_picture_reaches_the_terminal_in_one_write, terminal_take, terminal_give_back),
        cmocka_unit_test_setup_teardown(the_terminal_enters_its_second_page_once_and_is_cleared, terminal_take, terminal_give_back),
        cmocka_unit_test_setup_teardown(keys_arrive_one_by_one_and_unseen, terminal_take, terminal_give_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
