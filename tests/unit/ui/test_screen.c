/* SPDX-License-Identifier: MIT */
/* What the terminal gets is counted in writes: every write may wake the terminal, and with it a picture that is half drawn. */
#include "core/event.h"
#include "ui/input.h"
#include "ui/picture_screen.h"
#include "ui/screen.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>
#include <curses.h>
#include <glib.h>
#include <locale.h>
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

/* --- pictures in pixels --- */

static void type(const char *bytes, size_t length)
{
    assert_int_equal(write(terminal, bytes, length), (ssize_t)length);
}

/* Cut anywhere but behind the ESC, which alone is a key. */
static void answers_of_the_terminal_are_no_keys_however_they_are_cut(void **state)
{
    (void)state;
    static const char answers[] = "\033_Gi=1;OK\033\\\033[6;16;8t\033[?62;4;22c";
    struct key key = { 0 };
    g_autoptr(GError) error = NULL;
    assert_true(screen_start(false, &error));
    g_string_free(terminal_read(), TRUE);
    assert_false(picture_terminal_ask("auto"));
    g_autoptr(GString) asked = terminal_read();
    assert_non_null(strstr(asked->str, "a=q"));
    assert_string_equal(asked->str + asked->len - 3, "\033[c");
    for (size_t i = 0; i < sizeof answers - 1; i++) {
        size_t length = answers[i] == '\033' ? 2 : 1;
        type(answers + i, length);
        i += length - 1;
        bool is_last = i + 1 >= sizeof answers - 1;
        assert_int_equal(input_read(&key), is_last);
    }
    assert_int_equal(key.kind, KEY_KIND_ANSWER);
    assert_int_equal(picture_terminal_now().way, PICTURE_KITTY);
    type(answers, sizeof answers - 1); /* once more, long after: still none */
    type("x", 1);
    while (input_read(&key) && key.kind == KEY_KIND_ANSWER)
        continue;
    assert_int_equal(key.kind, KEY_KIND_CHARACTER);
    assert_int_equal(key.character, 'x');
    assert_true(picture_terminal_ask("auto")); /* nobody is asked twice */
    g_autoptr(GString) more = terminal_read();
    assert_null(strstr(more->str, "\033[c"));
    screen_stop();
}

enum { IMAGE_COLUMNS = 10, IMAGE_ROWS = 6, AT_ROW = 3, AT_COLUMN = 5 };

static picture_image *image_of(enum picture_way way)
{
    const struct picture_terminal here = { way, 8, 16 };
    const struct image_pixels pixels = {
        .width = 40, .height = 48, .stride = 120, .bytes = g_bytes_new_take(g_malloc0(120 * 48), 120 * 48)
    };
    picture_image *image = picture_image_new(&pixels, IMAGE_COLUMNS, IMAGE_ROWS, &here);
    g_bytes_unref(pixels.bytes);
    assert_non_null(image);
    return image;
}

static void put_cells(picture_image *image, int row)
{
    picture_screen_begin();
    erase();
    for (int i = 0; i < IMAGE_ROWS; i++) {
        for (int column = 0; column < IMAGE_COLUMNS; column++)
            mvaddwstr(row + i, AT_COLUMN + column, L"\u00a0");
        picture_screen_note(image, i, row + i, AT_COLUMN);
    }
}

static int64_t now; /* a clock that goes a second each time it is looked at */

static bool has_all(const GString *bytes, const char *const *wanted)
{
    for (; *wanted != NULL; wanted++)
        if (strstr(bytes->str, *wanted) == NULL)
            return false;
    return true;
}

/* What the terminal gets for it, the thread's work included. */
static GString *shown(event_queue *events, const char *const *wanted)
{
    picture_screen_before_update(now += 1000);
    wnoutrefresh(stdscr);
    doupdate();
    fflush(stdout);
    GString *bytes = terminal_read();
    struct pollfd news = { .fd = event_queue_fd(events), .events = POLLIN };
    for (int i = 0; i < 1000 && (!has_all(bytes, wanted) || picture_screen_has_words(now += 1000)); i++) {
        struct event *event = poll(&news, 1, 20) > 0 ? event_take(events) : NULL;
        if (event != NULL)
            picture_screen_event(event);
        event_free(event);
        picture_screen_write(now += 1000);
        GString *more = terminal_read();
        g_string_append_len(bytes, more->str, (gssize)more->len);
        g_string_free(more, TRUE);
    }
    return bytes;
}

static void assert_shown(event_queue *events, const char *const *wanted, const char *const *unwanted)
{
    g_autoptr(GString) bytes = shown(events, wanted);
    g_autofree char *readable = g_strescape(bytes->str, NULL);
    if (!has_all(bytes, wanted))
        fail_msg("%s … is not all in %s", *wanted + (**wanted == '\033'), readable);
    for (; *unwanted != NULL; unwanted++)
        if (strstr(bytes->str, *unwanted) != NULL)
            fail_msg("has %s in %s", *unwanted + (**unwanted == '\033'), readable);
}
#define THESE(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void a_picture_is_sent_once_and_placed_where_it_is_seen(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_true(screen_start(false, &error));
    event_queue *events = event_queue_new();
    picture_screen_start(events);
    g_autoptr(picture_image) image = image_of(PICTURE_KITTY);
    put_cells(image, AT_ROW);
    assert_shown(events, THESE("a=t,t=d,f=100", "\033[4;6H", "a=p", "c=10,r=6"), THESE("a=d"));
    picture_screen_before_update(now += 1000); /* nothing changed: nothing is written */
    assert_false(picture_screen_has_words(now));
    put_cells(image, AT_ROW + 2);
    assert_shown(events, THESE("\033[6;6H", "p=1,", "c=10,r=6"), THESE("a=t", "a=d"));
    mvaddstr(AT_ROW + 4, 0, "a menu over it"); /* its third row */
    assert_shown(events, THESE("y=0,w=80,h=32,c=10,r=2", "y=48,w=80,h=48,c=10,r=3"), THESE("a=t"));
    put_cells(image, AT_ROW + 2);
    assert_shown(events, THESE("c=10,r=6", "a=d,q=2,d=i"), THESE("a=t"));
    clearok(curscr, TRUE); /* the terminal forgets all with its screen */
    assert_shown(events, THESE("a=t", "c=10,r=6"), THESE("\r"));
    picture_screen_begin();
    erase();
    assert_shown(events, THESE("a=d,q=2,d=i"), THESE("a=t", "a=p"));
    screen_stop();
    g_autoptr(GString) after = terminal_read();
    assert_non_null(strstr(after->str, "a=d,q=2,d=I"));
    event_queue_free(events);
}

static void sixels_are_drawn_where_nothing_covers_them_and_go_with_their_cells(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_true(screen_start(false, &error));
    event_queue *events = event_queue_new();
    picture_screen_start(events);
    g_autoptr(picture_image) image = image_of(PICTURE_SIXEL);
    put_cells(image, AT_ROW);
    assert_shown(events, THESE("\0337\033[4;6H\033P", "\"1;1;80;96", "\033\\\0338"), THESE("\033_G"));
    mvaddstr(1, 0, "elsewhere"); /* not touched by what is written elsewhere */
    assert_shown(events, THESE("elsewhere"), THESE("\033P"));
    put_cells(image, AT_ROW + 1); /* the row it left is written anew, as blanks, before it comes */
    assert_shown(events, THESE("\033[4d", "\033[5;6H\033P", "\"1;1;80;96"), THESE("\033_G"));
    mvaddstr(AT_ROW + 2, 0, "a menu over it"); /* its second row: the rest is cut into two */
    assert_shown(events, THESE("\033[5;6H\033P", "\"1;1;80;12", "\033[7;6H\033P", "\"1;1;80;60"), THESE("\033[4;6H\033P"));
    picture_screen_begin();
    erase();
    assert_shown(events, THESE(NULL), THESE("\033P"));
    screen_stop();
    event_queue_free(events);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_picture_reaches_the_terminal_in_one_write, terminal_take, terminal_give_back),
        cmocka_unit_test_setup_teardown(the_terminal_enters_its_second_page_once_and_is_cleared, terminal_take, terminal_give_back),
        cmocka_unit_test_setup_teardown(keys_arrive_one_by_one_and_unseen, terminal_take, terminal_give_back),
        cmocka_unit_test_setup_teardown(answers_of_the_terminal_are_no_keys_however_they_are_cut, terminal_take, terminal_give_back),
        cmocka_unit_test_setup_teardown(a_picture_is_sent_once_and_placed_where_it_is_seen, terminal_take, terminal_give_back),
        cmocka_unit_test_setup_teardown(sixels_are_drawn_where_nothing_covers_them_and_go_with_their_cells, terminal_take,
                                        terminal_give_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
