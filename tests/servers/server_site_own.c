/* SPDX-License-Identifier: MIT */
/* Delivers with doveadm and looks with doveadm; see server_site_own.h. */
#include "tests/servers/server_site_own.h"
#include <string.h>

static bool deliver(const struct site *site, const char *message)
{
    return server_deliver(site->server, site->user, "INBOX", message);
}

/* Its text as it was written: with the dot on a line of its own, which SMTP doubles on the way. */
static bool has_arrived(const struct site *site, const char *text)
{
    g_autofree char *found =
        server_doveadm(site->server, "fetch", "-u", site->other, "text", "mailbox", "INBOX", "header", "Subject", text, NULL);
    return strstr(found, text) != NULL && strstr(found, "\n.\nBehind a dot.") != NULL;
}

static char *log_of(const struct site *site)
{
    return server_log(site->server);
}

struct site site_of_server(server *running, const char *column, enum matrix_state state)
{
    const struct server_ports *ports = server_ports(running);
    return (struct site){ .column = column,
                          .state = state,
                          .host = "localhost",
                          .ca_file = server_ca_file(running),
                          .user = SERVER_USER,
                          .password = SERVER_PASSWORD,
                          .address = SERVER_ADDRESS,
                          .other = SERVER_OTHER "@example.test",
                          .server = running,
                          .ports = { .imap = ports->imap,
                                     .imaps = ports->imaps,
                                     .pop3 = ports->pop3,
                                     .pop3s = ports->pop3s,
                                     .smtp = ports->smtp,
                                     .submission = ports->submission,
                                     .submissions = ports->submissions,
                                     .submission_wrapped = ports->submission_wrapped,
                                     .own_submission = ports->dovecot_submission,
                                     .own_submissions = ports->dovecot_submissions },
                          .deliver = deliver,
                          .has_arrived = has_arrived,
                          .log = log_of };
}
