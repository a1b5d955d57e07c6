/* SPDX-License-Identifier: MIT */
/* The wizard's live table: who was asked about the domain, and each server as far as it has been tried. */
#include "ui/view_wizard_private.h"
#include "core/language.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { MARGIN = 2, TIGHT_ROWS = 18, WIDE_COLUMNS = 100, CELLS = 5, NARROW_CELL = 2 };

static int columns_of(const struct view_wizard *self)
{
    return canvas_area(self->canvas).columns;
}

static bool is_spoken(const struct view_wizard *self)
{
    return app_settings(self->base.app)->accessible;
}

static int draw_mark(struct view_wizard *self, int row, int column, enum setup_state state)
{
    static const struct {
        int glyph; /* -1: none */
        enum theme_style style;
    } cells[] = {
        [SETUP_WAITING] = { -1, THEME_DIM },   [SETUP_RUNNING] = { GLYPH_BUSY, THEME_PROGRESS },
        [SETUP_OK] = { GLYPH_TICK, THEME_OK }, [SETUP_FAILED] = { GLYPH_CROSS, THEME_ERROR },
        [SETUP_SKIPPED] = { -1, THEME_DIM },
    };
    const char *mark = cells[state].glyph >= 0 ? canvas_glyph((enum glyph)cells[state].glyph) : "-";
    int width = is_spoken(self) ? columns_of(self) / 4 : 2;
    return MAX(canvas_text(self->canvas, row, column, width, cells[state].style, mark) + 1, 2);
}

/* --- who was asked --- */
static int draw_source(struct view_wizard *self, int row, const struct setup_source *source)
{
    const char *said = source->state == SETUP_RUNNING ? _("being asked ...") : source->words;
    int from = MARGIN + draw_mark(self, row, MARGIN, source->state);
    int columns = columns_of(self), words = from + CLAMP(columns * 2 / 5, 20, 44);
    canvas_text(self->canvas, row, from, words - from - 1, THEME_NORMAL, source->name);
    canvas_text(self->canvas, row, words, MAX(columns - words - MARGIN, 0), THEME_DIM, said);
    return row + 1;
}

static int draw_sources(struct view_wizard *self, int row, int end)
{
    g_autoptr(GPtrArray) sources = setup_sources(self->setup);
    if (self->step != STEP_FIND || sources->len == 0 || end - row < TIGHT_ROWS - 6)
        return row;
    for (guint i = 0; i < sources->len && row < end; i++)
        row = draw_source(self, row, g_ptr_array_index(sources, i));
    return row + 1;
}

/* --- servers --- */
/* Where the columns of the table stand. */
struct table {
    int host, security, words;
    int cells[CELLS + 1]; /* the last one is where they end */
};

static struct table table_of(const struct view_wizard *self)
{
    static const int widths[CELLS] = { 9, 10, 13, 10, 11 };
    bool is_wide = columns_of(self) >= WIDE_COLUMNS;
    struct table table = { .host = MARGIN + 6 };
    table.security = table.host + CLAMP(columns_of(self) / (is_wide ? 4 : 3), 16, 40) + 1;
    table.cells[0] = table.security + 9;
    for (int i = 0; i < CELLS; i++)
        table.cells[i + 1] = table.cells[i] + (is_wide ? widths[i] : NARROW_CELL);
    table.words = table.cells[CELLS] + (is_wide ? 0 : 1);
    return table;
}

static char *day_of(int64_t epoch)
{
    g_autoptr(GDateTime) time = epoch != 0 ? g_date_time_new_from_unix_local(epoch) : NULL;
    return time != NULL ? language_date(time, language_day_format()) : g_strdup("");
}

/* What belongs to a cell where there is room. */
static void draw_cell(struct view_wizard *self, int row, int from, int to, enum setup_state state, const char *words)
{
    draw_mark(self, row, from, state);
    if (to - from > NARROW_CELL)
        canvas_text(self->canvas, row, from + 2, to - from - 3, THEME_DIM, words);
}

/* What went wrong, else what it lets people sign in with. */
static const char *words_of(const struct setup_row *server)
{
    bool has_failed = server->connect == SETUP_FAILED || server->secure == SETUP_FAILED || server->certificate == SETUP_FAILED ||
                      server->greet == SETUP_FAILED || server->login == SETUP_FAILED;
    return !has_failed && *server->mechanisms != '\0' ? server->mechanisms : server->words;
}

static const char *const cell_words[CELLS + 1] = { N_("reached"), N_("TLS"),       N_("certificate"),
                                                   N_("greeted"), N_("signed in"), N_("signs in with") };

/* For a screen reader: what has worked and what has not, in words and in order. */
static void draw_spoken(struct view_wizard *self, int row, const struct setup_row *server)
{
    const enum setup_state states[CELLS] = { server->connect, server->secure, server->certificate, server->greet, server->login };
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "%s %s:%u %s", server->protocol, server->host, (unsigned)server->port,
                           account_security_word(server->security));
    for (int i = 0; i < CELLS; i++) {
        if (states[i] == SETUP_OK)
            g_string_append_printf(line, ", %s", _(cell_words[i]));
        else if (states[i] == SETUP_FAILED || states[i] == SETUP_RUNNING)
            g_string_append_printf(line, ", %s %s", _(cell_words[i]), canvas_glyph(states[i] == SETUP_FAILED ? GLYPH_CROSS : GLYPH_BUSY));
    }
    if (*words_of(server) != '\0')
        g_string_append_printf(line, "; %s", words_of(server));
    canvas_text(self->canvas, row, MARGIN, columns_of(self) - 2 * MARGIN, server->is_chosen ? THEME_TITLE : THEME_NORMAL, line->str);
    if (self->step == STEP_PROBE) /* nothing is typed there */
        canvas_cursor(self->canvas, row, MARGIN);
}

static void draw_server(struct view_wizard *self, int row, const struct setup_row *server)
{
    if (is_spoken(self)) {
        draw_spoken(self, row, server);
        return;
    }
    const struct table table = table_of(self);
    enum theme_style style = server->is_chosen ? THEME_TITLE : THEME_NORMAL;
    g_autofree char *host = g_strdup_printf("%s:%u", server->host, (unsigned)server->port), *until = day_of(server->not_after);
    const struct {
        enum setup_state state;
        const char *words;
    } cells[CELLS] = { { server->connect, "" },
                       { server->secure, g_str_has_prefix(server->tls, "TLSv") ? server->tls + 4 : server->tls },
                       { server->certificate, until },
                       { server->greet, "" },
                       { server->login, "" } };
    canvas_text(self->canvas, row, MARGIN, 5, style, server->protocol);
    canvas_text(self->canvas, row, table.host, table.security - table.host - 1, style, host);
    canvas_text(self->canvas, row, table.security, 8, THEME_DIM, account_security_word(server->security));
    for (int i = 0; i < CELLS; i++)
        draw_cell(self, row, table.cells[i], table.cells[i + 1], cells[i].state, cells[i].words);
    canvas_text(self->canvas, row, table.words, MAX(columns_of(self) - table.words - MARGIN, 0), THEME_DIM, words_of(server));
}

static int draw_heading(struct view_wizard *self, int row)
{
    const struct table table = table_of(self);
    if (columns_of(self) < WIDE_COLUMNS || is_spoken(self))
        return row;
    for (int i = 0; i <= CELLS; i++) {
        int end = i < CELLS ? table.cells[i + 1] - 1 : columns_of(self) - MARGIN;
        canvas_text(self->canvas, row, table.cells[i], MAX(end - table.cells[i], 0), THEME_DIM, _(cell_words[i]));
    }
    return row + 1;
}

/* What the marks mean where there is no room for a heading. */
static void draw_legend(struct view_wizard *self, int row, int end)
{
    if (columns_of(self) < WIDE_COLUMNS && row < end && !is_spoken(self))
        canvas_text(self->canvas, row, MARGIN, columns_of(self) - 2 * MARGIN, THEME_DIM,
                    _("The marks: reached, encrypted, certificate, greeted, signed in."));
}

/* --- which of them --- */
static bool has_failed(const struct setup_row *row)
{
    return row->connect == SETUP_FAILED || row->secure == SETUP_FAILED || row->connect == SETUP_SKIPPED || row->greet == SETUP_FAILED;
}

/* POP3 is of interest only when no IMAP server is left, and the other way round: so the list fits the screen. */
static bool is_hidden(struct view_wizard *self, const GPtrArray *servers, const struct setup_row *row)
{
    bool has_choice = false, is_imap_open = false, has_good = false;
    for (guint i = 0; i < servers->len; i++) {
        const struct setup_row *each = g_ptr_array_index(servers, i);
        has_choice |= each->is_chosen;
        has_good |= each->greet == SETUP_OK && strcmp(each->protocol, row->protocol) == 0;
        is_imap_open |= strcmp(each->protocol, "IMAP") == 0 && !has_failed(each);
    }
    if (self->step == STEP_PROBE && has_choice)
        return !row->is_chosen;
    if (row->is_guess && !row->is_chosen && has_good && has_failed(row)) /* a usual name that is not there, beside one that is */
        return true;
    return row->is_guess && !row->is_chosen && strcmp(row->protocol, is_imap_open ? "POP3" : "IMAP") == 0;
}

/* Where the first servers come from; NULL: from the person, or nothing is known yet. */
static const char *source_words(struct view_wizard *self, const GPtrArray *servers)
{
    const struct setup_row *first = servers->len > 0 ? g_ptr_array_index(servers, 0) : NULL;
    for (guint i = 0; self->step == STEP_PROBE && i < servers->len; i++) {
        const struct setup_row *each = g_ptr_array_index(servers, i);
        first = each->is_chosen ? each : first;
    }
    return first != NULL && !first->is_by_hand ? first->source : NULL;
}

void wizard_draw_table(struct view_wizard *self, int row, int end)
{
    g_autoptr(GPtrArray) servers = setup_rows(self->setup);
    row = draw_sources(self, row, end);
    row = draw_heading(self, row);
    for (guint i = 0; i < servers->len && row < end; i++) {
        if (!is_hidden(self, servers, g_ptr_array_index(servers, i)))
            draw_server(self, row++, g_ptr_array_index(servers, i));
    }
    const char *source = source_words(self, servers);
    g_autofree char *words = source != NULL ? g_strdup_printf(_("Source: %s"), source) : NULL;
    if (words != NULL && row + 1 < end)
        canvas_text(self->canvas, row + 1, MARGIN, columns_of(self) - 2 * MARGIN, THEME_DIM, words);
    draw_legend(self, row + 2, end);
}

/* --- where the password will go --- */
static const struct setup_row *chosen_row(const GPtrArray *servers, bool is_incoming)
{
    for (guint i = 0; i < servers->len; i++) {
        const struct setup_row *row = g_ptr_array_index(servers, i);
        if (row->is_chosen && (strcmp(row->protocol, "SMTP") != 0) == is_incoming)
            return row;
    }
    return NULL;
}

/* "TLSv1.3, certificate valid until 2027-01-01, PLAIN LOGIN": what has been seen of it. Caller frees; "" where nothing has. */
static char *seen_words(const struct setup_row *row)
{
    g_autoptr(GString) words = g_string_new(row != NULL ? row->tls : "");
    g_autofree char *until = day_of(row != NULL ? row->not_after : 0);
    if (*until != '\0') {
        g_string_append(words, words->len > 0 ? ", " : "");
        g_string_append_printf(words, _("certificate valid until %s"), until);
    }
    if (row != NULL && *row->mechanisms != '\0')
        g_string_append_printf(words, "%s%s", words->len > 0 ? ", " : "", row->mechanisms);
    return g_strdup(words->str);
}

int wizard_draw_destination(struct view_wizard *self, int row, int end, const char *label, const struct account_server *server)
{
    enum { LABEL = 13 };
    g_autoptr(GPtrArray) servers = setup_rows(self->setup);
    g_autofree char *seen = seen_words(chosen_row(servers, server == &setup_account(self->setup)->incoming));
    g_autofree char *words = g_strdup_printf("%s:%u (%s)", server->host, (unsigned)server->port, account_security_word(server->security));
    int columns = columns_of(self) - 2 * MARGIN - LABEL;
    if (row >= end)
        return row;
    canvas_text(self->canvas, row, MARGIN, LABEL - 1, THEME_DIM, label);
    canvas_text(self->canvas, row, MARGIN + LABEL, columns, THEME_DIM, words);
    if (*seen != '\0' && end - row > 3)
        canvas_text(self->canvas, ++row, MARGIN + LABEL, columns, THEME_DIM, seen);
    return row + 1;
}
