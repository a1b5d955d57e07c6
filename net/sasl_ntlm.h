/* SPDX-License-Identifier: MIT */
/* NTLMv2 ([MS-NLMP] 2.2.1, 3.3.2): the answer to a challenge, as a function of everything it depends on. */
#pragma once
#include "net/sasl_private.h"
#include <stdint.h>

struct sasl_ntlm_secret {
    const char *user, *domain, *password; /* UTF-8 */
    unsigned char client_challenge[8];
    uint64_t time; /* 100 ns since 1601 */
};

enum sasl_ntlm_verdict { SASL_NTLM_DONE, SASL_NTLM_BAD_CHALLENGE, SASL_NTLM_BAD_TEXT, SASL_NTLM_NO_CRYPTO };
/* The AUTHENTICATE message for a CHALLENGE message. */
enum sasl_ntlm_verdict sasl_ntlm_answer(const struct sasl_ntlm_secret *secret, struct sasl_bytes challenge, struct sasl_bytes *answer_out);
