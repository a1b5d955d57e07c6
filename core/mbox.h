/* SPDX-License-Identifier: MIT */
/* mbox files (RFC 4155): read in all common spellings, written as "mboxrd", from which every line comes back as it was. Any thread. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct mbox_message {
    GByteArray *bytes;    /* without the From_ line, Status, X-Status and X-Keywords; lines end as in the file */
    unsigned flags;       /* enum message_flag, from Status, X-Status, X-Mozilla-Status and X-Keywords */
    char *keywords;       /* a list as in core/tag.h, from X-Keywords and X-Mozilla-Keys; NULL: none */
    int64_t received_utc; /* of the From_ line; 0: unreadable */
};
void mbox_message_clear(struct mbox_message *message);

typedef struct mbox mbox;
/* Errors are STORE_ERROR and name the file. A file that does not begin with a From_ line is no mbox. */
mbox *mbox_open(const char *path, GError **error);
void mbox_close(mbox *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(mbox, mbox_close)
/* The next message (cleared first). False: the end, or error. */
bool mbox_next(mbox *self, struct mbox_message *message, GError **error);

/* What stands around a message in an mbox. */
struct mbox_about {
    unsigned flags;
    const char *keywords; /* a list; NULL: none */
    int64_t received_utc;
    const char *sender; /* NULL: MAILER-DAEMON */
};
/* Appends one message. False: errno says why. */
bool mbox_write(FILE *out, const void *bytes, size_t size, const struct mbox_about *about);
