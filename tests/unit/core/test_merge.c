/* SPDX-License-Identifier: MIT */
/* Templates and mail merge: places are filled, what is missing is said, nobody gets it twice. */
#include "core/merge.h"
#include "core/image.h"
#include "core/outbox.h"
#include "core/template.h"
#include "store_fixture.h"
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <zlib.h>
#include <cmocka.h>

static void put(char **field, const char *value)
{
    g_free(*field);
    *field = g_strdup(value);
}

static struct draft *letter(void)
{
    struct account *owner = account_new("me");
    owner->from_name = g_strdup("Me");
    owner->from_address = g_strdup("me@example.test");
    struct draft *self = draft_new(owner);
    account_free(owner);
    return self;
}

static merge *table(const char *text)
{
    return merge_new(text, strlen(text), NULL);
}

static void a_table_is_read_as_spreadsheets_write_it(void **state)
{
    (void)state;
    g_autoptr(merge) self =
        table("\xef\xbb\xbf"
              "Name;E-Mail;Note\r\n\"Lovelace; Ada\";ada@x.test;\"two\r\nlines, \"\"quoted\"\"\"\r\n\r\nBob;bob@x.test\r\n");
    assert_non_null(self);
    assert_int_equal(merge_count(self), 2);
    g_autoptr(draft) draft = letter();
    put(&draft->subject, "For {{ name }}");
    put(&draft->body, "{{NOTE}}|{{to.first}}|{{from.name}}|{{unknown}}\n");
    g_autoptr(draft) one = merge_draft(self, 0, draft), two = merge_draft(self, 1, draft);
    assert_string_equal(one->to, "\"Lovelace; Ada\" <ada@x.test>");
    assert_string_equal(one->subject, "For Lovelace; Ada");
    assert_string_equal(one->body, "two\nlines, \"quoted\"|Lovelace;|Me|{{unknown}}\n");
    assert_string_equal(two->to, "Bob <bob@x.test>");
    assert_string_equal(two->body, "|Bob|Me|{{unknown}}\n");
    static const char *const bad[] = { "", "\n\n", "a,b\n", "a,b\n\"x,y\n", "only one line", "a,b\nx,1,50\n" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(merge) none = table(bad[i]);
        if (none != NULL)
            fail_msg("taken: %s", bad[i]);
    }
    g_autoptr(merge) trailing = table("a,b\nx,1,,\n"); /* some programs fill rows up */
    assert_non_null(trailing);
    g_autoptr(merge) latin = table("name,email\nJ\xf6rg,j@x.test\n");
    g_autoptr(draft) three = merge_draft(latin, 0, draft);
    assert_string_equal(three->subject, "For J\xc3\xb6rg");
    static const char wide[] = "\xff\xfen\0a\0m\0e\0\t\0t\0o\0\r\0\n\0J\0\xf6\0\t\0j\0@\0x\0.\0t\0\n"; /* its last zero is the string's */
    g_autoptr(merge) excel = merge_new(wide, sizeof wide, NULL);
    assert_non_null(excel);
    g_autoptr(draft) four = merge_draft(excel, 0, draft);
    assert_string_equal(four->subject, "For J\xc3\xb6");
}

static void what_is_missing_is_said_before_anything_goes(void **state)
{
    (void)state;
    g_autoptr(draft) draft = letter();
    g_autoptr(merge) people = table("name,email\nAda,ada@x.test\nBob,not an address\n"), names = table("name\nAda\n");
    GError *why = NULL;
    put(&draft->body, "{{nmae}}\n");
    assert_false(merge_check(people, draft, &why));
    assert_non_null(strstr(why->message, "{{nmae}}"));
    g_clear_error(&why);
    put(&draft->body, "{{name}}\n");
    assert_false(merge_check(people, draft, &why));
    assert_non_null(strstr(why->message, "Row 3"));
    g_clear_error(&why);
    assert_false(merge_check(names, draft, NULL));
    /* a value cannot bring more people or fields with it */
    g_autoptr(merge) trick = table("name,email\n\"x\nBcc: eve@x.test\",ada@x.test\n");
    put(&draft->subject, "{{name}}");
    g_autoptr(draft) one = merge_draft(trick, 0, draft);
    assert_null(strpbrk(one->subject, "\r\n"));
}

/* "Eve <eve@x.test>" in the column of names is a name, and no second recipient. */
static void a_name_stays_a_name(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        { "{{name}} <{{mail}}>", "\"Doe, John\"", "\"Doe, John\" <a@x.test>" },
        { "{{name}} <{{mail}}>", "\"Eve <eve@x.test>\"", "\"Eve <eve@x.test>\" <a@x.test>" },
        { "{{name}}<{{mail}}>, b@x.test", "\"b\\c \"\"d\"\"\"", "\"b\\\\c \\\"d\\\"\"<a@x.test>, b@x.test" },
        { "b@x.test; {{name}} jun. <{{mail}}>", "\"A, (B)\"", "b@x.test; \"A, (B)\" jun. <a@x.test>" },
        { "\"{{name}}\" <{{mail}}>", "\"Doe, \"\"J\"\"\"", "\"Doe, \\\"J\\\"\" <a@x.test>" },
        { "{{name}} <{{mail}}>", "\"\"\"Doe, John\"\"\"", "\"Doe, John\" <a@x.test>" },
        { "{{name}} <{{mail}}>", "J\xc3\xb6rg", "J\xc3\xb6rg <a@x.test>" },
        { "{{mail}}, <{{mail}}>", "x", "a@x.test, <a@x.test>" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf("name,mail\n%s,a@x.test\n", cases[i][1]);
        g_autoptr(merge) self = table(text);
        g_autoptr(draft) draft = letter();
        put(&draft->to, cases[i][0]);
        g_autoptr(draft) one = merge_draft(self, 0, draft);
        assert_string_equal(one->to, cases[i][2]);
    }
}

static void each_row_goes_once_also_when_it_is_begun_anew(void **state)
{
    struct fixture *self = *state;
    g_autoptr(merge) people = table("name,email\nAda,ada@x.test\nBob,bob@x.test\nEve,eve@x.test\n");
    g_autoptr(draft) draft = letter();
    g_autoptr(GError) error = NULL;
    guint count = 0;
    put(&draft->account_id, "work");
    put(&draft->subject, "Hello {{name}}");
    put(&draft->body, "Dear {{name}}\n");
    put(&draft->message_id, "base@example.test");
    if (!merge_submit(people, self->db, draft, 10, 30, &count, &error))
        fail_msg("%s", error->message);
    assert_int_equal(count, 3);
    assert_true(merge_submit(people, self->db, draft, 10, 30, &count, &error));
    assert_int_equal(count, 0);
    g_autoptr(GPtrArray) items = outbox_items(self->db, NULL);
    assert_int_equal(items->len, 3);
    int64_t first = ((struct outbox_item *)items->pdata[0])->not_before_utc, last = first;
    for (guint i = 0; i < items->len; i++) {
        const struct outbox_item *item = items->pdata[i];
        assert_int_equal(g_strv_length(item->recipients), 1);
        first = MIN(first, item->not_before_utc);
        last = MAX(last, item->not_before_utc);
    }
    assert_int_equal(last - first, 4); /* 30 a minute */
}

static void a_template_fills_what_is_empty_and_keeps_what_is_there(void **state)
{
    (void)state;
    g_autofree char *directory = g_build_filename(g_getenv("XDG_CONFIG_HOME"), "postern", "templates", NULL),
                    *path = g_build_filename(directory, "thanks", NULL);
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    assert_true(g_file_set_contents(
        path, "Subject: Thanks, {{to.first}}\nCc: team@x.test\nX-Kind: thanks\n\nDear {{to.first}},\n{{what}}\n", -1, NULL));
    g_autoptr(draft) draft = letter();
    put(&draft->to, "\"Lovelace, Ada\" <ada@x.test>");
    put(&draft->cc, "bob@x.test");
    put(&draft->body, "\n-- \nMe\n");
    g_autoptr(GPtrArray) names = template_names();
    assert_int_equal(names->len, 1);
    assert_true(template_apply(draft, "thanks", NULL));
    assert_string_equal(draft->subject, "Thanks, Ada");
    assert_string_equal(draft->cc, "bob@x.test");
    assert_string_equal(draft->from, "Me <me@example.test>");
    assert_string_equal(draft->extra_headers, "X-Kind: thanks\n");
    assert_string_equal(draft->body, "Dear Ada,\n{{what}}\n\n-- \nMe\n");
    assert_false(template_apply(draft, "../postern.conf", NULL));
    assert_false(template_apply(draft, "none", NULL));
    g_unlink(path);
}

static struct compose_attachment *attached(struct draft *draft, const char *name, const char *type, GBytes *bytes /* taken */)
{
    struct compose_attachment *self = g_new0(struct compose_attachment, 1);
    *self = (struct compose_attachment){ .name = g_strdup(name), .type = g_strdup(type), .bytes = bytes };
    g_ptr_array_add(draft->attachments, self);
    return self;
}

static GBytes *picture(int width, int height, const char *type)
{
    g_autoptr(GdkPixbuf) large = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, width, height);
    char *bytes = NULL;
    gsize size = 0;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width * 3; x++)
            gdk_pixbuf_get_pixels(large)[y * gdk_pixbuf_get_rowstride(large) + x] = (guchar)((x * 7 + y * y) & 255);
    assert_true(gdk_pixbuf_save_to_buffer(large, &bytes, &size, type, NULL, NULL));
    return g_bytes_new_take(bytes, size);
}

static void a_photograph_is_made_smaller_and_nothing_else_is(void **state)
{
    (void)state;
    g_autoptr(draft) draft = letter();
    g_autoptr(GError) error = NULL;
    struct compose_attachment *small = NULL, *again = NULL;
    struct compose_attachment *photo = attached(draft, "a.jpg", "image/jpeg", picture(600, 400, "jpeg")),
                              *broken = attached(draft, "b.png", "image/png", g_bytes_new_static("\x89PNG\r\n\x1a\nno image", 16)),
                              *text = attached(draft, "c.txt", "text/plain", g_bytes_new_static("text", 4));
    assert_true(attachment_is_image(photo) && !attachment_is_image(text));
    assert_true(attachment_shrink(photo, 150, NULL, &small, &error));
    assert_true(small != NULL && g_bytes_get_size(small->bytes) < g_bytes_get_size(photo->bytes));
    g_autoptr(GdkPixbufLoader) loader = gdk_pixbuf_loader_new();
    assert_true(gdk_pixbuf_loader_write_bytes(loader, small->bytes, NULL) && gdk_pixbuf_loader_close(loader, NULL));
    assert_int_equal(gdk_pixbuf_get_width(gdk_pixbuf_loader_get_pixbuf(loader)), 150);
    assert_int_equal(gdk_pixbuf_get_height(gdk_pixbuf_loader_get_pixbuf(loader)), 100);
    assert_true(attachment_shrink(small, 150, NULL, &again, &error));
    assert_null(again);
    compose_attachment_free(small);
    assert_false(attachment_shrink(broken, 150, NULL, &small, &error));
    assert_non_null(strstr(error->message, "b.png"));
}

/* A PNG of a few bytes that claims 60 000 x 60 000 pixels. */
static void an_image_that_would_fill_the_memory_is_refused_before_it_is_unpacked(void **state)
{
    (void)state;
    g_autoptr(draft) draft = letter();
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) modest = picture(60, 60, "png");
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(modest, &size);
    guint8 *huge = g_memdup2(data, size);
    const guint8 claim[] = { 0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60, 8, 2, 0, 0, 0, 0, 0, 0, 0 };
    memcpy(huge + 16, claim, sizeof claim);
    uLong check = crc32(crc32(0, NULL, 0), huge + 12, 17);
    for (int i = 0; i < 4; i++)
        huge[29 + i] = (guint8)(check >> (24 - 8 * i));
    struct compose_attachment *bomb = attached(draft, "bomb.png", "image/png", g_bytes_new_take(huge, size)), *small = NULL,
                              *moving = attached(draft, "a.svg.png", "image/png", g_bytes_new_static("<svg xmlns='x'/>", 16));
    assert_false(attachment_shrink(bomb, 150, NULL, &small, &error));
    assert_non_null(strstr(error->message, "too large"));
    g_clear_error(&error);
    assert_false(attachment_shrink(moving, 150, NULL, &small, &error)); /* by its content, not by its name */
    assert_non_null(strstr(error->message, "no image"));
}

static void an_image_nobody_wants_smaller_any_more_is_given_up(void **state)
{
    (void)state;
    g_autoptr(draft) draft = letter();
    g_autoptr(GError) error = NULL;
    atomic_bool is_unwanted = true;
    struct compose_attachment *photo = attached(draft, "a.jpg", "image/jpeg", picture(600, 400, "jpeg")), *small = NULL;
    assert_false(attachment_shrink(photo, 150, &is_unwanted, &small, &error));
    assert_non_null(strstr(error->message, "cancelled"));
    assert_null(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_read_as_spreadsheets_write_it),
        cmocka_unit_test(what_is_missing_is_said_before_anything_goes),
        cmocka_unit_test(a_name_stays_a_name),
        cmocka_unit_test_setup_teardown(each_row_goes_once_also_when_it_is_begun_anew, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_template_fills_what_is_empty_and_keeps_what_is_there, fixture_setup, fixture_teardown),
        cmocka_unit_test(a_photograph_is_made_smaller_and_nothing_else_is),
        cmocka_unit_test(an_image_that_would_fill_the_memory_is_refused_before_it_is_unpacked),
        cmocka_unit_test(an_image_nobody_wants_smaller_any_more_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
