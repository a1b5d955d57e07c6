/* SPDX-License-Identifier: MIT */
/* What stands above the text of a message: its fields, and what the program itself says of it. */
#include "core/list_unsubscribe.h"
#include "core/message_warning.h"
#include "core/receipt.h"
#include "core/snooze.h"
#include "core/tag.h"
#include "core/when.h"
#include "ui/canvas.h"
#include "ui/date.h"
#include "ui/reader_invitation.h"
#include "ui/reader_seals.h"
#include "ui/reader_text_private.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { FIELD_COLUMNS_MIN = 6, ADDRESSES_MANY = 12, ADDRESSES_SHOWN = 8 };

static bool is_own(const struct reader_wishes *wishes, const char *address)
{
    for (size_t i = 0; wishes->own_addresses != NULL && wishes->own_addresses[i] != NULL; i++)
        if (address != NULL && g_ascii_strcasecmp(wishes->own_addresses[i], address) == 0)
            return true;
    return false;
}

static char *address_words(const struct reader_wishes *wishes, GPtrArray *addresses)
{
    GString *words = g_string_new(NULL);
    guint count = addresses != NULL ? addresses->len : 0, shown = count > ADDRESSES_MANY ? ADDRESSES_SHOWN : count;
    for (guint i = 0; i < shown; i++) {
        const struct message_address *address = g_ptr_array_index(addresses, i);
        bool has_name = address->name != NULL && *address->name != '\0';
        g_string_append(words, i > 0 ? ", " : "");
        if (is_own(wishes, address->address))
            g_string_append(words, _("me"));
        else if (has_name && address->address != NULL && *address->address != '\0')
            g_string_append_printf(words, "%s <%s>", address->name, address->address);
        else
            g_string_append(words, has_name ? address->name : address->address != NULL ? address->address : "");
    }
    if (shown < count)
        g_string_append_printf(words,
                               g_dngettext(GETTEXT_PACKAGE, " … and %u more (h shows all)", " … and %u more (h shows all)", count - shown),
                               count - shown);
    return g_string_free(words, FALSE);
}

int reader_head_columns(void)
{
    const char *const names[] = { _("From"), _("Date"), _("To"), _("Cc"), _("List") };
    int columns = FIELD_COLUMNS_MIN;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        columns = MAX(columns, width_text(names[i]) + 1);
    return columns;
}

static struct reader_line *add_field(struct reader_build *build, const char *name, const char *value, int columns)
{
    if (value == NULL || *value == '\0')
        return NULL;
    int indent = MAX(build->field_columns, width_text(name) + 1);
    struct reader_line *line = reader_add_wrapped(build, THEME_FIELD_VALUE, indent, value, columns);
    if (line == NULL)
        return NULL;
    int pad = indent - width_text(name);
    char *words = g_strdup_printf("%s%*s%s", name, pad, "", line->text);
    g_free(line->text);
    line->text = words;
    line->indent = 0;
    line->prefix = strlen(name) + (size_t)pad; /* each has a direction of its own */
    reader_add_span(line, 0, strlen(name), THEME_FIELD, 0);
    return line;
}

static void add_addresses(struct reader_build *build, const char *name, const message *letter, const char *header, const char *fallback)
{
    g_autoptr(GPtrArray) addresses = letter != NULL ? message_addresses(letter, header) : NULL;
    g_autofree char *words = addresses != NULL ? address_words(build->wishes, addresses) : g_strdup(fallback);
    g_autofree char *calm = words != NULL ? reader_seals_calm(words) : NULL;
    add_field(build, name, calm, build->wishes->columns);
}

/* As the index knows it, before the message itself is here; the same for one that names nobody. */
static char *known_sender(const struct placement *row)
{
    bool has_name = row->from_name != NULL && *row->from_name != '\0',
         has_address = row->from_address != NULL && *row->from_address != '\0';
    if (has_name && has_address)
        return g_strdup_printf("%s <%s>", row->from_name, row->from_address);
    return g_strdup(has_name ? row->from_name : has_address ? row->from_address : _("(nobody)"));
}

static void add_from(struct reader_build *build, const struct placement *row, const message *letter)
{
    g_autofree char *date = date_long(row->date_utc, build->wishes->now_utc);
    g_autoptr(GPtrArray) addresses = letter != NULL ? message_addresses(letter, "From") : NULL;
    g_autofree char *raw = addresses != NULL && addresses->len > 0 ? address_words(build->wishes, addresses) : known_sender(row);
    g_autofree char *words = reader_seals_calm(raw);
    bool is_beside = build->wishes->columns - width_text(date) - 2 > build->field_columns + width_text(words);
    struct reader_line *line = add_field(build, _("From"), words, build->wishes->columns);
    if (line != NULL && is_beside)
        line->right = g_steal_pointer(&date);
    else
        add_field(build, _("Date"), date, build->wishes->columns);
}

static void add_all_headers(struct reader_build *build, const message *letter)
{
    g_auto(GStrv) headers = message_headers(letter);
    for (size_t i = 0; headers != NULL && headers[i] != NULL; i++) {
        const char *colon = strchr(headers[i], ':');
        struct reader_line *line = reader_add_wrapped(build, THEME_FIELD_VALUE, 0, headers[i], build->wishes->columns);
        if (line != NULL && colon != NULL)
            reader_add_span(line, 0, (size_t)(colon - headers[i]) + 1, THEME_FIELD, 0);
    }
}

/* What a person or a rule called it, and when it comes back. */
static void add_tags(struct reader_build *build, const struct placement *row)
{
    g_auto(GStrv) names = tag_list_names(row->keywords);
    int64_t until_utc = snooze_time(row->keywords);
    g_autofree char *tags = g_strjoinv(", ", names);
    struct reader_line *line = add_field(build, _("Tags"), tags, build->wishes->columns);
    if (line != NULL)
        line->style = THEME_TAG;
    if (until_utc <= build->wishes->now_utc || !tag_list_has(row->keywords, "$Snoozed"))
        return;
    g_autofree char *when = when_describe(until_utc, build->wishes->now_utc);
    add_field(build, C_("put off until", "Back"), when, build->wishes->columns);
}

/* That it came by a list which can be left, and how: nobody looks for that among the commands. */
static void add_list(struct reader_build *build, const message *letter)
{
    g_auto(list_unsubscribe) way = { 0 };
    if (*build->wishes->leaving_key == '\0' || letter == NULL || !list_unsubscribe_read(letter, &way))
        return;
    g_autofree char *words = g_strdup_printf(_("%s leaves this mailing list"), build->wishes->leaving_key);
    struct reader_line *line = add_field(build, _("List"), words, build->wishes->columns);
    if (line != NULL)
        line->style = THEME_DIM;
}

/* That its sender wants to know whether it was read: nothing is told unless a person says so. */
static void add_receipt(struct reader_build *build, const struct placement *row, const message *letter)
{
    g_auto(receipt) wish = { 0 };
    if (*build->wishes->receipt_key == '\0' || letter == NULL || !receipt_read(letter, &wish))
        return;
    g_autofree char *who = reader_seals_calm(wish.who);
    g_autofree char *words =
        !receipt_is_told(row->keywords)
            ? g_strdup_printf(_("%s asks to be told that you read this · %s tells it"), who, build->wishes->receipt_key)
        : build->wishes->is_receipt_refused ? g_strdup_printf(_("%s could not be told that you read this: it was refused"), who)
                                            : g_strdup_printf(_("%s was told that you read this"), who);
    reader_add_wrapped(build, THEME_DIM, 0, words, build->wishes->columns);
}

/* Tricks that a person would not see. */
static void add_warnings(struct reader_build *build, const message *letter)
{
    const struct message_trust trust = { build->wishes->own_addresses, build->wishes->checker, build->wishes->is_checker_sure };
    g_autoptr(GPtrArray) warnings = message_warnings(letter, &trust);
    for (guint i = 0; i < warnings->len; i++) {
        g_autofree char *words = g_strdup_printf("%s %s", canvas_glyph(GLYPH_WARNING), (const char *)g_ptr_array_index(warnings, i));
        reader_add_wrapped(build, THEME_WARNING, 0, words, build->wishes->columns);
    }
}

static void add_ours(struct reader_build *build, const char *name, enum theme_style style, enum glyph mark, const char *words)
{
    g_autofree char *marked = g_strdup_printf("%s %s", canvas_glyph(mark), words);
    guint begin = build->lines->len;
    add_field(build, name, marked, build->wishes->columns);
    for (guint i = begin; i < build->lines->len; i++) {
        struct reader_line *line = g_ptr_array_index(build->lines, i);
        line->is_ours = true;
        line->style = style;
    }
}

/* Drawn by us alone: the bar at the left edge is what mail cannot imitate. */
static void add_seals(struct reader_build *build)
{
    static const enum theme_style styles[] = { [SEAL_GOOD] = THEME_OK, [SEAL_DOUBT] = THEME_WARNING, [SEAL_BAD] = THEME_ERROR };
    static const enum glyph marks[] = { [SEAL_GOOD] = GLYPH_TICK, [SEAL_DOUBT] = GLYPH_WARNING, [SEAL_BAD] = GLYPH_CROSS };
    g_autoptr(GPtrArray) rows = build->wishes->crypto != NULL ? reader_seals(build->wishes->crypto) : NULL;
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const struct seal_row *row = g_ptr_array_index(rows, i);
        add_ours(build, row->is_encryption ? _("Encrypted") : _("Signed"), styles[row->look], marks[row->look], row->words);
    }
    if (build->wishes->crypto_notice != NULL)
        add_ours(build, _("Seal"), THEME_PROGRESS, GLYPH_BUSY, build->wishes->crypto_notice);
}

/* What an invitation means for its reader; drawn by us, as the seals are. */
static void add_invitation(struct reader_build *build)
{
    const GPtrArray *rows = build->wishes->invitation;
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const struct invitation_row *row = g_ptr_array_index(rows, i);
        g_autofree char *words = i == 0 ? g_strdup_printf("%s %s", canvas_glyph(GLYPH_CALENDAR), row->words) : g_strdup(row->words);
        guint begin = build->lines->len;
        reader_add_wrapped(build, row->style, i == 0 ? 0 : width_text(canvas_glyph(GLYPH_CALENDAR)) + 1, words, build->wishes->columns);
        for (guint k = begin; k < build->lines->len; k++) {
            struct reader_line *line = g_ptr_array_index(build->lines, k);
            line->is_ours = true;
            line->answers = row->answers;
        }
    }
}

void reader_head_add(struct reader_build *build, const struct placement *row, const message *letter)
{
    const char *within = letter != NULL && message_is_decrypted(letter) ? message_header(letter, "Subject") : NULL;
    const char *given = within != NULL ? within : row->subject;
    g_autofree char *subject = given != NULL && *given != '\0' ? reader_seals_calm(given) : g_strdup(_("(no subject)"));
    if (!build->wishes->is_part)
        reader_add_wrapped(build, THEME_TITLE, 0, subject, build->wishes->columns);
    else if (within != NULL && g_strcmp0(within, row->subject) != 0)
        add_field(build, _("Subject"), subject, build->wishes->columns);
    if (build->wishes->has_all_headers && letter != NULL) {
        add_all_headers(build, letter);
    } else {
        add_from(build, row, letter);
        add_addresses(build, _("To"), letter, "To", row->to);
        add_addresses(build, _("Cc"), letter, "Cc", row->cc);
    }
    add_tags(build, row);
    add_list(build, letter);
    add_receipt(build, row, letter);
    if (letter != NULL)
        add_warnings(build, letter);
    add_seals(build);
    add_invitation(build);
    reader_add(build, THEME_NORMAL, 0, g_strdup(""));
}
