/* SPDX-License-Identifier: MIT */
/* Reading account files by the table; what is wrong is said with file, line and what is allowed. */
#include "config/account_file.h"
#include "config/account_rows_private.h"
#include "config/account_sync_private.h"
#include "config/from.h"
#include "config/identity_private.h"
#include "config/ini.h"
#include "config/nearest.h"
#include "config/oauth_providers.h"
#include "config/parse_private.h"
#include "config/paths.h"
#include "config/secret.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const auth_words[] = { "auto", "plain",  "login",    "cram-md5",    "digest-md5", "scram-sha-1", "scram-sha-256",
                                          "ntlm", "gssapi", "external", "oauthbearer", "xoauth2",    "apop",        NULL };
static const char *const group_words[] = { "account", "incoming", "pop3", "outgoing", "sync", "folders", "oauth", NULL };

/* --- one value --- */
static bool fail_word(const ini *file, const struct key_row *row, const char *value, const char *const *words, GError **error)
{
    g_autofree char *allowed = g_strjoinv(", ", (char **)words), *hint = nearest_hint(value, words);
    return ini_fail(file, row->group, row->key, error, _("%s = %s is not known.%s Allowed are: %s."), row->key, value, hint, allowed);
}

static bool read_choice(const ini *file, const struct key_row *row, const char *value, int *field, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (const struct account_choice *choice = row->choices; choice->word != NULL; choice++) {
        if (strcmp(choice->word, value) == 0) {
            *field = choice->value; /* every enum of this struct is an int */
            return true;
        }
        g_ptr_array_add(words, (char *)choice->word);
    }
    g_ptr_array_add(words, NULL);
    return fail_word(file, row, value, (const char *const *)words->pdata, error);
}

static bool read_bool(const ini *file, const struct key_row *row, const char *value, bool *field, GError **error)
{
    static const char *const words[] = { "true", "false", NULL };
    *field = strcmp(value, "true") == 0;
    return g_strv_contains(words, value) || fail_word(file, row, value, words, error);
}

static bool read_port(const ini *file, const struct key_row *row, const char *value, uint16_t *field, GError **error)
{
    guint64 port = 0;
    if (!g_ascii_string_to_unsigned(value, 10, 1, 65535, &port, NULL))
        return ini_fail(file, row->group, row->key, error, _("port = %s is not a port. Allowed are 1 to 65535."), value);
    *field = (uint16_t)port;
    return true;
}

static bool read_days(const ini *file, const struct key_row *row, const char *value, uint16_t *field, GError **error)
{
    guint64 days = 0;
    if (!g_ascii_string_to_unsigned(value, 10, 1, 3650, &days, NULL))
        return ini_fail(file, row->group, row->key, error, _("%s = %s is not a number of days. Allowed are 1 to 3650."), row->key, value);
    *field = (uint16_t)days;
    return true;
}

static bool read_watches(const ini *file, const struct key_row *row, const char *value, uint16_t *field, GError **error)
{
    guint64 count = 0;
    if (!g_ascii_string_to_unsigned(value, 10, 0, ACCOUNT_IDLE_FOLDERS_MAX, &count, NULL))
        return ini_fail(file, row->group, row->key, error, _("%s = %s is not a number of folders. Allowed are 0 to %d."), row->key, value,
                        ACCOUNT_IDLE_FOLDERS_MAX);
    *field = (uint16_t)count;
    return true;
}

char *account_resolve_path(const ini *file, const char *value)
{
    g_autofree char *expanded = paths_expand(value), *directory = g_path_get_dirname(ini_path(file));
    return g_path_is_absolute(expanded) ? g_steal_pointer(&expanded) : g_build_filename(directory, expanded, NULL);
}

static void replace(char **field, char *value)
{
    secret_free(*field);
    *field = value;
}

/* None of these can have a line break in it: it would end up in a protocol command or a header. */
static bool read_text(const ini *file, const struct key_row *row, const char *value, char **field, GError **error)
{
    for (const char *p = value; *p != '\0'; p++) {
        if (g_ascii_iscntrl(*p))
            return ini_fail(file, row->group, row->key, error, _("%s has a control character in it. Allowed is text on one line."),
                            row->key);
    }
    replace(field, row->type == KEY_PATH ? account_resolve_path(file, value) : g_strdup(value));
    return true;
}

/* A name or an address, not an URL and not NAME:PORT: both are what people write who come from other programs. */
static bool read_host(const ini *file, const struct key_row *row, const char *value, char **field, GError **error)
{
    const char *colon = strchr(value, ':');
    bool has_port = colon != NULL && strchr(colon + 1, ':') == NULL; /* two and more: IPv6 */
    if (has_port || strpbrk(value, "/ \t@<>\"'\\") != NULL)
        return ini_fail(
            file, row->group, row->key, error,
            _("host = %s is not a server's name. Allowed is a name or an address alone; port and security have lines of their own."),
            value);
    return read_text(file, row, value, field, error);
}

/* "500K", "2M", "1G", bytes without a letter. */
bool account_read_size(const ini *file, const char *group, const char *key, const char *value, uint64_t *field, GError **error)
{
    static const char units[] = "KMG";
    char *end = NULL;
    guint64 number = g_ascii_isdigit(*value) ? g_ascii_strtoull(value, &end, 10) : G_MAXUINT64;
    const char *unit = end != NULL && *end != '\0' ? strchr(units, g_ascii_toupper(*end)) : NULL;
    const char *behind = unit != NULL ? end + 1 : end;
    unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
    if (behind != NULL && g_ascii_toupper(*behind) == 'B' && unit != NULL)
        behind++;
    if (behind == NULL || *behind != '\0' || number > ((guint64)G_MAXINT64 >> shift))
        return ini_fail(file, group, key, error,
                        _("%s = %s is not a size. Allowed are bytes, or a number with K, M or G (500K, 2M); 0 is no limit."), key, value);
    *field = number << shift;
    return true;
}

static bool read_list(const ini *file, const struct key_row *row, const char *value, char ***field, GError **error)
{
    g_auto(GStrv) pieces = g_strsplit(value, ";", -1);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (char **piece = pieces; *piece != NULL; piece++) {
        g_autofree char *name = NULL, *address = NULL;
        if (*g_strstrip(*piece) == '\0')
            continue;
        if (!from_parse(*piece, &name, &address))
            return ini_fail(file, row->group, row->key, error,
                            _("%s: %s is not an address. Allowed are Name <user@domain> and user@domain, with ; between them."), row->key,
                            *piece);
        g_strv_builder_add(builder, *piece);
    }
    g_strfreev(*field);
    *field = g_strv_builder_end(builder);
    return true;
}

static bool read_value(const ini *file, const struct key_row *row, const char *value, void *field, GError **error)
{
    switch (row->type) {
    case KEY_TEXT:
    case KEY_PATH:
        return read_text(file, row, value, field, error);
    case KEY_SECRET_TEXT:
        replace(field, g_strdup(value));
        return true;
    case KEY_HOST:
        return read_host(file, row, value, field, error);
    case KEY_PORT:
        return read_port(file, row, value, field, error);
    case KEY_DAYS:
        return read_days(file, row, value, field, error);
    case KEY_WATCHES:
        return read_watches(file, row, value, field, error);
    case KEY_SIZE:
        return account_read_size(file, row->group, row->key, value, field, error);
    case KEY_BOOL:
        return read_bool(file, row, value, field, error);
    case KEY_CHOICE:
        return read_choice(file, row, value, field, error);
    case KEY_LIST:
        return read_list(file, row, value, field, error);
    case KEY_LATER:
        return true;
    }
    return true;
}

/* "key =" with nothing behind it is as good as no line; but "user =" in [outgoing] says: do not sign in. */
static bool read_row(const ini *file, const struct key_row *row, struct account *self, GError **error)
{
    char *value = ini_get(file, row->group, row->key);
    bool is_said = value != NULL && (*value != '\0' || strcmp(row->key, "user") == 0);
    bool is_ok = !is_said || read_value(file, row, value, (char *)self + row->offset, error);
    secret_free(value);
    return is_ok;
}

/* --- names --- */
/* "sync Lists" has the keys of "sync". */
static const char *group_of_rows(const char *group)
{
    return account_sync_is_group(group) ? "sync" : account_identity_is_group(group) ? "identity" : group;
}

static GPtrArray *keys_of_group(const char *group)
{
    GPtrArray *keys = g_ptr_array_new();
    for (size_t i = 0; i < account_row_count; i++) {
        if (strcmp(account_rows[i].group, group_of_rows(group)) == 0)
            g_ptr_array_add(keys, (char *)account_rows[i].key);
    }
    g_ptr_array_add(keys, NULL);
    return keys;
}

static bool check_keys(const ini *file, const char *group, GError **error)
{
    g_autoptr(GPtrArray) known = keys_of_group(group);
    g_auto(GStrv) keys = ini_keys(file, group);
    for (char **key = keys; *key != NULL; key++) {
        if (account_row_named(group_of_rows(group), *key) != NULL)
            continue;
        g_autofree char *allowed = g_strjoinv(", ", (char **)known->pdata);
        g_autofree char *hint = nearest_hint(*key, (const char *const *)known->pdata);
        return ini_fail(file, group, *key, error, _("There is no key %s in [%s].%s Allowed are: %s."), *key, group, hint, allowed);
    }
    return true;
}

/* A misspelt key would be silently ignored: that is worse than an error. */
static bool check_names(const ini *file, GError **error)
{
    g_auto(GStrv) groups = ini_groups(file);
    for (char **group = groups; *group != NULL; group++) {
        if (!g_strv_contains(group_words, *group) && !account_sync_is_group(*group) && !account_identity_is_group(*group)) {
            g_autofree char *hint = nearest_hint(*group, group_words);
            return ini_fail(
                file, *group, NULL, error,
                _("There is no group [%s].%s Allowed are: account, identity ADDRESS, incoming, pop3, outgoing, sync, folders, oauth."),
                *group, hint);
        }
        if (!check_keys(file, *group, error))
            return false;
    }
    return true;
}

/* --- the whole --- */
static bool read_from(const ini *file, struct account *self, GError **error)
{
    g_autofree char *value = ini_get(file, "account", "from");
    if (value == NULL || *value == '\0')
        return ini_fail_missing(file, "account", error,
                                _("from is missing: the address mail is sent from, e.g. from = Alice Example <alice@example.test>."));
    return from_parse(value, &self->from_name, &self->from_address) ||
           ini_fail(file, "account", "from", error, _("from = %s is not an address. Allowed are Name <user@domain> and user@domain."),
                    value);
}

static bool check_auth(const ini *file, const char *group, const char *auth, GError **error)
{
    const struct key_row row = { .group = group, .key = "auth" };
    return g_strv_contains(auth_words, auth) || fail_word(file, &row, auth, auth_words, error);
}

static bool is_fingerprint(const char *pin)
{
    unsigned digits = 0;
    if (g_ascii_strncasecmp(pin, "sha256:", 7) != 0)
        return false;
    for (const char *p = pin + 7; *p != '\0'; p++) {
        if (g_ascii_isxdigit(*p))
            digits++;
        else if (*p != ':' && *p != ' ')
            return false;
    }
    return digits == 64;
}

static bool check_fingerprint(const ini *file, const char *group, const char *pins, GError **error)
{
    g_auto(GStrv) list = g_strsplit(pins != NULL ? pins : "", ";", -1);
    for (char **pin = list; *pin != NULL; pin++) {
        if (*g_strstrip(*pin) != '\0' && !is_fingerprint(*pin))
            return ini_fail(file, group, "tls-fingerprint", error,
                            _("tls-fingerprint = %s cannot be used. Allowed is sha256: and 64 hexadecimal digits."), *pin);
    }
    return true;
}

/* Exactly one of password-command, secret, password; with none of them the person is asked. */
static bool read_secret(const ini *file, const char *group, struct account_server *server, GError **error)
{
    int count = (server->password_command != NULL) + (server->secret != ACCOUNT_SECRET_NONE) + (server->password != NULL);
    if (count > 1)
        return ini_fail(file, group, server->password != NULL ? "password" : "secret", error,
                        _("Only one of password-command, secret and password is allowed in [%s]."), group);
    if (server->password_command != NULL)
        server->secret = ACCOUNT_SECRET_COMMAND;
    else if (server->password != NULL)
        server->secret = ACCOUNT_SECRET_PASSWORD;
    return true;
}

/* "password"; "proxy" where a password is part of it; NULL: none of both. */
static const char *secret_key(const struct account_server *server)
{
    return server->password != NULL ? "password" : server->proxy != NULL && strchr(server->proxy, '@') != NULL ? "proxy" : NULL;
}

static bool check_permissions(const ini *file, const struct account *self, GError **error)
{
    struct stat status;
    const char *in = secret_key(&self->incoming), *key = in != NULL ? in : secret_key(&self->outgoing);
    if (key == NULL || stat(ini_path(file), &status) != 0 || (status.st_mode & 077) == 0)
        return true;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_PERMISSION,
                _("%s:%u: The file holds a password and others can read it, so postern does not use it. Run: chmod 600 %s"), ini_path(file),
                ini_line(file, in != NULL ? "incoming" : "outgoing", key), ini_path(file));
    return false;
}

static bool is_network(const struct account_server *server)
{
    return server->protocol == ACCOUNT_PROTOCOL_IMAP || server->protocol == ACCOUNT_PROTOCOL_POP3 ||
           server->protocol == ACCOUNT_PROTOCOL_SMTP;
}

static bool check_presence(const ini *file, const char *group, const struct account_server *server, GError **error)
{
    bool needs_user = is_network(server) && server->protocol != ACCOUNT_PROTOCOL_SMTP && strcmp(server->auth, "external") != 0 &&
                      strcmp(server->auth, "gssapi") != 0;
    if (is_network(server) && server->host == NULL)
        return ini_fail_missing(file, group, error, _("host is missing in [%s]: the server's name."), group);
    if (needs_user && (server->user == NULL || *server->user == '\0'))
        return ini_fail_missing(file, group, error, _("user is missing in [%s]: the name to sign in with."), group);
    if (server->protocol == ACCOUNT_PROTOCOL_MAILDIR && server->path == NULL)
        return ini_fail_missing(file, group, error, _("path is missing in [%s]: where the Maildir is."), group);
    if (server->protocol == ACCOUNT_PROTOCOL_SENDMAIL && server->command == NULL)
        return ini_fail_missing(file, group, error,
                                _("command is missing in [%s]: the program that sends, e.g. command = /usr/sbin/sendmail."), group);
    return true;
}

static bool check_server(const ini *file, const char *group, struct account_server *server, GError **error)
{
    if (ini_line(file, group, NULL) == 0)
        return ini_fail_missing(file, group, error,
                                strcmp(group, "incoming") == 0 ? _("The group [%s] is missing: where mail comes from.")
                                                               : _("The group [%s] is missing: how mail is sent."),
                                group);
    if (!check_auth(file, group, server->auth, error) || !check_fingerprint(file, group, server->tls_fingerprint, error) ||
        !read_secret(file, group, server, error) || !check_presence(file, group, server, error))
        return false;
    if (server->port == 0)
        server->port = account_default_port(server->protocol, server->security);
    return true;
}

/* The browser comes back to this computer, or to nobody. */
static bool is_loopback_url(const char *url)
{
    static const char *const hosts[] = { "127.0.0.1", "localhost", "::1", NULL };
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_NONE, NULL);
    return uri != NULL && strcmp(g_uri_get_scheme(uri), "http") == 0 && g_uri_get_host(uri) != NULL &&
           g_strv_contains(hosts, g_uri_get_host(uri)) && g_uri_get_query(uri) == NULL && g_uri_get_fragment(uri) == NULL &&
           g_uri_get_userinfo(uri) == NULL;
}

static bool check_oauth(const ini *file, const struct account_oauth *oauth, GError **error)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    if (oauth->redirect_url != NULL && !is_loopback_url(oauth->redirect_url))
        return ini_fail(file, "oauth", "redirect-url", error,
                        _("redirect-url = %s cannot be used. It is an address of this computer, as it was registered at the service: "
                          "http://localhost:8080/callback."),
                        oauth->redirect_url);
    if (oauth->provider == NULL || oauth_provider_named(oauth->provider) != NULL)
        return true;
    for (size_t i = 0; oauth_provider_at(i) != NULL; i++)
        g_strv_builder_add(words, oauth_provider_at(i)->word);
    g_auto(GStrv) list = g_strv_builder_end(words);
    g_autofree char *allowed = g_strjoinv(", ", list), *hint = nearest_hint(oauth->provider, (const char *const *)list);
    return ini_fail(file, "oauth", "provider", error, _("provider = %s is not known in [oauth].%s Allowed are: %s."), oauth->provider, hint,
                    allowed);
}

static void fill_in_outgoing(struct account *self)
{
    struct account_server *in = &self->incoming, *out = &self->outgoing;
    if (out->user == NULL && is_network(in))
        out->user = g_strdup(in->user);
    if (out->secret == ACCOUNT_SECRET_NONE && (out->user == NULL || *out->user != '\0')) {
        out->secret = in->secret;
        out->password_command = g_strdup(in->password_command);
        out->password = g_strdup(in->password);
    }
}

struct account *account_from_ini(const ini *file, GError **error)
{
    g_autofree char *id = g_path_get_basename(ini_path(file));
    if (g_str_has_suffix(id, ".conf"))
        id[strlen(id) - strlen(".conf")] = '\0';
    g_autoptr(account) self = account_new(id);
    self->path = g_strdup(ini_path(file));
    if (!check_names(file, error) || !read_from(file, self, error))
        return NULL;
    for (size_t i = 0; i < account_row_count; i++) {
        if (!read_row(file, &account_rows[i], self, error))
            return NULL;
    }
    if ((self->sync = account_sync_read(file, error)) == NULL || (self->identities = account_identity_read(file, error)) == NULL)
        return NULL;
    if (self->name == NULL)
        self->name = g_strdup(self->id);
    if (!check_server(file, "incoming", &self->incoming, error) || !check_server(file, "outgoing", &self->outgoing, error) ||
        !check_oauth(file, &self->oauth, error) || !check_permissions(file, self, error))
        return NULL;
    fill_in_outgoing(self);
    return g_steal_pointer(&self);
}

struct account *account_file_load(const char *path, GError **error)
{
    g_autoptr(ini) file = ini_load(path, NULL, error);
    return file != NULL ? account_from_ini(file, error) : NULL;
}

struct account *account_file_from_data(const char *path, const char *text, size_t length, GError **error)
{
    g_autoptr(ini) file = ini_from_data(path, text, length, error);
    return file != NULL ? account_from_ini(file, error) : NULL;
}

static int by_id(gconstpointer left, gconstpointer right)
{
    return strcmp((*(struct account *const *)left)->id, (*(struct account *const *)right)->id);
}

static void note_error(GPtrArray *errors, GError *why)
{
    if (errors != NULL)
        g_ptr_array_add(errors, why);
    else
        g_error_free(why);
}

static GDir *open_accounts(const char *directory, GPtrArray *errors)
{
    GError *why = NULL;
    errno = 0;
    GDir *entries = g_dir_open(directory, 0, &why);
    int saved = errno;
    if (entries == NULL && !g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        note_error(errors, g_error_new(CONFIG_ERROR, CONFIG_ERROR_READ, _("Reading %s failed: %s"), directory, g_strerror(saved)));
    g_clear_error(&why);
    return entries;
}

GPtrArray *account_file_load_all(GPtrArray **errors_out)
{
    g_autofree char *directory = paths_config_file("accounts");
    GPtrArray *accounts = g_ptr_array_new_with_free_func((GDestroyNotify)account_free);
    GPtrArray *errors = errors_out != NULL ? g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free) : NULL;
    g_autoptr(GDir) entries = open_accounts(directory, errors);
    const char *name;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        GError *why = NULL;
        if (*name == '.' || !g_str_has_suffix(name, ".conf"))
            continue;
        struct account *self = account_file_load(path, &why);
        if (self != NULL)
            g_ptr_array_add(accounts, self);
        else
            note_error(errors, why);
    }
    g_ptr_array_sort(accounts, by_id);
    if (errors_out != NULL)
        *errors_out = errors;
    return accounts;
}
