/* SPDX-License-Identifier: MIT */
/* Challenges from strangers, to every method: no crash, no leak, and a printable complaint. The first byte chooses the method, each line is a
 * challenge as it stands behind "334 ". LIBRARY: postern_net */
#include "net/sasl.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const methods[] = { "PLAIN", "LOGIN",   "CRAM-MD5",    "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256-PLUS",
                                       "NTLM",  "XOAUTH2", "OAUTHBEARER", "EXTERNAL" };

static void check_printable(const char *text)
{
    for (const char *c = text; c != NULL && *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c))
            abort();
    }
}

static bool take_line(net_sasl *sasl, const char *line)
{
    char *answer = NULL;
    g_autoptr(GError) error = NULL;
    bool is_answered = net_sasl_step(sasl, line, &answer, &error);
    if (is_answered == (error != NULL) || is_answered != (answer != NULL))
        abort();
    check_printable(error != NULL ? error->message : NULL);
    check_printable(net_sasl_complaint(sasl));
    net_secret_free(answer);
    return is_answered;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct net_sasl_place place = {
        .service = "imap", .host = "mail.example.test", .port = 993, .binding = { .is_exporter = true, .bytes = "01234567", .length = 8 }
    };
    const struct net_credentials credentials = { .user = "alice", .password = "sesame", .token = "token" };
    g_autofree char *text = g_strndup((const char *)data + 1, size - 1);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 20);
    g_autoptr(net_sasl) sasl = net_sasl_new(methods[data[0] % G_N_ELEMENTS(methods)], &credentials, &place, NULL);
    if (sasl == NULL)
        abort();
    bool goes_on = !net_sasl_is_client_first(sasl) || take_line(sasl, NULL);
    for (char **line = lines; goes_on && *line != NULL; line++)
        goes_on = take_line(sasl, *line);
    return 0;
}
