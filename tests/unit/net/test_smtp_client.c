/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* The SMTP client against scripted servers: each sample also with replies that come byte by byte. */
#include "net/smtp_client.h"
#include "tests/peer/peer_authority.h"
#include <glib/gstdio.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#define SCRIPT_MAX 40

static char *directory, *ca_path;
static peer_certificate *authority, *certificate;

/* --- a server that follows a script ---
 * "S: text"  says a line      "s: text"  says it without a line end (the next S: goes on; "\r\n" may be in it)
 * "C: line"  expects a line, '*' and '?' as in a shell      "D:"  reads a message up to its dot
 * "T:"       does a TLS handshake      "X:"  hangs up at once      (end of script: waits for the client to hang up, and complains about more lines) */
struct server {
    const char *const *script;
    bool is_byte_by_byte;
    int fd;
    SSL_CTX *context;
    SSL *ssl;
    pthread_t thread;
    GString *in;   /* received, not yet taken */
    GString *data; /* of D: */
    GString *complaint;
    GString *all; /* everything received in the clear */
};

static void server_send(struct server *self, const char *bytes, size_t length)
{
    size_t step = self->is_byte_by_byte ? 1 : length;
    for (size_t i = 0; i < length; i += step) {
        if (self->ssl != NULL)
            SSL_write(self->ssl, bytes + i, (int)step);
        else
            (void)!send(self->fd, bytes + i, step, MSG_NOSIGNAL);
    }
}

static bool server_receive(struct server *self)
{
    char bytes[4096];
    ssize_t count = self->ssl != NULL ? SSL_read(self->ssl, bytes, sizeof bytes) : recv(self->fd, bytes, sizeof bytes, 0);
    if (count <= 0)
        return false;
    g_string_append_len(self->in, bytes, count);
    if (self->ssl == NULL)
        g_string_append_len(self->all, bytes, count);
    return true;
}

/* Up to and with the mark; NULL: the client hung up before. */
static char *server_take_until(struct server *self, const char *mark)
{
    char *found;
    while ((found = g_strstr_len(self->in->str, (gssize)self->in->len, mark)) == NULL) {
        if (!server_receive(self))
            return NULL;
    }
    size_t length = (size_t)(found - self->in->str) + strlen(mark);
    char *taken = g_strndup(self->in->str, length);
    g_string_erase(self->in, 0, (gssize)length);
    return taken;
}

static bool server_expect(struct server *self, const char *pattern)
{
    g_autofree char *line = server_take_until(self, "\r\n");
    if (line != NULL)
        line[strlen(line) - 2] = '\0';
    if (line == NULL || !g_pattern_match_simple(pattern, line))
        g_string_append_printf(self->complaint, "expected \"%s\", got \"%s\"; ", pattern, line != NULL ? line : "end");
    return line != NULL;
}

static bool server_read_data(struct server *self)
{
    if (g_str_has_prefix(self->in->str, ".\r\n")) {
        g_string_erase(self->in, 0, 3);
        return true;
    }
    g_autofree char *data = server_take_until(self, "\r\n.\r\n");
    if (data != NULL)
        g_string_append_len(self->data, data, (gssize)strlen(data) - 3);
    return data != NULL;
}

static bool server_shake_hands(struct server *self)
{
    self->context = peer_certificate_context(certificate);
    self->ssl = SSL_new(self->context);
    SSL_set_fd(self->ssl, self->fd);
    return SSL_accept(self->ssl) == 1;
}

static bool server_step(struct server *self, const char *line)
{
    g_autofree char *text = g_strcompress(strlen(line) > 3 ? line + 3 : "");
    g_autofree char *whole = g_strconcat(text, "\r\n", NULL);
    switch (line[0]) {
    case 'S':
        server_send(self, whole, strlen(whole));
        return true;
    case 's':
        server_send(self, text, strlen(text));
        return true;
    case 'C':
        return server_expect(self, text);
    case 'D':
        return server_read_data(self);
    case 'T':
        return server_shake_hands(self);
    default:
        return false;
    }
}

static void *server_main(void *data)
{
    struct server *self = data;
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    const char *const *line = self->script;
    while (*line != NULL && server_step(self, *line))
        line++;
    if (*line == NULL) {
        while (server_receive(self))
            continue;
        if (self->in->len > 0)
            g_string_append_printf(self->complaint, "more than the script: \"%s\"", self->in->str);
    } else if ((*line)[0] != 'X' && (*line)[0] != 'T') {
        g_string_append_printf(self->complaint, "stopped at \"%s\"; ", *line);
    }
    SSL_free(self->ssl);
    SSL_CTX_free(self->context);
    shutdown(self->fd, SHUT_RDWR);
    return NULL;
}

static int server_start(struct server *self, const char *const *script, bool is_byte_by_byte)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    *self = (struct server){ .script = script, .is_byte_by_byte = is_byte_by_byte, .fd = pair[1] };
    self->in = g_string_new(NULL);
    self->data = g_string_new(NULL);
    self->complaint = g_string_new(NULL);
    self->all = g_string_new(NULL);
    assert_int_equal(pthread_create(&self->thread, NULL, server_main, self), 0);
    return pair[0];
}

static void server_join(struct server *self)
{
    pthread_join(self->thread, NULL);
    close(self->fd);
}

static void server_clear(struct server *self)
{
    g_string_free(self->in, TRUE);
    g_string_free(self->data, TRUE);
    g_string_free(self->complaint, TRUE);
    g_string_free(self->all, TRUE);
}

/* --- samples --- */
enum { GREETS = -1, SIGNS_IN = -2 }; /* for .stops: the step that fails with .error */
struct sample {
    const char *name;
    const char *const script[SCRIPT_MAX];
    enum net_security security;
    const char *user, *password, *auth;
    int fails_at;   /* 0: none, GREETS, SIGNS_IN */
    bool is_broken; /* send returns false */
    int error;
    const char *words; /* in the error */
    const char *sender;
    const char *recipients[6];
    const char *message; /* NULL: nothing is sent */
    const char *wire;    /* what D: must have got */
    bool is_8bit, is_before_data_refused;
    enum smtp_outcome outcome;
    int sender_code, data_code, recipient_codes[6];
    const char *enhanced; /* of the data reply */
    int before_data_calls;
};

#define HELLO      "S: 220 mail.example.test ESMTP", "C: EHLO [127.0.0.1]"
#define EHLO_PLAIN HELLO, "S: 250 mail.example.test"
#define EHLO_PIPE                                                                                                                          \
    HELLO, "s: 250-mail.example.test\\r\\n250-PIPELINING\\r\\n250-SIZE 10000\\r\\n250-8BITMIME\\r\\n250 ENHANCEDSTATUSCODES\\r\\n"
#define EHLO_AUTH(words) HELLO, "s: 250-mail.example.test\\r\\n250 " words "\\r\\n"
#define SAY_OK           "S: 250 2.0.0 ok"
#define ONE              .sender = "a@x.test", .recipients = { "b@y.test" }, .message = "Subject: x\n\nhi\n", .security = NET_SECURITY_PLAIN

static const struct sample samples[] = {
    /* --- the way in --- */
    { .name = "EHLO, no extensions", .script = { EHLO_PLAIN, NULL }, .security = NET_SECURITY_PLAIN },
    { .name = "a long greeting",
      .script = { "S: 220-welcome", "S: 220-more", "S: 220 last", "C: EHLO *", "S: 250 x", NULL },
      .security = NET_SECURITY_PLAIN },
    { .name = "EHLO refused, HELO taken",
      .script = { HELLO, "S: 502 what?", "C: HELO [127.0.0.1]", "S: 250 fine", NULL },
      .security = NET_SECURITY_PLAIN },
    { .name = "EHLO and HELO refused",
      .script = { HELLO, "S: 500 what?", "C: HELO *", "S: 550 go away", "X:", NULL },
      .security = NET_SECURITY_PLAIN,
      .fails_at = GREETS,
      .error = NET_ERROR_REFUSED,
      .words = "go away" },
    { .name = "554 as greeting",
      .script = { "S: 554 no service for you", "X:", NULL },
      .security = NET_SECURITY_PLAIN,
      .fails_at = GREETS,
      .error = NET_ERROR_REFUSED,
      .words = "554 no service for you" },
    { .name = "421 as greeting",
      .script = { "S: 421 too busy", "X:", NULL },
      .security = NET_SECURITY_PLAIN,
      .fails_at = GREETS,
      .error = NET_ERROR_REFUSED,
      .words = "too busy" },
    { .name = "421 to EHLO",
      .script = { HELLO, "S: 421 too busy", "X:", NULL },
      .security = NET_SECURITY_PLAIN,
      .fails_at = GREETS,
      .error = NET_ERROR_REFUSED,
      .words = "too busy" },
    { .name = "450 to EHLO",
      .script = { HELLO, "S: 450 later", "X:", NULL },
      .security = NET_SECURITY_PLAIN,
      .fails_at = GREETS,
      .error = NET_ERROR_REFUSED,
      .words = "later" },
    { .name = "another protocol",
      .script = { "S: * OK IMAP4rev1 \\033[2J ready", "X:", NULL },
      .security = NET_SECURITY_PLAIN,
      .fails_at = GREETS,
      .error = NET_ERROR_PROTOCOL,
      .words = "OK IMAP4rev1 \\033[2J" },
    { .name = "hangs up before the greeting",
      .script = { "X:", NULL },
      .security = NET_SECURITY_PLAIN,
      .fails_at = GREETS,
      .error = NET_ERROR_CLOSED },
    { .name = "hangs up in the greeting",
      .script = { "s: 22", "X:", NULL },
      .security = NET_SECURITY_PLAIN,
      .fails_at = GREETS,
      .error = NET_ERROR_CLOSED },
    { .name = "hangs up after EHLO",
      .script = { HELLO, "s: 250-x\\r\\n", "X:", NULL },
      .security = NET_SECURITY_PLAIN,
      .fails_at = GREETS,
      .error = NET_ERROR_CLOSED },
    /* --- STARTTLS --- */
    { .name = "STARTTLS, and what was said before is forgotten",
      .script = { HELLO, "s: 250-x\\r\\n250-AUTH LOGIN\\r\\n250-PIPELINING\\r\\n250 STARTTLS\\r\\n", "C: STARTTLS", "S: 220 go",
                  "T:", "C: EHLO [127.0.0.1]", "s: 250-x\\r\\n250 AUTH PLAIN\\r\\n", "C: AUTH PLAIN AGFsaWNlAHNlc2FtZQ==", "S: 235 welcome",
                  NULL },
      .security = NET_SECURITY_STARTTLS,
      .user = "alice",
      .password = "sesame" },
    { .name = "STARTTLS not offered",
      .script = { EHLO_PLAIN, "X:", NULL },
      .security = NET_SECURITY_STARTTLS,
      .fails_at = GREETS,
      .error = NET_ERROR_NO_STARTTLS,
      .words = "does not offer encryption" },
    { .name = "EHLO refused where STARTTLS is demanded",
      .script = { HELLO, "S: 502 what?", "X:", NULL },
      .security = NET_SECURITY_STARTTLS,
      .fails_at = GREETS,
      .error = NET_ERROR_NO_STARTTLS,
      .words = "502 what?" },
    { .name = "STARTTLS refused",
      .script = { EHLO_AUTH("STARTTLS"), "C: STARTTLS", "S: 454 TLS not available", "X:", NULL },
      .security = NET_SECURITY_STARTTLS,
      .fails_at = GREETS,
      .error = NET_ERROR_NO_STARTTLS,
      .words = "TLS not available" },
    { .name = "STARTTLS answered 250",
      .script = { EHLO_AUTH("STARTTLS"), "C: STARTTLS", "S: 250 sure", "X:", NULL },
      .security = NET_SECURITY_STARTTLS,
      .fails_at = GREETS,
      .error = NET_ERROR_NO_STARTTLS },
    { .name = "hangs up after STARTTLS",
      .script = { EHLO_AUTH("STARTTLS"), "C: STARTTLS", "X:", NULL },
      .security = NET_SECURITY_STARTTLS,
      .fails_at = GREETS,
      .error = NET_ERROR_CLOSED },
    { .name = "a line injected behind the go-ahead",
      .script = { EHLO_AUTH("STARTTLS"), "C: STARTTLS",
                  "s: 220 go\\r\\n250-evil\\r\\n250 AUTH PLAIN and enough bytes for a record header\\r\\n", NULL },
      .security = NET_SECURITY_STARTTLS,
      .fails_at = GREETS,
      .error = NET_ERROR_NO_STARTTLS,
      .words = "meddling" },
    /* --- signing in --- */
    { .name = "AUTH PLAIN",
      .script = { EHLO_AUTH("AUTH PLAIN LOGIN"), "C: AUTH PLAIN AGFsaWNlAHNlc2FtZQ==", "S: 235 welcome", NULL },
      .security = NET_SECURITY_PLAIN,
      .user = "alice",
      .password = "sesame" },
    { .name = "AUTH= of old servers",
      .script = { EHLO_AUTH("AUTH=PLAIN"), "C: AUTH PLAIN AGFsaWNlAHNlc2FtZQ==", "S: 235 welcome", NULL },
      .security = NET_SECURITY_PLAIN,
      .user = "alice",
      .password = "sesame" },
    { .name = "AUTH LOGIN",
      .script = { EHLO_AUTH("AUTH LOGIN"), "C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: YWxpY2U=", "S: 334 UGFzc3dvcmQ6", "C: c2VzYW1l",
                  "S: 235 welcome", NULL },
      .security = NET_SECURITY_PLAIN,
      .user = "alice",
      .password = "sesame" },
    { .name = "AUTH LOGIN with prompts that are not base64",
      .script = { EHLO_AUTH("AUTH LOGIN"), "C: AUTH LOGIN", "S: 334 Username:", "C: YWxpY2U=", "S: 334", "C: c2VzYW1l", "S: 235 welcome",
                  NULL },
      .security = NET_SECURITY_PLAIN,
      .user = "alice",
      .password = "sesame" },
    { .name = "auth = login is obeyed",
      .script = { EHLO_AUTH("AUTH PLAIN LOGIN"), "C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: YWxpY2U=", "S: 334 UGFzc3dvcmQ6",
                  "C: c2VzYW1l", "S: 235 welcome", NULL },
      .security = NET_SECURITY_PLAIN,
      .user = "alice",
      .password = "sesame",
      .auth = "login" },
    { .name = "a password with every kind of letter",
      .script = { EHLO_AUTH("AUTH PLAIN"), "C: AUTH PLAIN AMOkbGljZQBww6Rzc3fDtnJkICIlcyVuXCI=", "S: 235 welcome", NULL },
      .security = NET_SECURITY_PLAIN,
      .user = "älice",
      .password = "pässwörd \"%s%n\\\"" },
    { .name = "a mechanism that does not work after all",
      .script = { EHLO_AUTH("AUTH PLAIN LOGIN"), "C: AUTH PLAIN *", "S: 504 not that one", "C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6",
                  "C: YWxpY2U=", "S: 334 UGFzc3dvcmQ6", "C: c2VzYW1l", "S: 235 welcome", NULL },
      .security = NET_SECURITY_PLAIN,
      .user = "alice",
      .password = "sesame" },
    { .name = "a wrong password",
      .script = { EHLO_AUTH("AUTH PLAIN LOGIN"), "C: AUTH PLAIN *", "S: 535 5.7.8 wrong, says Gmail", NULL },
      .security = NET_SECURITY_PLAIN,
      .user = "alice",
      .password = "x",
      .fails_at = SIGNS_IN,
      .error = NET_ERROR_AUTH,
      .words = "wrong, says Gmail" },
    { .name = "sign-in down for now",
      .script = { EHLO_AUTH("AUTH PLAIN LOGIN"), "C: AUTH PLAIN *", "S: 454 4.7.0 later", NULL },
      .security = NET_SECURITY_PLAIN,
      .user = "alice",
      .password = "x",
      .fails_at = SIGNS_IN,
      .error = NET_ERROR_REFUSED,
      .words = "later" },
    { .name = "no sign-in offered",
      .script = { EHLO_PLAIN, NULL },
      .security = NET_SECURITY_PLAIN,
      .user = "alice",
      .password = "x",
      .fails_at = SIGNS_IN,
      .error = NET_ERROR_AUTH,
      .words = "does not let anybody sign in" },
    { .name = "only strange mechanisms offered",
      .script = { EHLO_AUTH("AUTH FANCY-1 GSSAPI"), NULL },
      .security = NET_SECURITY_PLAIN,
      .user = "alice",
      .password = "x",
      .fails_at = SIGNS_IN,
      .error = NET_ERROR_AUTH,
      .words = "FANCY-1 GSSAPI" },
    { .name = "an endless sign-in",
      .script = { EHLO_AUTH("AUTH PLAIN"), "C: AUTH PLAIN *", "S: 334 ", "C: *", "X:", NULL },
      .security = NET_SECURITY_PLAIN,
      .user = "alice",
      .password = "x",
      .fails_at = SIGNS_IN },
    { .name = "hangs up while signing in",
      .script = { EHLO_AUTH("AUTH PLAIN"), "C: AUTH PLAIN *", "X:", NULL },
      .security = NET_SECURITY_PLAIN,
      .user = "alice",
      .password = "x",
      .fails_at = SIGNS_IN,
      .error = NET_ERROR_CLOSED },
    { .name = "no user, no sign-in", .script = { EHLO_AUTH("AUTH PLAIN"), NULL }, .security = NET_SECURITY_PLAIN, .user = "" },
    /* --- one message --- */
    { .name = "one message",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL FROM:<a@x.test>", SAY_OK, "C: RCPT TO:<b@y.test>", SAY_OK, "C: DATA", "S: 354 go",
                  "D:", "S: 250 2.6.0 queued as 1", NULL },
      .wire = "Subject: x\r\n\r\nhi\r\n",
      .outcome = SMTP_ACCEPTED,
      .sender_code = 250,
      .data_code = 250,
      .enhanced = "2.6.0",
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "an empty sender",
      .security = NET_SECURITY_PLAIN,
      .sender = "",
      .recipients = { "b@y.test" },
      .message = "x",
      .script = { EHLO_PLAIN, "C: MAIL FROM:<>", SAY_OK, "C: RCPT TO:<b@y.test>", SAY_OK, "C: DATA", "S: 354 go", "D:", SAY_OK, NULL },
      .wire = "x\r\n",
      .outcome = SMTP_ACCEPTED,
      .sender_code = 250,
      .data_code = 250,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "SIZE and 8BITMIME where offered",
      .is_8bit = true,
      .security = NET_SECURITY_PLAIN,
      .sender = "a@x.test",
      .recipients = { "b@y.test" },
      .message = "\xc3\xa4\n",
      .script = { EHLO_PIPE, "C: MAIL FROM:<a@x.test> SIZE=4 BODY=8BITMIME", "C: RCPT TO:<b@y.test>", SAY_OK, SAY_OK, "C: DATA",
                  "S: 354 go", "D:", SAY_OK, NULL },
      .wire = "\xc3\xa4\r\n",
      .outcome = SMTP_ACCEPTED,
      .sender_code = 250,
      .data_code = 250,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "8 bits where not offered",
      .is_8bit = true,
      .security = NET_SECURITY_PLAIN,
      .sender = "a@x.test",
      .recipients = { "b@y.test" },
      .message = "\xc3\xa4\n",
      .script = { EHLO_PLAIN, "C: MAIL FROM:<a@x.test>", SAY_OK, "C: RCPT TO:<b@y.test>", SAY_OK, "C: DATA", "S: 354 go", "D:", SAY_OK,
                  NULL },
      .wire = "\xc3\xa4\r\n",
      .outcome = SMTP_ACCEPTED,
      .sender_code = 250,
      .data_code = 250,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "some recipients refused, pipelined",
      .security = NET_SECURITY_PLAIN,
      .sender = "a@x.test",
      .recipients = { "b@y.test", "c@y.test", "d@y.test" },
      .message = "x\n",
      .script = { EHLO_PIPE, "C: MAIL FROM:<a@x.test> SIZE=3", "C: RCPT TO:<b@y.test>", "C: RCPT TO:<c@y.test>", "C: RCPT TO:<d@y.test>",
                  "s: 250 ok\\r\\n550 5.1.1 nobody\\r\\n250 ok\\r\\n451 4.2.1 later\\r\\n", "C: DATA", "S: 354 go", "D:", SAY_OK, NULL },
      .wire = "x\r\n",
      .outcome = SMTP_ACCEPTED,
      .sender_code = 250,
      .data_code = 250,
      .recipient_codes = { 550, 250, 451 },
      .before_data_calls = 1 },
    { .name = "all recipients refused",
      .security = NET_SECURITY_PLAIN,
      .sender = "a@x.test",
      .recipients = { "b@y.test", "c@y.test" },
      .message = "x\n",
      .script = { EHLO_PIPE, "C: MAIL FROM:<a@x.test> SIZE=3", "C: RCPT TO:<b@y.test>", "C: RCPT TO:<c@y.test>", SAY_OK, "S: 550 no",
                  "S: 450 later", "C: RSET", SAY_OK, NULL },
      .outcome = SMTP_REFUSED,
      .sender_code = 250,
      .recipient_codes = { 550, 450 } },
    { .name = "sender refused, pipelined",
      ONE,
      .script = { EHLO_PIPE, "C: MAIL FROM:<a@x.test> SIZE=18", "C: RCPT TO:<b@y.test>", "S: 550 5.7.1 not you", "S: 503 need MAIL",
                  "C: RSET", SAY_OK, NULL },
      .outcome = SMTP_REFUSED,
      .sender_code = 550 },
    { .name = "sender refused",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL FROM:<a@x.test>", "S: 552 too big", "C: RSET", SAY_OK, NULL },
      .outcome = SMTP_REFUSED,
      .sender_code = 552 },
    { .name = "DATA refused",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", SAY_OK, "C: DATA", "S: 451 not now", "C: RSET", SAY_OK, NULL },
      .outcome = SMTP_REFUSED,
      .sender_code = 250,
      .data_code = 451,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "the message refused",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", SAY_OK, "C: DATA", "S: 354 go", "D:", "S: 554 5.7.1 spam", "C: RSET",
                  SAY_OK, NULL },
      .wire = "Subject: x\r\n\r\nhi\r\n",
      .outcome = SMTP_REFUSED,
      .sender_code = 250,
      .data_code = 554,
      .enhanced = "5.7.1",
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "421 instead of an answer to the message",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", SAY_OK, "C: DATA", "S: 354 go", "D:", "S: 421 4.3.0 shutting down",
                  "X:", NULL },
      .outcome = SMTP_REFUSED,
      .sender_code = 250,
      .data_code = 421,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "421 to RCPT",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", "S: 421 bye", "X:", NULL },
      .is_broken = true,
      .error = NET_ERROR_REFUSED,
      .words = "421 bye",
      .outcome = SMTP_NOT_SENT,
      .sender_code = 250,
      .recipient_codes = { 421 } },
    { .name = "before_data says no",
      ONE,
      .is_before_data_refused = true,
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", SAY_OK, "C: RSET", SAY_OK, NULL },
      .is_broken = true,
      .error = NET_ERROR_IO,
      .outcome = SMTP_NOT_SENT,
      .sender_code = 250,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "DATA answered 250",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", SAY_OK, "C: DATA", "S: 250 what?", "X:", NULL },
      .is_broken = true,
      .error = NET_ERROR_PROTOCOL,
      .outcome = SMTP_NOT_SENT,
      .sender_code = 250,
      .data_code = 250,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "the message answered 354",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", SAY_OK, "C: DATA", "S: 354 go", "D:", "S: 354 more?", "X:", NULL },
      .is_broken = true,
      .error = NET_ERROR_PROTOCOL,
      .outcome = SMTP_IN_DOUBT,
      .sender_code = 250,
      .data_code = 354,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    /* --- hanging up at each step --- */
    { .name = "hangs up after MAIL",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL *", "X:", NULL },
      .is_broken = true,
      .error = NET_ERROR_CLOSED,
      .outcome = SMTP_NOT_SENT },
    { .name = "hangs up after RCPT",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", "X:", NULL },
      .is_broken = true,
      .error = NET_ERROR_CLOSED,
      .outcome = SMTP_NOT_SENT,
      .sender_code = 250 },
    { .name = "hangs up after DATA",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", SAY_OK, "C: DATA", "X:", NULL },
      .is_broken = true,
      .error = NET_ERROR_CLOSED,
      .outcome = SMTP_NOT_SENT,
      .sender_code = 250,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "hangs up after the message",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", SAY_OK, "C: DATA", "S: 354 go", "D:", "X:", NULL },
      .is_broken = true,
      .error = NET_ERROR_CLOSED,
      .outcome = SMTP_IN_DOUBT,
      .sender_code = 250,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "hangs up in its answer",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", SAY_OK, "C: DATA", "S: 354 go", "D:", "s: 250 o", "X:", NULL },
      .is_broken = true,
      .error = NET_ERROR_CLOSED,
      .outcome = SMTP_IN_DOUBT,
      .sender_code = 250,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "answers the message with garbage",
      ONE,
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", SAY_OK, "C: DATA", "S: 354 go", "D:", "S: hello", "X:", NULL },
      .is_broken = true,
      .error = NET_ERROR_PROTOCOL,
      .outcome = SMTP_IN_DOUBT,
      .sender_code = 250,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    /* --- dots and line ends: nothing in a message can end it --- */
    { .name = "dots",
      .security = NET_SECURITY_PLAIN,
      .sender = "a@x.test",
      .recipients = { "b@y.test" },
      .message = ".\n..\n.a\na.\n\n.\r\nMAIL FROM:<evil@x.test>\n",
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", SAY_OK, "C: DATA", "S: 354 go", "D:", SAY_OK, NULL },
      .wire = "..\r\n...\r\n..a\r\na.\r\n\r\n..\r\nMAIL FROM:<evil@x.test>\r\n",
      .outcome = SMTP_ACCEPTED,
      .sender_code = 250,
      .data_code = 250,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "smuggling by bare CR and LF",
      .security = NET_SECURITY_PLAIN,
      .sender = "a@x.test",
      .recipients = { "b@y.test" },
      .message = "a\r.\rb\n.\nc\r\n.\rd\r.\r\ne\r\r\n.\r\nf\r",
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", SAY_OK, "C: DATA", "S: 354 go", "D:", SAY_OK, NULL },
      .wire = "a . b\r\n..\r\nc\r\n.. d .\r\ne \r\n..\r\nf\r\n",
      .outcome = SMTP_ACCEPTED,
      .sender_code = 250,
      .data_code = 250,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    { .name = "an empty message",
      .security = NET_SECURITY_PLAIN,
      .sender = "a@x.test",
      .recipients = { "b@y.test" },
      .message = "",
      .script = { EHLO_PLAIN, "C: MAIL *", SAY_OK, "C: RCPT *", SAY_OK, "C: DATA", "S: 354 go", "C: .", SAY_OK, NULL },
      .outcome = SMTP_ACCEPTED,
      .sender_code = 250,
      .data_code = 250,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
    /* --- addresses --- */
    { .name = "addresses that would inject",
      .security = NET_SECURITY_PLAIN,
      .sender = "a@x.test",
      .recipients = { "b@y.test>\r\nRCPT TO:<evil@x.test", "b c@y.test", "b@y.test> SIZE=1", "", "ok@y.test" },
      .message = "x",
      .script = { EHLO_PLAIN, "C: MAIL FROM:<a@x.test>", SAY_OK, "C: RCPT TO:<ok@y.test>", SAY_OK, "C: DATA", "S: 354 go", "D:", SAY_OK,
                  NULL },
      .outcome = SMTP_ACCEPTED,
      .sender_code = 250,
      .data_code = 250,
      .recipient_codes = { 553, 553, 553, 553, 250 },
      .before_data_calls = 1 },
    { .name = "only bad addresses",
      .security = NET_SECURITY_PLAIN,
      .sender = "a@x.test",
      .recipients = { "b\n@y.test" },
      .message = "x",
      .script = { EHLO_PLAIN, NULL },
      .outcome = SMTP_REFUSED,
      .recipient_codes = { 553 } },
    { .name = "a sender that would inject",
      .security = NET_SECURITY_PLAIN,
      .sender = "a@x.test>\r\nDATA",
      .recipients = { "b@y.test" },
      .message = "x",
      .script = { EHLO_PLAIN, NULL },
      .outcome = SMTP_REFUSED,
      .sender_code = 553 },
    { .name = "international domains",
      .security = NET_SECURITY_PLAIN,
      .sender = "a@bücher.example",
      .recipients = { "b@bücher.example", "bü@y.test" },
      .message = "x",
      .script = { EHLO_PLAIN, "C: MAIL FROM:<a@xn--bcher-kva.example>", SAY_OK, "C: RCPT TO:<b@xn--bcher-kva.example>", SAY_OK, "C: DATA",
                  "S: 354 go", "D:", SAY_OK, NULL },
      .outcome = SMTP_ACCEPTED,
      .sender_code = 250,
      .data_code = 250,
      .recipient_codes = { 250, 553 },
      .before_data_calls = 1 },
    { .name = "international mailboxes where offered",
      .security = NET_SECURITY_PLAIN,
      .sender = "a@x.test",
      .recipients = { "bü@y.test" },
      .message = "x",
      .script = { EHLO_AUTH("SMTPUTF8"), "C: MAIL FROM:<a@x.test> SMTPUTF8", SAY_OK, "C: RCPT TO:<bü@y.test>", SAY_OK, "C: DATA",
                  "S: 354 go", "D:", SAY_OK, NULL },
      .outcome = SMTP_ACCEPTED,
      .sender_code = 250,
      .data_code = 250,
      .recipient_codes = { 250 },
      .before_data_calls = 1 },
};

/* --- running one --- */
static int file_of(const char *message)
{
    g_autofree char *path = g_build_filename(directory, "message", NULL);
    int fd = g_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, message, strlen(message)), (int)strlen(message));
    g_unlink(path);
    return fd;
}

struct before {
    int calls;
    bool is_refused;
};
static bool before_data(void *data, GError **error)
{
    struct before *before = data;
    before->calls++;
    if (before->is_refused)
        g_set_error(error, NET_ERROR, NET_ERROR_IO, "disk full");
    return !before->is_refused;
}

static void check_error(const struct sample *sample, const GError *error)
{
    assert_non_null(error);
    if (sample->error != 0 || sample->words != NULL) {
        assert_int_equal(error->domain, NET_ERROR);
        assert_int_equal(error->code, sample->error);
    }
    if (sample->words != NULL && strstr(error->message, sample->words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error->message, sample->words);
    for (const char *c = error->message; *c != '\0'; c++)
        assert_false(g_ascii_iscntrl(*c));
}

static void send_sample(const struct sample *sample, smtp_client *client)
{
    struct smtp_envelope envelope = { .sender = sample->sender, .recipients = sample->recipients, .is_8bit = sample->is_8bit };
    struct before before = { .is_refused = sample->is_before_data_refused };
    struct smtp_result result;
    g_autoptr(GError) error = NULL;
    int fd = file_of(sample->message);
    bool is_done = smtp_client_send(client, &envelope, fd, strlen(sample->message), before_data, &before, &result, &error);
    if (is_done == sample->is_broken)
        fail_msg("send: %s", error != NULL ? error->message : "no error");
    if (sample->is_broken)
        check_error(sample, error);
    assert_int_equal(result.outcome, sample->outcome);
    assert_int_equal(result.sender.code, sample->sender_code);
    assert_int_equal(result.data.code, sample->data_code);
    assert_int_equal(before.calls, sample->before_data_calls);
    assert_int_equal(result.recipient_count, g_strv_length((char **)sample->recipients));
    for (size_t i = 0; i < result.recipient_count; i++)
        assert_int_equal(result.recipients[i].code, sample->recipient_codes[i]);
    if (sample->enhanced != NULL)
        assert_string_equal(result.data.enhanced, sample->enhanced);
    smtp_result_clear(&result);
    close(fd);
}

static void run_client(const struct sample *sample, int fd)
{
    struct net_endpoint endpoint = {
        .host = "mail.example.test", .port = 587, .security = sample->security, .tls_ca_file = ca_path, .io_timeout_ms = 20000
    };
    g_autoptr(smtp_client) client = smtp_client_new(net_stream_from_fd(fd, &endpoint, NULL));
    g_autoptr(GError) error = NULL;
    bool is_greeted = smtp_client_greet(client, NULL, &error);
    if (is_greeted != (sample->fails_at != GREETS))
        fail_msg("greet: %s", error != NULL ? error->message : "no error");
    if (!is_greeted) {
        check_error(sample, error);
        assert_false(smtp_client_greet(client, NULL, NULL)); /* finished */
        return;
    }
    struct net_credentials credentials = { .user = sample->user, .password = sample->password, .auth = sample->auth };
    bool is_signed_in = smtp_client_login(client, &credentials, &error);
    if (is_signed_in != (sample->fails_at != SIGNS_IN))
        fail_msg("login: %s", error != NULL ? error->message : "no error");
    if (!is_signed_in) {
        check_error(sample, error);
        return;
    }
    if (sample->message != NULL)
        send_sample(sample, client);
}

static void run_sample(const struct sample *sample, bool is_byte_by_byte)
{
    struct server server;
    int fd = server_start(&server, sample->script, is_byte_by_byte);
    run_client(sample, fd);
    server_join(&server);
    if (server.complaint->len > 0)
        fail_msg("%s: %s", sample->name, server.complaint->str);
    if (sample->wire != NULL)
        assert_string_equal(server.data->str, sample->wire);
    if (sample->security == NET_SECURITY_STARTTLS)
        assert_null(strstr(server.all->str, "AUTH")); /* not a byte of a sign-in in the clear */
    server_clear(&server);
}

static void each_sample_goes_as_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        print_message("%s\n", samples[i].name);
        run_sample(&samples[i], false);
    }
}

static void each_sample_goes_the_same_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        print_message("%s\n", samples[i].name);
        run_sample(&samples[i], true);
    }
}

/* --- what does not fit a row --- */
static const char *const three_script[] = { EHLO_PIPE, "C: MAIL *", "C: RCPT *", SAY_OK,       SAY_OK, "C: DATA",   "S: 354 go",
                                            "D:",      SAY_OK,      "C: MAIL *", "C: RCPT *",  SAY_OK, "S: 550 no", "C: RSET",
                                            SAY_OK,    "C: MAIL *", "C: RCPT *", SAY_OK,       SAY_OK, "C: DATA",   "S: 354 go",
                                            "D:",      SAY_OK,      "C: QUIT",   "S: 221 bye", NULL };

static void several_messages_go_over_one_connection_also_after_a_refusal(void **state)
{
    (void)state;
    struct server server;
    int fd = server_start(&server, three_script, false);
    struct net_endpoint endpoint = { .host = "mail.example.test", .security = NET_SECURITY_PLAIN };
    smtp_client *client = smtp_client_new(net_stream_from_fd(fd, &endpoint, NULL));
    assert_true(smtp_client_greet(client, NULL, NULL));
    assert_int_equal(smtp_client_size_limit(client), 10000);
    const enum smtp_outcome outcomes[] = { SMTP_ACCEPTED, SMTP_REFUSED, SMTP_ACCEPTED };
    const char *const recipients[] = { "b@y.test", NULL };
    const struct smtp_envelope envelope = { .sender = "a@x.test", .recipients = recipients };
    int message = file_of("one\n");
    for (size_t i = 0; i < G_N_ELEMENTS(outcomes); i++) {
        struct smtp_result result;
        assert_true(smtp_client_send(client, &envelope, message, 4, NULL, NULL, &result, NULL));
        assert_int_equal(result.outcome, outcomes[i]);
        smtp_result_clear(&result);
    }
    smtp_client_quit(client);
    smtp_client_free(client);
    close(message);
    server_join(&server);
    assert_string_equal(server.complaint->str, "");
    assert_string_equal(server.data->str, "one\r\none\r\n");
    server_clear(&server);
}

/* The outbox must never end a message that is not whole. */
static void a_file_that_became_shorter_is_not_sent(void **state)
{
    (void)state;
    static const char *const script[] = { EHLO_PLAIN, NULL };
    struct server server;
    int fd = server_start(&server, script, false);
    struct net_endpoint endpoint = { .host = "mail.example.test", .security = NET_SECURITY_PLAIN };
    smtp_client *client = smtp_client_new(net_stream_from_fd(fd, &endpoint, NULL));
    assert_true(smtp_client_greet(client, NULL, NULL));
    const char *const recipients[] = { "b@y.test", NULL };
    const struct smtp_envelope envelope = { .sender = "a@x.test", .recipients = recipients };
    int message = file_of("one\n");
    struct smtp_result result;
    g_autoptr(GError) error = NULL;
    assert_false(smtp_client_send(client, &envelope, message, 5, NULL, NULL, &result, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_IO));
    assert_int_equal(result.outcome, SMTP_NOT_SENT);
    smtp_result_clear(&result);
    close(message);
    smtp_client_free(client);
    server_join(&server);
    assert_string_equal(server.complaint->str, "");
    server_clear(&server);
}

static void a_big_message_arrives_whole(void **state)
{
    (void)state;
    static const char *const script[] = { EHLO_PIPE, "C: MAIL *", "C: RCPT *", SAY_OK, SAY_OK, "C: DATA", "S: 354 go", "D:", SAY_OK, NULL };
    struct server server;
    int fd = server_start(&server, script, false);
    struct net_endpoint endpoint = { .host = "mail.example.test", .security = NET_SECURITY_PLAIN };
    smtp_client *client = smtp_client_new(net_stream_from_fd(fd, &endpoint, NULL));
    assert_true(smtp_client_greet(client, NULL, NULL));
    g_autoptr(GString) text = g_string_new(NULL), wire = g_string_new(NULL);
    for (int i = 0; i < 20000; i++) {
        g_string_append_printf(text, ".%d of a message that is longer than any buffer\n", i);
        g_string_append_printf(wire, "..%d of a message that is longer than any buffer\r\n", i);
    }
    const char *const recipients[] = { "b@y.test", NULL };
    const struct smtp_envelope envelope = { .sender = "a@x.test", .recipients = recipients };
    int message = file_of(text->str);
    struct smtp_result result;
    assert_true(smtp_client_send(client, &envelope, message, text->len, NULL, NULL, &result, NULL));
    assert_int_equal(result.outcome, SMTP_ACCEPTED);
    smtp_result_clear(&result);
    close(message);
    smtp_client_free(client);
    server_join(&server);
    assert_string_equal(server.complaint->str, "");
    assert_string_equal(server.data->str, wire->str);
    server_clear(&server);
}

static int set_up(void **state)
{
    (void)state;
    directory = g_dir_make_tmp("postern-smtp-XXXXXX", NULL);
    ca_path = g_build_filename(directory, "ca.pem", NULL);
    authority = peer_certificate_new(&(struct peer_wish){ .common_name = "postern test CA", .is_authority = true });
    certificate = peer_certificate_new(&(struct peer_wish){ .common_name = "mail", .names = "DNS:mail.example.test", .issuer = authority });
    peer_certificate_save(authority, ca_path, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    g_unlink(ca_path);
    g_rmdir(directory);
    g_free(directory);
    g_free(ca_path);
    peer_certificate_free(certificate);
    peer_certificate_free(authority);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sample_goes_as_it_should),
        cmocka_unit_test(each_sample_goes_the_same_byte_by_byte),
        cmocka_unit_test(several_messages_go_over_one_connection_also_after_a_refusal),
        cmocka_unit_test(a_file_that_became_shorter_is_not_sent),
        cmocka_unit_test(a_big_message_arrives_whole),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
