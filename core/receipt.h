/* SPDX-License-Identifier: MIT */
/* That a sender asks to be told their message was read (RFC 8098), and the one letter that tells it. Nothing here is done unless a person says so. */
#pragma once
#include "config/account_file.h"
#include "core/message.h"
#include "core/store.h"

struct receipt {
    char *who;         /* asks: as the message calls them */
    char *to;          /* are to be told, as a To field shows them */
    bool is_elsewhere; /* not (or not only) where the message says it comes from: Return-Path, From */
};
typedef struct receipt receipt;
/* False: nobody asks, or nobody is to be told: lists, automatic letters, reports, and what asks for more than is understood. */
bool receipt_read(const message *letter, struct receipt *out);
void receipt_clear(struct receipt *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(receipt, receipt_clear)

/* The keyword that says so to all programs that share the mailbox (RFC 3503). */
#define RECEIPT_KEYWORD "$MDNSent"
/* keywords: a list (core/tag.h), may be NULL. */
bool receipt_is_told(const char *keywords);

/* The letter: from the address the message was written to; caller frees. It is sent from nobody (MAIL FROM:<>), so that nothing ever answers it. */
bool receipt_build(const struct account *account, message *letter, GBytes **bytes_out, char ***recipients_out, GError **error);
/* Into the outbox, and the message is marked wherever it lies, in one step. The row, or 0 with error: it was told before, or the message is gone. */
int64_t receipt_submit(store *store, const char *account_key, int64_t placement_id, GBytes *bytes, const char *const *recipients,
                       GError **error);
/* It was told, but no server took it: known for as long as the outbox remembers. */
bool receipt_is_refused(store *store, int64_t placement_id);
