/* SPDX-License-Identifier: MIT */
/* Writing account files: a new one whole and with comments, an old one by its changed lines only. */
#include "config/account_file.h"
#include "config/account_rows_private.h"
#include "config/from.h"
#include "config/ini.h"
#include "config/paths.h"
#include "config/secret.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* Above their lines in a new file; the same in every language, as the keys are. */
static const struct {
    const char *group, *key, *text;
} comments[] = {
    { "account", "name", "shown in the folder list" },
    { "account", "aliases", "addresses that are yours too, with ; between them" },
    { "incoming", "protocol", "imap | pop3 | maildir (path = ...)" },
    { "incoming", "port", "default from protocol and security" },
    { "incoming", "security", "tls | starttls | plain" },
    { "incoming", "auth", "auto | plain | login | cram-md5 | scram-sha-256 | ... see postern.conf(5)" },
    { "incoming", "secret", "exactly one of: password-command = ... ; secret = keyring | file | prompt ; password = ..." },
    { "incoming", "password", "exactly one of: password-command = ... ; secret = keyring | file | prompt ; password = ..." },
    { "incoming", "password-command", "exactly one of: password-command = ... ; secret = keyring | file | prompt ; password = ..." },
    { "pop3", "delete-from-server", "of mail that is safely here: never | at-once | after-days | when-deleted (here)" },
    { "pop3", "max-size", "of larger messages (2M) only the head is fetched, until you ask for the rest; 0: no limit" },
    { "outgoing", "protocol", "smtp | sendmail (command = ...) | maildir (path = ...); user and secret: default as incoming" },
    { "outgoing", "save-sent", "auto | yes | no" },
};
static const struct {
    const char *group, *comment;
} groups[] = { { "account", NULL },
               { "incoming", NULL },
               { "pop3", NULL },
               { "outgoing", NULL },
               { "oauth", "signing in with a browser: provider = google | microsoft | yahoo | aol | fastmail, and the client-id it gave" },
               { "folders", "sent, drafts, trash, junk, archive: default from the server" } };

/* --- what stands in the struct --- */
static char *choice_word(const struct key_row *row, int value)
{
    for (const struct account_choice *choice = row->choices; choice->word != NULL; choice++) {
        if (choice->value == value)
            return g_strdup(choice->word);
    }
    return NULL; /* ACCOUNT_SECRET_COMMAND and _PASSWORD have keys of their own */
}

/* The largest unit that says it exactly. */
static char *size_word(uint64_t bytes)
{
    static const char *const units[] = { "", "K", "M", "G" };
    size_t unit = 0;
    while (bytes > 0 && bytes % 1024 == 0 && unit + 1 < G_N_ELEMENTS(units)) {
        bytes /= 1024;
        unit++;
    }
    return bytes > 0 ? g_strdup_printf("%" G_GUINT64_FORMAT "%s", bytes, units[unit]) : NULL;
}

/* NULL: no line. Caller frees with secret_free. */
static char *value_of(const struct account *self, const struct key_row *row)
{
    const void *field = (const char *)self + row->offset;
    switch (row->type) {
    case KEY_TEXT:
    case KEY_SECRET_TEXT:
    case KEY_HOST:
    case KEY_PATH:
        return g_strdup(*(char *const *)field);
    case KEY_PORT:
    case KEY_DAYS:
        return *(const uint16_t *)field != 0 ? g_strdup_printf("%u", *(const uint16_t *)field) : NULL;
    case KEY_WATCHES:
        return *(const uint16_t *)field != ACCOUNT_IDLE_FOLDERS ? g_strdup_printf("%u", *(const uint16_t *)field) : NULL;
    case KEY_SIZE:
        return size_word(*(const uint64_t *)field);
    case KEY_BOOL:
        return g_strdup(*(const bool *)field ? "true" : "false");
    case KEY_LIST: {
        char **list = *(char **const *)field;
        return list != NULL && list[0] != NULL ? g_strjoinv("; ", list) : NULL;
    }
    case KEY_CHOICE:
        return choice_word(row, *(const int *)field);
    case KEY_LATER:
        return strcmp(row->key, "from") == 0 ? from_format(self->from_name, self->from_address) : NULL;
    }
    return NULL;
}

static const struct account_server *server_of(const struct account *self, const struct key_row *row)
{
    if (strcmp(row->group, "incoming") == 0)
        return &self->incoming;
    return strcmp(row->group, "outgoing") == 0 && strcmp(row->key, "save-sent") != 0 ? &self->outgoing : NULL;
}

/* A password in the struct that is not how the secret is had now must not stay in the file. */
static bool is_other_secret(const struct account_server *server, const char *key)
{
    return (strcmp(key, "password") == 0 && server->secret != ACCOUNT_SECRET_PASSWORD) ||
           (strcmp(key, "password-command") == 0 && server->secret != ACCOUNT_SECRET_COMMAND);
}

static bool is_sign_in(const char *key)
{
    static const char *const keys[] = { "user", "secret", "password", "password-command", NULL };
    return g_strv_contains(keys, key);
}

static bool is_network_key(const char *key)
{
    static const char *const keys[] = { "host", "port", "security", "auth", "user", NULL };
    return g_strv_contains(keys, key);
}

static bool has_same_sign_in(const struct account_server *in, const struct account_server *out)
{
    return g_strcmp0(in->user, out->user) == 0 && in->secret == out->secret && g_strcmp0(in->password, out->password) == 0 &&
           g_strcmp0(in->password_command, out->password_command) == 0;
}

/* What outgoing has from incoming and what a protocol has no use for is not written anew; a line that is there is kept right. */
static bool is_needless(const struct account *self, const struct key_row *row)
{
    const struct account_server *server = server_of(self, row);
    if (server == NULL)
        return false;
    bool is_network = server->protocol != ACCOUNT_PROTOCOL_MAILDIR && server->protocol != ACCOUNT_PROTOCOL_SENDMAIL;
    if (!is_network && is_network_key(row->key))
        return true;
    return server == &self->outgoing && is_sign_in(row->key) && has_same_sign_in(&self->incoming, server);
}

/* "key = auto", "key = false" or the usual port: says nothing new where no line is. */
static bool is_default(const struct account *self, const struct key_row *row, const char *value)
{
    g_autoptr(account) fresh = account_new(self->id);
    const struct account_server *server = server_of(self, row);
    if (row->type == KEY_PORT && server != NULL)
        return server->port == account_default_port(server->protocol, server->security);
    if (strcmp(row->key, "name") == 0)
        return g_strcmp0(value, self->id) == 0;
    g_autofree char *standard = row->type != KEY_LATER ? value_of(fresh, row) : NULL;
    return g_strcmp0(standard, value) == 0;
}

/* --- an old file --- */
static bool is_unchanged(const ini *file, const struct key_row *row, const char *old, const char *value)
{
    g_autofree char *old_path = row->type == KEY_PATH && old != NULL ? account_resolve_path(file, old) : NULL;
    return g_strcmp0(old, value) == 0 || (old_path != NULL && g_strcmp0(old_path, value) == 0);
}

static bool update_row(ini *file, const struct account *self, const struct key_row *row, GError **error)
{
    const struct account_server *server = server_of(self, row);
    char *old = ini_get(file, row->group, row->key), *value = value_of(self, row);
    bool is_ok = true;
    if (server != NULL && is_other_secret(server, row->key)) {
        secret_free(value);
        value = NULL;
    }
    bool is_left_out = old == NULL && (is_needless(self, row) || is_default(self, row, value));
    if (!is_left_out && !is_unchanged(file, row, old, value))
        is_ok = ini_set(file, row->group, row->key, value, error);
    secret_free(old);
    secret_free(value);
    return is_ok;
}

static bool update_file(ini *file, const struct account *self, GError **error)
{
    for (size_t i = 0; i < account_row_count; i++) {
        bool is_ours = account_rows[i].type != KEY_LATER || strcmp(account_rows[i].key, "from") == 0;
        if (is_ours && !update_row(file, self, &account_rows[i], error))
            return false;
    }
    return true;
}

/* --- a new file --- */
static void append_comment(GString *text, const char *group, const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(comments); i++) {
        if (strcmp(comments[i].group, group) == 0 && strcmp(comments[i].key, key) == 0)
            g_string_append_printf(text, "# %s\n", comments[i].text);
    }
}

static void append_row(GString *text, const struct account *self, const struct key_row *row)
{
    const struct account_server *server = server_of(self, row);
    const char *field = (const char *)self + row->offset;
    bool is_usual_tls = strcmp(row->key, "tls-min-version") == 0 && *(const int *)field == ACCOUNT_TLS_1_2;
    bool is_usual_dane = strcmp(row->key, "dane") == 0 && *(const int *)field == ACCOUNT_DANE_NO;
    bool is_silent = is_usual_tls || is_usual_dane || (row->type == KEY_BOOL && !*(const bool *)field);
    bool is_left_out = is_silent || is_needless(self, row) || (server != NULL && is_other_secret(server, row->key));
    char *value = is_left_out ? NULL : value_of(self, row), *escaped = value != NULL ? ini_escape(value) : NULL;
    if (escaped != NULL && (*escaped != '\0' || strcmp(row->key, "user") == 0)) {
        append_comment(text, row->group, row->key);
        g_string_append_printf(text, "%s = %s\n", row->key, escaped);
    }
    secret_free(value);
    secret_free(escaped);
}

static ini *new_file(const struct account *self, GError **error)
{
    GString *text = g_string_sized_new(4096); /* large enough not to leave a password behind in a smaller one */
    g_string_append(text, "# a postern account, yours to edit: see postern.conf(5)\n");
    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
        bool is_without_oauth = self->oauth.provider == NULL && self->oauth.token_url == NULL;
        if ((strcmp(groups[i].group, "pop3") == 0 && self->incoming.protocol != ACCOUNT_PROTOCOL_POP3) ||
            (strcmp(groups[i].group, "oauth") == 0 && is_without_oauth))
            continue;
        g_string_append_printf(text, "%s[%s]\n", i > 0 ? "\n" : "", groups[i].group);
        if (groups[i].comment != NULL)
            g_string_append_printf(text, "# %s\n", groups[i].comment);
        for (size_t row = 0; row < account_row_count; row++) {
            if (strcmp(account_rows[row].group, groups[i].group) == 0)
                append_row(text, self, &account_rows[row]);
        }
    }
    ini *file = ini_from_data(self->path, text->str, text->len, error);
    explicit_bzero(text->str, text->len);
    g_string_free(text, TRUE);
    return file;
}

bool account_file_save(struct account *self, GError **error)
{
    bool is_missing = false;
    g_autoptr(GError) why = NULL;
    if (self->path == NULL)
        self->path = paths_account_file(self->id);
    g_autoptr(ini) file = ini_load(self->path, &is_missing, &why);
    if (file == NULL && !is_missing)
        return g_propagate_error(error, g_steal_pointer(&why)), false;
    bool is_new = file == NULL;
    if (is_new)
        file = new_file(self, error);
    return file != NULL && (is_new || update_file(file, self, error)) && ini_save(file, 0600, error);
}

bool account_file_set(const char *path, const char *group, const char *key, const char *value, GError **error)
{
    g_autoptr(ini) file = ini_load(path, NULL, error);
    return file != NULL && ini_set(file, group, key, value, error) && ini_save(file, 0600, error);
}

/* "sha256:AB:CD…" without what may be written in more than one way. Caller frees. */
static char *bare_fingerprint(const char *pin)
{
    GString *bare = g_string_new(NULL);
    for (const char *p = g_ascii_strncasecmp(pin, "sha256:", 7) == 0 ? pin + 7 : pin; *p != '\0'; p++) {
        if (g_ascii_isxdigit(*p))
            g_string_append_c(bare, g_ascii_tolower(*p));
    }
    return g_string_free(bare, FALSE);
}

bool account_has_pin(const char *pins, const char *fingerprint)
{
    g_auto(GStrv) list = g_strsplit(pins != NULL ? pins : "", ";", -1);
    g_autofree char *wanted = bare_fingerprint(fingerprint != NULL ? fingerprint : "");
    for (char **each = list; *each != NULL && *wanted != '\0'; each++) {
        g_autofree char *bare = bare_fingerprint(g_strstrip(*each));
        if (strcmp(bare, wanted) == 0)
            return true;
    }
    return false;
}

bool account_file_add_pin(const char *path, const char *group, const char *fingerprint, GError **error)
{
    g_autoptr(ini) file = ini_load(path, NULL, error);
    if (file == NULL)
        return false;
    g_autofree char *old = ini_get(file, group, "tls-fingerprint");
    if (account_has_pin(old, fingerprint))
        return true;
    g_autofree char *all = old != NULL && *old != '\0' ? g_strdup_printf("%s; %s", old, fingerprint) : g_strdup(fingerprint);
    return ini_set(file, group, "tls-fingerprint", all, error) && ini_save(file, 0600, error);
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
