/* SPDX-License-Identifier: MIT */
/* How this terminal draws pictures. It is asked the first time one is wanted, and nobody waits for its answers: they come through ui/input. UI thread. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum picture_way { PICTURE_CELLS, PICTURE_SIXEL, PICTURE_KITTY };

/* What it answered. */
struct picture_answers {
    bool is_over; /* the last question, which every terminal answers */
    bool has_sixel, has_kitty;
    int cell_width, cell_height, area_width, area_height; /* in pixels; 0: not said */
};
/* An answer without its ESC: "[?62;4;6c", "[6;16;8t", "_Gi=1;OK". False: it is none, or says nothing new. */
bool picture_answers_take(struct picture_answers *self, const char *answer);

/* The rest of what is known. */
struct picture_terminal {
    enum picture_way way;
    int cell_width, cell_height; /* in pixels; 0: unknown */
};
struct picture_surroundings {
    const char *wish;     /* "auto" | "kitty" | "sixel" | "blocks" */
    bool is_within_other; /* tmux or screen: pictures they do not know would stand where they should not */
    int rows, columns;    /* the window's */
    int width, height;    /* in pixels, as the system says; 0: it does not */
};
struct picture_terminal picture_terminal_of(const struct picture_answers *answers, const struct picture_surroundings *here);

/* wish: the setting "pictures". Asks the terminal, once; true: it is known how pictures are drawn, or the terminal took too long. */
bool picture_terminal_ask(const char *wish);
struct picture_terminal picture_terminal_now(void);
bool picture_terminal_take(const char *answer); /* true: it is time to draw anew */
bool picture_terminal_awaits(void);             /* an answer may still come: half an ESC may be its beginning */
int64_t picture_terminal_due_ms(void);          /* when the wait is over, as app_now_ms(); INT64_MAX: nobody waits */
bool picture_terminal_tick(int64_t now_ms);     /* true: the wait was over just now */
