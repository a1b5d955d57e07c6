/* SPDX-License-Identifier: MIT */
/* The command line as scripts use it: exit codes of sysexits.h, JSON, sendmail's manner. */
#include "tests/tui/cli_run.h"

static const char account_text[] = "[account]\nname = Work\nfrom = Alice <alice@example.test>\n"
                                   "[incoming]\nprotocol = imap\nhost = 127.0.0.1\nport = 1\nsecurity = tls\nuser = alice\n"
                                   "password-command = echo secret\n"
                                   "[outgoing]\nprotocol = sendmail\ncommand = %s/sendmail\n";
/* Its server cannot be reached; what it sends goes into the files sent and sent-arguments. */
static void add_account(const struct run *self)
{
    g_auto(GStrv) pieces = g_strsplit(account_text, "%s", -1);
    g_autofree char *text = g_strjoinv(self->home, pieces);
    g_autofree char *script = g_strdup_printf("#!/bin/sh\necho \"$@\" > '%s/sent-arguments'\ncat > '%s/sent'\n", self->home, self->home);
    g_free(write_file(self, "config/postern/accounts/work.conf", text, 0600));
    g_free(write_file(self, "sendmail", script, 0700));
}

static void wrong_use_is_told_on_stderr_with_64(void **state)
{
    struct run *self = *state;
    assert_int_equal(run(self, "$postern nonsense"), EX_USAGE);
    expect_words(self->err, "there is no command nonsense");
    expect_words(self->err, "Usage: postern");
    assert_string_equal(self->out, "");
    assert_int_equal(run(self, "$postern show"), EX_USAGE);
    assert_int_equal(run(self, "$postern show --wrong x"), EX_USAGE);
    assert_int_equal(run(self, "$postern check --wrong"), EX_USAGE);
    assert_int_equal(run(self, "$postern check one two"), EX_USAGE);
    assert_int_equal(run(self, "$postern sync one two"), EX_USAGE);
    assert_int_equal(run(self, "$postern setup --wrong"), EX_USAGE);
    assert_int_equal(run(self, "$postern setup one two"), EX_USAGE);
    assert_int_equal(run(self, "$postern send -bs </dev/null"), EX_USAGE);
}

static void version_and_help_go_to_stdout(void **state)
{
    struct run *self = *state;
    assert_int_equal(run(self, "$postern --version"), 0);
    expect_words(self->out, "postern ");
    assert_int_equal(run(self, "$postern --help"), 0);
    expect_words(self->out, "postern show [--json]");
    assert_int_equal(run(self, "$postern --version > /dev/full"), EX_IOERR);
    const char *const commands[] = { "setup", "check", "sync", "compose", "send", "show" };
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autofree char *line = g_strdup_printf("$postern %s --help", commands[i]);
        assert_int_equal(run(self, line), 0);
        expect_words(self->out, commands[i]);
        assert_string_equal(self->err, "");
        assert_int_equal(run(self, "$postern help --commands"), 0);
        expect_words(self->out, "flag\t--json --dry-run --id\tseen, flagged, answered or a tag\n");
        expect_words(self->out, "folders\t--json --names\t");
        expect_words(self->out, "check\t--json --send-test\t"); /* also what the usage leaves out */
        expect_words(self->out, "send\t-t --queue --json --account -f -F -N -R -V\t");
        expect_words(self->out, "contacts\t--ask --json --all --limit\t");
        assert_int_equal(run(self, "bash -c \"$(" TESTS_DIR "/../doc/make_completions $postern " TESTS_DIR
                                   "/../doc/completions/postern.bash.in)\n"
                                   "COMP_WORDS=(postern list --l); COMP_CWORD=2; _postern; echo \\${COMPREPLY[@]}\""),
                         0);
        assert_string_equal(self->out, "--limit\n");
    }
}

/* What stands in a folder's name is anybody's who may make folders at the server: it is never run. */
static void a_shell_completes_folders_of_any_name(void **state)
{
    static const char script[] =
        "eval \"$(" TESTS_DIR "/../doc/make_completions \"$1\" " TESTS_DIR "/../doc/completions/postern.bash.in)\"\n"
        "postern() { printf '%s\\n' 'work:Inbox' 'work:My $(touch run)`touch run`' 'work:My \"own\"' 'work:Other'; }\n"
        "try() { COMP_WORDS=(postern list \"$@\"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _postern\n"
        "printf '[%s]' \"${COMPREPLY[@]}\"; echo; }\n"
        "try work : M; try '\"work:My '; try work : 'My\\ \"'; COMP_WORDBREAKS=' '; try wo\n"
        "ls run 2>/dev/null || true\n";
    struct run *self = *state;
    g_free(write_file(self, "complete", script, 0600));
    assert_int_equal(run(self, "bash complete $postern"), 0);
    assert_string_equal(self->out, "[My $(touch run)`touch run`][My \"own\"]\n"
                                   "[work:My $(touch run)`touch run`][work:My \"own\"]\n"
                                   "[My \"own\"]\n"
                                   "[work:Inbox][work:My $(touch run)`touch run`][work:My \"own\"][work:Other]\n");
}

/* Cells of the widest line. */
static int widest(const char *text)
{
    int most = 0, cells = 0;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        cells = c == '\n' ? 0 : cells + (g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1);
        most = MAX(most, cells);
    }
    return most;
}

static void help_fits_into_eighty_columns_in_every_language(void **state)
{
    struct run *self = *state;
    const char *const languages[] = { "en", "de", "fr", "es", "pt_BR", "it", "pl", "ru", "ja", "zh_CN", "ar" };
    const char *const commands[] = { "--help", "help merge", "contacts --help", "flag --help" };
    for (size_t i = 0; i < G_N_ELEMENTS(languages) * G_N_ELEMENTS(commands); i++) {
        g_autofree char *line =
            g_strdup_printf("LANG=%s.UTF-8 $postern %s", languages[i / G_N_ELEMENTS(commands)], commands[i % G_N_ELEMENTS(commands)]);
        assert_int_equal(run(self, line), 0);
        if (widest(self->out) > 80)
            fail_msg("%s:\n%s", line, self->out);
    }
    assert_int_equal(run(self, "$postern help"), 0);
    g_autofree char *help = g_strdup(self->out);
    assert_int_equal(run(self, "$postern --help"), 0);
    assert_string_equal(self->out, help);
    assert_int_equal(run(self, "$postern help nonsense"), EX_USAGE);
}

static void closed_standard_streams_do_no_harm(void **state)
{
    struct run *self = *state;
    add_account(self);
    assert_int_equal(run(self, "$postern --version >&-"), EX_IOERR);
    assert_int_equal(run(self, "$postern check --json >&-"), EX_UNAVAILABLE);
    assert_int_equal(run(self, "$postern sync 2>&- >&- <&-"), EX_TEMPFAIL);
    assert_int_equal(run(self, "$postern send -t <&-"), EX_NOINPUT);
    assert_int_equal(run(self, "$postern sync"), EX_TEMPFAIL); /* nothing that was said went into the store */
    assert_null(strstr(self->err, "database"));
}

static void what_is_shown_into_a_pipe_steers_nothing(void **state)
{
    struct run *self = *state;
    const char *mail = "printf 'From: =?utf-8?Q?a=E2=80=AEb?= <a@x.test>\\nContent-Type: text/plain; charset=utf-8\\n\\n"
                       "\\342\\200\\256turned \\302\\233 \\033[2J \\327\\251\\327\\234\\327\\225\\327\\235\\n' | $postern show ";
    g_autofree char *words = g_strconcat(mail, "-", NULL), *json = g_strconcat(mail, "--json -", NULL);
    assert_int_equal(run(self, words), 0);
    expect_words(self->out, "‹U+202E›turned ‹U+009B› ␛[2J שלום");
    assert_null(strstr(self->out, "\u202e"));
    assert_int_equal(run(self, json), 0);
    expect_words(self->out, "\"text\":\"\\u202eturned \\u009b \\u001B[2J שלום");
}

static void search_finds_mail_and_points_at_mistakes(void **state)
{
    struct run *self = *state;
    assert_int_equal(run(self, "$postern search"), EX_USAGE);
    assert_int_equal(run(self, "$postern search nothing here yet"), 0);
    assert_string_equal(self->out, "");
    add_local_mail(self);
    assert_int_equal(run(self, "$postern search fox"), 0);
    assert_true(strstr(self->out, "Lunch") < strstr(self->out, "notes"));
    assert_int_equal(run(self, "$postern search 会議 is:unread"), 0);
    expect_words(self->out, "home/Inbox");
    assert_null(strstr(self->out, "Lunch"));
    assert_int_equal(run(self, "$postern search --json --limit 1 -- -from:zoe"), 0);
    expect_words(self->out, "{\"message_id\":\"2@x\",\"date\":1793786400,\"from\":[{\"name\":\"Bob\",\"addr\":\"bob@x.test\"}]");
    expect_words(self->out, "Mail/cur/2.a:2,S\"}\n");
    assert_int_equal(run(self, "$postern search 'fox is:unred'"), EX_USAGE);
    expect_words(self->err, "  fox is:unred\n         ^^^^^\n");
    assert_int_equal(run(self, "$postern search --all fox"), EX_USAGE);
    assert_int_equal(run(self, "$postern search --limit=none fox"), EX_USAGE);
    assert_int_equal(run(self, "$postern search in:Nowhere"), EX_USAGE);
}

static void folders_and_their_mail_are_listed(void **state)
{
    struct run *self = *state;
    assert_int_equal(run(self, "$postern folders"), EX_CONFIG);
    add_local_mail(self);
    assert_int_equal(run(self, "$postern folders"), 0);
    expect_words(self->out, "       1        2  313 bytes  home:Inbox\n");
    assert_int_equal(run(self, "$postern folders home --json"), 0);
    expect_words(self->out, "\"folder\":\"Inbox\",\"delimiter\":\".\",\"role\":\"inbox\",\"messages\":2,\"unread\":1,");
    expect_words(self->out, "\"bytes\":313,");
    assert_int_equal(run(self, "$postern folders home --names"), 0);
    expect_words(self->out, "home:Inbox\n");
    assert_int_equal(run(self, "$postern folders nobody"), EX_NOUSER);
    assert_int_equal(run(self, "$postern list"), 0);
    expect_words(self->out, "  2026-11-04 10:00  Bob ");
    expect_words(self->out, "N 2026-11-03 10:00  Zoë ");
    assert_true(strstr(self->out, "Lunch") < strstr(self->out, "notes"));
    assert_int_equal(run(self, "$postern list --json --limit=1 home:Inbox"), 0);
    expect_words(self->out, "{\"message_id\":\"2@x\",");
    assert_null(strstr(self->out, "1@x"));
    assert_int_equal(run(self, "$postern list home:Nowhere"), EX_DATAERR);
    assert_int_equal(run(self, "$postern list --limit x"), EX_USAGE);
}

static void messages_are_marked_and_moved_by_number_and_by_query(void **state)
{
    struct run *self = *state;
    add_local_mail(self);
    assert_int_equal(run(self, "$postern flag"), EX_USAGE);
    assert_int_equal(run(self, "$postern flag +seen"), EX_USAGE);
    assert_int_equal(run(self, "$postern flag +seen --id 999999"), EX_DATAERR);
    assert_int_equal(run(self, "$postern flag +seen 'is:unred'"), EX_USAGE);
    assert_int_equal(run(self, "$postern flag +seen --dry-run fox"), 0);
    assert_string_equal(self->out, "2 messages would be changed.\n");
    assert_int_equal(run(self, "$postern flag +seen +flagged +work -- from:zoe && ls Mail/cur"), 0);
    expect_words(self->out, "1 message changed.\n1.a:2,FSa\n");
    assert_int_equal(run(self, "id=$($postern list --json --limit 1 | sed 's/.*\"id\":\\([0-9]*\\).*/\\1/')\n"
                               "$postern flag -seen --json --id $id && ls Mail/cur"),
                     0);
    expect_words(self->out, "{\"messages\":1,\"changed\":true,\"running\":false}\n1.a:2,FSa\n2.a:2,\n");
    assert_int_equal(run(self, "$postern move :Nowhere fox"), EX_DATAERR);
    assert_int_equal(run(self, "$postern move home fox"), EX_USAGE);
    assert_int_equal(run(self, "mkdir -p Mail/.Old/cur Mail/.Old/new Mail/.Old/tmp && $postern sync"), 0);
    assert_int_equal(run(self, "$postern move :Old from:bob && ls Mail/.Old/cur"), 0);
    expect_words(self->out, "1 message changed.\n2.a:2,\n");
    assert_int_equal(run(self, "$postern list :Old"), 0);
    expect_words(self->out, "N 2026-11-04");
}

static void accounts_missing_unknown_or_broken_have_their_codes(void **state)
{
    struct run *self = *state;
    assert_int_equal(run(self, "$postern check"), EX_CONFIG);
    assert_int_equal(run(self, "$postern sync"), EX_CONFIG);
    add_account(self);
    assert_int_equal(run(self, "$postern check nobody"), EX_NOUSER);
    expect_words(self->err, "nobody");
    g_free(
        write_file(self, "config/postern/accounts/work.conf", "[account]\nname = W\nfrom = a@x.test\n[incoming]\nprotocol = odd\n", 0600));
    assert_int_equal(run(self, "$postern check work"), EX_CONFIG);
    expect_words(self->err, "work.conf:5");
}

static void check_names_the_step_that_fails(void **state)
{
    struct run *self = *state;
    add_account(self);
    assert_int_equal(run(self, "$postern check"), EX_UNAVAILABLE);
    expect_words(self->out, "connect");
    expect_words(self->out, "refused");
    assert_int_equal(run(self, "$postern check --json work"), EX_UNAVAILABLE);
    expect_words(self->out, "{\"account\":\"work\",\"connection\":\"IMAP 127.0.0.1:1\",\"step\":\"connect\",\"state\":\"failed\"");
    expect_words(self->out, "\"state\":\"skipped\"");
    assert_int_equal(run(self, "$postern sync"), EX_TEMPFAIL);
}

static void a_broken_settings_file_is_told(void **state)
{
    struct run *self = *state;
    add_account(self);
    g_free(write_file(self, "config/postern/postern.conf", "[postern]\nundo-delay = soon\n", 0600));
    static const char *const commands[] = {
        "sync", "list", "folders", "check", "search x", "search --server x", "send bob@x.test < m.eml"
    };
    g_free(write_file(self, "m.eml", "Subject: x\n\nx\n", 0600));
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autofree char *line = g_strdup_printf("$postern %s", commands[i]);
        run(self, line);
        expect_words(self->err, "postern.conf:2");
        assert_null(strstr(strstr(self->err, "postern.conf:2") + 1, "postern.conf:2")); /* once */
    }
}

static void show_describes_a_message_in_json(void **state)
{
    struct run *self = *state;
    g_free(write_file(self, "m.eml",
                      "From: \"Lovelace, Ada\" <ada@x.test>\nTo: b@y.test\nSubject: =?utf-8?q?h=C3=A9?=\n"
                      "Date: Tue, 17 Nov 2026 09:41:00 +0100\nMessage-ID: <m@x>\nContent-Type: text/plain\n"
                      "Content-Transfer-Encoding: base64\n\nYWJj\n",
                      0600));
    assert_int_equal(run(self, "$postern show --json m.eml"), 0);
    expect_words(self->out, "{\"file\":\"m.eml\",\"subject\":\"hé\",\"from\":[{\"name\":\"Lovelace, Ada\",\"addr\":\"ada@x.test\"}],"
                            "\"to\":[{\"name\":\"\",\"addr\":\"b@y.test\"}],\"cc\":[],\"date\":1794904860,\"message_id\":\"m@x\"");
    expect_words(self->out, "\"type\":\"text/plain\",\"filename\":null,\"size\":3,"
                            "\"sha256\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
    expect_words(self->out, "\"text\":\"abc");
    assert_int_equal(run(self, "$postern show --json m.eml - < m.eml | wc -l | tr -d ' \\n'"), 0);
    assert_string_equal(self->out, "2");
    assert_int_equal(run(self, "$postern show --json m.eml > /dev/full"), EX_IOERR);
}

static void show_tells_what_the_reader_would_tell(void **state)
{
    struct run *self = *state;
    g_free(write_file(self, "m.eml", "From: Ada <ada@x.test>\nFrom: Eve <eve@x.test>\nSubject: x\n\nwords\n", 0600));
    assert_int_equal(run(self, "$postern show m.eml"), 0);
    expect_words(self->out, "Subject: x\n[The message names its sender more than once; the first is shown.]\n\nwords");
    g_free(write_file(
        self, "m.eml",
        "From: Ada <ada@x.test>\nSubject: outside\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b; micalg=pgp-sha256; "
        "protocol=\"application/pgp-signature\"\n\n--b\nContent-Type: text/plain; protected-headers=v1\nSubject: inside\n\nwords\n--b\n"
        "Content-Type: application/pgp-signature\n\nnone\n--b--\n",
        0600));
    assert_int_equal(run(self, "$postern show --json m.eml"), 0);
    expect_words(self->out, "\"warnings\":[\"The subject was changed on its way: it was “outside”.\"]");
}

static void show_lets_no_control_character_out(void **state)
{
    struct run *self = *state;
    g_free(write_file(self, "m.eml",
                      "From: =?utf-8?q?a=1b[2Jb?= <a@x.test>\nSubject: =?utf-8?b?G10wO3gHwps=?=\nContent-Type: text/plain; charset=utf-8\n"
                      "Content-Transfer-Encoding: quoted-printable\n\na=1b]0;x=07b=C2=9B31m=7F=C2=A0=09=E2=80=AEend\n",
                      0600));
    const char *const commands[] = { "$postern show m.eml", "$postern show --json m.eml" };
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        assert_int_equal(run(self, commands[i]), 0);
        expect_words(self->out, "]0;x");
        for (const char *at = self->out; *at != '\0'; at = g_utf8_next_char(at))
            assert_false(g_unichar_iscntrl(g_utf8_get_char(at)) && *at != '\n' && *at != '\t');
    }
    expect_words(self->out, "\\u009b31m\\u007f");
    expect_words(self->out, "\\u202eend");
}

static void show_goes_on_behind_a_file_that_is_not_there(void **state)
{
    struct run *self = *state;
    g_free(write_file(self, "m.eml", "Subject: here\n\ntext\n", 0600));
    assert_int_equal(run(self, "$postern show missing m.eml"), EX_NOINPUT);
    expect_words(self->err, "missing");
    expect_words(self->out, "Subject: here");
    g_free(write_file(self, "junk", "\001\002\377 no message at all", 0600));
    assert_int_equal(run(self, "$postern show --json junk </dev/null"), 0);
    expect_words(self->out, "\"file\":\"junk\"");
}

static void send_t_takes_the_recipients_and_hides_bcc(void **state)
{
    struct run *self = *state;
    add_account(self);
    g_free(write_file(self, "in", "To: Bob <bob@y.test>\nBcc: hidden@z.test\nSubject: x\n\nbody\n.\nrest\n", 0600));
    assert_int_equal(run(self, "$postern send -t -oi < in"), 0);
    g_autofree char *sent = read_back(self, "sent"), *arguments = read_back(self, "sent-arguments");
    expect_words(arguments, "bob@y.test");
    expect_words(arguments, "hidden@z.test");
    assert_null(strstr(sent, "hidden@z.test"));
    assert_null(strstr(sent, "Bcc"));
    expect_words(sent, "From: Alice <alice@example.test>");
    expect_words(sent, "Date: ");
    expect_words(sent, "Message-ID: <");
    expect_words(sent, "body\n.\nrest\n"); /* a dot alone is text */
}

/* The account's command gets what sendmail would. */
static void send_takes_sendmails_options(void **state)
{
    struct run *self = *state;
    add_account(self);
    g_free(write_file(self, "in", "To: Bob <bob@y.test>\nSubject: x\n\nbody\n", 0600));
    assert_int_equal(
        run(self,
            "$postern send -bm -oi -B8BITMIME -N failure,delay -R hdrs -V id7 -f bounce@x.test -F 'A. L\303\266we' -- bob@y.test < in"),
        0);
    g_autofree char *sent = read_back(self, "sent"), *arguments = read_back(self, "sent-arguments");
    expect_words(arguments, "-f bounce@x.test -N failure,delay -R hdrs -V id7 -- bob@y.test");
    expect_words(sent, "=?");
    expect_words(sent, "<alice@example.test>");
    assert_int_equal(run(self, "$postern send -f '<>' bob@y.test < in"), 0);
    g_autofree char *nobody = read_back(self, "sent-arguments");
    expect_words(nobody, "-f <> --");
    assert_int_equal(run(self, "$postern send -N always bob@y.test < in"), EX_USAGE);
    expect_words(self->err, "never");
    assert_int_equal(run(self, "$postern send -R all bob@y.test < in"), EX_USAGE);
}

static void send_queue_only_keeps_the_message(void **state)
{
    struct run *self = *state;
    add_account(self);
    g_free(write_file(self, "in", "Subject: kept\n\nfor later\n", 0600));
    assert_int_equal(run(self, "$postern send --queue bob@y.test < in"), 0);
    assert_int_equal(run(self, "test ! -e sent && grep -rlq 'for later' data"), 0);
}

static void send_refuses_what_cannot_be_sent(void **state)
{
    struct run *self = *state;
    assert_int_equal(run(self, "$postern send bob@y.test </dev/null"), EX_CONFIG);
    add_account(self);
    g_free(write_file(self, "in", "Subject: to nobody\n\ntext\n", 0600));
    assert_int_equal(run(self, "$postern send -t < in"), EX_DATAERR);
    expect_words(self->err, "no recipient");
    assert_int_equal(run(self, "$postern send bob < in"), EX_DATAERR);
    assert_int_equal(run(self, "test ! -e sent"), 0);
}

/* --- mail in and out --- */

static const char sample_mbox[] = "From bob@x.test Tue Nov 17 09:41:00 2026\nFrom: Bob <bob@x.test>\nSubject: one\nMessage-ID: <1@x>\n"
                                  "Date: Tue, 17 Nov 2026 09:41:00 +0000\nStatus: RO\nX-Status: FA\nX-Keywords: work $Forwarded caf&AOk-   "
                                  "\n\nHello\n>From me\n>>From deep\n\n"
                                  "From me there is no date here\nend\n\n"
                                  "From - Tue Nov 17 09:42:00 2026\nSubject: no id\nDate: Tue, 17 Nov 2026 09:42:00 +0000\n\nsecond\n\n";

static void add_local_account(const struct run *self)
{
    g_autofree char *text = g_strdup_printf("[account]\nname = Here\nfrom = A <a@x.test>\n[incoming]\nprotocol = maildir\npath = %s/mail\n"
                                            "[outgoing]\nprotocol = sendmail\ncommand = /bin/true\n",
                                            self->home);
    g_autofree char *path = write_file(self, "config/postern/accounts/here.conf", text, 0600);
    g_autofree char *mbox = write_file(self, "sample.mbox", sample_mbox, 0600);
}

static void a_merge_is_shown_and_sent_once(void **state)
{
    struct run *self = *state;
    add_account(self);
    g_free(write_file(self, "config/postern/templates/thanks", "Subject: Thanks, {{first}}\n\nDear {{first}},\n{{what}} came.\n", 0600));
    g_free(write_file(self, "guests.csv", "first;email;what\nAda;ada@example.test;A cake\nBob;bob@example.test;A \xe2\x80\xaehat\n", 0600));
    assert_int_equal(run(self, "$postern merge thanks guests.csv"), 0);
    expect_words(self->out, "To: bob@example.test");
    expect_words(self->out, "Dear Ada,\nA cake came.");
    assert_null(strstr(self->out, "\xe2\x80\xae")); /* nothing of the table turns the terminal's line round */
    expect_words(self->err, "2 messages would be sent");
    assert_int_equal(run(self, "$postern merge thanks guests.csv --json --limit 1"), 0);
    expect_words(self->out, "\"row\":1,");
    expect_words(self->out, "\"subject\":\"Thanks, Ada\"");
    assert_null(strstr(self->out, "bob@"));
    assert_int_equal(run(self, "$postern merge --send --json thanks - < guests.csv"), 0);
    expect_words(self->out, "\"rows\":2,\"queued\":2,\"already\":0");
    assert_int_equal(run(self, "$postern merge --send thanks guests.csv"), 0);
    expect_words(self->out, "0 messages are in the Outbox");
    expect_words(self->err, "--again");
    assert_int_equal(run(self, "$postern merge --send --again --json thanks guests.csv"), 0);
    expect_words(self->out, "\"queued\":2");
}

static void a_merge_that_does_not_fit_sends_nothing(void **state)
{
    struct run *self = *state;
    add_account(self);
    g_free(write_file(self, "letter", "Subject: {{nowhere}}\n\nText\n", 0600));
    g_free(write_file(self, "a.csv", "email\nada@example.test\n", 0600));
    assert_int_equal(run(self, "$postern merge --send ./letter a.csv"), EX_DATAERR);
    expect_words(self->err, "{{nowhere}}");
    expect_words(self->err, "Nothing was sent");
    assert_int_equal(run(self, "$postern merge ./letter none.csv"), EX_NOINPUT);
    assert_int_equal(run(self, "$postern merge nothing a.csv"), EX_DATAERR);
    assert_int_equal(run(self, "$postern merge ./letter"), EX_USAGE);
    assert_int_equal(run(self, "$postern merge --sned ./letter a.csv"), EX_USAGE);
}

static void mbox_comes_in_with_its_flags_and_only_once(void **state)
{
    struct run *self = *state;
    add_local_account(self);
    assert_int_equal(run(self, "$postern import here:Old $HOME/sample.mbox"), 0);
    expect_words(self->out, "2 messages imported.");
    assert_int_equal(run(self, "$postern import here:Old $HOME/sample.mbox"), 0);
    expect_words(self->out, "0 messages imported.");
    expect_words(self->out, "2 were there already.");
    assert_int_equal(run(self, "ls $HOME/mail/Old/cur | grep -c ':2,FPRSab$'; cat $HOME/mail/Old/*/* | grep '^>*From '"), 0);
    assert_string_equal(self->out, "1\nFrom me\n>From deep\nFrom me there is no date here\n");
}

static void what_goes_out_comes_back_as_it_was(void **state)
{
    struct run *self = *state;
    add_local_account(self);
    assert_int_equal(run(self, "$postern import here:Old $HOME/sample.mbox && $postern export --mbox here:Old $HOME/out && "
                               "$postern import here:New $HOME/out/Old.mbox && $postern export --mbox here:New $HOME/out && "
                               "$postern export here:Old $HOME/dirs && $postern import here:Third $HOME/dirs/Old && "
                               "$postern export --mbox here:Third $HOME/out"),
                     0);
    assert_int_equal(
        run(self, "grep -c '^X-Keywords: .Forwarded caf&AOk- work$' $HOME/out/Old.mbox; ls $HOME/dirs/Old/cur | grep -c ':2,FPRSab$';"
                  "cat $HOME/dirs/Old/dovecot-keywords"),
        0);
    assert_string_equal(self->out, "1\n1\n0 caf&AOk-\n1 work\n");
    assert_int_equal(run(self, "cd $HOME/out && cmp Old.mbox New.mbox && sort Old.mbox >1 && sort Third.mbox >2 && cmp 1 2"), 0);
    assert_int_equal(run(self, "$postern export --mbox here:Old $HOME/out"), EX_CANTCREAT); /* nothing is written over */
    expect_words(self->err, "is there already");
}

static void what_is_no_mailbox_is_refused(void **state)
{
    struct run *self = *state;
    add_local_account(self);
    assert_int_equal(run(self, "$postern import here:Old /etc/passwd"), EX_DATAERR);
    expect_words(self->err, "is not an mbox");
    assert_int_equal(run(self, "mkdir $HOME/empty; $postern import here $HOME/empty"), EX_DATAERR);
    expect_words(self->err, "no Maildir");
    assert_int_equal(run(self, "$postern export here:Nowhere $HOME/out"), EX_DATAERR);
    expect_words(self->err, "no folder Nowhere");
    assert_int_equal(run(self, "$postern export here"), EX_USAGE);
}

/* --- the index, anew --- */

static void import_many(struct run *self)
{
    add_local_account(self);
    assert_int_equal(
        run(self,
            "i=0; while [ $i -lt 300 ]; do i=$((i+1)); printf 'From b@x Tue Nov 17 09:41:00 2026\\nFrom: B <b@x.test>\\nSubject: "
            "word%s\\nMessage-ID: <%s@x>\\nDate: Tue, 17 Nov 2026 09:41:00 +0000\\n\\nText %s\\n\\n' $i $i $i; done > $HOME/many.mbox; "
            "$postern import here:Old $HOME/many.mbox"),
        0);
}

static void a_check_names_its_steps_in_the_language_of_the_reader(void **state)
{
    struct run *self = *state;
    add_local_mail(self);
    assert_int_equal(run(self, "$postern check; LC_ALL=de_DE.UTF-8 $postern check"), 0);
    expect_words(self->out, "folders          ");
    expect_words(self->out, "Ordner           ");
    assert_int_equal(run(self, "LC_ALL=de_DE.UTF-8 $postern check --json"), 0);
    expect_words(self->out, "\"step\":\"folders\"");
}

static void a_new_index_has_all_of_the_old_one(void **state)
{
    struct run *self = *state;
    import_many(self);
    assert_int_equal(run(self, "printf 'To: b@x.test\\nSubject: waits\\n\\nText\\n' | $postern send --queue -t"), 0);
    assert_int_equal(run(self, "$postern reindex"), 0);
    expect_words(self->out, "mail.db.old-");
    assert_int_equal(run(self, "$postern export --mbox here:Old $HOME/out"), 0);
    expect_words(self->out, "300 messages written");
    assert_int_equal(run(self, "ls $HOME/data/postern/mail/here/.outbox/cur $HOME/data/postern/mail/here/.outbox/new | grep -c postern"),
                     0);
}

static void a_damaged_index_costs_no_mail(void **state)
{
    struct run *self = *state;
    import_many(self);
    /* one page in four is noise, the first among them */
    assert_int_equal(
        run(self,
            "cd $HOME/data/postern && n=$(($(stat -c %s mail.db) / 4096)); i=0; while [ $i -lt $n ]; do dd if=/dev/urandom of=mail.db "
            "bs=4096 count=1 seek=$i conv=notrunc 2>/dev/null; i=$((i+4)); done; rm -f mail.db-wal mail.db-shm"),
        0);
    assert_int_not_equal(run(self, "$postern export --mbox here:Old $HOME/out"), 0);
    assert_int_equal(run(self, "$postern reindex"), 0);
    assert_int_equal(run(self, "$postern export --mbox here:Old $HOME/out"), 0);
    expect_words(self->out, "300 messages written");
}

/* Readable at its head, but not all of it. */
static void a_partly_damaged_index_is_read_from_both_ends(void **state)
{
    struct run *self = *state;
    import_many(self);
    assert_int_equal(
        run(self, "cd $HOME/data/postern && n=$(($(stat -c %s mail.db) / 4096)); i=40; while [ $i -lt $n ]; do dd if=/dev/zero of=mail.db "
                  "bs=4096 count=1 seek=$i conv=notrunc 2>/dev/null; i=$((i+9)); done"),
        0);
    assert_int_equal(run(self, "$postern reindex"), 0);
    assert_int_equal(run(self, "$postern reindex && $postern export --mbox here:Old $HOME/out"), 0);
    expect_words(self->out, "300 messages written");
    assert_int_equal(run(self, "grep -c '^Message-ID' $HOME/out/Old.mbox"), 0);
    assert_string_equal(self->out, "300\n");
}

int main(void)
{
#define CLI_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CLI_TEST(wrong_use_is_told_on_stderr_with_64),
        CLI_TEST(version_and_help_go_to_stdout),
        CLI_TEST(a_shell_completes_folders_of_any_name),
        CLI_TEST(help_fits_into_eighty_columns_in_every_language),
        CLI_TEST(what_is_shown_into_a_pipe_steers_nothing),
        CLI_TEST(search_finds_mail_and_points_at_mistakes),
        CLI_TEST(folders_and_their_mail_are_listed),
        CLI_TEST(messages_are_marked_and_moved_by_number_and_by_query),
        CLI_TEST(accounts_missing_unknown_or_broken_have_their_codes),
        CLI_TEST(check_names_the_step_that_fails),
        CLI_TEST(closed_standard_streams_do_no_harm),
        CLI_TEST(a_broken_settings_file_is_told),
        CLI_TEST(show_describes_a_message_in_json),
        CLI_TEST(show_tells_what_the_reader_would_tell),
        CLI_TEST(show_lets_no_control_character_out),
        CLI_TEST(show_goes_on_behind_a_file_that_is_not_there),
        CLI_TEST(send_t_takes_the_recipients_and_hides_bcc),
        CLI_TEST(send_takes_sendmails_options),
        CLI_TEST(send_queue_only_keeps_the_message),
        CLI_TEST(send_refuses_what_cannot_be_sent),
        CLI_TEST(a_merge_is_shown_and_sent_once),
        CLI_TEST(a_merge_that_does_not_fit_sends_nothing),
        CLI_TEST(mbox_comes_in_with_its_flags_and_only_once),
        CLI_TEST(what_goes_out_comes_back_as_it_was),
        CLI_TEST(what_is_no_mailbox_is_refused),
        CLI_TEST(a_check_names_its_steps_in_the_language_of_the_reader),
        CLI_TEST(a_new_index_has_all_of_the_old_one),
        CLI_TEST(a_damaged_index_costs_no_mail),
        CLI_TEST(a_partly_damaged_index_is_read_from_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
