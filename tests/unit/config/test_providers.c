/* SPDX-License-Identifier: MIT */
/* The table of providers: every row is whole, no domain is in two of them, and nothing goes without encryption. */
#include "config/providers.h"
#include "tests/unit/config/fixture.h"

static const struct provider *provider_of(const char *domain)
{
    g_autofree char *address = g_strconcat("somebody@", domain, NULL);
    return provider_for_address(address);
}

static void assert_row(const struct provider *row)
{
    static const char *const users[] = { "address", "local-part", "either", NULL };
    const struct provider_server *servers[] = { &row->imap, &row->smtp };
    assert_true(*row->name != '\0');
    assert_true(g_strv_contains(users, row->user));
    assert_true(row->hint == NULL || g_str_has_suffix(row->hint, "."));
    for (size_t i = 0; i < G_N_ELEMENTS(servers); i++) {
        assert_non_null(strchr(servers[i]->host, '.'));
        assert_null(strpbrk(servers[i]->host, " /:"));
        assert_int_not_equal(servers[i]->port, 0);
        assert_int_not_equal(servers[i]->security, ACCOUNT_SECURITY_PLAIN);
    }
    bool is_usual_imap = row->imap.port == (row->imap.security == ACCOUNT_SECURITY_TLS ? 993 : 143);
    assert_true(is_usual_imap || strcmp(row->imap.host, "127.0.0.1") == 0);
}

static void every_row_is_whole_and_encrypted(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct provider *row; (row = provider_at(count)) != NULL; count++)
        assert_row(row);
    assert_true(count >= 60);
}

static void every_domain_is_in_one_row_and_leads_there(void **state)
{
    (void)state;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const struct provider *row;
    for (size_t i = 0; (row = provider_at(i)) != NULL; i++) {
        g_auto(GStrv) domains = g_strsplit(row->domains, " ", -1);
        for (char **domain = domains; *domain != NULL; domain++) {
            if (!g_hash_table_add(seen, g_strdup(*domain)) || **domain == '\0')
                fail_msg("\"%s\" of %s is there already", *domain, row->name);
            if (strchr(*domain, '*') == NULL && provider_of(*domain) != row)
                fail_msg("%s does not lead to %s", *domain, row->name);
        }
    }
}

static void national_endings_lead_to_the_same_service_but_for_its_namesakes(void **state)
{
    (void)state;
    assert_string_equal(provider_of("hotmail.co.uk")->name, "Outlook.com");
    assert_string_equal(provider_of("Outlook.COM.BR")->name, "Outlook.com");
    assert_string_equal(provider_of("yahoo.com.mx")->name, "Yahoo");
    assert_string_equal(provider_of("yahoo.co.jp")->name, "Yahoo Japan");
    assert_string_equal(provider_of("aol.it")->name, "AOL");
    assert_string_equal(provider_of("example.onmicrosoft.com")->name, "Microsoft 365");
    assert_null(provider_of("outlooks.example"));
    assert_null(provider_of("live.example"));
    assert_null(provider_for_address("no address"));
}

static void services_that_want_no_ordinary_password_say_so(void **state)
{
    (void)state;
    static const struct {
        const char *domain, *words;
    } wanted[] = { { "gmail.com", "app password" },    { "yahoo.de", "app password" }, { "icloud.com", "app-specific password" },
                   { "fastmail.com", "app password" }, { "aol.com", "app password" },  { "hotmail.com", "postern sign-in" },
                   { "proton.me", "Bridge" } };
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        const struct provider *row = provider_of(wanted[i].domain);
        assert_non_null(strstr(row->hint, wanted[i].words));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole_and_encrypted),
        cmocka_unit_test(every_domain_is_in_one_row_and_leads_there),
        cmocka_unit_test(national_endings_lead_to_the_same_service_but_for_its_namesakes),
        cmocka_unit_test(services_that_want_no_ordinary_password_say_so),
    };
    return cmocka_run_group_tests_name("providers", tests, NULL, NULL);
}
