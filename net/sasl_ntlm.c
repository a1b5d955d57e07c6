/* SPDX-License-Identifier: MIT */
/* NTLM as Exchange wants it today: version 2 only. libgsasl has version 1, which Windows refuses since 2008 and which gives the password away. */
#include "net/sasl_ntlm.h"
#include <glib/gi18n-lib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>

#define HASH_BYTES       16u
#define TARGET_BYTES_MAX 4096u
#define EPOCH_1601_US    G_GINT64_CONSTANT(11644473600000000)

enum ntlm_flag {
    NTLM_UNICODE = 0x00000001,
    NTLM_OEM = 0x00000002,
    NTLM_REQUEST_TARGET = 0x00000004,
    NTLM_NTLM = 0x00000200,
    NTLM_ALWAYS_SIGN = 0x00008000,
    NTLM_EXTENDED_SECURITY = 0x00080000,
};
#define OUR_FLAGS (NTLM_UNICODE | NTLM_OEM | NTLM_REQUEST_TARGET | NTLM_NTLM | NTLM_ALWAYS_SIGN | NTLM_EXTENDED_SECURITY)

static const char signature[8] = "NTLMSSP";

/* --- bytes --- */
static uint32_t read_number(const char *bytes, int count)
{
    uint32_t number = 0;
    for (int i = count - 1; i >= 0; i--)
        number = number << 8 | (unsigned char)bytes[i];
    return number;
}

static void append_number(GString *out, uint64_t number, int count)
{
    for (int i = 0; i < count; i++)
        g_string_append_c(out, (char)(unsigned char)(number >> (8 * i)));
}

/* UTF-16, little endian. False: not UTF-8. */
static bool append_utf16(GString *out, const char *text)
{
    glong units = 0;
    gunichar2 *wide = g_utf8_to_utf16(text, -1, NULL, &units, NULL);
    for (glong i = 0; wide != NULL && i < units; i++)
        append_number(out, wide[i], 2);
    if (wide != NULL)
        explicit_bzero(wide, (size_t)units * sizeof *wide);
    g_free(wide);
    return wide != NULL;
}

static void free_secret_string(GString *string)
{
    explicit_bzero(string->str, string->allocated_len);
    g_string_free(string, TRUE);
}

/* --- hashes --- */
static pthread_once_t md4_once = PTHREAD_ONCE_INIT;
static EVP_MD *md4; /* in OpenSSL's legacy provider, loaded into a context of its own: nothing else can come to use it */

static void load_md4(void)
{
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
    if (context != NULL && OSSL_PROVIDER_load(context, "legacy") != NULL)
        md4 = EVP_MD_fetch(context, "MD4", NULL);
}

/* NTOWFv1: MD4 of the password in UTF-16. */
static enum sasl_ntlm_verdict hash_password(const char *password, unsigned char hash[HASH_BYTES])
{
    pthread_once(&md4_once, load_md4);
    if (md4 == NULL)
        return SASL_NTLM_NO_CRYPTO;
    GString *wide = g_string_sized_new(2 * strlen(password) + 2);
    enum sasl_ntlm_verdict verdict = append_utf16(wide, password) ? SASL_NTLM_DONE : SASL_NTLM_BAD_TEXT;
    if (verdict == SASL_NTLM_DONE && EVP_Digest(wide->str, wide->len, hash, NULL, md4, NULL) != 1)
        verdict = SASL_NTLM_NO_CRYPTO;
    free_secret_string(wide);
    return verdict;
}

static bool hmac_md5(const unsigned char key[HASH_BYTES], const GString *text, unsigned char hash[HASH_BYTES])
{
    return HMAC(EVP_md5(), key, HASH_BYTES, (const unsigned char *)text->str, text->len, hash, NULL) != NULL;
}

/* NTOWFv2: who it is, keyed with the password's hash. */
static enum sasl_ntlm_verdict hash_identity(const struct sasl_ntlm_secret *secret, unsigned char hash[HASH_BYTES])
{
    unsigned char key[HASH_BYTES];
    enum sasl_ntlm_verdict verdict = hash_password(secret->password, key);
    if (verdict != SASL_NTLM_DONE)
        return verdict;
    g_autofree char *upper = g_utf8_strup(secret->user, -1);
    g_autoptr(GString) who = g_string_new(NULL);
    if (!append_utf16(who, upper) || !append_utf16(who, secret->domain))
        verdict = SASL_NTLM_BAD_TEXT;
    else if (!hmac_md5(key, who, hash))
        verdict = SASL_NTLM_NO_CRYPTO;
    explicit_bzero(key, sizeof key);
    return verdict;
}

/* --- the challenge --- */
struct challenge {
    uint32_t flags;
    const char *nonce;  /* 8 bytes */
    const char *target; /* AV_PAIRs */
    size_t target_length;
    const char *time; /* of the server, 8 bytes in target; NULL: it gave none */
};

static bool read_target(struct challenge *challenge)
{
    for (size_t at = 0; at + 4 <= challenge->target_length;) {
        const char *pair = challenge->target + at;
        uint32_t id = read_number(pair, 2), length = read_number(pair + 2, 2);
        if (id == 0) /* MsvAvEOL */
            return true;
        if (length > challenge->target_length - at - 4)
            return false;
        if (id == 7 && length == 8) /* MsvAvTimestamp */
            challenge->time = pair + 4;
        at += 4 + length;
    }
    return true;
}

static bool read_challenge(struct sasl_bytes message, struct challenge *challenge_out)
{
    *challenge_out = (struct challenge){ 0 };
    if (message.length < 32 || memcmp(message.bytes, signature, 8) != 0 || read_number(message.bytes + 8, 4) != 2)
        return false;
    challenge_out->flags = read_number(message.bytes + 20, 4);
    challenge_out->nonce = message.bytes + 24;
    if (message.length < 48)
        return true; /* a very old server: no target */
    size_t length = read_number(message.bytes + 40, 2), offset = read_number(message.bytes + 44, 4);
    if (length > TARGET_BYTES_MAX || offset > message.length || length > message.length - offset)
        return false;
    challenge_out->target = message.bytes + offset;
    challenge_out->target_length = length;
    return read_target(challenge_out);
}

/* --- the answer --- */
/* NTLMv2_CLIENT_CHALLENGE ([MS-NLMP] 2.2.2.7) */
static GString *client_blob(const struct sasl_ntlm_secret *secret, const struct challenge *challenge)
{
    GString *blob = g_string_new(NULL);
    append_number(blob, 0x0101, 8);
    if (challenge->time != NULL)
        g_string_append_len(blob, challenge->time, 8);
    else
        append_number(blob, secret->time, 8);
    g_string_append_len(blob, (const char *)secret->client_challenge, 8);
    append_number(blob, 0, 4);
    g_string_append_len(blob, challenge->target != NULL ? challenge->target : "", (gssize)challenge->target_length);
    append_number(blob, 0, 4);
    return blob;
}

/* HMAC-MD5(key, nonce | text), then the text itself. */
static bool append_proof(GString *out, const unsigned char key[HASH_BYTES], const char *nonce, const char *text, size_t length)
{
    unsigned char proof[HASH_BYTES];
    g_autoptr(GString) whole = g_string_new_len(nonce, 8);
    g_string_append_len(whole, text, (gssize)length);
    if (!hmac_md5(key, whole, proof))
        return false;
    g_string_append_len(out, (const char *)proof, sizeof proof);
    g_string_append_len(out, text, (gssize)length);
    return true;
}

static bool make_proofs(const struct sasl_ntlm_secret *secret, const struct challenge *challenge, const unsigned char key[HASH_BYTES],
                        GString *lm, GString *nt)
{
    g_autoptr(GString) blob = client_blob(secret, challenge);
    if (!append_proof(nt, key, challenge->nonce, blob->str, blob->len))
        return false;
    if (challenge->time == NULL)
        return append_proof(lm, key, challenge->nonce, (const char *)secret->client_challenge, 8);
    append_number(lm, 0, 8); /* [MS-NLMP] 3.1.5.1.2: none where the server told its time */
    append_number(lm, 0, 8);
    append_number(lm, 0, 8);
    return true;
}

static bool append_text(GString *out, const char *text, bool is_unicode)
{
    if (!is_unicode)
        g_string_append(out, text);
    return !is_unicode || append_utf16(out, text);
}

/* AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3): a head with length, length and offset of each field, then the fields. */
static struct sasl_bytes assemble(GString *const fields[6], uint32_t flags)
{
    GString *out = g_string_new_len(signature, 8);
    static const int order[6] = { 3, 4, 0, 1, 2, 5 }; /* LM, NT, domain, user, workstation, session key */
    uint32_t offset = 64, offsets[6];
    append_number(out, 3, 4);
    for (int i = 0; i < 6; i++) {
        offsets[i] = offset;
        offset += (uint32_t)fields[i]->len;
    }
    for (int i = 0; i < 6; i++) {
        append_number(out, fields[order[i]]->len, 2);
        append_number(out, fields[order[i]]->len, 2);
        append_number(out, offsets[order[i]], 4);
    }
    append_number(out, flags, 4);
    for (int i = 0; i < 6; i++)
        g_string_append_len(out, fields[i]->str, (gssize)fields[i]->len);
    size_t length = out->len;
    return (struct sasl_bytes){ g_string_free(out, FALSE), length };
}

enum sasl_ntlm_verdict sasl_ntlm_answer(const struct sasl_ntlm_secret *secret, struct sasl_bytes message, struct sasl_bytes *answer_out)
{
    struct challenge challenge;
    unsigned char key[HASH_BYTES];
    if (!read_challenge(message, &challenge))
        return SASL_NTLM_BAD_CHALLENGE;
    enum sasl_ntlm_verdict verdict = hash_identity(secret, key);
    if (verdict != SASL_NTLM_DONE)
        return verdict;
    bool is_unicode = (challenge.flags & NTLM_UNICODE) != 0;
    g_autoptr(GString) domain = g_string_new(NULL), user = g_string_new(NULL), nothing = g_string_new(NULL);
    g_autoptr(GString) lm = g_string_new(NULL), nt = g_string_new(NULL);
    if (!append_text(domain, secret->domain, is_unicode) || !append_text(user, secret->user, is_unicode))
        verdict = SASL_NTLM_BAD_TEXT;
    else if (!make_proofs(secret, &challenge, key, lm, nt))
        verdict = SASL_NTLM_NO_CRYPTO;
    explicit_bzero(key, sizeof key);
    GString *const fields[6] = { domain, user, nothing, lm, nt, nothing };
    if (verdict == SASL_NTLM_DONE)
        *answer_out = assemble(fields, (challenge.flags & OUR_FLAGS) & (is_unicode ? ~(uint32_t)NTLM_OEM : ~(uint32_t)NTLM_UNICODE));
    return verdict;
}

/* --- the mechanism --- */
struct ntlm_state {
    char *user, *domain, *password;
    int steps;
};

/* DOMAIN\user; user@domain goes as it is, and the server knows what to do. */
static bool ntlm_start(net_sasl *sasl, const struct net_credentials *credentials, GError **error)
{
    struct ntlm_state *state = sasl->state = g_new0(struct ntlm_state, 1);
    const char *user = credentials->user != NULL ? credentials->user : "", *backslash = strchr(user, '\\');
    (void)error;
    state->domain = backslash != NULL ? g_strndup(user, (gsize)(backslash - user)) : g_strdup("");
    state->user = g_strdup(backslash != NULL ? backslash + 1 : user);
    state->password = g_strdup(credentials->password != NULL ? credentials->password : "");
    return true;
}

/* NEGOTIATE_MESSAGE ([MS-NLMP] 2.2.1.1) without domain and workstation. */
static struct sasl_bytes negotiate(void)
{
    GString *out = g_string_new_len(signature, 8);
    append_number(out, 1, 4);
    append_number(out, OUR_FLAGS, 4);
    append_number(out, 0, 8);
    append_number(out, 0, 8);
    size_t length = out->len;
    return (struct sasl_bytes){ g_string_free(out, FALSE), length };
}

static bool ntlm_step(net_sasl *sasl, struct sasl_bytes input, struct sasl_bytes *output_out, GError **error)
{
    struct ntlm_state *state = sasl->state;
    struct sasl_ntlm_secret secret = { .user = state->user, .domain = state->domain, .password = state->password };
    if (state->steps++ == 0) {
        *output_out = negotiate();
        return true;
    }
    if (state->steps > 2)
        return sasl_fail(sasl, _("the server asks for more than this method has"), error);
    secret.time = (uint64_t)(g_get_real_time() + EPOCH_1601_US) * 10;
    if (RAND_bytes(secret.client_challenge, sizeof secret.client_challenge) != 1)
        return sasl_fail(sasl, _("this computer has no random numbers"), error);
    switch (sasl_ntlm_answer(&secret, input, output_out)) {
    case SASL_NTLM_DONE:
        return true;
    case SASL_NTLM_BAD_CHALLENGE:
        return sasl_fail(sasl, _("the server's question makes no sense"), error);
    case SASL_NTLM_BAD_TEXT:
        return sasl_fail(sasl, _("the user name or the password has a character this method cannot carry"), error);
    case SASL_NTLM_NO_CRYPTO:
        break;
    }
    return sasl_fail(sasl, _("OpenSSL on this computer lacks the old MD4, which NTLM needs"), error);
}

static void ntlm_free(void *data)
{
    struct ntlm_state *state = data;
    net_secret_free(state->password);
    g_free(state->user);
    g_free(state->domain);
    g_free(state);
}

const struct sasl_ops sasl_ntlm_ops = { ntlm_start, ntlm_step, ntlm_free };
