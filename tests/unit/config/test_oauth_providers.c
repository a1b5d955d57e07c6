/* SPDX-License-Identifier: MIT */
/* The table of services that sign in by OAuth, and the [oauth] group of account files. */
#include "config/oauth_providers.h"
#include "config/parse_private.h"
#include "fixture.h"

#define ACCOUNT                                                                                                                            \
    "[account]\nfrom = a@example.test\n[incoming]\nprotocol = imap\nhost = h.test\nuser = a\nsecret = keyring\n"                           \
    "[outgoing]\nprotocol = smtp\nhost = h.test\n"

static void every_service_is_complete_and_encrypted(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct oauth_provider *row; (row = oauth_provider_at(count)) != NULL; count++) {
        assert_true(g_str_has_prefix(row->authorization_url, "https://"));
        assert_true(g_str_has_prefix(row->token_url, "https://"));
        assert_true(row->device_url == NULL || g_str_has_prefix(row->device_url, "https://"));
        assert_true(*row->scope != '\0' && *row->where != '\0');
        assert_ptr_equal(oauth_provider_named(row->word), row);
    }
    assert_true(count >= 4);
    assert_null(oauth_provider_named("nobody"));
    assert_null(oauth_provider_named(NULL));
}

static void a_mail_server_tells_the_service(void **state)
{
    (void)state;
    static const char *const cases[][2] = { { "imap.gmail.com", "google" },      { "outlook.office365.com", "microsoft" },
                                            { "IMAP.Mail.Yahoo.com", "yahoo" },  { "imap.aol.com", "aol" },
                                            { "imap.fastmail.com", "fastmail" }, { "imap.notgmail.com", NULL },
                                            { "gmail.com.evil.example", NULL },  { "", NULL } };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_ptr_equal(oauth_provider_for_host(cases[i][0]), oauth_provider_named(cases[i][1]));
    assert_null(oauth_provider_for_host(NULL));
}

static void the_client_id_is_the_persons_then_the_systems(void **state)
{
    (void)state;
    const struct oauth_provider *google = oauth_provider_named("google");
    g_autofree char *system = fixture_path("xdg"), *none = fixture_path("nowhere"), *both = g_strdup_printf("%s:relative:%s", none, system);
    g_setenv("XDG_CONFIG_DIRS", both, TRUE);
    assert_null(oauth_provider_client_id(google));
    g_autofree char *first =
        fixture_write("xdg/postern/postern.conf", "[oauth]\ngoogle-client-id = of the system\ngoogle-client-secret = s\n", 0644);
    assert_string_equal(oauth_provider_client_id(google), "of the system");
    assert_string_equal(oauth_provider_client_secret(google), "s");
    assert_null(oauth_provider_client_id(oauth_provider_named("yahoo")));
    g_autofree char *own = fixture_write("postern/postern.conf", "[oauth]\ngoogle-client-id = my own\ngoogle-client-secret =\n", 0600);
    assert_string_equal(oauth_provider_client_id(google), "my own");
    g_unsetenv("XDG_CONFIG_DIRS");
}

static void the_group_is_read_copied_and_checked(void **state)
{
    (void)state;
    static const char good[] = ACCOUNT "[oauth]\nprovider = google\nclient-id = id\nclient-secret = s\nscope = mail\n";
    static const char away[] = ACCOUNT "[oauth]\nprovider = google\nredirect-url = http://evil.example/\n";
    static const char unknown[] = ACCOUNT "[oauth]\nprovider = gogle\n", misspelt[] = ACCOUNT "[oauth]\nclientid = x\n";
    g_autoptr(GError) error = NULL, wrong = NULL, strange = NULL, far = NULL;
    assert_null(account_file_from_data("a.conf", away, strlen(away), &far));
    assert_non_null(strstr(far->message, "address of this computer"));
    g_autoptr(account) read = account_file_from_data("a.conf", good, strlen(good), &error);
    if (read == NULL)
        fail_msg("%s", error->message);
    g_autoptr(account) copy = account_copy(read);
    assert_string_equal(copy->oauth.provider, "google");
    assert_string_equal(copy->oauth.client_id, "id");
    assert_string_equal(copy->oauth.client_secret, "s");
    assert_string_equal(copy->oauth.scope, "mail");
    assert_null(copy->oauth.token_url);
    assert_null(account_file_from_data("a.conf", unknown, strlen(unknown), &wrong));
    assert_non_null(strstr(wrong->message, "google"));
    assert_null(account_file_from_data("a.conf", misspelt, strlen(misspelt), &strange));
    assert_non_null(strstr(strange->message, "client-id"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_service_is_complete_and_encrypted),
        FIXTURE_TEST(a_mail_server_tells_the_service),
        FIXTURE_TEST(the_client_id_is_the_persons_then_the_systems),
        cmocka_unit_test(the_group_is_read_copied_and_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
