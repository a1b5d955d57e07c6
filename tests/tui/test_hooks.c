/* SPDX-License-Identifier: MIT */
/* Programs of a person's own hear what happens, and what each is told is what doc/json says of it. */
#include "tests/tui/cli_run.h"
#include "tests/tui/terminal.h"

#define SCHEMAS TESTS_DIR "/../doc/json"
enum { WAIT_MS = 20000 };

static const char *const hooks[] = { "hook-new-mail", "hook-sent", "hook-send-failed", "hook-before-send", "hook-start", "hook-quit" };

static terminal *start(const struct run *self)
{
    g_autofree char *home = g_strdup_printf("HOME=%s", self->home), *config = g_strdup_printf("XDG_CONFIG_HOME=%s/config", self->home);
    g_autofree char *data = g_strdup_printf("XDG_DATA_HOME=%s/data", self->home),
                    *cache = g_strdup_printf("XDG_CACHE_HOME=%s/cache", self->home),
                    *runtime = g_strdup_printf("XDG_RUNTIME_DIR=%s", self->home);
    terminal *screen = terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, 24, 100,
                                      (const char *const[]){ home, config, data, cache, runtime, NULL });
    assert_non_null(screen);
    return screen;
}

static void expect(terminal *screen, const char *words)
{
    if (terminal_wait_for(screen, words, WAIT_MS))
        return;
    g_autofree char *shown = terminal_screen_text(screen);
    fail_msg("there is no \"%s\":\n%s", words, shown);
}

/* What each hears goes into a file of its name. */
static void write_settings(struct run *self)
{
    g_autoptr(GString) text = g_string_new("[postern]\neditor = builtin\nundo-delay = 0\n");
    for (size_t i = 0; i < G_N_ELEMENTS(hooks); i++)
        g_string_append_printf(text, "%s = sh -c \"cat >> %s/jsonl/%s.jsonl\"\n", hooks[i], self->home, hooks[i]);
    g_free(write_file(self, "config/postern/postern.conf", text->str, 0600));
    g_free(write_file(self, "config/postern/accounts/strict.conf",
                      "[account]\nname = Strict\nfrom = S <s@strict.test>\n[incoming]\nprotocol = maildir\npath = ~/Strict\n"
                      "[outgoing]\nprotocol = sendmail\ncommand = sh -c 'echo no such user; exit 67'\n",
                      0600));
    assert_int_equal(run(self, "mkdir -p jsonl Strict/cur Strict/new Strict/tmp"), 0);
}

static void expect_told(const struct run *self, terminal *screen, const char *hook, const char *words)
{
    g_autofree char *path = g_strdup_printf("%s/jsonl/%s.jsonl", self->home, hook), *text = NULL;
    for (int i = 0; i < WAIT_MS / 50; i++) {
        g_clear_pointer(&text, g_free);
        if (g_file_get_contents(path, &text, NULL, NULL) && strstr(text, words) != NULL && g_str_has_suffix(text, "}\n"))
            return;
        terminal_read(screen, 50);
    }
    fail_msg("%s was not told \"%s\": %s", hook, words, text != NULL ? text : "");
}

static void every_hook_is_told_what_its_schema_says(void **state)
{
    struct run *self = *state;
    add_local_mail(self);
    write_settings(self);
    terminal *screen = start(self);
    expect(screen, "Lunch");
    expect_told(self, screen, "hook-start", "\"start\"");
    expect(screen, "\xe2\x97\x8f online"); /* what is there at the first look does not arrive */
    terminal_wait_idle(screen, 300, WAIT_MS);
    g_free(write_file(self, "Mail/tmp/3.a", "From: \xff\xfe <odd@x.test>\nSubject: =?utf-8?q?=1b=5bm?= new\n\nfor the hook\n", 0600));
    assert_int_equal(run(self, "mv Mail/tmp/3.a Mail/new/3.a"), 0); /* as programs deliver */
    expect_told(self, screen, "hook-new-mail", "odd@x.test");
    assert_int_equal(run(self, "printf 'Subject: to nobody\\n\\nx\\n' | $postern send --account strict x@x.test; true"), 0);
    expect_told(self, screen, "hook-send-failed", "no such user");
    terminal_keys(screen, "c");
    expect(screen, "Subject");
    terminal_keys(screen, "bob@x.test\r\r\rFrom the screen\r");
    expect(screen, "Esc ends writing");
    terminal_keys(screen, "My text.\033");
    expect(screen, "y send");
    terminal_keys(screen, "y");
    expect_told(self, screen, "hook-before-send", "My text.");
    terminal_wait_idle(screen, 200, WAIT_MS);
    if (terminal_contains(screen, "Before it is sent"))
        terminal_keys(screen, "s");
    expect_told(self, screen, "hook-sent", "From the screen");
    terminal_keys(screen, "Q");
    assert_int_equal(terminal_wait_exit(screen, WAIT_MS), 0);
    expect_told(self, screen, "hook-quit", "\"quit\"");
    terminal_free(screen);
    const int no_validator = 77;
    int code = run(self, "python3 " TESTS_DIR "/tui/check_json " SCHEMAS
                         " jsonl hook-new-mail hook-sent hook-send-failed hook-before-send hook-start hook-quit");
    if (code == no_validator)
        skip();
    if (code != 0)
        fail_msg("%s%s", self->out, self->err);
}

static guint count_of(const char *text, const char *words)
{
    g_auto(GStrv) pieces = g_strsplit(text, words, -1);
    return g_strv_length(pieces) - 1;
}

static void deliver(struct run *self, const char *name, const char *subject)
{
    g_autofree char *path = g_strdup_printf("Mail/tmp/%s", name), *line = g_strdup_printf("mv Mail/tmp/%s Mail/new/%s", name, name);
    g_autofree char *text =
        g_strdup_printf("From: B <b@x.test>\nSubject: %s\nMessage-ID: <%s@x>\nDate: Wed, 04 Nov 2026 11:00:00 +0000\n\nx\n", subject, name);
    g_free(write_file(self, path, text, 0600));
    assert_int_equal(run(self, line), 0);
}

static void new_mail_is_told_once_as_the_rules_have_filed_it(void **state)
{
    struct run *self = *state;
    add_local_mail(self);
    write_settings(self);
    g_free(write_file(self, "config/postern/rules.conf", "[list]\nmatch = subject:weekly\nmove = Lists\nnotify = no\n", 0600));
    assert_int_equal(run(self, "mkdir -p Mail/.Lists/cur Mail/.Lists/new Mail/.Lists/tmp"), 0);
    terminal *screen = start(self);
    expect(screen, "Lunch");
    expect(screen, "\xe2\x97\x8f online");
    terminal_wait_idle(screen, 300, WAIT_MS);
    deliver(self, "3.a", "weekly digest");
    expect_told(self, screen, "hook-new-mail", "weekly digest");
    assert_int_equal(run(self, "mv Mail/.Lists/*/3.a* Mail/cur/3.a:2,"), 0); /* put back, by another program */
    expect(screen, "weekly digest");
    deliver(self, "4.a", "after it");
    expect_told(self, screen, "hook-new-mail", "after it");
    terminal_free(screen);
    g_autofree char *told = read_back(self, "jsonl/hook-new-mail.jsonl");
    g_auto(GStrv) lines = g_strsplit(g_strstrip(told), "\n", -1);
    assert_int_equal(g_strv_length(lines), 2);
    expect_words(lines[0], "\"folder\":\"Lists\"");
    expect_words(lines[0], "\"notify\":false");
    expect_words(lines[1], "\"notify\":true");
    assert_int_equal(count_of(told, "weekly digest"), 1);
    assert_int_equal(count_of(told, "after it"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(every_hook_is_told_what_its_schema_says, set_up, tear_down),
                                        cmocka_unit_test_setup_teardown(new_mail_is_told_once_as_the_rules_have_filed_it, set_up,
                                                                        tear_down) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
