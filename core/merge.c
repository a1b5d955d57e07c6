/* SPDX-License-Identifier: MIT */
/* A table of people, and a message for each. */
#include "core/merge.h"
#include "core/compose_private.h"
#include "core/template.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define TABLE_BYTES_MAX (20u * 1024u * 1024u)
#define COLUMNS_MAX     200

struct merge {
    char **columns;  /* folded */
    GPtrArray *rows; /* of char** with as many values */
};

/* --- the table --- */
/* What stands most often in the first line. */
static char separator_of(const char *text)
{
    static const char candidates[] = ",;\t";
    guint counts[3] = { 0 };
    bool is_quoted = false;
    for (const char *at = text; *at != '\0' && (is_quoted || *at != '\n'); at++) {
        is_quoted = *at == '"' ? !is_quoted : is_quoted;
        const char *found = is_quoted ? NULL : strchr(candidates, *at);
        if (found != NULL)
            counts[found - candidates]++;
    }
    guint best = counts[1] > counts[0] ? 1 : 0;
    return candidates[counts[2] > counts[best] ? 2 : best];
}

/* One value; *at goes to the separator, the line's end or the text's. NULL: a quote without an end. */
static char *read_value(const char **at, char separator)
{
    g_autoptr(GString) value = g_string_new(NULL);
    const char *c = *at;
    bool is_quoted = *c == '"';
    for (c += is_quoted ? 1 : 0; *c != '\0'; c++) {
        if (is_quoted && c[0] == '"' && c[1] == '"')
            c++;
        else if (is_quoted && *c == '"') {
            is_quoted = false;
            continue;
        } else if (!is_quoted && (*c == separator || *c == '\n'))
            break;
        g_string_append_c(value, *c);
    }
    *at = c;
    return is_quoted ? NULL : g_strstrip(g_strdup(value->str));
}

/* NULL: a quote without an end. */
static char **read_row(const char **at, char separator)
{
    g_autoptr(GStrvBuilder) values = g_strv_builder_new();
    for (guint i = 0; i < COLUMNS_MAX; i++) {
        g_autofree char *value = read_value(at, separator);
        if (value == NULL)
            return NULL;
        g_strv_builder_add(values, value);
        if (**at != separator)
            break;
        ++*at;
    }
    *at += strcspn(*at, "\n");
    *at += **at == '\n' ? 1 : 0;
    return g_strv_builder_end(values);
}

static bool is_blank(char **row)
{
    for (; *row != NULL; row++)
        if (**row != '\0')
            return false;
    return true;
}

static char **padded(char **row /* taken */, guint count)
{
    g_auto(GStrv) old = row;
    char **values = g_new0(char *, count + 1);
    for (guint i = 0; i < count; i++)
        values[i] = g_strdup(i < g_strv_length(old) ? old[i] : "");
    return values;
}

static bool fail(GError **error, const char *words)
{
    g_set_error_literal(error, MESSAGE_ERROR, MESSAGE_ERROR_READ, words);
    return false;
}

/* A value with an unquoted separator in it ("1,50") would push all behind it into the next column. */
static bool is_too_long(char **row, guint columns)
{
    return g_strv_length(row) > columns && !is_blank(row + columns);
}

static bool read_rows(merge *self, const char *at, char separator, GError **error)
{
    while (*at != '\0') {
        g_auto(GStrv) row = read_row(&at, separator);
        if (row == NULL)
            return fail(error, _("The table ends inside of quotation marks."));
        if (is_blank(row))
            continue;
        if (self->rows->len >= MERGE_ROWS_MAX)
            return fail(error, _("The table has too many rows for one merge: at most 10000."));
        if (is_too_long(row, g_strv_length(self->columns))) {
            g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_READ, _("Row %u of the table: %s"), self->rows->len + 2,
                        _("there are more values than columns; what has a comma or semicolon in it needs quotation marks."));
            return false;
        }
        g_ptr_array_add(self->rows, padded(g_steal_pointer(&row), g_strv_length(self->columns)));
    }
    return self->rows->len > 0 || fail(error, _("The table has no rows below the names of its columns."));
}

static void free_row(gpointer row)
{
    g_strfreev(row);
}

static char *folded(const char *name)
{
    g_autofree char *small = g_utf8_strdown(name, -1);
    return g_strstrip(g_strdup(small));
}

merge *merge_new(const char *text, size_t length, GError **error)
{
    static const char mark[] = "\xef\xbb\xbf";
    bool is_wide = length >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0); /* Excel's "Unicode text" */
    bool is_utf8 = !is_wide && g_utf8_validate(text, (gssize)length, NULL);
    g_autofree char *copy =
        is_utf8 ? g_strndup(text, length) : g_convert(text, (gssize)length, "UTF-8", is_wide ? "UTF-16" : "ISO-8859-1", NULL, NULL, NULL);
    if (copy == NULL || strlen(copy) < (is_utf8 ? length : 0)) {
        fail(error, _("This is no table of text."));
        return NULL;
    }
    g_auto(GStrv) lines = g_strsplit(copy, "\r\n", -1);
    g_autofree char *joined = g_strjoinv("\n", lines);
    const char *at = g_str_has_prefix(joined, mark) ? joined + strlen(mark) : joined;
    char separator = separator_of(at);
    g_autoptr(merge) self = g_new0(merge, 1);
    self->rows = g_ptr_array_new_with_free_func(free_row);
    self->columns = read_row(&at, separator);
    if (self->columns == NULL || is_blank(self->columns)) {
        fail(error, _("The first row of the table must have the names of the columns."));
        return NULL;
    }
    for (char **column = self->columns; *column != NULL; column++) {
        char *small = folded(*column);
        g_free(*column);
        *column = small;
    }
    return read_rows(self, at, separator, error) ? g_steal_pointer(&self) : NULL;
}

merge *merge_load(const char *path, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &bytes, &length, error))
        return NULL;
    if (length > TABLE_BYTES_MAX) {
        fail(error, _("The table is too large for one merge."));
        return NULL;
    }
    return merge_new(bytes, length, error);
}

void merge_free(merge *self)
{
    if (self == NULL)
        return;
    g_strfreev(self->columns);
    g_ptr_array_unref(self->rows);
    g_free(self);
}

guint merge_count(const merge *self)
{
    return self->rows->len;
}

/* --- messages --- */
struct place {
    const merge *table;
    char **row;
};

static int column_of(const merge *self, const char *name)
{
    g_autofree char *wanted = folded(name);
    for (int i = 0; self->columns[i] != NULL; i++)
        if (strcmp(self->columns[i], wanted) == 0)
            return i;
    return -1;
}

static char *value_in_row(const char *name, void *data)
{
    const struct place *place = data;
    int column = column_of(place->table, name);
    return column >= 0 ? g_strdup(place->row[column]) : NULL;
}

static int address_column(const merge *self)
{
    static const char *const names[] = { "to", "email", "e-mail", "mail", "address" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (column_of(self, names[i]) >= 0)
            return column_of(self, names[i]);
    return -1;
}

/* A value of the table is one line in a field: no further field comes in with it, and with a name no further recipient. */
static void fill_field(char **field, const struct place *place, bool is_people)
{
    const char *text = *field != NULL ? *field : "";
    char *filled = (is_people ? template_fill_people : template_fill)(text, value_in_row, (void *)place);
    compose_set(field, g_strdelimit(filled, "\r\n\t", ' '));
}

static char *address_of(const merge *self, guint row)
{
    int column = address_column(self), name = column_of(self, "name");
    char **values = g_ptr_array_index(self->rows, row);
    if (column < 0)
        return g_strdup("");
    bool has_name = name >= 0 && *values[name] != '\0' && strchr(values[column], '<') == NULL;
    return has_name ? compose_mailbox(values[name], values[column]) : g_strdup(values[column]);
}

struct draft *merge_draft(const merge *self, guint row, const struct draft *draft)
{
    struct account nobody = { 0 };
    struct draft *one = draft_new(&nobody);
    const struct place place = { self, g_ptr_array_index(self->rows, row) };
    compose_set(&one->account_id, g_strdup(draft->account_id));
    compose_set(&one->from, g_strdup(draft->from));
    compose_set(&one->to, *draft->to != '\0' ? g_strdup(draft->to) : address_of(self, row));
    compose_set(&one->cc, g_strdup(draft->cc));
    compose_set(&one->bcc, g_strdup(draft->bcc));
    compose_set(&one->reply_to, g_strdup(draft->reply_to));
    compose_set(&one->subject, g_strdup(draft->subject));
    compose_set(&one->extra_headers, g_strdup(draft->extra_headers));
    compose_set(&one->charset, g_strdup(draft->charset));
    char **people[] = { &one->to, &one->cc, &one->bcc };
    for (size_t i = 0; i < G_N_ELEMENTS(people); i++)
        fill_field(people[i], &place, true);
    fill_field(&one->subject, &place, false);
    compose_set(&one->body, template_fill(draft->body, value_in_row, (void *)&place));
    template_fill_draft(one);
    one->is_flowed = draft->is_flowed;
    one->is_markdown = draft->is_markdown;
    for (guint i = 0; i < draft->attachments->len; i++)
        g_ptr_array_add(one->attachments, compose_attachment_copy(draft->attachments->pdata[i]));
    return one;
}

static bool is_draft_place(const char *name)
{
    return g_str_has_prefix(name, "to.") || g_str_has_prefix(name, "from.") || strcmp(name, "date") == 0 || strcmp(name, "subject") == 0;
}

static bool check_places(const merge *self, const struct draft *draft, GError **error)
{
    g_autofree char *all = g_strjoin("\n", draft->to, draft->cc, draft->bcc, draft->subject, draft->body, NULL);
    g_autoptr(GPtrArray) places = template_places(all);
    for (guint i = 0; i < places->len; i++) {
        const char *name = places->pdata[i];
        if (column_of(self, name) >= 0 || is_draft_place(name))
            continue;
        g_autofree char *known = g_strjoinv(", ", self->columns);
        g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("The table has no column for {{%s}}. It has: %s."), name, known);
        return false;
    }
    return true;
}

bool merge_check(const merge *self, const struct draft *draft, GError **error)
{
    if (!check_places(self, draft, error))
        return false;
    if (*draft->to == '\0' && address_column(self) < 0)
        return fail(error, _("To whom? Write {{the column}} into To, or call a column email."));
    for (guint i = 0; i < self->rows->len; i++) {
        g_autoptr(GError) why = NULL;
        g_autoptr(draft) one = merge_draft(self, i, draft);
        if (compose_check(one, &why))
            continue;
        g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("Row %u of the table: %s"), i + 2, why->message);
        return false;
    }
    return true;
}
