/* SPDX-License-Identifier: MIT */
/* Whether the terminal is light or dark, asked of the terminal itself. */
#include "ui/background.h"
#include "ui/thrift.h"
#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { AWAITED_MS = 5000, SETTLED_MS = 1000, ON_ITS_WAY_MS = 150 };

static const char question[] = "\033]11;?\033\\", before_color[] = "]11;";

static struct {
    int64_t asked_ms; /* 0: never */
    bool is_known, is_light, has_news;
} state; /* one terminal, one thread */

static int64_t now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

/* "ff", "ffff": as a part of one. */
static bool channel(const char **at, double *part_out)
{
    guint value = 0, most = 0;
    for (int digit; (digit = g_ascii_xdigit_value(**at)) >= 0 && most < 0xFFFF; (*at)++) {
        value = value * 16 + (guint)digit;
        most = most * 16 + 15;
    }
    *at += **at == '/';
    *part_out = most > 0 ? (double)value / most : 0;
    return most > 0;
}

bool background_read(const char *answer, bool *is_light_out)
{
    const char *at = strstr(answer, "]11;rgb");
    double red = 0, green = 0, blue = 0;
    at = at != NULL ? strchr(at, ':') : NULL;
    if (at == NULL)
        return false;
    at++;
    if (!channel(&at, &red) || !channel(&at, &green) || !channel(&at, &blue))
        return false;
    *is_light_out = 0.299 * red + 0.587 * green + 0.114 * blue > 0.5;
    return true;
}

/* Or nobody wants to know. */
static bool is_said(void)
{
    const char *known = g_getenv("COLORFGBG"), *uncoloured = g_getenv("NO_COLOR");
    return (uncoloured != NULL && *uncoloured != '\0') || (known != NULL && *known != '\0');
}

static bool is_askable(void)
{
    const char *name = g_getenv("TERM");
    static const char *const silent[] = { "linux", "vt", "dumb", "cons", "sun", "ansi" };
    if (name == NULL || is_said() || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(silent); i++) {
        if (g_str_has_prefix(name, silent[i]))
            return false;
    }
    return true;
}

void background_ask(void)
{
    if (state.asked_ms != 0 || !is_askable())
        return;
    fputs(question, stdout);
    fflush(stdout);
    state.asked_ms = now_ms();
}

bool background_awaits(void)
{
    return state.asked_ms != 0 && !state.is_known && now_ms() - state.asked_ms < AWAITED_MS;
}

bool background_take(const char *answer)
{
    bool is_light = false;
    if (state.asked_ms == 0 || !g_str_has_prefix(answer, before_color) || !background_read(answer, &is_light))
        return false;
    bool is_news = !state.is_known || state.is_light != is_light;
    state.is_known = state.has_news = true;
    state.is_light = is_light;
    return is_news;
}

bool background_has_news(void)
{
    bool has_news = state.has_news;
    state.has_news = false;
    return has_news;
}

void background_settle(void)
{
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
    bool is_due = background_awaits() && now_ms() - state.asked_ms <= SETTLED_MS;
    if (!is_due && !thrift_awaits())
        return;
    if (poll(&in, 1, ON_ITS_WAY_MS) > 0)
        tcflush(STDIN_FILENO, TCIFLUSH);
}

bool background_may_go_on(const char *answer, unsigned character)
{
    static const char *const kinds[] = { "rgb:", "rgba:", "#" };
    if (!g_str_has_prefix(answer, before_color))
        return true;
    const char *color = answer + strlen(before_color);
    size_t length = strlen(color);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        bool is_digits = g_str_has_prefix(color, kinds[i]), is_kind = !is_digits && g_str_has_prefix(kinds[i], color);
        if (is_kind && (unsigned)kinds[i][length] == character)
            return true;
        if (is_digits && character < 128 && (g_ascii_isxdigit((char)character) || character == '/'))
            return true;
    }
    return false;
}

const char *background_colors(void)
{
    return state.is_known ? (state.is_light ? "0;15" : "15;0") : g_getenv("COLORFGBG");
}
