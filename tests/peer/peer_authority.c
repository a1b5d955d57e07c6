/* SPDX-License-Identifier: MIT */
/* Certificates with P-256 keys: made in a millisecond. Every failure is a bug of the test, so it aborts. */
#include "tests/peer/peer_authority.h"
#include <glib.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static void add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    g_assert_nonnull(extension);
    g_assert_cmpint(X509_add_ext(x509, extension, -1), ==, 1);
    X509_EXTENSION_free(extension);
}

/* What an authority that is careless, or made to be, would sign: a name that C code takes for a shorter one. */
static void add_nul_name(X509 *x509, const char *pattern)
{
    g_autofree char *name = g_strdup(pattern);
    int length = (int)strlen(name);
    for (int i = 0; i < length; i++)
        name[i] = name[i] == '!' ? '\0' : name[i];
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *one = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, name, length);
    GENERAL_NAME_set0_value(one, GEN_DNS, text);
    sk_GENERAL_NAME_push(names, one);
    g_assert_cmpint(X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 0, 0), ==, 1);
    GENERAL_NAMES_free(names);
}

static void set_times(X509 *x509, const struct peer_wish *wish)
{
    bool is_default = wish->from_days == 0 && wish->until_days == 0;
    g_assert_nonnull(X509_time_adj_ex(X509_getm_notBefore(x509), is_default ? -1 : wish->from_days, 0, NULL));
    g_assert_nonnull(X509_time_adj_ex(X509_getm_notAfter(x509), is_default ? 30 : wish->until_days, 0, NULL));
}

peer_certificate *peer_certificate_new(const struct peer_wish *wish)
{
    static long serial;
    peer_certificate *self = g_new0(peer_certificate, 1);
    self->key = wish->rsa_bits > 0 ? EVP_RSA_gen((unsigned)wish->rsa_bits) : EVP_EC_gen("P-256");
    self->x509 = X509_new();
    g_assert_true(self->key != NULL && self->x509 != NULL);
    X509 *issuer = wish->issuer != NULL ? wish->issuer->x509 : self->x509;
    X509_set_version(self->x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(self->x509), (long)g_random_int() * 1000 + ++serial);
    set_times(self->x509, wish);
    X509_set_pubkey(self->x509, self->key);
    X509_NAME *name = X509_get_subject_name(self->x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)wish->common_name, -1, -1, 0);
    X509_set_issuer_name(self->x509, X509_get_subject_name(issuer));
    const char *constraints = wish->is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE";
    add_extension(self->x509, issuer, NID_basic_constraints, wish->constraints != NULL ? wish->constraints : constraints);
    if (wish->is_authority)
        add_extension(self->x509, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    if (wish->usage != NULL)
        add_extension(self->x509, issuer, NID_ext_key_usage, wish->usage);
    if (wish->permitted != NULL)
        add_extension(self->x509, issuer, NID_name_constraints, wish->permitted);
    if (wish->has_nul)
        add_nul_name(self->x509, wish->names);
    else if (wish->names != NULL)
        add_extension(self->x509, issuer, NID_subject_alt_name, wish->names);
    const EVP_MD *digest = wish->is_md5 ? EVP_md5() : wish->is_weak ? EVP_sha1() : EVP_sha256();
    g_assert_cmpint(X509_sign(self->x509, wish->issuer != NULL ? wish->issuer->key : self->key, digest), >, 0);
    if (wish->issuer != NULL && !wish->is_issuer_hidden) {
        self->issuer = wish->issuer->x509;
        X509_up_ref(self->issuer);
        self->above = wish->issuer->issuer;
        if (self->above != NULL)
            X509_up_ref(self->above);
    }
    return self;
}

void peer_certificate_free(peer_certificate *self)
{
    if (self == NULL)
        return;
    EVP_PKEY_free(self->key);
    X509_free(self->x509);
    X509_free(self->issuer);
    X509_free(self->above);
    g_free(self);
}

void peer_certificate_save(const peer_certificate *self, const char *certificate_path, const char *key_path)
{
    FILE *file = fopen(certificate_path, "w");
    g_assert_nonnull(file);
    g_assert_cmpint(PEM_write_X509(file, self->x509), ==, 1);
    fclose(file);
    if (key_path == NULL)
        return;
    file = fopen(key_path, "w");
    g_assert_nonnull(file);
    g_assert_cmpint(PEM_write_PrivateKey(file, self->key, NULL, NULL, 0, NULL, NULL), ==, 1);
    fclose(file);
}

char *peer_certificate_fingerprint(const peer_certificate *self)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    GString *text = g_string_new("sha256:");
    X509_digest(self->x509, EVP_sha256(), digest, &length);
    for (unsigned i = 0; i < length; i++)
        g_string_append_printf(text, "%s%02X", i > 0 ? ":" : "", digest[i]);
    return g_string_free(text, FALSE);
}

SSL_CTX *peer_certificate_context(const peer_certificate *self)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    g_assert_nonnull(context);
    SSL_CTX_set_security_level(context, 0); /* what is too weak is for the client to say */
    g_assert_cmpint(SSL_CTX_use_certificate(context, self->x509), ==, 1);
    g_assert_cmpint(SSL_CTX_use_PrivateKey(context, self->key), ==, 1);
    if (self->issuer != NULL)
        SSL_CTX_add1_chain_cert(context, self->issuer);
    if (self->above != NULL)
        SSL_CTX_add1_chain_cert(context, self->above);
    return context;
}
