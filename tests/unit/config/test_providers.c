/* SPDX-License-Identifier: MIT */
/* The table of providers: every row is whole, no domain is in two of them, and nothing goes without encryption. */
#include "config/oauth_providers.h"
#include "config/providers.h"
#include "tests/unit/config/fixture.h"

static const struct provider *provider_of(const char *domain)
{
    g_autofree char *address = g_strconcat("somebody@", domain, NULL);
    return provider_for_address(address);
}

static void assert_server(const struct provider *row, const struct provider_server *server, uint16_t implicit_port)
{
    if (server->host == NULL)
        return;
    bool is_here = strcmp(server->host, "127.0.0.1") == 0; /* a bridge */
    if (strchr(server->host, '.') == NULL || strpbrk(server->host, " /:@") != NULL || server->port == 0 ||
        server->security == ACCOUNT_SECURITY_PLAIN)
        fail_msg("%s: \"%s\" is no server", row->name, server->host);
    if (!is_here && server->security == ACCOUNT_SECURITY_TLS && server->port != implicit_port && server->port != 587)
        fail_msg("%s: port %u is unusual", row->name, (unsigned)server->port);
}

static void assert_row(const struct provider *row)
{
    static const char *const users[] = { "address", "local-part", "either", NULL };
    assert_true(*row->name != '\0');
    assert_true(g_strv_contains(users, row->user));
    assert_true(row->hint == NULL || g_str_has_suffix(row->hint, "."));
    assert_true(row->hint == NULL || strstr(row->hint, "%s") == NULL);
    assert_true(row->oauth == NULL || oauth_provider_named(row->oauth) != NULL);
    assert_server(row, &row->imap, 993);
    assert_server(row, &row->pop3, 995);
    assert_server(row, &row->smtp, 465);
    if (provider_has_servers(row) ? row->smtp.host == NULL : row->hint == NULL)
        fail_msg("%s: neither servers nor a word why there are none", row->name);
    assert_false(row->is_own);
}

static void every_row_is_whole_and_encrypted(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct provider *row; (row = provider_at(count)) != NULL; count++)
        assert_row(row);
    if (provider_faults()->len > 0)
        fail_msg("%s", ((const GError *)provider_faults()->pdata[0])->message);
    assert_true(count >= 150);
}

static void most_services_are_reached_by_tls_from_the_first_byte(void **state)
{
    (void)state;
    size_t implicit = 0, all = 0;
    const struct provider *row;
    for (size_t i = 0; (row = provider_at(i)) != NULL; i++) {
        all += row->imap.host != NULL;
        implicit += row->imap.host != NULL && row->imap.security == ACCOUNT_SECURITY_TLS;
    }
    assert_true(implicit * 100 >= all * 95);
}

static void no_service_and_no_exchanger_is_there_twice(void **state)
{
    (void)state;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const struct provider *row;
    for (size_t i = 0; (row = provider_at(i)) != NULL; i++) {
        if (!g_hash_table_add(seen, g_strdup(row->name)))
            fail_msg("%s is there already", row->name);
        g_auto(GStrv) ends = g_strsplit(row->exchangers, " ", -1);
        for (char **end = ends; *end != NULL && **end != '\0'; end++) {
            g_autofree char *host = g_strconcat("mx1.", *end, NULL);
            if (!g_hash_table_add(seen, g_strconcat("MX ", *end, NULL)) || provider_for_exchanger(host) != row)
                fail_msg("the exchanger %s of %s is another's too", *end, row->name);
        }
    }
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
    } wanted[] = { { "gmail.com", "myaccount.google.com/apppasswords" },
                   { "yahoo.de", "app password" },
                   { "icloud.com", "account.apple.com" },
                   { "fastmail.com", "app password" },
                   { "aol.com", "app password" },
                   { "hotmail.com", "web page" },
                   { "qq.com", "authorisation code" },
                   { "proton.me", "Bridge" },
                   { "tutanota.com", "does not let mail programs in" } };
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        const struct provider *row = provider_of(wanted[i].domain);
        assert_non_null(strstr(row->hint, wanted[i].words));
    }
}

static void exchangers_lead_to_the_service_by_their_longest_end(void **state)
{
    (void)state;
    assert_string_equal(provider_for_exchanger("aspmx.l.google.com")->name, "Gmail");
    assert_string_equal(provider_for_exchanger("example-org.mail.protection.outlook.com")->name, "Microsoft 365");
    assert_string_equal(provider_for_exchanger("outlook-com.olc.protection.outlook.com")->name, "Outlook.com");
    assert_string_equal(provider_for_exchanger("mx-aol.mail.gm0.yahoodns.net")->name, "AOL");
    assert_string_equal(provider_for_exchanger("MTA5.am0.yahoodns.net")->name, "Yahoo");
    assert_string_equal(provider_for_exchanger("in1-smtp.messagingengine.com")->name, "Fastmail");
    assert_null(provider_for_exchanger("mx.notgoogle.com"));
    assert_null(provider_for_exchanger("mx.example.test"));
    assert_null(provider_for_exchanger(""));
}

static GPtrArray *parse(const char *text, GPtrArray *faults)
{
    return provider_rows_parse("own.conf", text, strlen(text), faults);
}

static void own_rows_are_read_and_faulty_ones_named(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free);
    g_autoptr(GPtrArray) rows = parse("[My house]\ndomains = house.test, *.house.test\nimap = mail.house.test:1993\n"
                                      "smtp = mail.house.test starttls\nuser = local-part\nhint-text = Ask Ada.\n"
                                      "[One]\ndomains = one.test\nimap = a b c\nsmtp = x.test\n"
                                      "[Two]\nimap = x.test\nsmtp = x.test\n"
                                      "[Three]\ndomains = three.test\nimap = x.test:99999\nsmtp = x.test\n"
                                      "[Four]\ndomains = four.test\nimap = x.test plain\nsmtp = x.test\n"
                                      "[Five]\ndomains = five.test\nimap = x.test\n"
                                      "[Six]\ndomains = six.test\nimap = x.test\nsmtp = x.test\nhint = magic\n"
                                      "[Seven]\ndomains = seven.test\nimpa = x.test\nsmtp = x.test\n",
                                      faults);
    assert_int_equal(rows->len, 1);
    assert_int_equal(faults->len, 7);
    const struct provider *row = rows->pdata[0];
    assert_string_equal(row->domains, "house.test *.house.test");
    assert_int_equal(row->imap.port, 1993);
    assert_int_equal(row->imap.security, ACCOUNT_SECURITY_TLS);
    assert_int_equal(row->smtp.port, 587);
    assert_null(row->pop3.host);
    assert_string_equal(row->hint, "Ask Ada.");
    for (guint i = 0; i < faults->len; i++)
        assert_non_null(strstr(((const GError *)faults->pdata[i])->message, "own.conf"));
    g_autoptr(GPtrArray) none = parse("no ini at all", faults);
    assert_int_equal(none->len, 0);
    assert_int_equal(faults->len, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole_and_encrypted),
        cmocka_unit_test(every_domain_is_in_one_row_and_leads_there),
        cmocka_unit_test(national_endings_lead_to_the_same_service_but_for_its_namesakes),
        cmocka_unit_test(most_services_are_reached_by_tls_from_the_first_byte),
        cmocka_unit_test(no_service_and_no_exchanger_is_there_twice),
        cmocka_unit_test(exchangers_lead_to_the_service_by_their_longest_end),
        cmocka_unit_test(own_rows_are_read_and_faulty_ones_named),
        cmocka_unit_test(services_that_want_no_ordinary_password_say_so),
    };
    return cmocka_run_group_tests_name("providers", tests, NULL, NULL);
}
