/* SPDX-License-Identifier: MIT */
/* What is written in a certificate, and what is wrong with it, for a person to read. */
#pragma once
#include "net/trust.h"
#include <openssl/x509.h>

/* Fills subject, issuer, names, times and fingerprint. All text escaped: certificates come from strangers. */
void trust_words_describe(X509 *leaf, struct net_trust_verdict *verdict);
/* Of struct net_chain_link*, leaf first; never NULL. chain may be NULL. */
GPtrArray *trust_words_chain(STACK_OF(X509) * chain);
/* What X509_verify_cert() found that has no flag of its own, as the end of "It has another fault: …". Borrowed. */
const char *trust_words_fault(int code, bool is_leaf);
/* One sentence, or several, made of the verdict's flags. other: a fault that has no flag of its own, "" for none. Caller frees. */
char *trust_words_reason(const struct net_trust_verdict *verdict, const char *other);
