/* SPDX-License-Identifier: MIT */
/* Records cells, renders them as Markdown and finds them again in README.md; see server_matrix.h. */
#include "tests/servers/server_matrix.h"
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define BLOCK_BEGIN "<!-- matrix: written by the tests (POSTERN_MATRIX=write), not by hand -->\n"
#define BLOCK_END   "<!-- matrix: end -->\n"

static const char *const row_names[MATRIX_ROWS] = {
    [MATRIX_POP3_PLAIN] = "POP3-Plain",
    [MATRIX_POP3_SSL] = "POP3-SSL",
    [MATRIX_POP3_TLS] = "POP3-TLS",
    [MATRIX_IMAP_PLAIN] = "IMAP4-Plain",
    [MATRIX_IMAP_SSL] = "IMAP4-SSL",
    [MATRIX_IMAP_TLS] = "IMAP4-TLS",
    [MATRIX_SMTP_PLAIN] = "SMTP-Plain",
    [MATRIX_SMTP_SSL] = "SMTP-SSL (465)",
    [MATRIX_SUBMISSION_TLS] = "SMTP-SUBMISSION-TLS (587)",
    [MATRIX_SUBMISSION_SSL] = "SMTP-SUBMISSION-SSL (587)",
    [MATRIX_SMTP_TLS] = "SMTP-TLS (25)",
};

/* Two tables, for the width of a page. */
static const char *const columns[] = { "Exchange 2007", "Exchange 2010", "Postfix+Dovecot",   "Google Mail", "Yahoo! Mail",
                                       "Office365.com", "iCloud",        "docker-mailserver", "Cyrus IMAP",  "Courier IMAP/POP",
                                       "GNU mailutils", "Exim",          "OpenSMTPD" };
#define COLUMNS       G_N_ELEMENTS(columns)
#define FIRST_COLUMNS 6

static const struct {
    const char *word, *cell;
} states[] = {
    [MATRIX_UNKNOWN] = { "unknown", "?" },
    [MATRIX_VERIFIED] = { "verified", "**verified**" },
    [MATRIX_PROFILE] = { "profile only", "profile" },
    [MATRIX_NOT_OFFERED] = { "not offered", "–" },
    [MATRIX_SKIPPED] = { "skipped", "?" },
};

static const char legend[] =
    "**verified**: by automated tests, in the real program against the real server; profile: by automated tests against a server that\n"
    "is scripted, or configured, like this one (it cannot run in the tests); –: not offered by that server. Plain is cleartext, SSL is\n"
    "TLS from the first byte, TLS is STARTTLS or STLS, without which nothing is sent. Every port can be chosen.\n";

typedef enum matrix_state matrix_table[COLUMNS][MATRIX_ROWS];
static matrix_table recorded;

static size_t column_index(const char *column)
{
    for (size_t i = 0; i < COLUMNS; i++)
        if (strcmp(columns[i], column) == 0)
            return i;
    g_error("the matrix has no column \"%s\"", column);
}

void matrix_record(const char *column, enum matrix_row row, enum matrix_state state)
{
    recorded[column_index(column)][row] = state;
}

/* --- as Markdown --- */
static void render_table(GString *text, matrix_table table, size_t first, size_t end)
{
    g_string_append(text, "\n| |");
    for (size_t column = first; column < end; column++)
        g_string_append_printf(text, " %s |", columns[column]);
    g_string_append(text, "\n|---|");
    for (size_t column = first; column < end; column++)
        g_string_append(text, "---|");
    for (size_t row = 0; row < MATRIX_ROWS; row++) {
        g_string_append_printf(text, "\n| %s |", row_names[row]);
        for (size_t column = first; column < end; column++)
            g_string_append_printf(text, " %s |", states[table[column][row]].cell);
    }
    g_string_append_c(text, '\n');
}

static char *render_block(matrix_table table)
{
    GString *text = g_string_new(BLOCK_BEGIN);
    g_string_append(text, legend);
    render_table(text, table, 0, FIRST_COLUMNS);
    render_table(text, table, FIRST_COLUMNS, COLUMNS);
    return g_string_free(g_string_append(text, BLOCK_END), FALSE);
}

static enum matrix_state state_of_cell(const char *cell)
{
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (strcmp(states[i].cell, cell) == 0)
            return (enum matrix_state)i;
    return MATRIX_UNKNOWN;
}

static void parse_line(const char *line, matrix_table table, size_t first, size_t end)
{
    g_auto(GStrv) cells = g_strsplit(line, "|", -1);
    size_t row = 0;
    if (g_strv_length(cells) != end - first + 3)
        return;
    while (row < MATRIX_ROWS && strcmp(g_strstrip(cells[1]), row_names[row]) != 0)
        row++;
    for (size_t column = first; row < MATRIX_ROWS && column < end; column++)
        table[column][row] = state_of_cell(g_strstrip(cells[column - first + 2]));
}

/* A line with as many cells as one of the tables has belongs to it: they differ in that. */
static void parse_block(const char *block, matrix_table table)
{
    g_auto(GStrv) lines = g_strsplit(block, "\n", -1);
    G_STATIC_ASSERT(FIRST_COLUMNS != COLUMNS - FIRST_COLUMNS);
    for (char **line = lines; *line != NULL; line++) {
        parse_line(*line, table, 0, FIRST_COLUMNS);
        parse_line(*line, table, FIRST_COLUMNS, COLUMNS);
    }
}

/* --- README.md --- */
struct readme {
    char *path, *text;
    char *begin, *end; /* of the block, in text */
};

static bool find_block(struct readme *self, char **complaint_out)
{
    if (!g_file_get_contents(self->path, &self->text, NULL, NULL))
        return *complaint_out = g_strdup_printf("%s cannot be read", self->path), false;
    self->begin = strstr(self->text, BLOCK_BEGIN);
    self->end = self->begin != NULL ? strstr(self->begin, BLOCK_END) : NULL;
    if (self->end == NULL)
        return *complaint_out = g_strdup_printf("%s has no matrix between its marks", self->path), false;
    self->end += strlen(BLOCK_END);
    return true;
}

static bool is_tried(enum matrix_state state)
{
    return state != MATRIX_UNKNOWN && state != MATRIX_SKIPPED;
}

static char *write_block(struct readme *self)
{
    matrix_table table = { 0 };
    parse_block(self->begin, table);
    for (size_t column = 0; column < COLUMNS; column++)
        for (size_t row = 0; row < MATRIX_ROWS; row++)
            if (is_tried(recorded[column][row]))
                table[column][row] = recorded[column][row];
    g_autofree char *head = g_strndup(self->text, (gsize)(self->begin - self->text)), *block = render_block(table),
                    *text = g_strconcat(head, block, self->end, NULL);
    return g_file_set_contents(self->path, text, -1, NULL) ? NULL : g_strdup_printf("%s cannot be written", self->path);
}

static char *compare_block(const struct readme *self)
{
    GString *complaint = g_string_new(NULL);
    matrix_table table = { 0 };
    g_autofree char *found = g_strndup(self->begin, (gsize)(self->end - self->begin));
    parse_block(found, table);
    g_autofree char *wanted = render_block(table);
    for (size_t column = 0; column < COLUMNS; column++)
        for (size_t row = 0; row < MATRIX_ROWS; row++)
            if (is_tried(recorded[column][row]) && recorded[column][row] != table[column][row])
                g_string_append_printf(complaint, "%s, %s: the tests found \"%s\", README.md says \"%s\"\n", columns[column],
                                       row_names[row], states[recorded[column][row]].word, states[table[column][row]].word);
    if (complaint->len == 0 && strcmp(wanted, found) != 0)
        g_string_append(complaint, "README.md's matrix was changed by hand\n");
    return g_string_free(complaint, complaint->len == 0);
}

/* --- at the end --- */
/* A cell that nobody tried must not stay "verified" in README.md for ever. */
static char *find_gap(void)
{
    for (size_t column = 0; column < COLUMNS; column++) {
        size_t known = 0;
        for (size_t row = 0; row < MATRIX_ROWS; row++)
            known += recorded[column][row] != MATRIX_UNKNOWN;
        for (size_t row = 0; known > 0 && row < MATRIX_ROWS; row++)
            if (recorded[column][row] == MATRIX_UNKNOWN)
                return g_strdup_printf("%s, %s: no test said anything", columns[column], row_names[row]);
    }
    return NULL;
}

static char *write_results(const char *name, const char *program)
{
    g_autofree char *build = g_path_get_dirname(program), *directory = g_build_filename(build, "matrix", NULL),
                    *file = g_strconcat(name, ".tsv", NULL), *path = g_build_filename(directory, file, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t column = 0; column < COLUMNS; column++)
        for (size_t row = 0; row < MATRIX_ROWS; row++)
            if (recorded[column][row] != MATRIX_UNKNOWN)
                g_string_append_printf(text, "%s\t%s\t%s\n", columns[column], row_names[row], states[recorded[column][row]].word);
    return g_mkdir_with_parents(directory, 0755) == 0 && g_file_set_contents(path, text->str, -1, NULL)
               ? NULL
               : g_strdup_printf("%s cannot be written", path);
}

char *matrix_settle(const char *name, const char *tests_directory, const char *program)
{
    char *complaint = find_gap();
    if (complaint == NULL)
        complaint = write_results(name, program);
    if (complaint != NULL)
        return complaint;
    struct readme readme = { .path = g_build_filename(tests_directory, "..", "README.md", NULL) };
    int lock = g_open(tests_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0); /* test programs run side by side */
    (void)flock(lock, LOCK_EX);
    if (find_block(&readme, &complaint))
        complaint = g_strcmp0(g_getenv("POSTERN_MATRIX"), "write") == 0 ? write_block(&readme) : compare_block(&readme);
    close(lock);
    g_free(readme.path);
    g_free(readme.text);
    return complaint;
}
