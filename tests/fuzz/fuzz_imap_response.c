/* SPDX-License-Identifier: MIT */
/* A whole IMAP client that hears a stranger's bytes: greeting, sign-in, SELECT, FETCH, with every handler reading all it gets. LIBRARY: postern_net */
#include "net/imap_client.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE_MAX_HERE 60000u /* fits in a socket's buffer: one thread is enough */

static volatile size_t seen;

static void see(const char *text)
{
    seen += text != NULL ? strlen(text) : 0;
}

static void see_body(const struct imap_body *body)
{
    if (body->type == NULL || body->subtype == NULL)
        abort();
    see(body->section);
    see(body->encoding);
    see(body->disposition);
    for (size_t i = 0; i < body->param_count; i++)
        see(body->params[i].value);
    for (size_t i = 0; i < body->disposition_param_count; i++)
        see(body->disposition_params[i].name);
    for (size_t i = 0; i < body->part_count; i++)
        see_body(&body->parts[i]);
}

static void see_addresses(const struct imap_address *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        see(addresses[i].name);
        see(addresses[i].mailbox);
        see(addresses[i].host);
    }
}

static void on_fetch(void *data, const struct imap_fetch *fetch)
{
    (void)data;
    for (const char *const *keyword = fetch->flags.keywords; *keyword != NULL; keyword++)
        see(*keyword);
    for (size_t i = 0; i < fetch->section_count; i++) {
        see(fetch->sections[i].name);
        for (size_t k = 0; k < fetch->sections[i].length; k++)
            seen += (unsigned char)fetch->sections[i].bytes[k];
    }
    if (fetch->has & IMAP_FETCH_BODYSTRUCTURE)
        see_body(fetch->body);
    see(fetch->preview);
    see(fetch->thread_id);
    see(fetch->email_id);
    for (size_t i = 0; (fetch->has & IMAP_FETCH_LABELS) && fetch->labels[i] != NULL; i++)
        see(fetch->labels[i]);
    if (fetch->has & IMAP_FETCH_ENVELOPE) {
        see(fetch->envelope.subject);
        see(fetch->envelope.message_id);
        see_addresses(fetch->envelope.from, fetch->envelope.from_count);
        see_addresses(fetch->envelope.bcc, fetch->envelope.bcc_count);
    }
}

static void on_list(void *data, const struct imap_list *list)
{
    (void)data;
    see(list->mailbox);
    see(list->wire);
}

static void on_status(void *data, const struct imap_mailbox_status *status)
{
    (void)data;
    see(status->mailbox);
    see(status->mailbox_id);
}

static void on_numbers(void *data, const uint32_t *numbers, size_t count)
{
    (void)data;
    for (size_t i = 0; i < count; i++)
        seen += numbers[i];
}

static void on_vanished(void *data, bool is_earlier, const struct imap_range *uids, size_t count)
{
    (void)data;
    (void)is_earlier;
    for (size_t i = 0; i < count; i++) {
        if (uids[i].first > uids[i].last)
            abort();
    }
}

static void on_alert(void *data, const char *text)
{
    (void)data;
    see(text);
}

static void speak(imap_client *client)
{
    static const char *const keywords[] = { "$Forwarded", NULL };
    const struct net_credentials credentials = { .user = "u", .password = "p\"w" };
    const struct imap_flags flags = { .bits = IMAP_FLAG_SEEN, .keywords = keywords };
    struct imap_reply reply;
    if (!imap_client_greet(client, NULL, NULL) || !imap_client_login(client, &credentials, NULL))
        return;
    imap_send_list(client, "", "*");
    imap_send_select(client, "Entw\xc3\xbcrfe", false);
    imap_send_fetch(client, true, "1:*", "(UID FLAGS ENVELOPE BODYSTRUCTURE)");
    imap_send_store(client, "1", '+', &flags);
    if (!imap_wait_all(client, &reply, NULL))
        return;
    see(reply.text);
    imap_idle(client, -1, 0, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct imap_handlers handlers = {
        .fetch = on_fetch, .list = on_list, .status = on_status, .search = on_numbers, .vanished = on_vanished, .alert = on_alert
    };
    const struct net_endpoint endpoint = {
        .host = "h.test", .port = 143, .security = NET_SECURITY_PLAIN, .allow_cleartext_password = true, .io_timeout_ms = 1000
    };
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        abort();
    size = MIN(size, SIZE_MAX_HERE);
    if (size > 0 && write(ends[1], data, size) != (ssize_t)size)
        abort();
    shutdown(ends[1], SHUT_WR); /* the client's own words stay in the socket's buffer */
    imap_client *client = imap_client_new(net_stream_from_fd(ends[0], &endpoint, NULL), &handlers);
    speak(client);
    imap_client_free(client);
    close(ends[1]);
    return 0;
}
