/* SPDX-License-Identifier: MIT */
/* What the person's own mail server found out about where a message comes from (Authentication-Results, RFC 8601). Only what failed is told, so a forged
 * field gains nothing; and only the own server is asked, for anybody can write such a field. */
#include "core/message_private.h"
#include "core/message_warning_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define FIELDS_MAX 100

/* "mx.x.test; spf=pass …": the first word, lower case; caller frees. */
static char *checker_of(const char *field)
{
    const char *begin = field + strspn(field, " \t\r\n");
    return g_ascii_strdown(begin, (gssize)strcspn(begin, "; \t\r\n("));
}

/* Where the name of the server that keeps the mail does not tell that of the one that takes it. */
static bool is_known_pair(const char *checker, const char *host)
{
    static const char *const pairs[][2] = { { "mx.google.com", "gmail.com" },
                                            { "mx.google.com", "googlemail.com" },
                                            { "bimi.icloud.com", "me.com" },
                                            { "dmarc.icloud.com", "me.com" },
                                            { "mail.protection.outlook.com", "office365.com" } };
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
        if (g_ascii_strcasecmp(checker, pairs[i][0]) == 0 && domain_is_same_house(host, pairs[i][1]))
            return true;
    return false;
}

static bool is_trusted(const char *checker, const struct message_trust *trust)
{
    if (trust->checker != NULL && !trust->is_checker_sure && is_known_pair(checker, trust->checker))
        return true;
    return trust->checker != NULL && *checker != '\0' &&
           (g_ascii_strcasecmp(checker, trust->checker) == 0 || (!trust->is_checker_sure && domain_is_same_house(checker, trust->checker)));
}

/* The uppermost of the own server: it stands above all that came with the message. Caller frees; NULL: none. */
static char *results_find(const message *self, const struct message_trust *trust)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(self->mime));
    for (int i = 0; i < g_mime_header_list_get_count(list) && i < FIELDS_MAX; i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
        if (g_ascii_strcasecmp(g_mime_header_get_name(header), "Authentication-Results") != 0)
            continue;
        g_autofree char *field = message_header_text(g_mime_header_get_raw_value(header)), *checker = checker_of(field);
        if (is_trusted(checker, trust))
            return g_steal_pointer(&field);
    }
    return NULL;
}

/* "dmarc=fail (p=none) header.from=x" → "fail"; words in comments do not count. Caller frees; NULL: it was not looked at. */
static char *result_of(const char *field, const char *method)
{
    size_t length = strlen(method);
    int depth = 0;
    for (const char *at = field; *at != '\0'; at++) {
        depth += *at == '(' ? 1 : *at == ')' && depth > 0 ? -1 : 0;
        if (depth > 0 || *at != ';')
            continue;
        const char *begin = at + 1 + strspn(at + 1, " \t");
        if (g_ascii_strncasecmp(begin, method, length) == 0 && begin[length] == '=')
            return g_ascii_strdown(begin + length + 1, (gssize)strcspn(begin + length + 1, "; \t("));
    }
    return NULL;
}

static bool is_failed(const char *result)
{
    return g_strcmp0(result, "fail") == 0 || g_strcmp0(result, "permerror") == 0;
}

char *checks_failed(const message *self, const struct message_trust *trust)
{
    g_autofree char *field = trust->checker != NULL ? results_find(self, trust) : NULL;
    g_autoptr(GPtrArray) from = message_addresses(self, "From");
    const struct message_address *first = from->len > 0 ? g_ptr_array_index(from, 0) : NULL;
    g_autofree char *domain = first != NULL ? domain_of(first->address) : NULL;
    if (domain == NULL)
        return NULL;
    bool is_missed = field == NULL && trust->is_checker_sure && message_header(self, "Received") != NULL;
    if (field == NULL)
        return is_missed ? g_strdup_printf(_("Your mail server (%s) has not checked who sent this."), trust->checker) : NULL;
    g_autofree char *dmarc = result_of(field, "dmarc"), *spf = result_of(field, "spf"), *dkim = result_of(field, "dkim");
    bool has_proof = g_strcmp0(dmarc, "pass") == 0 || g_strcmp0(spf, "pass") == 0 || g_strcmp0(dkim, "pass") == 0;
    if (is_failed(dmarc) || (!has_proof && (is_failed(spf) || is_failed(dkim))))
        return g_strdup_printf(_("Your mail server checked this message: it does not come from %s, or was changed on the way."), domain);
    return NULL;
}
