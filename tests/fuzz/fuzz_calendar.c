/* SPDX-License-Identifier: MIT */
/* Calendars from strangers: any bytes give valid texts, a bounded number of occurrences, and an answer that can be read again. LIBRARY: postern_core */
#include "core/calendar.h"
#include "core/message.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define YEAR_S ((int64_t)366 * 24 * 60 * 60)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(char *text /* taken; NULL */)
{
    if (text != NULL && !g_utf8_validate(text, -1, NULL))
        abort();
    g_free(text);
}

static bool count_told(int64_t start_utc, int64_t end_utc, void *data)
{
    if (end_utc < start_utc)
        abort();
    return ++*(int *)data < 500;
}

static void check_reply(const calendar *from, const struct calendar_event *event)
{
    g_autofree char *reply = calendar_reply(from, event,
                                            &(const struct calendar_response){ .name = "Ada \"A\"",
                                                                               .address = "ada@x.test",
                                                                               .answer = CALENDAR_ACCEPTED,
                                                                               .comment = "so; be\nit",
                                                                               .delegated_from = "b\"o@x.test",
                                                                               .start_utc = event->sequence % 2 != 0 ? 1795000000 : 0 });
    g_autoptr(calendar) again = calendar_parse(reply, strlen(reply), NULL);
    if (again == NULL || again->method != CALENDAR_REPLY)
        abort();
    const struct calendar_event *answered = g_ptr_array_index(again->events, 0);
    if (answered->people->len != 1)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *utf8 = g_utf8_make_valid((const char *)data, (gssize)size); /* as core/message_card hands it over */
    g_autoptr(calendar) found = calendar_parse(utf8, strlen(utf8), "REQUEST");
    g_autoptr(calendar) between = calendar_parse_between(utf8, strlen(utf8), 1793577600, 1793577600 + YEAR_S);
    for (guint i = 0; found != NULL && i < found->events->len; i++) {
        const struct calendar_event *event = g_ptr_array_index(found->events, i);
        int count = 0;
        check_text(calendar_when_words(event));
        check_text(calendar_elsewhere_words(event));
        check_text(calendar_repeat_words(event));
        check_text(calendar_clean(event->title));
        for (guint k = 0; k < event->people->len; k++)
            check_text(calendar_person_words(g_ptr_array_index(event->people, k)));
        calendar_occurrences(found, event, 1793577600, 1793577600 + YEAR_S, count_told, &count);
        check_reply(found, event);
    }
    return 0;
}
