/* SPDX-License-Identifier: MIT */
/* When the screen is drawn: at once for what a person did or waits for; for other news when the hands rest, and not too often. */
#pragma once
#include "core/event.h"

struct pace {
    int64_t key_ms, news_ms; /* of the last key, and of the last picture that no key asked for; monotonic, 0: never */
    int64_t answer_ms;       /* what a key asked another thread for is to be here by then; 0: nothing. One picture shows both */
    bool is_asked;           /* somebody looks at the screen and waits for this picture */
    bool has_arrival;        /* new mail came, and is in the store */
};
/* Whether somebody waits for what this event tells (a text that was opened, a question), or it is news by the way (progress, counts, new rows). */
bool pace_is_awaited(const struct event *event);
void pace_note(struct pace *self, const struct event *event);
/* When a picture that has changed is to be drawn; not later than now: at once. */
int64_t pace_due_ms(const struct pace *self, int64_t now_ms);
/* A key is answered by another thread, most times between two pictures of the screen: the key's own is held back for that long. */
void pace_await(struct pace *self, int64_t now_ms);
void pace_drawn(struct pace *self, int64_t now_ms);
