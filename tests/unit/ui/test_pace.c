/* SPDX-License-Identifier: MIT */
/* A key is answered at once, and nothing that a worker reports moves the screen right behind it. */
#include "ui/pace.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

static void what_a_key_changed_is_drawn_at_once(void **state)
{
    (void)state;
    struct pace pace = { .key_ms = 1000, .news_ms = 999, .is_asked = true };
    assert_int_equal(pace_due_ms(&pace, 1000), 1000);
    pace_drawn(&pace, 1001);
    assert_false(pace.is_asked);
    assert_int_equal(pace.news_ms, 999);
}

static void the_first_news_is_drawn_at_once(void **state)
{
    (void)state;
    struct pace pace = { 0 };
    assert_true(pace_due_ms(&pace, 5000) <= 5000);
}

static void a_flood_of_news_becomes_a_few_pictures_a_second(void **state)
{
    (void)state;
    struct pace pace = { 0 };
    int pictures = 0;
    for (int64_t now = 1000; now < 3000; now += 5) {
        if (pace_due_ms(&pace, now) > now)
            continue;
        pace_drawn(&pace, now);
        pictures++;
    }
    assert_in_range(pictures, 4, 20);
}

static void news_waits_while_keys_are_pressed_and_comes_when_the_hands_rest(void **state)
{
    (void)state;
    struct pace pace = { 0 };
    for (int64_t now = 1000; now < 3000; now += 30) {
        pace.key_ms = now;
        pace.is_asked = true;
        pace_drawn(&pace, now);
        assert_true(pace_due_ms(&pace, now + 29) > now + 100);
    }
    assert_true(pace_due_ms(&pace, pace.key_ms + 300) <= pace.key_ms + 300);
}

static void what_somebody_waits_for_is_no_mere_news(void **state)
{
    (void)state;
    static const enum event_type awaited[] = { EVENT_BODY_AVAILABLE, EVENT_BODY_FAILED, EVENT_QUESTION,
                                               EVENT_INTENT_FAILED,  EVENT_SETUP_STEP,  EVENT_QUERY_DONE };
    static const enum event_type news[] = { EVENT_FOLDER_CHANGED, EVENT_FOLDERS_CHANGED, EVENT_PROGRESS, EVENT_CONNECTION };
    for (size_t i = 0; i < G_N_ELEMENTS(awaited); i++)
        assert_true(pace_is_awaited(&(struct event){ .type = awaited[i] }));
    for (size_t i = 0; i < G_N_ELEMENTS(news); i++)
        assert_false(pace_is_awaited(&(struct event){ .type = news[i] }));
}

static void new_mail_does_not_wait_behind_other_news(void **state)
{
    (void)state;
    struct pace pace = { .key_ms = 1000, .news_ms = 1040 };
    assert_true(pace_due_ms(&pace, 1050) > 1150);
    pace_note(&pace, &(struct event){ .type = EVENT_MESSAGE_ARRIVED });
    assert_true(pace_due_ms(&pace, 1050) > 1050); /* not right behind the key */
    assert_true(pace_due_ms(&pace, 1050) <= 1100);
    pace_drawn(&pace, 1100);
    assert_true(pace_due_ms(&pace, 1101) > 1200);
}

static void a_key_that_another_thread_answers_has_one_picture(void **state)
{
    (void)state;
    struct pace pace = { .key_ms = 1000, .is_asked = true };
    pace_await(&pace, 1000);
    assert_in_range(pace_due_ms(&pace, 1000), 1020, 1060); /* it does not come: nobody notices that we waited */
    pace_note(&pace, &(struct event){ .type = EVENT_FOLDER_CHANGED });
    assert_true(pace_due_ms(&pace, 1005) > 1005);
    pace_note(&pace, &(struct event){ .type = EVENT_QUERY_DONE });
    assert_int_equal(pace_due_ms(&pace, 1010), 1010);
    pace_await(&pace, 1020);
    pace_drawn(&pace, 1060);
    pace.is_asked = true;
    assert_int_equal(pace_due_ms(&pace, 1061), 1061);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_key_changed_is_drawn_at_once),
        cmocka_unit_test(new_mail_does_not_wait_behind_other_news),
        cmocka_unit_test(the_first_news_is_drawn_at_once),
        cmocka_unit_test(a_flood_of_news_becomes_a_few_pictures_a_second),
        cmocka_unit_test(news_waits_while_keys_are_pressed_and_comes_when_the_hands_rest),
        cmocka_unit_test(a_key_that_another_thread_answers_has_one_picture),
        cmocka_unit_test(what_somebody_waits_for_is_no_mere_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
