/* SPDX-License-Identifier: MIT */
/* When the screen is drawn. A key's own picture takes all news with it, so that nothing moves right after it: eyes and slow terminals are done with a key
 * when its last byte is there. */
#include "ui/pace.h"

enum { HANDS_REST_MS = 250, NEWS_EVERY_MS = 150 };
enum { ANSWER_MS = 40 };
enum { HANDS_PAUSE_MS = 60, ARRIVALS_EVERY_MS = 50 }; /* new mail: who writes to us may be waiting for the answer */

bool pace_is_awaited(const struct event *event)
{
    switch (event->type) {
    case EVENT_FOLDERS_CHANGED:
    case EVENT_FOLDER_CHANGED:
    case EVENT_MESSAGE_ARRIVED:
    case EVENT_CONNECTION:
    case EVENT_PROGRESS:
    case EVENT_OUTBOX_CHANGED:
    case EVENT_NOTICE:
        return false;
    default:
        return true;
    }
}

void pace_note(struct pace *self, const struct event *event)
{
    self->answer_ms = event->type == EVENT_QUERY_DONE ? 0 : self->answer_ms;
    self->is_asked = self->is_asked || pace_is_awaited(event);
    self->has_arrival = self->has_arrival || event->type == EVENT_MESSAGE_ARRIVED;
}

int64_t pace_due_ms(const struct pace *self, int64_t now_ms)
{
    if (self->is_asked)
        return MAX(now_ms, self->answer_ms);
    int rest_ms = self->has_arrival ? HANDS_PAUSE_MS : HANDS_REST_MS, every_ms = self->has_arrival ? ARRIVALS_EVERY_MS : NEWS_EVERY_MS;
    int64_t rested = self->key_ms != 0 ? self->key_ms + rest_ms : now_ms;
    int64_t paced = self->news_ms != 0 ? self->news_ms + every_ms : now_ms;
    return MAX(rested, paced);
}

void pace_await(struct pace *self, int64_t now_ms)
{
    self->answer_ms = now_ms + ANSWER_MS;
}

void pace_drawn(struct pace *self, int64_t now_ms)
{
    if (!self->is_asked)
        self->news_ms = now_ms;
    self->answer_ms = 0;
    self->is_asked = self->has_arrival = false;
}
