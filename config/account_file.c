/* SPDX-License-Identifier: MIT */
/* Account files by a table: a new key is a row and a field. */
#include "config/account_file.h"
#include "config/ini.h"
#include "config/parse_private.h"
#include "config/paths.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum key_type { KEY_TEXT, KEY_PATH, KEY_PORT, KEY_BOOL, KEY_CHOICE, KEY_LIST, KEY_LATER /* known, used by a later version */ };
struct choice {
    const char *word;
    int value;
};

static const struct choice incoming_protocols[] = {
    { "imap", ACCOUNT_PROTOCOL_IMAP }, { "pop3", ACCOUNT_PROTOCOL_POP3 }, { "maildir", ACCOUNT_PROTOCOL_MAILDIR }, { NULL, 0 }
};
static const struct choice outgoing_protocols[] = {
    { "smtp", ACCOUNT_PROTOCOL_SMTP }, { "sendmail", ACCOUNT_PROTOCOL_SENDMAIL }, { "maildir", ACCOUNT_PROTOCOL_MAILDIR }, { NULL, 0 }
};
static const struct choice securities[] = {
    { "tls", ACCOUNT_SECURITY_TLS }, { "starttls", ACCOUNT_SECURITY_STARTTLS }, { "plain", ACCOUNT_SECURITY_PLAIN }, { NULL, 0 }
};
static const struct choice secrets[] = {
    { "keyring", ACCOUNT_SECRET_KEYRING }, { "file", ACCOUNT_SECRET_FILE }, { "prompt", ACCOUNT_SECRET_PROMPT }, { NULL, 0 }
};
static const struct choice saves[] = {
    { "auto", ACCOUNT_SAVE_SENT_AUTO }, { "yes", ACCOUNT_SAVE_SENT_YES }, { "no", ACCOUNT_SAVE_SENT_NO }, { NULL, 0 }
};
static const char auth_words[] =
    "auto plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 ntlm gssapi external oauthbearer xoauth2 apop";

struct key_row {
    const char *group, *key;
    enum key_type type;
    size_t offset;
    const struct choice *choices;
};
#define IN(field)  offsetof(struct account, incoming.field)
#define OUT(field) offsetof(struct account, outgoing.field)
#define TOP(field) offsetof(struct account, field)
#define SERVER_ROWS(group, AT, protocols)                                                                                                  \
    { group, "protocol", KEY_CHOICE, AT(protocol), protocols }, { group, "host", KEY_TEXT, AT(host), NULL },                               \
        { group, "port", KEY_PORT, AT(port), NULL }, { group, "security", KEY_CHOICE, AT(security), securities },                          \
        { group, "auth", KEY_TEXT, AT(auth), NULL }, { group, "user", KEY_TEXT, AT(user), NULL },                                          \
        { group, "password-command", KEY_TEXT, AT(password_command), NULL }, { group, "secret", KEY_CHOICE, AT(secret), secrets },         \
        { group, "password", KEY_TEXT, AT(password), NULL }, { group, "tls-ca-file", KEY_PATH, AT(tls_ca_file), NULL },                    \
        { group, "tls-fingerprint", KEY_TEXT, AT(tls_fingerprint), NULL },                                                                 \
        { group, "tls-certificate", KEY_PATH, AT(tls_certificate), NULL }, { group, "tls-key", KEY_PATH, AT(tls_key), NULL },              \
        { group, "proxy", KEY_TEXT, AT(proxy), NULL },                                                                                     \
        { group, "allow-cleartext-password", KEY_BOOL, AT(allow_cleartext_password), NULL }, { group, "path", KEY_PATH, AT(path), NULL },  \
    {                                                                                                                                      \
        group, "command", KEY_TEXT, AT(command), NULL                                                                                      \
    }

static const struct key_row rows[] = {
    { "account", "name", KEY_TEXT, TOP(name), NULL },
    { "account", "from", KEY_LATER, 0, NULL }, /* read by read_from() */
    { "account", "aliases", KEY_LIST, TOP(aliases), NULL },
    { "account", "signature-file", KEY_PATH, TOP(signature_file), NULL },
    SERVER_ROWS("incoming", IN, incoming_protocols),
    SERVER_ROWS("outgoing", OUT, outgoing_protocols),
    { "pop3", "delete-from-server", KEY_LATER, 0, NULL },
    { "pop3", "days", KEY_LATER, 0, NULL },
    { "outgoing", "save-sent", KEY_CHOICE, TOP(save_sent), saves },
    { "folders", "sent", KEY_TEXT, TOP(folders[ACCOUNT_FOLDER_SENT]), NULL },
    { "folders", "drafts", KEY_TEXT, TOP(folders[ACCOUNT_FOLDER_DRAFTS]), NULL },
    { "folders", "trash", KEY_TEXT, TOP(folders[ACCOUNT_FOLDER_TRASH]), NULL },
    { "folders", "junk", KEY_TEXT, TOP(folders[ACCOUNT_FOLDER_JUNK]), NULL },
    { "folders", "archive", KEY_TEXT, TOP(folders[ACCOUNT_FOLDER_ARCHIVE]), NULL },
};

/* --- life --- */
static void wipe(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    g_free(secret);
}

static void server_clear(struct account_server *server)
{
    char *texts[] = { server->host,
                      server->auth,
                      server->user,
                      server->password_command,
                      server->tls_ca_file,
                      server->tls_fingerprint,
                      server->tls_certificate,
                      server->tls_key,
                      server->proxy,
                      server->path,
                      server->command };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    wipe(server->password);
}

void account_free(struct account *self)
{
    if (self == NULL)
        return;
    g_free(self->id);
    g_free(self->path);
    g_free(self->name);
    g_free(self->from_name);
    g_free(self->from_address);
    g_strfreev(self->aliases);
    g_free(self->signature_file);
    for (size_t i = 0; i < ACCOUNT_FOLDER_ROLES; i++)
        g_free(self->folders[i]);
    server_clear(&self->incoming);
    server_clear(&self->outgoing);
    g_free(self);
}

struct account *account_new(const char *id)
{
    struct account *self = g_new0(struct account, 1);
    self->id = g_strdup(id);
    self->aliases = g_new0(char *, 1);
    self->incoming.protocol = ACCOUNT_PROTOCOL_IMAP;
    self->outgoing.protocol = ACCOUNT_PROTOCOL_SMTP;
    self->incoming.auth = g_strdup("auto");
    self->outgoing.auth = g_strdup("auto");
    return self;
}

static void server_copy(struct account_server *to, const struct account_server *from)
{
    *to = *from;
    char **texts[] = { &to->host,
                       &to->auth,
                       &to->user,
                       &to->password_command,
                       &to->password,
                       &to->tls_ca_file,
                       &to->tls_fingerprint,
                       &to->tls_certificate,
                       &to->tls_key,
                       &to->proxy,
                       &to->path,
                       &to->command };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup(*texts[i]);
}

struct account *account_copy(const struct account *from)
{
    struct account *self = g_memdup2(from, sizeof *from);
    char **texts[] = { &self->id, &self->path, &self->name, &self->from_name, &self->from_address, &self->signature_file };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup(*texts[i]);
    for (size_t i = 0; i < ACCOUNT_FOLDER_ROLES; i++)
        self->folders[i] = g_strdup(self->folders[i]);
    self->aliases = g_strdupv(from->aliases);
    server_copy(&self->incoming, &from->incoming);
    server_copy(&self->outgoing, &from->outgoing);
    return self;
}

uint16_t account_default_port(enum account_protocol protocol, enum account_security security)
{
    static const uint16_t ports[][3] = {
        [ACCOUNT_PROTOCOL_IMAP] = { 993, 143, 143 }, [ACCOUNT_PROTOCOL_POP3] = { 995, 110, 110 }, [ACCOUNT_PROTOCOL_SMTP] = { 465, 587, 25 }
    };
    return (size_t)protocol < G_N_ELEMENTS(ports) && (size_t)security < 3 ? ports[protocol][security] : 0;
}

const char *account_security_word(enum account_security security)
{
    return (size_t)security < 3 ? securities[security].word : "?";
}

/* --- reading --- */
static char *allowed_words(const struct choice *choices)
{
    GString *text = g_string_new(NULL);
    for (; choices->word != NULL; choices++)
        g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", choices->word);
    return g_string_free(text, FALSE);
}

static bool read_choice(const ini *file, const struct key_row *row, const char *value, int *field, GError **error)
{
    for (const struct choice *choice = row->choices; choice->word != NULL; choice++) {
        if (strcmp(choice->word, value) == 0) {
            *field = choice->value;
            return true;
        }
    }
    g_autofree char *allowed = allowed_words(row->choices);
    return ini_fail(file, row->group, row->key, error, _("%s = %s is not known. Allowed are: %s."), row->key, value, allowed);
}

static char *resolve_path(const ini *file, const char *value)
{
    g_autofree char *expanded = paths_expand(value), *directory = g_path_get_dirname(ini_path(file));
    return g_path_is_absolute(expanded) ? g_steal_pointer(&expanded) : g_build_filename(directory, expanded, NULL);
}

static char **read_list(const char *value)
{
    g_auto(GStrv) pieces = g_strsplit(value, ";", -1);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (char **piece = pieces; *piece != NULL; piece++) {
        if (*g_strstrip(*piece) != '\0')
            g_strv_builder_add(builder, *piece);
    }
    return g_strv_builder_end(builder);
}

static bool read_port(const ini *file, const struct key_row *row, const char *value, uint16_t *field, GError **error)
{
    guint64 port = 0;
    if (!g_ascii_string_to_unsigned(value, 10, 1, 65535, &port, NULL))
        return ini_fail(file, row->group, row->key, error, _("port = %s is not a port. Allowed are 1 to 65535."), value);
    *field = (uint16_t)port;
    return true;
}

static bool read_row(const ini *file, const struct key_row *row, struct account *self, GError **error)
{
    g_autofree char *value = ini_get(file, row->group, row->key);
    void *field = (char *)self + row->offset;
    if (value == NULL)
        return true;
    switch (row->type) {
    case KEY_TEXT:
        g_free(*(char **)field);
        *(char **)field = g_steal_pointer(&value);
        return true;
    case KEY_PATH:
        g_free(*(char **)field);
        *(char **)field = resolve_path(file, value);
        return true;
    case KEY_PORT:
        return read_port(file, row, value, field, error);
    case KEY_BOOL:
        *(bool *)field = strcmp(value, "true") == 0;
        return strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ||
               ini_fail(file, row->group, row->key, error, _("%s = %s is not known. Allowed are: true, false."), row->key, value);
    case KEY_CHOICE: {
        int number = 0;
        if (!read_choice(file, row, value, &number, error))
            return false;
        *(int *)field = number; /* every enum of this struct is an int */
        return true;
    }
    case KEY_LIST:
        g_strfreev(*(char ***)field);
        *(char ***)field = read_list(value);
        return true;
    case KEY_LATER:
        return true;
    }
    return true;
}

static const struct key_row *row_named(const char *group, const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].group, group) == 0 && strcmp(rows[i].key, key) == 0)
            return &rows[i];
    }
    return NULL;
}

static char *keys_of_group(const char *group)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].group, group) == 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", rows[i].key);
    }
    return g_string_free(text, FALSE);
}

/* A misspelt key would be silently ignored: that is worse than an error. */
static bool check_names(const ini *file, GError **error)
{
    g_auto(GStrv) groups = ini_groups(file);
    for (char **group = groups; *group != NULL; group++) {
        g_autofree char *allowed = keys_of_group(*group);
        g_auto(GStrv) keys = ini_keys(file, *group);
        if (*allowed == '\0' && strcmp(*group, "oauth") == 0)
            continue;
        if (*allowed == '\0')
            return ini_fail(file, *group, NULL, error,
                            _("There is no group [%s]. Allowed are [account], [incoming], [pop3], [outgoing] and [folders]."), *group);
        for (char **key = keys; *key != NULL; key++) {
            if (row_named(*group, *key) == NULL)
                return ini_fail(file, *group, *key, error, _("There is no key %s in [%s]. Allowed are: %s."), *key, *group, allowed);
        }
    }
    return true;
}

/* "Name <address>" or "address". */
static bool read_from(const ini *file, struct account *self, GError **error)
{
    g_autofree char *value = ini_get(file, "account", "from");
    if (value == NULL)
        return ini_fail(file, "account", NULL, error,
                        _("from is missing: the address mail is sent from, e.g. from = Alice Example <alice@example.test>."));
    char *open = strrchr(value, '<'), *close = strrchr(value, '>');
    g_autofree char *address = open != NULL && close > open ? g_strndup(open + 1, (gsize)(close - open - 1)) : g_strdup(value);
    g_autofree char *name = open != NULL ? g_strndup(value, (gsize)(open - value)) : g_strdup("");
    g_strstrip(address);
    g_strstrip(name);
    size_t length = strlen(name);
    if (length >= 2 && name[0] == '"' && name[length - 1] == '"') {
        name[length - 1] = '\0';
        memmove(name, name + 1, length - 1);
    }
    const char *at = strrchr(address, '@');
    if (at == NULL || at == address || at[1] == '\0' || strpbrk(address, " \t<>,;\"") != NULL)
        return ini_fail(file, "account", "from", error, _("from = %s is not an address. Allowed is Name <user@domain> or user@domain."),
                        value);
    self->from_name = g_steal_pointer(&name);
    self->from_address = g_steal_pointer(&address);
    return true;
}

static bool check_auth(const ini *file, const char *group, const char *auth, GError **error)
{
    g_auto(GStrv) words = g_strsplit(auth_words, " ", -1);
    return g_strv_contains((const char *const *)words, auth) ||
           ini_fail(file, group, "auth", error, _("auth = %s is not known. Allowed are: %s."), auth, auth_words);
}

/* Exactly one of password-command, secret, password. */
static bool read_secret(const ini *file, const char *group, struct account_server *server, GError **error)
{
    int count = (server->password_command != NULL) + (server->secret != ACCOUNT_SECRET_NONE) + (server->password != NULL);
    if (count > 1)
        return ini_fail(file, group, server->password != NULL ? "password" : "secret", error,
                        _("Only one of password-command, secret and password may be given in [%s]."), group);
    if (server->password_command != NULL)
        server->secret = ACCOUNT_SECRET_COMMAND;
    else if (server->password != NULL)
        server->secret = ACCOUNT_SECRET_PASSWORD;
    return true;
}

static bool check_permissions(const ini *file, const struct account *self, GError **error)
{
    struct stat status;
    bool has_password = self->incoming.password != NULL || self->outgoing.password != NULL;
    if (!has_password || stat(ini_path(file), &status) != 0 || (status.st_mode & 077) == 0)
        return true;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_PERMISSION,
                _("%s holds a password and others can read it, so postern does not use it. Run: chmod 600 %s"), ini_path(file),
                ini_path(file));
    return false;
}

static bool check_server(const ini *file, const char *group, struct account_server *server, GError **error)
{
    bool is_network =
        server->protocol == ACCOUNT_PROTOCOL_IMAP || server->protocol == ACCOUNT_PROTOCOL_POP3 || server->protocol == ACCOUNT_PROTOCOL_SMTP;
    if (is_network && (server->host == NULL || *server->host == '\0'))
        return ini_fail(file, group, NULL, error, _("host is missing in [%s]: the server's name."), group);
    if (server->protocol == ACCOUNT_PROTOCOL_MAILDIR && server->path == NULL)
        return ini_fail(file, group, NULL, error, _("path is missing in [%s]: where the Maildir is."), group);
    if (server->protocol == ACCOUNT_PROTOCOL_SENDMAIL && server->command == NULL)
        return ini_fail(file, group, NULL, error,
                        _("command is missing in [%s]: the program that sends, e.g. command = /usr/sbin/sendmail -t."), group);
    if (server->port == 0)
        server->port = account_default_port(server->protocol, server->security);
    return check_auth(file, group, server->auth, error) && read_secret(file, group, server, error);
}

static void fill_in_outgoing(const ini *file, struct account *self)
{
    struct account_server *in = &self->incoming, *out = &self->outgoing;
    if (out->user == NULL && (in->protocol == ACCOUNT_PROTOCOL_IMAP || in->protocol == ACCOUNT_PROTOCOL_POP3))
        out->user = g_strdup(in->user);
    if (out->secret == ACCOUNT_SECRET_NONE && ini_line(file, "outgoing", "password") == 0) {
        out->secret = in->secret;
        out->password_command = g_strdup(in->password_command);
        out->password = g_strdup(in->password);
    }
}

static struct account *read_account(const ini *file, GError **error)
{
    g_autofree char *name = g_path_get_basename(ini_path(file));
    char *dot = g_str_has_suffix(name, ".conf") ? name + strlen(name) - 5 : NULL;
    if (dot != NULL)
        *dot = '\0';
    g_autoptr(account) self = account_new(name);
    self->path = g_strdup(ini_path(file));
    if (!check_names(file, error) || !read_from(file, self, error))
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (!read_row(file, &rows[i], self, error))
            return NULL;
    }
    if (self->name == NULL)
        self->name = g_strdup(self->id);
    if (ini_line(file, "incoming", NULL) == 0)
        return ini_fail(file, "incoming", NULL, error, _("The group [incoming] is missing: where mail comes from.")), NULL;
    if (ini_line(file, "outgoing", NULL) == 0)
        return ini_fail(file, "outgoing", NULL, error, _("The group [outgoing] is missing: how mail is sent.")), NULL;
    if (!check_server(file, "incoming", &self->incoming, error) || !check_server(file, "outgoing", &self->outgoing, error) ||
        !check_permissions(file, self, error))
        return NULL;
    fill_in_outgoing(file, self);
    return g_steal_pointer(&self);
}

struct account *account_file_load(const char *path, GError **error)
{
    g_autoptr(ini) file = ini_load(path, NULL, error);
    return file != NULL ? read_account(file, error) : NULL;
}

struct account *account_file_from_data(const char *path, const char *text, size_t length, GError **error)
{
    g_autoptr(ini) file = ini_from_data(path, text, length, error);
    return file != NULL ? read_account(file, error) : NULL;
}

static int by_id(gconstpointer left, gconstpointer right)
{
    return strcmp((*(struct account *const *)left)->id, (*(struct account *const *)right)->id);
}

GPtrArray *account_file_load_all(GPtrArray **errors_out)
{
    g_autofree char *directory = paths_config_file("accounts");
    GPtrArray *accounts = g_ptr_array_new_with_free_func((GDestroyNotify)account_free);
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;
    if (errors_out != NULL)
        *errors_out = g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free);
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        GError *why = NULL;
        if (*name == '.' || !g_str_has_suffix(name, ".conf"))
            continue;
        struct account *self = account_file_load(path, &why);
        if (self != NULL)
            g_ptr_array_add(accounts, self);
        else if (errors_out != NULL)
            g_ptr_array_add(*errors_out, why);
        else
            g_error_free(why);
    }
    g_ptr_array_sort(accounts, by_id);
    return accounts;
}

/* --- writing --- */
static char *value_of(const struct account *self, const struct key_row *row)
{
    const void *field = (const char *)self + row->offset;
    switch (row->type) {
    case KEY_TEXT:
    case KEY_PATH:
        return g_strdup(*(char *const *)field);
    case KEY_PORT:
        return *(const uint16_t *)field != 0 ? g_strdup_printf("%u", *(const uint16_t *)field) : NULL;
    case KEY_BOOL:
        return *(const bool *)field ? g_strdup("true") : NULL;
    case KEY_LIST: {
        char **list = *(char **const *)field;
        return list != NULL && list[0] != NULL ? g_strjoinv("; ", list) : NULL;
    }
    case KEY_CHOICE:
        for (const struct choice *choice = row->choices; choice->word != NULL; choice++) {
            if (choice->value == *(const int *)field)
                return g_strdup(choice->word);
        }
        return NULL;
    case KEY_LATER:
        return NULL;
    }
    return NULL;
}

static bool is_network_key(const char *key)
{
    static const char *const keys[] = { "host", "port", "security", "auth", "user", NULL };
    return g_strv_contains(keys, key);
}

/* What outgoing has from incoming is not written twice; what a protocol has no use for is not written at all. */
static bool is_written(const struct account *self, const struct key_row *row)
{
    bool is_out = strcmp(row->group, "outgoing") == 0, is_in = strcmp(row->group, "incoming") == 0;
    if (!is_out && !is_in)
        return true;
    const struct account_server *in = &self->incoming, *out = &self->outgoing, *server = is_out ? out : in;
    bool is_network = server->protocol != ACCOUNT_PROTOCOL_MAILDIR && server->protocol != ACCOUNT_PROTOCOL_SENDMAIL;
    if (!is_network && is_network_key(row->key))
        return false;
    bool is_inherited = is_out && g_strcmp0(in->user, out->user) == 0 && in->secret == out->secret &&
                        g_strcmp0(in->password, out->password) == 0 && g_strcmp0(in->password_command, out->password_command) == 0;
    bool is_sign_in = strcmp(row->key, "user") == 0 || strcmp(row->key, "secret") == 0 || strcmp(row->key, "password") == 0 ||
                      strcmp(row->key, "password-command") == 0;
    return !(is_inherited && is_sign_in);
}

static bool set_if_changed(ini *file, const struct key_row *row, const char *value, GError **error)
{
    g_autofree char *old = ini_get(file, row->group, row->key);
    g_autofree char *old_path = row->type == KEY_PATH && old != NULL ? resolve_path(file, old) : NULL;
    if (g_strcmp0(old, value) == 0 || (old_path != NULL && g_strcmp0(old_path, value) == 0))
        return true;
    return ini_set(file, row->group, row->key, value, error);
}

static const char new_file_text[] = "# postern account; written by the wizard, yours to edit "
                                    "(postern.conf(5))\n[account]\n\n[incoming]\n\n[outgoing]\n\n[folders]\n# default from the server\n";

bool account_file_save(struct account *self, GError **error)
{
    bool is_missing = false;
    g_autoptr(GError) why = NULL;
    if (self->path == NULL)
        self->path = paths_account_file(self->id);
    g_autoptr(ini) file = ini_load(self->path, &is_missing, &why);
    bool is_new = file == NULL && is_missing;
    if (is_new)
        file = ini_from_data(self->path, new_file_text, strlen(new_file_text), error);
    else if (file == NULL)
        return g_propagate_error(error, g_steal_pointer(&why)), false;
    g_autofree char *from = self->from_name != NULL && *self->from_name != '\0'
                                ? g_strdup_printf("%s <%s>", self->from_name, self->from_address)
                                : g_strdup(self->from_address);
    if (file == NULL || !ini_set(file, "account", "from", from, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct key_row *row = &rows[i];
        if (row->type == KEY_LATER || !is_written(self, row))
            continue;
        g_autofree char *value = value_of(self, row);
        bool is_ok = set_if_changed(file, row, value, error);
        wipe(g_steal_pointer(&value));
        if (!is_ok)
            return false;
    }
    return ini_save(file, 0600, error);
}

bool account_file_set(const char *path, const char *group, const char *key, const char *value, GError **error)
{
    g_autoptr(ini) file = ini_load(path, NULL, error);
    return file != NULL && ini_set(file, group, key, value, error) && ini_save(file, 0600, error);
}

char *account_new_id(const char *name)
{
    GString *id = g_string_new(NULL);
    for (const char *p = name; *p != '\0' && id->len < 40; p++) {
        if (g_ascii_isalnum(*p))
            g_string_append_c(id, g_ascii_tolower(*p));
        else if (id->len > 0 && id->str[id->len - 1] != '-')
            g_string_append_c(id, '-');
    }
    while (id->len > 0 && id->str[id->len - 1] == '-')
        g_string_truncate(id, id->len - 1);
    if (id->len == 0)
        g_string_append(id, "mail");
    g_autofree char *stem = g_string_free(id, FALSE);
    for (int i = 1;; i++) {
        g_autofree char *candidate = i == 1 ? g_strdup(stem) : g_strdup_printf("%s-%d", stem, i);
        g_autofree char *path = paths_account_file(candidate);
        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&candidate);
    }
}
