/* SPDX-License-Identifier: MIT */
/* How the wizard looks, from 160×50 down to 60×15: what matters now is never below the edge. */
#include "core/store_folder.h"
#include "core/language.h"
#include "ui/view_wizard_private.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { MARGIN = 2, TIGHT_ROWS = 18, TEXT_COLUMNS = 96 };
#define HINT_GAP "   "

static const struct {
    const char *title, *words, *hints;
} steps[] = {
    [STEP_WHO] = { N_("Welcome to postern: your account"), N_("Who are you? The rest is found out for you where that is possible."),
                   N_("Enter goes on   Tab next line   Ctrl-D only look around with a demo account   Esc leaves") },
    [STEP_FIND] = { N_("Looking for your servers"), N_("Each line is a server that is being asked."),
                    N_("Esc back   Ctrl-S servers by hand") },
    [STEP_SERVERS] = { N_("Servers by hand"), N_("Your provider or administrator tells these names."),
                       N_("Enter tries them   ← → change a choice   Esc back") },
    [STEP_SIGN_IN] = { N_("Sign in"), NULL, N_("Enter goes on   ← → change a choice   Ctrl-S servers by hand   Esc back") },
    [STEP_PROBE] = { N_("Trying it"), N_("Signing in, listing the folders, and asking the server for sending."), N_("Esc back") },
    [STEP_CERTIFICATE] = { N_("Can this server be trusted?"), NULL,
                           N_("o accept once   p always accept exactly this certificate   Esc back") },
    [STEP_CLEARTEXT] = { N_("This connection is not encrypted"), NULL, N_("s send the password all the same   Esc back") },
    [STEP_SAVE] = { N_("It works"), N_("Enter saves the account."), N_("Enter saves   Esc back") },
    [STEP_SAVING] = { N_("Saving"), N_("If your keyring is locked, it asks for its password in a window of its own."), N_("Esc back") },
};

/* --- text --- */
/* The lines of a text at the width of the screen, of char*. */
static GPtrArray *lines_of(struct view_wizard *self, const char *text)
{
    int columns = MIN(canvas_area(self->canvas).columns - 2 * MARGIN, TEXT_COLUMNS);
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) paragraphs = g_strsplit(text, "\n", -1);
    for (char **each = paragraphs; *each != NULL; each++) {
        g_autoptr(GArray) starts = width_wrap(*each, MAX(columns, 10));
        for (guint i = 0; i < starts->len; i++) {
            size_t start = g_array_index(starts, size_t, i);
            size_t end = i + 1 < starts->len ? g_array_index(starts, size_t, i + 1) : strlen(*each);
            g_ptr_array_add(lines, g_strchomp(g_strndup(*each + start, end - start)));
        }
        if (starts->len == 0)
            g_ptr_array_add(lines, g_strdup(""));
    }
    return lines;
}

static int draw_lines(struct view_wizard *self, int row, int end, enum theme_style style, const GPtrArray *lines, int from)
{
    int columns = canvas_area(self->canvas).columns - 2 * MARGIN;
    for (guint i = (guint)from; i < lines->len && row < end; i++) {
        const char *line = g_ptr_array_index(lines, i);
        canvas_words(self->canvas, row++, MARGIN, MIN(columns, TEXT_COLUMNS), style, line, strlen(line), NULL);
    }
    return row;
}

static int draw_text(struct view_wizard *self, int row, int end, enum theme_style style, const char *text)
{
    g_autoptr(GPtrArray) lines = lines_of(self, text);
    return draw_lines(self, row, end, style, lines, 0);
}

/* A text that may be longer than its room: the arrow keys move it. */
static void draw_scrolled(struct view_wizard *self, int row, int end, const char *text)
{
    g_autoptr(GPtrArray) lines = lines_of(self, text);
    self->lines = (int)lines->len;
    self->room = MAX(end - row, 1);
    self->scroll = CLAMP(self->scroll, 0, MAX(self->lines - self->room, 0));
    draw_lines(self, row, end, THEME_NORMAL, lines, self->scroll);
    if (self->scroll + self->room < self->lines)
        canvas_text_right(self->canvas, end - 1, canvas_area(self->canvas).columns - MARGIN, 8, THEME_HINT_KEY, _("↓ more"));
}

/* Key and word of a hint stay together: it is between the hints, three blanks, that a line ends. */
static GPtrArray *hint_lines(struct view_wizard *self, const char *hints)
{
    int columns = canvas_area(self->canvas).columns - 2 * MARGIN;
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) each = g_strsplit(hints, HINT_GAP, -1);
    for (guint i = 0; each[i] != NULL; i++) {
        char **last = lines->len > 0 ? (char **)&g_ptr_array_index(lines, lines->len - 1) : NULL;
        g_autofree char *longer = last != NULL ? g_strconcat(*last, HINT_GAP, each[i], NULL) : NULL;
        if (longer != NULL && width_text(longer) <= columns) {
            g_free(*last);
            *last = g_steal_pointer(&longer);
        } else {
            g_ptr_array_add(lines, g_strdup(each[i]));
        }
    }
    return lines;
}

static const char *domain_of(const struct view_wizard *self)
{
    const char *at = strrchr(self->typed.address, '@');
    return at != NULL ? at + 1 : "";
}

/* --- questions --- */
static char *day_of(int64_t epoch)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(epoch);
    return time != NULL ? language_date(time, "%x") : g_strdup("?");
}

static void draw_certificate(struct view_wizard *self, int row, int end)
{
    const struct question *asked = self->certificate;
    if (asked == NULL)
        return;
    g_autofree char *from = day_of(asked->not_before), *until = day_of(asked->not_after);
    g_autofree char *text =
        g_strdup_printf(_("%s: %s\nIssued to: %s\nValid for: %s\nIssued by: %s\nValid from %s until %s\nFingerprint: %s\n\nNothing was "
                          "sent yet. If this is your "
                          "own server, compare the fingerprint with the one on it; if you do not know, press Esc and ask whoever runs it."),
                        asked->is_outgoing ? _("Server for sending") : _("Server for reading"), asked->host,
                        asked->subject != NULL ? asked->subject : "", asked->names != NULL ? asked->names : "",
                        asked->issuer != NULL ? asked->issuer : "", from, until, asked->fingerprint != NULL ? asked->fingerprint : "");
    row = draw_text(self, row, end - 3, asked->is_alarm ? THEME_ERROR : THEME_WARNING, asked->reason != NULL ? asked->reason : "");
    draw_scrolled(self, row + (end - row > 14 ? 1 : 0), end, text);
}

static void draw_cleartext(struct view_wizard *self, int row, int end)
{
    const struct account *owner = setup_account(self->setup);
    const struct account_server *server = self->is_fault_outgoing ? &owner->outgoing : &owner->incoming;
    g_autofree char *text = g_strdup_printf(_("%s would get your password over a connection that is not encrypted: everybody on the way "
                                              "can read it, and your mail too. It was not "
                                              "sent.\n\nPress Esc and look for a way with TLS or STARTTLS; ask your provider. Only in a "
                                              "network where you trust every machine, press "
                                              "s: then the account says allow-cleartext-password = true for this server."),
                                            server->host);
    draw_scrolled(self, row, end, text);
}

/* --- the end --- */
static void draw_server_line(struct view_wizard *self, int row, const char *label, const struct account_server *server)
{
    g_autofree char *words =
        server->user != NULL && *server->user != '\0'
            ? g_strdup_printf(_("%s:%u (%s), signed in as %s"), server->host, (unsigned)server->port,
                              account_security_word(server->security), server->user)
            : g_strdup_printf(_("%s:%u (%s), no sign-in"), server->host, (unsigned)server->port, account_security_word(server->security));
    canvas_text(self->canvas, row, 4, 12, THEME_FIELD, label);
    canvas_text(self->canvas, row, 17, canvas_area(self->canvas).columns - 19, THEME_FIELD_VALUE, words);
}

static const char *folder_with(const GPtrArray *folders, enum folder_role role)
{
    for (guint i = 0; i < folders->len; i++) {
        const struct setup_folder *each = g_ptr_array_index(folders, i);
        if (each->role == (int)role)
            return each->name;
    }
    return NULL;
}

static void draw_folders(struct view_wizard *self, int row, int end)
{
    static const struct {
        enum folder_role role;
        const char *name;
    } roles[] = { { FOLDER_INBOX, N_("Inbox") },     { FOLDER_SENT, N_("Sent") }, { FOLDER_DRAFTS, N_("Drafts") },
                  { FOLDER_ARCHIVE, N_("Archive") }, { FOLDER_JUNK, N_("Junk") }, { FOLDER_TRASH, N_("Trash") } };
    g_autoptr(GPtrArray) folders = setup_folders(self->setup);
    int columns = canvas_area(self->canvas).columns;
    bool is_pop3 = setup_account(self->setup)->incoming.protocol == ACCOUNT_PROTOCOL_POP3;
    for (size_t i = 0; i < G_N_ELEMENTS(roles) && row < end; i++, row++) {
        const char *found = folder_with(folders, roles[i].role);
        canvas_text(self->canvas, row, 4, 12, THEME_FIELD, _(roles[i].name));
        canvas_text(self->canvas, row, 17, columns - 19, found != NULL ? THEME_FIELD_VALUE : THEME_DIM,
                    found != NULL ? found
                    : is_pop3     ? _("on this computer")
                                  : _("not found; made when it is needed"));
    }
    g_autofree char *rest =
        is_pop3 ? g_strdup(_("Folders are on this computer: POP3 knows none."))
                : g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%u folder in all", "%u folders in all", folders->len), folders->len);
    if (row < end)
        canvas_text(self->canvas, row, 4, columns - 6, THEME_DIM, rest);
    if (row + 3 < end) {
        draw_server_line(self, row + 2, C_("mail server", "Reading"), &setup_account(self->setup)->incoming);
        draw_server_line(self, row + 3, C_("mail server", "Sending"), &setup_account(self->setup)->outgoing);
    }
}

/* --- the whole --- */
/* What is true of this sign-in. Caller frees; NULL: nothing to say. */
static char *words_of_step(struct view_wizard *self)
{
    const struct account *owner = self->step == STEP_SIGN_IN ? setup_account(self->setup) : NULL;
    if (owner == NULL)
        return g_strdup(_(steps[self->step].words));
    if (self->typed.how > HOW_PASSWORD)
        return g_strdup(
            _("The service's own page asks for your password: postern never sees it, only a permission to read and send your mail."));
    const struct account_server *clear = owner->incoming.security == ACCOUNT_SECURITY_PLAIN   ? &owner->incoming
                                         : owner->outgoing.security == ACCOUNT_SECURITY_PLAIN ? &owner->outgoing
                                                                                              : NULL;
    return clear != NULL ? g_strdup_printf(_("Careful: the connection to %s is not encrypted."), clear->host)
                         : g_strdup(_("The password is tried now and sent over an encrypted connection only."));
}

/* Where the password will go, what the provider wants, and what to be careful about. */
static void draw_sign_in(struct view_wizard *self, int row, int end)
{
    const struct account *owner = setup_account(self->setup);
    g_autoptr(GPtrArray) servers = setup_rows(self->setup);
    bool is_unproven = false;
    for (guint i = 0; i < servers->len; i++) {
        const struct setup_row *each = g_ptr_array_index(servers, i);
        is_unproven |= each->is_chosen && each->is_unproven;
    }
    if (is_unproven) {
        g_autofree char *words = g_strdup_printf(
            _("Careful: these servers are not of %s; its DNS names them, and that can be forged on the way. Go on only if you know them."),
            domain_of(self));
        row = draw_text(self, row, end, THEME_WARNING, words);
    }
    if (setup_hint(self->setup) != NULL)
        row = draw_text(self, row, end, THEME_WARNING, setup_hint(self->setup));
    row = wizard_draw_destination(self, row, end, C_("mail server", "Reading"), &owner->incoming);
    wizard_draw_destination(self, row, end, C_("mail server", "Sending"), &owner->outgoing);
}

static const char *hints_of(const struct view_wizard *self)
{
    return self->is_to_retry && self->step == STEP_FIND ? _("Enter tries again   Ctrl-S servers by hand   Esc back")
                                                        : _(steps[self->step].hints);
}

/* From the top: what this is, what went wrong. Returns the row behind it. */
static int draw_head(struct view_wizard *self, int end)
{
    bool is_tight = canvas_area(self->canvas).rows < TIGHT_ROWS;
    g_autofree char *words = steps[self->step].words != NULL || self->step == STEP_SIGN_IN ? words_of_step(self) : NULL;
    int row = draw_text(self, is_tight ? 0 : 1, end, THEME_TITLE, _(steps[self->step].title));
    if (words != NULL && !(is_tight && self->complaint != NULL))
        row = draw_text(self, row, end, THEME_DIM, words);
    row += is_tight ? 0 : 1;
    if (self->complaint != NULL)
        row = draw_text(self, row, end, THEME_ERROR, self->complaint) + (is_tight ? 0 : 1);
    return row;
}

/* What is to be done in the browser meanwhile. */
static int draw_visit(struct view_wizard *self, int row, int end)
{
    g_autofree char *words = setup_visit(self->setup);
    return words != NULL ? draw_text(self, row, end, THEME_WARNING, words) + 1 : row;
}

static void draw_body(struct view_wizard *self, int row, int end)
{
    bool is_tight = canvas_area(self->canvas).rows < TIGHT_ROWS;
    switch (self->step) {
    case STEP_PROBE:
        row = draw_visit(self, row, end);
        /* fall through */
    case STEP_FIND:
        wizard_draw_table(self, row, end);
        return;
    case STEP_CERTIFICATE:
        draw_certificate(self, row, end);
        return;
    case STEP_CLEARTEXT:
        draw_cleartext(self, row, end);
        return;
    case STEP_SAVE:
        draw_folders(self, row + (is_tight ? 0 : 1), end);
        return;
    case STEP_SIGN_IN:
        draw_sign_in(self, row + (is_tight ? 0 : 1), end);
        return;
    case STEP_WHO:
    case STEP_SERVERS:
    case STEP_SAVING:
        return;
    }
}

void wizard_draw(struct view_wizard *self)
{
    struct rect area = canvas_area(self->canvas);
    g_autoptr(GPtrArray) hints = hint_lines(self, hints_of(self));
    int end = MAX(area.rows - (int)hints->len, 1);
    for (int row = 0; row < area.rows; row++)
        canvas_clear_row(self->canvas, row, 0, THEME_NORMAL);
    int row = draw_head(self, end);
    if (self->form != NULL) {
        int rows = MIN(form_rows(self->form), MAX(end - row, 1));
        form_draw(self->form, self->canvas, MIN(row, end - 1), rows);
        row += rows;
    }
    draw_body(self, row, end);
    draw_lines(self, end, area.rows, THEME_HINT_TEXT, hints, 0);
}
