/* SPDX-License-Identifier: MIT */
/* The event queue. LABEL: threads */
#include "core/event.h"
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define POSTERS 4
#define POSTS   20000

static bool is_readable(event_queue *queue)
{
    struct pollfd fd = { .fd = event_queue_fd(queue), .events = POLLIN };
    return poll(&fd, 1, 0) == 1;
}

static void equal_events_merge_and_the_last_counts(void **state)
{
    (void)state;
    event_queue *queue = event_queue_new();
    assert_false(is_readable(queue));
    struct event busy = { .type = EVENT_PROGRESS, .item = 3, .done = 1, .total = 9, .text = (char *)"first" };
    struct event other = { .type = EVENT_FOLDER_CHANGED, .folder = 7 };
    event_post(queue, &busy);
    event_post(queue, &other);
    busy.done = 2;
    busy.text = (char *)"second";
    event_post(queue, &busy);
    event_post(queue, &other);
    assert_true(is_readable(queue));
    struct event *first = event_take(queue), *second = event_take(queue);
    assert_int_equal(first->type, EVENT_PROGRESS);
    assert_int_equal(first->done, 2);
    assert_string_equal(first->text, "second");
    assert_int_equal(second->folder, 7);
    event_free(first);
    event_free(second);
    assert_null(event_take(queue));
    assert_false(is_readable(queue));
    event_queue_free(queue);
}

static void bodies_of_different_parts_do_not_merge(void **state)
{
    (void)state;
    event_queue *queue = event_queue_new();
    static const char *const sections[] = { NULL, "1", "2", "1" };
    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        struct event body = { .type = EVENT_BODY_AVAILABLE, .item = 5, .text = (char *)sections[i] };
        event_post(queue, &body);
    }
    int count = 0;
    for (struct event *event; (event = event_take(queue)) != NULL; count++)
        event_free(event);
    assert_int_equal(count, 3);
    event_queue_free(queue);
}

static void arrivals_do_not_pile_up_while_the_screen_is_away(void **state)
{
    (void)state;
    event_queue *queue = event_queue_new();
    for (int64_t i = 1; i <= 50000; i++) {
        struct event changed = { .type = EVENT_FOLDER_CHANGED, .folder = 1 }, arrived = { .type = EVENT_MESSAGE_ARRIVED, .item = i };
        event_post(queue, &changed);
        event_post(queue, &arrived);
    }
    int count = 0;
    int64_t last = 0;
    bool is_changed = false;
    for (struct event *event; (event = event_take(queue)) != NULL; count++) {
        is_changed |= event->type == EVENT_FOLDER_CHANGED;
        last = MAX(last, event->item);
        event_free(event);
    }
    assert_true(count <= 5000);
    assert_int_equal(last, 50000);
    assert_true(is_changed);
    event_queue_free(queue);
}

struct poster {
    event_queue *queue;
    int64_t account;
};

static void *post_flood(void *data)
{
    struct poster *poster = data;
    for (int i = 1; i <= POSTS; i++) {
        struct event event = { .type = EVENT_PROGRESS, .account = poster->account, .item = i % 10, .done = i, .text = (char *)"at work" };
        event_post(poster->queue, &event);
    }
    struct event end = { .type = EVENT_SETUP_DONE, .account = poster->account };
    event_post(poster->queue, &end);
    return NULL;
}

static void a_flood_from_many_threads_stays_small_and_loses_nothing(void **state)
{
    (void)state;
    event_queue *queue = event_queue_new();
    struct poster posters[POSTERS];
    pthread_t threads[POSTERS];
    int64_t newest[POSTERS] = { 0 };
    for (int i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){ queue, i };
        assert_int_equal(pthread_create(&threads[i], NULL, post_flood, &posters[i]), 0);
    }
    for (int ended = 0; ended < POSTERS;) {
        struct pollfd fd = { .fd = event_queue_fd(queue), .events = POLLIN };
        assert_int_equal(poll(&fd, 1, 30000), 1); /* a wake-up that was lost would end here */
        for (struct event *event; (event = event_take(queue)) != NULL; event_free(event)) {
            ended += event->type == EVENT_SETUP_DONE;
            if (event->type == EVENT_PROGRESS)
                newest[event->account] = MAX(newest[event->account], event->done);
        }
    }
    for (int i = 0; i < POSTERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(newest[i], POSTS);
    }
    event_queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_events_merge_and_the_last_counts),
        cmocka_unit_test(bodies_of_different_parts_do_not_merge),
        cmocka_unit_test(arrivals_do_not_pile_up_while_the_screen_is_away),
        cmocka_unit_test(a_flood_from_many_threads_stays_small_and_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
