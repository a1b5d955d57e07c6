/* SPDX-License-Identifier: MIT */
/* A terminal for tests: the program on a real pty, its screen in libvterm. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct terminal terminal;
/* Starts argv[0] on a new pty. env: "NAME=value" added to a clean environment (TERM=xterm-256color, LANG=C.UTF-8, PATH, TZ=UTC); NULL: none.
 * NULL: it could not be started (errno). */
terminal *terminal_start(const char *const *argv, int rows, int columns, const char *const *env);
void terminal_free(terminal *terminal); /* ends the program if it still runs */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(terminal, terminal_free)

void terminal_hang_up(terminal *terminal); /* the window is closed: only the wait for the end, and terminal_free, may follow */

/* What the program asks of the terminal is answered so much later: it is far away. */
void terminal_answer_late(terminal *terminal, int ms);

/* Bytes as a keyboard sends them: "j", "\r", "\033[B", "\033". */
void terminal_keys(terminal *terminal, const char *keys);
/* Reads until text is on the screen; false after timeout_ms (or when the program ended). */
bool terminal_wait_for(terminal *terminal, const char *text, int timeout_ms);
bool terminal_wait_gone(terminal *terminal, const char *text, int timeout_ms);
/* Reads until nothing came for quiet_ms, at most timeout_ms; and on, up to three times that, while a thread of the program waits for a processor. */
void terminal_wait_idle(terminal *terminal, int quiet_ms, int timeout_ms);
/* Reads what has come, at most for ms. */
void terminal_read(terminal *terminal, int ms);
/* Sends keys and reads: milliseconds from the key to the last byte that came before quiet_ms without any; -1: no byte came within timeout_ms. */
double terminal_latency(terminal *terminal, const char *keys, int quiet_ms, int timeout_ms);

char *terminal_row(terminal *terminal, int row);                   /* text without trailing blanks; caller frees */
char *terminal_row_left(terminal *terminal, int row, int columns); /* only so many columns of it; caller frees */
char *terminal_screen_text(terminal *terminal);                    /* all rows, '\n' after each; caller frees */
bool terminal_contains(terminal *terminal, const char *text);
int terminal_find_row(terminal *terminal, const char *text); /* first row with it; -1: none */
void terminal_cursor(terminal *terminal, int *row_out, int *column_out);
void terminal_resize(terminal *terminal, int rows, int columns);
pid_t terminal_pid(const terminal *terminal);
/* The program's end: its wait status; -1: it still runs after timeout_ms. */
int terminal_wait_exit(terminal *terminal, int timeout_ms);
size_t terminal_bytes(const terminal *terminal); /* how much the program has written so far */
/* The raw bytes that came, for what a screen does not show (modes, bells); borrowed. */
const GByteArray *terminal_raw(const terminal *terminal);

/* The first word that has the colour of its own background; NULL: all can be read; caller frees. */
char *terminal_unreadable(terminal *terminal);

/* What every screen of the program has: a header above a line, a status below one (or blank rows, in the composer), closed bars, no controls, colours that can be read, whole words. */
struct terminal_wishes {
    double contrast;   /* the least, 1 to 21 */
    bool is_light;     /* the terminal's own colours are black on white */
    bool is_console;   /* the first sixteen colours are those of the Linux console */
    GHashTable *words; /* of terminal_word(): all that may be there; NULL: any */
};
/* The first thing that is wrong; NULL: nothing; caller frees. */
char *terminal_fault(terminal *terminal, const struct terminal_wishes *wishes);
char *terminal_word(const char *word); /* as words are compared: letters alone, folded; caller frees */
/* How the cells look (colours, attributes) left of a column (0: all), as one number in hexadecimal digits; caller frees. */
char *terminal_looks(terminal *terminal, int columns);

/* Compares the screen, its text and its colours, with tests/tui/screens/NAME.screen. Times and dates count for nothing. With POSTERN_SCREENS=write in the
 * environment the picture is written instead. NULL: equal; else a complaint with what differs; caller frees. */
char *terminal_compare(terminal *terminal, const char *name);
