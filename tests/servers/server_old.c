/* SPDX-License-Identifier: MIT */
/* The relay that knows RFC 3501 only: one thread for those who come, one for each connection; see server_old.h. */
#include "tests/servers/server_old.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CAPABILITIES "IMAP4rev1 AUTH=PLAIN"

struct old_server {
    int listener, port, target_port;
    pthread_t thread;
    GArray *lines; /* of pthread_t */
    atomic_uint refused;
    atomic_bool is_stopping;
};

/* One direction of a connection. */
struct half {
    int from, to;
    GString *waiting;   /* read, and not a whole line yet */
    gsize literal;      /* bytes that pass as they are */
    gboolean is_inside; /* of a command or answer whose first line has passed */
};

struct line {
    old_server *owner;
    int client, server;
    struct half up, down;
    bool is_signing_in; /* AUTHENTICATE: what the client says is no command */
};

static bool send_all(int fd, const char *bytes, gsize size)
{
    while (size > 0) {
        ssize_t written = send(fd, bytes, size, MSG_NOSIGNAL);
        if (written <= 0)
            return false;
        bytes += written;
        size -= (gsize)written;
    }
    return true;
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (g_ascii_strcasecmp(word, *words) == 0)
            return true;
    return false;
}

static bool has_any(const char *text, const char *const *words)
{
    g_autofree char *upper = g_ascii_strup(text, -1);
    for (; *words != NULL; words++)
        if (strstr(upper, *words) != NULL)
            return true;
    return false;
}

/* --- what the client says --- */
static const char *const commands[] = { "CAPABILITY", "NOOP",   "LOGOUT",  "AUTHENTICATE", "LOGIN",       "SELECT", "EXAMINE", "CREATE",
                                        "DELETE",     "RENAME", "LSUB",    "SUBSCRIBE",    "UNSUBSCRIBE", "LIST",   "STATUS",  "APPEND",
                                        "CHECK",      "CLOSE",  "EXPUNGE", "SEARCH",       "FETCH",       "STORE",  "COPY",    "UID",
                                        NULL };
static const char *const by_uid[] = { "FETCH", "STORE", "COPY", "SEARCH", NULL };
/* Each in the command that has learned it since. */
static const struct {
    const char *command, *words[12];
} extensions[] = {
    { "SELECT", { " (", NULL } },
    { "EXAMINE", { " (", NULL } },
    { "LIST", { "LIST (", "RETURN", NULL } },
    { "STATUS", { "HIGHESTMODSEQ", "SIZE", "MAILBOXID", "DELETED", NULL } },
    { "AUTHENTICATE", { "PLAIN ", NULL } },
    { "UID",
      { "MODSEQ", "CHANGEDSINCE", "UNCHANGEDSINCE", "BINARY", "PREVIEW", "EMAILID", "THREADID", "RETURN (", "X-GM", "VANISHED", NULL } },
    { "FETCH", { "MODSEQ", "CHANGEDSINCE", "BINARY", "PREVIEW", "EMAILID", "X-GM", NULL } },
    { "SEARCH", { "RETURN (", "MODSEQ", NULL } },
};

static bool is_old(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 4);
    guint count = g_strv_length(words);
    if (count < 2 || !is_one_of(words[1], commands))
        return false;
    if (g_ascii_strcasecmp(words[1], "UID") == 0 && (count < 3 || !is_one_of(words[2], by_uid)))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(extensions); i++) {
        if (g_ascii_strcasecmp(words[1], extensions[i].command) == 0 && has_any(text, extensions[i].words))
            return false;
    }
    return !g_str_has_suffix(text, "+}");
}

/* How many bytes come behind this line as they are. */
static gsize literal_of(const char *text)
{
    const char *open = g_str_has_suffix(text, "}") ? strrchr(text, '{') : NULL;
    return open != NULL ? strtoul(open + 1, NULL, 10) : 0;
}

static bool take_client_line(struct line *self, char *text)
{
    struct half *up = &self->up;
    if (!self->is_signing_in && !up->is_inside && !is_old(text)) {
        g_autofree char *tag = g_strndup(text, strcspn(text, " ")), *words = g_strconcat(tag, " BAD I do not know this\r\n", NULL);
        atomic_fetch_add(&self->owner->refused, 1);
        return send_all(self->client, words, strlen(words)) && !g_str_has_suffix(text, "+}");
    }
    if (!self->is_signing_in && !up->is_inside)
        self->is_signing_in = strstr(text, " AUTHENTICATE ") != NULL;
    up->literal = self->is_signing_in ? 0 : literal_of(text);
    up->is_inside = up->literal > 0;
    g_autofree char *whole = g_strconcat(text, "\r\n", NULL);
    return send_all(up->to, whole, strlen(whole));
}

/* --- what the server says --- */
static const char *const codes[] = { "ALERT",     "BADCHARSET", "PARSE",       "PERMANENTFLAGS", "READ-ONLY", "READ-WRITE",
                                     "TRYCREATE", "UIDNEXT",    "UIDVALIDITY", "UNSEEN",         NULL };
static const char *const attributes[] = { "\\Noinferiors", "\\Noselect", "\\Marked", "\\Unmarked", NULL };

/* "* OK [COPYUID 1 2 3] done" → "* OK done" */
static char *without_code(const char *text)
{
    const char *open = strchr(text, '['), *close = open != NULL ? strchr(open, ']') : NULL;
    if (close == NULL)
        return g_strdup(text);
    g_autofree char *code = g_strndup(open + 1, strcspn(open + 1, " ]"));
    if (is_one_of(code, codes))
        return g_strdup(text);
    return g_strdup_printf("%.*s%s", (int)(open - text), text, close[1] == ' ' ? close + 2 : close + 1);
}

static char *without_purposes(const char *text)
{
    const char *open = strchr(text, '('), *close = open != NULL ? strchr(open, ')') : NULL;
    if (close == NULL)
        return g_strdup(text);
    g_autofree char *inside = g_strndup(open + 1, (gsize)(close - open - 1));
    g_auto(GStrv) words = g_strsplit(inside, " ", -1);
    GString *made = g_string_new_len(text, open - text + 1);
    for (char **word = words; *word != NULL; word++) {
        if (is_one_of(*word, attributes))
            g_string_append_printf(made, "%s%s", made->str[made->len - 1] == '(' ? "" : " ", *word);
    }
    g_string_append(made, close);
    return g_string_free(made, FALSE);
}

static char *older(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 3);
    if (g_strv_length(words) < 2)
        return g_strdup(text);
    if (g_str_has_prefix(text, "* CAPABILITY"))
        return g_strdup("* CAPABILITY " CAPABILITIES);
    if (g_str_has_prefix(text, "* LIST ") || g_str_has_prefix(text, "* LSUB "))
        return without_purposes(text);
    static const char *const states[] = { "OK", "NO", "BAD", "BYE", "PREAUTH", NULL };
    return is_one_of(words[1], states) ? without_code(text) : g_strdup(text);
}

static bool take_server_line(struct line *self, char *text)
{
    struct half *down = &self->down;
    g_autofree char *said = down->is_inside ? g_strdup(text) : older(text);
    g_autofree char *whole = g_strconcat(said, "\r\n", NULL);
    if (!down->is_inside && *text != '*' && *text != '+')
        self->is_signing_in = false;
    down->literal = literal_of(text);
    down->is_inside = down->literal > 0;
    return send_all(down->to, whole, strlen(whole));
}

/* --- bytes --- */
static bool take_line(struct line *self, struct half *half)
{
    char *end = memmem(half->waiting->str, half->waiting->len, "\r\n", 2);
    g_autofree char *text = g_strndup(half->waiting->str, (gsize)(end - half->waiting->str));
    g_string_erase(half->waiting, 0, end + 2 - half->waiting->str);
    return half == &self->up ? take_client_line(self, text) : take_server_line(self, text);
}

static bool take_bytes(struct line *self, struct half *half)
{
    char bytes[16384];
    ssize_t count = read(half->from, bytes, sizeof bytes);
    if (count <= 0)
        return false;
    g_string_append_len(half->waiting, bytes, count);
    while (half->waiting->len > 0) {
        if (half->literal > 0) {
            gsize now = MIN(half->literal, half->waiting->len);
            if (!send_all(half->to, half->waiting->str, now))
                return false;
            half->literal -= now;
            g_string_erase(half->waiting, 0, (gssize)now);
        } else if (memmem(half->waiting->str, half->waiting->len, "\r\n", 2) == NULL) {
            break;
        } else if (!take_line(self, half)) {
            return false;
        }
    }
    return true;
}

static void *line_main(void *data)
{
    struct line *self = data;
    struct pollfd fds[2] = { { .fd = self->client, .events = POLLIN }, { .fd = self->server, .events = POLLIN } };
    bool is_open = true;
    while (is_open && !atomic_load(&self->owner->is_stopping)) {
        if (poll(fds, 2, 200) <= 0)
            continue;
        is_open = (fds[0].revents == 0 || take_bytes(self, &self->up)) && (fds[1].revents == 0 || take_bytes(self, &self->down));
    }
    close(self->client);
    close(self->server);
    g_string_free(self->up.waiting, TRUE);
    g_string_free(self->down.waiting, TRUE);
    g_free(self);
    return NULL;
}

/* --- life --- */
static int dial(int port)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                         .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        setsockopt(fd, SOL_TCP, TCP_NODELAY, &one, sizeof one);
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static void serve(old_server *self, int client)
{
    int server = dial(self->target_port), one = 1;
    pthread_t thread;
    if (server < 0) {
        close(client);
        return;
    }
    setsockopt(client, SOL_TCP, TCP_NODELAY, &one, sizeof one);
    struct line *line = g_new0(struct line, 1);
    *line = (struct line){ .owner = self, .client = client, .server = server };
    line->up = (struct half){ .from = client, .to = server, .waiting = g_string_new(NULL) };
    line->down = (struct half){ .from = server, .to = client, .waiting = g_string_new(NULL) };
    if (pthread_create(&thread, NULL, line_main, line) != 0)
        g_error("no thread for a connection");
    g_array_append_val(self->lines, thread);
}

static void *listen_main(void *data)
{
    old_server *self = data;
    while (!atomic_load(&self->is_stopping)) {
        struct pollfd ready = { .fd = self->listener, .events = POLLIN };
        int client = poll(&ready, 1, 200) > 0 ? accept4(self->listener, NULL, NULL, SOCK_CLOEXEC) : -1;
        if (client >= 0)
            serve(self, client);
    }
    for (guint i = 0; i < self->lines->len; i++)
        pthread_join(g_array_index(self->lines, pthread_t, i), NULL);
    return NULL;
}

old_server *old_server_start(int target_port)
{
    old_server *self = g_new0(old_server, 1);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    self->target_port = target_port;
    self->lines = g_array_new(FALSE, FALSE, sizeof(pthread_t));
    self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (self->listener < 0 || bind(self->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(self->listener, 16) != 0 ||
        getsockname(self->listener, (struct sockaddr *)&address, &length) != 0 ||
        pthread_create(&self->thread, NULL, listen_main, self) != 0)
        g_error("the relay cannot be started");
    self->port = ntohs(address.sin_port);
    return self;
}

void old_server_free(old_server *self)
{
    if (self == NULL)
        return;
    atomic_store(&self->is_stopping, true);
    pthread_join(self->thread, NULL);
    close(self->listener);
    g_array_unref(self->lines);
    g_free(self);
}

int old_server_port(const old_server *self)
{
    return self->port;
}

guint old_server_refused(old_server *self)
{
    return atomic_load(&self->refused);
}
