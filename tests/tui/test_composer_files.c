/* SPDX-License-Identifier: MIT */
/* Files that a message takes along: kept, made smaller, told where they cannot go. */
#include "tests/tui/composing.h"

static void attachments_of_a_draft_survive_kill_9(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    g_autofree char *path = g_build_filename(demo->home, "b\xc3\xa4r.txt", NULL), *keys = g_strdup_printf("\024%s\r", path);
    write_file(path, "Bear\n", 0600);
    begin_message(demo, "With a file");
    type(demo->terminal, keys, "text/plain");
    assert_int_equal(kept_files(demo), 1);
    kill_hard(demo);
    write_file(path, "Something else\n", 0600);
    restart(demo);
    expect(demo->terminal, "1 unsent message was kept");
    type(demo->terminal, "g", "b\xc3\xa4r.txt  text/plain  5 bytes");
    type(demo->terminal, "\030", "It was not sent.");
    type(demo->terminal, "t", "Thrown away");
    assert_int_equal(kept_files(demo), 0);
    demo_free(demo);
}

/* Kept, sent, taken back, and put into Drafts: each on a thread. */
static void a_big_file_is_kept_sent_taken_back_and_put_into_drafts(void **state)
{
    (void)state;
    enum { BYTES = 3 * 1024 * 1024 };
    struct demo *demo = open_demo("undo-delay = 100", NULL);
    g_autofree char *path = g_build_filename(demo->home, "big.bin", NULL), *keys = g_strdup_printf("\024%s\r", path),
                    *bytes = g_malloc0(BYTES);
    assert_true(g_file_set_contents(path, bytes, BYTES, NULL));
    begin_message(demo, "With a big file");
    type(demo->terminal, keys, "big.bin  application/octet-stream");
    for (int i = 0; i < 600 && kept_count(demo, ".parts") == 0; i++)
        terminal_read(demo->terminal, 50);
    kill_hard(demo);
    restart(demo);
    expect(demo->terminal, "1 unsent message was kept");
    type(demo->terminal, "g", "big.bin  application/octet-stream");
    type(demo->terminal, "\023", "takes it back");
    assert_int_equal(kept_count(demo, ""), 0);
    type(demo->terminal, "u", "Taken back");
    expect(demo->terminal, "big.bin  application/octet-stream");
    type(demo->terminal, "\030", "Leave this message");
    type(demo->terminal, "k", "Kept in Drafts.");
    assert_int_equal(kept_count(demo, ""), 0);
    demo_free(demo);
}

/* 600 x 100 pixels without any compression. */
static void write_picture(const char *path)
{
    enum { HEADER = 54, WIDTH = 600, HEIGHT = 100, SIZE = HEADER + WIDTH * HEIGHT * 3 };
    static guint8 bytes[SIZE] = { 'B',        'M',           SIZE & 255, SIZE >> 8 & 255,
                                  SIZE >> 16, [10] = HEADER, [14] = 40,  [18] = WIDTH & 255,
                                  WIDTH >> 8, [22] = HEIGHT, [26] = 1,   [28] = 24 };
    assert_true(g_file_set_contents(path, (const char *)bytes, SIZE, NULL));
}

/* Sent at once: it waits for the file itself. */
static void an_image_is_made_smaller_large_again_and_sent(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0\nimage-pixels = 300", NULL);
    g_autofree char *path = g_build_filename(demo->home, "sea.png", NULL), *keys = g_strdup_printf("\024%s\r", path);
    write_picture(path);
    begin_message(demo, "The sea");
    type(demo->terminal, keys, "image/png  180 KB");
    type(demo->terminal, "\033", "y send");
    type(demo->terminal, "z", "1 image is smaller now");
    assert_true(terminal_wait_gone(demo->terminal, "image/png  180 KB", WAIT_MS));
    type(demo->terminal, "z", "as large as they were");
    expect(demo->terminal, "image/png  180 KB");
    g_autofree char *more = g_strdup_printf("a%s\ry", path);
    terminal_keys(demo->terminal, more);
    expect(demo->terminal, "of 49");
    demo_free(demo);
}

static void what_cannot_be_attached_is_told(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    begin_message(demo, "Files");
    type(demo->terminal, "\024/nowhere/x.pdf\r", "/nowhere/x.pdf cannot be attached");
    g_autofree char *folder = g_build_filename(demo->home, "sub", NULL), *path = g_build_filename(folder, "in it.txt", NULL);
    write_file(path, "Numbers\n", 0600);
    type(demo->terminal, "\024~/sub\r", "in it.txt"); /* a directory is looked into */
    type(demo->terminal, "in it\r", "text/plain");
    demo_free(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attachments_of_a_draft_survive_kill_9),
        cmocka_unit_test(a_big_file_is_kept_sent_taken_back_and_put_into_drafts),
        cmocka_unit_test(an_image_is_made_smaller_large_again_and_sent),
        cmocka_unit_test(what_cannot_be_attached_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
