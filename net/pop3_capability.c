/* SPDX-License-Identifier: MIT */
/* What a server can do, by CAPA (RFC 2449): a table. */
#include "net/pop3_client_private.h"
#include "net/limits.h"
#include <string.h>

#define CAPABILITIES_TEXT_BYTES 4096u

static void take_sasl(pop3_client *client, const char *parameter)
{
    g_autofree char *upper = g_ascii_strup(parameter, -1);
    g_strfreev(client->mechanisms);
    client->mechanisms = g_strsplit_set(g_strstrip(upper), " \t", 64);
}

/* "LOGIN-DELAY 900 USER": some users may have another; the larger is the safe one, and it is the first. */
static void take_login_delay(pop3_client *client, const char *parameter)
{
    client->login_delay_s = (int)MIN(g_ascii_strtoull(parameter, NULL, 10), 24 * 60 * 60);
}

static const struct {
    const char *keyword;
    unsigned bit;
    void (*take)(pop3_client *client, const char *parameter);
} rows[] = {
    { "TOP", POP3_CAN_TOP, NULL },
    { "USER", POP3_CAN_USER, NULL },
    { "SASL", POP3_CAN_SASL, take_sasl }, /* RFC 5034 */
    { "RESP-CODES", POP3_CAN_RESP_CODES, NULL },
    { "AUTH-RESP-CODE", POP3_CAN_AUTH_RESP_CODE, NULL }, /* RFC 3206 */
    { "LOGIN-DELAY", POP3_CAN_LOGIN_DELAY, take_login_delay },
    { "PIPELINING", POP3_CAN_PIPELINING, NULL },
    { "EXPIRE", POP3_CAN_EXPIRE, NULL },
    { "UIDL", POP3_CAN_UIDL, NULL },
    { "STLS", POP3_CAN_STLS, NULL }, /* RFC 2595 */
    { "UTF8", POP3_CAN_UTF8, NULL }, /* RFC 6856 */
    { "LANG", POP3_CAN_LANG, NULL }, /* RFC 6856 */
};

void pop3_capabilities_forget(pop3_client *client)
{
    client->has_capa = false;
    client->capabilities = 0;
    client->login_delay_s = 0;
    g_strfreev(client->mechanisms);
    client->mechanisms = g_new0(char *, 1);
    g_free(client->capabilities_text);
    client->capabilities_text = g_strdup("");
}

static void take_capability(pop3_client *client, const char *line)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        size_t length = strlen(rows[i].keyword);
        if (g_ascii_strncasecmp(line, rows[i].keyword, length) != 0 || (line[length] != '\0' && line[length] != ' '))
            continue;
        client->capabilities |= rows[i].bit;
        if (rows[i].take != NULL)
            rows[i].take(client, line + length + (line[length] != '\0' ? 1 : 0));
    }
}

struct listing {
    pop3_client *client;
    GString *text;
};

static void take_line(void *data, const char *line)
{
    struct listing *listing = data;
    take_capability(listing->client, line);
    if (listing->text->len + strlen(line) < CAPABILITIES_TEXT_BYTES)
        g_string_append_printf(listing->text, "%s%s", listing->text->len > 0 ? ", " : "", line);
}

bool pop3_capabilities_read(pop3_client *client, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct listing listing = { client, text };
    pop3_capabilities_forget(client);
    net_stream_set_deadline(client->stream, POP3_COMMAND_S * 1000); /* a line a minute is no list */
    if (!pop3_client_read_list(client, net_limits.pop3_capability_bytes, take_line, &listing, error))
        return false;
    net_stream_set_deadline(client->stream, 0);
    client->has_capa = true;
    g_free(client->capabilities_text);
    client->capabilities_text = g_utf8_make_valid(text->str, -1);
    return true;
}
