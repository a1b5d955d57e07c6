/* SPDX-License-Identifier: MIT */
/* Nasty messages written, built, and read again by GMime itself: what arrives is what was written, and every byte on the way is legal. */
#include "core/compose.h"
#include <gmime/gmime.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { ROUNDS = 400, LINE_MAX_BYTES = 998 };

/* --- random drafts: the seed is in every complaint --- */
static GRand *dice;
static guint32 seed;
static GBytes *built; /* what a complaint is about */

static guint roll(guint sides)
{
    return (guint)g_rand_int_range(dice, 0, (gint32)sides);
}

static const char *pick(const char *const *words, size_t count)
{
    return words[roll((guint)count)];
}

#define LONG_NAME "Very Long Name Of A Person Who Has Every Name There Is In The World And Then One More So That The Line Must Fold"
static const char *const names[] = { "Ada Lovelace",
                                     "M\xc3\xbcller, J\xc3\xb6rg",
                                     "田中 花子",
                                     "O'Hara \"Red\" Back\\slash",
                                     "a.b (c) <d> @",
                                     "",
                                     "\xc5\x81ukasz",
                                     "O'Brien; Sons",
                                     "Zo\xc3\xab",
                                     "x, y; z: \xf0\x9f\x8e\x89 w",
                                     "  ",
                                     LONG_NAME,
                                     "مرحبا",
                                     "\xc3\xa9",
                                     "caf\xc3\xa9 \xe2\x82\xac" };
static const char *const locals[] = { "ada", "a.b",  "x+y=z", "o'hara", "very.long.local.part.of.an.address.which.goes.on.and.on",
                                      "0",   "A-B_c" };
static const char *const domains[] = { "example.test", "xn--bcher-kva.example", "a.b.c.d.e.example.test", "EXAMPLE.test" };
static const char *const lines[] = { "",
                                     "Hello,",
                                     ">>> quoted thrice",
                                     "> > with blanks",
                                     "From the beginning of a line",
                                     ".",
                                     "..",
                                     "-- ",
                                     "trailing blanks   ",
                                     "\ttab",
                                     "=3D =20 = not quoted-printable",
                                     "gr\xc3\xbc\xc3\x9f dich",
                                     "会議の議事録",
                                     "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80",
                                     "a\xcc\x8a combining",
                                     "--",
                                     "--boundary",
                                     " leading blank",
                                     "Subject: not a header",
                                     "\x1b[31mred\x1b[m",
                                     "\x0c" };

struct person {
    char *name, *address;
};

static void person_free(gpointer data)
{
    struct person *self = data;
    g_free(self->name);
    g_free(self->address);
    g_free(self);
}

/* As a person types it: quoted where it must be. */
static char *typed(const struct person *person)
{
    g_autofree char *stripped = g_strstrip(g_strdup(person->name));
    if (*stripped == '\0')
        return g_strdup(person->address);
    g_autoptr(GString) quoted = g_string_new("\"");
    for (const char *c = stripped; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_c(quoted, '\\');
        g_string_append_c(quoted, *c);
    }
    return g_strdup_printf("%s\" <%s>", quoted->str, person->address);
}

static GPtrArray *random_people(guint at_least, guint at_most, guint *serial)
{
    GPtrArray *people = g_ptr_array_new_with_free_func(person_free);
    guint count = at_least + roll(at_most - at_least + 1);
    for (guint i = 0; i < count; i++) {
        struct person *one = g_new0(struct person, 1);
        one->name = g_strdup(pick(names, G_N_ELEMENTS(names)));
        one->address = g_strdup_printf("%s%u@%s", pick(locals, G_N_ELEMENTS(locals)), (*serial)++, pick(domains, G_N_ELEMENTS(domains)));
        g_ptr_array_add(people, one);
    }
    return people;
}

static char *field_of(const GPtrArray *people)
{
    g_autoptr(GString) field = g_string_new(NULL);
    for (guint i = 0; i < people->len; i++) {
        g_autofree char *one = typed(people->pdata[i]);
        g_string_append_printf(field, "%s%s", i > 0 ? (roll(2) ? ", " : ",") : "", one);
    }
    return g_strdup(field->str);
}

static char *random_text(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint count = roll(30);
    for (guint i = 0; i < count; i++) {
        guint repeats = roll(12) == 0 ? 1 + roll(200) : 1;
        const char *line = pick(lines, G_N_ELEMENTS(lines));
        for (guint k = 0; k < repeats; k++)
            g_string_append(text, line);
        g_string_append_c(text, '\n');
    }
    return g_strdup(text->str);
}

static char *random_subject(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint count = roll(8);
    for (guint i = 0; i < count; i++) {
        const char *word = pick(roll(2) ? names : lines, roll(2) ? 12 : 6);
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", word);
    }
    g_strstrip(text->str);
    return g_strdup(text->str);
}

static const char long_file[] =
    "a very long file name with many many words in it so that the parameter must be continued in the next line of the header "
    "\xc3\xa4\xc3\xb6\xc3\xbc and once more.tar.gz";
static const char *const file_names[] = { "plain.txt",         "Łódź – \"Rechnung\" 50%.pdf",
                                          "会議の議事録.docx", "semi;colon=equals.bin",
                                          long_file,           "caf\xc3\xa9.txt",
                                          "back\\slash.txt",   "noending",
                                          "%41%20.txt",        "'quotes'.csv" };

static void add_attachment(struct draft *draft)
{
    struct compose_attachment *one = g_new0(struct compose_attachment, 1);
    gsize size = roll(4) == 0 ? 0 : roll(5000);
    guint8 *bytes = g_malloc(size + 1);
    guint alphabet = roll(3);
    for (gsize i = 0; i < size; i++)
        bytes[i] = alphabet == 0 ? (guint8)roll(256) : alphabet == 1 ? (guint8) "\r\n. -"[roll(5)] : (guint8)('a' + roll(26));
    one->name = g_strdup(pick(file_names, G_N_ELEMENTS(file_names)));
    one->type =
        g_strdup(((const char *const[]){ "text/plain", "application/pdf", "application/octet-stream", "text/html", "image/png" })[roll(5)]);
    one->bytes = g_bytes_new_take(bytes, size);
    g_ptr_array_add(draft->attachments, one);
}

struct letter {
    struct draft *draft;
    GPtrArray *from, *to, *cc, *bcc; /* of struct person* */
};

static struct letter letter_new(void)
{
    guint serial = 0;
    struct account *owner = account_new("me");
    owner->from_address = g_strdup("me@example.test");
    struct letter self = { draft_new(owner), random_people(1, 1, &serial), random_people(1, 6, &serial), random_people(0, 3, &serial),
                           random_people(0, 2, &serial) };
    account_free(owner);
    char **fields[] = { &self.draft->from, &self.draft->to, &self.draft->cc, &self.draft->bcc };
    GPtrArray *people[] = { self.from, self.to, self.cc, self.bcc };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_free(*fields[i]);
        *fields[i] = field_of(people[i]);
    }
    g_free(self.draft->subject);
    self.draft->subject = random_subject();
    g_free(self.draft->body);
    self.draft->body = random_text();
    for (guint i = roll(4); i > 0; i--)
        add_attachment(self.draft);
    return self;
}

static void letter_clear(struct letter *self)
{
    draft_free(self->draft);
    g_ptr_array_unref(self->from);
    g_ptr_array_unref(self->to);
    g_ptr_array_unref(self->cc);
    g_ptr_array_unref(self->bcc);
}

/* --- what must hold of the bytes --- */
#define hold(condition, ...)                                                                                                               \
    do {                                                                                                                                   \
        if (!(condition)) {                                                                                                                \
            print_error("seed %u:\n%.1500s\n", seed, built != NULL ? (const char *)g_bytes_get_data(built, NULL) : "");                    \
            fail_msg(__VA_ARGS__);                                                                                                         \
        }                                                                                                                                  \
    } while (0)

static void check_bytes(GBytes *bytes)
{
    gsize size = 0, line = 0;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    for (gsize i = 0; i < size; i++) {
        hold(data[i] != '\0' && data[i] < 0x80, "byte %u at %zu", data[i], i);
        hold(data[i] != '\r' || (i + 1 < size && data[i + 1] == '\n'), "a lone CR at %zu", i);
        line = data[i] == '\n' ? 0 : line + 1;
        hold(line <= LINE_MAX_BYTES, "a line of more than 998 bytes at %zu", i);
    }
}

static void check_header(GBytes *bytes)
{
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    g_autofree char *text = g_strndup(data, size), *lower = g_ascii_strdown(text, -1);
    char *end = strstr(text, "\n\n");
    hold(end != NULL, "no end of the header");
    *end = '\0';
    g_auto(GStrv) rows = g_strsplit(text, "\n", -1);
    for (char **row = rows; *row != NULL; row++) {
        g_autofree char *stripped = g_strstrip(g_strdup(*row));
        hold(*stripped != '\0', "a header line of blanks only");
        hold(strlen(*row) <= 200, "a header line of %zu bytes: %s", strlen(*row), *row);
        for (const char *c = *row; *c != '\0'; c++)
            hold(*c == '\t' || ((guchar)*c >= 0x20 && (guchar)*c < 0x7f), "a control character in the header: %s", *row);
    }
    hold(strstr(lower, "iso-8859") == NULL, "another charset than UTF-8:\n%s", text);
    hold(strstr(lower, "\nbcc:") == NULL, "Bcc leaked");
}

/* --- what must be read again --- */
static char *squeezed(const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text != NULL ? text : "", " \t\n", -1); /* a folded name is still the same name */
    g_autoptr(GString) out = g_string_new(NULL);
    for (char **word = words; *word != NULL; word++)
        if (**word != '\0')
            g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", *word);
    return g_strdup(out->str);
}

static void check_people(const char *which, InternetAddressList *list, const GPtrArray *people)
{
    guint count = list != NULL ? (guint)internet_address_list_length(list) : 0;
    hold(count == people->len, "%s: %u people instead of %u", which, count, people->len);
    for (guint i = 0; i < count; i++) {
        InternetAddress *got = internet_address_list_get_address(list, (int)i);
        const struct person *want = people->pdata[i];
        g_autofree char *name = squeezed(want->name), *got_name = squeezed(internet_address_get_name(got));
        hold(strcmp(internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(got)), want->address) == 0, "%s: %s became %s", which,
             want->address, internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(got)));
        hold(strcmp(got_name, name) == 0, "%s: the name “%s” became “%s”", which, name, got_name);
    }
}

static GBytes *content_of(GMimeObject *part)
{
    GMimeStream *stream = g_mime_stream_mem_new();
    g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(part)), stream);
    GByteArray *array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    GBytes *bytes = g_bytes_new(array->data, array->len);
    g_object_unref(stream);
    return bytes;
}

static void check_text(GMimeObject *part, const char *body)
{
    g_autoptr(GBytes) got = content_of(part);
    const char *charset = g_mime_object_get_content_type_parameter(part, "charset");
    hold(charset != NULL && (strcmp(charset, "utf-8") == 0 || (strcmp(charset, "us-ascii") == 0 && g_str_is_ascii(body))),
         "the text's charset is %s", charset != NULL ? charset : "not said");
    g_autofree char *want = g_str_has_suffix(body, "\n") ? g_strdup(body) : g_strconcat(body, "\n", NULL);
    hold(g_bytes_get_size(got) == strlen(want) && memcmp(g_bytes_get_data(got, NULL), want, strlen(want)) == 0,
         "the text is another:\n%s\n---\n%.*s", want, (int)g_bytes_get_size(got), (const char *)g_bytes_get_data(got, NULL));
}

static void check_attachment(GMimeObject *part, const struct compose_attachment *want)
{
    g_autoptr(GBytes) got = content_of(part);
    const char *name = g_mime_part_get_filename(GMIME_PART(part));
    hold(g_bytes_equal(got, want->bytes), "an attachment of %zu bytes became %zu", g_bytes_get_size(want->bytes), g_bytes_get_size(got));
    hold(g_strcmp0(name, want->name) == 0, "the file %s became %s", want->name, name);
}

static GMimeMessage *parse(GBytes *bytes)
{
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(data, size);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    return message;
}

static void check_letter(GBytes *bytes, const struct letter *want)
{
    const struct draft *draft = want->draft;
    GMimeMessage *got = parse(bytes);
    hold(got != NULL, "it is no message");
    check_people("From", g_mime_message_get_from(got), want->from);
    check_people("To", g_mime_message_get_to(got), want->to);
    check_people("Cc", g_mime_message_get_cc(got), want->cc);
    g_autofree char *subject = squeezed(g_mime_message_get_subject(got)), *wanted = squeezed(draft->subject);
    hold(strcmp(subject, wanted) == 0, "the subject “%s” became “%s”", wanted, subject);
    GMimeObject *root = g_mime_message_get_mime_part(got);
    guint attachments = draft->attachments->len;
    if (attachments == 0) {
        check_text(root, draft->body);
    } else {
        hold(GMIME_IS_MULTIPART(root), "attachments need a multipart");
        hold((guint)g_mime_multipart_get_count(GMIME_MULTIPART(root)) == attachments + 1, "the number of parts is wrong");
        check_text(g_mime_multipart_get_part(GMIME_MULTIPART(root), 0), draft->body);
        for (guint i = 0; i < attachments; i++)
            check_attachment(g_mime_multipart_get_part(GMIME_MULTIPART(root), (int)i + 1), draft->attachments->pdata[i]);
    }
    g_object_unref(got);
}

static void each_letter(void (*check)(struct letter *letter))
{
    const char *wish = g_getenv("POSTERN_SEED");
    guint32 first = wish != NULL ? (guint32)g_ascii_strtoull(wish, NULL, 10) : 1, last = wish != NULL ? first : ROUNDS;
    for (seed = first; seed <= last; seed++) {
        dice = g_rand_new_with_seed(seed);
        struct letter letter = letter_new();
        check(&letter);
        built = NULL;
        letter_clear(&letter);
        g_rand_free(dice);
    }
}

/* As a whole address: 7@x is not in 17@x. */
static bool is_named(GBytes *bytes, const char *address)
{
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size), *at = data;
    while ((at = memmem(at, size - (gsize)(at - data), address, strlen(address))) != NULL) {
        if (at == data || (!g_ascii_isalnum(at[-1]) && strchr(".+='-_", at[-1]) == NULL))
            return true;
        at++;
    }
    return false;
}

static void check_built(struct letter *letter)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    built = NULL;
    hold(compose_build(letter->draft, &bytes, &sender, &recipients, &error), "%s", error->message);
    hold(g_strv_length(recipients) == letter->to->len + letter->cc->len + letter->bcc->len, "a recipient is missing");
    for (guint i = 0; i < letter->bcc->len; i++) {
        const struct person *hidden = letter->bcc->pdata[i];
        hold(g_strv_contains((const char *const *)recipients, hidden->address), "%s is not in the envelope", hidden->address);
        hold(!is_named(bytes, hidden->address), "%s was to be hidden", hidden->address);
    }
    built = bytes;
    check_bytes(bytes);
    check_header(bytes);
    check_letter(bytes, letter);
}

static void what_arrives_is_what_was_written(void **state)
{
    (void)state;
    each_letter(check_built);
}

/* --- drafts --- */
static void check_kept(struct letter *letter)
{
    g_autoptr(GError) error = NULL;
    struct account *owner = account_new("me");
    owner->from_address = g_strdup("me@example.test");
    g_autoptr(GBytes) bytes = compose_build_draft(letter->draft, true);
    built = bytes;
    check_bytes(bytes);
    g_autoptr(message) kept = message_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    g_autoptr(draft) again = compose_start(COMPOSE_EDIT, owner, kept, NULL, &error);
    hold(again != NULL, "%s", error->message);
    if (again == NULL)
        return;
    g_autofree char *ended = g_strconcat(letter->draft->body, "\n", NULL);
    hold(strcmp(again->body, letter->draft->body) == 0 || strcmp(again->body, ended) == 0, "the text of the draft is another:\n%s\n---\n%s",
         letter->draft->body, again->body);
    struct letter second = { again, letter->from, letter->to, letter->cc, letter->bcc };
    check_built(&second);
    account_free(owner);
}

static void a_draft_goes_on_as_it_was_left(void **state)
{
    (void)state;
    each_letter(check_kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_arrives_is_what_was_written),
        cmocka_unit_test(a_draft_goes_on_as_it_was_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
