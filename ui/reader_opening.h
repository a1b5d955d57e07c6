/* SPDX-License-Identifier: MIT */
/* A signed or encrypted message on its way through GnuPG: on a thread of its own, so that neither the screen nor other messages wait for it. */
#pragma once
#include "core/crypto.h"
#include "ui/app.h"

typedef struct reader_opening reader_opening;
/* raw: the message as it came; passphrase: NULL, or what was asked for; copied. */
reader_opening *reader_opening_new(app *app, GBytes *raw, enum message_view view, const char *passphrase);
void reader_opening_free(reader_opening *opening); /* gives up what is under way */
struct reader_opened {
    struct crypto_reading *reading;
    struct text *text; /* of reading->letter */
    bool is_wrong;     /* the passphrase */
    bool is_locked;    /* a passphrase is needed */
    char *whose;
};
/* Caller frees. NULL: these news are about something else. */
struct reader_opened *reader_opening_take(reader_opening *opening, const struct event *news);
void reader_opened_free(struct reader_opened *opened);
