/* SPDX-License-Identifier: MIT */
/* Certificates and passwords as questions: asked once, answered as meant, kept where the account says. LABEL: threads */
#include "config/secret_file.h"
#include "config/secret_seal_private.h"
#include "core/engine_private.h"
#include "core/account_endpoint.h"
#include "tests/unit/config/fixture.h"

#define A "sha256:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA"
#define B "sha256:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB:BB"

struct scene {
    event_queue *events;
    engine *engine;
    engine_account *account;
    char *path;
};

enum hosts { ONE_HOST, TWO_HOSTS };

static void scene_open(struct scene *self, enum hosts hosts, const char *secret, const char *pins)
{
    GError *error = NULL;
    const char *in = hosts == ONE_HOST ? "mail" : "imap", *out = hosts == ONE_HOST ? "mail" : "smtp";
    g_autofree char *text = g_strdup_printf("[account]\nfrom = a@example.test\n# mine\n[incoming]\nhost = %s.example.test\nuser = a\n"
                                            "secret = %s\n%s[outgoing]\nhost = %s.example.test\n",
                                            in, secret, pins, out);
    self->path = fixture_write("postern/accounts/work.conf", text, 0600);
    g_autoptr(GPtrArray) accounts = g_ptr_array_new_with_free_func((GDestroyNotify)account_free);
    struct account *loaded = account_file_load(self->path, &error);
    if (loaded == NULL)
        fail_msg("%s", error->message);
    g_ptr_array_add(accounts, loaded);
    g_autofree char *store_path = fixture_path("mail.db");
    self->events = event_queue_new();
    self->engine = engine_new(accounts, NULL, store_path, self->events);
    self->account = g_ptr_array_index(self->engine->accounts, 0);
}

static void scene_close(struct scene *self)
{
    engine_free(self->engine);
    event_queue_free(self->events);
    g_free(self->path);
}

/* The question that was asked last; NULL: none. Caller frees. */
static struct question *asked(struct scene *self)
{
    struct question *last = NULL;
    struct event *event;
    while ((event = event_take(self->events)) != NULL) {
        if (event->type == EVENT_QUESTION) {
            question_free(last);
            last = engine_question(self->engine, event->item);
        }
        event_free(event);
    }
    return last;
}

static void show(struct scene *self, bool is_outgoing, const char *fingerprint, bool is_alarm)
{
    const struct net_trust_verdict verdict = { .reason = (char *)"Nobody vouches for it.",
                                               .host = (char *)"mail.example.test",
                                               .subject = (char *)"CN = mail",
                                               .names = (char *)"mail.example.test",
                                               .fingerprint = (char *)fingerprint,
                                               .not_after = 2000000000,
                                               .is_pin_mismatch = is_alarm };
    engine_certificate_question(self->account, is_outgoing, &verdict);
}

static void answer(struct scene *self, enum certificate_answer word)
{
    struct question *question = asked(self);
    assert_non_null(question);
    engine_answer_certificate(self->engine, question->id, word);
    question_free(question);
}

static void assert_accepted(struct scene *self, bool is_outgoing, const char *wanted)
{
    const struct account *owner = self->account->account;
    g_autofree char *accepted = engine_pins(self->account, is_outgoing ? &owner->outgoing : &owner->incoming);
    if (wanted == NULL)
        assert_null(accepted);
    else
        assert_string_equal(accepted, wanted);
}

static void assert_pins(const struct scene *self, const char *incoming, const char *outgoing)
{
    GError *error = NULL;
    g_autoptr(account) saved = account_file_load(self->path, &error);
    assert_non_null(saved);
    assert_int_equal(g_strcmp0(saved->incoming.tls_fingerprint, incoming), 0);
    assert_int_equal(g_strcmp0(saved->outgoing.tls_fingerprint, outgoing), 0);
}

static void no_means_that_nothing_is_accepted_and_nobody_asks_again(void **state)
{
    (void)state;
    struct scene self;
    scene_open(&self, TWO_HOSTS, "prompt", "");
    show(&self, false, A, false);
    answer(&self, CERTIFICATE_REJECT);
    assert_accepted(&self, false, NULL);
    assert_pins(&self, NULL, NULL);
    assert_true(engine_is_waiting_for_person(self.account, false));
    assert_false(engine_is_waiting_for_person(self.account, true));
    scene_close(&self);
}

static void once_is_for_this_run_and_this_host(void **state)
{
    (void)state;
    struct scene self;
    scene_open(&self, TWO_HOSTS, "prompt", "");
    show(&self, false, A, false);
    assert_true(engine_is_waiting_for_person(self.account, false));
    answer(&self, CERTIFICATE_ONCE);
    assert_accepted(&self, false, A);
    assert_accepted(&self, true, NULL);
    assert_pins(&self, NULL, NULL);
    assert_false(engine_is_waiting_for_person(self.account, false));
    scene_close(&self);
}

static void always_is_written_beside_the_pins_that_are_there(void **state)
{
    (void)state;
    struct scene self;
    scene_open(&self, TWO_HOSTS, "prompt", "tls-fingerprint = " A "\n");
    show(&self, false, B, true);
    struct question *question = asked(&self);
    assert_true(question->is_alarm);
    assert_string_equal(question->pinned, A);
    assert_string_equal(question->fingerprint, B);
    engine_answer_certificate(self.engine, question->id, CERTIFICATE_PIN);
    question_free(question);
    assert_accepted(&self, false, B);
    assert_pins(&self, A "; " B, NULL);
    scene_close(&self);
}

static void a_certificate_pinned_for_a_host_is_not_asked_about_twice(void **state)
{
    (void)state;
    struct scene self;
    scene_open(&self, ONE_HOST, "prompt", "tls-fingerprint = " A "\n");
    show(&self, true, A, false);
    assert_null(asked(&self));
    assert_accepted(&self, true, A);
    assert_pins(&self, A, A);
    show(&self, true, B, false); /* another one is another question */
    answer(&self, CERTIFICATE_ONCE);
    assert_pins(&self, A, A);
    scene_close(&self);
}

static void one_question_at_a_time_and_direction(void **state)
{
    (void)state;
    struct scene self;
    scene_open(&self, TWO_HOSTS, "prompt", "");
    show(&self, false, A, false);
    struct question *first = asked(&self);
    assert_non_null(first);
    show(&self, false, A, false);
    assert_null(asked(&self));
    question_free(first);
    scene_close(&self);
}

/* What was accepted once is no pin: a server that gets a good certificate meanwhile is no alarm. */
static void an_accepted_certificate_is_no_pin(void **state)
{
    (void)state;
    struct scene self;
    scene_open(&self, TWO_HOSTS, "prompt", "");
    show(&self, false, A, false);
    answer(&self, CERTIFICATE_ONCE);
    const struct account_server *server = &self.account->account->incoming;
    g_autofree char *accepted = engine_pins(self.account, server);
    const struct net_endpoint endpoint = account_endpoint(server, NULL, accepted);
    assert_null(endpoint.tls_fingerprint);
    assert_string_equal(endpoint.tls_accepted, A);
    scene_close(&self);
}

/* --- passwords --- */
static void a_typed_password_is_used_for_both_directions_and_kept_in_the_file(void **state)
{
    (void)state;
    struct scene self;
    GError *error = NULL;
    scene_open(&self, TWO_HOSTS, "clear-file", "");
    assert_null(engine_password(self.account, false, -1, &error));
    assert_null(error);
    struct question *question = asked(&self);
    assert_int_equal(question->type, QUESTION_PASSWORD);
    assert_string_equal(question->user, "a");
    engine_answer_password(self.engine, question->id, "pä ss%", true);
    question_free(question);
    char *in = engine_password(self.account, false, -1, &error), *out = engine_password(self.account, true, -1, &error);
    assert_string_equal(in, "pä ss%");
    assert_string_equal(out, "pä ss%");
    net_secret_free(in);
    net_secret_free(out);
    g_autofree char *kept = fixture_path("postern/secrets/work-incoming");
    assert_file_is(kept, "pä ss%\n");
    scene_close(&self);
}

static void the_passphrase_is_asked_for_once_and_the_password_goes_into_the_file(void **state)
{
    (void)state;
    struct scene self;
    GError *error = NULL;
    seal_set_cost(6);
    scene_open(&self, TWO_HOSTS, "file", "");
    assert_null(engine_password(self.account, false, -1, &error));
    struct question *question = asked(&self);
    assert_int_equal(question->type, QUESTION_PASSWORD);
    engine_answer_password(self.engine, question->id, "hunter2", true);
    question_free(question);
    assert_null(engine_password(self.account, false, -1, &error)); /* it has no place yet */
    assert_null(engine_password(self.account, true, -1, &error));
    question = asked(&self);
    assert_int_equal(question->type, QUESTION_PASSPHRASE);
    assert_true(question->is_new);
    assert_true(engine_is_waiting_for_person(self.account, false));
    engine_answer_passphrase(self.engine, question->id, "short");
    question_free(question);
    assert_false(engine_is_waiting_for_person(self.account, false)); /* a worker is to try it */
    assert_null(engine_password(self.account, false, -1, &error));
    question = asked(&self);
    assert_non_null(strstr(question->reason, "at least 8"));
    engine_answer_passphrase(self.engine, question->id, "long enough");
    question_free(question);
    char *in = engine_password(self.account, false, -1, &error), *kept = secret_file_get("work", "incoming", &error);
    assert_string_equal(in, "hunter2");
    assert_string_equal(kept, "hunter2");
    net_secret_free(in);
    net_secret_free(kept);
    assert_null(asked(&self));
    scene_close(&self);
    secret_file_lock();
}

static void a_locked_file_is_opened_by_the_person_and_not_now_is_an_answer(void **state)
{
    (void)state;
    struct scene self;
    GError *error = NULL;
    seal_set_cost(6);
    assert_true(secret_file_unlock("long enough", &error));
    assert_true(secret_file_put("work", "incoming", "hunter2", &error));
    secret_file_lock();
    scene_open(&self, TWO_HOSTS, "file", "");
    assert_null(engine_password(self.account, false, -1, &error));
    assert_null(error);
    struct question *question = asked(&self);
    assert_int_equal(question->type, QUESTION_PASSPHRASE);
    assert_false(question->is_new);
    engine_answer_passphrase(self.engine, question->id, NULL);
    question_free(question);
    assert_null(engine_password(self.account, false, -1, &error));
    assert_null(asked(&self)); /* not again by itself */
    assert_true(engine_is_waiting_for_person(self.account, false));
    engine_sync_now(self.engine, "work");
    assert_null(engine_password(self.account, true, -1, &error));
    question = asked(&self);
    engine_answer_passphrase(self.engine, question->id, "long enougf");
    question_free(question);
    assert_null(engine_password(self.account, false, -1, &error));
    question = asked(&self);
    assert_non_null(strstr(question->reason, "not the passphrase"));
    engine_answer_passphrase(self.engine, question->id, "long enough");
    question_free(question);
    char *in = engine_password(self.account, false, -1, &error);
    assert_string_equal(in, "hunter2");
    net_secret_free(in);
    scene_close(&self);
    secret_file_lock();
}

static void a_refused_password_is_asked_for_with_the_servers_words(void **state)
{
    (void)state;
    struct scene self;
    scene_open(&self, TWO_HOSTS, "prompt", "");
    engine_password_refused(self.account, true, "smtp.example.test says: 535 no");
    struct question *question = asked(&self);
    assert_true(question->is_outgoing);
    assert_string_equal(question->host, "smtp.example.test");
    assert_string_equal(question->reason, "smtp.example.test says: 535 no");
    engine_answer_password(self.engine, question->id, NULL, false); /* not now */
    question_free(question);
    assert_true(engine_is_waiting_for_person(self.account, true));
    scene_close(&self);
}

static void without_a_keyring_the_person_is_told_why_and_asked(void **state)
{
    (void)state;
    struct scene self;
    GError *error = NULL;
    scene_open(&self, TWO_HOSTS, "keyring", "");
    g_setenv("XDG_RUNTIME_DIR", fixture_directory, TRUE);
    assert_null(engine_password(self.account, false, -1, &error));
    struct question *question = asked(&self);
    assert_non_null(strstr(question->reason, "no keyring here"));
    engine_answer_password(self.engine, question->id, "typed", true);
    question_free(question);
    char *known = engine_password(self.account, false, -1, &error);
    assert_string_equal(known, "typed"); /* good for this run though it cannot be kept */
    net_secret_free(known);
    scene_close(&self);
}

int main(void)
{
    g_unsetenv("DBUS_SESSION_BUS_ADDRESS"); /* no keyring of the person who runs the tests */
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(no_means_that_nothing_is_accepted_and_nobody_asks_again),
        FIXTURE_TEST(once_is_for_this_run_and_this_host),
        FIXTURE_TEST(always_is_written_beside_the_pins_that_are_there),
        FIXTURE_TEST(a_certificate_pinned_for_a_host_is_not_asked_about_twice),
        FIXTURE_TEST(one_question_at_a_time_and_direction),
        FIXTURE_TEST(an_accepted_certificate_is_no_pin),
        FIXTURE_TEST(a_typed_password_is_used_for_both_directions_and_kept_in_the_file),
        FIXTURE_TEST(the_passphrase_is_asked_for_once_and_the_password_goes_into_the_file),
        FIXTURE_TEST(a_locked_file_is_opened_by_the_person_and_not_now_is_an_answer),
        FIXTURE_TEST(a_refused_password_is_asked_for_with_the_servers_words),
        FIXTURE_TEST(without_a_keyring_the_person_is_told_why_and_asked),
    };
    return cmocka_run_group_tests_name("questions", tests, NULL, NULL);
}
