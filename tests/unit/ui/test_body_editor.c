/* SPDX-License-Identifier: MIT */
/* The built-in editor and the one-line fields: whatever is pressed, the text stays whole text and the keys do what they do everywhere. */
#include "ui/body_editor.h"
#include "ui/field.h"
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct key character(uint32_t letter, unsigned mods)
{
    return (struct key){ .kind = KEY_KIND_CHARACTER, .character = letter, .mods = mods };
}

static struct key named(enum key_name name)
{
    return (struct key){ .kind = KEY_KIND_NAMED, .name = name };
}

static void press(body_editor *editor, struct key key)
{
    body_editor_key(editor, &key);
}

static void type(body_editor *editor, const char *utf8)
{
    for (const char *at = utf8; *at != '\0'; at = g_utf8_next_char(at))
        press(editor, *at == '\n' ? named(KEY_NAME_ENTER) : character(g_utf8_get_char(at), 0));
}

static void keys_edit_as_everywhere(void **state)
{
    (void)state;
    body_editor *editor = body_editor_new("");
    type(editor, "one two\nthree");
    assert_string_equal(body_editor_text(editor), "one two\nthree");
    press(editor, named(KEY_NAME_UP));
    press(editor, named(KEY_NAME_HOME));
    type(editor, "é");
    assert_string_equal(body_editor_text(editor), "éone two\nthree");
    press(editor, named(KEY_NAME_BACKSPACE));
    press(editor, character('e', KEY_MOD_CTRL)); /* to the end */
    press(editor, character('w', KEY_MOD_CTRL)); /* the word before goes */
    assert_string_equal(body_editor_text(editor), "one \nthree");
    press(editor, character('a', KEY_MOD_CTRL));
    press(editor, character('k', KEY_MOD_CTRL)); /* the rest of the line goes */
    assert_string_equal(body_editor_text(editor), "\nthree");
    press(editor, character('k', KEY_MOD_CTRL)); /* then the line itself */
    assert_string_equal(body_editor_text(editor), "three");
    press(editor, character('e', KEY_MOD_CTRL));
    press(editor, character('u', KEY_MOD_CTRL));
    assert_string_equal(body_editor_text(editor), "");
    press(editor, (struct key){ .kind = KEY_KIND_PASTE, .paste = (char *)"a\r\nb\rc" });
    assert_string_equal(body_editor_text(editor), "a\nb\nc");
    body_editor_free(editor);
}

static void what_was_erased_comes_back(void **state)
{
    (void)state;
    body_editor *editor = body_editor_new("keep this line\n");
    press(editor, character('k', KEY_MOD_CTRL));
    type(editor, "x");
    press(editor, character('z', KEY_MOD_CTRL | KEY_MOD_ALT)); /* nothing of ours */
    press(editor, character('_', KEY_MOD_CTRL));               /* undo: typing */
    press(editor, character('_', KEY_MOD_CTRL));               /* undo: the line */
    assert_string_equal(body_editor_text(editor), "keep this line\n");
    press(editor, character('_', KEY_MOD_CTRL)); /* nothing more to undo */
    assert_string_equal(body_editor_text(editor), "keep this line\n");
    body_editor_free(editor);
}

static struct key random_key(GRand *dice)
{
    static const uint32_t letters[] = { 'a', ' ', 'Z', 0xe9, 0x4f1a, 0x1f600, 0x301, 0x200d, 0x1f469, 0x202e, '\t', 0x7f, 1 };
    static const uint32_t controls[] = { 'a', 'e', 'k', 'u', 'w', 'b', 'f', 'd', '_', 'y' };
    guint kind = (guint)g_rand_int_range(dice, 0, 10);
    if (kind < 4)
        return named((enum key_name)g_rand_int_range(dice, 1, KEY_NAME_F1));
    if (kind < 6)
        return character(controls[g_rand_int_range(dice, 0, G_N_ELEMENTS(controls))], KEY_MOD_CTRL);
    if (kind == 6)
        return (struct key){ .kind = KEY_KIND_PASTE, .paste = (char *)"p\xffq\r\n\xe4\xbc\x9a" };
    return character(letters[g_rand_int_range(dice, 0, G_N_ELEMENTS(letters))], 0);
}

static void no_key_breaks_a_text(void **state)
{
    (void)state;
    g_autoptr(GRand) dice = g_rand_new_with_seed(7);
    body_editor *editor = body_editor_new("Dear \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80,\n\n> quoted\n");
    struct field field;
    field_init(&field, "Ada <ada@example.test>");
    for (int i = 0; i < 20000; i++) {
        struct key key = random_key(dice);
        body_editor_key(editor, &key);
        field_key(&field, &key);
        if (i % 50 == 0) {
            assert_true(g_utf8_validate(body_editor_text(editor), -1, NULL));
            assert_true(g_utf8_validate(field.text->str, -1, NULL));
            assert_null(strpbrk(field.text->str, "\r\n"));
            assert_true(field.cursor <= field.text->len);
        }
        if (strlen(body_editor_text(editor)) > 4000) {
            body_editor_free(editor);
            editor = body_editor_new("again");
            field_set(&field, "");
        }
    }
    body_editor_free(editor);
    field_clear(&field);
}

static void what_was_cut_is_put_in_and_undone_and_done_again(void **state)
{
    (void)state;
    body_editor *editor = body_editor_new("one\ntwo\nthree\n");
    press(editor, character('k', KEY_MOD_CTRL));
    press(editor, character('k', KEY_MOD_CTRL));
    press(editor, character('k', KEY_MOD_CTRL)); /* in one go: "one\ntwo" */
    assert_string_equal(body_editor_text(editor), "\nthree\n");
    press(editor, named(KEY_NAME_DOWN));
    press(editor, character('y', KEY_MOD_CTRL));
    assert_string_equal(body_editor_text(editor), "\none\ntwothree\n");
    press(editor, character('_', KEY_MOD_CTRL));
    assert_string_equal(body_editor_text(editor), "\nthree\n");
    press(editor, character('r', KEY_MOD_CTRL));
    assert_string_equal(body_editor_text(editor), "\none\ntwothree\n");
    press(editor, character('_', KEY_MOD_CTRL));
    press(editor, character('_', KEY_MOD_CTRL));
    assert_string_equal(body_editor_text(editor), "one\ntwo\nthree\n");
    type(editor, "x");
    press(editor, character('r', KEY_MOD_CTRL)); /* nothing: something else was done since */
    assert_string_equal(body_editor_text(editor), "xone\ntwo\nthree\n");
    body_editor_free(editor);
    editor = body_editor_new("");
    type(editor, "one two");
    press(editor, character('w', KEY_MOD_CTRL));
    press(editor, character('w', KEY_MOD_CTRL)); /* backwards: in the order it stood */
    press(editor, character('y', KEY_MOD_CTRL));
    assert_string_equal(body_editor_text(editor), "one two");
    body_editor_free(editor);
}

static void words_are_found_whatever_their_case(void **state)
{
    (void)state;
    body_editor *editor = body_editor_new("Stra\xc3\x9f"
                                          "e \xc3\x89"
                                          "t\xc3\xa9 end \xc3\xa9t\xc3\xa9");
    assert_true(body_editor_find(editor, "STRASSE"));
    assert_int_equal(body_editor_cursor(editor), strlen("Stra\xc3\x9f"
                                                        "e"));
    assert_true(body_editor_find(editor, "\xc3\xa9T\xc3\x89"));
    size_t first = body_editor_cursor(editor);
    assert_true(body_editor_find(editor, "\xc3\xa9t\xc3\xa9"));
    assert_true(body_editor_cursor(editor) > first);
    assert_true(body_editor_find(editor, "\xc3\xa9t\xc3\xa9")); /* from the top again */
    assert_int_equal(body_editor_cursor(editor), first);
    assert_false(body_editor_find(editor, "winter"));
    assert_false(body_editor_find(editor, ""));
    body_editor_free(editor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_cut_is_put_in_and_undone_and_done_again),
        cmocka_unit_test(words_are_found_whatever_their_case),
        cmocka_unit_test(keys_edit_as_everywhere),
        cmocka_unit_test(what_was_erased_comes_back),
        cmocka_unit_test(no_key_breaks_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
