/* SPDX-License-Identifier: MIT */
/* vCards of many programs, groups, and another program's address book. */
#include "core/contact_book.h"
#include "config/groups.h"
#include "core/address_answer.h"
#include "core/address_query.h"
#include "core/contact_card.h"
#include "store_fixture.h"
#include <string.h>

static const char cards[] =
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1-2\r\nFN:Ada Love\r\n lace\\, Countess\r\nitem1.EMAIL;type=INTERNET;\r\n type=HOME:ada@x.test\r\n"
    "EMAIL;TYPE=pref:Ada@Work.test\r\nPHOTO;ENCODING=b:AAAA\r\n BBBB\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=\n=B6rg\nEMAIL;INTERNET:j@x.test\nEND:VCARD\n"
    "BEGIN:VCARD\nVERSION:4.0\nFN:No Mail\nTEL:1\nEND:VCARD\n"
    "BEGIN:VCARD\nVERSION:4.0\nKIND:group\nFN:Friends: of "
    "mine\nMEMBER:urn:uuid:1-2\nMEMBER:mailto:bob@x.test\nMEMBER:urn:uuid:none\nEND:VCARD\n"
    "BEGIN:VCARD\nVERSION:4.0\nFN:Evil\x1b[2J\nEMAIL;X=\"a:b\":evil@x.test\nEMAIL:not an address\n";

static void vcards_of_three_versions_are_read(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) read = contact_cards_read(cards, strlen(cards), NULL);
    assert_int_equal(read->len, 5);
    const struct contact_card *ada = read->pdata[0], *jorg = read->pdata[1], *group = read->pdata[3], *evil = read->pdata[4];
    assert_string_equal(ada->name, "Ada Lovelace, Countess");
    assert_int_equal(ada->emails->len, 2);
    assert_string_equal(ada->emails->pdata[0], "Ada@Work.test");
    assert_string_equal(jorg->name, "J\xc3\xb6rg M\xc3\xbcller");
    assert_true(group->is_group && group->members->len == 3);
    assert_null(strchr(evil->name, '\x1b'));
    assert_int_equal(evil->emails->len, 1);
    assert_null(contact_cards_read("no card", 7, NULL));
    for (size_t length = 0; length < strlen(cards); length++) { /* cut anywhere */
        g_autofree char *copy = g_memdup2(cards, length + 1);
        g_autoptr(GPtrArray) some = contact_cards_read(copy, length, NULL);
    }
}

static void vcards_as_phones_and_old_programs_write_them_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length; /* 0: as long as it is */
        const char *name, *email;
    } samples[] = {
        { "\xef\xbb\xbf"
          "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zo\xc3\xab\r\nitem1.EMAIL;type=INTERNET;type=pref:zoe@x.test\r\nEND:VCARD\r\n",
          0, "Zo\xc3\xab", "zoe@x.test" },
        { "\xff\xfe"
          "B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D\0\n\0F\0N\0:\0\xe9\0\n\0E\0M\0A\0I\0L\0:\0a\0@\0x\0\n\0E\0N\0D\0:\0V\0C\0A\0R\0D\0\n\0",
          76, "\xc3\xa9", "a@x" },
        { "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=ISO-8859-2;ENCODING=QUOTED-PRINTABLE:=AF=F3=B3=E6;=A3uk=\n=61sz;;;\n"
          "PHOTO;ENCODING=BASE64;TYPE=JPEG:/9j/4AAQ\n SkZJRg==\n\nEMAIL;PREF;INTERNET:lz@x.test\nEND:VCARD\n",
          0, "\xc5\x81ukasz \xc5\xbb\xc3\xb3\xc5\x82\xc4\x87", "lz@x.test" },
        { "BEGIN:VCARD\nVERSION:4.0\nN:Doe;Ann;;;\nFN;LANGUAGE=en:Ann\n  Doe\nFN;LANGUAGE=ja:\xe3\x82\xa2\nEMAIL;PREF=1:Ann "
          "<ann@x.test>\nEND:VCARD\n",
          0, "Ann Doe", "ann@x.test" },
        { "BEGIN:VCARD\nVERSION:2.1\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=E5=B1=B1=\n=E7=94=B0\nEMAIL;INTERNET;HOME:y@x.test\nEND:"
          "VCARD\n",
          0, "\xe5\xb1\xb1\xe7\x94\xb0", "y@x.test" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autoptr(GPtrArray) cards =
            contact_cards_read(samples[i].text, samples[i].length != 0 ? samples[i].length : strlen(samples[i].text), NULL);
        if (cards == NULL)
            fail_msg("%zu: there is nothing in it", i);
        const struct contact_card *card = g_ptr_array_index(cards, 0);
        assert_int_equal(cards->len, 1);
        assert_int_equal(card->emails->len, 1);
        assert_string_equal(card->name, samples[i].name);
        assert_string_equal(g_ptr_array_index(card->emails, 0), samples[i].email);
    }
}

static void people_and_groups_come_in_and_go_out_again(void **state)
{
    struct fixture *self = *state;
    struct contact_import done = { 0 };
    assert_true(store_contact_note(self->db, "ada", "ada@x.test", true, 1000, NULL));
    assert_true(store_contact_note(self->db, "News", "news@x.test", false, 1000, NULL));
    assert_true(contact_book_import(self->db, cards, strlen(cards), &done, NULL));
    assert_int_equal(done.people, 4);
    assert_int_equal(done.groups, 1);
    assert_int_equal(done.skipped, 1);
    g_autoptr(GPtrArray) found = store_contacts(self->db, "countess", 5, NULL); /* the address book's name counts */
    assert_int_equal(found->len, 2);
    g_autoptr(GPtrArray) groups = groups_load(NULL, NULL);
    assert_string_equal(groups_find(groups, "friends OF mine")->members, "\"Ada Lovelace, Countess\" <Ada@Work.test>, bob@x.test");
    g_autofree char *text = contact_book_export(self->db, false, NULL), *all = contact_book_export(self->db, true, NULL);
    assert_null(strstr(text, "news@x.test"));
    assert_non_null(strstr(all, "news@x.test"));
    g_autoptr(GPtrArray) again = contact_cards_read(text, strlen(text), NULL);
    assert_int_equal(again->len, 5);
    const struct contact_card *first = again->pdata[0], *last = again->pdata[4];
    assert_string_equal(first->name, "Ada Lovelace, Countess"); /* written to: the first */
    assert_true(last->is_group && last->members->len == 2);
}

static void a_group_takes_the_place_of_its_name_only(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_true(groups_set(NULL, "team", "Ada <ada@x.test>, bob@x.test", &error));
    assert_false(groups_set(NULL, "a@b", "x@y", NULL));
    g_autoptr(GPtrArray) groups = groups_load(NULL, NULL);
    g_autofree char *one = contact_book_expand("eve@x.test, Team , \"team, the\" <t@x.test>", groups),
                    *none = contact_book_expand("team@x.test, \"team\" <t@x.test>", groups);
    assert_string_equal(one, "eve@x.test, Ada <ada@x.test>, bob@x.test, \"team, the\" <t@x.test>");
    assert_null(none);
    assert_true(groups_set(NULL, "team", NULL, NULL));
}

static GPtrArray *wait_for(address_query *query)
{
    GPtrArray *people = NULL;
    while (!address_query_poll(query, &people))
        g_usleep(1000);
    return people;
}

static void another_address_book_is_asked_without_a_shell(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(address_query) query = address_query_start(
        "printf 'found\\nada@x.test\\tAda Lovelace\\tfriend\\n<bad>@x\\tBad\\n\\t\\n%%s@x.test\\t%%s\\n' 'x%s' '$(id)'", "--ab;c", &error);
    assert_non_null(query);
    g_autoptr(GPtrArray) people = wait_for(query);
    assert_int_equal(people->len, 1); /* "xab;c@x.test" is no address */
    const struct contact *ada = people->pdata[0];
    assert_string_equal(ada->name, "Ada Lovelace");
    assert_null(address_query_start("/nowhere/at-all", "ada", NULL));
    assert_null(address_query_start("unbalanced 'quote", "ada", NULL));
}

static const struct contact *person(const GPtrArray *people, guint index, guint count)
{
    assert_int_equal(people->len, count);
    return people->pdata[index];
}

static GPtrArray *answer(const char *output, const char *typed)
{
    return address_answer_read(output, strlen(output), typed);
}

static void answers_of_directories_and_of_servers_are_read(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) ldif = answer("dn: uid=ada,dc=x\ncn:: w4RkYQ==\nmail: ada@x.\n test\nmail: countess@x.test\n\n# a note\n"
                                       "dn: uid=b,dc=x\ncn: Bob\ndisplayName: Bob B.\nmail: b@x.test\n\ndn: uid=c,dc=x\ncn: none\n",
                                       "a");
    assert_string_equal(person(ldif, 0, 3)->name, "\xc3\x84"
                                                  "da");
    assert_string_equal(person(ldif, 0, 3)->address, "ada@x.test");
    assert_string_equal(person(ldif, 2, 3)->name, "Bob B.");
    const char *cards = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada & L\r\nEMAIL:ada@x.test\r\nEND:VCARD\r\n"
                        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zoe\r\nEMAIL:zoe@x.test\r\nEND:VCARD\r\n";
    g_autoptr(GPtrArray) vcards = answer(cards, "ADA");
    assert_string_equal(person(vcards, 0, 1)->name, "Ada & L");
    g_autofree char *escaped = g_markup_escape_text(cards, -1);
    g_autofree char *xml = g_strdup_printf("<?xml version='1.0'?><multistatus xmlns='DAV:' xmlns:C='urn:x'><response><propstat><prop>"
                                           "<getetag>BEGIN:VCARD</getetag><C:address-data>%s</C:address-data></prop></propstat>"
                                           "</response></multistatus>",
                                           escaped);
    g_autoptr(GPtrArray) dav = answer(xml, "ada");
    assert_string_equal(person(dav, 0, 1)->address, "ada@x.test");
    g_autoptr(GPtrArray) nothing = answer("<html><b>401", "ada");
    assert_int_equal(nothing->len, 0);
}

/* What is typed is never a filter, an element or another address of the web. */
static void what_is_typed_means_itself_in_every_kind_of_word(void **state)
{
    (void)state;
    g_autoptr(address_query) query = address_query_start("sh -c 'printf \"%.99s@x\\t1\\n\" \"$@\" | tr \"<>;\" \"[]_\"' sh '(cn=*%s*)' "
                                                         "'<a>%s</a>' 'https://x/?q=%s' '%s'",
                                                         "*)(&/<", NULL);
    static const char *const wanted[] = { "(cn=*\\2a\\29\\28&/[*)@x", "[a]*)(&amp_/&lt_[/a]@x", "https://x/?q=%2A%29%28%26%2F%3C@x",
                                          "*)(&/[@x" };
    assert_non_null(query);
    g_autoptr(GPtrArray) people = wait_for(query);
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
        assert_string_equal(person(people, i, G_N_ELEMENTS(wanted))->address, wanted[i]);
}

static int count_commit(void *data)
{
    ++*(int *)data;
    return 0;
}

/* Each commit waits for the disk. */
static void many_people_come_in_by_few_commits(void **state)
{
    enum { MANY = 600 };
    struct fixture *self = *state;
    g_autoptr(GString) text = g_string_new(NULL);
    struct contact_import done = { 0 };
    int commits = 0;
    for (int i = 0; i < MANY; i++)
        g_string_append_printf(text, "BEGIN:VCARD\nVERSION:4.0\nFN:P %d\nEMAIL:p%d@x.test\nEND:VCARD\n", i, i);
    sqlite3_commit_hook(store_db(self->db), count_commit, &commits);
    assert_true(contact_book_import(self->db, text->str, text->len, &done, NULL));
    sqlite3_commit_hook(store_db(self->db), NULL, NULL);
    assert_int_equal(done.people, MANY);
    assert_in_range(commits, 1, MANY / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vcards_of_three_versions_are_read),
        cmocka_unit_test(vcards_as_phones_and_old_programs_write_them_are_read),
        cmocka_unit_test_setup_teardown(people_and_groups_come_in_and_go_out_again, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_group_takes_the_place_of_its_name_only, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(many_people_come_in_by_few_commits, fixture_setup, fixture_teardown),
        cmocka_unit_test(another_address_book_is_asked_without_a_shell),
        cmocka_unit_test(answers_of_directories_and_of_servers_are_read),
        cmocka_unit_test(what_is_typed_means_itself_in_every_kind_of_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
