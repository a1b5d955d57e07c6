/* SPDX-License-Identifier: MIT */
/* Message files as headers, parts and text; skeletons of what is only partly here. */
#include "core/message.h"
#include "core/structure.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const char rich[] =
    "From: =?utf-8?q?J=C3=B6rg?= <j@x.test>\nTo: a@b.test, \"B, C\" <c@d.test>\nSubject: =?utf-8?B?w6TDtg==?= x\nMessage-ID: <1@x>\n"
    "In-Reply-To: <c@d> (his mail)\nReferences: <a@b>\n <c@d>\nDate: Tue, 17 Nov 2026 09:41:00 +0000\nMIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n"
    "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nHall=F6 =80\n> quoted\n-- \nsig\n--c\n"
    "Content-Type: text/html\n\n<b>Hi</b> <a href=\"http://evil.test/x\">http://bank.test</a>\n--c--\n--b\n"
    "Content-Type: application/pdf; name=\"../a.pdf\"\nContent-Transfer-Encoding: base64\n"
    "Content-Disposition: attachment; filename=\"../../a.pdf\"\n\naGVsbG8=\n--b\nContent-Type: message/rfc822\n\nSubject: "
    "inner\n\nbody\n--b--\n";

static message *rich_message(void)
{
    return message_parse(rich, strlen(rich));
}

static char *shown(const char *mail, enum message_view view)
{
    g_autoptr(message) parsed = message_parse(mail, strlen(mail));
    g_autoptr(text) text = message_text(parsed, view);
    return text_plain(text);
}

static void headers_are_decoded(void **state)
{
    (void)state;
    g_autoptr(message) mail = rich_message();
    struct message_info info;
    message_info(mail, &info);
    assert_string_equal(info.message_id, "1@x");
    assert_string_equal(info.references, "a@b c@d");
    assert_string_equal(info.in_reply_to, "c@d");
    assert_string_equal(info.subject, "äö x");
    assert_string_equal(info.from_name, "Jörg");
    assert_string_equal(info.from_address, "j@x.test");
    assert_int_equal(info.date_utc, 1794908460);
    assert_int_equal(info.size_bytes, strlen(rich));
    assert_int_equal(info.attachment_count, 2);
    assert_string_equal(message_header(mail, "subject"), "äö x");
    assert_null(message_header(mail, "X-None"));
    g_autoptr(GPtrArray) to = message_addresses(mail, "To");
    assert_int_equal(to->len, 2);
    assert_string_equal(((struct message_address *)g_ptr_array_index(to, 1))->name, "B, C");
    g_autoptr(GBytes) raw = message_raw(mail);
    assert_int_equal(g_bytes_get_size(raw), strlen(rich));
    assert_memory_equal(g_bytes_get_data(raw, NULL), rich, strlen(rich));
}

static void parts_are_the_leaves_in_order(void **state)
{
    (void)state;
    g_autoptr(message) mail = rich_message();
    static const char *const expected[][3] = {
        { "1.1", "text/plain", NULL }, { "1.2", "text/html", NULL }, { "2", "application/pdf", "a.pdf" }, { "3", "message/rfc822", NULL }
    };
    const GPtrArray *parts = message_parts(mail);
    assert_int_equal(parts->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        assert_string_equal(part->section, expected[i][0]);
        assert_string_equal(part->type, expected[i][1]);
        assert_int_equal(g_strcmp0(part->filename, expected[i][2]), 0);
        assert_int_equal(part->is_attachment, i >= 2);
    }
    g_autofree char *bytes = NULL;
    size_t size;
    assert_true(message_part_bytes(mail, 2, &bytes, &size, NULL));
    assert_int_equal(size, 5);
    assert_memory_equal(bytes, "hello", 5);
    GError *error = NULL;
    assert_false(message_part_bytes(mail, 99, &bytes, &size, &error));
    g_clear_error(&error);
}

static void the_view_chooses_among_alternatives(void **state)
{
    (void)state;
    g_autofree char *best = shown(rich, MESSAGE_VIEW_BEST), *html = shown(rich, MESSAGE_VIEW_HTML),
                    *source = shown(rich, MESSAGE_VIEW_SOURCE);
    assert_non_null(strstr(best, "Hallö €\n> quoted"));
    assert_null(strstr(best, "Hi"));
    assert_non_null(strstr(html, "Hi"));
    assert_non_null(strstr(html, "http://evil.test/x"));
    assert_non_null(strstr(source, "Content-Type: application/pdf"));
    g_autoptr(message) mail = rich_message();
    g_autoptr(text) text = message_text(mail, MESSAGE_VIEW_HTML);
    assert_true(text->has_html && text->has_plain);
    assert_int_equal(text->links->len, 1);
    assert_true(((struct text_link *)g_ptr_array_index(text->links, 0))->is_suspicious);
    g_autofree char *preview = message_preview(mail, 5);
    assert_string_equal(preview, "Hallö");
}

static void every_label_of_a_charset_gives_valid_text(void **state)
{
    (void)state;
    static const char *const charsets[] = { "utf-8", "us-ascii", "iso-8859-15", "koi8-r",     "no-such-thing",
                                            "",      "utf-16",   "gb2312",      "iso-2022-jp" };
    for (size_t i = 0; i < G_N_ELEMENTS(charsets); i++) {
        g_autofree char *mail =
            g_strdup_printf("Subject: x\nContent-Type: text/plain; charset=\"%s\"\n\n\xff\xfe caf\xe9 \x80 \x1b$B!!\n", charsets[i]);
        g_autofree char *plain = shown(mail, MESSAGE_VIEW_BEST);
        assert_true(g_utf8_validate(plain, -1, NULL));
        assert_true(strlen(plain) > 3);
    }
}

static void garbage_is_shown_as_it_is(void **state)
{
    (void)state;
    g_autofree char *garbage = shown("no header at all\njust words\n", MESSAGE_VIEW_BEST), *empty = shown("", MESSAGE_VIEW_BEST);
    assert_non_null(strstr(garbage, "just words"));
    assert_non_null(empty);
    g_autoptr(message) padded = message_parse("\n\n \nSubject: padded\n\nx\n", 23);
    assert_string_equal(message_header(padded, "Subject"), "padded");
    g_autoptr(message) mbox = message_parse("From a@b Tue Nov 17\nSubject: boxed\n\nx\n", 38);
    assert_string_equal(message_header(mbox, "Subject"), "boxed");
    GError *error = NULL;
    assert_null(message_load("/nowhere/at/all", &error));
    assert_true(g_error_matches(error, MESSAGE_ERROR, MESSAGE_ERROR_READ));
    g_clear_error(&error);
}

static void depth_and_number_have_an_end(void **state)
{
    (void)state;
    g_autoptr(GString) deep = g_string_new("Subject: deep\n"), wide = g_string_new("Content-Type: multipart/mixed; boundary=b\n\n");
    for (int i = 0; i < 12000; i++) {
        g_string_append_printf(deep, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
        g_string_append(wide, "--b\n\nx\n");
    }
    const GString *const mails[] = { deep, wide };
    for (size_t i = 0; i < G_N_ELEMENTS(mails); i++) {
        g_autoptr(message) mail = message_parse(mails[i]->str, mails[i]->len);
        assert_true(message_parts(mail)->len <= 10000);
        g_autoptr(text) text = message_text(mail, MESSAGE_VIEW_BEST);
        g_autofree char *plain = text_shown(text);
        assert_non_null(strstr(plain, "longer than is shown"));
    }
}

static void html_that_would_burst_is_shown_without_its_marks(void **state)
{
    (void)state;
    g_autoptr(GString) html = g_string_new("Content-Type: text/html\n\n");
    for (int i = 0; i < 280; i++)
        g_string_append_printf(html, "<font color=\"%d\">", i);
    for (int i = 0; i < 20000; i++)
        g_string_append(html, "<p>word");
    g_autofree char *plain = shown(html->str, MESSAGE_VIEW_BEST);
    assert_non_null(strstr(plain, "word"));
}

static void typed_addresses_are_checked(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(GPtrArray) fine = message_parse_addresses("Ada <a@x.test>, b@y.test, ", &error);
    assert_int_equal(fine->len, 2);
    g_autoptr(GPtrArray) none = message_parse_addresses("  ", &error);
    assert_int_equal(none->len, 0);
    static const char *const wrong[] = { "ada", "a@x.test, bob", "a@", "@x", "Ada <ada>" };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        assert_null(message_parse_addresses(wrong[i], &error));
        assert_non_null(error);
        g_clear_error(&error);
    }
}

static struct structure_node *sample_structure(void)
{
    struct structure_node *root = structure_node_new("multipart/mixed", "");
    struct structure_node *plain = structure_node_new("text/plain", "1"), *file = structure_node_new("application/pdf", "2");
    root->children = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))structure_node_free);
    plain->charset = g_strdup("utf-8");
    plain->encoding = g_strdup("8bit");
    plain->size = 60;
    file->encoding = g_strdup("base64");
    file->disposition = g_strdup("attachment");
    file->filename = g_strdup("Zoë (1) %.pdf");
    file->size = 4711;
    g_ptr_array_add(root->children, plain);
    g_ptr_array_add(root->children, file);
    return root;
}

static void a_structure_survives_its_text_form(void **state)
{
    (void)state;
    struct structure_node *root = sample_structure();
    g_autofree char *once = structure_write(root);
    struct structure_node *again = structure_read(once);
    g_autofree char *twice = structure_write(again);
    assert_string_equal(once, twice);
    assert_int_equal(structure_size_of(again, "2"), 4711);
    assert_int_equal(structure_attachment_count(again), 1);
    structure_node_free(root);
    structure_node_free(again);
    for (size_t cut = 0; cut < strlen(once); cut++) {
        g_autofree char *part = g_strndup(once, cut);
        assert_null(structure_read(part));
    }
    g_autoptr(GString) deep = g_string_new(NULL);
    for (int i = 0; i < 10000; i++)
        g_string_append(deep, "(multipart/mixed - 0 - - - - - -");
    assert_null(structure_read(deep->str));
}

/* What a reader sees of an IMAP message whose attachment is still on the server. */
static void a_skeleton_says_what_is_not_here(void **state)
{
    (void)state;
    struct structure_node *root = sample_structure();
    static const char header[] =
        "Subject: partly\r\nX-Postern-Missing: 1\r\nContent-Type: multipart/mixed;\r\n boundary=theirs\r\nFrom: a@x\r\n\r\n";
    g_autoptr(GHashTable) bodies = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)(void (*)(void))g_bytes_unref);
    g_hash_table_insert(bodies, (gpointer) "1", g_bytes_new_static("Grüße\r\n", strlen("Grüße\r\n")));
    g_autoptr(GPtrArray) wanted = structure_text_parts(root);
    assert_int_equal(wanted->len, 1);
    g_autoptr(GBytes) bytes = structure_skeleton(root, header, strlen(header), bodies);
    g_autoptr(message) mail = message_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    const GPtrArray *parts = message_parts(mail);
    assert_int_equal(parts->len, 2);
    const struct message_part *text_part = g_ptr_array_index(parts, 0), *file = g_ptr_array_index(parts, 1);
    assert_true(text_part->is_here);
    assert_false(file->is_here);
    assert_int_equal(file->size, 4711);
    assert_string_equal(file->filename, "Zoë (1) %.pdf");
    assert_string_equal(file->section, "2");
    g_autoptr(text) text = message_text(mail, MESSAGE_VIEW_BEST);
    g_autofree char *plain = text_plain(text);
    assert_non_null(strstr(plain, "Grüße"));
    assert_string_equal(message_header(mail, "Subject"), "partly");
    g_auto(GStrv) headers = message_headers(mail);
    for (size_t i = 0; headers[i] != NULL; i++)
        assert_false(g_str_has_prefix(headers[i], "X-Postern-"));
    structure_node_free(root);
}

static void all_headers_are_those_that_came(void **state)
{
    (void)state;
    static const char *const raws[][2] = {
        { "From: a@x.test\nSubject: s\n\nwords\n", "From: a@x.test|Subject: s" },
        { "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nSubject: s\n\n<p>words\n",
          "MIME-Version: 1.0|Subject: s|Content-Type: text/html; charset=utf-8" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(raws); i++) {
        g_autoptr(message) mail = message_parse(raws[i][0], strlen(raws[i][0]));
        g_auto(GStrv) headers = message_headers(mail);
        g_autofree char *joined = g_strjoinv("|", headers);
        assert_string_equal(joined, raws[i][1]);
    }
}

static void a_type_the_wrong_way_round_is_text(void **state)
{
    (void)state;
    static const char raw[] = "From: a@x.test\nContent-Type: plain/text\n\nwords\n";
    g_autoptr(message) mail = message_parse(raw, strlen(raw));
    g_autoptr(text) text = message_text(mail, MESSAGE_VIEW_BEST);
    g_autofree char *words = text_plain(text);
    assert_string_equal(words, "words\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_type_the_wrong_way_round_is_text),
        cmocka_unit_test(headers_are_decoded),
        cmocka_unit_test(parts_are_the_leaves_in_order),
        cmocka_unit_test(all_headers_are_those_that_came),
        cmocka_unit_test(the_view_chooses_among_alternatives),
        cmocka_unit_test(every_label_of_a_charset_gives_valid_text),
        cmocka_unit_test(garbage_is_shown_as_it_is),
        cmocka_unit_test(depth_and_number_have_an_end),
        cmocka_unit_test(html_that_would_burst_is_shown_without_its_marks),
        cmocka_unit_test(typed_addresses_are_checked),
        cmocka_unit_test(a_structure_survives_its_text_form),
        cmocka_unit_test(a_skeleton_says_what_is_not_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
