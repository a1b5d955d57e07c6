/* SPDX-License-Identifier: MIT */
/* A message being written: reply, reply-all, forward, new; built by GMime. No store, no screen. */
#pragma once
#include "config/account_file.h"
#include "core/message.h"

enum compose_kind {
    COMPOSE_NEW,
    COMPOSE_REPLY,
    COMPOSE_REPLY_ALL,
    COMPOSE_REPLY_LIST,
    COMPOSE_FORWARD,
    COMPOSE_FORWARD_ATTACHED,
    COMPOSE_EDIT
};
struct compose_attachment {
    char *path; /* file to read when built */
    char *name;
    char *type;
    GBytes *bytes; /* instead of path */
};
struct draft {
    char *account_id;
    char *from, *to, *cc, *bcc, *reply_to, *subject; /* as the fields show them, UTF-8 */
    char *body;                                      /* plain text */
    char *in_reply_to, *references;                  /* without <> , ' ' separated */
    GPtrArray *attachments;                          /* of struct compose_attachment* */
    int64_t reply_to_placement;
    unsigned reply_flag;
    char *message_id; /* fixed when first built: the same message keeps it over saves and retries */
};
void draft_free(struct draft *draft);
typedef struct draft draft;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(draft, draft_free)
struct draft *draft_new(const struct account *account);
/* original NULL only for COMPOSE_NEW. attribution: strftime + %n name, %a address; NULL: default. Signature appended. */
struct draft *compose_start(enum compose_kind kind, const struct account *account, const message *original, const char *attribution,
                            GError **error);
/* mailto: (RFC 6068); attach and other unsafe fields ignored. */
struct draft *compose_from_mailto(const struct account *account, const char *url, GError **error);
bool draft_attach(struct draft *draft, const char *path, GError **error);
/* The finished message (CRLF not needed: LF). Bcc is not in it. sender and recipients: the envelope, IDN in A-label form; caller frees. Errors say which field and why. */
bool compose_build(struct draft *draft, GBytes **bytes_out, char **sender_out, char ***recipients_out, GError **error);
/* With Bcc and X-Postern-… fields, to be continued later. */
GBytes *compose_build_draft(struct draft *draft, GError **error);
/* What a careful friend would say before sending: no subject, "attached" without attachment, … of char*; empty: nothing. */
GPtrArray *compose_warnings(const struct draft *draft);
