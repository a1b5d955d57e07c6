/* SPDX-License-Identifier: MIT */
/* A mail system under test and its doors: every door is a cell of the matrix, tried with the real program and looked at from outside. */
#pragma once
#include "tests/servers/server_matrix.h"
#include <glib.h>
#include <stdbool.h>

struct site_door {
    enum matrix_row row;
    const char *name;                /* for messages; NULL: the row's */
    const char *protocol, *security; /* as in an account file */
    size_t port;                     /* offset in struct site_ports */
    bool has_sign_in;
};

/* 0: there is no such door. */
struct site_ports {
    int imap, imaps, pop3, pop3s, smtp, submission, submissions, submission_wrapped, own_submission, own_submissions;
};

struct site {
    const char *column;
    enum matrix_state state; /* of a cell that works */
    const char *host, *ca_file, *user, *password;
    const char *auth;            /* as in an account file; NULL: auto */
    const char *address, *other; /* who writes, and to whom */
    struct site_ports ports;
    unsigned refused; /* 1 << row: there is a port, but this way in is not offered there: `check` says so, and nothing is sent */
    void *server;
    /* Puts a message into the user's INBOX, as another client or the transport would. */
    bool (*deliver)(const struct site *site, const char *message);
    /* Whether a message with this text has come to the other one. Looked at again and again. */
    bool (*has_arrived)(const struct site *site, const char *text);
    char *(*log)(const struct site *site);
};

/* All doors that there are: to read (imap, pop3) and to send (smtp). The end: protocol NULL. */
extern const struct site_door site_doors[];
int site_port(const struct site *site, const struct site_door *door); /* 0: not there */

/* An empty home with the account test: in may be NULL (mail from a directory), out as well (no mail goes out). Caller frees; remove_tree(). */
char *site_make_home(const struct site *site, const struct site_door *in, const struct site_door *out);
/* The program's screen in that home. */
struct terminal *site_start_screen(const char *home, const char *program);
/* The program in that home with these words (NULL-terminated); its exit code, and what it printed: all of it, caller frees. */
int site_run(const char *home, const char *program, const char *const *words, const char *input, char **output_out);

/* Through this door with the real program: `check`, then reading on the screen what was delivered, or sending what arrives. NULL: it works;
 * else a complaint, caller frees. */
char *site_try_door(const struct site *site, const struct site_door *door, const char *program);
/* `check` alone for an account with both doors: nothing is read or sent. */
char *site_check(const struct site *site, const struct site_door *in, const struct site_door *out, const char *program);
/* The first door of this row. */
const struct site_door *site_door_of(enum matrix_row row);
/* Every door, into the matrix. NULL, or the complaints about all those that do not work. */
char *site_try_doors(const struct site *site, const char *program);
void site_skip_column(const char *column);
