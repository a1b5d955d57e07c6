/* SPDX-License-Identifier: MIT */
/* From a name and an address to an account that works: a form for each step, no logic of its own (core/setup has it). Nothing is on the disk before the
 * last Enter; Esc goes one step back, and out of the first. */
#include "core/demo.h"
#include "core/setup.h"
#include "ui/app.h"
#include "ui/form.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum step { STEP_WHO, STEP_FIND, STEP_SERVERS, STEP_SIGN_IN, STEP_PROBE, STEP_CERTIFICATE, STEP_SAVE };
enum { FORM_ROW = 4, SECRET_FILE = 0, SECRET_KEYRING, SECRET_PROMPT, SECRET_COMMAND };

struct view_wizard {
    view base;
    canvas *canvas;
    setup *setup;
    enum step step, before_certificate;
    form *form; /* of this step; NULL: it has none */
    char *name, *address, *complaint;
    struct question *certificate;
    /* fields of the form of the step */
    int field_name, field_address;
    int field_imap_host, field_imap_port, field_imap_security, field_smtp_host, field_smtp_port, field_smtp_security;
    int field_user, field_password, field_secret, field_command;
    int field_account;
};

static struct view_wizard *cast(view *self)
{
    return (struct view_wizard *)(void *)self;
}

static void complain(struct view_wizard *self, const char *words)
{
    char *copy = g_strdup(words);
    g_free(self->complaint);
    self->complaint = copy;
}

static void set_string(char **field, const char *value)
{
    char *copy = g_strdup(value);
    g_free(*field);
    *field = copy;
}

/* --- the steps' forms --- */
static void form_who(struct view_wizard *self)
{
    self->field_name = form_add_text(self->form, _("Your name"), self->name);
    self->field_address = form_add_text(self->form, _("E-mail address"), self->address);
    form_set_focus(self->form, *self->name != '\0' ? self->field_address : self->field_name);
}

static const char *domain_of(const struct view_wizard *self)
{
    const char *at = strrchr(self->address, '@');
    return at != NULL ? at + 1 : "";
}

static void add_server(struct view_wizard *self, const struct account_server *server, const char *label, const char *prefix, int *host,
                       int *port, int *security)
{
    static const char *const securities[] = { N_("TLS (best)"), N_("STARTTLS"), N_("not encrypted (dangerous)"), NULL };
    const char *const words[] = { _(securities[0]), _(securities[1]), _(securities[2]), NULL };
    g_autofree char *guess = g_strconcat(prefix, domain_of(self), NULL);
    g_autofree char *number = server->port != 0 ? g_strdup_printf("%u", (unsigned)server->port) : g_strdup("");
    *host = form_add_text(self->form, label, server->host != NULL ? server->host : guess);
    *security = form_add_choice(self->form, _("  security"), words, (int)server->security);
    *port = form_add_text(self->form, _("  port (empty: the usual one)"), number);
}

static void form_servers(struct view_wizard *self)
{
    struct account *owner = setup_account(self->setup);
    owner->incoming.protocol = ACCOUNT_PROTOCOL_IMAP;
    owner->outgoing.protocol = ACCOUNT_PROTOCOL_SMTP;
    add_server(self, &owner->incoming, _("Server for reading (IMAP)"), "imap.", &self->field_imap_host, &self->field_imap_port,
               &self->field_imap_security);
    add_server(self, &owner->outgoing, _("Server for sending (SMTP)"), "smtp.", &self->field_smtp_host, &self->field_smtp_port,
               &self->field_smtp_security);
}

static void form_sign_in(struct view_wizard *self)
{
    const char *const ways[] = { _("in a file only you can read"), _("in the desktop's keyring"), _("nowhere: ask each time"),
                                 _("a command gives it"), NULL };
    const struct account_server *server = &setup_account(self->setup)->incoming;
    int way = server->secret == ACCOUNT_SECRET_KEYRING   ? SECRET_KEYRING
              : server->secret == ACCOUNT_SECRET_PROMPT  ? SECRET_PROMPT
              : server->secret == ACCOUNT_SECRET_COMMAND ? SECRET_COMMAND
                                                         : SECRET_FILE;
    self->field_user = form_add_text(self->form, _("User name"), server->user != NULL ? server->user : self->address);
    self->field_password = form_add_secret(self->form, _("Password"));
    self->field_secret = form_add_choice(self->form, _("Keep the password"), ways, way);
    self->field_command = form_add_text(self->form, _("Command"), server->password_command);
    form_show(self->form, self->field_command, way == SECRET_COMMAND);
    form_set_focus(self->form, self->field_password);
}

static void form_save(struct view_wizard *self)
{
    self->field_account = form_add_text(self->form, _("Name of the account"), setup_account(self->setup)->name);
}

static const struct step_row {
    const char *title, *words, *hints;
    void (*fill)(struct view_wizard *self); /* the form; NULL: none */
} steps[] = {
    [STEP_WHO] = { N_("Welcome to postern: your account"), N_("Who are you? The rest is found out for you where that is possible."),
                   N_("Enter goes on   Tab next line   Ctrl-D only look around with a demo account   Esc leaves"), form_who },
    [STEP_FIND] = { N_("Looking for your servers"), N_("Each line is a server that is being asked."),
                    N_("Esc back   Ctrl-S servers by hand"), NULL },
    [STEP_SERVERS] = { N_("Servers by hand"), N_("Your provider or administrator tells these names."),
                       N_("Enter goes on   ← → change a choice   Esc back"), form_servers },
    [STEP_SIGN_IN] = { N_("Sign in"), N_("The password is tried now and sent over an encrypted connection only."),
                       N_("Enter goes on   ← → change a choice   Ctrl-S servers by hand   Esc back"), form_sign_in },
    [STEP_PROBE] = { N_("Trying it"), N_("Signing in, listing the folders, and asking the server for sending."), N_("Esc back"), NULL },
    [STEP_CERTIFICATE] = { N_("Can this server be trusted?"), NULL,
                           N_("o  accept once   p  always accept exactly this certificate   Esc back"), NULL },
    [STEP_SAVE] = { N_("It works"), N_("These folders were found. Enter saves the account."), N_("Enter saves   Esc back"), form_save },
};

static void enter(struct view_wizard *self, enum step step)
{
    self->step = step;
    g_clear_pointer(&self->form, form_free);
    if (steps[step].fill != NULL) {
        self->form = form_new();
        steps[step].fill(self);
    }
    view_touch(&self->base);
}

/* --- going on --- */
static void find(struct view_wizard *self)
{
    set_string(&self->name, form_text(self->form, self->field_name));
    set_string(&self->address, form_text(self->form, self->field_address));
    g_strstrip(self->name);
    g_strstrip(self->address);
    const char *at = strrchr(self->address, '@');
    if (at == NULL || at == self->address || at[1] == '\0' || strpbrk(self->address, " <>,\"") != NULL) {
        complain(self, _("Please enter the whole address, like ada@example.org."));
        form_set_focus(self->form, self->field_address);
        return;
    }
    complain(self, NULL);
    setup_find(self->setup, self->name, self->address);
    enter(self, STEP_FIND);
}

static bool take_server(struct view_wizard *self, struct account_server *server, int host, int port, int security)
{
    const char *number = form_text(self->form, port);
    g_autofree char *name = g_strdup(form_text(self->form, host));
    guint64 value = 0;
    server->security = (enum account_security)form_chosen(self->form, security);
    if (*g_strstrip(name) == '\0') {
        complain(self, _("Please enter the name of each server."));
        return false;
    }
    if (*number != '\0' && !g_ascii_string_to_unsigned(number, 10, 1, 65535, &value, NULL)) {
        complain(self, _("A port is a number from 1 to 65535."));
        return false;
    }
    set_string(&server->host, name);
    server->port = value != 0 ? (uint16_t)value : account_default_port(server->protocol, server->security);
    g_clear_pointer(&server->tls_fingerprint, g_free); /* a pin belongs to the server it was made for */
    return true;
}

static void use_servers(struct view_wizard *self)
{
    struct account *owner = setup_account(self->setup);
    complain(self, NULL);
    if (!take_server(self, &owner->incoming, self->field_imap_host, self->field_imap_port, self->field_imap_security) ||
        !take_server(self, &owner->outgoing, self->field_smtp_host, self->field_smtp_port, self->field_smtp_security))
        return;
    setup_use(self->setup, owner);
    enter(self, STEP_FIND);
}

static void sign_in(struct view_wizard *self)
{
    static const enum account_secret secrets[] = {
        [SECRET_FILE] = ACCOUNT_SECRET_FILE,
        [SECRET_KEYRING] = ACCOUNT_SECRET_KEYRING,
        [SECRET_PROMPT] = ACCOUNT_SECRET_PROMPT,
        [SECRET_COMMAND] = ACCOUNT_SECRET_COMMAND,
    };
    struct account_server *server = &setup_account(self->setup)->incoming;
    const char *password = form_text(self->form, self->field_password), *command = form_text(self->form, self->field_command);
    server->secret = secrets[form_chosen(self->form, self->field_secret)];
    if (*password == '\0' || (server->secret == ACCOUNT_SECRET_COMMAND && *command == '\0')) {
        complain(self, *password == '\0' ? _("Please enter the password: it is tried once before anything is kept.")
                                         : _("Please enter the command."));
        form_set_focus(self->form, *password == '\0' ? self->field_password : self->field_command);
        return;
    }
    complain(self, NULL);
    set_string(&server->user, form_text(self->form, self->field_user));
    set_string(&server->password_command, server->secret == ACCOUNT_SECRET_COMMAND ? command : NULL);
    setup_sign_in(self->setup, password);
    enter(self, STEP_PROBE);
}

static void leave_with(struct view_wizard *self, struct account *owner /* taken */, const char *words)
{
    app *ui = self->base.app;
    g_autofree char *said = g_strdup(words);
    view_pop(ui, &self->base);
    app_add_account(ui, owner);
    app_say(ui, "%s", said);
}

static void save(struct view_wizard *self)
{
    struct account *owner = setup_account(self->setup);
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL, *words = NULL;
    if (*form_text(self->form, self->field_account) != '\0')
        set_string(&owner->name, form_text(self->form, self->field_account));
    if (!setup_save(self->setup, &path, &error)) {
        complain(self, error->message);
        return;
    }
    words = g_strdup_printf(_("The account is saved in %s."), path);
    leave_with(self, account_copy(owner), words);
}

static void use_demo(struct view_wizard *self)
{
    struct account *owner = NULL;
    g_autoptr(GError) error = NULL;
    GPtrArray *accounts = app_accounts(self->base.app);
    for (guint i = 0; i < accounts->len; i++) {
        if (strcmp(((const struct account *)g_ptr_array_index(accounts, i))->id, "demo") == 0) {
            complain(self, _("The demo account is there already."));
            return;
        }
    }
    if (!demo_create(&owner, &error)) {
        complain(self, error->message);
        return;
    }
    leave_with(self, owner, _("This is the demo account: nothing here leaves your computer. `postern setup` adds your own."));
}

static void accept(struct view_wizard *self, bool is_pinned)
{
    bool was_signing_in = self->before_certificate == STEP_PROBE;
    setup_accept_certificate(self->setup, is_pinned);
    g_clear_pointer(&self->certificate, question_free);
    complain(self, NULL);
    if (was_signing_in) {
        setup_sign_in(self->setup, NULL); /* with the password given before */
        enter(self, STEP_PROBE);
        return;
    }
    setup_use(self->setup, setup_account(self->setup)); /* looks again: the other server may have one to ask about too */
    enter(self, STEP_FIND);
}

static void go_on(struct view_wizard *self)
{
    switch (self->step) {
    case STEP_WHO:
        find(self);
        break;
    case STEP_SERVERS:
        use_servers(self);
        break;
    case STEP_SIGN_IN:
        sign_in(self);
        break;
    case STEP_SAVE:
        save(self);
        break;
    case STEP_FIND:
    case STEP_PROBE:
    case STEP_CERTIFICATE:
        break;
    }
}

static void leave(struct view_wizard *self)
{
    app *ui = self->base.app;
    bool has_accounts = app_accounts(ui)->len > 0;
    view_pop(ui, &self->base);
    if (!has_accounts)
        app_quit(ui);
}

static void go_back(struct view_wizard *self)
{
    static const enum step back[] = {
        [STEP_FIND] = STEP_WHO,      [STEP_SERVERS] = STEP_WHO,     [STEP_SIGN_IN] = STEP_WHO,
        [STEP_PROBE] = STEP_SIGN_IN, [STEP_CERTIFICATE] = STEP_WHO, [STEP_SAVE] = STEP_SIGN_IN,
    };
    setup_cancel(self->setup);
    complain(self, NULL);
    g_clear_pointer(&self->certificate, question_free);
    if (self->step == STEP_WHO)
        leave(self);
    else
        enter(self, back[self->step]);
}

/* --- keys --- */
static bool press_certificate(struct view_wizard *self, const struct key *key)
{
    if (key->kind == KEY_KIND_CHARACTER && key->mods == 0 && (key->character == 'o' || key->character == 'p'))
        accept(self, key->character == 'p');
    return true;
}

static bool press_control(struct view_wizard *self, const struct key *key)
{
    bool has_control = key->kind == KEY_KIND_CHARACTER && (key->mods & KEY_MOD_CTRL) != 0;
    bool can_do_by_hand = self->step == STEP_FIND || self->step == STEP_SIGN_IN;
    if (self->step == STEP_WHO && ((has_control && key->character == 'd') || key->name == KEY_NAME_F1 + 1))
        use_demo(self);
    else if (has_control && key->character == 's' && can_do_by_hand) {
        setup_cancel(self->setup);
        complain(self, NULL);
        enter(self, STEP_SERVERS);
    } else
        return false;
    return true;
}

static bool press(view *base, const struct key *key)
{
    struct view_wizard *self = cast(base);
    view_touch(base);
    if (key->kind == KEY_KIND_NAMED && key->name == KEY_NAME_ESCAPE) {
        go_back(self);
        return true;
    }
    if (press_control(self, key))
        return true;
    if (self->step == STEP_CERTIFICATE)
        return press_certificate(self, key);
    if (self->form == NULL)
        return true;
    enum form_answer answer = form_press(self->form, key);
    if (answer == FORM_CHANGED && self->step == STEP_SIGN_IN)
        form_show(self->form, self->field_command, form_chosen(self->form, self->field_secret) == SECRET_COMMAND);
    if (answer == FORM_DONE)
        go_on(self);
    return true; /* whatever is typed here is never a command */
}

/* --- events --- */
static void show_certificate(struct view_wizard *self)
{
    self->before_certificate = self->step;
    enter(self, STEP_CERTIFICATE);
}

static void took_done(struct view_wizard *self, const struct event *event)
{
    bool is_find = event->item == SETUP_PHASE_FIND;
    if (self->step != (is_find ? STEP_FIND : STEP_PROBE)) /* of a phase that was left */
        return;
    g_clear_pointer(&self->certificate, question_free);
    self->certificate = setup_certificate(self->setup);
    if (self->certificate != NULL) {
        show_certificate(self);
    } else if (event->state != 0) {
        complain(self, NULL);
        enter(self, is_find ? STEP_SIGN_IN : STEP_SAVE);
    } else {
        enter(self, is_find ? STEP_SERVERS : STEP_SIGN_IN);
        complain(self, event->text);
    }
}

static void take_event(view *base, const struct event *event)
{
    if (event->type != EVENT_SETUP_STEP && event->type != EVENT_SETUP_DONE)
        return;
    view_touch(base);
    if (event->type == EVENT_SETUP_DONE)
        took_done(cast(base), event);
}

/* --- drawing --- */
static int draw_wrapped(struct view_wizard *self, int row, enum theme_style style, const char *text)
{
    int columns = canvas_area(self->canvas).columns - 4;
    g_auto(GStrv) paragraphs = g_strsplit(text, "\n", -1);
    for (char **each = paragraphs; *each != NULL; each++) {
        g_autoptr(GArray) starts = width_wrap(*each, columns);
        for (guint i = 0; i < starts->len; i++, row++) {
            size_t start = g_array_index(starts, size_t, i),
                   end = i + 1 < starts->len ? g_array_index(starts, size_t, i + 1) : strlen(*each);
            while (end > start && (*each)[end - 1] == ' ')
                end--;
            canvas_textn(self->canvas, row, 2, columns, style, *each + start, end - start);
        }
        row += starts->len == 0 ? 1 : 0;
    }
    return row;
}

static void draw_cell(struct view_wizard *self, int row, int column, enum setup_state state)
{
    static const struct {
        int glyph; /* -1: none */
        enum theme_style style;
    } cells[] = {
        [SETUP_WAITING] = { -1, THEME_DIM },   [SETUP_RUNNING] = { GLYPH_BUSY, THEME_PROGRESS },
        [SETUP_OK] = { GLYPH_TICK, THEME_OK }, [SETUP_FAILED] = { GLYPH_CROSS, THEME_ERROR },
        [SETUP_SKIPPED] = { -1, THEME_DIM },
    };
    canvas_text(self->canvas, row, column, 3, cells[state].style,
                cells[state].glyph >= 0 ? canvas_glyph((enum glyph)cells[state].glyph) : "-");
}

static void draw_probe_row(struct view_wizard *self, int row, const struct setup_row *server)
{
    int columns = canvas_area(self->canvas).columns, host_columns = CLAMP(columns / 3, 16, 40);
    enum theme_style style = server->is_chosen ? THEME_TITLE : THEME_NORMAL;
    g_autofree char *host = g_strdup_printf("%s:%u", server->host, (unsigned)server->port);
    canvas_text(self->canvas, row, 2, 5, style, server->protocol);
    canvas_text(self->canvas, row, 8, host_columns, style, host);
    int column = 8 + host_columns + 1;
    canvas_text(self->canvas, row, column, 8, THEME_DIM, account_security_word(server->security));
    draw_cell(self, row, column + 9, server->connect);
    draw_cell(self, row, column + 12, server->secure);
    draw_cell(self, row, column + 15, server->login);
    canvas_text(self->canvas, row, column + 18, MAX(columns - column - 20, 0), THEME_DIM, server->words);
}

static void draw_probe(struct view_wizard *self, int row)
{
    int rows = canvas_area(self->canvas).rows;
    g_autoptr(GPtrArray) servers = setup_rows(self->setup);
    bool has_choice = false;
    for (guint i = 0; i < servers->len; i++)
        has_choice |= ((const struct setup_row *)g_ptr_array_index(servers, i))->is_chosen;
    for (guint i = 0; i < servers->len && row < rows - 3; i++) {
        const struct setup_row *server = g_ptr_array_index(servers, i);
        if (self->step == STEP_PROBE && has_choice && !server->is_chosen)
            continue;
        draw_probe_row(self, row++, server);
    }
}

static void draw_certificate(struct view_wizard *self, int row)
{
    const struct question *asked = self->certificate;
    if (asked == NULL)
        return;
    g_autoptr(GDateTime) until = g_date_time_new_from_unix_local(asked->not_after);
    g_autofree char *day = until != NULL ? g_date_time_format(until, "%x") : g_strdup("?");
    g_autofree char *details =
        g_strdup_printf(_("Server: %s\nIssued to: %s\nValid for: %s\nIssued by: %s\nValid until: %s\nFingerprint:\n%s"), asked->host,
                        asked->subject != NULL ? asked->subject : "", asked->names != NULL ? asked->names : "",
                        asked->issuer != NULL ? asked->issuer : "", day, asked->fingerprint != NULL ? asked->fingerprint : "");
    row = draw_wrapped(self, row, asked->is_alarm ? THEME_ERROR : THEME_WARNING, asked->reason != NULL ? asked->reason : "");
    row = draw_wrapped(self, row + 1, THEME_NORMAL, details);
    draw_wrapped(self, row + 1, THEME_NORMAL,
                 _("Your password was not sent. If this is your own server, compare the fingerprint with the one on it; if you do not "
                   "know, press Esc."));
}

static void draw_folders(struct view_wizard *self, int row)
{
    static const struct {
        enum folder_role role;
        const char *name;
    } roles[] = { { FOLDER_INBOX, N_("Inbox") },     { FOLDER_SENT, N_("Sent") }, { FOLDER_DRAFTS, N_("Drafts") },
                  { FOLDER_ARCHIVE, N_("Archive") }, { FOLDER_JUNK, N_("Junk") }, { FOLDER_TRASH, N_("Trash") } };
    g_autoptr(GPtrArray) folders = setup_folders(self->setup);
    int columns = canvas_area(self->canvas).columns;
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++, row++) {
        const char *found = NULL;
        for (guint k = 0; k < folders->len && found == NULL; k++) {
            const struct setup_folder *each = g_ptr_array_index(folders, k);
            found = each->role == (int)roles[i].role ? each->name : NULL;
        }
        canvas_text(self->canvas, row, 4, 12, THEME_FIELD, _(roles[i].name));
        canvas_text(self->canvas, row, 17, columns - 19, found != NULL ? THEME_FIELD_VALUE : THEME_DIM,
                    found != NULL ? found : _("not found; made when it is needed"));
    }
    g_autofree char *rest =
        g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%u folder in all", "%u folders in all", folders->len), folders->len);
    canvas_text(self->canvas, row + 1, 4, columns - 6, THEME_DIM, rest);
}

static void draw_body(struct view_wizard *self, int row)
{
    switch (self->step) {
    case STEP_FIND:
    case STEP_PROBE:
        draw_probe(self, row);
        return;
    case STEP_CERTIFICATE:
        draw_certificate(self, row);
        return;
    case STEP_SAVE:
        draw_folders(self, row + 2);
        return;
    case STEP_WHO:
    case STEP_SERVERS:
    case STEP_SIGN_IN:
        return;
    }
}

static void draw(view *base)
{
    struct view_wizard *self = cast(base);
    struct rect area = canvas_area(self->canvas);
    const char *hint = self->step == STEP_SIGN_IN ? setup_hint(self->setup) : NULL;
    for (int row = 0; row < area.rows; row++)
        canvas_clear_row(self->canvas, row, 0, THEME_NORMAL);
    canvas_text(self->canvas, 1, 2, area.columns - 4, THEME_TITLE, _(steps[self->step].title));
    if (steps[self->step].words != NULL)
        canvas_text(self->canvas, 2, 2, area.columns - 4, THEME_DIM, _(steps[self->step].words));
    int row = FORM_ROW;
    draw_body(self, row);
    if (self->form != NULL) {
        form_draw(self->form, self->canvas, row);
        row += form_rows(self->form) + 1;
    }
    if (hint != NULL)
        row = draw_wrapped(self, row, THEME_WARNING, hint) + 1;
    if (self->complaint != NULL)
        draw_wrapped(self, self->step == STEP_SAVE ? area.rows - 4 : row, THEME_ERROR, self->complaint);
    canvas_text(self->canvas, area.rows - 1, 2, area.columns - 4, THEME_HINT_TEXT, _(steps[self->step].hints));
}

static void place(view *base, struct rect area)
{
    canvas_move(cast(base)->canvas, area);
}

static void release(view *base)
{
    struct view_wizard *self = cast(base);
    setup_free(self->setup);
    form_free(self->form);
    if (self->certificate != NULL)
        question_free(self->certificate);
    g_free(self->name);
    g_free(self->address);
    g_free(self->complaint);
    canvas_free(self->canvas);
    g_free(self);
}

static const struct view_ops ops = {
    .name = "wizard", .context = CONTEXT_WIZARD, .layout = place, .draw = draw, .key = press, .event = take_event, .free = release
};

static char *name_of_person(void)
{
    const char *name = g_get_real_name();
    bool is_known = name != NULL && strcmp(name, "Unknown") != 0 && strcmp(name, "root") != 0;
    return g_strdup(is_known ? name : "");
}

void view_wizard_push(app *ui, const char *address)
{
    struct view_wizard *self = g_new0(struct view_wizard, 1);
    view_init(&self->base, &ops, ui);
    self->canvas = canvas_new((struct rect){ 0 });
    self->setup = setup_new(app_events(ui));
    self->name = name_of_person();
    self->address = g_strdup(address != NULL ? address : "");
    enter(self, STEP_WHO);
    view_push(ui, &self->base);
}
