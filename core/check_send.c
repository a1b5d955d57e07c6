/* SPDX-License-Identifier: MIT */
/* `postern check --send-test`: one message to oneself, by the way all mail goes, and a look into the Inbox until it is there. */
#include "config/secret.h"
#include "core/account_endpoint.h"
#include "core/check_private.h"
#include "core/outbox_command.h"
#include "net/clock.h"
#include "net/imap_client.h"
#include "net/pop3_client.h"
#include "net/smtp_client.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { ARRIVE_MS = 90000, LOOK_MS = 2000, POP3_LAST = 20, COMMAND_TIMEOUT_S = 60 };

/* The message, and a connection being tried. */
struct sending {
    struct checking *checking;
    char *message_id, *text;
    int fd;
    GError *error;
};

static struct net_context context_of(const struct checking *self)
{
    return (struct net_context){ .cancel_fd = self->wish->cancel_fd, .log_name = self->connection };
}

/* Caller wipes its password. */
static bool find_credentials(struct checking *self, const struct account_server *server, struct net_credentials *credentials_out)
{
    char *password = check_password(self, server);
    *credentials_out = (struct net_credentials){
        .user = server->user, .password = password, .auth = server->auth, .token = check_is_oauth(self, password) ? password : NULL
    };
    return password != NULL;
}

/* --- the message --- */
static bool write_message(struct sending *self)
{
    const struct account *account = self->checking->account;
    const char *at = strrchr(account->from_address, '@');
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *date = g_date_time_format(now, "%a, %d %b %Y %H:%M:%S %z"), *path = NULL;
    self->message_id = g_strdup_printf("<postern-check-%08x%08x@%s>", g_random_int(), g_random_int(), at != NULL ? at + 1 : "localhost");
    self->text = g_strdup_printf("From: <%s>\r\nTo: <%s>\r\nSubject: postern check\r\nDate: %s\r\nMessage-ID: %s\r\n"
                                 "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
                                 "This message was sent by `postern check --send-test` to see whether it arrives.\r\n",
                                 account->from_address, account->from_address, date, self->message_id);
    self->fd = g_file_open_tmp("postern-check-XXXXXX", &path, &self->error);
    if (self->fd < 0)
        return false;
    unlink(path);
    size_t length = strlen(self->text);
    if (write(self->fd, self->text, length) == (ssize_t)length)
        return true;
    g_set_error(&self->error, NET_ERROR, NET_ERROR_IO, _("The message could not be written: %s"), g_strerror(errno));
    return false;
}

/* --- sending --- */
static bool take_refusal(struct sending *self, const struct smtp_result *result)
{
    const struct smtp_reply *said = result->data.text != NULL ? &result->data : &result->sender;
    for (size_t i = 0; i < result->recipient_count; i++) {
        if (!smtp_reply_is_ok(&result->recipients[i]) && result->recipients[i].text != NULL)
            said = &result->recipients[i];
    }
    g_set_error(&self->error, NET_ERROR, smtp_reply_is_temporary(said) ? NET_ERROR_REFUSED : NET_ERROR_PROTOCOL,
                _("%s did not take the message. It says: %d %s"), self->checking->account->outgoing.host, said->code,
                said->text != NULL ? said->text : "");
    return false;
}

static bool send_by_smtp(struct sending *self)
{
    struct checking *checking = self->checking;
    const struct account_server *server = &checking->account->outgoing;
    const struct net_endpoint endpoint = account_endpoint(server, NULL, NULL);
    const struct net_context context = context_of(checking);
    const char *const recipients[] = { checking->account->from_address, NULL };
    const struct smtp_envelope envelope = { .sender = recipients[0],
                                            .recipients = recipients,
                                            .is_8bit = !g_str_is_ascii(self->text),
                                            .has_utf8_headers = !g_str_is_ascii(self->text) };
    struct smtp_result result = { 0 };
    struct net_credentials credentials;
    bool is_sent = false;
    if (!find_credentials(checking, server, &credentials)) {
        self->error = g_error_copy(checking->no_password);
        return false;
    }
    g_autoptr(smtp_client) client = smtp_client_connect(&endpoint, &context, NULL, &self->error);
    if (client != NULL && smtp_client_login(client, &credentials, &self->error)) {
        is_sent = smtp_client_send(client, &envelope, self->fd, strlen(self->text), NULL, &result, &self->error);
        if (is_sent && result.outcome != SMTP_ACCEPTED)
            is_sent = take_refusal(self, &result);
        smtp_client_quit(client);
        smtp_result_clear(&result);
    }
    secret_free((char *)credentials.password);
    return is_sent;
}

static bool send_by_command(struct sending *self)
{
    const struct account *account = self->checking->account;
    const char *const recipients[] = { account->from_address, NULL };
    const struct outbox_command command = {
        .command = account->outgoing.command, .sender = recipients[0], .recipients = recipients, .timeout_s = COMMAND_TIMEOUT_S
    };
    g_autofree char *words = NULL;
    enum outbox_command_end end = outbox_command_run(&command, self->fd, self->checking->wish->cancel_fd, &words, &self->error);
    if (end == OUTBOX_COMMAND_TOOK)
        return true;
    if (self->error == NULL)
        g_set_error(&self->error, NET_ERROR, NET_ERROR_REFUSED, _("%s did not take the message. It says: %s"), account->outgoing.command,
                    words != NULL ? words : "");
    return false;
}

/* --- arriving --- */
/* Until the next look; false: there is none. */
static bool wait_a_little(const struct checking *self, int64_t until_ms)
{
    struct pollfd fd = { .fd = self->wish->cancel_fd, .events = POLLIN };
    return net_clock_ms() + LOOK_MS < until_ms && poll(&fd, 1, LOOK_MS) == 0; /* a negative fd is never ready */
}

static void count_found(void *data, const uint32_t *numbers, size_t count)
{
    (void)numbers;
    *(size_t *)data += count;
}

static bool look_by_imap(struct sending *self, const struct net_endpoint *endpoint, const struct net_credentials *credentials,
                         int64_t until_ms)
{
    size_t found = 0;
    const struct imap_handlers handlers = { .data = &found, .search = count_found };
    const struct net_context context = context_of(self->checking);
    struct imap_reply reply = { 0 };
    g_autoptr(imap_client) client = imap_client_connect(endpoint, &context, &handlers, NULL, &self->error);
    if (client == NULL || !imap_client_login(client, credentials, &self->error))
        return false;
    do {
        if (!imap_wait(client, imap_send_select(client, "INBOX", true), &reply, &self->error) ||
            !imap_wait(client, imap_send_search_message_id(client, self->message_id), &reply, &self->error))
            return false;
    } while (found == 0 && wait_a_little(self->checking, until_ms));
    return found > 0;
}

struct pop3_look {
    const char *message_id;
    bool is_found;
};

static void note_line(void *data, const char *line)
{
    struct pop3_look *look = data;
    look->is_found |= strstr(line, look->message_id) != NULL;
}

/* The newest are the last. */
static bool look_into_maildrop(pop3_client *client, struct pop3_look *look, GError **error)
{
    struct pop3_reply reply = { 0 };
    uint32_t count = 0;
    uint64_t bytes = 0;
    bool is_good = pop3_client_ask(client, &reply, error, "STAT") && pop3_size_parse(reply.text, &count, &bytes);
    for (uint32_t i = count; is_good && i > 0 && i + POP3_LAST > count && !look->is_found; i--) {
        pop3_reply_clear(&reply);
        is_good = pop3_client_ask(client, &reply, error, "TOP %u 0", i);
        if (is_good && reply.status == POP3_OK)
            is_good = pop3_client_read_lines(client, note_line, look, error);
    }
    pop3_reply_clear(&reply);
    return is_good;
}

/* A session sees what was there when it began. */
static bool look_by_pop3(struct sending *self, const struct net_endpoint *endpoint, const struct net_credentials *credentials,
                         int64_t until_ms)
{
    struct pop3_look look = { .message_id = self->message_id };
    const struct net_context context = context_of(self->checking);
    do {
        g_autoptr(pop3_client) client = pop3_client_connect(endpoint, &context, NULL, &self->error);
        if (client == NULL || !pop3_client_login(client, credentials, &self->error) || !look_into_maildrop(client, &look, &self->error))
            return false;
        pop3_client_quit(client, NULL);
    } while (!look.is_found && wait_a_little(self->checking, until_ms));
    return look.is_found;
}

static bool look(struct sending *self, int64_t until_ms)
{
    const struct account_server *server = &self->checking->account->incoming;
    const struct net_endpoint endpoint = account_endpoint(server, NULL, NULL);
    struct net_credentials credentials;
    if (!find_credentials(self->checking, server, &credentials)) {
        self->error = g_error_copy(self->checking->no_password);
        return false;
    }
    bool is_found = server->protocol == ACCOUNT_PROTOCOL_POP3 ? look_by_pop3(self, &endpoint, &credentials, until_ms)
                                                              : look_by_imap(self, &endpoint, &credentials, until_ms);
    secret_free((char *)credentials.password);
    return is_found;
}

static void wait_for_it(struct sending *self)
{
    struct checking *checking = self->checking;
    const struct account_server *server = &checking->account->incoming;
    g_autofree char *sent_by = checking->connection, *connection = account_server_words(server);
    int64_t began = net_clock_ms();
    checking->connection = connection;
    if (server->protocol == ACCOUNT_PROTOCOL_MAILDIR) {
        check_tell_skipped(checking, "arrive", _("look whether it comes: nobody tells when a directory gets mail"));
    } else {
        bool is_there = look(self, began + ARRIVE_MS);
        int elapsed = (int)(net_clock_ms() - began);
        if (is_there)
            check_tell_ok(checking, "arrive", elapsed, _("the message is in the Inbox"));
        else
            check_tell_failed(checking, "arrive", elapsed,
                              self->error != NULL ? self->error->message : _("the message is not in the Inbox yet"),
                              _("It may come later, lie in the junk folder, or come back as undeliverable: look there."));
    }
    checking->connection = g_steal_pointer(&sent_by);
}

void check_send_test(struct checking *checking)
{
    struct sending self = { .checking = checking, .fd = -1 };
    int64_t began = net_clock_ms();
    bool is_sent = write_message(&self) &&
                   (checking->account->outgoing.protocol == ACCOUNT_PROTOCOL_SENDMAIL ? send_by_command(&self) : send_by_smtp(&self));
    int elapsed = (int)(net_clock_ms() - began);
    if (is_sent) {
        g_autofree char *words = g_strdup_printf(_("a message to %s was taken"), checking->account->from_address);
        check_tell_ok(checking, "send", elapsed, words);
        wait_for_it(&self);
    } else {
        g_autofree char *hint = check_advice(checking, self.error, &checking->result.verdict);
        check_tell_failed(checking, "send", elapsed, self.error != NULL ? self.error->message : "", hint);
        check_tell_skipped(checking, "arrive", _("not tried"));
    }
    if (self.fd >= 0)
        close(self.fd);
    g_clear_error(&self.error);
    g_free(self.message_id);
    g_free(self.text);
}
