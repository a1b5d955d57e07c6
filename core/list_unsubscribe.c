/* SPDX-License-Identifier: MIT */
/* See list_unsubscribe.h. */
#include "core/list_unsubscribe.h"
#include "core/header_fields.h"
#include "net/http.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { URL_MAX = 4096, URLS_MAX = 16 };

static const char one_click_words[] = "List-Unsubscribe=One-Click";

/* All of the field with that name; the first one counts, as with every field that must be there once. */
static char *field_of(const GArray *fields, const char *name)
{
    for (guint i = 0; i < fields->len; i++) {
        const struct header_field *each = &g_array_index(fields, struct header_field, i);
        if (header_field_is(each, name))
            return header_field_value(each);
    }
    return NULL;
}

/* Folding put blanks into it (RFC 2369 2: they are to be ignored); whatever else is no part of a URL makes it none. */
static char *clean_url(const char *begin, size_t length)
{
    GString *out = g_string_new(NULL);
    bool is_good = length <= URL_MAX;
    for (size_t i = 0; is_good && i < length; i++) {
        if (begin[i] == ' ' || begin[i] == '\t')
            continue;
        is_good = g_ascii_isgraph(begin[i]) && strchr("<>\"\\^`{|}", begin[i]) == NULL;
        g_string_append_c(out, begin[i]);
    }
    return g_string_free(out, !is_good || out->len == 0);
}

static char *host_of(const char *url)
{
    g_autoptr(GUri) parsed = g_uri_parse(url, G_URI_FLAGS_HAS_PASSWORD, NULL);
    const char *host = parsed != NULL ? g_uri_get_host(parsed) : NULL;
    bool is_plain = host != NULL && *host != '\0' && g_uri_get_userinfo(parsed) == NULL; /* "https://bank.example@evil.example/" */
    return is_plain ? g_hostname_to_ascii(host) : NULL;
}

/* One URL into the first place that is free for it. */
static void take(struct list_unsubscribe *out, const char *url)
{
    const char *scheme = g_uri_peek_scheme(url);
    g_autofree char *host = NULL;
    if (g_strcmp0(scheme, "mailto") == 0) {
        if (out->mailto == NULL && strchr(url, '@') != NULL)
            out->mailto = g_strdup(url);
        return;
    }
    if (g_strcmp0(scheme, "https") != 0 && g_strcmp0(scheme, "http") != 0)
        return;
    host = host_of(url);
    if (host == NULL || out->page != NULL)
        return;
    out->page = g_strdup(url);
    out->host = g_steal_pointer(&host);
}

bool list_unsubscribe_read(const message *message, struct list_unsubscribe *out)
{
    *out = (struct list_unsubscribe){ 0 };
    g_autoptr(GBytes) raw = message_raw_begin(message, HEADER_FIELDS_BYTES_MAX);
    g_autoptr(GArray) fields = header_fields_of(raw);
    g_autofree char *where = field_of(fields, "List-Unsubscribe"), *post = field_of(fields, "List-Unsubscribe-Post");
    const char *at = where;
    for (int i = 0; i < URLS_MAX && at != NULL && (at = strchr(at, '<')) != NULL; i++) {
        const char *end = strchr(at, '>');
        g_autofree char *url = end != NULL ? clean_url(at + 1, (size_t)(end - at - 1)) : NULL;
        if (url != NULL)
            take(out, url);
        at = end;
    }
    if (out->page != NULL && g_str_has_prefix(out->page, "https:") && post != NULL && strcmp(g_strstrip(post), one_click_words) == 0)
        out->one_click = g_strdup(out->page);
    return out->mailto != NULL || out->page != NULL;
}

void list_unsubscribe_clear(struct list_unsubscribe *self)
{
    g_clear_pointer(&self->one_click, g_free);
    g_clear_pointer(&self->mailto, g_free);
    g_clear_pointer(&self->page, g_free);
    g_clear_pointer(&self->host, g_free);
}

bool list_unsubscribe_post(const char *one_click, const struct account *account, int cancel_fd, GError **error)
{
    struct net_http_answer answer = { 0 };
    const struct net_http_request request = { .url = one_click,
                                              .form = one_click_words,
                                              .tls_ca_file = account->incoming.tls_ca_file,
                                              .proxy = account->incoming.proxy,
                                              .cancel_fd = cancel_fd };
    if (!g_str_has_prefix(one_click, "https:"))
        g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL,
                    _("this list can only be left over an unencrypted page, which postern does not do by itself."));
    if (!g_str_has_prefix(one_click, "https:") || !net_http_fetch(&request, &answer, error))
        return false;
    bool is_done = answer.status >= 200 && answer.status < 300;
    if (!is_done)
        g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL, _("the list's server answered with the code %d, not with a yes."), answer.status);
    net_http_answer_clear(&answer);
    return is_done;
}
