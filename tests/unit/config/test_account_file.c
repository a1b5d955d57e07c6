/* SPDX-License-Identifier: MIT */
/* Account files: what they may say, what they say by default, and how an error is told. */
#include "config/account_edit.h"
#include "config/account_file.h"
#include "config/from.h"
#include "config/identity.h"
#include "config/nearest.h"
#include "config/parse_private.h"
#include "fixture.h"

static const char whole[] = "# comments stand on lines of their own\n"
                            "[account]\n"
                            "name = Work\n"
                            "from = Alice Example <alice@example.test>\n"
                            "aliases = al@example.test; Alice <a@example.org>\n"
                            "signature-file = sig.txt\n"
                            "\n"
                            "[incoming]\n"
                            "protocol = imap\n"
                            "host = mail.example.test\n"
                            "port = 9993\n"
                            "security = tls\n"
                            "auth = auto\n"
                            "user = alice\n"
                            "password-command = pass show mail/work\n"
                            "tls-ca-file = ca.pem\n"
                            "proxy = socks5://127.0.0.1:1080\n"
                            "allow-cleartext-password = false\n"
                            "\n"
                            "[pop3]\n"
                            "delete-from-server = when-deleted\n"
                            "days = 14\n"
                            "max-size = 2M\n"
                            "\n"
                            "[outgoing]\n"
                            "protocol = smtp\n"
                            "host = mail.example.test\n"
                            "save-sent = yes\n"
                            "\n"
                            "# of my own\n"
                            "[folders]\n"
                            "sent = Gesendet/2026\n"
                            "\n"
                            "[oauth]\n"
                            "provider = google\n";

#define SHORT(in, out) "[account]\nfrom = a@b.test\n[incoming]\nhost = h\nuser = a\n" in "[outgoing]\nhost = o\n" out

static struct account *parse(const char *text, GError **error)
{
    return account_file_from_data("/nowhere/work.conf", text, strlen(text), error);
}

static void the_format_of_the_manual_is_read(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path = fixture_write("accounts/work.conf", whole, 0600), *ca = fixture_path("accounts/ca.pem");
    g_autofree char *signature = fixture_path("accounts/sig.txt");
    g_autoptr(account) self = account_file_load(path, &error);
    assert_non_null(self);
    assert_string_equal(self->id, "work");
    assert_string_equal(self->name, "Work");
    assert_string_equal(self->from_name, "Alice Example");
    assert_string_equal(self->from_address, "alice@example.test");
    assert_string_equal(self->aliases[0], "al@example.test");
    assert_string_equal(self->aliases[1], "Alice <a@example.org>");
    assert_null(self->aliases[2]);
    assert_string_equal(self->signature_file, signature);
    assert_int_equal(self->incoming.port, 9993);
    assert_int_equal(self->incoming.secret, ACCOUNT_SECRET_COMMAND);
    assert_string_equal(self->incoming.password_command, "pass show mail/work");
    assert_string_equal(self->incoming.tls_ca_file, ca);
    assert_string_equal(self->incoming.proxy, "socks5://127.0.0.1:1080");
    assert_int_equal(self->pop3_max_size, 2 * 1024 * 1024);
    assert_int_equal(self->outgoing.port, 465);
    assert_string_equal(self->outgoing.user, "alice");
    assert_int_equal(self->outgoing.secret, ACCOUNT_SECRET_COMMAND);
    assert_string_equal(self->outgoing.password_command, "pass show mail/work");
    assert_int_equal(self->save_sent, ACCOUNT_SAVE_SENT_YES);
    assert_string_equal(self->folders[ACCOUNT_FOLDER_SENT], "Gesendet/2026");
    assert_null(self->folders[ACCOUNT_FOLDER_TRASH]);
}

static void ports_follow_from_protocol_and_security(void **state)
{
    (void)state;
    static const struct {
        const char *protocol, *security, *out;
        uint16_t in_port, out_port;
    } cases[] = {
        { "imap", "tls", "tls", 993, 465 }, { "imap", "starttls", "starttls", 143, 587 }, { "imap", "plain", "plain", 143, 25 },
        { "pop3", "tls", "tls", 995, 465 }, { "pop3", "starttls", "starttls", 110, 587 }, { "pop3", "plain", "plain", 110, 25 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text =
            g_strdup_printf(SHORT("protocol = %s\nsecurity = %s\n", "security = %s\n"), cases[i].protocol, cases[i].security, cases[i].out);
        g_autoptr(account) self = parse(text, NULL);
        assert_non_null(self);
        assert_int_equal(self->incoming.port, cases[i].in_port);
        assert_int_equal(self->outgoing.port, cases[i].out_port);
    }
}

static void an_empty_user_of_outgoing_means_no_sign_in(void **state)
{
    (void)state;
    g_autoptr(account) self = parse(SHORT("secret = prompt\n", "user =\n"), NULL);
    assert_non_null(self);
    assert_string_equal(self->outgoing.user, "");
    assert_int_equal(self->outgoing.secret, ACCOUNT_SECRET_NONE);
}

static void local_accounts_need_only_a_path(void **state)
{
    (void)state;
    g_autoptr(account) self = parse("[account]\nfrom = a@b.test\n[incoming]\nprotocol = maildir\npath = Mail\n"
                                    "[outgoing]\nprotocol = sendmail\ncommand = /usr/sbin/sendmail -t\n",
                                    NULL);
    assert_non_null(self);
    assert_string_equal(self->incoming.path, "/nowhere/Mail");
    assert_int_equal(self->incoming.port, 0);
    assert_int_equal(self->outgoing.protocol, ACCOUNT_PROTOCOL_SENDMAIL);
    assert_string_equal(self->outgoing.command, "/usr/sbin/sendmail -t");
}

static void every_error_names_file_line_and_what_is_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code;
        const char *line, *words;
    } cases[] = {
        { SHORT("secruity = tls\n", ""), CONFIG_ERROR_VALUE,
          "work.conf:6: ", "There is no key secruity in [incoming]. Did you mean security?" },
        { SHORT("security = ssl\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "Allowed are: tls, starttls, plain" },
        { SHORT("security = startls\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "Did you mean starttls?" },
        { SHORT("[pop3]\nmax-size = big\n", ""), CONFIG_ERROR_VALUE, "work.conf:7: ", "500K, 2M" },
        { SHORT("[pop3]\nmax-size = 99999999999G\n", ""), CONFIG_ERROR_VALUE, "work.conf:7: ", "500K, 2M" },
        { SHORT("port = 0\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "1 to 65535" },
        { SHORT("port = 99999\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "1 to 65535" },
        { SHORT("port = 993x\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "1 to 65535" },
        { SHORT("auth = kerberos\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "gssapi" },
        { SHORT("allow-cleartext-password = yes\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "true, false" },
        { SHORT("tls-fingerprint = sha1:00\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "64 hexadecimal digits" },
        { SHORT("secret = keyring\npassword = x\n", ""), CONFIG_ERROR_VALUE, "work.conf:7: ", "Only one of" },
        { SHORT("", "protocol = imap\n"), CONFIG_ERROR_VALUE, "work.conf:8: ", "smtp, sendmail, maildir" },
        { SHORT("", "protocol = sendmail\n"), CONFIG_ERROR_MISSING, "work.conf:6: ", "command is missing" },
        { "[account]\nfrom = a@b.test\n[incoming]\nuser = a\n[outgoing]\nhost = h\n", CONFIG_ERROR_MISSING,
          "work.conf:3: ", "host is missing" },
        { "[account]\nfrom = a@b.test\n[incoming]\nhost = h\n[outgoing]\nhost = h\n", CONFIG_ERROR_MISSING,
          "work.conf:3: ", "user is missing" },
        { "[account]\nfrom = a@b.test\n[incoming]\nhost = imaps://h/\n", CONFIG_ERROR_VALUE, "work.conf:4: ", "lines of their own" },
        { "[account]\nfrom = a@b.test\n[incoming]\nhost = h:993\n", CONFIG_ERROR_VALUE, "work.conf:4: ", "lines of their own" },
        { "[account]\nfrom = a@b.test\n[incoming]\nhost = h\nuser = a\n", CONFIG_ERROR_MISSING, "work.conf: ", "[outgoing] is missing" },
        { "[account]\nname = x\n[incoming]\nhost = h\n", CONFIG_ERROR_MISSING, "work.conf:1: ", "from is missing" },
        { "[account]\nfrom = nobody\n", CONFIG_ERROR_VALUE, "work.conf:2: ", "Name <user@domain>" },
        { "[account]\nfrom = a@b.test\naliases = c@d.test; oops\n", CONFIG_ERROR_VALUE, "work.conf:3: ", "oops" },
        { "[account]\nfrom = a@b.test\n[incomming]\nhost = h\n", CONFIG_ERROR_VALUE, "work.conf:3: ", "Did you mean incoming?" },
        { SHORT("auth = a\\r\\nb\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "control character" },
        { SHORT("user = b\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "in line 5" },
        { SHORT("security = SSL/TLS\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "Did you mean tls?" },
        { SHORT("allow-cleartext-password = yes\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "Did you mean true?" },
        { SHORT("tls-min-version = 1.1\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "Allowed are: 1.2, 1.3" },
        { SHORT("hostname = x\n", ""), CONFIG_ERROR_VALUE, "work.conf:6: ", "Did you mean host?" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;
        assert_null(parse(cases[i].text, &error));
        assert_non_null(strstr(error->message, cases[i].line));
        assert_error_says(&error, cases[i].code, cases[i].words);
    }
}

static void an_ipv6_address_is_a_host(void **state)
{
    (void)state;
    g_autoptr(account) self = parse("[account]\nfrom = a@b.test\n[incoming]\nhost = ::1\nuser = a\n[outgoing]\nhost = 127.0.0.1\n", NULL);
    assert_non_null(self);
    assert_string_equal(self->incoming.host, "::1");
}

static void a_proxys_password_counts_as_one(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path = fixture_write("accounts/proxy.conf", SHORT("proxy = socks5://me:hidden@proxy.test:1080\n", ""), 0644);
    assert_null(account_file_load(path, &error));
    assert_null(strstr(error->message, "hidden"));
    assert_error_says(&error, CONFIG_ERROR_PERMISSION, "proxy.conf:6: ");
}

static void tunnels_and_the_least_tls_are_read_and_kept(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path =
        fixture_write("accounts/t.conf", SHORT("tunnel-command = ssh -W %h:%p gate\ntls-min-version = 1.3\n", ""), 0600);
    g_autoptr(account) self = account_file_load(path, &error);
    assert_string_equal(self->incoming.tunnel_command, "ssh -W %h:%p gate");
    assert_int_equal(self->incoming.tls_least, ACCOUNT_TLS_1_3);
    assert_int_equal(self->outgoing.tls_least, ACCOUNT_TLS_1_2);
    g_autoptr(account) copy = account_copy(self);
    assert_string_equal(copy->incoming.tunnel_command, "ssh -W %h:%p gate");
    g_clear_pointer(&copy->path, g_free);
    g_free(copy->id);
    copy->id = g_strdup("again");
    assert_true(account_file_save(copy, &error));
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(copy->path, &text, NULL, NULL));
    assert_non_null(strstr(text, "tls-min-version = 1.3"));
    assert_null(strstr(text, "tls-min-version = 1.2"));
}

static void a_password_that_others_can_read_is_refused(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path = fixture_write("accounts/open.conf", SHORT("", "password = hunter2\n"), 0640);
    assert_null(account_file_load(path, &error));
    assert_null(strstr(error->message, "hunter2"));
    assert_non_null(strstr(error->message, "open.conf:8: "));
    assert_error_says(&error, CONFIG_ERROR_PERMISSION, "chmod 600 ");
    assert_int_equal(chmod(path, 0600), 0);
    g_autoptr(account) self = account_file_load(path, &error);
    assert_string_equal(self->outgoing.password, "hunter2");
}

static void a_broken_file_does_not_hide_the_others(void **state)
{
    (void)state;
    g_autofree char *b = fixture_write("postern/accounts/b.conf", SHORT("", ""), 0600);
    g_autofree char *a = fixture_write("postern/accounts/a.conf", SHORT("", ""), 0600);
    g_autofree char *bad = fixture_write("postern/accounts/bad.conf", "nonsense\n", 0600);
    g_autofree char *other = fixture_write("postern/accounts/notes.txt", "nonsense\n", 0600);
    GPtrArray *errors = NULL;
    GPtrArray *accounts = account_file_load_all(&errors);
    assert_int_equal(accounts->len, 2);
    assert_string_equal(((struct account *)accounts->pdata[0])->id, "a");
    assert_int_equal(errors->len, 1);
    assert_non_null(strstr(((GError *)errors->pdata[0])->message, "bad.conf:1: "));
    g_ptr_array_unref(accounts);
    g_ptr_array_unref(errors);
}

static void saving_an_unchanged_account_changes_no_byte(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path = fixture_write("accounts/work.conf", whole, 0600);
    g_autoptr(account) self = account_file_load(path, &error);
    assert_true(account_file_save(self, &error));
    assert_file_is(path, whole);
}

static void saving_changes_only_what_changed(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path = fixture_write("accounts/work.conf", whole, 0644);
    g_autoptr(account) self = account_file_load(path, &error);
    g_free(self->folders[ACCOUNT_FOLDER_TRASH]);
    self->folders[ACCOUNT_FOLDER_TRASH] = g_strdup("Müll");
    self->incoming.port = 1993;
    assert_true(account_file_save(self, &error));
    GString *expected = g_string_new(whole);
    g_string_replace(expected, "port = 9993", "port = 1993", 1);
    g_string_replace(expected, "sent = Gesendet/2026\n", "sent = Gesendet/2026\ntrash = Müll\n", 1);
    assert_file_is(path, expected->str);
    assert_int_equal(fixture_mode(path), 0600);
    g_string_free(expected, TRUE);
}

static void a_shared_user_name_is_changed_where_it_stands(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path = fixture_write("accounts/x.conf", SHORT("secret = prompt\n", "user = a\n"), 0600);
    g_autoptr(account) self = account_file_load(path, &error);
    struct account_server *servers[] = { &self->incoming, &self->outgoing };
    for (size_t i = 0; i < 2; i++) {
        g_free(servers[i]->user);
        servers[i]->user = g_strdup("new");
    }
    assert_true(account_file_save(self, &error));
    assert_file_is(path,
                   "[account]\nfrom = a@b.test\n[incoming]\nhost = h\nuser = new\nsecret = prompt\n[outgoing]\nhost = o\nuser = new\n");
}

static void a_password_leaves_the_file_when_the_keyring_takes_over(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path = fixture_write("accounts/x.conf", SHORT("password = hunter2\n", ""), 0600);
    g_autoptr(account) self = account_file_load(path, &error);
    self->incoming.secret = self->outgoing.secret = ACCOUNT_SECRET_KEYRING;
    assert_true(account_file_save(self, &error));
    assert_file_is(path, "[account]\nfrom = a@b.test\n[incoming]\nhost = h\nuser = a\nsecret = keyring\n[outgoing]\nhost = o\n");
}

static struct account *made_by_wizard(void)
{
    struct account *self = account_new("mine");
    self->name = g_strdup("My mail");
    self->from_name = g_strdup("Doe, \"Joe\"");
    self->from_address = g_strdup("joe@example.test");
    self->incoming.host = g_strdup("imap.example.test");
    self->incoming.port = 993;
    self->incoming.user = g_strdup("DOMAIN\\joe");
    self->incoming.secret = ACCOUNT_SECRET_PASSWORD;
    self->incoming.password = g_strdup(" p\\a#s=s ");
    self->outgoing.host = g_strdup("smtp.example.test");
    self->outgoing.port = 587;
    self->outgoing.security = ACCOUNT_SECURITY_STARTTLS;
    self->outgoing.user = g_strdup("DOMAIN\\joe");
    self->outgoing.secret = ACCOUNT_SECRET_PASSWORD;
    self->outgoing.password = g_strdup(" p\\a#s=s ");
    self->folders[ACCOUNT_FOLDER_JUNK] = g_strdup("Spam");
    return self;
}

static void a_new_account_comes_back_as_it_was_saved(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(account) self = made_by_wizard();
    assert_true(account_file_save(self, &error));
    assert_int_equal(fixture_mode(self->path), 0600);
    g_autoptr(account) again = account_file_load(self->path, &error);
    assert_non_null(again);
    assert_string_equal(again->from_name, "Doe, \"Joe\"");
    assert_string_equal(again->incoming.user, "DOMAIN\\joe");
    assert_string_equal(again->incoming.password, " p\\a#s=s ");
    assert_string_equal(again->outgoing.password, " p\\a#s=s ");
    assert_int_equal(again->outgoing.port, 587);
    assert_int_equal(again->outgoing.security, ACCOUNT_SECURITY_STARTTLS);
    assert_string_equal(again->folders[ACCOUNT_FOLDER_JUNK], "Spam");
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(self->path, &text, NULL, NULL));
    assert_non_null(strstr(text, "# tls | starttls | plain\nsecurity = tls\n"));
    const char *first = strstr(text, "\npassword = ");
    assert_non_null(first);
    assert_null(strstr(first + 1, "\npassword = ")); /* outgoing has it from incoming: once is enough */
}

static void one_key_can_be_set(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path = fixture_write("accounts/work.conf", whole, 0600);
    assert_true(account_file_set(path, "incoming", "tls-fingerprint", "sha256:00", &error));
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_non_null(strstr(text, "allow-cleartext-password = false\ntls-fingerprint = sha256:00\n\n[pop3]"));
}

static void one_option_is_checked_with_the_whole_file_before_it_is_written(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = fixture_write("accounts/work.conf", whole, 0600);
    assert_false(account_option_set(path, "incoming", "port", "99999", &error));
    assert_non_null(strstr(error->message, "port"));
    g_clear_error(&error);
    assert_false(account_option_check(path, "incoming", "host", "", &error)); /* an imap account without a host */
    g_clear_error(&error);
    g_autofree char *same = NULL, *text = NULL;
    assert_true(g_file_get_contents(path, &same, NULL, NULL));
    assert_string_equal(same, whole);
    assert_true(account_option_set(path, "incoming", "port", "993", &error));
    assert_true(account_option_set(path, "incoming", "proxy", "", &error));
    g_autofree char *port = account_option_value(path, "incoming", "port"), *proxy = account_option_value(path, "incoming", "proxy");
    assert_string_equal(port, "993");
    assert_null(proxy);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_true(g_str_has_prefix(text, "# comments stand on lines of their own\n"));
}

static void every_option_of_an_account_has_a_help(void **state)
{
    (void)state;
    struct account_option option;
    for (size_t i = 0; account_option_at(i, &option); i++) {
        if (*option.help == '\0' && strcmp(option.group, "identity") != 0)
            print_error("[%s] %s has none\n", option.group, option.key);
        assert_true(*option.help != '\0' || strcmp(option.group, "identity") == 0);
        account_option_clear(&option);
    }
}

static void ids_are_made_of_names_and_never_taken_twice(void **state)
{
    (void)state;
    g_autofree char *first = account_new_id("Söme Näme.test"), *none = account_new_id("漢字"), *dots = account_new_id("../../etc");
    assert_string_equal(first, "s-me-n-me-test");
    assert_string_equal(none, "mail");
    assert_string_equal(dots, "etc");
    g_autofree char *path = fixture_write("postern/accounts/mail.conf", "", 0600), *second = account_new_id("mail");
    assert_string_equal(second, "mail-2");
}

static void addresses_are_parsed_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *address;
    } good[] = {
        { "a@b.test", "", "a@b.test" },
        { "<a@b.test>", "", "a@b.test" },
        { " Ünï Cödé  < a@b.test > ", "Ünï Cödé", "a@b.test" },
        { "\"Doe, \\\"J\\\" <x>\" <a@b.test>", "Doe, \"J\" <x>", "a@b.test" },
        { "o'neil+tag@b.test", "", "o'neil+tag@b.test" },
    };
    static const char *const bad[] = { "",          "a",         "a@",         "@b",        "a b@c",        "a@b@c",
                                       "A <a@b> x", "A <<a@b>>", "A <a@b",     "\"A <a@b>", "a@b.",         "a@b..c",
                                       "a@.b",      "a@b, c@d",  "A\nB <a@b>", "<>",        "a@b\302\205c", "A <B> <a@b>" };
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *name = NULL, *address = NULL, *again_name = NULL, *again = NULL;
        assert_true(from_parse(good[i].text, &name, &address));
        assert_string_equal(name, good[i].name);
        assert_string_equal(address, good[i].address);
        g_autofree char *text = from_format(name, address);
        assert_true(from_parse(text, &again_name, &again));
        assert_string_equal(again_name, name);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        char *name = NULL, *address = NULL;
        if (from_parse(bad[i], &name, &address))
            fail_msg("\"%s\" was taken as an address", bad[i]);
    }
}

static void a_hint_is_given_only_for_what_is_near(void **state)
{
    (void)state;
    static const char *const words[] = { "security", "port", "password-command", NULL };
    assert_string_equal(nearest_word("secruity", words), "security");
    assert_string_equal(nearest_word("Port", words), "port");
    assert_string_equal(nearest_word("pasword-comand", words), "password-command");
    assert_null(nearest_word("x", words));
    assert_null(nearest_word("completely-different", words));
    assert_null(nearest_word("", words));
}

static void a_copy_owns_everything(void **state)
{
    (void)state;
    struct account *self = made_by_wizard();
    g_autoptr(account) copy = account_copy(self);
    account_free(self);
    assert_string_equal(copy->incoming.password, " p\\a#s=s ");
    assert_string_equal(copy->from_address, "joe@example.test");
}

static void what_is_special_to_an_address_is_found_most_exactly(void **state)
{
    (void)state;
    g_autofree char *text =
                        g_strconcat(whole,
                                    "\n[identity *@example.org]\nsignature-file = org.txt\n[identity Boss@example.org]\nsignature-file =\n"
                                    "reply-to = Office <office@example.org>\n",
                                    NULL),
                    *bad = g_strconcat(whole, "\n[identity nobody]\nsignature-file = x\n", NULL),
                    *odd = g_strconcat(whole, "\n[identity a@b.test]\nsignatur-file = x\n", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(account) self = account_file_from_data("/etc/work.conf", text, strlen(text), &error);
    if (self == NULL)
        fail_msg("%s", error->message);
    g_autoptr(account) copy = account_copy(self);
    const struct account_identity *any = account_identity_for(copy, "x@example.org"),
                                  *boss = account_identity_for(copy, "boss@EXAMPLE.org");
    assert_string_equal(any->signature_file, "/etc/org.txt");
    assert_string_equal(boss->signature_file, "");
    assert_string_equal(boss->reply_to, "Office <office@example.org>");
    assert_null(account_identity_for(copy, "alice@example.test"));
    assert_true(account_owns(copy, "AL+x@example.test") && account_owns(copy, "a@example.org") && !account_owns(copy, "b@example.org"));
    assert_null(account_file_from_data("work.conf", bad, strlen(bad), NULL));
    assert_null(account_file_from_data("work.conf", odd, strlen(odd), NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_format_of_the_manual_is_read),
        FIXTURE_TEST(what_is_special_to_an_address_is_found_most_exactly),
        FIXTURE_TEST(ports_follow_from_protocol_and_security),
        FIXTURE_TEST(an_empty_user_of_outgoing_means_no_sign_in),
        FIXTURE_TEST(local_accounts_need_only_a_path),
        FIXTURE_TEST(every_error_names_file_line_and_what_is_allowed),
        FIXTURE_TEST(an_ipv6_address_is_a_host),
        FIXTURE_TEST(a_password_that_others_can_read_is_refused),
        FIXTURE_TEST(a_proxys_password_counts_as_one),
        FIXTURE_TEST(tunnels_and_the_least_tls_are_read_and_kept),
        FIXTURE_TEST(a_broken_file_does_not_hide_the_others),
        FIXTURE_TEST(saving_an_unchanged_account_changes_no_byte),
        FIXTURE_TEST(saving_changes_only_what_changed),
        FIXTURE_TEST(a_shared_user_name_is_changed_where_it_stands),
        FIXTURE_TEST(a_password_leaves_the_file_when_the_keyring_takes_over),
        FIXTURE_TEST(a_new_account_comes_back_as_it_was_saved),
        FIXTURE_TEST(one_key_can_be_set),
        FIXTURE_TEST(one_option_is_checked_with_the_whole_file_before_it_is_written),
        FIXTURE_TEST(every_option_of_an_account_has_a_help),
        FIXTURE_TEST(ids_are_made_of_names_and_never_taken_twice),
        FIXTURE_TEST(addresses_are_parsed_strictly),
        FIXTURE_TEST(a_hint_is_given_only_for_what_is_near),
        FIXTURE_TEST(a_copy_owns_everything),
    };
    return cmocka_run_group_tests_name("account_file", tests, NULL, NULL);
}
