/* SPDX-License-Identifier: MIT */
/* Images as cells: their colours and their shape; what is no image, or would burst, is refused. */
#include "ui/picture.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* A 24-bit BMP: the left half red, the right half blue. */
static GBytes *bmp_new(guint32 width, guint32 height, bool has_pixels)
{
    guint32 row = (width * 3 + 3) / 4 * 4;
    GByteArray *bytes = g_byte_array_new();
    guint8 head[54] = { 'B', 'M', [10] = 54, [14] = 40, [26] = 1, [28] = 24 };
    memcpy(head + 18, &width, 4);
    memcpy(head + 22, &height, 4);
    g_byte_array_append(bytes, head, sizeof head);
    for (guint32 y = 0; y < height && has_pixels; y++) {
        g_autofree guint8 *line = g_malloc0(row);
        for (guint32 x = 0; x < width; x++)
            line[x * 3 + (x < width / 2 ? 2 : 0)] = 255;
        g_byte_array_append(bytes, line, row);
    }
    return g_byte_array_free_to_bytes(bytes);
}

static void colours_and_shape_are_those_of_the_image(void **state)
{
    (void)state;
    g_autoptr(GBytes) bytes = bmp_new(320, 160, true);
    const struct picture_wishes many = { .columns = 20, .rows = 20, .colors = 1 << 24 }, few = { .columns = 20, .rows = 20, .colors = 256 };
    g_autoptr(picture) direct = picture_new(bytes, &many, NULL), indexed = picture_new(bytes, &few, NULL);
    assert_non_null(direct);
    assert_non_null(indexed);
    assert_int_equal(direct->columns, 20);
    assert_int_equal(direct->rows, 5);
    const struct picture_cell *left = &direct->cells[2 * 20 + 3], *right = &direct->cells[2 * 20 + 16];
    assert_true((left->character == ' ' ? left->background : left->foreground) >> 16 > 200 || left->background >> 16 > 200);
    assert_true(((right->character == ' ' ? right->background : right->foreground) & 0xff) > 200 || (right->background & 0xff) > 200);
    for (int i = 0; i < indexed->rows * indexed->columns; i++)
        assert_true(indexed->cells[i].background == -1 || (indexed->cells[i].background >= 16 && indexed->cells[i].background < 256));
}

static void without_colours_there_are_symbols_alone(void **state)
{
    (void)state;
    g_autoptr(GBytes) bytes = bmp_new(64, 64, true);
    const struct picture_wishes none = { .columns = 20, .rows = 20, .is_ascii = true };
    g_autoptr(picture) plain = picture_new(bytes, &none, NULL);
    assert_non_null(plain);
    for (int i = 0; i < plain->rows * plain->columns; i++) {
        assert_true(plain->cells[i].character < 0x7f);
        assert_int_equal(plain->cells[i].foreground, -1);
        assert_int_equal(plain->cells[i].background, -1);
    }
}

static void what_is_no_image_or_would_burst_is_refused(void **state)
{
    (void)state;
    static const char svg[] = "<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>";
    const struct picture_wishes wishes = { .columns = 20, .rows = 20, .colors = 256 };
    g_autoptr(GBytes) words = g_bytes_new_static("hello", 5), bomb = bmp_new(30000, 30000, false), cut = bmp_new(500, 500, false),
                      vector = g_bytes_new_static(svg, sizeof svg - 1), empty = g_bytes_new_static("", 0);
    GBytes *all[] = { words, bomb, vector, empty, cut };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(picture) none = picture_new(all[i], &wishes, &error);
        if (all[i] == cut) /* what is there of it, or a sentence */
            continue;
        assert_null(none);
        assert_non_null(error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_and_shape_are_those_of_the_image),
        cmocka_unit_test(without_colours_there_are_symbols_alone),
        cmocka_unit_test(what_is_no_image_or_would_burst_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
