/* SPDX-License-Identifier: MIT */
/* What is known of signatures and encryption, as rows of the reader's head. */
#pragma once
#include "core/crypto.h"

enum seal_look { SEAL_GOOD, SEAL_DOUBT, SEAL_BAD };
struct seal_row {
    bool is_encryption;
    enum seal_look look;
    char *words;
};
/* Of struct seal_row*; caller unrefs. */
GPtrArray *reader_seals(const struct crypto_reading *reading);
/* Words of mail in the head cannot carry the marks that stand for safety elsewhere. Caller frees. */
char *reader_seals_calm(const char *words);
