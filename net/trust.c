/* SPDX-License-Identifier: MIT */
/* Is this certificate the server's? Chain and name by OpenSSL after the handshake, so that every fault is found and not only the first.
 *
 * Names: RFC 9525, alternative names only, wildcards only as a whole left-most label. The common name is for people: it never names the
 * server, also where there is no alternative name at all (RFC 9525 2). Who has such a server pins its certificate. */
#include "net/trust_private.h"
#include "net/resolve.h"
#include "net/trust_words.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#define SECURITY_LEVEL 2

void net_trust_verdict_clear(struct net_trust_verdict *verdict)
{
    if (verdict == NULL)
        return;
    g_free(verdict->reason);
    g_free(verdict->host);
    g_free(verdict->subject);
    g_free(verdict->issuer);
    g_free(verdict->names);
    g_free(verdict->fingerprint);
    *verdict = (struct net_trust_verdict){ 0 };
}

void net_trust_verdict_copy(struct net_trust_verdict *copy_out, const struct net_trust_verdict *verdict)
{
    *copy_out = *verdict;
    copy_out->reason = g_strdup(verdict->reason);
    copy_out->host = g_strdup(verdict->host);
    copy_out->subject = g_strdup(verdict->subject);
    copy_out->issuer = g_strdup(verdict->issuer);
    copy_out->names = g_strdup(verdict->names);
    copy_out->fingerprint = g_strdup(verdict->fingerprint);
}

char *net_trust_openssl_errors(void)
{
    g_autoptr(GString) all = g_string_new(NULL);
    const char *data;
    int flags;
    for (unsigned long code; (code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0;) {
        const char *reason = ERR_reason_error_string(code);
        g_string_append(all, all->len > 0 ? "; " : "");
        if (reason != NULL)
            g_string_append(all, reason);
        else
            g_string_append_printf(all, "OpenSSL %08lx", code);
        if ((flags & ERR_TXT_STRING) != 0 && data != NULL && *data != '\0')
            g_string_append_printf(all, " (%s)", data);
    }
    return g_strdup(all->len > 0 ? all->str : _("no reason was given"));
}

/* The digest of "sha256:AB:CD…"; false: malformed. */
static bool pin_parse(const char *pin, unsigned char digest_out[32])
{
    size_t digits = 0;
    if (g_ascii_strncasecmp(pin, "sha256:", 7) != 0)
        return false;
    for (const char *p = pin + 7; *p != '\0'; p++) {
        if (*p == ':' || *p == ' ')
            continue;
        if (!g_ascii_isxdigit(*p) || digits == 64)
            return false;
        unsigned char value = (unsigned char)g_ascii_xdigit_value(*p);
        digest_out[digits / 2] = (unsigned char)(digits % 2 == 0 ? value << 4 : digest_out[digits / 2] | value);
        digits++;
    }
    return digits == 64;
}

/* Walks the list; *is_match_out when one is leaf's (may be NULL). False with error at a malformed one, or when there is none at all. */
static bool pins_check(const char *pins, X509 *leaf, bool *is_match_out, GError **error)
{
    g_auto(GStrv) list = g_strsplit(pins, ";", -1);
    unsigned char wanted[32], have[EVP_MAX_MD_SIZE];
    unsigned have_length = 0, count = 0;
    if (leaf != NULL && X509_digest(leaf, EVP_sha256(), have, &have_length) != 1)
        have_length = 0;
    for (char **pin = list; *pin != NULL; pin++) {
        if (*g_strstrip(*pin) == '\0')
            continue;
        count++;
        if (!pin_parse(*pin, wanted)) {
            g_set_error(error, NET_ERROR, NET_ERROR_CONFIG,
                        _("tls-fingerprint: \"%s\" cannot be used. It must be sha256: and 64 hexadecimal digits."), *pin);
            return false;
        }
        *is_match_out |= have_length == sizeof wanted && memcmp(wanted, have, sizeof wanted) == 0;
    }
    if (count == 0)
        g_set_error(error, NET_ERROR, NET_ERROR_CONFIG, _("tls-fingerprint is set but holds no fingerprint."));
    return count > 0;
}

static bool is_set(const char *text)
{
    return text != NULL && *text != '\0';
}

bool net_trust_options_check(const struct net_endpoint *endpoint, GError **error)
{
    bool ignored = false;
    if (is_set(endpoint->tls_ca_file) && access(endpoint->tls_ca_file, R_OK) != 0) {
        int saved = errno;
        g_set_error(error, NET_ERROR, NET_ERROR_CONFIG, _("tls-ca-file %s cannot be read: %s"), endpoint->tls_ca_file, g_strerror(saved));
        return false;
    }
    return endpoint->tls_fingerprint == NULL || pins_check(endpoint->tls_fingerprint, NULL, &ignored, error);
}

/* The hashed directory is looked into only for the issuers that are needed. */
static void store_add_system_directory(X509_STORE *store)
{
    const char *directory = g_getenv(X509_get_default_cert_dir_env());
    X509_STORE_load_path(store, directory != NULL ? directory : X509_get_default_cert_dir());
    ERR_clear_error(); /* a system without certificates trusts nobody: that is no error of ours */
}

/* The one big file takes 20 ms to parse, so only what nothing else vouches for is held against it. False: there is none. */
static bool store_add_system_file(X509_STORE *store)
{
    const char *file = g_getenv(X509_get_default_cert_file_env());
    bool is_loaded = X509_STORE_load_file(store, file != NULL ? file : X509_get_default_cert_file()) == 1;
    ERR_clear_error();
    return is_loaded;
}

static X509_STORE *store_new(const struct net_endpoint *endpoint, GError **error)
{
    ERR_clear_error();
    X509_STORE *store = X509_STORE_new();
    if (store == NULL)
        g_error("out of memory");
    if (is_set(endpoint->tls_ca_file) && X509_STORE_load_file(store, endpoint->tls_ca_file) != 1) {
        g_autofree char *why = net_trust_openssl_errors();
        g_set_error(error, NET_ERROR, NET_ERROR_CONFIG, _("tls-ca-file %s holds no usable certificate: %s"), endpoint->tls_ca_file, why);
        X509_STORE_free(store);
        return NULL;
    }
    store_add_system_directory(store);
    return store;
}

struct judgement {
    struct net_trust_verdict *verdict;
    const char *other; /* a fault without a flag */
    bool is_faulty;
};

static int judgement_index(void)
{
    return SSL_get_ex_data_X509_STORE_CTX_idx(); /* a slot every X509_STORE_CTX has; no TLS connection uses ours */
}

static void note_fault(struct judgement *self, int code, bool is_leaf)
{
    struct net_trust_verdict *verdict = self->verdict;
    switch (code) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        verdict->is_name_wrong = true;
        break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        if (is_leaf)
            verdict->is_expired = true;
        else
            self->other = _("the certificate of its issuer has expired");
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        if (is_leaf)
            verdict->is_not_yet_valid = true;
        else
            self->other = _("the certificate of its issuer is not valid yet");
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        verdict->is_self_signed = true;
        break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        verdict->is_unknown_issuer = true;
        break;
    case X509_V_ERR_CERT_REVOKED:
        verdict->is_revoked = true;
        break;
    default:
        self->other = trust_words_fault(code, is_leaf);
        break;
    }
}

/* Called for each fault; answering 1 makes OpenSSL look for the next one. */
static int collect_fault(int is_ok, X509_STORE_CTX *context)
{
    struct judgement *self = X509_STORE_CTX_get_ex_data(context, judgement_index());
    if (!is_ok) {
        self->is_faulty = true;
        note_fault(self, X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_error_depth(context) == 0);
    }
    return 1;
}

static bool expect_address(X509_VERIFY_PARAM *wanted, const char *host)
{
    g_autofree char *bare = g_strndup(host, strcspn(host, "%")); /* fe80::1%eth0: the zone is our own business */
    return X509_VERIFY_PARAM_set1_ip_asc(wanted, bare) == 1;
}

static bool set_expectations(X509_STORE_CTX *context, const char *host)
{
    X509_VERIFY_PARAM *wanted = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_auth_level(wanted, SECURITY_LEVEL);
    /* All that is in the store was put there by somebody who trusts it, so an intermediate or the server's own certificate will do. */
    X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (net_host_is_address(host))
        return expect_address(wanted, host);
    g_autofree char *name = g_strdup(host);
    size_t length = strlen(name);
    if (length == 0 || name[0] == '.') /* OpenSSL: no name to check, or any name below */
        return false;
    if (length > 1 && name[length - 1] == '.') /* the root's dot is never in a certificate */
        name[length - 1] = '\0';
    return X509_VERIFY_PARAM_set1_host(wanted, name, 0) == 1;
}

static void judge_chain(struct judgement *self, X509_STORE *store, X509 *leaf, STACK_OF(X509) * chain, const char *host, SSL_DANE *dane)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    bool is_ready = context != NULL && X509_STORE_CTX_init(context, store, leaf, chain) == 1 &&
                    X509_STORE_CTX_set_default(context, "ssl_server") == 1 && set_expectations(context, host) &&
                    X509_STORE_CTX_set_ex_data(context, judgement_index(), self) == 1;
    if (is_ready && dane != NULL)
        X509_STORE_CTX_set0_dane(context, dane);
    if (is_ready)
        X509_STORE_CTX_set_verify_cb(context, collect_fault);
    /* Without a usable expectation nothing is trusted. */
    if (!is_ready || X509_verify_cert(context) != 1) {
        self->is_faulty = true;
        if (self->other == NULL)
            self->other =
                context != NULL && is_ready ? trust_words_fault(X509_STORE_CTX_get_error(context), true) : _("it could not be checked");
    }
    X509_STORE_CTX_free(context);
    ERR_clear_error();
}

static void forget_faults(struct judgement *self)
{
    struct net_trust_verdict *verdict = self->verdict;
    verdict->is_name_wrong = verdict->is_expired = verdict->is_not_yet_valid = verdict->is_revoked = false;
    verdict->is_self_signed = verdict->is_unknown_issuer = false;
    self->other = NULL;
    self->is_faulty = false;
}

static bool apply_pins(const char *pins, X509 *leaf, struct net_trust_verdict *verdict, GError **error)
{
    bool is_match = false;
    if (!pins_check(pins, leaf, &is_match, error))
        return false;
    verdict->is_trusted = is_match;
    verdict->is_pin_mismatch = !is_match;
    return true;
}

/* What a person took once is good until it changes: then it is a new question, not an alarm. */
static bool apply_accepted(const char *accepted, X509 *leaf, struct net_trust_verdict *verdict, GError **error)
{
    bool is_match = false;
    if (verdict->is_trusted)
        return true;
    if (!pins_check(accepted, leaf, &is_match, error))
        return false;
    verdict->is_trusted = is_match;
    verdict->is_pin_mismatch = verdict->is_pin_mismatch && !is_match;
    return true;
}

bool net_trust_judge(X509 *leaf, STACK_OF(X509) * chain, const char *host, const struct net_endpoint *endpoint, SSL_DANE *dane,
                     struct net_trust_verdict *verdict_out, GError **error)
{
    struct net_trust_verdict verdict = { .host = g_strdup(endpoint->host) };
    struct judgement judgement = { .verdict = &verdict };
    X509_STORE *store = store_new(endpoint, error);
    bool is_judged = store != NULL;
    if (is_judged && leaf != NULL) {
        trust_words_describe(leaf, &verdict);
        judge_chain(&judgement, store, leaf, chain, host, dane);
        if ((verdict.is_unknown_issuer || verdict.is_self_signed) && store_add_system_file(store)) {
            forget_faults(&judgement);
            judge_chain(&judgement, store, leaf, chain, host, dane);
        }
        verdict.is_trusted = !judgement.is_faulty;
        if (endpoint->tls_fingerprint != NULL)
            is_judged = apply_pins(endpoint->tls_fingerprint, leaf, &verdict, error);
        if (is_judged && endpoint->tls_accepted != NULL)
            is_judged = apply_accepted(endpoint->tls_accepted, leaf, &verdict, error);
    } else if (is_judged) {
        verdict.is_unknown_issuer = true;
        judgement.other = _("the server showed no certificate");
    }
    X509_STORE_free(store);
    verdict.reason = verdict.is_trusted ? g_strdup("") : trust_words_reason(&verdict, judgement.other != NULL ? judgement.other : "");
    if (is_judged)
        *verdict_out = verdict;
    else
        net_trust_verdict_clear(&verdict);
    return is_judged;
}
