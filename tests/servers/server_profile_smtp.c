/* SPDX-License-Identifier: MIT */
/* SMTP of a provider profile: submission with sign-in, or port 25 for the service's own people; its own Sent copy, its limits and their words. */
#include "tests/servers/server_profile_private.h"
#include <string.h>

enum { SIZE_OTHERWISE = 35882577 };

struct submission {
    struct profile_line *line;
    profile_server *server;
    GString *message;
    GPtrArray *recipients;
    char *sender;
    bool is_greeted, is_in, is_over;
};

static void say_words(struct submission *self, const char *words)
{
    g_auto(GStrv) lines = g_strsplit(words, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        profile_line_say(self->line, "%s", *line);
}

static void say_key(struct submission *self, const char *key, const char *otherwise)
{
    g_autofree char *words = profile_get(self->server, "smtp", key);
    say_words(self, words != NULL ? words : otherwise);
}

static void forget(struct submission *self)
{
    g_string_truncate(self->message, 0);
    g_ptr_array_set_size(self->recipients, 0);
    g_clear_pointer(&self->sender, g_free);
}

/* --- EHLO, STARTTLS, AUTH --- */
static bool may_sign_in(const struct submission *self)
{
    return !self->line->cell->is_relay && (self->line->is_secure || self->line->cell->is_clear_open);
}

static void run_ehlo(struct submission *self, const char *words)
{
    (void)words;
    g_autofree char *list = profile_get(self->server, "smtp", "ehlo"), *auth = profile_get(self->server, "smtp", "auth"),
                    *name = profile_get(self->server, "smtp", "name");
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) offered = g_strsplit(list != NULL ? list : "8BITMIME", ",", -1);
    self->is_greeted = true;
    forget(self);
    g_ptr_array_add(lines, g_strdup_printf("%s Hello [127.0.0.1]", name != NULL ? name : "mail"));
    for (char **line = offered; *line != NULL; line++)
        g_ptr_array_add(lines, g_strdup(*line));
    if (!self->line->is_secure && self->line->cell->has_starttls)
        g_ptr_array_add(lines, g_strdup("STARTTLS"));
    if (may_sign_in(self) && auth != NULL)
        g_ptr_array_add(lines, g_strdup_printf("AUTH %s", auth));
    for (guint i = 0; i < lines->len; i++)
        profile_line_say(self->line, "250%c%s", i + 1 < lines->len ? '-' : ' ', (const char *)g_ptr_array_index(lines, i));
}

static void run_helo(struct submission *self, const char *words)
{
    (void)words;
    self->is_greeted = true;
    profile_line_say(self->line, "250 at your service");
}

static void run_starttls(struct submission *self, const char *words)
{
    (void)words;
    if (self->line->is_secure || !self->line->cell->has_starttls) {
        profile_line_say(self->line, "503 5.5.2 Bad sequence of commands");
        return;
    }
    profile_line_say(self->line, "220 2.0.0 SMTP server ready");
    self->is_over = !profile_line_secure(self->line);
    self->is_greeted = false;
}

static bool ask(struct profile_line *line, const char *challenge, GString *answer)
{
    profile_line_say(line, "334 %s", challenge);
    return profile_line_flush(line) && profile_line_read(line, answer) && strcmp(answer->str, "*") != 0;
}

static void run_auth(struct submission *self, const char *words)
{
    struct profile_asker asker = { ask, self->line };
    g_auto(GStrv) parts = g_strsplit(words, " ", 2);
    g_autofree char *offered = profile_get(self->server, "smtp", "auth"), *mechanism = g_ascii_strup(parts[0] != NULL ? parts[0] : "", -1);
    g_autofree char *closed = profile_get(self->server, "limits", "smtp-sign-in-off");
    g_auto(GStrv) list = g_strsplit(offered != NULL ? offered : "", " ", -1);
    if (!may_sign_in(self) || !g_strv_contains((const char *const *)list, mechanism)) {
        profile_line_say(self->line, "504 5.7.4 Unrecognized authentication type");
        return;
    }
    enum profile_verdict verdict = profile_sasl(&asker, mechanism, parts[0] != NULL ? parts[1] : NULL);
    g_autofree char *refusal = verdict != PROFILE_GOOD ? profile_refusal(self->server, verdict, "smtp") : g_strdup(closed);
    if (refusal != NULL || verdict != PROFILE_GOOD) {
        say_words(self, refusal != NULL ? refusal : "535 5.7.3 Authentication unsuccessful");
        return;
    }
    if (!profile_enter(self->line)) {
        g_autofree char *too_many = profile_get(self->server, "limits", "smtp-connections-words");
        say_words(self, too_many != NULL ? too_many : "421 4.3.2 Too many connections");
        self->is_over = true;
        return;
    }
    self->is_in = true;
    say_key(self, "signed-in", "235 2.7.0 Authentication successful");
}

/* --- the envelope --- */
static char *path_of(const char *words)
{
    const char *open = strchr(words, '<'), *close = open != NULL ? strchr(open, '>') : NULL;
    return close != NULL ? g_strndup(open + 1, (gsize)(close - open - 1)) : NULL;
}

static guint64 most_bytes(const struct submission *self)
{
    return (guint64)profile_get_number(self->server, "limits", "smtp-size", SIZE_OTHERWISE);
}

static void run_mail(struct submission *self, const char *words)
{
    g_autofree char *throttled = profile_get(self->server, "limits", "smtp-throttled");
    const char *size = strstr(words, " SIZE=");
    forget(self);
    if (!self->is_greeted || (!self->line->cell->is_relay && !self->is_in)) {
        say_key(self, "sign-in-first", "530 5.7.57 Client not authenticated to send mail.");
        return;
    }
    if (throttled != NULL) {
        say_words(self, throttled);
        return;
    }
    if (size != NULL && g_ascii_strtoull(size + 6, NULL, 10) > most_bytes(self)) {
        say_key(self, "too-big", "552 5.3.4 Message size exceeds fixed maximum message size");
        return;
    }
    self->sender = path_of(words);
    say_key(self, "sender-ok", "250 2.1.0 Sender OK");
}

static bool is_own(const struct submission *self, const char *address)
{
    g_autofree char *own = profile_get(self->server, "profile", "address");
    const char *domain = own != NULL ? strchr(own, '@') : NULL;
    return domain != NULL && g_str_has_suffix(address, domain);
}

static void run_rcpt(struct submission *self, const char *words)
{
    g_autofree char *address = path_of(words);
    if (self->sender == NULL || address == NULL)
        profile_line_say(self->line, "503 5.5.2 Need mail command");
    else if (self->line->cell->is_relay && !is_own(self, address))
        say_key(self, "no-relay", "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain");
    else {
        g_ptr_array_add(self->recipients, g_steal_pointer(&address));
        say_key(self, "recipient-ok", "250 2.1.5 Recipient OK");
    }
}

/* --- the message --- */
static bool is_to_me(const struct submission *self)
{
    g_autofree char *own = profile_get(self->server, "profile", "address");
    for (guint i = 0; i < self->recipients->len; i++) {
        if (g_ascii_strcasecmp(g_ptr_array_index(self->recipients, i), own) == 0)
            return true;
    }
    return false;
}

static void deliver(struct submission *self)
{
    g_autofree char *received = g_strdup_printf("Received: by %s; %s\r\n", "10.0.0.1", "Sat, 21 Nov 2026 10:00:00 +0000");
    g_autofree char *sent_role = profile_get(self->server, "smtp", "own-sent-copy");
    int delay_ms = profile_get_number(self->server, "smtp", "own-sent-copy-after-ms", 0);
    g_string_prepend(self->message, received);
    pthread_mutex_lock(&self->server->mutex);
    if (self->is_in && sent_role != NULL)
        profile_add_later(self->server, "sent", self->message, PROFILE_SEEN, delay_ms);
    if (is_to_me(self))
        profile_add_later(self->server, "inbox", self->message, 0, 0);
    pthread_mutex_unlock(&self->server->mutex);
}

static void finish_message(struct submission *self)
{
    g_autofree char *throttled = profile_get(self->server, "limits", "smtp-throttled-data");
    if (throttled != NULL)
        say_words(self, throttled);
    else if (self->message->len > most_bytes(self))
        say_key(self, "too-big", "552 5.3.4 Message size exceeds fixed maximum message size");
    else {
        deliver(self);
        say_key(self, "accepted", "250 2.6.0 Queued mail for delivery");
    }
    forget(self);
}

static void run_data(struct submission *self, const char *words)
{
    (void)words;
    g_autoptr(GString) text = g_string_new(NULL);
    if (self->recipients->len == 0) {
        profile_line_say(self->line, "503 5.5.2 Need rcpt command");
        return;
    }
    profile_line_say(self->line, "354 Start mail input; end with <CRLF>.<CRLF>");
    while (profile_line_flush(self->line) && profile_line_read(self->line, text)) {
        if (strcmp(text->str, ".") == 0) {
            finish_message(self);
            return;
        }
        g_string_append(self->message, *text->str == '.' ? text->str + 1 : text->str);
        g_string_append(self->message, "\r\n");
    }
    self->is_over = true;
}

static void run_bdat(struct submission *self, const char *words)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint64 size = g_ascii_strtoull(words, NULL, 10);
    bool is_last = g_strrstr(words, "LAST") != NULL;
    if (size > (guint64)(256 << 20) || !profile_line_read_bytes(self->line, size, bytes)) {
        self->is_over = true;
        return;
    }
    if (self->recipients->len == 0) {
        profile_line_say(self->line, "503 5.5.2 Need rcpt command");
        return;
    }
    g_string_append_len(self->message, (const char *)bytes->data, (gssize)bytes->len);
    if (is_last)
        finish_message(self);
    else
        profile_line_say(self->line, "250 2.6.0 CHUNK received OK, %" G_GUINT64_FORMAT " octets", size);
}

static void run_rset(struct submission *self, const char *words)
{
    (void)words;
    forget(self);
    profile_line_say(self->line, "250 2.0.0 Resetting");
}

static void run_noop(struct submission *self, const char *words)
{
    (void)words;
    profile_line_say(self->line, "250 2.0.0 OK");
}

static void run_quit(struct submission *self, const char *words)
{
    (void)words;
    say_key(self, "bye", "221 2.0.0 Service closing transmission channel");
    self->is_over = true;
}

static const struct {
    const char *name;
    void (*run)(struct submission *self, const char *words);
} commands[] = {
    { "EHLO", run_ehlo }, { "HELO", run_helo }, { "STARTTLS", run_starttls }, { "AUTH", run_auth },
    { "MAIL", run_mail }, { "RCPT", run_rcpt }, { "DATA", run_data },         { "BDAT", run_bdat },
    { "RSET", run_rset }, { "NOOP", run_noop }, { "QUIT", run_quit },
};

static void run_command(struct submission *self, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, " ", 2);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (parts[0] == NULL || g_ascii_strcasecmp(parts[0], commands[i].name) != 0)
            continue;
        g_autofree char *shown =
            g_strndup(text, g_ascii_strcasecmp(parts[0], "AUTH") == 0 ? 5 + strcspn(text + MIN(strlen(text), 5), " ") : strlen(text));
        profile_line_log(self->line, shown);
        commands[i].run(self, parts[1] != NULL ? parts[1] : "");
        return;
    }
    say_key(self, "unknown-command", "500 5.3.3 Unrecognized command");
}

void profile_smtp(struct profile_line *line)
{
    struct submission self = {
        .line = line, .server = line->server, .message = g_string_new(NULL), .recipients = g_ptr_array_new_with_free_func(g_free)
    };
    g_autoptr(GString) text = g_string_new(NULL);
    say_key(&self, "greeting", "220 ready");
    while (!self.is_over && profile_line_flush(line) && profile_line_read(line, text))
        run_command(&self, text->str);
    forget(&self);
    g_string_free(self.message, TRUE);
    g_ptr_array_unref(self.recipients);
}
