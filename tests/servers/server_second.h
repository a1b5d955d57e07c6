/* SPDX-License-Identifier: MIT */
/* A second IMAP client of the tests' own, as small and as blunt as can be: it sends what it is told and keeps what comes back. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct second second;

/* Signed in; NULL with a line on stderr. */
second *second_open(int port, const char *user, const char *password);
void second_free(second *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(second, second_free)

/* One command (without tag) and its answer; true: OK. The untagged lines are kept until the next one, literals are put in place of their {count}. */
bool second_do(second *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* APPEND of a message with CRLF; flags "" or "(\\Seen)". */
bool second_append(second *self, const char *mailbox, const char *flags, const char *message);
guint second_count(const second *self);
const char *second_line(const second *self, guint index); /* without "* " and CRLF */
const char *second_answer(const second *self);            /* the tagged line, without the tag */

/* A message as FETCH (UID FLAGS BODY.PEEK[]) tells of it. */
struct second_message {
    guint32 uid;
    char *flags; /* sorted, ' ' between them, without \Recent */
    char *bytes; /* the whole message */
    gsize size;
};
/* Opens the mailbox for reading only and lists all that is in it; of struct second_message*, freed with the array. NULL: it cannot be opened. */
GPtrArray *second_read(second *self, const char *mailbox);
/* Names of all mailboxes that can be selected, as the server spells them; of char*. */
GPtrArray *second_mailboxes(second *self);
