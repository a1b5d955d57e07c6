/* SPDX-License-Identifier: MIT */
/* Tricks of a message that a person would not see: told in one sentence each, only what is true, and nothing that is merely unusual. Any thread. */
#pragma once
#include "core/message.h"

/* What the reader knows of the person; all may be NULL. */
struct message_trust {
    const char *const *own_addresses; /* NULL-terminated */
    const char *checker;              /* who writes Authentication-Results at the person's own server (RFC 8601: authserv-id) */
    bool is_checker_sure;             /* the person wrote it down: then it is told too that they are missing */
};
/* Of char*, translated sentences, the worst first; freed with the array. */
GPtrArray *message_warnings(const message *message, const struct message_trust *trust);
/* The name of a domain as it must not be shown: letters of several alphabets, or of another one that looks like ours. */
bool domain_is_lookalike(const char *domain);
