/* SPDX-License-Identifier: MIT */
/* The second client; see server_second.h. */
#include "tests/servers/server_second.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S 60

struct second {
    FILE *in, *out;
    unsigned tag;
    GPtrArray *lines; /* of GString*: literals may hold anything */
    char *answer;
};

static void line_free(gpointer data)
{
    g_string_free(data, TRUE);
}

/* --- the line --- */
static bool read_line(FILE *in, GString *line)
{
    int c;
    while ((c = getc(in)) != EOF) {
        g_string_append_c(line, (char)c);
        if (c == '\n')
            return true;
    }
    return false;
}

/* A line ends with {count}: that many bytes follow, and then the rest of it. */
static bool read_literal(FILE *in, GString *line)
{
    char *open = strrchr(line->str, '{');
    gsize count = strtoul(open + 1, NULL, 10), had = line->len;
    g_string_set_size(line, had + count);
    return fread(line->str + had, 1, count, in) == count;
}

/* A whole answer, without its CRLF. NULL: the end. */
static GString *read_answer(FILE *in)
{
    GString *line = g_string_new(NULL);
    gsize from = 0;
    for (;;) {
        if (!read_line(in, line)) {
            g_string_free(line, TRUE);
            return NULL;
        }
        bool is_literal = line->len >= from + 4 && strcmp(line->str + line->len - 3, "}\r\n") == 0;
        if (!is_literal)
            break;
        if (!read_literal(in, line)) {
            g_string_free(line, TRUE);
            return NULL;
        }
        from = line->len;
    }
    g_string_truncate(line, line->len - 2);
    return line;
}

static bool is_text(const GString *line, const char *begin)
{
    return strncmp(line->str, begin, strlen(begin)) == 0;
}

/* Until the tagged answer, or, if that is asked for, the "+" of a continuation. */
static bool hear(second *self, bool is_continued)
{
    g_autofree char *tag = g_strdup_printf("s%u ", self->tag);
    GString *line;
    while ((line = read_answer(self->in)) != NULL) {
        if (is_text(line, "* ")) {
            g_string_erase(line, 0, 2);
            g_ptr_array_add(self->lines, line);
            continue;
        }
        bool is_tagged = is_text(line, tag), is_plus = line->str[0] == '+';
        g_free(self->answer);
        self->answer = g_strdup(is_tagged ? line->str + strlen(tag) : line->str);
        g_string_free(line, TRUE);
        if (is_tagged)
            return g_str_has_prefix(self->answer, "OK");
        if (is_plus && is_continued)
            return true;
    }
    g_free(self->answer);
    self->answer = g_strdup("(the server hung up)");
    return false;
}

static void begin(second *self)
{
    g_ptr_array_set_size(self->lines, 0);
    fprintf(self->out, "s%u ", ++self->tag);
}

static bool end(second *self, bool is_continued)
{
    fputs("\r\n", self->out);
    return fflush(self->out) == 0 && hear(self, is_continued);
}

bool second_do(second *self, const char *format, ...)
{
    va_list arguments;
    begin(self);
    va_start(arguments, format);
    vfprintf(self->out, format, arguments);
    va_end(arguments);
    return end(self, false);
}

static bool send_literal(second *self, const char *bytes, gsize size)
{
    fprintf(self->out, "{%zu}", size);
    return end(self, true) && fwrite(bytes, 1, size, self->out) == size;
}

bool second_append(second *self, const char *mailbox, const char *flags, const char *message)
{
    begin(self);
    fprintf(self->out, "APPEND \"%s\" %s%s", mailbox, flags, *flags != '\0' ? " " : "");
    return send_literal(self, message, strlen(message)) && end(self, false);
}

guint second_count(const second *self)
{
    return self->lines->len;
}

const char *second_line(const second *self, guint index)
{
    return ((const GString *)g_ptr_array_index(self->lines, index))->str;
}

const char *second_answer(const second *self)
{
    return self->answer;
}

/* --- life --- */
static bool sign_in(second *self, const char *user, const char *password)
{
    GString *greeting = read_answer(self->in);
    if (greeting == NULL)
        return false;
    g_string_free(greeting, TRUE);
    begin(self);
    fputs("LOGIN ", self->out);
    if (!send_literal(self, user, strlen(user)))
        return false;
    fputs(" ", self->out);
    return send_literal(self, password, strlen(password)) && end(self, false);
}

second *second_open(int port, const char *user, const char *password)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                         .sin_port = htons((uint16_t)port) };
    const struct timeval limit = { .tv_sec = PATIENCE_S };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        if (fd >= 0)
            close(fd);
        fprintf(stderr, "the second client cannot connect\n");
        return NULL;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    second *self = g_new0(second, 1);
    self->in = fdopen(fd, "r");
    self->out = fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 3), "w");
    self->lines = g_ptr_array_new_with_free_func(line_free);
    if (sign_in(self, user, password))
        return self;
    fprintf(stderr, "the second client cannot sign in: %s\n", self->answer != NULL ? self->answer : "?");
    second_free(self);
    return NULL;
}

void second_free(second *self)
{
    if (self == NULL)
        return;
    fclose(self->in);
    fclose(self->out);
    g_ptr_array_unref(self->lines);
    g_free(self->answer);
    g_free(self);
}

/* --- what is there --- */
static int by_text(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* "(\\Seen b \\Recent)" → "\\Seen b", sorted. */
static char *flags_sorted(const char *from)
{
    const char *open = strchr(from, '('), *close = open != NULL ? strchr(open, ')') : NULL;
    if (close == NULL)
        return g_strdup("");
    g_autofree char *inside = g_strndup(open + 1, (gsize)(close - open - 1));
    g_auto(GStrv) words = g_strsplit(inside, " ", -1);
    g_autoptr(GPtrArray) kept = g_ptr_array_new();
    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0' && strcmp(*word, "\\Recent") != 0)
            g_ptr_array_add(kept, *word);
    }
    g_ptr_array_sort(kept, by_text);
    g_ptr_array_add(kept, NULL);
    return g_strjoinv(" ", (char **)kept->pdata);
}

static void message_free(gpointer data)
{
    struct second_message *message = data;
    g_free(message->flags);
    g_free(message->bytes);
    g_free(message);
}

/* One untagged FETCH with UID, FLAGS and BODY[]; NULL: it is something else. */
static struct second_message *message_from(const GString *line)
{
    const char *head = strstr(line->str, " FETCH ");
    char *literal = head != NULL ? strstr(head, "BODY[] {") : NULL;
    if (literal == NULL)
        return NULL;
    gsize size = strtoul(literal + 8, NULL, 10);
    char *bytes = strstr(literal, "}\r\n") + 3;
    g_autofree char *before = g_strndup(head, (gsize)(literal - head));
    g_autofree char *around = g_strconcat(before, bytes + size, NULL); /* the items may stand on either side */
    const char *uid = strstr(around, "UID "), *flags = strstr(around, "FLAGS (");
    if (uid == NULL || flags == NULL)
        return NULL;
    struct second_message *message = g_new0(struct second_message, 1);
    *message = (struct second_message){
        .uid = (guint32)strtoul(uid + 4, NULL, 10), .flags = flags_sorted(flags), .bytes = g_strndup(bytes, size), .size = size
    };
    return message;
}

GPtrArray *second_read(second *self, const char *mailbox)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(message_free);
    if (!second_do(self, "EXAMINE \"%s\"", mailbox) || !second_do(self, "UID FETCH 1:* (UID FLAGS BODY.PEEK[])"))
        return NULL;
    for (guint i = 0; i < self->lines->len; i++) {
        struct second_message *message = message_from(g_ptr_array_index(self->lines, i));
        if (message != NULL)
            g_ptr_array_add(found, message);
    }
    return g_steal_pointer(&found);
}

GPtrArray *second_mailboxes(second *self)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    if (!second_do(self, "LIST \"\" \"*\""))
        return names;
    for (guint i = 0; i < self->lines->len; i++) {
        const char *line = second_line(self, i);
        if (!g_str_has_prefix(line, "LIST ") || strstr(line, "\\Noselect") != NULL || strstr(line, "\\NonExistent") != NULL)
            continue;
        bool is_quoted = g_str_has_suffix(line, "\"");
        g_autofree char *rest = g_strndup(line, strlen(line) - is_quoted);
        const char *name = strrchr(rest, is_quoted ? '"' : ' ');
        if (name != NULL)
            g_ptr_array_add(names, g_strdup(name + 1));
    }
    return names;
}
