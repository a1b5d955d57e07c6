/* SPDX-License-Identifier: MIT */
/* What the files of the POP3 client share. */
#pragma once
#include "net/pop3_client.h"

enum pop3_state { POP3_GREETING, POP3_CAPA, POP3_STLS, POP3_AUTHORIZATION, POP3_TRANSACTION, POP3_DEAD };

struct pop3_client {
    net_stream *stream;
    enum pop3_state state;
    char *in; /* read, not yet parsed: in[in_start .. in_end) */
    size_t in_start, in_end;
    struct pop3_line line;
    bool is_last_bare_lf; /* how the last status line ended */
    unsigned due;         /* requests without a reply */
    unsigned answers;     /* read so far, for the window */
    unsigned requests;    /* sent so far, for SEND_EVERY */
    char *greeting;
    char *timestamp; /* for APOP; NULL: none, or of before the encryption */
    bool has_capa;
    unsigned capabilities; /* enum pop3_capability */
    char *capabilities_text;
    char **mechanisms; /* upper case, NULL-terminated; never NULL */
    int login_delay_s;
    const char *mechanism;
    enum pop3_code refusal;
};

/* In seconds. Locking, checking and rewriting a large mailbox take their time; servers say nothing meanwhile. */
enum { POP3_GREETING_S = 2 * 60, POP3_COMMAND_S = 5 * 60, POP3_QUIT_S = 5 * 60 };
#define POP3_PATIENCE 3 /* times the usual silence, where a server opens or closes a mailbox */

/* --- net/pop3_capability.c --- */
void pop3_capabilities_forget(pop3_client *client);
/* Reads the lines of CAPA into the client. False: the connection is finished. */
bool pop3_capabilities_read(pop3_client *client, GError **error);

/* --- net/pop3_client.c --- */
/* False with "host what. It says: …"; the connection is finished. */
bool pop3_client_fail_reply(pop3_client *client, enum net_error code, const char *what, const struct pop3_reply *reply, GError **error);
/* A line with a secret behind prefix; the log shows only the prefix. */
bool pop3_client_send_secret(pop3_client *client, const char *prefix, const char *secret, GError **error);
/* As pop3_client_read_lines, but a list of more than bytes_max ends the connection with NET_ERROR_LIMIT. */
bool pop3_client_read_list(pop3_client *client, uint64_t bytes_max, pop3_take_line *take, void *data, GError **error);
