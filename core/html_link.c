/* SPDX-License-Identifier: MIT */
/* Whether the text of a link tells the truth about where it leads. */
#include "core/html_private.h"
#include <string.h>

static char *host_of(const char *url)
{
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_NON_DNS, NULL);
    const char *host = uri != NULL ? g_uri_get_host(uri) : NULL;
    g_autofree char *lower = host != NULL ? g_utf8_strdown(host, -1) : NULL;
    char *ascii = lower != NULL ? g_hostname_to_ascii(lower) : NULL; /* "bücher.test" and its xn-- are the same */
    return ascii != NULL ? ascii : g_steal_pointer(&lower);
}

/* "report.pdf" and "Node.js" have a dot, and are no hosts. */
static bool is_file_name(const char *name)
{
    static const char *const endings[] = { ".pdf", ".doc",  ".docx", ".xls",   ".xlsx", ".ppt",  ".pptx", ".odt", ".ods",  ".txt",
                                           ".csv", ".png",  ".jpg",  ".jpeg",  ".gif",  ".svg",  ".zip",  ".tar", ".gz",   ".xz",
                                           ".deb", ".html", ".htm",  ".ics",   ".js",   ".json", ".xml",  ".yml", ".yaml", ".mp3",
                                           ".mp4", ".exe",  ".log",  ".patch", ".diff", ".c",    ".h",    ".cpp", ".css" };
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
        if (g_str_has_suffix(name, endings[i]))
            return true;
    return false;
}

/* Something a reader takes for a host: labels with dots between, the last of letters (or an IPv4 address). */
static bool looks_like_host(const char *host, bool is_sure)
{
    const char *last = strrchr(host, '.');
    if (last == NULL || last == host || (!is_sure && is_file_name(host)))
        return false;
    for (const char *at = host; *at != '\0'; at++)
        if ((unsigned char)*at < 0x80 && !g_ascii_isalnum(*at) && strchr("-_.:[]", *at) == NULL)
            return false;
    return g_hostname_is_ip_address(host) || (!g_ascii_isdigit(last[1]) && strlen(last + 1) >= 2);
}

/* The first word of the label that names a host; NULL: none does. "Log in at https://bank.test/ now" names one, "bank.test is safe" does not: only a
 * label that is nothing else is read as a bare host. */
static char *host_named(const char *label)
{
    g_autofree char *text = g_strstrip(g_strdup(label));
    const char *scheme = strstr(text, "http://");
    scheme = scheme != NULL ? scheme : strstr(text, "https://");
    bool is_one_word = strpbrk(text, " \t\n") == NULL;
    if (scheme == NULL && (!is_one_word || strchr(text, '@') != NULL))
        return NULL;
    const char *begin = scheme != NULL ? scheme : text;
    g_autofree char *word = g_strndup(begin, strcspn(begin, " \t\n<>\""));
    g_autofree char *url = scheme != NULL ? g_strdup(word) : g_strconcat("http://", word, NULL);
    g_autofree char *host = host_of(url);
    bool is_sure = scheme != NULL || g_ascii_strncasecmp(word, "www.", 4) == 0 || strchr(word, '/') != NULL;
    return host != NULL && looks_like_host(host, is_sure) ? g_steal_pointer(&host) : NULL;
}

/* The same, or one a part of the other: mail.bank.test belongs to bank.test. */
static bool is_same_house(const char *shown, const char *real)
{
    const char *a = g_str_has_prefix(shown, "www.") ? shown + 4 : shown, *b = g_str_has_prefix(real, "www.") ? real + 4 : real;
    size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length == b_length)
        return strcmp(a, b) == 0;
    const char *longer = a_length > b_length ? a : b, *shorter = a_length > b_length ? b : a;
    size_t more = strlen(longer) - strlen(shorter);
    return longer[more - 1] == '.' && strcmp(longer + more, shorter) == 0 && !g_hostname_is_ip_address(shorter) &&
           strchr(shorter, '.') != NULL;
}

/* "ada@example.test" over mailto:somebody@else. */
static bool is_other_mailbox(const char *label, const char *url)
{
    g_autofree char *text = g_strstrip(g_strdup(label));
    const char *at = strchr(text, '@');
    if (at == NULL || at == text || strchr(at, '.') == NULL || strpbrk(text, " \t\n<>,;") != NULL)
        return false;
    const char *shown = g_ascii_strncasecmp(text, "mailto:", 7) == 0 ? text + 7 : text;
    g_autofree char *target = g_strndup(url + 7, strcspn(url + 7, "?"));
    g_autofree char *real = g_uri_unescape_string(target, NULL);
    return real != NULL && g_ascii_strcasecmp(shown, real) != 0;
}

bool html_link_is_suspicious(const char *label, const char *url)
{
    if (g_ascii_strncasecmp(url, "mailto:", 7) == 0)
        return is_other_mailbox(label, url);
    g_autofree char *shown = host_named(label), *real = shown != NULL ? host_of(url) : NULL;
    return shown != NULL && real != NULL && !is_same_house(shown, real);
}
