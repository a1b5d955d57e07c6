/* SPDX-License-Identifier: MIT */
/* Known mail services: the rows of providers.ini and of the person's own file, checked as they are read. */
#include "config/providers.h"
#include "config/ini.h"
#include "config/oauth_providers.h"
#include "config/paths.h"
#include "config/providers_private.h"
#include <glib/gi18n-lib.h>
#include <pthread.h>
#include <string.h>

/* Sentences for hint = …; %s is the service, then where it is done (hint-url). */
static const struct {
    const char *word, *words;
    bool is_browser_only;
} hints[] = {
    { "app-password", N_("%s wants an app password instead of your own password. Make one here: %s."), false },
    { "own-password", N_("%s wants a password made for mail programs: the one of its web site does not work here. Make one here: %s."),
      false },
    { "two-factor", N_("If you sign in to %s in two steps, it wants an app password here instead of your own. Make one here: %s."), false },
    { "switch-on", N_("%s lets mail programs in only when that is switched on in its settings: %s."), false },
    { "switch-on-app-password",
      N_("%s wants mail programs (IMAP) to be switched on first, and then an app password instead of your own. Both are done here: %s."),
      false },
    { "authorisation-code",
      N_("%s wants IMAP to be switched on first; the password is then the authorisation code it shows, not your own. Look here: %s."),
      false },
    { "browser-only", N_("%s refuses passwords, and app passwords too: people sign in through its own web page only (OAuth)."), true },
    { "bridge", N_("%s needs its Bridge running on this computer; name and password are the ones the Bridge shows."), false },
    { "no-programs", N_("%s does not let mail programs in: it has neither IMAP nor POP3. Its mail can be read in its own app only."),
      false },
    { "subscription", N_("%s lets mail programs in only with a paid subscription."), false },
};

/* --- one row --- */
static void free_row(void *data)
{
    struct provider *row = data;
    const char *const texts[] = { row->name,      row->domains, row->exchangers, row->imap.host, row->pop3.host,
                                  row->smtp.host, row->user,    row->oauth,      row->hint };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free((char *)texts[i]);
    g_free(row);
}

/* A row being read. */
struct reading {
    const ini *file;
    const char *group;
    struct provider *row;
};

/* Blank-separated, each once, as they stand. "" where there is none. Caller frees. */
static char *list_of(const struct reading *self, const char *key)
{
    g_autofree char *value = ini_get(self->file, self->group, key);
    g_autoptr(GString) list = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit_set(value != NULL ? value : "", " \t,;", -1);
    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0')
            g_string_append_printf(list, "%s%s", list->len > 0 ? " " : "", *word);
    }
    return g_strdup(list->str);
}

static bool read_port(const char *text, uint16_t *port_out)
{
    guint64 port = 0;
    if (!g_ascii_string_to_unsigned(text, 10, 1, 65535, &port, NULL))
        return false;
    *port_out = (uint16_t)port;
    return true;
}

/* "HOST[:PORT] [tls|starttls]" */
static bool read_server(const struct reading *self, const char *key, enum account_protocol protocol, struct provider_server *server,
                        GError **error)
{
    g_autofree char *value = ini_get(self->file, self->group, key);
    if (value == NULL)
        return true;
    g_auto(GStrv) words = g_strsplit(value, " ", -1);
    guint count = g_strv_length(words);
    bool is_starttls = count == 2 && strcmp(words[1], "starttls") == 0, is_tls = count == 1 || (count == 2 && strcmp(words[1], "tls") == 0);
    char *colon = count > 0 ? strchr(words[0], ':') : NULL;
    server->security = is_starttls ? ACCOUNT_SECURITY_STARTTLS : ACCOUNT_SECURITY_TLS;
    server->port = account_default_port(protocol, server->security);
    if (colon != NULL)
        *colon = '\0';
    bool is_host = count > 0 && words[0][0] != '\0' && strpbrk(words[0], "/@<>\"'\\") == NULL;
    if (!is_host || (!is_starttls && !is_tls) || (colon != NULL && !read_port(colon + 1, &server->port)))
        return ini_fail(self->file, self->group, key, error,
                        _("\"%s\" is not HOST, HOST:PORT, or one of them with tls or starttls behind it."), value);
    server->host = g_strdup(words[0]);
    return true;
}

static bool read_user(const struct reading *self, GError **error)
{
    static const char *const users[] = { "address", "local-part", "either", NULL };
    g_autofree char *value = ini_get(self->file, self->group, "user");
    self->row->user = g_strdup(value != NULL ? value : users[0]);
    return g_strv_contains(users, self->row->user) ||
           ini_fail(self->file, self->group, "user", error, _("user is address, local-part or either, not \"%s\"."), value);
}

static bool read_oauth(const struct reading *self, GError **error)
{
    self->row->oauth = ini_get(self->file, self->group, "oauth");
    return self->row->oauth == NULL || oauth_provider_named(self->row->oauth) != NULL ||
           ini_fail(self->file, self->group, "oauth", error, _("\"%s\" is not a service this program can sign in to by OAuth."),
                    self->row->oauth);
}

/* The sentence with the service and the place in it. Caller frees. */
static char *hint_words(const char *words, const char *name, const char *place)
{
    g_autoptr(GString) hint = g_string_new(NULL);
    const char *const values[] = { name, place };
    g_auto(GStrv) parts = g_strsplit(words, "%s", -1);
    for (size_t i = 0; parts[i] != NULL; i++)
        g_string_append_printf(hint, "%s%s", i > 0 ? values[MIN(i - 1, 1)] : "", parts[i]);
    return g_strdup(hint->str);
}

static bool read_hint(const struct reading *self, GError **error)
{
    g_autofree char *word = ini_get(self->file, self->group, "hint"), *place = ini_get(self->file, self->group, "hint-url");
    self->row->hint = ini_get(self->file, self->group, "hint-text");
    if (word == NULL || self->row->hint != NULL)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(hints); i++) {
        if (strcmp(hints[i].word, word) != 0)
            continue;
        self->row->hint = hint_words(_(hints[i].words), self->row->name, place != NULL ? place : _("in its settings"));
        self->row->is_browser_only = hints[i].is_browser_only;
        return true;
    }
    return ini_fail(self->file, self->group, "hint", error, _("There is no hint called \"%s\"; hint-text takes a sentence of your own."),
                    word);
}

static bool read_saves_sent(const struct reading *self, GError **error)
{
    g_autofree char *value = ini_get(self->file, self->group, "saves-sent");
    self->row->saves_sent = g_strcmp0(value, "true") == 0;
    return value == NULL || self->row->saves_sent || strcmp(value, "false") == 0 ||
           ini_fail(self->file, self->group, "saves-sent", error, _("saves-sent is true or false, not \"%s\"."), value);
}

static bool check_keys(const struct reading *self, GError **error)
{
    static const char *const known[] = { "domains", "exchangers", "imap",     "pop3",      "smtp",       "user",
                                         "oauth",   "hint",       "hint-url", "hint-text", "saves-sent", NULL };
    g_auto(GStrv) keys = ini_keys(self->file, self->group);
    for (char **key = keys; *key != NULL; key++) {
        if (!g_strv_contains(known, *key))
            return ini_fail(self->file, self->group, *key, error, _("There is no \"%s\" in the table of mail services."), *key);
    }
    return true;
}

static bool read_row(const struct reading *self, GError **error)
{
    struct provider *row = self->row;
    row->name = g_strdup(self->group);
    row->domains = list_of(self, "domains");
    row->exchangers = list_of(self, "exchangers");
    if (*row->domains == '\0')
        return ini_fail_missing(self->file, self->group, error, _("[%s] needs domains = …"), self->group);
    bool is_read = check_keys(self, error) && read_server(self, "imap", ACCOUNT_PROTOCOL_IMAP, &row->imap, error) &&
                   read_server(self, "pop3", ACCOUNT_PROTOCOL_POP3, &row->pop3, error) &&
                   read_server(self, "smtp", ACCOUNT_PROTOCOL_SMTP, &row->smtp, error) && read_user(self, error) &&
                   read_oauth(self, error) && read_hint(self, error) && read_saves_sent(self, error);
    if (is_read && provider_has_servers(row) && row->smtp.host == NULL)
        return ini_fail_missing(self->file, self->group, error, _("[%s] needs smtp = …: nobody could send."), self->group);
    return is_read;
}

GPtrArray *provider_rows_parse(const char *path, const char *text, size_t length, GPtrArray *faults)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(free_row);
    GError *error = NULL;
    g_autoptr(ini) file = ini_from_data(path, text, length, &error);
    g_auto(GStrv) groups = file != NULL ? ini_groups(file) : NULL;
    for (char **group = groups; group != NULL && *group != NULL; group++) {
        const struct reading reading = { .file = file, .group = *group, .row = g_new0(struct provider, 1) };
        if (read_row(&reading, &error)) {
            g_ptr_array_add(rows, reading.row);
        } else {
            g_ptr_array_add(faults, g_steal_pointer(&error));
            free_row(reading.row);
        }
    }
    if (error != NULL)
        g_ptr_array_add(faults, error);
    return rows;
}

/* --- the table --- */
static struct {
    pthread_once_t once;
    GPtrArray *rows, *faults;
} table = { .once = PTHREAD_ONCE_INIT };

static void add_own_rows(void)
{
    g_autofree char *path = paths_config_file("providers.conf"), *text = NULL;
    gsize length = 0;
    GError *error = NULL;
    if (!g_file_get_contents(path, &text, &length, &error)) {
        if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            g_ptr_array_add(table.faults, error);
        else
            g_error_free(error);
        return;
    }
    GPtrArray *own = provider_rows_parse(path, text, length, table.faults);
    for (guint i = 0; i < own->len; i++)
        ((struct provider *)own->pdata[i])->is_own = true;
    g_ptr_array_extend_and_steal(table.rows, own);
}

static void load_table(void)
{
    table.rows = g_ptr_array_new_with_free_func(free_row);
    table.faults = g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free);
    add_own_rows();
    g_ptr_array_extend_and_steal(table.rows,
                                 provider_rows_parse("providers.ini", (const char *)provider_table, provider_table_length, table.faults));
}

static const GPtrArray *rows_of_table(void)
{
    pthread_once(&table.once, load_table);
    return table.rows;
}

const GPtrArray *provider_faults(void)
{
    rows_of_table();
    return table.faults;
}

/* --- looking --- */
/* "hotmail.*" is any ending, "*.onmicrosoft.com" any beginning. */
static bool has_star(const char *word)
{
    return strchr(word, '*') != NULL;
}

static bool is_domain(const char *word, const char *domain)
{
    size_t length = strlen(word), whole = strlen(domain);
    if (g_str_has_suffix(word, ".*"))
        return g_ascii_strncasecmp(domain, word, length - 1) == 0;
    if (g_str_has_prefix(word, "*."))
        return whole >= length && g_ascii_strcasecmp(domain + whole - (length - 1), word + 1) == 0;
    return g_ascii_strcasecmp(word, domain) == 0;
}

/* Is domain one of the blank-separated words of list, without regard to case? Only those with a star count, or only those without. */
static bool has_domain(const char *list, const char *domain, bool is_starred)
{
    g_auto(GStrv) words = g_strsplit(list, " ", -1);
    for (char **each = words; *each != NULL; each++) {
        if (has_star(*each) == is_starred && is_domain(*each, domain))
            return true;
    }
    return false;
}

const struct provider *provider_for_address(const char *address)
{
    const GPtrArray *rows = rows_of_table();
    const char *at = strrchr(address, '@');
    for (int is_starred = 0; at != NULL && is_starred < 2; is_starred++) {
        for (guint i = 0; i < rows->len; i++) {
            const struct provider *row = rows->pdata[i];
            if (has_domain(row->domains, at + 1, is_starred != 0))
                return row;
        }
    }
    return NULL;
}

/* How much of host's end is one of the words: the longest end knows best. */
static size_t length_of_end(const char *list, const char *host)
{
    size_t longest = 0;
    g_auto(GStrv) words = g_strsplit(list, " ", -1);
    for (char **each = words; *each != NULL; each++) {
        g_autofree char *pattern = g_strconcat("*.", *each, NULL);
        bool is_end = **each != '\0' && (is_domain(pattern, host) || g_ascii_strcasecmp(*each, host) == 0);
        if (is_end)
            longest = MAX(longest, strlen(*each));
    }
    return longest;
}

const struct provider *provider_for_exchanger(const char *host)
{
    const GPtrArray *rows = rows_of_table();
    const struct provider *best = NULL;
    size_t longest = 0;
    for (guint i = 0; i < rows->len; i++) {
        const struct provider *row = rows->pdata[i];
        size_t length = length_of_end(row->exchangers, host);
        best = length > longest ? row : best;
        longest = MAX(longest, length);
    }
    return best;
}

bool provider_has_servers(const struct provider *provider)
{
    return provider->imap.host != NULL || provider->pop3.host != NULL;
}

const struct provider *provider_at(size_t index)
{
    const GPtrArray *rows = rows_of_table();
    return index < rows->len ? rows->pdata[index] : NULL;
}
