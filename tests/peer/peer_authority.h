/* SPDX-License-Identifier: MIT */
/* Certificates for tests, made at run time: an authority of our own, and servers that are good, late, early, strangers or somebody else. */
#pragma once
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>

typedef struct peer_certificate peer_certificate;
struct peer_certificate {
    EVP_PKEY *key;
    X509 *x509;
    X509 *issuer; /* sent along by servers; NULL: self-signed */
    X509 *above;  /* the issuer's issuer, sent along too; NULL: none */
};
struct peer_wish {
    const char *common_name;
    const char *names;         /* "DNS:mail.example.test,IP:127.0.0.1"; NULL: no alternative names */
    int from_days, until_days; /* relative to now; both 0: -1 to 30 */
    bool is_authority;
    const char *constraints;        /* basic constraints in full: "critical,CA:TRUE,pathlen:0"; NULL: by is_authority */
    const char *usage;              /* extended key usage: "clientAuth"; NULL: none is told */
    const char *permitted;          /* name constraints of an authority: "permitted;DNS:other.test"; NULL: none */
    bool has_nul;                   /* names is one DNS name, with a NUL for each '!' */
    bool is_weak;                   /* signed with SHA-1 */
    bool is_md5;                    /* signed with MD5 */
    int rsa_bits;                   /* an RSA key of so many bits; 0: P-256 */
    bool is_issuer_hidden;          /* the issuer is not sent along */
    const peer_certificate *issuer; /* NULL: self-signed */
};

peer_certificate *peer_certificate_new(const struct peer_wish *wish);
void peer_certificate_free(peer_certificate *certificate);
/* PEM files; key may be NULL. */
void peer_certificate_save(const peer_certificate *certificate, const char *certificate_path, const char *key_path);
/* "sha256:AB:CD:…"; caller frees with g_free. */
char *peer_certificate_fingerprint(const peer_certificate *certificate);
/* A server's context showing it. */
SSL_CTX *peer_certificate_context(const peer_certificate *certificate);
