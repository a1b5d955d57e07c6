/* SPDX-License-Identifier: MIT */
/* When the screen is drawn. A key's own picture takes all news with it, so that nothing moves right after it: eyes and slow terminals are done with a key
 * when its last byte is there. */
#include "ui/pace.h"

enum { HANDS_REST_MS = 250, NEWS_EVERY_MS = 150 };

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

int64_t pace_due_ms(const struct pace *self, int64_t now_ms)
{
    if (self->is_asked)
        return now_ms;
    int64_t rested = self->key_ms != 0 ? self->key_ms + HANDS_REST_MS : now_ms;
    int64_t paced = self->news_ms != 0 ? self->news_ms + NEWS_EVERY_MS : now_ms;
    return MAX(rested, paced);
}

void pace_drawn(struct pace *self, int64_t now_ms)
{
    if (!self->is_asked)
        self->news_ms = now_ms;
    self->is_asked = false;
}
