/* SPDX-License-Identifier: MIT */
/* What is asked before a message goes, and what is not; from which address an answer is written. */
#include "core/compose_check.h"
#include "config/identity.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static struct account *alice(void)
{
    static const char *const aliases[] = { "Shop <*@shop.test>", "info@example.test", NULL };
    struct account *self = account_new("work");
    self->from_name = g_strdup("Alice");
    self->from_address = g_strdup("alice@example.test");
    g_strfreev(self->aliases);
    self->aliases = g_strdupv((char **)aliases);
    return self;
}

static bool owns(void *data, const char *address)
{
    return account_owns(data, address);
}

static bool has_met(void *data, const char *address)
{
    (void)data;
    return strcmp(address, "bob@x.test") == 0;
}

static void put(char **field, const char *value)
{
    g_free(*field);
    *field = g_strdup(value);
}

/* A letter nobody would object to. */
static struct draft *letter(const struct account *from)
{
    struct draft *self = draft_new(from);
    put(&self->to, "bob@x.test");
    put(&self->subject, "A walk");
    put(&self->body, "On Sunday?\n-- \nattached to nobody\n");
    return self;
}

struct speech {
    const char *subject, *body;
    bool is_asked;
};
static const struct speech speeches[] = {
    { "A walk", "I attach the map.\n", true },
    { "A walk", "See the attached map.\n", true },
    { "A walk", "reattached\n", false },
    { "A walk", "> I attach the map.\nThanks\n", false },
    { "A walk", "Anbei die Karte.\n", true },
    { "A walk", "Die Karte ist im ANHANG.\n", true },
    { "A walk", "Vous trouverez ci-joint le plan.\n", true },
    { "A walk", "Te adjunto el mapa.\n", true },
    { "A walk", "Segue em anexo o mapa.\n", true },
    { "A walk", "In allegato la mappa.\n", true },
    { "A walk", "W załączeniu mapa.\n", true },
    { "A walk", "Карта во вложении.\n", true },
    { "A walk", "Прилагаю карту.\n", true },
    { "A walk", "地図を添付します。\n", true },
    { "A walk", "请查收附件。\n", true },
    { "A walk", "الخريطة مرفقة\n", true },
    { "A walk", "Die Karte liegt in der Anlage\n", true },
    { "A walk", "Anlage: Karte\n", true },
    { "A walk", "Ich hänge dir die Karte an.\n", true },
    { "A walk", "Wir sprechen über Anlageberatung.\n", false },
    { "A walk", "Je joins le plan.\n", true },
    { "A walk", "Le plan est en pièce-jointe.\n", true },
    { "A walk", "Adjúntame el mapa\n", true },
    { "A walk", "O mapa foi anexado.\n", true },
    { "A walk", "Dołączam mapę.\n", true },
    { "A walk", "Карта в приложении.\n", true },
    { "A walk", "تجدون الخريطة طيه\n", true },
    { "Map attached", "Here it is.\n", true },
    { "A walk", "On Sunday?\n-- \nattach\n", false },
};

static void an_attachment_that_is_spoken_of_is_missed_in_all_our_languages(void **state)
{
    (void)state;
    struct account *owner = alice();
    for (size_t i = 0; i < G_N_ELEMENTS(speeches); i++) {
        g_autoptr(draft) self = letter(owner);
        put(&self->subject, speeches[i].subject);
        put(&self->body, speeches[i].body);
        g_autoptr(GPtrArray) warnings = compose_warnings(self, NULL);
        if (warnings->len != (speeches[i].is_asked ? 1u : 0u))
            fail_msg("%s / %s: %u warnings", speeches[i].subject, speeches[i].body, warnings->len);
    }
    account_free(owner);
}

static void expect(const struct draft *self, const struct compose_world *world, const char *words)
{
    g_autoptr(GPtrArray) warnings = compose_warnings(self, world);
    if (words == NULL && warnings->len > 0)
        fail_msg("asked: %s", (const char *)warnings->pdata[0]);
    for (guint i = 0; i < warnings->len; i++)
        if (words != NULL && strstr(warnings->pdata[i], words) != NULL)
            return;
    if (words != NULL)
        fail_msg("not asked: %s", words);
}

static void each_doubt_has_its_sentence(void **state)
{
    (void)state;
    struct account *owner = alice();
    const struct compose_world world = { .owns = owns, .has_met = has_met, .data = owner };
    g_autoptr(draft) self = letter(owner);
    expect(self, &world, NULL);
    put(&self->subject, "  ");
    expect(self, &world, "no subject");
    put(&self->body, "> quoted\n\n-- \nAlice\n");
    expect(self, &world, "no text");
    assert_true(compose_is_empty(self));
    self->reply_flag = MESSAGE_ANSWERED;
    put(&self->body, "2026\xe5\xb9\xb4\xef\xbc\x8c\x41\x64\x61 \xe5\x86\x99\xe9\x81\x93\xef\xbc\x9a\n> quoted\n"); /* a Chinese colon */
    expect(self, &world, "only what was quoted");
    self->reply_flag = 0;
    put(&self->body, "Dear {{name}},\nwelcome\n");
    expect(self, &world, "{{name}}");
    put(&self->to, "bob@x.test, eve@y.test");
    expect(self, &world, "before: eve@y.test");
    put(&self->bcc, "BOB@x.test");
    expect(self, &world, "BOB@x.test is in Bcc");
    put(&self->from, "mallory@x.test");
    expect(self, &world, "none of your addresses");
    put(&self->from, "Alice <alice+walks@example.test>");
    put(&self->addressed, "info@example.test");
    expect(self, &world, "written to info@example.test");
    self->is_to_all = self->is_hidden_copy = true;
    expect(self, &world, "hidden copy");
    put(&self->cc, "a@y.test, b@y.test, c@y.test, d@y.test");
    expect(self, &world, "goes to all: 7 people");
    put(&self->charset, "iso-8859-1");
    put(&self->body, "caf\xc3\xa9\n");
    g_autoptr(GPtrArray) fits = compose_warnings(self, NULL);
    put(&self->body, "\xe2\x82\xac 5\n"); /* the euro came later */
    g_autoptr(GPtrArray) does_not = compose_warnings(self, NULL);
    assert_int_equal(does_not->len, fits->len + 1);
    account_free(owner);
}

static void a_check_that_is_switched_off_is_not_made(void **state)
{
    (void)state;
    struct account *owner = alice();
    struct settings *settings = settings_new_default();
    const struct compose_world world = { .settings = settings };
    g_autoptr(draft) self = letter(owner);
    put(&self->subject, "");
    put(&self->body, "");
    assert_true(settings_set(settings, "checks-off", "text, large", NULL));
    g_autoptr(GPtrArray) one = compose_warnings(self, &world);
    assert_int_equal(one->len, 1);
    assert_true(settings_set(settings, "confirm-empty-subject", "false", NULL));
    expect(self, &world, NULL);
    settings_free(settings);
    account_free(owner);
}

static struct draft *answer(const struct account *owner, enum compose_kind kind, const char *header)
{
    g_autofree char *text = g_strconcat(header, "From: Bob <bob@x.test>\nMessage-ID: <m@x>\n\nhello\n", NULL);
    g_autoptr(message) original = message_parse(text, strlen(text));
    return compose_start(kind, owner, original, NULL, NULL);
}

static void an_answer_is_written_by_the_address_it_was_sent_to(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "To: <Orders-77@shop.test>\n", "Shop <Orders-77@shop.test>" },
        { "To: alice+lists@example.test\n", "Alice <alice+lists@example.test>" },
        { "To: ALICE@EXAMPLE.TEST\n", "Alice <alice@example.test>" },
        { "To: someone@else.test\nDelivered-To: info@example.test\n", "Alice <info@example.test>" },
        { "To: someone@else.test\n", "Alice <alice@example.test>" },
        { "To: x@notshop.test, y@shop.test.evil.test\n", "Alice <alice@example.test>" },
    };
    struct account *owner = alice();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(draft) self = answer(owner, COMPOSE_REPLY, cases[i][0]);
        if (strcmp(self->from, cases[i][1]) != 0)
            fail_msg("%s: %s", cases[i][0], self->from);
        assert_string_equal(self->addressed, self->from);
    }
    g_autoptr(draft) seen = answer(owner, COMPOSE_REPLY_ALL, "To: alice@example.test, eve@x.test\n"),
                     hidden = answer(owner, COMPOSE_REPLY_ALL, "To: eve@x.test, kim@x.test\n"),
                     list = answer(owner, COMPOSE_REPLY_ALL, "To: all@lists.test\nList-Id: <all.lists.test>\n");
    assert_true(seen->is_to_all && !seen->is_hidden_copy);
    assert_true(hidden->is_hidden_copy);
    assert_false(list->is_hidden_copy);
    account_free(owner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attachment_that_is_spoken_of_is_missed_in_all_our_languages),
        cmocka_unit_test(each_doubt_has_its_sentence),
        cmocka_unit_test(a_check_that_is_switched_off_is_not_made),
        cmocka_unit_test(an_answer_is_written_by_the_address_it_was_sent_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
