/* SPDX-License-Identifier: MIT */
/* Whether the terminal is light or dark, asked of the terminal itself. */
#include "ui/background.h"
#include <curses.h>
#include <glib.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { WAIT_MS = 300, ANSWER_MAX = 512 };

/* The second question is one that every terminal answers: whoever answers only that one does not know the first. */
static const char questions[] = "\033]11;?\033\\\033[c";
static char typed[ANSWER_MAX];
static size_t typed_length;

/* "ff", "ffff": as a part of one. */
static double channel(const char **at)
{
    guint value = 0, most = 0;
    for (int digit; (digit = g_ascii_xdigit_value(**at)) >= 0 && most < 0xFFFF; (*at)++) {
        value = value * 16 + (guint)digit;
        most = most * 16 + 15;
    }
    *at += **at == '/';
    return most > 0 ? (double)value / most : 0;
}

bool background_read(const char *bytes, size_t length, bool *is_light_out)
{
    g_autofree char *text = g_strndup(bytes, length);
    const char *at = strstr(text, "\033]11;rgb");
    at = at != NULL ? strchr(at, ':') : NULL;
    if (at == NULL)
        return false;
    at++;
    double red = channel(&at), green = channel(&at), blue = channel(&at);
    *is_light_out = 0.299 * red + 0.587 * green + 0.114 * blue > 0.5;
    return true;
}

/* The answer to the second question: ESC [ ? … c. */
static bool is_complete(const char *bytes, size_t length)
{
    g_autofree char *text = g_strndup(bytes, length);
    const char *last = strstr(text, "\033[?");
    return last != NULL && last[3 + strspn(last + 3, "0123456789;")] == 'c';
}

/* What is no answer was typed. */
static void keep_typed(const char *bytes, size_t length)
{
    g_autofree char *text = g_strndup(bytes, length);
    g_autoptr(GRegex) answers = g_regex_new("\033\\](?s:.*?)(\007|\033\\\\|$)|\033\\[\\?[0-9;]*(c|$)", G_REGEX_RAW, 0, NULL);
    g_autofree char *rest = g_regex_replace_literal(answers, text, -1, 0, "", 0, NULL);
    typed_length = rest != NULL ? g_strlcpy(typed, rest, sizeof typed) : 0;
}

static size_t read_answer(char *bytes, size_t most)
{
    size_t length = 0;
    int64_t end = g_get_monotonic_time() + WAIT_MS * 1000;
    while (length < most && !is_complete(bytes, length)) {
        struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
        int64_t left_ms = (end - g_get_monotonic_time()) / 1000;
        if (left_ms <= 0 || poll(&in, 1, (int)left_ms) <= 0)
            break;
        ssize_t count = read(STDIN_FILENO, bytes + length, most - length);
        if (count <= 0)
            break;
        length += (size_t)count;
    }
    return length;
}

static bool is_askable(void)
{
    const char *name = g_getenv("TERM"), *known = g_getenv("COLORFGBG");
    static const char *const silent[] = { "linux", "vt", "dumb", "cons", "sun", "ansi" };
    if (name == NULL || (known != NULL && *known != '\0') || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(silent); i++) {
        if (g_str_has_prefix(name, silent[i]))
            return false;
    }
    return true;
}

void background_ask(void)
{
    char bytes[ANSWER_MAX] = "";
    struct termios before, raw;
    bool is_light = false;
    if (!is_askable() || tcgetattr(STDIN_FILENO, &before) != 0)
        return;
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) != 0)
        return;
    size_t length = write(STDOUT_FILENO, questions, sizeof questions - 1) > 0 ? read_answer(bytes, sizeof bytes - 1) : 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    if (background_read(bytes, length, &is_light))
        g_setenv("COLORFGBG", is_light ? "0;15" : "15;0", TRUE);
    keep_typed(bytes, length);
}

void background_type_ahead(void)
{
    while (typed_length > 0)
        ungetch((unsigned char)typed[--typed_length]);
}
