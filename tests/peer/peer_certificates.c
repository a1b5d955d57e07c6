/* SPDX-License-Identifier: MIT */
/* A table of certificates for mail.example.test. */
#include "tests/peer/peer_certificates.h"
#include <glib/gstdio.h>
#include <string.h>

#define HOST "mail.example.test"
#define NAME "DNS:" HOST

enum issuer { BY_AUTHORITY, BY_ITSELF, BY_STRANGER, BY_INTERMEDIATE, BY_SERVER, BY_CONSTRAINED, BY_SHORT, BY_RSA };

static const struct {
    const char *word;
    struct peer_wish wish;
    enum issuer issuer;
} rows[] = {
    { "good", { .common_name = "mail", .names = NAME }, BY_AUTHORITY },
    { "other-key", { .common_name = "mail", .names = NAME }, BY_AUTHORITY },
    { "wrong-name", { .common_name = HOST, .names = "DNS:mail.evil.test" }, BY_AUTHORITY },
    { "common-name", { .common_name = HOST }, BY_AUTHORITY },
    { "no-name", { .common_name = "mail" }, BY_AUTHORITY },
    { "expired", { .common_name = "mail", .names = NAME, .from_days = -9, .until_days = -2 }, BY_AUTHORITY },
    { "not-yet", { .common_name = "mail", .names = NAME, .from_days = 2, .until_days = 9 }, BY_AUTHORITY },
    { "self-signed", { .common_name = "mail", .names = NAME }, BY_ITSELF },
    { "unknown", { .common_name = "mail", .names = NAME }, BY_STRANGER },
    { "wildcard", { .common_name = "mail", .names = "DNS:*.example.test" }, BY_AUTHORITY },
    { "wildcard-too-high", { .common_name = "mail", .names = "DNS:*.test" }, BY_AUTHORITY },
    { "wildcard-of-all", { .common_name = "mail", .names = "DNS:*" }, BY_AUTHORITY },
    { "wildcard-twice", { .common_name = "mail", .names = "DNS:*.*.test" }, BY_AUTHORITY },
    { "wildcard-in-a-label", { .common_name = "mail", .names = "DNS:m*.example.test" }, BY_AUTHORITY },
    { "wildcard-inside", { .common_name = "mail", .names = "DNS:mail.*.test" }, BY_AUTHORITY },
    { "parent-name", { .common_name = "mail", .names = "DNS:example.test" }, BY_AUTHORITY },
    { "dot-name", { .common_name = "mail", .names = "DNS:.example.test" }, BY_AUTHORITY },
    { "nul-in-name", { .common_name = "mail", .names = HOST "!.evil.test", .has_nul = true }, BY_AUTHORITY },
    { "address", { .common_name = "mail", .names = "IP:127.0.0.1" }, BY_AUTHORITY },
    { "address-as-name", { .common_name = "127.0.0.1", .names = "DNS:127.0.0.1" }, BY_AUTHORITY },
    { "wildcard-address", { .common_name = "127.0.0.1", .names = "DNS:*.0.0.1" }, BY_AUTHORITY },
    { "mail-address", { .common_name = "mail", .names = "email:x@" HOST }, BY_AUTHORITY },
    { "uri", { .common_name = "mail", .names = "URI:https://" HOST "/" }, BY_AUTHORITY },
    { "client", { .common_name = "mail", .names = NAME, .usage = "clientAuth" }, BY_AUTHORITY },
    { "code", { .common_name = "mail", .names = NAME, .usage = "codeSigning" }, BY_AUTHORITY },
    { "sha1", { .common_name = "mail", .names = NAME, .is_weak = true }, BY_AUTHORITY },
    { "md5", { .common_name = "mail", .names = NAME, .is_md5 = true }, BY_RSA },
    { "short-key", { .common_name = "mail", .names = NAME, .rsa_bits = 1024 }, BY_AUTHORITY },
    { "chain", { .common_name = "mail", .names = NAME }, BY_INTERMEDIATE },
    { "missing-link", { .common_name = "mail", .names = NAME, .is_issuer_hidden = true }, BY_INTERMEDIATE },
    { "by-a-server", { .common_name = "mail", .names = NAME }, BY_SERVER },
    { "by-a-constrained", { .common_name = "mail", .names = NAME }, BY_CONSTRAINED },
    { "by-one-too-many", { .common_name = "mail", .names = NAME }, BY_SHORT },
};

struct peer_certificates {
    char *directory, *ca_path;
    peer_certificate *authority, *stranger, *intermediate, *server, *constrained, *short_root, *short_link, *rsa;
    peer_certificate *all[G_N_ELEMENTS(rows)];
};

static const peer_certificate *issuer_of(const peer_certificates *self, enum issuer issuer)
{
    const peer_certificate *const issuers[] = {
        [BY_AUTHORITY] = self->authority,       [BY_ITSELF] = NULL,         [BY_STRANGER] = self->stranger,
        [BY_INTERMEDIATE] = self->intermediate, [BY_SERVER] = self->server, [BY_CONSTRAINED] = self->constrained,
        [BY_SHORT] = self->short_link,          [BY_RSA] = self->rsa,
    };
    return issuers[issuer];
}

/* The authority may not have more than this one below it that signs: short_root has a path length of 0, and signs another that signs. */
static void make_issuers(peer_certificates *self)
{
    self->authority = peer_certificate_new(&(struct peer_wish){ .common_name = "postern test CA", .is_authority = true });
    self->stranger = peer_certificate_new(&(struct peer_wish){ .common_name = "Strange CA", .is_authority = true });
    self->intermediate =
        peer_certificate_new(&(struct peer_wish){ .common_name = "Link CA", .is_authority = true, .issuer = self->authority });
    self->server =
        peer_certificate_new(&(struct peer_wish){ .common_name = "www", .names = "DNS:www.example.test", .issuer = self->authority });
    self->constrained = peer_certificate_new(&(struct peer_wish){
        .common_name = "Other CA", .is_authority = true, .permitted = "critical,permitted;DNS:other.test", .issuer = self->authority });
    self->short_root = peer_certificate_new(&(struct peer_wish){
        .common_name = "Short CA", .is_authority = true, .constraints = "critical,CA:TRUE,pathlen:0", .issuer = self->authority });
    self->short_link =
        peer_certificate_new(&(struct peer_wish){ .common_name = "Too far CA", .is_authority = true, .issuer = self->short_root });
    self->rsa = peer_certificate_new(
        &(struct peer_wish){ .common_name = "RSA CA", .is_authority = true, .rsa_bits = 2048, .issuer = self->authority });
}

peer_certificates *peer_certificates_new(void)
{
    peer_certificates *self = g_new0(peer_certificates, 1);
    self->directory = g_dir_make_tmp("postern-certificates-XXXXXX", NULL);
    self->ca_path = g_build_filename(self->directory, "ca.pem", NULL);
    make_issuers(self);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct peer_wish wish = rows[i].wish;
        wish.issuer = issuer_of(self, rows[i].issuer);
        self->all[i] = peer_certificate_new(&wish);
    }
    peer_certificate_save(self->authority, self->ca_path, NULL);
    return self;
}

void peer_certificates_free(peer_certificates *self)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        peer_certificate_free(self->all[i]);
    peer_certificate *issuers[] = { self->authority,   self->stranger,   self->intermediate, self->server,
                                    self->constrained, self->short_root, self->short_link,   self->rsa };
    for (size_t i = 0; i < G_N_ELEMENTS(issuers); i++)
        peer_certificate_free(issuers[i]);
    g_unlink(self->ca_path);
    g_rmdir(self->directory);
    g_free(self->ca_path);
    g_free(self->directory);
    g_free(self);
}

const peer_certificate *peer_certificates_find(const peer_certificates *self, const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].word, word != NULL ? word : rows[0].word) == 0)
            return self->all[i];
    }
    return NULL;
}

const char *peer_certificates_ca_path(const peer_certificates *self)
{
    return self->ca_path;
}
