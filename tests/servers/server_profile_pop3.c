/* SPDX-License-Identifier: MIT */
/* POP3 of a provider profile: one maildrop, the Inbox; what it hides, miscounts or lacks is in the profile. */
#include "tests/servers/server_profile_private.h"
#include <string.h>

struct drop {
    struct profile_line *line;
    profile_server *server;
    char *user;
    GPtrArray *mail; /* of struct profile_message*, with a reference each */
    GArray *deleted; /* of gboolean */
    bool is_in, is_over;
};

static void say_key(struct drop *self, const char *key, const char *otherwise)
{
    g_autofree char *words = profile_get(self->server, "pop3", key);
    profile_line_say(self->line, "%s", words != NULL ? words : otherwise);
}

static const char *bytes_at(const struct drop *self, guint index, gsize *size_out)
{
    return g_bytes_get_data(((const struct profile_message *)g_ptr_array_index(self->mail, index))->bytes, size_out);
}

/* LIST as the service counts: some count other line ends, or the message before it was converted. */
static gsize told_size(const struct drop *self, guint index)
{
    gsize size = 0;
    bytes_at(self, index, &size);
    return (gsize)((gint64)size + profile_get_number(self->server, "faults", "pop3-size-plus", 0));
}

static bool is_there(const struct drop *self, const char *number, guint *index_out)
{
    *index_out = (guint)g_ascii_strtoull(number, NULL, 10) - 1;
    if (*index_out < self->mail->len && !g_array_index(self->deleted, gboolean, *index_out))
        return true;
    profile_line_say(self->line, "-ERR Message number out of range.");
    return false;
}

/* --- signing in --- */
static void open_drop(struct drop *self)
{
    pthread_mutex_lock(&self->server->mutex);
    struct profile_folder *inbox = profile_store_by_role(self->server->store, "inbox");
    /* Gmail: each message once, unless the user name begins with "recent:". */
    bool is_once = profile_get_flag(self->server, "pop3", "each-once") && !g_str_has_prefix(self->user, "recent:");
    for (guint i = 0; inbox != NULL && i < inbox->entries->len; i++) {
        struct profile_message *message = ((struct profile_entry *)g_ptr_array_index(inbox->entries, i))->message;
        if (is_once && message->id <= self->server->hidden_up_to)
            continue;
        gboolean is_deleted = FALSE;
        message->references++;
        g_ptr_array_add(self->mail, message);
        g_array_append_val(self->deleted, is_deleted);
    }
    pthread_mutex_unlock(&self->server->mutex);
}

static void finish_sign_in(struct drop *self, enum profile_verdict verdict)
{
    if (verdict != PROFILE_GOOD) {
        g_autofree char *words = profile_refusal(self->server, verdict, "pop3");
        profile_line_say(self->line, "%s", words != NULL ? words : "-ERR Logon failure: unknown user name or bad password.");
        return;
    }
    if (!profile_enter(self->line)) {
        g_autofree char *words = profile_get(self->server, "limits", "pop3-connections-words");
        profile_line_say(self->line, "%s", words != NULL ? words : "-ERR [IN-USE] Unable to lock maildrop");
        return;
    }
    self->is_in = true;
    open_drop(self);
    say_key(self, "signed-in", "+OK User successfully logged on.");
}

static bool may_sign_in(struct drop *self)
{
    if (self->line->is_secure || self->line->cell->is_clear_open)
        return true;
    say_key(self, "tls-first", "-ERR Command is not valid in this state.");
    return false;
}

static void run_user(struct drop *self, const char *words)
{
    if (!may_sign_in(self))
        return;
    g_free(self->user);
    self->user = g_strdup(words);
    say_key(self, "user", "+OK");
}

static const char *bare_user(const struct drop *self)
{
    return g_str_has_prefix(self->user, "recent:") ? self->user + 7 : self->user;
}

static void run_pass(struct drop *self, const char *words)
{
    if (may_sign_in(self))
        finish_sign_in(self, profile_check_password(self->line, bare_user(self), words));
}

static bool ask(struct profile_line *line, const char *challenge, GString *answer)
{
    profile_line_say(line, "+ %s", challenge);
    return profile_line_flush(line) && profile_line_read(line, answer) && strcmp(answer->str, "*") != 0;
}

static void run_auth(struct drop *self, const char *words)
{
    struct profile_asker asker = { ask, self->line };
    g_auto(GStrv) parts = g_strsplit(words, " ", 2);
    g_autofree char *offered = profile_get(self->server, "pop3", "sasl");
    g_auto(GStrv) list = g_strsplit(offered != NULL ? offered : "", " ", -1);
    g_autofree char *mechanism = g_ascii_strup(parts[0] != NULL ? parts[0] : "", -1);
    if (!may_sign_in(self))
        return;
    if (!g_strv_contains((const char *const *)list, mechanism)) {
        profile_line_say(self->line, "-ERR Protocol error. 19");
        return;
    }
    finish_sign_in(self, profile_sasl(&asker, mechanism, parts[0] != NULL ? parts[1] : NULL));
}

/* --- asking --- */
static void run_capa(struct drop *self, const char *words)
{
    (void)words;
    bool may = self->line->is_secure || self->line->cell->is_clear_open;
    g_autofree char *list = profile_get(self->server, "pop3", "capa"), *sasl = profile_get(self->server, "pop3", "sasl");
    g_auto(GStrv) lines = g_strsplit(list != NULL ? list : "TOP,UIDL", ",", -1);
    say_key(self, "capa-follows", "+OK");
    for (char **line = lines; *line != NULL; line++) {
        if (may || strcmp(*line, "USER") != 0)
            profile_line_say(self->line, "%s", *line);
    }
    if (may && sasl != NULL)
        profile_line_say(self->line, "SASL %s", sasl);
    if (!self->line->is_secure && self->line->cell->has_starttls)
        profile_line_say(self->line, "STLS");
    profile_line_say(self->line, ".");
}

static void run_stls(struct drop *self, const char *words)
{
    (void)words;
    if (self->line->is_secure || !self->line->cell->has_starttls) {
        profile_line_say(self->line, "-ERR Command is not valid in this state.");
        return;
    }
    profile_line_say(self->line, "+OK Begin TLS negotiation.");
    self->is_over = !profile_line_secure(self->line);
}

static void run_stat(struct drop *self, const char *words)
{
    (void)words;
    guint count = 0;
    gsize total = 0;
    for (guint i = 0; i < self->mail->len; i++) {
        if (g_array_index(self->deleted, gboolean, i))
            continue;
        count++;
        total += told_size(self, i);
    }
    profile_line_say(self->line, "+OK %u %zu", count, total);
}

static void say_listing(struct drop *self, guint index, bool is_uidl)
{
    const struct profile_message *message = g_ptr_array_index(self->mail, index);
    if (is_uidl)
        profile_line_say(self->line, "%u GmailId%" G_GINT64_MODIFIER "x", index + 1, message->id);
    else
        profile_line_say(self->line, "%u %zu", index + 1, told_size(self, index));
}

static void list(struct drop *self, const char *words, bool is_uidl)
{
    guint index;
    if (*words != '\0') {
        if (is_there(self, words, &index)) {
            profile_line_say_bytes(self->line, "+OK ", 4);
            say_listing(self, index, is_uidl);
        }
        return;
    }
    profile_line_say(self->line, "+OK %u messages", self->mail->len);
    for (guint i = 0; i < self->mail->len; i++) {
        if (!g_array_index(self->deleted, gboolean, i))
            say_listing(self, i, is_uidl);
    }
    profile_line_say(self->line, ".");
}

static void run_list(struct drop *self, const char *words)
{
    list(self, words, false);
}

static void run_uidl(struct drop *self, const char *words)
{
    list(self, words, true);
}

/* --- fetching --- */
static void send_lines(struct drop *self, const char *bytes, gsize size, long body_lines)
{
    const char *end = bytes + size;
    bool is_body = false;
    for (const char *at = bytes; at < end && body_lines != 0;) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        gsize length = (gsize)((next != NULL ? next + 1 : end) - at);
        if (*at == '.')
            profile_line_say_bytes(self->line, ".", 1);
        profile_line_say_bytes(self->line, at, length);
        body_lines -= is_body && body_lines > 0;
        is_body |= length <= 2;
        if (next == NULL)
            profile_line_say(self->line, "%s", "");
        at += length;
    }
    profile_line_say(self->line, ".");
}

static void run_retr(struct drop *self, const char *words)
{
    guint index;
    gsize size = 0;
    if (!is_there(self, words, &index))
        return;
    const char *bytes = bytes_at(self, index, &size);
    profile_line_say(self->line, "+OK message follows");
    send_lines(self, bytes, size, -1);
    const struct profile_message *message = g_ptr_array_index(self->mail, index);
    pthread_mutex_lock(&self->server->mutex);
    self->server->hidden_up_to = MAX(self->server->hidden_up_to, message->id);
    pthread_mutex_unlock(&self->server->mutex);
}

static void run_top(struct drop *self, const char *words)
{
    guint index;
    gsize size = 0;
    g_auto(GStrv) parts = g_strsplit(words, " ", 2);
    if (parts[0] == NULL || !is_there(self, parts[0], &index))
        return;
    if (profile_get_flag(self->server, "faults", "top-fails")) {
        profile_line_say(self->line, "-ERR Protocol error. 10");
        return;
    }
    const char *bytes = bytes_at(self, index, &size);
    long lines = parts[1] != NULL ? strtol(parts[1], NULL, 10) : 0;
    const char *body = g_strstr_len(bytes, (gssize)size, "\r\n\r\n");
    gsize header = body != NULL ? (gsize)(body - bytes) + 4 : size;
    profile_line_say(self->line, "+OK");
    send_lines(self, bytes, lines > 0 ? size : header, lines > 0 ? lines : -1);
}

static void run_dele(struct drop *self, const char *words)
{
    guint index;
    if (!is_there(self, words, &index))
        return;
    g_array_index(self->deleted, gboolean, index) = TRUE;
    profile_line_say(self->line, "+OK");
}

static void run_rset(struct drop *self, const char *words)
{
    (void)words;
    for (guint i = 0; i < self->deleted->len; i++)
        g_array_index(self->deleted, gboolean, i) = FALSE;
    profile_line_say(self->line, "+OK");
}

static void run_noop(struct drop *self, const char *words)
{
    (void)words;
    profile_line_say(self->line, "+OK");
}

/* Gmail: what is deleted by POP3 is archived, or stays; the profile says which. */
static void delete_marked(struct drop *self)
{
    struct profile_folder *inbox = profile_store_by_role(self->server->store, "inbox");
    for (guint i = inbox->entries->len; i-- > 0;) {
        struct profile_entry *entry = g_ptr_array_index(inbox->entries, i);
        guint index;
        if (g_ptr_array_find(self->mail, entry->message, &index) && g_array_index(self->deleted, gboolean, index))
            profile_store_expunge(self->server->store, inbox, entry);
    }
}

static void run_quit(struct drop *self, const char *words)
{
    (void)words;
    pthread_mutex_lock(&self->server->mutex);
    if (self->is_in)
        delete_marked(self);
    pthread_mutex_unlock(&self->server->mutex);
    say_key(self, "bye", "+OK Microsoft Exchange POP3 server signing off.");
    self->is_over = true;
}

static const struct {
    const char *name;
    bool is_inside;
    void (*run)(struct drop *self, const char *words);
} commands[] = {
    { "CAPA", false, run_capa }, { "STLS", false, run_stls }, { "USER", false, run_user }, { "PASS", false, run_pass },
    { "AUTH", false, run_auth }, { "QUIT", false, run_quit }, { "NOOP", false, run_noop }, { "STAT", true, run_stat },
    { "LIST", true, run_list },  { "UIDL", true, run_uidl },  { "RETR", true, run_retr },  { "TOP", true, run_top },
    { "DELE", true, run_dele },  { "RSET", true, run_rset },
};

static void run_command(struct drop *self, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, " ", 2);
    const char *words = parts[0] != NULL && parts[1] != NULL ? parts[1] : "";
    int longest = profile_get_number(self->server, "limits", "pop3-line", 1 << 20);
    if (strlen(text) > (size_t)longest) {
        profile_line_say(self->line, "-ERR Protocol error. 16");
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (parts[0] == NULL || g_ascii_strcasecmp(parts[0], commands[i].name) != 0)
            continue;
        profile_line_log(self->line, g_ascii_strcasecmp(parts[0], "PASS") == 0 ? "PASS" : text);
        if (commands[i].is_inside && !self->is_in)
            profile_line_say(self->line, "-ERR Command is not valid in this state.");
        else
            commands[i].run(self, words);
        return;
    }
    profile_line_say(self->line, "-ERR Protocol error. 14");
}

void profile_pop3(struct profile_line *line)
{
    struct drop self = { .line = line,
                         .server = line->server,
                         .user = g_strdup(""),
                         .mail = g_ptr_array_new(),
                         .deleted = g_array_new(FALSE, FALSE, sizeof(gboolean)) };
    g_autoptr(GString) text = g_string_new(NULL);
    say_key(&self, "greeting", "+OK ready");
    while (!self.is_over && profile_line_flush(line) && profile_line_read(line, text))
        run_command(&self, text->str);
    pthread_mutex_lock(&line->server->mutex);
    for (guint i = 0; i < self.mail->len; i++)
        profile_message_unref(g_ptr_array_index(self.mail, i));
    pthread_mutex_unlock(&line->server->mutex);
    g_ptr_array_unref(self.mail);
    g_array_unref(self.deleted);
    g_free(self.user);
}
