/* SPDX-License-Identifier: MIT */
/* Keys as values: from tty bytes (through curses) to names a person writes in keys.conf. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum key_kind {
    KEY_KIND_CHARACTER,
    KEY_KIND_NAMED,
    KEY_KIND_MOUSE,
    KEY_KIND_PASTE,
    KEY_KIND_FOCUS,
    KEY_KIND_ANSWER /* of the terminal: something can be drawn otherwise now */
};
enum key_mod { KEY_MOD_CTRL = 1, KEY_MOD_ALT = 2, KEY_MOD_SHIFT = 4 };
enum key_name {
    KEY_NAME_NONE,
    KEY_NAME_ENTER,
    KEY_NAME_ESCAPE,
    KEY_NAME_TAB,
    KEY_NAME_BACKTAB,
    KEY_NAME_BACKSPACE,
    KEY_NAME_DELETE,
    KEY_NAME_INSERT,
    KEY_NAME_UP,
    KEY_NAME_DOWN,
    KEY_NAME_LEFT,
    KEY_NAME_RIGHT,
    KEY_NAME_HOME,
    KEY_NAME_END,
    KEY_NAME_PAGE_UP,
    KEY_NAME_PAGE_DOWN,
    KEY_NAME_SPACE,
    KEY_NAME_F1 /* … F12 = F1 + 11 */,
    KEY_NAME_F12 = KEY_NAME_F1 + 11
};
enum mouse_action {
    MOUSE_CLICK,
    MOUSE_DOUBLE,
    MOUSE_WHEEL_UP,
    MOUSE_WHEEL_DOWN,
    MOUSE_DRAG,
    MOUSE_RELEASE,
    MOUSE_MENU /* the right button */
};
struct key {
    enum key_kind kind;
    unsigned mods;
    uint32_t character; /* Unicode; space is a character with name KEY_NAME_SPACE too */
    enum key_name name;
    enum mouse_action mouse;
    int row, column; /* mouse: screen cells */
    bool has_focus;  /* KEY_KIND_FOCUS: the terminal's window has it now */
    char *paste;     /* bracketed paste, owned by the input until the next key */
    bool is_cut;     /* the paste was longer than INPUT_PASTE_MAX: this is its beginning */
};
#define INPUT_PASTE_MAX (4 * 1024 * 1024)
/* Reads one key without waiting; false: none. */
bool input_read(struct key *key_out);
/* "ctrl-p", "g", "F5", "left", "space" <-> struct key. */
bool key_parse(const char *word, struct key *key_out);
void key_format(const struct key *key, char *text, int size);
bool key_equal(const struct key *a, const struct key *b);
