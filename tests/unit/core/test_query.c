/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Long reads on a thread of their own: what was asked comes back, what nobody wants any more ends. */
#include "core/query.h"
#include "store_fixture.h"
#include <poll.h>
#include <stdatomic.h>

static atomic_int data_freed, works_run;

struct ask {
    int64_t answer;
    atomic_bool *has_begun; /* NULL: nobody watches */
    bool had_store;
};

static struct ask *ask_new(void)
{
    return g_new0(struct ask, 1);
}

static void ask_free(gpointer data)
{
    atomic_fetch_add(&data_freed, 1);
    g_free(data);
}

static void count_folders(store *db, void *data)
{
    struct ask *ask = data;
    atomic_fetch_add(&works_run, 1);
    ask->had_store = db != NULL;
    if (db != NULL)
        store_number(db, &ask->answer, NULL, "SELECT count(*) FROM folders");
}

/* Would take days. */
static void count_without_end(store *db, void *data)
{
    struct ask *ask = data;
    atomic_fetch_add(&works_run, 1);
    atomic_store(ask->has_begun, true);
    store_number(db, &ask->answer, NULL,
                 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000000) SELECT count(*) FROM n");
}

static int64_t wait_done(event_queue *events)
{
    struct pollfd readable = { .fd = event_queue_fd(events), .events = POLLIN };
    assert_int_equal(poll(&readable, 1, 20000), 1);
    struct event *event = event_take(events);
    assert_non_null(event);
    assert_int_equal(event->type, EVENT_QUERY_DONE);
    int64_t id = event->item;
    event_free(event);
    return id;
}

static void an_answer_comes_as_an_event_and_is_taken_once(void **state)
{
    struct fixture *self = *state;
    event_queue *events = event_queue_new();
    query *asked = query_new("query", self->path, STORE_READER, events);
    int64_t id = query_run(asked, count_folders, ask_new(), ask_free);
    assert_true(id > 0);
    assert_int_equal(wait_done(events), id);
    struct ask *answer = query_take(asked, id);
    assert_non_null(answer);
    assert_true(answer->had_store);
    assert_int_equal(answer->answer, 4);
    assert_null(query_take(asked, id));
    ask_free(answer);
    query_free(asked);
    event_queue_free(events);
}

static void answers_come_in_the_order_of_the_questions(void **state)
{
    struct fixture *self = *state;
    event_queue *events = event_queue_new();
    query *asked = query_new("query", self->path, STORE_READER, events);
    int64_t ids[20];
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++)
        ids[i] = query_run(asked, count_folders, ask_new(), ask_free);
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        assert_int_equal(wait_done(events), ids[i]);
        ask_free(query_take(asked, ids[i]));
    }
    query_free(asked);
    event_queue_free(events);
}

static void wait_for(atomic_bool *flag)
{
    while (!atomic_load(flag))
        g_thread_yield();
}

static void a_question_that_runs_is_interrupted_and_the_next_one_answered(void **state)
{
    struct fixture *self = *state;
    event_queue *events = event_queue_new();
    query *asked = query_new("query", self->path, STORE_READER, events);
    atomic_bool has_begun = false;
    struct ask *endless = ask_new();
    endless->has_begun = &has_begun;
    int freed = atomic_load(&data_freed);
    int64_t first = query_run(asked, count_without_end, endless, ask_free);
    int64_t second = query_run(asked, count_folders, ask_new(), ask_free);
    wait_for(&has_begun);
    query_cancel(asked, first);
    assert_int_equal(wait_done(events), second);
    assert_null(query_take(asked, first));
    assert_int_equal(atomic_load(&data_freed), freed + 1);
    struct ask *answer = query_take(asked, second);
    assert_int_equal(answer->answer, 4);
    ask_free(answer);
    query_free(asked);
    event_queue_free(events);
}

static void what_is_interrupted_ends_and_says_what_it_has(void **state)
{
    struct fixture *self = *state;
    event_queue *events = event_queue_new();
    query *asked = query_new("query", self->path, STORE_READER, events);
    atomic_bool has_begun = false;
    struct ask *endless = ask_new();
    endless->has_begun = &has_begun;
    int64_t id = query_run(asked, count_without_end, endless, ask_free);
    wait_for(&has_begun);
    query_interrupt(asked, id);
    assert_int_equal(wait_done(events), id);
    struct ask *answer = query_take(asked, id);
    assert_int_equal(answer->answer, 0);
    ask_free(answer);
    query_free(asked);
    event_queue_free(events);
}

static void a_question_that_waits_is_never_run_when_it_is_cancelled(void **state)
{
    struct fixture *self = *state;
    event_queue *events = event_queue_new();
    query *asked = query_new("query", self->path, STORE_READER, events);
    atomic_bool has_begun = false;
    struct ask *endless = ask_new();
    endless->has_begun = &has_begun;
    int64_t first = query_run(asked, count_without_end, endless, ask_free);
    wait_for(&has_begun);
    int run = atomic_load(&works_run), freed = atomic_load(&data_freed);
    int64_t second = query_run(asked, count_folders, ask_new(), ask_free);
    query_cancel(asked, second);
    assert_int_equal(atomic_load(&data_freed), freed + 1);
    query_cancel(asked, first);
    int64_t third = query_run(asked, count_folders, ask_new(), ask_free);
    assert_int_equal(wait_done(events), third);
    assert_int_equal(atomic_load(&works_run), run + 1);
    query_free(asked);
    event_queue_free(events);
}

static void leaving_does_not_wait_for_an_answer(void **state)
{
    struct fixture *self = *state;
    event_queue *events = event_queue_new();
    query *asked = query_new("query", self->path, STORE_READER, events);
    atomic_bool has_begun = false;
    struct ask *endless = ask_new();
    endless->has_begun = &has_begun;
    int freed = atomic_load(&data_freed);
    query_run(asked, count_without_end, endless, ask_free);
    query_run(asked, count_folders, ask_new(), ask_free);
    wait_for(&has_begun);
    query_free(asked);
    assert_int_equal(atomic_load(&data_freed), freed + 2);
    event_queue_free(events);
}

static void a_store_that_cannot_be_opened_is_told_to_the_work(void **state)
{
    struct fixture *self = *state;
    g_autofree char *nowhere = g_build_filename(self->path, "below", "a", "file", NULL);
    event_queue *events = event_queue_new();
    query *asked = query_new("query", nowhere, STORE_READER, events);
    int64_t id = query_run(asked, count_folders, ask_new(), ask_free);
    assert_int_equal(wait_done(events), id);
    struct ask *answer = query_take(asked, id);
    assert_false(answer->had_store);
    ask_free(answer);
    query_free(asked);
    event_queue_free(events);
}

static void the_store_is_only_read(void **state)
{
    struct fixture *self = *state;
    event_queue *events = event_queue_new();
    query *asked = query_new("query", self->path, STORE_READER, events);
    query_free(asked); /* nothing was asked: there is no thread to wait for */
    g_autoptr(store) reader = store_open(self->path, STORE_READER, NULL);
    assert_non_null(reader);
    assert_false(store_set_meta(reader, "a", "b", NULL));
    event_queue_free(events);
}

static void write_down(store *db, void *data)
{
    struct ask *ask = data;
    ask->answer = store_set_meta(db, "written", "down", NULL);
}

static void finishing_waits_for_all_that_was_asked(void **state)
{
    struct fixture *self = *state;
    event_queue *events = event_queue_new();
    query *asked = query_new("filing", self->path, STORE_FILING, events);
    for (int i = 0; i < 50; i++)
        query_run(asked, count_folders, ask_new(), ask_free);
    query_run(asked, write_down, ask_new(), ask_free);
    query_finish(asked);
    g_autofree char *value = store_get_meta(self->db, "written");
    assert_string_equal(value, "down");
    query_free(asked);
    event_queue_free(events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_comes_as_an_event_and_is_taken_once, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(answers_come_in_the_order_of_the_questions, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_question_that_runs_is_interrupted_and_the_next_one_answered, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_interrupted_ends_and_says_what_it_has, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_question_that_waits_is_never_run_when_it_is_cancelled, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(leaving_does_not_wait_for_an_answer, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_store_that_cannot_be_opened_is_told_to_the_work, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(finishing_waits_for_all_that_was_asked, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_store_is_only_read, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
