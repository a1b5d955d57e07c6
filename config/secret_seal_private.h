/* SPDX-License-Identifier: MIT */
/* The bytes of the encrypted secret file: a key out of a passphrase (scrypt), and bytes sealed with it (AES-256-GCM). Keeps nothing; doc/decisions/0006.
 *
 *   16 "postern-secrets\n"   1 version   1 log2 N   1 r   1 p   32 salt   16 check   12 nonce   ciphertext   16 tag   32 SHA-256 of all before it
 *
 * All before the ciphertext is authenticated with it. "check" are bytes of scrypt that are not the key: they tell a wrong passphrase from a changed file.
 * The checksum tells damage before anybody is asked for a passphrase; it protects nothing. */
#pragma once
#include "config/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_SALT_BYTES  32u
#define SEAL_CHECK_BYTES 16u
#define SEAL_KEY_BYTES   32u
#define SEAL_HEAD_BYTES  68u /* up to the nonce */

struct seal_head {
    uint8_t log2_n, r, p;
    unsigned char salt[SEAL_SALT_BYTES], check[SEAL_CHECK_BYTES];
};

/* False: not such a file, damaged, or of a cost that would take this computer down. path is for the sentence. */
bool seal_read_head(const unsigned char *bytes, size_t length, const char *path, struct seal_head *head_out, GError **error);
/* Costs and salt of a new file; check is still empty. */
bool seal_new_head(struct seal_head *head_out, GError **error);
/* Takes about a third of a second and 128 MiB. */
bool seal_derive(const struct seal_head *head, const char *passphrase, unsigned char key_out[SEAL_KEY_BYTES],
                 unsigned char check_out[SEAL_CHECK_BYTES], GError **error);
/* The whole file; caller frees. */
bool seal_close(const struct seal_head *head, const unsigned char key[SEAL_KEY_BYTES], const unsigned char *plain, size_t plain_length,
                unsigned char **bytes_out, size_t *length_out, GError **error);
/* What was sealed; caller wipes and frees. False: somebody changed the file. */
bool seal_open(const unsigned char *bytes, size_t length, const unsigned char key[SEAL_KEY_BYTES], unsigned char **plain_out,
               size_t *plain_length_out);
/* For tests, which have no third of a second. */
void seal_set_cost(uint8_t log2_n);
