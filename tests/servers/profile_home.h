/* SPDX-License-Identifier: MIT */
/* A person's own place with one account at a provider profile: runs the real program there, and does to mail what the screen would do. */
#pragma once
#include "core/intent.h"
#include "core/store.h"
#include "core/store_message.h"
#include "tests/remove_tree.h"
#include "tests/servers/server_profile.h"
#include <string.h>
#include <sys/wait.h>

typedef struct profile_home {
    profile_server *server;
    const char *program;
    char *directory;
    char *output; /* of the last run, both streams */
} profile_home;

static inline void profile_home_free(profile_home *self)
{
    remove_tree(self->directory);
    g_free(self->directory);
    g_free(self->output);
    g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(profile_home, profile_home_free)

static inline char *profile_home_account(const profile_home *self)
{
    return g_build_filename(self->directory, "config/postern/accounts/test.conf", NULL);
}

/* A key of the account file; NULL: takes it out. */
static inline void profile_home_set(profile_home *self, const char *group, const char *key, const char *value)
{
    g_autofree char *path = profile_home_account(self), *text = NULL;
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL);
    if (value != NULL)
        g_key_file_set_string(file, group, key, value);
    else
        g_key_file_remove_key(file, group, key, NULL);
    text = g_key_file_to_data(file, NULL, NULL);
    g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

static inline const char *profile_home_security(const char *cell)
{
    return g_str_has_suffix(cell, "-ssl") ? "tls" : g_str_has_suffix(cell, "-tls") ? "starttls" : "plain";
}

static inline void profile_home_server(profile_home *self, const char *group, const char *cell)
{
    g_autofree char *port = g_strdup_printf("%d", profile_port(self->server, cell));
    bool is_relay = strcmp(cell, "smtp-plain") == 0 || strcmp(cell, "smtp-tls") == 0;
    const char *password = profile_password(self->server);
    profile_home_set(self, group, "host", "localhost");
    profile_home_set(self, group, "port", port);
    profile_home_set(self, group, "security", profile_home_security(cell));
    profile_home_set(self, group, "tls-ca-file", profile_ca_file(self->server));
    profile_home_set(self, group, "user", is_relay ? "" : cell[0] == 's' ? profile_user_smtp(self->server) : profile_user(self->server));
    if (password == NULL && !is_relay)
        profile_home_set(self, group, "auth", "xoauth2");
    profile_home_set(self, group, "password", password != NULL ? password : profile_token(self->server));
}

/* in, out: cells ("imap4-ssl"); out NULL: mail is only read. */
static inline profile_home *profile_home_new(profile_server *server, const char *program, const char *in, const char *out)
{
    profile_home *self = g_new0(profile_home, 1);
    *self = (profile_home){ .server = server, .program = program, .directory = g_dir_make_tmp("postern-provider-XXXXXX", NULL) };
    g_autofree char *accounts = g_build_filename(self->directory, "config/postern/accounts", NULL),
                    *settings = g_build_filename(self->directory, "config/postern/postern.conf", NULL),
                    *from = g_strdup_printf("Alice <%s>", profile_address(server));
    g_mkdir_with_parents(accounts, 0700);
    g_file_set_contents(settings, "[postern]\nundo-delay = 0\neditor = builtin\n", -1, NULL);
    profile_home_set(self, "account", "name", "Test");
    profile_home_set(self, "account", "from", from);
    profile_home_set(self, "incoming", "protocol", *in == 'p' ? "pop3" : "imap");
    profile_home_server(self, "incoming", in);
    profile_home_set(self, "outgoing", "protocol", out != NULL ? "smtp" : "sendmail");
    if (out != NULL)
        profile_home_server(self, "outgoing", out);
    else
        profile_home_set(self, "outgoing", "command", "/bin/false");
    return self;
}

static inline char **profile_home_environment(const profile_home *self)
{
    static const char *const names[][2] = {
        { "HOME", "" }, { "XDG_CONFIG_HOME", "/config" }, { "XDG_DATA_HOME", "/data" }, { "XDG_CACHE_HOME", "/cache" }
    };
    char **environment = g_get_environ();
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *value = g_strconcat(self->directory, names[i][1], NULL);
        environment = g_environ_setenv(environment, names[i][0], value, TRUE);
    }
    environment = g_environ_setenv(environment, "XDG_RUNTIME_DIR", "/nonexistent", TRUE);
    return g_environ_setenv(environment, "DBUS_SESSION_BUS_ADDRESS", "", TRUE);
}

/* input: for its standard input, NULL: none. The exit status. */
static inline int profile_home_spawn(profile_home *self, const char *const *arguments, const char *input)
{
    g_auto(GStrv) environment = profile_home_environment(self);
    g_autofree char *in = g_build_filename(self->directory, "input", NULL), *errors = NULL, *output = NULL, *script = NULL;
    int status = 0;
    g_file_set_contents(in, input != NULL ? input : "", -1, NULL);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    script = g_strdup("input=$1; shift; exec \"$@\" <\"$input\"");
    const char *const shell[] = { "sh", "-c", script, "sh", in, self->program, NULL };
    for (const char *const *word = shell; *word != NULL; word++)
        g_ptr_array_add(argv, (char *)*word);
    for (; *arguments != NULL; arguments++)
        g_ptr_array_add(argv, (char *)*arguments);
    g_ptr_array_add(argv, NULL);
    g_spawn_sync(NULL, (char **)argv->pdata, environment, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors, &status, NULL);
    g_free(self->output);
    self->output = g_strconcat(output, errors, NULL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline int profile_home_run(profile_home *self, const char *command, const char *argument)
{
    return profile_home_spawn(self, (const char *const[]){ command, argument, NULL }, NULL);
}

static inline int profile_home_send(profile_home *self, const char *message)
{
    return profile_home_spawn(self, (const char *const[]){ "send", "-t", NULL }, message);
}

/* --- the store --- */
static inline store *profile_home_store(const profile_home *self)
{
    g_autofree char *path = g_build_filename(self->directory, "data/postern/mail.db", NULL);
    return store_open(path, STORE_WORKER, NULL);
}

static inline char *profile_home_text(const profile_home *self, const char *sql, int value)
{
    g_autoptr(store) db = profile_home_store(self);
    sqlite3_stmt *statement = NULL;
    char *text = NULL;
    if (db == NULL || sqlite3_prepare_v2(store_db(db), sql, -1, &statement, NULL) != SQLITE_OK)
        return NULL;
    sqlite3_bind_int(statement, 1, value);
    if (sqlite3_step(statement) == SQLITE_ROW)
        text = g_strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return text;
}

static inline int64_t profile_home_number(const profile_home *self, const char *sql)
{
    g_autofree char *text = profile_home_text(self, sql, 0);
    return text != NULL ? g_ascii_strtoll(text, NULL, 10) : -1;
}

/* As if everything that waits for its time had waited long enough. */
static inline void profile_home_let_time_pass(profile_home *self)
{
    g_autoptr(store) db = profile_home_store(self);
    store_exec(db, "UPDATE intents SET not_before_utc = 0", NULL);
    store_exec(db, "UPDATE outbox SET not_before_utc = 0", NULL);
}

/* The message's place in the Inbox. */
static inline int64_t profile_home_placement(const profile_home *self, const char *message_id)
{
    g_autofree char *sql = g_strdup_printf("SELECT p.id FROM placements p JOIN messages m ON m.id = p.message_id JOIN folders f ON "
                                           "f.id = p.folder_id WHERE f.role = 1 AND m.message_id = '%s'",
                                           message_id);
    return profile_home_number(self, sql);
}

static inline void profile_home_flag(profile_home *self, const char *message_id)
{
    int64_t id = profile_home_placement(self, message_id);
    g_autoptr(store) db = profile_home_store(self);
    intent_flags(db, &id, 1, MESSAGE_SEEN | MESSAGE_FLAGGED, 0, NULL);
}

static inline void profile_home_ids(const profile_home *self, const char *sql, GArray *ids)
{
    g_autoptr(store) db = profile_home_store(self);
    sqlite3_stmt *statement = NULL;
    if (db == NULL || sqlite3_prepare_v2(store_db(db), sql, -1, &statement, NULL) != SQLITE_OK)
        return;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(statement, 0);
        g_array_append_val(ids, id);
    }
    sqlite3_finalize(statement);
}

static inline void profile_home_flag_all(profile_home *self, const GArray *ids)
{
    g_autoptr(store) db = profile_home_store(self);
    intent_flags(db, (const int64_t *)(const void *)ids->data, ids->len, MESSAGE_FLAGGED, 0, NULL);
}

static inline void profile_home_delete(profile_home *self, const char *message_id)
{
    int64_t id = profile_home_placement(self, message_id);
    g_autoptr(store) db = profile_home_store(self);
    intent_delete(db, &id, 1, false, NULL);
}

static inline void profile_home_archive(profile_home *self, const char *message_id)
{
    int64_t id = profile_home_placement(self, message_id);
    g_autoptr(store) db = profile_home_store(self);
    intent_archive(db, &id, 1, NULL);
}
