/* SPDX-License-Identifier: MIT */
/* Keys as values: from tty bytes (through curses) to names a person writes in keys.conf. */
#include "ui/input.h"
#include "ui/background.h"
#include "ui/input_private.h"
#include "ui/picture_terminal.h"
#include "ui/thrift.h"
#include <curses.h>
#include <glib.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum {
    CODE_PASTE_BEGIN = 0xF000,
    CODE_PASTE_END,
    CODE_FOCUS_IN,
    CODE_FOCUS_OUT,
    DOUBLE_CLICK_MS = 400,
    ANSWER_MAX = 256,
    ANSWER_WAIT_MS = 60
};
enum answer { ANSWER_NONE, ANSWER_SEQUENCE /* ESC [ … a letter */, ANSWER_STRING /* ESC ] or ESC _ … BEL or ESC \ */ };

static const struct {
    const char *word;
    enum key_name name;
    int code; /* curses; 0: none */
} names[] = {
    { "enter", KEY_NAME_ENTER, KEY_ENTER },
    { "esc", KEY_NAME_ESCAPE, 0 },
    { "tab", KEY_NAME_TAB, 0 },
    { "backtab", KEY_NAME_BACKTAB, KEY_BTAB },
    { "backspace", KEY_NAME_BACKSPACE, KEY_BACKSPACE },
    { "delete", KEY_NAME_DELETE, KEY_DC },
    { "insert", KEY_NAME_INSERT, KEY_IC },
    { "up", KEY_NAME_UP, KEY_UP },
    { "down", KEY_NAME_DOWN, KEY_DOWN },
    { "left", KEY_NAME_LEFT, KEY_LEFT },
    { "right", KEY_NAME_RIGHT, KEY_RIGHT },
    { "home", KEY_NAME_HOME, KEY_HOME },
    { "end", KEY_NAME_END, KEY_END },
    { "pageup", KEY_NAME_PAGE_UP, KEY_PPAGE },
    { "pagedown", KEY_NAME_PAGE_DOWN, KEY_NPAGE },
    { "space", KEY_NAME_SPACE, 0 },
    { "escape", KEY_NAME_ESCAPE, 0 },
    { "return", KEY_NAME_ENTER, 0 },
};

/* One terminal, one thread: the UI's. */
static struct {
    GString *paste; /* being collected; NULL: no paste under way */
    char *pasted;   /* the last one, given out */
    bool is_cut;    /* what is being collected is longer than is taken */
    int64_t click_at_us;
    int click_row, click_column;
    enum answer answer; /* of the terminal, under way: it may come in pieces */
    char answer_words[ANSWER_MAX];
    size_t answer_length;
    int64_t answer_until_us;
    bool was_escape; /* the last key: what comes right behind it may be an answer that was cut there */
    bool has_ahead;  /* the key behind an ESC that did not belong to it */
    int ahead_kind;
    wint_t ahead;
} state;

/* What terminals send whatever their description says (tmux in xterm clothes, rxvt, the console): where it says nothing else. */
static void define_usual_keys(void)
{
    const struct {
        const char *bytes;
        int code;
    } usual[] = { { "\033[A", KEY_UP },    { "\033[B", KEY_DOWN }, { "\033[C", KEY_RIGHT },  { "\033[D", KEY_LEFT },
                  { "\033OA", KEY_UP },    { "\033OB", KEY_DOWN }, { "\033OC", KEY_RIGHT },  { "\033OD", KEY_LEFT },
                  { "\033[H", KEY_HOME },  { "\033[F", KEY_END },  { "\033OH", KEY_HOME },   { "\033OF", KEY_END },
                  { "\033[1~", KEY_HOME }, { "\033[4~", KEY_END }, { "\033[7~", KEY_HOME },  { "\033[8~", KEY_END },
                  { "\033[2~", KEY_IC },   { "\033[3~", KEY_DC },  { "\033[5~", KEY_PPAGE }, { "\033[6~", KEY_NPAGE },
                  { "\033[Z", KEY_BTAB } };
    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++)
        if (key_defined(usual[i].bytes) == 0)
            define_key(usual[i].bytes, usual[i].code);
}

void input_start(bool has_mouse)
{
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(25);
    define_key("\033[200~", CODE_PASTE_BEGIN);
    define_key("\033[201~", CODE_PASTE_END);
    define_key("\033[I", CODE_FOCUS_IN);
    define_key("\033[O", CODE_FOCUS_OUT);
    define_usual_keys();
    if (has_mouse)
        input_use_mouse(true);
}

void input_use_mouse(bool is_wanted)
{
    const mmask_t wanted = BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON3_PRESSED |
                           BUTTON4_PRESSED | BUTTON5_PRESSED | REPORT_MOUSE_POSITION;
    mouseinterval(0);
    mousemask(is_wanted ? wanted : 0, NULL);
}

void input_stop(void)
{
    if (state.paste != NULL)
        g_string_free(state.paste, TRUE);
    g_free(state.pasted);
    memset(&state, 0, sizeof state);
}

static void set_name(struct key *key, enum key_name name)
{
    key->kind = KEY_KIND_NAMED;
    key->name = name;
}

static bool read_mouse(struct key *key)
{
    MEVENT event;
    if (getmouse(&event) != OK)
        return false;
    key->kind = KEY_KIND_MOUSE;
    key->row = event.y;
    key->column = event.x;
    if (event.bstate & BUTTON4_PRESSED) {
        key->mouse = MOUSE_WHEEL_UP;
    } else if (event.bstate & BUTTON5_PRESSED) {
        key->mouse = MOUSE_WHEEL_DOWN;
    } else if (event.bstate & BUTTON3_PRESSED) {
        key->mouse = MOUSE_MENU;
    } else if (event.bstate & BUTTON1_RELEASED) {
        key->mouse = MOUSE_RELEASE;
    } else if (event.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED)) {
        int64_t now = g_get_monotonic_time();
        bool is_double = now - state.click_at_us < DOUBLE_CLICK_MS * 1000 && event.y == state.click_row && event.x == state.click_column;
        key->mouse = is_double ? MOUSE_DOUBLE : MOUSE_CLICK;
        state.click_at_us = is_double ? 0 : now;
        state.click_row = event.y;
        state.click_column = event.x;
    } else {
        key->mouse = MOUSE_DRAG;
    }
    return true;
}

static bool read_code(wint_t code, struct key *key)
{
    if (code == KEY_MOUSE)
        return read_mouse(key);
    if (code == CODE_FOCUS_IN || code == CODE_FOCUS_OUT) {
        key->kind = KEY_KIND_FOCUS;
        key->has_focus = code == CODE_FOCUS_IN;
        return true;
    }
    if (code >= KEY_F(1) && code <= KEY_F(12)) {
        set_name(key, KEY_NAME_F1 + (enum key_name)(code - KEY_F(1)));
        return true;
    }
    const struct {
        wint_t code;
        enum key_name name;
    } shifted[] = { { KEY_SLEFT, KEY_NAME_LEFT }, { KEY_SRIGHT, KEY_NAME_RIGHT }, { KEY_SR, KEY_NAME_UP },     { KEY_SF, KEY_NAME_DOWN },
                    { KEY_SHOME, KEY_NAME_HOME }, { KEY_SEND, KEY_NAME_END },     { KEY_SDC, KEY_NAME_DELETE } };
    for (size_t i = 0; i < G_N_ELEMENTS(shifted); i++) {
        if (shifted[i].code == code) {
            set_name(key, shifted[i].name);
            key->mods |= KEY_MOD_SHIFT;
            return true;
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i].code != 0 && (wint_t)names[i].code == code) {
            set_name(key, names[i].name);
            return true;
        }
    }
    return false; /* KEY_RESIZE and keys without a name here */
}

static void read_character(wint_t c, struct key *key)
{
    key->kind = KEY_KIND_CHARACTER;
    switch (c) {
    case '\r':
    case '\n':
        set_name(key, KEY_NAME_ENTER);
        return;
    case '\t':
        set_name(key, KEY_NAME_TAB);
        return;
    case 27:
        set_name(key, KEY_NAME_ESCAPE);
        return;
    case 127:
    case 8:
        set_name(key, KEY_NAME_BACKSPACE);
        return;
    case ' ':
        key->name = KEY_NAME_SPACE;
        key->character = ' ';
        return;
    default:
        break;
    }
    if (c < 32) {
        key->mods |= KEY_MOD_CTRL;
        key->character = c == 0 ? ' ' : c < 27 ? c + 'a' - 1 : c + '@';
    } else {
        key->character = (uint32_t)c;
    }
}

/* Curses tells a wide character or a key code. A locale without UTF-8 decodes by itself: wchar_t is Unicode with glibc and musl. */
static int next_code(wint_t *c)
{
    if (state.has_ahead) {
        state.has_ahead = false;
        *c = state.ahead;
        return state.ahead_kind;
    }
    return get_wch(c);
}

/* True: the paste is complete. */
static bool collect_paste(void)
{
    wint_t c = 0;
    for (int kind = 0; (kind = next_code(&c)) != ERR;) {
        if (kind == KEY_CODE_YES && c == CODE_PASTE_END)
            return true;
        if (kind == OK && state.paste->len < INPUT_PASTE_MAX)
            g_string_append_unichar(state.paste, c == '\r' ? '\n' : (gunichar)c);
        else
            state.is_cut |= kind == OK;
    }
    return false;
}

static bool give_paste(struct key *key)
{
    if (!collect_paste())
        return false; /* the rest has not come yet */
    g_free(state.pasted);
    state.pasted = g_string_free(g_steal_pointer(&state.paste), FALSE);
    key->kind = KEY_KIND_PASTE;
    key->paste = state.pasted;
    key->is_cut = state.is_cut;
    state.is_cut = false;
    return true;
}

static void put_back(int kind, wint_t c)
{
    state.has_ahead = kind != ERR;
    state.ahead_kind = kind;
    state.ahead = c;
}

/* --- what the terminal answers --- */

static bool is_answer_awaited(void)
{
    return picture_terminal_awaits() || background_awaits() || thrift_awaits();
}

/* Where an answer is awaited its next byte is waited for, for a moment: half an answer is no key. */
static int next_of_answer(wint_t *c)
{
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
    int kind = next_code(c);
    return kind == ERR && is_answer_awaited() && poll(&in, 1, ANSWER_WAIT_MS) > 0 ? next_code(c) : kind;
}

static void note_answer(wint_t c)
{
    state.answer_until_us = g_get_monotonic_time() + G_USEC_PER_SEC; /* the next piece */
    if (state.answer_length + 1 < sizeof state.answer_words)
        state.answer_words[state.answer_length++] = c >= 32 && c < 127 ? (char)c : '?';
    state.answer_words[state.answer_length] = '\0';
}

static void begin_answer(enum answer answer, wint_t first)
{
    state.answer = answer;
    state.answer_length = 0;
    note_answer(first);
}

static bool is_end(wint_t c)
{
    return state.answer == ANSWER_SEQUENCE ? c >= 0x40 && c <= 0x7E : c == 7 || c == '\\';
}

/* A key that was pressed while an answer was cut off. */
static bool is_typed(int kind, wint_t c)
{
    bool is_part = kind == OK && (c == 7 || c == '\\' || c == 27 || background_may_go_on(state.answer_words, c));
    return state.answer == ANSWER_STRING && kind != ERR && !is_part;
}

/* The rest of an answer: it may come in pieces. True: it is over, or was none. */
static bool read_answer(struct key *key)
{
    wint_t c = 0;
    while (state.answer != ANSWER_NONE) {
        int kind = g_get_monotonic_time() < state.answer_until_us ? next_code(&c) : ERR;
        if (kind == ERR && g_get_monotonic_time() < state.answer_until_us)
            return false;
        if (is_typed(kind, c)) {
            put_back(kind, c);
            state.answer = ANSWER_NONE;
            break;
        }
        if (kind == OK && c != 7 && c != '\\' && c != 27)
            note_answer(c);
        if (kind == ERR || state.answer_length + 1 >= sizeof state.answer_words || (kind == OK && is_end(c)))
            state.answer = ANSWER_NONE;
    }
    if (state.answer_length > 0 &&
        (picture_terminal_take(state.answer_words) || background_take(state.answer_words) || thrift_take(state.answer_words)))
        key->kind = KEY_KIND_ANSWER;
    state.answer_length = 0;
    return true;
}

/* ESC ] and a number, ESC _ G: the answer to background_ask(), and those of terminals that draw pictures. ESC [ …: an answer, or a key
 * that we do not know; its bytes are not typed text. */
static bool is_answer(wint_t first)
{
    wint_t c = 0;
    if (first != ']' && first != '_' && first != '[')
        return false;
    int kind = next_of_answer(&c);
    bool begins = kind == OK && (first == '[' || (first == '_' ? c == 'G' : c < 128 && g_ascii_isdigit((char)c)));
    if (kind == ERR) /* cut right there */
        begins = first == ']' ? background_awaits() : picture_terminal_awaits() || (first == '[' && thrift_awaits());
    put_back(kind, c);
    if (begins)
        begin_answer(first == '[' ? ANSWER_SEQUENCE : ANSWER_STRING, first);
    return begins;
}

/* ESC with a character right behind it is Alt; alone it is Escape, also when another key is pressed while an answer is awaited. False: nothing that
 * means anything. */
static bool read_escape(struct key *key)
{
    wint_t c = 0;
    int kind = next_code(&c);
    bool is_late = kind == ERR;
    kind = is_late ? next_of_answer(&c) : kind;
    bool is_key = is_late && c != ']' && c != '[' && c != '_';
    if (kind == OK && c != 27 && !is_key) {
        if (is_answer(c))
            return false;
        read_character(c, key);
        key->mods |= KEY_MOD_ALT;
        return true;
    }
    set_name(key, KEY_NAME_ESCAPE);
    put_back(kind, c);
    return true;
}

static void note_escape(const struct key *key)
{
    state.was_escape = key->kind == KEY_KIND_NAMED && key->name == KEY_NAME_ESCAPE && key->mods == 0;
}

bool input_read(struct key *key_out)
{
    for (;;) {
        wint_t c = 0;
        *key_out = (struct key){ 0 };
        if (state.paste != NULL)
            return give_paste(key_out);
        if (!read_answer(key_out))
            return false;
        if (key_out->kind == KEY_KIND_ANSWER)
            return true;
        int kind = next_code(&c);
        if (kind == ERR)
            return false;
        bool is_behind_escape = state.was_escape;
        state.was_escape = false;
        if (kind == OK && c == 27) {
            if (read_escape(key_out))
                return note_escape(key_out), true;
            continue;
        }
        if (kind == OK && c == ']' && is_behind_escape && background_awaits() && is_answer(c))
            continue;
        if (kind == OK)
            return read_character(c, key_out), true;
        if (c == CODE_PASTE_BEGIN)
            state.paste = g_string_new(NULL);
        else if (read_code(c, key_out))
            return true;
    }
}

static const char *take_mods(const char *word, unsigned *mods)
{
    const struct {
        const char *prefix;
        unsigned mod;
    } prefixes[] = { { "ctrl-", KEY_MOD_CTRL }, { "alt-", KEY_MOD_ALT }, { "shift-", KEY_MOD_SHIFT } };
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        size_t length = strlen(prefixes[i].prefix);
        if (g_ascii_strncasecmp(word, prefixes[i].prefix, length) == 0 && word[length] != '\0') {
            *mods |= prefixes[i].mod;
            return take_mods(word + length, mods);
        }
    }
    return word;
}

/* Signs that mean something else at the beginning of a line of keys.conf, spelled. */
static const char *spelled_sign(const char *word)
{
    const struct {
        const char *word, *sign;
    } signs[] = { { "equals", "=" }, { "hash", "#" }, { "semicolon", ";" }, { "bracket-left", "[" }, { "bracket-right", "]" } };
    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
        if (g_ascii_strcasecmp(signs[i].word, word) == 0)
            return signs[i].sign;
    return word;
}

bool key_parse(const char *word, struct key *key_out)
{
    struct key key = { 0 };
    word = take_mods(word, &key.mods);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_ascii_strcasecmp(names[i].word, word) == 0) {
            set_name(&key, names[i].name);
            if (key.name == KEY_NAME_SPACE) {
                key.kind = KEY_KIND_CHARACTER;
                key.character = ' ';
            }
            *key_out = key;
            return true;
        }
    }
    guint64 number = 0;
    word = spelled_sign(word);
    if ((word[0] == 'F' || word[0] == 'f') && g_ascii_string_to_unsigned(word + 1, 10, 1, 12, &number, NULL)) {
        set_name(&key, KEY_NAME_F1 + (enum key_name)(number - 1));
        *key_out = key;
        return true;
    }
    gunichar c = g_utf8_get_char_validated(word, -1);
    if (c >= 0x110000 || c < 32 || *g_utf8_next_char(word) != '\0')
        return false;
    key.kind = KEY_KIND_CHARACTER;
    key.character = key.mods & KEY_MOD_CTRL ? (uint32_t)g_unichar_tolower(c) : c;
    key.mods &= ~(unsigned)KEY_MOD_SHIFT;
    *key_out = key;
    return true;
}

void key_format(const struct key *key, char *text, int size)
{
    char name[16] = "";
    if (key->kind == KEY_KIND_NAMED || key->name == KEY_NAME_SPACE) {
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
            if (names[i].name == key->name && name[0] == '\0')
                g_strlcpy(name, names[i].word, sizeof name);
        }
        if (key->name >= KEY_NAME_F1)
            g_snprintf(name, sizeof name, "F%d", key->name - KEY_NAME_F1 + 1);
    } else {
        name[g_unichar_to_utf8(key->character, name)] = '\0';
    }
    g_snprintf(text, (gulong)size, "%s%s%s%s", key->mods & KEY_MOD_CTRL ? "ctrl-" : "", key->mods & KEY_MOD_ALT ? "alt-" : "",
               key->mods & KEY_MOD_SHIFT ? "shift-" : "", name);
}

bool key_equal(const struct key *a, const struct key *b)
{
    return a->kind == b->kind && a->mods == b->mods && a->character == b->character && a->name == b->name &&
           (a->kind == KEY_KIND_CHARACTER || a->kind == KEY_KIND_NAMED);
}
