/* SPDX-License-Identifier: MIT */
/* What a server is asked for a query, and what of it is checked here. */
#include "core/server_query_private.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#define NOW INT64_C(1763726400) /* 2025-11-21 12:00 UTC */

/* Asked is the folder "here". */
static bool is_here(void *data, const struct query_node *node)
{
    (void)data;
    return strcmp(node->text, "here") == 0;
}

/* "words [rest] | words [rest]"; "-": nothing is asked. */
static char *asked(const char *text, unsigned dialect)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(query_node) root = query_language_parse(text, NOW, NULL, &error);
    const struct server_place place = { .dialect = dialect, .now_utc = NOW, .is_here = is_here };
    GString *out = g_string_new(NULL);
    assert_non_null(root);
    g_autoptr(GPtrArray) queries = server_query_make(root, &place);
    for (guint i = 0; i < queries->len; i++) {
        const struct server_query *query = g_ptr_array_index(queries, i);
        g_autofree char *words = server_query_describe(query), *rest = query->rest != NULL ? query_language_write(query->rest) : NULL;
        g_string_append_printf(out, "%s%s%s%s%s", i > 0 ? " | " : "", words, rest != NULL ? " [" : "", rest != NULL ? rest : "",
                               rest != NULL ? "]" : "");
    }
    return g_string_free(queries->len > 0 ? out : g_string_append_c(out, '-'), FALSE);
}

struct sample {
    const char *text, *words;
};

static void assert_samples(const struct sample *samples, size_t count, unsigned dialect)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *words = asked(samples[i].text, dialect);
        if (strcmp(words, samples[i].words) != 0)
            fail_msg("%s\n  gives  %s\n  not    %s", samples[i].text, words, samples[i].words);
    }
}

static void a_query_becomes_search_keys(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "ada", "TEXT \"ada\"" },
        { "ada lovelace", "TEXT \"ada\" TEXT \"lovelace\"" },
        { "\"ada lovelace\"", "TEXT \"ada lovelace\"" },
        { "eng*", "TEXT \"eng\"" },
        { "from:ada", "FROM \"ada\"" },
        { "to:ada", "OR TO \"ada\" CC \"ada\"" },
        { "body:engine subject:x", "BODY \"engine\" SUBJECT \"x\"" },
        { "list:dev", "HEADER List-Id \"dev\"" },
        { "-ada", "NOT TEXT \"ada\"" },
        { "-(ada grace)", "NOT (TEXT \"ada\" TEXT \"grace\")" },
        { "ada OR grace", "OR TEXT \"ada\" TEXT \"grace\"" },
        { "ada OR grace OR alan", "OR TEXT \"ada\" OR TEXT \"grace\" TEXT \"alan\"" },
        { "is:unread", "UNSEEN" },
        { "is:starred is:answered -is:forwarded", "FLAGGED ANSWERED UNKEYWORD $Forwarded" },
        { "tag:work", "KEYWORD work" },
        { "tag:\"bü\"", "KEYWORD b&APw-" },
        { "larger:5M", "LARGER 5242879" },
        { "size:1K..2K", "LARGER 1023 SMALLER 2048" },
        { "id:<a@b>", "HEADER Message-ID \"a@b\"" },
        { "Müller", "TEXT \"Müller\"" },
    };
    assert_samples(samples, G_N_ELEMENTS(samples), SERVER_DIALECT_IMAP);
}

static void what_the_server_has_no_word_for_is_checked_here(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "has:attachment", "-" }, /* all mail of the server would have to come */
        { "ada has:attachment", "TEXT \"ada\" [has:attachment]" },
        { "ada -has:attachment", "TEXT \"ada\" [-has:attachment]" },
        { "ada (is:unread OR has:attachment)", "TEXT \"ada\" [-is:read OR has:attachment]" },
        { "ada OR has:attachment", "TEXT \"ada\"" },
        { "ada OR (grace has:attachment)", "TEXT \"ada\" | TEXT \"grace\" [has:attachment]" },
        { "ada attachment:plan", "TEXT \"ada\" [attachment:plan]" },
        /* Days, in whatever zone: one more on each side, and the very second is looked at here. */
        { "ada after:@1763121600", "TEXT \"ada\" SENTSINCE 13-Nov-2025 [date:@1763121600..]" },
        { "ada before:@1763121600", "TEXT \"ada\" SENTBEFORE 16-Nov-2025 [date:..@1763121600]" },
        { "larger:5G", "-" },
    };
    assert_samples(samples, G_N_ELEMENTS(samples), SERVER_DIALECT_IMAP);
}

static void folders_and_accounts_decide_who_is_asked(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "ada in:here", "TEXT \"ada\"" },
        { "ada in:there", "-" },
        { "ada -in:here", "-" },
        { "ada -in:there", "TEXT \"ada\"" },
        { "ada (in:there OR account:here)", "TEXT \"ada\"" },
        { "(ada in:here) OR (grace in:there)", "(TEXT \"ada\")" },
        { "ada OR (grace alan)", "OR TEXT \"ada\" (TEXT \"grace\" TEXT \"alan\")" },
        { "in:here", "-" }, /* everything: what is not here yet comes by itself */
    };
    assert_samples(samples, G_N_ELEMENTS(samples), SERVER_DIALECT_IMAP);
}

static void young_mail_is_asked_for_by_its_age_where_the_server_knows_ages(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "ada newer:7d", "TEXT \"ada\" YOUNGER 691200 SENTSINCE 13-Nov-2025 [date:@1763121600..]" },
        { "ada older:7d", "TEXT \"ada\" SENTBEFORE 16-Nov-2025 [date:..@1763121600]" },
    };
    assert_samples(samples, G_N_ELEMENTS(samples), SERVER_DIALECT_WITHIN);
}

static void gmail_is_asked_in_its_own_words(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "ada lovelace", "X-GM-RAW \"\"ada\" \"lovelace\"\"" },
        { "from:ada has:attachment", "X-GM-RAW \"from:\"ada\" has:attachment\"" },
        { "with:ada", "X-GM-RAW \"{from:\"ada\" to:\"ada\"}\"" },
        { "attachment:plan", "X-GM-RAW \"filename:\"plan\"\"" },
        { "(ada OR -grace) newer:7d", "X-GM-RAW \"{\"ada\" -(\"grace\")} after:1763121600\"" },
        { "ada is:answered", "X-GM-RAW \"\"ada\"\" ANSWERED" },
        { "ada in:here tag:work", "X-GM-RAW \"\"ada\"\" KEYWORD work" },
        { "ada in:there", "-" },
        { "subject:a\\b", "X-GM-RAW \"subject:\"a b\"\"" },
    };
    assert_samples(samples, G_N_ELEMENTS(samples), SERVER_DIALECT_GMAIL);
}

static void a_server_that_knows_us_ascii_only_is_asked_for_what_it_can_read(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "subject:Müller", "SUBJECT \"ller\" [subject:Müller]" },
        { "会議", "-" },
        { "会議 from:ada", "FROM \"ada\" [会議]" },
        { "Müller", "TEXT \"ller\"" },
    };
    assert_samples(samples, G_N_ELEMENTS(samples), SERVER_DIALECT_ASCII);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_becomes_search_keys),
        cmocka_unit_test(what_the_server_has_no_word_for_is_checked_here),
        cmocka_unit_test(folders_and_accounts_decide_who_is_asked),
        cmocka_unit_test(young_mail_is_asked_for_by_its_age_where_the_server_knows_ages),
        cmocka_unit_test(gmail_is_asked_in_its_own_words),
        cmocka_unit_test(a_server_that_knows_us_ascii_only_is_asked_for_what_it_can_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
