/* SPDX-License-Identifier: MIT */
/* scrypt and AES-256-GCM by OpenSSL. */
#include "config/secret_seal_private.h"
#include <glib/gi18n-lib.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <string.h>

#define VERSION      1
#define NONCE_BYTES  12u
#define TAG_BYTES    16u
#define SUM_BYTES    32u
#define FRONT_BYTES  (SEAL_HEAD_BYTES + NONCE_BYTES)
#define LEAST_BYTES  (FRONT_BYTES + TAG_BYTES + SUM_BYTES)
#define MEMORY_MAX   (512u * 1024u * 1024u) /* what a file may make us use */
#define LOG2_N_LEAST 4
#define LOG2_N_MOST  22
#define R_MOST       32
#define P_MOST       16

static const char magic[16] = { 'p', 'o', 's', 't', 'e', 'r', 'n', '-', 's', 'e', 'c', 'r', 'e', 't', 's', '\n' };
static uint8_t new_log2_n = 17; /* 128 MiB with r = 8: what OWASP asks of scrypt */

void seal_set_cost(uint8_t log2_n)
{
    new_log2_n = log2_n;
}

static bool fail_openssl(GError **error)
{
    char words[200] = "";
    unsigned long code = ERR_get_error();
    if (code != 0)
        ERR_error_string_n(code, words, sizeof words);
    ERR_clear_error();
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, _("The secrets cannot be encrypted on this computer: %s"), words);
    return false;
}

/* --- the head --- */
static bool is_affordable(const struct seal_head *head)
{
    return head->log2_n >= LOG2_N_LEAST && head->log2_n <= LOG2_N_MOST && head->r >= 1 && head->r <= R_MOST && head->p >= 1 &&
           head->p <= P_MOST && ((uint64_t)128 * head->r << head->log2_n) <= MEMORY_MAX;
}

static bool has_sum(const unsigned char *bytes, size_t length)
{
    unsigned char sum[SHA256_DIGEST_LENGTH];
    SHA256(bytes, length - SUM_BYTES, sum);
    return memcmp(sum, bytes + length - SUM_BYTES, SUM_BYTES) == 0;
}

bool seal_read_head(const unsigned char *bytes, size_t length, const char *path, struct seal_head *head_out, GError **error)
{
    bool is_ours = length >= LEAST_BYTES && memcmp(bytes, magic, sizeof magic) == 0;
    if (!is_ours || !has_sum(bytes, length)) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET,
                    _("%s was changed or damaged, so postern does not use it. Put back a copy of it, or move it away and give the "
                      "passwords again."),
                    path);
        return false;
    }
    const unsigned char *p = bytes + sizeof magic;
    *head_out = (struct seal_head){ .log2_n = p[1], .r = p[2], .p = p[3] };
    memcpy(head_out->salt, p + 4, SEAL_SALT_BYTES);
    memcpy(head_out->check, p + 4 + SEAL_SALT_BYTES, SEAL_CHECK_BYTES);
    if (p[0] == VERSION && is_affordable(head_out))
        return true;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET,
                _("%s was written by a newer postern, or wants more memory than postern gives it."), path);
    return false;
}

static void write_head(const struct seal_head *head, unsigned char *bytes)
{
    const unsigned char numbers[] = { VERSION, head->log2_n, head->r, head->p };
    memcpy(bytes, magic, sizeof magic);
    memcpy(bytes + sizeof magic, numbers, sizeof numbers);
    memcpy(bytes + sizeof magic + sizeof numbers, head->salt, SEAL_SALT_BYTES);
    memcpy(bytes + sizeof magic + sizeof numbers + SEAL_SALT_BYTES, head->check, SEAL_CHECK_BYTES);
}

bool seal_new_head(struct seal_head *head_out, GError **error)
{
    *head_out = (struct seal_head){ .log2_n = new_log2_n, .r = 8, .p = 1 };
    return RAND_bytes(head_out->salt, SEAL_SALT_BYTES) == 1 || fail_openssl(error);
}

/* --- the key --- */
bool seal_derive(const struct seal_head *head, const char *passphrase, unsigned char key_out[SEAL_KEY_BYTES],
                 unsigned char check_out[SEAL_CHECK_BYTES], GError **error)
{
    unsigned char both[SEAL_KEY_BYTES + SEAL_CHECK_BYTES];
    uint64_t n = (uint64_t)1 << head->log2_n, memory = (uint64_t)MEMORY_MAX * 2;
    uint32_t r = head->r, p = head->p;
    EVP_KDF *kind = EVP_KDF_fetch(NULL, "SCRYPT", NULL);
    EVP_KDF_CTX *kdf = kind != NULL ? EVP_KDF_CTX_new(kind) : NULL;
    const OSSL_PARAM parameters[] = { OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, (char *)passphrase, strlen(passphrase)),
                                      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)head->salt, SEAL_SALT_BYTES),
                                      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
                                      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
                                      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
                                      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
                                      OSSL_PARAM_construct_end() };
    bool is_good = kdf != NULL && EVP_KDF_derive(kdf, both, sizeof both, parameters) == 1;
    EVP_KDF_CTX_free(kdf);
    EVP_KDF_free(kind);
    if (is_good) {
        memcpy(key_out, both, SEAL_KEY_BYTES);
        memcpy(check_out, both + SEAL_KEY_BYTES, SEAL_CHECK_BYTES);
    }
    OPENSSL_cleanse(both, sizeof both);
    return is_good || fail_openssl(error);
}

/* --- sealing --- */
bool seal_close(const struct seal_head *head, const unsigned char key[SEAL_KEY_BYTES], const unsigned char *plain, size_t plain_length,
                unsigned char **bytes_out, size_t *length_out, GError **error)
{
    size_t length = LEAST_BYTES + plain_length;
    g_autofree unsigned char *bytes = g_malloc(length);
    unsigned char *nonce = bytes + SEAL_HEAD_BYTES, *text = bytes + FRONT_BYTES, *tag = text + plain_length;
    int done = 0;
    write_head(head, bytes);
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    bool is_good = cipher != NULL && plain_length < INT32_MAX && RAND_bytes(nonce, NONCE_BYTES) == 1 &&
                   EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
                   EVP_EncryptUpdate(cipher, NULL, &done, bytes, FRONT_BYTES) == 1 &&
                   EVP_EncryptUpdate(cipher, text, &done, plain, (int)plain_length) == 1 && EVP_EncryptFinal_ex(cipher, tag, &done) == 1 &&
                   EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1;
    EVP_CIPHER_CTX_free(cipher);
    if (!is_good)
        return fail_openssl(error);
    SHA256(bytes, length - SUM_BYTES, tag + TAG_BYTES);
    *length_out = length;
    *bytes_out = g_steal_pointer(&bytes);
    return true;
}

bool seal_open(const unsigned char *bytes, size_t length, const unsigned char key[SEAL_KEY_BYTES], unsigned char **plain_out,
               size_t *plain_length_out)
{
    size_t plain_length = length - LEAST_BYTES;
    const unsigned char *nonce = bytes + SEAL_HEAD_BYTES, *text = bytes + FRONT_BYTES, *tag = text + plain_length;
    unsigned char *plain = g_malloc(plain_length + 1);
    int done = 0, rest = 0;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    bool is_good = cipher != NULL && EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
                   EVP_DecryptUpdate(cipher, NULL, &done, bytes, FRONT_BYTES) == 1 &&
                   EVP_DecryptUpdate(cipher, plain, &done, text, (int)plain_length) == 1 &&
                   EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, (void *)tag) == 1 &&
                   EVP_DecryptFinal_ex(cipher, plain + done, &rest) == 1;
    EVP_CIPHER_CTX_free(cipher);
    ERR_clear_error();
    if (!is_good) { /* nothing that was not proven leaves this function */
        OPENSSL_cleanse(plain, plain_length);
        g_free(plain);
        return false;
    }
    *plain_out = plain;
    *plain_length_out = plain_length;
    return true;
}
