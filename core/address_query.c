/* SPDX-License-Identifier: MIT */
/* Starting the program, reading what it prints. */
#include "core/address_query.h"
#include "core/address_answer.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_BYTES_MAX (1024u * 1024u)
#define GIVE_UP_US       (10 * G_USEC_PER_SEC)

struct address_query {
    GPid child; /* reaped by GLib's helper process: its number may be another's once the pipe is closed, so it is only ended before */
    int fd;
    GString *output;
    char *typed;
    int64_t until_us;
};

/* What was typed as it has to stand in a word of that kind: it must mean nothing there but itself. */
enum word_kind { WORD_PLAIN, WORD_FILTER /* of LDAP */, WORD_XML, WORD_URL };

static enum word_kind kind_of(const char *word)
{
    const char *begin = word + strspn(word, " \t\r\n");
    if (*begin == '(')
        return WORD_FILTER;
    if (*begin == '<')
        return WORD_XML;
    return g_regex_match_simple("^[a-z][a-z0-9+.-]*://", begin, G_REGEX_CASELESS, 0) ? WORD_URL : WORD_PLAIN;
}

/* RFC 4515 3 */
static char *filter_escaped(const char *typed)
{
    GString *text = g_string_new(NULL);
    for (const char *c = typed; *c != '\0'; c++)
        if (strchr("*()\\", *c) != NULL)
            g_string_append_printf(text, "\\%02x", (unsigned)(guchar)*c);
        else
            g_string_append_c(text, *c);
    return g_string_free(text, FALSE);
}

static char *escaped(const char *typed, enum word_kind kind)
{
    switch (kind) {
    case WORD_FILTER:
        return filter_escaped(typed);
    case WORD_XML:
        return g_markup_escape_text(typed, -1);
    case WORD_URL:
        return g_uri_escape_string(typed, NULL, FALSE);
    default:
        return g_strdup(typed);
    }
}

static char **command_words(const char *command, const char *typed, GError **error)
{
    g_auto(GStrv) words = NULL;
    bool has_place = false;
    if (!g_shell_parse_argv(command, NULL, &words, error))
        return NULL;
    for (char **word = words; *word != NULL; word++) {
        g_auto(GStrv) pieces = g_strsplit(*word, "%s", -1);
        has_place = has_place || g_strv_length(pieces) > 1;
        g_autofree char *safe = escaped(typed, kind_of(*word));
        g_free(*word);
        *word = g_strjoinv(safe, pieces);
    }
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_strv_builder_addv(builder, (const char **)words);
    if (!has_place)
        g_strv_builder_add(builder, typed);
    return g_strv_builder_end(builder);
}

address_query *address_query_start(const char *command, const char *typed, GError **error)
{
    g_autofree char *safe = g_strdup(typed + strspn(typed, "- ")); /* no option comes of what was typed */
    g_auto(GStrv) words = command_words(command, safe, error);
    GPid child = 0;
    int fd = -1;
    if (words == NULL || !g_spawn_async_with_pipes(NULL, words, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &child,
                                                   NULL, &fd, NULL, error))
        return NULL;
    g_unix_set_fd_nonblocking(fd, TRUE, NULL);
    address_query *self = g_new0(address_query, 1);
    *self = (address_query){
        .child = child, .fd = fd, .output = g_string_new(NULL), .typed = g_strdup(safe), .until_us = g_get_monotonic_time() + GIVE_UP_US
    };
    return self;
}

void address_query_free(address_query *self)
{
    if (self == NULL)
        return;
    if (self->fd >= 0) {
        kill(self->child, SIGTERM);
        close(self->fd);
    }
    g_string_free(self->output, TRUE);
    g_free(self->typed);
    g_free(self);
}

/* True: there is nothing more to come. */
static bool read_all(address_query *self)
{
    char bytes[4096];
    for (;;) {
        ssize_t count = read(self->fd, bytes, sizeof bytes);
        if (count > 0 && self->output->len < OUTPUT_BYTES_MAX)
            g_string_append_len(self->output, bytes, count);
        else if (count > 0 || (count < 0 && errno != EINTR && errno != EAGAIN))
            return true;
        else if (count == 0)
            return true;
        else if (errno == EAGAIN)
            return g_get_monotonic_time() > self->until_us;
    }
}

bool address_query_poll(address_query *self, GPtrArray **people_out)
{
    if (!read_all(self))
        return false;
    *people_out = address_answer_read(self->output->str, self->output->len, self->typed);
    return true;
}
