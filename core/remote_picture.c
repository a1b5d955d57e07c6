/* SPDX-License-Identifier: MIT */
/* A picture that a message names and does not have. */
#include "core/remote_picture.h"
#include "net/http.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define BYTES_MAX  ((size_t)8 * 1024 * 1024)
#define TIMEOUT_MS 10000
#define REDIRECTS  3

GBytes *remote_picture_fetch(const char *url, const struct account *account, int cancel_fd, GError **error)
{
    bool is_plain = g_ascii_strncasecmp(url, "http:", 5) == 0;
    g_autofree char *safe = is_plain ? g_strconcat("https:", url + 5, NULL) : g_strdup(url);
    struct net_http_answer answer = { 0 };
    const struct net_http_request request = { .url = safe,
                                              .proxy = account != NULL ? account->incoming.proxy : NULL,
                                              .redirects = REDIRECTS,
                                              .timeout_ms = TIMEOUT_MS,
                                              .limit_bytes = BYTES_MAX,
                                              .is_public_only = true,
                                              .cancel_fd = cancel_fd };
    if (!net_http_fetch(&request, &answer, error))
        return NULL;
    GBytes *bytes = answer.status == 200 ? g_bytes_new(answer.body, answer.length) : NULL;
    if (bytes == NULL)
        g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL, _("the server answered with the code %d."), answer.status);
    net_http_answer_clear(&answer);
    return bytes;
}

static bool is_sender(const char *pattern, const char *address)
{
    if (g_str_has_prefix(pattern, "*@"))
        return strchr(address, '@') != NULL && g_ascii_strcasecmp(strrchr(address, '@'), pattern + 1) == 0;
    return g_ascii_strcasecmp(pattern, address) == 0;
}

bool remote_picture_is_allowed(const char *senders, const char *address)
{
    g_auto(GStrv) patterns = g_strsplit(senders != NULL ? senders : "", ";", -1);
    for (size_t i = 0; patterns[i] != NULL && address != NULL; i++) {
        g_strstrip(patterns[i]);
        if (*patterns[i] != '\0' && is_sender(patterns[i], address))
            return true;
    }
    return false;
}
