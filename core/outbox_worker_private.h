/* SPDX-License-Identifier: MIT */
/* Between the files that take a message out of the outbox: what is under way, and how each end of it is written down. */
#pragma once
#include "core/outbox_worker.h"
#include "net/smtp_client.h"

/* One attempt. */
struct outbox_run {
    const struct outbox_job *job;
    const struct outbox_item *item;
    const char *const *recipients; /* who does not have it yet; NULL-terminated */
    size_t count;
    int fd; /* the message */
    uint64_t size;
};

/* --- outbox_settle.c: what came of it --- */
/* "Data-begun" and who was named with it, on the disk. */
bool outbox_run_begin_data(const struct outbox_run *self, const struct smtp_result *so_far, GError **error);
/* The server's answers. */
bool outbox_run_settle(const struct outbox_run *self, const struct smtp_result *result, GError **error);
/* All of them took it, or none, with these words (may be NULL). */
bool outbox_run_settle_all(const struct outbox_run *self, enum outbox_fate fate, const char *words, GError **error);
enum outbox_break {
    OUTBOX_BREAK_BEFORE, /* there was no connection that was of use: not this message's fault */
    OUTBOX_BREAK_WITHIN, /* the message was being handed over, but never to its end */
    OUTBOX_BREAK_DOUBT,  /* it may have been taken */
};
/* The connection failed; what was wrong is failure (taken). The row is left so that nothing is lost or sent twice. */
bool outbox_run_settle_broken(const struct outbox_run *self, enum outbox_break where, GError *failure, GError **error);

/* --- outbox_smtp.c --- */
bool outbox_smtp_send(const struct outbox_run *self, struct net_trust_verdict *verdict_out, GError **error);

/* --- outbox_sent.c --- */
/* The copy for Sent, once, where one is wanted. *is_done_out: false: it is not known yet where to. */
bool outbox_sent_file(const struct outbox_job *job, const struct outbox_item *item, bool *is_done_out, GError **error);
