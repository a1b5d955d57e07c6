/* SPDX-License-Identifier: MIT */
/* Starting the program, reading what it prints. */
#include "core/address_query.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_BYTES_MAX (256u * 1024u)
#define PEOPLE_MAX       200
#define GIVE_UP_US       (10 * G_USEC_PER_SEC)

struct address_query {
    GPid child; /* reaped by GLib's helper process: its number may be another's once the pipe is closed, so it is only ended before */
    int fd;
    GString *output;
    int64_t until_us;
};

static void contact_destroy(gpointer data)
{
    contact_free(data);
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
        g_free(*word);
        *word = g_strjoinv(typed, pieces);
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
    *self = (address_query){ .child = child, .fd = fd, .output = g_string_new(NULL), .until_us = g_get_monotonic_time() + GIVE_UP_US };
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
    *people_out = address_query_parse(self->output->str);
    return true;
}

GPtrArray *address_query_parse(const char *output)
{
    GPtrArray *people = g_ptr_array_new_with_free_func(contact_destroy);
    g_autofree char *valid = g_utf8_make_valid(output, -1);
    g_auto(GStrv) lines = g_strsplit(valid, "\n", PEOPLE_MAX + 2);
    for (char **line = lines; *line != NULL && people->len < PEOPLE_MAX; line++) {
        g_auto(GStrv) columns = g_strsplit(*line, "\t", 3);
        bool is_person = columns[0] != NULL && columns[1] != NULL && strchr(g_strstrip(columns[0]), '@') != NULL &&
                         strpbrk(columns[0], " <>,;\"") == NULL && strlen(columns[0]) <= 254;
        if (!is_person)
            continue;
        struct contact *one = g_new0(struct contact, 1);
        *one = (struct contact){ .name = g_strdup(g_strstrip(columns[1])), .address = g_strdup(columns[0]) };
        g_strdelimit(one->name, "\r", ' ');
        g_ptr_array_add(people, one);
    }
    return people;
}
