/* SPDX-License-Identifier: MIT */
/* SCRAM (RFC 5802, 7677), ours because libgsasl cannot say "I could be bound, but you did not offer it" ("y"): without that word nobody notices when
 * the offer was taken away on the line. */
#include "net/sasl_private.h"
#include <glib/gi18n-lib.h>
#include <gsasl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#define ROUNDS_MAX  1000000u /* a second of work; what is usual is 4096 to some hundred thousand */
#define SALT_MAX    1024u
#define NONCE_BYTES 18u /* 24 characters of base64, without a comma */

struct scram_state {
    const EVP_MD *hash;
    char *password;   /* prepared; wiped */
    char *gs2_header; /* "p=tls-exporter,,", "y,,", "n,," */
    char *first_bare; /* "n=alice,r=…" */
    char *nonce;      /* ours */
    int steps;
    unsigned char proof_of_server[EVP_MAX_MD_SIZE]; /* that we wait for */
};

/* --- what is said first --- */
static char *header_of(const net_sasl *sasl)
{
    const struct net_channel_binding *binding = &sasl->place.binding;
    if ((sasl->mechanism->traits & SASL_IS_BOUND) != 0)
        return g_strdup_printf("p=%s,,", binding->is_exporter ? "tls-exporter" : "tls-unique");
    return g_strdup(binding->length > 0 && !sasl->place.is_binding_offered ? "y,," : "n,,");
}

static char *make_nonce(void)
{
    unsigned char bytes[NONCE_BYTES];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return NULL;
    return g_base64_encode(bytes, sizeof bytes);
}

/* RFC 4013, also with letters that are younger than it (emoji): whoever let somebody have such a password takes it as it is. NULL: not UTF-8, or a
 * character that is forbidden. Wiped by whoever takes it. */
static char *prepare(const char *text)
{
    char *prepared = NULL;
    /* libgsasl 2.2 has the meaning of the flag the wrong way round; whichever allows more is right. */
    if (gsasl_saslprep(text, 0, &prepared, NULL) != GSASL_OK && gsasl_saslprep(text, GSASL_ALLOW_UNASSIGNED, &prepared, NULL) != GSASL_OK)
        return NULL;
    char *copy = g_strdup(prepared);
    explicit_bzero(prepared, strlen(prepared));
    gsasl_free(prepared);
    return copy;
}

/* saslname = 1*(value-safe-char / "=2C" / "=3D") */
static char *escape_name(const char *name)
{
    GString *out = g_string_new(NULL);
    for (; *name != '\0'; name++) {
        if (*name == ',' || *name == '=')
            g_string_append(out, *name == ',' ? "=2C" : "=3D");
        else
            g_string_append_c(out, *name);
    }
    return g_string_free(out, FALSE);
}

static bool scram_start(net_sasl *sasl, const struct net_credentials *credentials, GError **error)
{
    struct scram_state *state = sasl->state = g_new0(struct scram_state, 1);
    g_autofree char *user = prepare(credentials->user != NULL ? credentials->user : "");
    state->hash = g_str_has_prefix(sasl->mechanism->name, "SCRAM-SHA-256") ? EVP_sha256() : EVP_sha1();
    state->password = prepare(credentials->password != NULL ? credentials->password : "");
    state->gs2_header = header_of(sasl);
    state->nonce = make_nonce();
    if (user == NULL || state->password == NULL)
        return sasl_fail(sasl,
                         _("the user name or the password is not UTF-8, or has a character that is not allowed in it (a control character, "
                           "or letters of both directions)"),
                         error);
    if (state->nonce == NULL)
        return sasl_fail(sasl, _("this computer has no random numbers"), error);
    g_autofree char *name = escape_name(user);
    state->first_bare = g_strdup_printf("n=%s,r=%s", name, state->nonce);
    return true;
}

/* --- calculation (RFC 5802 section 3) --- */
static bool sign(const struct scram_state *state, const unsigned char *key, size_t size, const char *text, unsigned char *out)
{
    unsigned length = 0;
    return HMAC(state->hash, key, (int)size, (const unsigned char *)text, strlen(text), out, &length) != NULL;
}

/* ClientProof = ClientKey XOR HMAC(H(ClientKey), AuthMessage); the server's is HMAC(ServerKey, AuthMessage). */
static bool calculate(struct scram_state *state, const guchar *salt, gsize salt_length, guint64 rounds, const char *message,
                      unsigned char *proof)
{
    unsigned char salted[EVP_MAX_MD_SIZE], client[EVP_MAX_MD_SIZE], stored[EVP_MAX_MD_SIZE], server[EVP_MAX_MD_SIZE];
    size_t size = (size_t)EVP_MD_get_size(state->hash);
    bool is_done = PKCS5_PBKDF2_HMAC(state->password, (int)strlen(state->password), salt, (int)salt_length, (int)rounds, state->hash,
                                     (int)size, salted) == 1 &&
                   sign(state, salted, size, "Client Key", client) && EVP_Digest(client, size, stored, NULL, state->hash, NULL) == 1 &&
                   sign(state, stored, size, message, proof) && sign(state, salted, size, "Server Key", server) &&
                   sign(state, server, size, message, state->proof_of_server);
    for (size_t i = 0; is_done && i < size; i++)
        proof[i] ^= client[i];
    explicit_bzero(salted, sizeof salted);
    explicit_bzero(client, sizeof client);
    explicit_bzero(stored, sizeof stored);
    explicit_bzero(server, sizeof server);
    return is_done;
}

/* --- the server's question --- */
struct question {
    char *nonce;
    guchar *salt;
    gsize salt_length;
    guint64 rounds;
};

static void question_clear(struct question *question)
{
    g_free(question->nonce);
    g_free(question->salt);
}

/* A base64 text that decodes to at most most bytes; NULL: it is none. */
static guchar *decode(const char *base64, gsize most, gsize *length_out)
{
    size_t length = strlen(base64);
    bool is_good = length > 0 && length % 4 == 0 && length / 4 * 3 <= most + 2 &&
                   strspn(base64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") == length;
    return is_good ? g_base64_decode(base64, length_out) : NULL;
}

/* [m=…,]r=nonce,s=salt,i=rounds[,…]; an extension that must be known (m=) is none we know. */
static const char *read_question(const char *text, struct question *out)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", 4);
    if (g_strv_length(parts) < 3 || !g_str_has_prefix(parts[0], "r=") || !g_str_has_prefix(parts[1], "s=") ||
        !g_str_has_prefix(parts[2], "i="))
        return _("the server's question makes no sense");
    char *end = NULL;
    out->nonce = g_strdup(parts[0] + 2);
    out->salt = decode(parts[1] + 2, SALT_MAX, &out->salt_length);
    out->rounds = g_ascii_strtoull(parts[2] + 2, &end, 10);
    bool is_number = g_ascii_isdigit(parts[2][2]);
    if (!is_number || out->salt == NULL || out->salt_length == 0 || out->rounds == 0)
        return _("the server's question makes no sense");
    if (out->rounds > ROUNDS_MAX)
        return _("the server's question would take for ever to answer");
    return *end == '\0' ? NULL : _("the server's question makes no sense");
}

static char *binding_words(const net_sasl *sasl, const struct scram_state *state)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)state->gs2_header, (guint)strlen(state->gs2_header));
    if ((sasl->mechanism->traits & SASL_IS_BOUND) != 0)
        g_byte_array_append(bytes, sasl->place.binding.bytes, (guint)sasl->place.binding.length);
    return g_base64_encode(bytes->data, bytes->len);
}

static bool answer_question(net_sasl *sasl, struct scram_state *state, const char *text, struct sasl_bytes *output_out, GError **error)
{
    struct question question = { 0 };
    unsigned char proof[EVP_MAX_MD_SIZE];
    const char *why = read_question(text, &question);
    bool is_to_us = why != NULL || (question.nonce != NULL && g_str_has_prefix(question.nonce, state->nonce) &&
                                    strlen(question.nonce) > strlen(state->nonce));
    if (!is_to_us) { /* an answer to somebody else's question */
        sasl->is_impostor = true;
        why = _("the server could not prove that it knows the password");
    }
    if (why != NULL) {
        question_clear(&question);
        return sasl_fail(sasl, why, error);
    }
    g_autofree char *binding = binding_words(sasl, state), *final = g_strdup_printf("c=%s,r=%s", binding, question.nonce);
    g_autofree char *message = g_strdup_printf("%s,%s,%s", state->first_bare, text, final);
    bool is_done = calculate(state, question.salt, question.salt_length, question.rounds, message, proof);
    g_autofree char *proof_words = is_done ? g_base64_encode(proof, (gsize)EVP_MD_get_size(state->hash)) : NULL;
    question_clear(&question);
    if (!is_done)
        return sasl_fail(sasl, _("this computer cannot calculate the answer"), error);
    output_out->bytes = g_strdup_printf("%s,p=%s", final, proof_words);
    output_out->length = strlen(output_out->bytes);
    return true;
}

/* --- the server's proof --- */
/* server-error = "e=" value */
static bool note_complaint(net_sasl *sasl, const char *text, GError **error)
{
    g_free(sasl->complaint);
    g_autofree char *value = g_strndup(text + 2, 60);
    sasl->complaint = g_strcanon(g_steal_pointer(&value), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", '?');
    if (strcmp(sasl->complaint, "server-does-support-channel-binding") != 0)
        return sasl_fail(sasl, sasl->complaint, error);
    sasl->is_impostor = true; /* it offered, we heard nothing of it: somebody in between took the offer away */
    g_clear_pointer(&sasl->complaint, g_free);
    return sasl_fail(
        sasl, _("the server says that a better way to sign in was offered, but the offer did not arrive: somebody is in between"), error);
}

static bool check_proof(net_sasl *sasl, const struct scram_state *state, const char *text, GError **error)
{
    gsize length = 0;
    size_t size = (size_t)EVP_MD_get_size(state->hash);
    g_auto(GStrv) parts = g_strsplit(text, ",", 2);
    g_autofree guchar *proof = parts[0] != NULL && g_str_has_prefix(parts[0], "v=") ? decode(parts[0] + 2, EVP_MAX_MD_SIZE, &length) : NULL;
    sasl->is_complete = proof != NULL && length == size && CRYPTO_memcmp(proof, state->proof_of_server, size) == 0;
    sasl->is_impostor = sasl->is_impostor || !sasl->is_complete;
    return sasl->is_complete || sasl_fail(sasl, _("the server could not prove that it knows the password"), error);
}

static bool scram_step(net_sasl *sasl, struct sasl_bytes input, struct sasl_bytes *output_out, GError **error)
{
    struct scram_state *state = sasl->state;
    g_autofree char *text = g_strndup(input.bytes != NULL ? input.bytes : "", input.length);
    if (strlen(text) != input.length)
        return sasl_fail(sasl, _("the server's question makes no sense"), error);
    if (sasl->is_complete && input.length == 0)
        return true; /* the server's proof was in; what is left is an empty line */
    if (state->steps > 0 && g_str_has_prefix(text, "e="))
        return note_complaint(sasl, text, error);
    switch (state->steps++) {
    case 0:
        output_out->bytes = g_strconcat(state->gs2_header, state->first_bare, NULL);
        output_out->length = strlen(output_out->bytes);
        return true;
    case 1:
        return answer_question(sasl, state, text, output_out, error);
    case 2:
        return check_proof(sasl, state, text, error);
    default:
        return sasl_fail(sasl, _("the server asks for more than this method has"), error);
    }
}

static void scram_free(void *data)
{
    struct scram_state *state = data;
    net_secret_free(state->password);
    g_free(state->gs2_header);
    g_free(state->first_bare);
    g_free(state->nonce);
    explicit_bzero(state->proof_of_server, sizeof state->proof_of_server);
    g_free(state);
}

const struct sasl_ops sasl_scram_ops = { scram_start, scram_step, scram_free };
