/* SPDX-License-Identifier: MIT */
/* Certificates in words: names, days, fingerprints, faults. */
#include "net/trust_words.h"
#include <arpa/inet.h>
#include <glib/gi18n-lib.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#define NAMES_MAX      50 /* alternative names shown */
#define CHAIN_MAX      20
#define TEXT_BYTES_MAX 500 /* of one name shown */

/* No control character, and none that turns the writing direction, gets out of here. */
static char *printable(const char *text, size_t length)
{
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)MIN(length, TEXT_BYTES_MAX));
    g_autoptr(GString) clean = g_string_new(NULL);
    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (g_unichar_isprint(c) && g_unichar_type(c) != G_UNICODE_FORMAT)
            g_string_append_unichar(clean, c);
        else
            g_string_append_printf(clean, "\\u%04x", c);
    }
    return g_strdup(clean->str);
}

static char *name_text(const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    if (bio == NULL)
        return g_strdup("");
    X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
    long length = BIO_get_mem_data(bio, &bytes);
    char *text = printable(length > 0 ? bytes : "", length > 0 ? (size_t)length : 0);
    BIO_free(bio);
    return text;
}

static char *address_text(const ASN1_OCTET_STRING *address)
{
    char text[INET6_ADDRSTRLEN] = "?";
    int length = ASN1_STRING_length(address);
    if (length == 4 || length == 16)
        inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text, sizeof text);
    return g_strdup(text);
}

static char *alternative_name_text(const GENERAL_NAME *name)
{
    if (name->type == GEN_DNS)
        return printable((const char *)ASN1_STRING_get0_data(name->d.dNSName), (size_t)ASN1_STRING_length(name->d.dNSName));
    return name->type == GEN_IPADD ? address_text(name->d.iPAddress) : NULL;
}

static char *alternative_names(X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    g_autoptr(GString) all = g_string_new(NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < NAMES_MAX; i++) {
        g_autofree char *text = alternative_name_text(sk_GENERAL_NAME_value(names, i));
        if (text != NULL)
            g_string_append_printf(all, "%s%s", all->len > 0 ? ", " : "", text);
    }
    GENERAL_NAMES_free(names);
    return g_strdup(all->str);
}

static int64_t epoch_of(const ASN1_TIME *time)
{
    struct tm parts = { 0 };
    return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

static char *fingerprint_of(X509 *certificate)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    g_autoptr(GString) text = g_string_new("sha256:");
    if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1)
        length = 0;
    for (unsigned i = 0; i < length; i++)
        g_string_append_printf(text, "%s%02X", i > 0 ? ":" : "", digest[i]);
    return g_strdup(text->str);
}

void trust_words_describe(X509 *leaf, struct net_trust_verdict *verdict)
{
    verdict->subject = name_text(X509_get_subject_name(leaf));
    verdict->issuer = name_text(X509_get_issuer_name(leaf));
    verdict->names = alternative_names(leaf);
    verdict->not_before = epoch_of(X509_get0_notBefore(leaf));
    verdict->not_after = epoch_of(X509_get0_notAfter(leaf));
    verdict->fingerprint = fingerprint_of(leaf);
}

static void free_link(void *data)
{
    struct net_chain_link *link = data;
    g_free(link->subject);
    g_free(link->issuer);
    g_free(link);
}

GPtrArray *trust_words_chain(STACK_OF(X509) * chain)
{
    GPtrArray *links = g_ptr_array_new_with_free_func(free_link);
    for (int i = 0; i < sk_X509_num(chain) && i < CHAIN_MAX; i++) {
        X509 *each = sk_X509_value(chain, i);
        struct net_chain_link *link = g_new0(struct net_chain_link, 1);
        *link = (struct net_chain_link){ .subject = name_text(X509_get_subject_name(each)),
                                         .issuer = name_text(X509_get_issuer_name(each)),
                                         .not_before = epoch_of(X509_get0_notBefore(each)),
                                         .not_after = epoch_of(X509_get0_notAfter(each)),
                                         .is_self_signed = X509_self_signed(each, 1) == 1 };
        g_ptr_array_add(links, link);
    }
    return links;
}

/* Codes that occur with servers; OpenSSL's own words for the rest. issuer NULL: the same as for the leaf. */
static const struct fault_row {
    int code;
    const char *leaf, *issuer;
} faults[] = {
    { X509_V_ERR_INVALID_PURPOSE, N_("it was not made for servers"), N_("it was issued by somebody who may not issue certificates") },
    { X509_V_ERR_INVALID_CA, N_("it was issued by somebody who may not issue certificates"), NULL },
    { X509_V_ERR_KEYUSAGE_NO_CERTSIGN, N_("it was issued by somebody who may not issue certificates"), NULL },
    { X509_V_ERR_PERMITTED_VIOLATION, N_("its issuer may not vouch for servers of this name"), NULL },
    { X509_V_ERR_EXCLUDED_VIOLATION, N_("its issuer may not vouch for servers of this name"), NULL },
    { X509_V_ERR_PATH_LENGTH_EXCEEDED, N_("one of its issuers got the right to vouch from somebody who may not give it away"), NULL },
    { X509_V_ERR_CA_MD_TOO_WEAK, N_("it is signed in an old way that can be forged"), NULL },
    { X509_V_ERR_EE_KEY_TOO_SMALL, N_("its key is so short that it can be guessed"), NULL },
    { X509_V_ERR_CA_KEY_TOO_SMALL, N_("the key of its issuer is so short that it can be guessed"), NULL },
    { X509_V_ERR_DANE_NO_MATCH, N_("it is not the one that the DNS names for this server (DANE)"), NULL },
    { X509_V_ERR_CERT_SIGNATURE_FAILURE, N_("it was changed after it was signed"), NULL },
};

const char *trust_words_fault(int code, bool is_leaf)
{
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        if (faults[i].code == code)
            return !is_leaf && faults[i].issuer != NULL ? _(faults[i].issuer) : _(faults[i].leaf);
    }
    return X509_verify_cert_error_string(code);
}

/* "C = DE, O = Example, CN = Example Root" is for experts: its last common name is what an issuer is called. */
static char *short_name(const char *name)
{
    const char *mark = g_strrstr(name, "CN = ");
    return mark != NULL ? g_strdup(mark + strlen("CN = ")) : g_strdup(name);
}

static char *day_text(int64_t epoch)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(epoch);
    return time != NULL ? g_date_time_format(time, "%Y-%m-%d") : g_strdup("?");
}

static void append_sentence(GString *text, char *sentence /* taken */)
{
    if (text->len > 0)
        g_string_append_c(text, ' ');
    g_string_append(text, sentence);
    g_free(sentence);
}

static char *name_sentence(const struct net_trust_verdict *verdict)
{
    bool has_names = verdict->names != NULL && *verdict->names != '\0';
    bool has_subject = verdict->subject != NULL && *verdict->subject != '\0';
    if (!has_names && has_subject)
        return g_strdup_printf(_("It says for which server it is only in the old way (%s), which anybody could have written."),
                               verdict->subject);
    if (!has_names)
        return g_strdup_printf(_("It names no server at all, so it is not for %s."), verdict->host);
    if (strcmp(verdict->names, verdict->host) == 0) /* a number written where names stand, or the other way round */
        return g_strdup_printf(_("It has %s in a wrong place, where it does not count."), verdict->host);
    return g_strdup_printf(_("It is not for %s but for %s."), verdict->host, verdict->names);
}

char *trust_words_reason(const struct net_trust_verdict *verdict, const char *other)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *from = day_text(verdict->not_before), *until = day_text(verdict->not_after),
                    *issuer = short_name(verdict->issuer != NULL ? verdict->issuer : "");
    if (verdict->is_pin_mismatch)
        append_sentence(text, g_strdup(_("It is not the certificate you pinned for this server: somebody may be listening in between, or "
                                         "the server got a new one.")));
    if (verdict->is_revoked)
        append_sentence(text, g_strdup(_("It was revoked by its issuer.")));
    if (verdict->is_name_wrong)
        append_sentence(text, name_sentence(verdict));
    if (verdict->is_expired)
        append_sentence(text, g_strdup_printf(_("It expired on %s."), until));
    if (verdict->is_not_yet_valid)
        append_sentence(text, g_strdup_printf(_("It is not valid before %s."), from));
    if (verdict->is_self_signed)
        append_sentence(text, g_strdup(_("Nobody but the server itself vouches for it (self-signed).")));
    else if (verdict->is_unknown_issuer)
        append_sentence(text, g_strdup_printf(_("It was issued by %s, which this computer does not trust."), issuer));
    if (*other != '\0')
        append_sentence(text, g_strdup_printf(_("It has another fault: %s."), other));
    return g_strdup(text->str);
}
