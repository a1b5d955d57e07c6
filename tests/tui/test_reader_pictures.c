/* SPDX-License-Identifier: MIT */
/* Pictures of a message, as cells and in pixels. */
#include "tests/tui/own_mail.h"
#include <stdio.h>

/* A red BMP of so many pixels on each side, in a message whose HTML shows it, and another picture elsewhere. */
static char *pictured(guint32 side)
{
    gsize row = side * 3, size = 54 + row * side;
    g_autofree guint8 *bmp = g_malloc0(size);
    memcpy(bmp, (const guint8[54]){ 'B', 'M', [10] = 54, [14] = 40, [26] = 1, [28] = 24 }, 54);
    memcpy(bmp + 18, &side, 4);
    memcpy(bmp + 22, &side, 4);
    for (gsize i = 54; i < size; i += 3)
        bmp[i + 2] = 255;
    g_autofree char *code = g_base64_encode(bmp, size);
    return g_strdup_printf("From: e@x.test\nSubject: pictured\nDate: Tue, 17 Nov 2026 09:41:00 +0000\nContent-Type: multipart/related; "
                           "boundary=b\n\n--b\nContent-Type: text/html\n\n<p>above<img src='cid:red@x' alt='red'><img "
                           "src='https://127.0.0.1:9/x.png'><p>below\n--b\nContent-Type: image/bmp; name=red.bmp\nContent-ID: "
                           "<red@x>\nContent-Transfer-Encoding: base64\n\n%s\n--b--\n",
                           code);
}

static int rows_between(const struct own *self)
{
    return terminal_find_row(self->terminal, "below") - terminal_find_row(self->terminal, "above");
}

/* From the first words of the message to its file; caller frees. */
static char *picture_of_reader(const char *screen)
{
    const char *begin = strstr(screen, "above"), *end = begin != NULL ? strstr(begin, "red.bmp") : NULL;
    assert_non_null(end);
    return g_strndup(begin, (gsize)(end - begin));
}

static void pictures_are_drawn_by_a_key_and_leave_nothing_behind(void **state)
{
    (void)state;
    struct own *own = own_new();
    g_autofree char *mail = pictured(64);
    own_write(own, "1", mail, strlen(mail));
    own_start(own, "pictured");
    press(own->terminal, "\r", "above[red]");
    g_autofree char *before = terminal_screen_text(own->terminal);
    int rows = rows_between(own);
    size_t written = terminal_raw(own->terminal)->len;
    press(own->terminal, "gv", "Fetch pictures?");
    press(own->terminal, "\033", "above[red]"); /* the one that is here is drawn all the same */
    for (int i = 0; i < 400 && rows_between(own) != rows + 4; i++)
        terminal_read(own->terminal, 100);
    assert_int_equal(rows_between(own), rows + 4);
    terminal_wait_idle(own->terminal, 200, 2000);
    const GByteArray *raw = terminal_raw(own->terminal);
    assert_non_null(memmem(raw->data + written, raw->len - written, "8;5;196", 7));
    press(own->terminal, "gv", "above[red]");
    for (int i = 0; i < 400 && rows_between(own) != rows; i++)
        terminal_read(own->terminal, 100);
    terminal_wait_idle(own->terminal, 200, 2000);
    g_autofree char *after = terminal_screen_text(own->terminal);
    g_autofree char *shown = picture_of_reader(before), *again = picture_of_reader(after);
    assert_string_equal(shown, again);
    press(own->terminal, "gv", "Fetch pictures?"); /* and what is elsewhere, on this very computer, is asked of nobody */
    press(own->terminal, "f", "127.0.0.1 could not be asked");
    own_free(own);
}

static bool wait_for_bytes(struct own *own, size_t from, const char *wanted)
{
    for (int i = 0; i < 400; i++) {
        const GByteArray *raw = terminal_raw(own->terminal);
        if (memmem(raw->data + from, raw->len - from, wanted, strlen(wanted)) != NULL)
            return true;
        terminal_read(own->terminal, 50);
    }
    return false;
}

/* The terminal of these tests knows nothing of it: its answers are typed, as they come on the same line. */
static void pictures_come_in_pixels_where_the_terminal_says_it_can(void **state)
{
    static const struct {
        const char *answers, *drawn, *gone;
    } ways[] = { { "\033_Gi=1;OK\033\\\033[6;16;8t\033[?62c", "c=8,r=4\033\\", "\033_Ga=d,q=2,d=i" },
                 { "\033[6;16;8t\033[?62;4c", "\"1;1;64;60", "" } };
    (void)state;
    g_autofree char *mail = pictured(64);
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        struct own *own = own_new();
        own_write(own, "1", mail, strlen(mail));
        own_start(own, "pictured");
        press(own->terminal, "\r", "above[red]");
        g_autofree char *before = terminal_screen_text(own->terminal);
        press(own->terminal, "gv", "Fetch pictures?");
        assert_true(wait_for_bytes(own, 0, "\033[c"));
        terminal_keys(own->terminal, ways[i].answers);
        press(own->terminal, "\033", "above[red]"); /* the question stood until now: they were no keys */
        assert_true(wait_for_bytes(own, 0, ways[i].drawn));
        size_t written = terminal_raw(own->terminal)->len;
        press(own->terminal, "gv", "above[red]");
        assert_true(wait_for_bytes(own, written, ways[i].gone));
        terminal_keys(own->terminal, "\f"); /* libvterm shows the end of a sequence that came in pieces as text */
        terminal_wait_idle(own->terminal, 200, 2000);
        g_autofree char *after = terminal_screen_text(own->terminal);
        g_autofree char *shown = picture_of_reader(before), *again = picture_of_reader(after);
        assert_string_equal(shown, again);
        own_free(own);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_drawn_by_a_key_and_leave_nothing_behind),
        cmocka_unit_test(pictures_come_in_pixels_where_the_terminal_says_it_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
