/* SPDX-License-Identifier: MIT */
/* The forms of the wizard: what stands in them at first, what is kept of them, and what is wrong with it. */
#include "config/from.h"
#include "config/providers.h"
#include "config/secret_file.h"
#include "ui/view_wizard_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

void wizard_set(char **field, const char *value)
{
    char *copy = g_strdup(value);
    if (*field != NULL)
        explicit_bzero(*field, strlen(*field)); /* it may be a password */
    g_free(*field);
    *field = copy;
}

void wizard_typed_clear(struct wizard_typed *typed)
{
    char **texts[] = { &typed->name,
                       &typed->address,
                       &typed->servers[0].host,
                       &typed->servers[0].port,
                       &typed->servers[1].host,
                       &typed->servers[1].port,
                       &typed->user,
                       &typed->password,
                       &typed->command,
                       &typed->passphrase,
                       &typed->passphrase_again,
                       &typed->sending_user,
                       &typed->sending_password,
                       &typed->sending_command,
                       &typed->account_name };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        wizard_set(texts[i], NULL);
    *typed = (struct wizard_typed){ .way = -1, .how = -1 };
}

void wizard_complain(struct view_wizard *self, const char *words)
{
    char *copy = g_strdup(words);
    g_free(self->complaint);
    self->complaint = copy;
}

static bool fail_at(struct view_wizard *self, int field, const char *words)
{
    wizard_complain(self, words);
    form_set_focus(self->form, field);
    return false;
}

/* --- who --- */
static void fill_who(struct view_wizard *self)
{
    self->field_name = form_add_text(self->form, _("Your name"), self->typed.name);
    self->field_address = form_add_text(self->form, _("E-mail address"), self->typed.address);
    form_set_focus(self->form, *self->typed.name != '\0' ? self->field_address : self->field_name);
}

static void keep_who(struct view_wizard *self)
{
    wizard_set(&self->typed.name, form_text(self->form, self->field_name));
    wizard_set(&self->typed.address, form_text(self->form, self->field_address));
    g_strstrip(self->typed.name);
    g_strstrip(self->typed.address);
}

/* Servers, names and passwords of another address are not this one's. */
static void forget_other_address(struct view_wizard *self, const char *address)
{
    const char *known = setup_account(self->setup)->from_address;
    if (known == NULL || strcmp(known, address) == 0)
        return;
    struct wizard_typed fresh = { .way = self->typed.way, .how = -1 };
    fresh.name = g_strdup(self->typed.name);
    fresh.address = g_strdup(self->typed.address);
    wizard_typed_clear(&self->typed);
    self->typed = fresh;
    self->asks_sending = false;
}

bool wizard_take_who(struct view_wizard *self)
{
    g_autofree char *name = NULL, *address = NULL;
    const char *given = self->typed.address;
    if (g_ascii_strncasecmp(given, "mailto:", 7) == 0)
        given += 7;
    if (!from_parse(given, &name, &address))
        return fail_at(self, self->field_address, _("Please enter the whole address, like ada@example.org."));
    if (*name != '\0' && *self->typed.name == '\0') /* pasted with it: Ada <ada@example.org> */
        wizard_set(&self->typed.name, name);
    wizard_set(&self->typed.address, address);
    forget_other_address(self, address);
    return true;
}

/* --- servers --- */
static struct account_server *server_at(struct view_wizard *self, int index)
{
    struct account *owner = setup_account(self->setup);
    return index == 0 ? &owner->incoming : &owner->outgoing;
}

static void begin_server(struct view_wizard *self, int index)
{
    const struct account_server *server = server_at(self, index);
    struct wizard_server *typed = &self->typed.servers[index];
    const char *at = strrchr(self->typed.address, '@');
    const char *prefix = index != 0 ? "smtp." : server->protocol == ACCOUNT_PROTOCOL_POP3 ? "pop." : "imap.";
    g_autofree char *guess = g_strconcat(prefix, at != NULL ? at + 1 : "", NULL);
    bool is_usual = server->port == account_default_port(server->protocol, server->security); /* and follows the choice of security */
    g_autofree char *port = server->port != 0 && !is_usual ? g_strdup_printf("%u", (unsigned)server->port) : g_strdup("");
    if (typed->host != NULL)
        return;
    wizard_set(&typed->host, server->host != NULL ? server->host : guess);
    wizard_set(&typed->port, port);
    typed->security = (int)server->security;
    typed->protocol = server->protocol == ACCOUNT_PROTOCOL_POP3 ? 1 : 0;
}

static void add_server(struct view_wizard *self, int index, const char *label)
{
    const char *const words[] = { _("TLS (best)"), _("STARTTLS"), _("not encrypted (dangerous)"), NULL };
    const char *const protocols[] = { _("IMAP (mail stays on the server)"), _("POP3 (mail is fetched to this computer)"), NULL };
    const struct wizard_server *typed = &self->typed.servers[index];
    self->field_host[index] = form_add_text(self->form, label, typed->host);
    if (index == 0)
        self->field_protocol = form_add_choice(self->form, _("  protocol"), protocols, typed->protocol);
    self->field_security[index] = form_add_choice(self->form, _("  security"), words, typed->security);
    self->field_port[index] = form_add_text(self->form, _("  port (empty: the usual one)"), typed->port);
}

static void fill_servers(struct view_wizard *self)
{
    begin_server(self, 0);
    begin_server(self, 1);
    add_server(self, 0, _("Server for reading"));
    add_server(self, 1, _("Server for sending"));
    if (self->is_fault_outgoing)
        form_set_focus(self->form, self->field_host[1]);
}

static void keep_servers(struct view_wizard *self)
{
    for (int i = 0; i < 2; i++) {
        struct wizard_server *typed = &self->typed.servers[i];
        wizard_set(&typed->host, form_text(self->form, self->field_host[i]));
        wizard_set(&typed->port, form_text(self->form, self->field_port[i]));
        typed->security = form_chosen(self->form, self->field_security[i]);
        typed->protocol = i == 0 ? form_chosen(self->form, self->field_protocol) : 0;
        g_strstrip(typed->host);
        g_strstrip(typed->port);
    }
}

/* Is it what the account has already? Then its pins stay too. */
static bool is_same_server(const struct account_server *server, const struct account_server *other)
{
    return server->protocol == other->protocol && g_strcmp0(server->host, other->host) == 0 && server->port == other->port &&
           server->security == other->security;
}

static bool take_server(struct view_wizard *self, int index)
{
    struct account_server *server = server_at(self, index);
    const struct wizard_server *typed = &self->typed.servers[index];
    enum account_security security = (enum account_security)typed->security;
    guint64 port = 0;
    enum account_protocol protocol = index != 0             ? ACCOUNT_PROTOCOL_SMTP
                                     : typed->protocol == 1 ? ACCOUNT_PROTOCOL_POP3
                                                            : ACCOUNT_PROTOCOL_IMAP;
    if (*typed->host == '\0')
        return fail_at(self, self->field_host[index], _("Please enter the name of each server."));
    if (strpbrk(typed->host, "/ \t@<>\"'\\") != NULL)
        return fail_at(self, self->field_host[index], _("The name of a server is a name or an address alone, like mail.example.org."));
    if (*typed->port != '\0' && !g_ascii_string_to_unsigned(typed->port, 10, 1, 65535, &port, NULL))
        return fail_at(self, self->field_port[index], _("A port is a number from 1 to 65535."));
    uint16_t number = port != 0 ? (uint16_t)port : account_default_port(protocol, security);
    if (is_same_server(server, &(struct account_server){ .protocol = protocol, .host = typed->host, .port = number, .security = security }))
        return true;
    wizard_set(&server->host, typed->host);
    server->protocol = protocol;
    server->port = number;
    server->security = security;
    server->allow_cleartext_password = false;
    g_clear_pointer(&server->tls_fingerprint, g_free); /* a pin belongs to the server it was made for */
    g_clear_pointer(&server->tls_accepted, g_free);
    return true;
}

bool wizard_take_servers(struct view_wizard *self)
{
    return take_server(self, 0) && take_server(self, 1);
}

/* --- sign in --- */
/* Never clear text by itself: the keyring, and where there is none the person's own memory; what a browser brings nobody can remember. */
static int default_way(struct view_wizard *self)
{
    return setup_has_keyring(self->setup) ? WAY_KEYRING : self->typed.how > HOW_PASSWORD ? WAY_SEALED : WAY_ASK;
}

static bool is_way_possible(struct view_wizard *self, int way)
{
    bool is_browser = self->typed.how > HOW_PASSWORD;
    return way == WAY_KEYRING ? setup_has_keyring(self->setup) : !is_browser || (way != WAY_ASK && way != WAY_COMMAND);
}

static void add_way(struct view_wizard *self)
{
    static const char *const words[] = {
        [WAY_KEYRING] = N_("in the desktop's keyring"),
        [WAY_SEALED] = N_("in a file, encrypted with a passphrase"),
        [WAY_ASK] = N_("nowhere: ask at each start"),
        [WAY_COMMAND] = N_("a command of mine gives it"),
        [WAY_CLEAR] = N_("in a file, not encrypted, that only you can read"),
    };
    const char *shown[WAY_COUNT + 1] = { NULL };
    int count = 0, chosen = 0;
    if (self->typed.way < 0 || !is_way_possible(self, self->typed.way))
        self->typed.way = default_way(self);
    for (int way = 0; way < WAY_COUNT; way++) {
        if (!is_way_possible(self, way))
            continue;
        chosen = way == self->typed.way ? count : chosen;
        self->ways[count] = (enum wizard_way)way;
        shown[count++] = _(words[way]);
    }
    bool is_browser = self->typed.how > HOW_PASSWORD;
    self->field_way = form_add_choice(self->form, is_browser ? _("Keep the permission") : _("Keep the password"), shown, chosen);
}

/* --- through the browser --- */
/* Where a browser is the only way, or there is nothing in its way, it is the first. */
static int default_how(struct view_wizard *self)
{
    g_autofree char *missing = setup_oauth_missing(self->setup);
    const struct provider *provider = provider_for_address(self->typed.address);
    return missing == NULL || (provider != NULL && provider->is_browser_only) ? HOW_BROWSER : HOW_PASSWORD;
}

static void add_how(struct view_wizard *self)
{
    static const char *const words[] = {
        [HOW_PASSWORD] = N_("with a password"),
        [HOW_BROWSER] = N_("in the browser (the service's own page)"),
        [HOW_DEVICE] = N_("in a browser on another device"),
    };
    const char *shown[HOW_COUNT + 1] = { NULL };
    const char *service = setup_oauth(self->setup);
    int count = 0, chosen = 0;
    self->has_how = service != NULL;
    if (!self->has_how) {
        self->typed.how = HOW_PASSWORD;
        return;
    }
    if (self->typed.how < 0)
        self->typed.how = default_how(self);
    for (int how = 0; how < HOW_COUNT; how++) {
        if (how == HOW_DEVICE && !setup_has_device_sign_in(service))
            continue;
        chosen = how == self->typed.how ? count : chosen;
        self->hows[count] = (enum wizard_how)how;
        shown[count++] = _(words[how]);
    }
    self->field_how = form_add_choice(self->form, _("Sign in"), shown, chosen);
}

/* --- the encrypted file --- */
static void add_passphrase(struct view_wizard *self)
{
    self->field_passphrase = form_add_secret(self->form, _("Passphrase of the file"));
    self->field_passphrase_again = form_add_secret(self->form, _("The passphrase again"));
    form_set_text(self->form, self->field_passphrase, self->typed.passphrase != NULL ? self->typed.passphrase : "");
    form_set_text(self->form, self->field_passphrase_again, self->typed.passphrase_again != NULL ? self->typed.passphrase_again : "");
}

static bool check_passphrase(struct view_wizard *self)
{
    const char *passphrase = self->typed.passphrase != NULL ? self->typed.passphrase : "";
    enum secret_file_state state = secret_file_state();
    if (self->typed.way != WAY_SEALED || state == SECRET_FILE_OPEN)
        return true;
    if (*passphrase == '\0')
        return fail_at(self, self->field_passphrase, _("Please enter the passphrase of the file your passwords are kept in."));
    if (state == SECRET_FILE_NONE && g_utf8_strlen(passphrase, -1) < (glong)SECRET_PASSPHRASE_LEAST)
        return fail_at(self, self->field_passphrase, _("A new passphrase has at least eight characters: it protects all your passwords."));
    if (state == SECRET_FILE_NONE && g_strcmp0(passphrase, self->typed.passphrase_again) != 0)
        return fail_at(self, self->field_passphrase_again, _("The two passphrases are not the same."));
    return true;
}

static void add_sending(struct view_wizard *self)
{
    const char *const words[] = { _("same name and password"), _("another name and password"), _("without signing in"), NULL };
    self->field_sending = form_add_choice(self->form, _("Sign in for sending"), words, (int)self->typed.sending);
    self->field_sending_user = form_add_text(self->form, _("User name for sending"), self->typed.sending_user);
    self->field_sending_password = form_add_secret(self->form, _("Password for sending"));
    self->field_sending_command = form_add_text(self->form, _("Command for sending"), self->typed.sending_command);
    form_set_text(self->form, self->field_sending_password, self->typed.sending_password != NULL ? self->typed.sending_password : "");
}

static void fill_sign_in(struct view_wizard *self)
{
    const char *known = setup_account(self->setup)->incoming.user;
    add_how(self);
    if (self->typed.user == NULL)
        wizard_set(&self->typed.user, known != NULL ? known : self->typed.address);
    self->field_user = form_add_text(self->form, _("User name"), self->typed.user);
    self->field_password = form_add_secret(self->form, _("Password"));
    form_set_text(self->form, self->field_password, self->typed.password != NULL ? self->typed.password : "");
    add_way(self);
    self->field_command = form_add_text(self->form, _("Command"), self->typed.command);
    add_passphrase(self);
    add_sending(self);
    wizard_show_fields(self);
    bool has_password = self->typed.password != NULL && *self->typed.password != '\0';
    form_set_focus(self->form, self->is_fault_outgoing && self->asks_sending ? self->field_sending
                               : self->typed.way == WAY_COMMAND              ? self->field_command
                               : self->typed.how > HOW_PASSWORD              ? self->field_how
                               : has_password                                ? self->field_way
                                                                             : self->field_password);
}

void wizard_show_fields(struct view_wizard *self)
{
    enum wizard_way way = self->ways[form_chosen(self->form, self->field_way)];
    bool is_command = way == WAY_COMMAND, is_browser = self->typed.how > HOW_PASSWORD;
    enum secret_file_state state = way == WAY_SEALED ? secret_file_state() : SECRET_FILE_OPEN;
    bool is_other = self->asks_sending && form_chosen(self->form, self->field_sending) == SENDING_OTHER;
    form_show(self->form, self->field_password, !is_command && !is_browser);
    form_show(self->form, self->field_passphrase, state != SECRET_FILE_OPEN);
    form_show(self->form, self->field_passphrase_again, state == SECRET_FILE_NONE);
    form_show(self->form, self->field_command, is_command);
    form_show(self->form, self->field_sending, self->asks_sending);
    form_show(self->form, self->field_sending_user, is_other);
    form_show(self->form, self->field_sending_password, is_other && !is_command);
    form_show(self->form, self->field_sending_command, is_other && is_command);
}

static void keep_sign_in(struct view_wizard *self)
{
    wizard_set(&self->typed.user, form_text(self->form, self->field_user));
    g_strstrip(self->typed.user);
    wizard_set(&self->typed.password, form_text(self->form, self->field_password)); /* its blanks belong to it */
    wizard_set(&self->typed.command, form_text(self->form, self->field_command));
    wizard_set(&self->typed.passphrase, form_text(self->form, self->field_passphrase));
    wizard_set(&self->typed.passphrase_again, form_text(self->form, self->field_passphrase_again));
    wizard_set(&self->typed.sending_user, form_text(self->form, self->field_sending_user));
    g_strstrip(self->typed.sending_user);
    wizard_set(&self->typed.sending_password, form_text(self->form, self->field_sending_password));
    wizard_set(&self->typed.sending_command, form_text(self->form, self->field_sending_command));
    self->typed.way = (int)self->ways[form_chosen(self->form, self->field_way)];
    self->typed.sending = (enum wizard_sending)form_chosen(self->form, self->field_sending);
}

bool wizard_turn_how(struct view_wizard *self)
{
    int how = self->has_how ? (int)self->hows[form_chosen(self->form, self->field_how)] : HOW_PASSWORD;
    if (how == self->typed.how)
        return false;
    wizard_keep(self);
    self->typed.how = how;
    self->typed.way = -1;
    wizard_fill(self); /* what is kept, and where, is another question now */
    form_set_focus(self->form, self->field_how);
    return true;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " ")] == '\0';
}

static bool check_sign_in(struct view_wizard *self)
{
    const struct wizard_typed *typed = &self->typed;
    bool is_command = typed->way == WAY_COMMAND, is_other = self->asks_sending && typed->sending == SENDING_OTHER;
    if (*typed->user == '\0')
        return fail_at(self, self->field_user, _("Please enter the user name: most providers want the whole address."));
    if (!is_command && typed->how == HOW_PASSWORD && *typed->password == '\0')
        return fail_at(self, self->field_password, _("Please enter the password: it is tried once before anything is kept."));
    if (is_command && is_blank(typed->command))
        return fail_at(self, self->field_command, _("Please enter the command: the first line it prints is the password."));
    if (is_other && *typed->sending_user == '\0')
        return fail_at(self, self->field_sending_user, _("Please enter the user name for sending."));
    if (is_other && !is_command && *typed->sending_password == '\0')
        return fail_at(self, self->field_sending_password, _("Please enter the password for sending."));
    if (is_other && is_command && is_blank(typed->sending_command))
        return fail_at(self, self->field_sending_command, _("Please enter the command that gives the password for sending."));
    return check_passphrase(self);
}

/* Nobody gave this program a client-id: the browser would be turned away. */
static bool check_browser(struct view_wizard *self)
{
    g_autofree char *missing = self->typed.how > HOW_PASSWORD ? setup_oauth_missing(self->setup) : NULL;
    return missing == NULL || fail_at(self, self->field_how, missing);
}

bool wizard_take_sign_in(struct view_wizard *self)
{
    static const enum account_secret secrets[] = {
        [WAY_KEYRING] = ACCOUNT_SECRET_KEYRING, [WAY_ASK] = ACCOUNT_SECRET_PROMPT,       [WAY_COMMAND] = ACCOUNT_SECRET_COMMAND,
        [WAY_SEALED] = ACCOUNT_SECRET_FILE,     [WAY_CLEAR] = ACCOUNT_SECRET_CLEAR_FILE,
    };
    const struct wizard_typed *typed = &self->typed;
    struct account_server *in = server_at(self, 0), *out = server_at(self, 1);
    if (!check_sign_in(self) || !check_browser(self))
        return false;
    setup_set_oauth(self->setup, typed->how > HOW_PASSWORD ? setup_oauth(self->setup) : NULL, typed->how == HOW_DEVICE);
    setup_set_passphrase(self->setup, typed->way == WAY_SEALED ? typed->passphrase : NULL);
    bool is_command = typed->way == WAY_COMMAND, is_other = self->asks_sending && typed->sending == SENDING_OTHER;
    bool is_nobody = self->asks_sending && typed->sending == SENDING_NOBODY;
    in->secret = secrets[typed->way];
    wizard_set(&in->user, typed->user);
    wizard_set(&in->password_command, is_command ? typed->command : NULL);
    setup_set_outgoing(self->setup,
                       is_other    ? typed->sending_user
                       : is_nobody ? ""
                                   : NULL,
                       is_other && !is_command ? typed->sending_password : NULL);
    if (is_other && is_command) {
        out->secret = ACCOUNT_SECRET_COMMAND;
        wizard_set(&out->password_command, typed->sending_command);
    }
    return true;
}

/* --- save --- */
static void fill_save(struct view_wizard *self)
{
    const char *name = self->typed.account_name != NULL ? self->typed.account_name : setup_account(self->setup)->name;
    const char *const deletes[] = { _("until it is deleted here"), _("for ever"), _("not at all: fetched and removed"), _("for 14 days"),
                                    NULL };
    self->field_account = form_add_text(self->form, _("Name of the account"), name);
    self->field_delete = form_add_choice(self->form, _("Mail stays on the server"), deletes, self->typed.pop3_delete);
    form_show(self->form, self->field_delete, setup_account(self->setup)->incoming.protocol == ACCOUNT_PROTOCOL_POP3);
}

static void keep_save(struct view_wizard *self)
{
    wizard_set(&self->typed.account_name, form_text(self->form, self->field_account));
    g_strstrip(self->typed.account_name);
    self->typed.pop3_delete = form_chosen(self->form, self->field_delete); /* the words stand in the order of enum account_delete */
}

/* --- the table --- */
static const struct {
    void (*fill)(struct view_wizard *self); /* NULL: the step has no form */
    void (*keep)(struct view_wizard *self);
} forms[] = {
    [STEP_WHO] = { fill_who, keep_who },
    [STEP_SERVERS] = { fill_servers, keep_servers },
    [STEP_SIGN_IN] = { fill_sign_in, keep_sign_in },
    [STEP_SAVE] = { fill_save, keep_save },
    [STEP_SAVING] = { NULL, NULL },
};

void wizard_fill(struct view_wizard *self)
{
    g_clear_pointer(&self->form, form_free);
    if (forms[self->step].fill == NULL)
        return;
    self->form = form_new();
    forms[self->step].fill(self);
}

void wizard_keep(struct view_wizard *self)
{
    if (self->form != NULL && forms[self->step].keep != NULL)
        forms[self->step].keep(self);
}
