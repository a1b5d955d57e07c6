/* SPDX-License-Identifier: MIT */
/* Edit distance with neighbours swapped (Damerau, restricted), on short ASCII words. */
#include "config/nearest.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define LENGTH_MAX 40 /* no allowed word is longer; what is longer was not misspelt */

static size_t least(size_t a, size_t b, size_t c)
{
    return MIN(a, MIN(b, c));
}

static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t cost[LENGTH_MAX + 1][LENGTH_MAX + 1];
    for (size_t i = 0; i <= a_length; i++)
        cost[i][0] = i;
    for (size_t j = 0; j <= b_length; j++)
        cost[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        for (size_t j = 1; j <= b_length; j++) {
            size_t change = g_ascii_tolower(a[i - 1]) != g_ascii_tolower(b[j - 1]) ? 1 : 0;
            cost[i][j] = least(cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = MIN(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost[a_length][b_length];
}

const char *nearest_word(const char *misspelt, const char *const *words)
{
    const char *nearest = NULL;
    size_t length = strlen(misspelt), best = length / 3 + 2; /* one slip in a short word, more in a long one */
    if (length > LENGTH_MAX)
        return NULL;
    for (; *words != NULL; words++) {
        size_t word_length = strlen(*words);
        size_t found = word_length <= LENGTH_MAX ? distance(misspelt, length, *words, word_length) : best;
        if (found < best && found < MAX(length, word_length)) {
            best = found;
            nearest = *words;
        }
    }
    return nearest;
}

/* Words of other programs for what is called otherwise here. */
static const struct {
    const char *word, *ours;
} others[] = {
    { "ssl", "tls" },
    { "ssl/tls", "tls" },
    { "tls/ssl", "tls" },
    { "imaps", "imap" },
    { "imap4", "imap" },
    { "pop", "pop3" },
    { "none", "plain" },
    { "clear", "plain" },
    { "cleartext", "plain" },
    { "start-tls", "starttls" },
    { "yes", "true" },
    { "on", "true" },
    { "1", "true" },
    { "no", "false" },
    { "off", "false" },
    { "0", "false" },
    { "oauth2", "xoauth2" },
    { "username", "user" },
    { "login", "user" },
    { "server", "host" },
    { "hostname", "host" },
    { "email", "from" },
    { "address", "from" },
    { "pass", "password" },
    { "gnome-keyring", "keyring" },
    { "ask", "prompt" },
    { "encryption", "security" },
    { "ssl", "security" },
    { "passwordeval", "password-command" },
};

static const char *other_word(const char *misspelt, const char *const *words)
{
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        if (g_ascii_strcasecmp(others[i].word, misspelt) == 0 && g_strv_contains(words, others[i].ours))
            return others[i].ours;
    }
    return NULL;
}

char *nearest_hint(const char *misspelt, const char *const *words)
{
    const char *other = other_word(misspelt, words), *nearest = other != NULL ? other : nearest_word(misspelt, words);
    return nearest != NULL ? g_strdup_printf(_(" Did you mean %s?"), nearest) : g_strdup("");
}
