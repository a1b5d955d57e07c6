/* SPDX-License-Identifier: MIT */
/* How this terminal draws pictures.
 *
 * The last question is one that every terminal answers: whoever answers only that one does not know the others. A terminal that takes long is not waited
 * for: cells are drawn, and drawn anew when it answers after all. */
#include "ui/picture_terminal.h"
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

enum { QUESTION_ID = 1, WAIT_MS = 300, AWAITED_MS = 5000, CELL_MIN = 2, CELL_MAX = 200, NUMBERS_MAX = 40 };

/* --- answers --- */

/* "62;4;6c": how many numbers there are before the last letter. */
static int numbers_read(const char *at, int *numbers)
{
    int count = 0;
    for (; count < NUMBERS_MAX && g_ascii_isdigit(*at); at += *at == ';') {
        char *end = NULL;
        guint64 number = g_ascii_strtoull(at, &end, 10);
        numbers[count++] = (int)MIN(number, 100000);
        at = end;
    }
    return count;
}

static bool take_attributes(struct picture_answers *self, const char *parameters)
{
    int numbers[NUMBERS_MAX];
    int count = numbers_read(parameters, numbers);
    self->is_over = true;
    for (int i = 1; i < count; i++) /* the first is what kind of terminal it is */
        self->has_sixel = self->has_sixel || numbers[i] == 4;
    return true;
}

static bool take_size(struct picture_answers *self, const char *parameters)
{
    int numbers[NUMBERS_MAX];
    if (numbers_read(parameters, numbers) != 3)
        return false;
    if (numbers[0] == 6) {
        self->cell_height = numbers[1];
        self->cell_width = numbers[2];
    } else if (numbers[0] == 4) {
        self->area_height = numbers[1];
        self->area_width = numbers[2];
    }
    return numbers[0] == 6 || numbers[0] == 4;
}

bool picture_answers_take(struct picture_answers *self, const char *answer)
{
    size_t length = strlen(answer);
    char last = length > 0 ? answer[length - 1] : '\0';
    if (g_str_has_prefix(answer, "_Gi=1;")) {
        self->has_kitty = g_str_has_prefix(answer, "_Gi=1;OK");
        return true;
    }
    if (g_str_has_prefix(answer, "[?") && last == 'c')
        return take_attributes(self, answer + 2);
    return answer[0] == '[' && last == 't' && take_size(self, answer + 1);
}

/* --- what follows from them --- */

static bool is_cell(int size)
{
    return size >= CELL_MIN && size <= CELL_MAX;
}

static void choose_cell(struct picture_terminal *self, int width, int height)
{
    if (self->cell_width != 0 || !is_cell(width) || !is_cell(height))
        return;
    self->cell_width = width;
    self->cell_height = height;
}

struct picture_terminal picture_terminal_of(const struct picture_answers *answers, const struct picture_surroundings *here)
{
    struct picture_terminal self = { .way = PICTURE_CELLS };
    int rows = MAX(here->rows, 1), columns = MAX(here->columns, 1);
    choose_cell(&self, here->width / columns, here->height / rows);
    choose_cell(&self, answers->cell_width, answers->cell_height);
    choose_cell(&self, answers->area_width / columns, answers->area_height / rows);
    bool is_auto = strcmp(here->wish, "auto") == 0, knows_size = self.cell_width != 0;
    if (!here->is_within_other && (strcmp(here->wish, "kitty") == 0 || (is_auto && answers->has_kitty)))
        self.way = PICTURE_KITTY;
    else if (knows_size && (strcmp(here->wish, "sixel") == 0 || (is_auto && answers->has_sixel)))
        self.way = PICTURE_SIXEL;
    return self;
}

/* --- this one --- */

static struct {
    char *wish;
    bool is_asked, is_waiting;
    int64_t asked_ms;
    struct picture_answers answers;
} state; /* one terminal, one thread */

static int64_t now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

static bool has_prefix(const char *name, const char *const *prefixes, size_t count)
{
    for (size_t i = 0; name != NULL && i < count; i++)
        if (g_str_has_prefix(name, prefixes[i]))
            return true;
    return false;
}

static bool is_within_other(void)
{
    static const char *const others[] = { "tmux", "screen" };
    return g_getenv("TMUX") != NULL || g_getenv("STY") != NULL || has_prefix(g_getenv("TERM"), others, G_N_ELEMENTS(others));
}

/* What would write questions down as text, or draws nothing anyway. */
static bool is_askable(void)
{
    static const char *const silent[] = { "linux", "vt", "dumb", "cons", "sun", "ansi" };
    const char *name = g_getenv("TERM");
    return name != NULL && !has_prefix(name, silent, G_N_ELEMENTS(silent)) && isatty(STDOUT_FILENO);
}

static void ask(void)
{
    static const char kitty[] = "\033_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\033\\", rest[] = "\033[16t\033[14t\033[c";
    state.is_asked = true;
    if (!is_askable())
        return;
    if (!is_within_other()) /* tmux would name its window so */
        fputs(kitty, stdout);
    fputs(rest, stdout); /* between two pictures: curses writes nothing before the next */
    fflush(stdout);
    state.asked_ms = now_ms();
    state.is_waiting = true;
}

bool picture_terminal_ask(const char *wish)
{
    g_free(state.wish);
    state.wish = g_strdup(wish != NULL ? wish : "auto");
    if (!state.is_asked && strcmp(state.wish, "blocks") != 0)
        ask();
    return !state.is_waiting;
}

struct picture_terminal picture_terminal_now(void)
{
    struct winsize size = { 0 };
    if (state.wish == NULL || wcwidth(0xA0) != 1 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return (struct picture_terminal){ .way = PICTURE_CELLS };
    const struct picture_surroundings here = { .wish = state.wish,
                                               .is_within_other = is_within_other(),
                                               .rows = size.ws_row,
                                               .columns = size.ws_col,
                                               .width = size.ws_xpixel,
                                               .height = size.ws_ypixel };
    return picture_terminal_of(&state.answers, &here);
}

bool picture_terminal_take(const char *answer)
{
    if (!picture_answers_take(&state.answers, answer) || !state.answers.is_over)
        return false;
    state.is_waiting = false;
    return true;
}

bool picture_terminal_awaits(void)
{
    return state.asked_ms != 0 && !state.answers.is_over && now_ms() - state.asked_ms < AWAITED_MS;
}

int64_t picture_terminal_due_ms(void)
{
    return state.is_waiting ? state.asked_ms + WAIT_MS : INT64_MAX;
}

bool picture_terminal_tick(int64_t now)
{
    if (now < picture_terminal_due_ms())
        return false;
    state.is_waiting = false;
    return true;
}
