/* SPDX-License-Identifier: MIT */
/* Parameters of the DSN extension, in xtext where the standard wants it. */
#include "net/smtp_dsn.h"
#include <string.h>

#define NOTICE_ID_BYTES 100u /* RFC 3461 4.4 */
#define ORIGINAL_BYTES  500u /* RFC 3461 4.2 */

static const struct {
    enum smtp_notify bit;
    const char *word;
} notify_rows[] = {
    { SMTP_NOTIFY_NEVER, "NEVER" },
    { SMTP_NOTIFY_SUCCESS, "SUCCESS" },
    { SMTP_NOTIFY_FAILURE, "FAILURE" },
    { SMTP_NOTIFY_DELAY, "DELAY" },
};

bool smtp_dsn_is_wanted(const struct smtp_envelope *envelope)
{
    return envelope->notify != 0 || envelope->notice_returns != SMTP_RETURN_DEFAULT || envelope->notice_id != NULL;
}

/*  xtext = *( xchar / hexchar ); xchar: "!" to "~" but "+" and "="; hexchar = "+" 2 hex digits      (RFC 3461 section 4) */
static void append_xtext(GString *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        bool is_plain = *c >= '!' && *c <= '~' && *c != '+' && *c != '=';
        if (is_plain)
            g_string_append_c(out, *c);
        else
            g_string_append_printf(out, "+%02X", (unsigned char)*c);
    }
}

char *smtp_dsn_mail_parameters(const struct smtp_envelope *envelope)
{
    static const char *const returns[] = {
        [SMTP_RETURN_DEFAULT] = "", [SMTP_RETURN_HEADERS] = " RET=HDRS", [SMTP_RETURN_FULL] = " RET=FULL"
    };
    GString *out = g_string_new(returns[envelope->notice_returns]);
    if (envelope->notice_id != NULL && *envelope->notice_id != '\0' && strlen(envelope->notice_id) <= NOTICE_ID_BYTES) {
        g_string_append(out, " ENVID=");
        append_xtext(out, envelope->notice_id);
    }
    return g_string_free(out, FALSE);
}

char *smtp_dsn_recipient_parameters(const struct smtp_envelope *envelope, const char *recipient)
{
    GString *out = g_string_new(NULL);
    const char *separator = " NOTIFY=";
    for (size_t i = 0; i < G_N_ELEMENTS(notify_rows); i++) {
        bool is_alone = (envelope->notify & SMTP_NOTIFY_NEVER) != 0 && notify_rows[i].bit != SMTP_NOTIFY_NEVER;
        if ((envelope->notify & notify_rows[i].bit) == 0 || is_alone)
            continue;
        g_string_append_printf(out, "%s%s", separator, notify_rows[i].word);
        separator = ",";
    }
    /* RFC 6533 has a form of its own for letters beyond ASCII, which only servers with SMTPUTF8 know: the address itself says it all. */
    if (out->len > 0 && g_str_is_ascii(recipient) && strlen(recipient) <= ORIGINAL_BYTES / 3) {
        g_string_append(out, " ORCPT=rfc822;");
        append_xtext(out, recipient);
    }
    return g_string_free(out, FALSE);
}

bool smtp_dsn_parse_notify(const char *words, unsigned *notify_out)
{
    g_auto(GStrv) each = g_strsplit_set(words, ", ", 16);
    *notify_out = 0;
    for (char **word = each; *word != NULL; word++) {
        unsigned bit = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(notify_rows); i++)
            bit |= g_ascii_strcasecmp(*word, notify_rows[i].word) == 0 ? notify_rows[i].bit : 0;
        if (bit == 0 && **word != '\0')
            return false;
        *notify_out |= bit;
    }
    return (*notify_out & SMTP_NOTIFY_NEVER) == 0 || *notify_out == SMTP_NOTIFY_NEVER;
}
