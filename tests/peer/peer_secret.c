/* SPDX-License-Identifier: MIT */
/* A secret inside a base64 text begins at one of three places of a group of three bytes; what is around it changes the first and the last letters. */
#include "tests/peer/peer_secret.h"
#include <glib.h>
#include <string.h>
#include <unistd.h>

static bool is_in_base64(const char *text, const char *secret, gsize before)
{
    g_autofree char *padded = g_strdup_printf("%.*s%s", (int)before, "xx", secret);
    g_autofree char *encoded = g_base64_encode((const guchar *)padded, strlen(padded));
    gsize first = before > 0 ? 4 : 0, length = (strlen(padded) / 3) * 4;
    if (length <= first + 4) /* too short to be told from chance */
        return false;
    g_autofree char *core = g_strndup(encoded + first, length - first);
    return strstr(text, core) != NULL;
}

static bool is_in_hexadecimal(const char *text, const char *secret)
{
    g_autoptr(GString) digits = g_string_new(NULL);
    for (const char *c = secret; *c != '\0'; c++)
        g_string_append_printf(digits, "%02x", (unsigned char)*c);
    return strstr(text, digits->str) != NULL;
}

bool peer_secret_is_in(const char *text, const char *secret)
{
    if (strstr(text, secret) != NULL || is_in_hexadecimal(text, secret))
        return true;
    for (gsize before = 0; before < 3; before++) {
        if (is_in_base64(text, secret, before))
            return true;
    }
    return false;
}

bool peer_secret_is_in_log(const char *path, const char *secret)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &text, &length, NULL) || length == 0)
        g_error("%s has nothing in it", path); /* a log that is not written holds no secret, but proves nothing */
    if (truncate(path, 0) != 0)
        g_error("%s cannot be emptied", path);
    return secret != NULL && strlen(secret) >= 4 && peer_secret_is_in(text, secret);
}
