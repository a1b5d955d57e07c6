/* SPDX-License-Identifier: MIT */
/* Is this certificate the server's? Chain, name, time and pin, put in words (RFC 5280, 6125, 9525). */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* What was wrong and with which certificate; owned by who holds it. */
struct net_trust_verdict {
    bool is_trusted;
    bool is_name_wrong, is_expired, is_not_yet_valid, is_self_signed, is_unknown_issuer, is_revoked;
    bool is_pin_mismatch; /* a pin was set and another key came: an alarm, not a first meeting */
    char *reason;         /* one sentence for a person */
    char *host;
    char *subject, *issuer, *names; /* names: DNS/IP alternative names, comma separated; control characters escaped */
    int64_t not_before, not_after;  /* epoch seconds */
    char *fingerprint;              /* "sha256:AB:CD:…" of the leaf certificate */
};

/* One certificate of those a server shows. */
struct net_chain_link {
    char *subject, *issuer; /* escaped like those of the verdict */
    int64_t not_before, not_after;
    bool is_self_signed;
};

void net_trust_verdict_clear(struct net_trust_verdict *verdict); /* frees the strings, zeroes it; NULL is fine */
