/* SPDX-License-Identifier: MIT */
/* Whatever a command prints with --json, on either stream, is what doc/json says of it: nothing less, nothing more. */
#include "tests/tui/cli_run.h"

#define SCHEMAS TESTS_DIR "/../doc/json"

/* Runs it with --json; its output is kept as lines of that schema, what it says beside as lines of the schema "error". */
static void say(struct run *self, const char *schema, int code, const char *words)
{
    g_autofree char *line = g_strdup_printf("mkdir -p jsonl; $postern %s >> jsonl/%s.jsonl 2>> jsonl/error.jsonl", words, schema);
    if (run(self, line) == code)
        return;
    g_autofree char *told = read_back(self, "jsonl/error.jsonl");
    fail_msg("%s: exit status %d instead of %d\n%s", words, self->code, code, told);
}

static void check_all(struct run *self)
{
    const int no_validator = 77;
    int code = run(self, "python3 " TESTS_DIR "/tui/check_json " SCHEMAS " jsonl");
    if (code == no_validator)
        skip();
    if (code != 0)
        fail_msg("%s%s", self->out, self->err);
}

static void add_accounts(struct run *self)
{
    add_local_mail(self); /* "home": its sendmail takes everything */
    g_free(
        write_file(self, "config/postern/accounts/away.conf",
                   "[account]\nname = Away \"\xc3\xbc\"\nfrom = A <a@away.test>\n[incoming]\nprotocol = imap\nhost = 127.0.0.1\nport = 1\n"
                   "user = a\npassword-command = echo x\n[outgoing]\nhost = 127.0.0.1\nport = 1\nuser = a\npassword-command = echo x\n",
                   0600));
    g_free(write_file(self, "config/postern/accounts/strict.conf",
                      "[account]\nname = Strict\nfrom = S <s@strict.test>\n[incoming]\nprotocol = maildir\npath = ~/Strict\n"
                      "[outgoing]\nprotocol = sendmail\ncommand = sh -c 'echo no such user; exit 67'\n",
                      0600));
    g_free(write_file(
        self, "Mail/new/3.a",
        "From: MAILER-DAEMON (\xff)\nTo: friends: a@x, B <b@x>;, \"C, D\" <c@x>,\n nobody at all\nCc: =?utf-8?q?=00=1B=07?= <e@x>\n"
        "Subject: \x1b[31m \xff\xfe \xc2\x9b \x7f\nMessage-ID: <3@x>\nDate: never\n\nfox\n",
        0600));
    g_free(write_file(self, "Mail/new/4.a", "\n\nfox of nobody\n", 0600));
    assert_int_equal(run(self, "mkdir -p Mail/.Old/cur Mail/.Old/new Mail/.Old/tmp Strict/cur Strict/new Strict/tmp"), 0);
}

static void every_command_prints_what_its_schema_says(void **state)
{
    struct run *self = *state;
    add_accounts(self);
    g_free(write_file(self, "config/postern/rules.conf",
                      "[Bob]\nmatch = from:bob\ntag = friend\nread = yes\n[Broken]\nmatch = \xc3\xa4 is:odd\nread = yes\n", 0600));
    g_free(write_file(self, "Mail/new/5.a", "From: Bob <bob@x.test>\nTo: a@x\nSubject: again\nMessage-ID: <5@x>\n\nnew\n", 0600));
    say(self, "sync", EX_TEMPFAIL, "sync --json");
    say(self, "sync", 0, "sync --json home");
    say(self, "list", 0, "list --json home");
    say(self, "list", 0, "list --json :Nowhere --limit=1; true");
    say(self, "search", 0, "search --json fox");
    say(self, "search", EX_TEMPFAIL, "search --json --server --limit 1 fox");
    say(self, "folders", 0, "folders --json home");
    say(self, "flag", 0, "flag --json --dry-run +seen +work fox");
    say(self, "flag", 0, "flag +flagged -seen --json from:bob");
    say(self, "move", 0, "move --json home:Old from:bob");
    say(self, "move", 0, "move home:Old --json subject:nothingofthekind");
    say(self, "check", EX_UNAVAILABLE, "check --json");
    say(self, "rules", EX_DATAERR, "rules --json");
    say(self, "rules-dry-run", 0, "rules --json --dry-run --all");
    say(self, "rules-log", 0, "rules --json --log");
}

static void what_is_sent_imported_and_merged_has_its_schema_too(void **state)
{
    struct run *self = *state;
    g_free(write_file(self, "letter", "To: x@x.test, y@x.test\nSubject: h\xff\n\nx\n", 0600));
    g_free(write_file(self, "cards.vcf",
                      "BEGIN:VCARD\nVERSION:3.0\nFN:Zo\xff\nEMAIL:z@x.test\nEND:VCARD\nBEGIN:VCARD\nVERSION:4.0\nFN:None\nEND:VCARD\n",
                      0600));
    g_free(write_file(self, "table.csv", "email,name\nada@x.test,Ada\n\"B, C <bc@x.test>\",\xff\n", 0600));
    g_free(write_file(self, "template", "Subject: Dear {{name}}\nCc: c@x.test\n\nText\n", 0600));
    say(self, "send", 0, "send -t --json --account home < letter");
    say(self, "send", 0, "send -t --json --queue --account home < letter");
    say(self, "send", 0, "send --json --account away x@x.test < letter");
    say(self, "send", EX_UNAVAILABLE, "send --json --account strict -f '<>' x@x.test < letter");
    say(self, "contacts-import", 0, "contacts --json import cards.vcf");
    say(self, "contacts", 0, "contacts --json --all");
    say(self, "contacts-group", 0, "contacts --json group friends 'Ada <ada@x.test>, b@x.test'");
    say(self, "contacts-group", 0, "contacts --json group");
    say(self, "merge", 0, "merge --json --account home ./template table.csv");
    say(self, "merge-send", 0, "merge --json --send --account home ./template table.csv");
    say(self, "merge-send", 0, "merge --json --send --account home ./template table.csv");
}

/* Also the messages others broke on. */
static void any_message_is_shown_as_its_schema_says(void **state)
{
    struct run *self = *state;
    g_free(
        write_file(self, "invitation.eml",
                   "From: o@x.test\nTo: a@x.test\nSubject: m\nMIME-Version: 1.0\nContent-Type: text/calendar; method=REQUEST\n\n"
                   "BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\nDTSTART:20261201T100000Z\nDTEND:20261201T110000Z\n"
                   "SUMMARY:m\nRRULE:FREQ=DAILY\nORGANIZER:mailto:o@x.test\nATTENDEE;RSVP=TRUE:MAILTO:a@x.test\n"
                   "ATTENDEE;PARTSTAT=X-ODD;CN=\xff:urn:x\nURL:https://x.test/\nEND:VEVENT\nEND:VCALENDAR\n",
                   0600));
    say(self, "show", 0, "show --json invitation.eml " TESTS_DIR "/fuzz/corpus/message/*");
    say(self, "show", EX_NOINPUT, "show --json nothing.eml invitation.eml");
    say(self, "show", 0, "show --json - < /dev/null");
}

static void a_failing_command_says_why_in_json(void **state)
{
    struct run *self = *state;
    const struct {
        int code;
        const char *words;
    } wrong[] = {
        { EX_USAGE, "show --json" },
        { EX_USAGE, "show --wrong --json x" },
        { EX_NOINPUT, "show --json nothing" },
        { EX_USAGE, "search --json" },
        { EX_USAGE, "search --json '\xc3\xa4\xc3\xb6 is:odd'" },
        { EX_USAGE, "search --limit x --json fox" },
        { EX_NOUSER, "list nobody --json" },
        { EX_DATAERR, "list home:Nowhere --json" },
        { EX_NOUSER, "folders nobody --json" },
        { EX_USAGE, "flag --json" },
        { EX_USAGE, "flag --json +seen" },
        { EX_DATAERR, "flag --json +seen --id 4711" },
        { EX_USAGE, "flag +seen --id x --json" },
        { EX_DATAERR, "move --json home:Nowhere fox" },
        { EX_USAGE, "move --json" },
        { EX_DATAERR, "send --json < /dev/null" },
        { EX_DATAERR, "send -t --json < /dev/null" },
        { EX_USAGE, "send --json -f" },
        { EX_USAGE, "send --json --wrong x@x.test" },
        { EX_NOUSER, "sync --json nobody" },
        { EX_USAGE, "sync --json --wrong" },
        { EX_NOUSER, "check --json nobody" },
        { EX_USAGE, "check --json -z" },
        { EX_USAGE, "rules --json --wrong" },
        { EX_USAGE, "contacts --json --wrong" },
        { EX_NOUSER, "contacts --json group nothing" },
        { EX_NOINPUT, "contacts --json import nothing" },
        { EX_NOINPUT, "merge --json ./template nothing.csv" },
        { EX_IOERR, "list --json home > /dev/full" },
    };
    g_autofree char *jsonl = g_build_filename(self->home, "jsonl", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *line = g_strdup_printf("$postern %s", wrong[i].words);
        if (run(self, line) != wrong[i].code)
            fail_msg("%s: exit status %d instead of %d\n%s", line, self->code, wrong[i].code, self->err);
        g_autofree char *code = g_strdup_printf("\"code\":%d", self->code);
        expect_words(self->err, code);
        if (*self->err != '{' || !g_str_has_suffix(self->err, "}\n") || *self->out != '\0')
            fail_msg("%s:\n%s%s", line, self->out, self->err);
        g_autofree char *path = g_build_filename(jsonl, "error.jsonl", NULL), *all = NULL;
        if (!g_file_get_contents(path, &all, NULL, NULL))
            all = g_strdup("");
        g_autofree char *more = g_strconcat(all, self->err, NULL);
        g_free(write_file(self, "jsonl/error.jsonl", more, 0600));
    }
    assert_int_equal(run(self, "$postern search --json '\xc3\xa4\xc3\xb6 is:odd'"), EX_USAGE);
    expect_words(self->err, "\"spot\":[6,9]}");                  /* characters, not bytes */
    assert_int_equal(run(self, "$postern search -- --json"), 0); /* a word to look for */
    assert_int_equal(run(self, "$postern list nobody"), EX_NOUSER);
    expect_words(self->err, "postern: there is no account nobody.\n");
}

/* One world for all: what is printed in one test is checked at the end, for every schema has to be tried. */
static void all_of_it_is_valid(void **state)
{
    every_command_prints_what_its_schema_says(state);
    what_is_sent_imported_and_merged_has_its_schema_too(state);
    any_message_is_shown_as_its_schema_says(state);
    a_failing_command_says_why_in_json(state);
    check_all(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(all_of_it_is_valid, set_up, tear_down) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
