/* SPDX-License-Identifier: MIT */
/* The protocol log: one line an event, control characters escaped, secrets never given to it. */
#include "net/log.h"
#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER; /* so that nobody writes to a number that was closed and given away */
static int log_fd = -1;
static atomic_bool log_is_on;

bool net_log_open(const char *path)
{
    if (path == NULL || *path == '\0')
        return false;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    struct stat status;
    if (fd < 0)
        return false;
    /* An older file may be readable for others: what we are about to write is not for them. */
    if (fstat(fd, &status) != 0 || (S_ISREG(status.st_mode) && fchmod(fd, 0600) != 0)) {
        close(fd);
        return false;
    }
    net_log_close();
    pthread_mutex_lock(&log_lock);
    log_fd = fd;
    atomic_store(&log_is_on, true);
    pthread_mutex_unlock(&log_lock);
    return true;
}

void net_log_close(void)
{
    pthread_mutex_lock(&log_lock);
    atomic_store(&log_is_on, false);
    if (log_fd >= 0)
        close(log_fd);
    log_fd = -1;
    pthread_mutex_unlock(&log_lock);
}

bool net_log_is_on(void)
{
    return atomic_load(&log_is_on);
}

static void append_escaped(GString *line, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '\r')
            g_string_append(line, "\\r");
        else if (c == '\n')
            g_string_append(line, "\\n");
        else if (c == '\\')
            g_string_append(line, "\\\\");
        else if (c < 0x20 || c >= 0x7f)
            g_string_append_printf(line, "\\x%02x", c);
        else
            g_string_append_c(line, (char)c);
    }
}

static void write_line(const char *name, char direction, const char *bytes, size_t length, uint64_t whole_length)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S");
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "%s.%03dZ ", time, g_date_time_get_microsecond(now) / 1000);
    append_escaped(line, name != NULL ? name : "-", name != NULL ? strlen(name) : 1);
    g_string_append_printf(line, " %c ", direction);
    append_escaped(line, bytes, length);
    if (length < whole_length)
        g_string_append_printf(line, "... (%" G_GUINT64_FORMAT " bytes)", whole_length);
    g_string_append_c(line, '\n');
    pthread_mutex_lock(&log_lock);
    /* One write in append mode: lines of several threads never mix. A full disk must not stop mail, so the result does not matter. */
    if (log_fd >= 0 && write(log_fd, line->str, line->len) < 0)
        atomic_store(&log_is_on, false);
    pthread_mutex_unlock(&log_lock);
}

void net_log_bytes(const char *name, char direction, const char *bytes, size_t length)
{
    if (net_log_is_on())
        write_line(name, direction, bytes, MIN(length, sizeof((struct net_log_flow *)0)->line), length);
}

void net_log_note(const char *name, const char *format, ...)
{
    if (!net_log_is_on())
        return;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    write_line(name, '*', text, strlen(text), strlen(text));
}

/* "... {312}" or "{312+}" at the end of a line announces so many bytes of mail. */
static uint64_t announced_literal(const char *line, size_t length)
{
    uint64_t size = 0, unit = 1;
    if (length < 3 || line[length - 1] != '}')
        return 0;
    size_t i = length - 1;
    if (line[i - 1] == '+' || line[i - 1] == '-')
        i--;
    size_t digits = 0;
    while (i > 0 && g_ascii_isdigit(line[i - 1]) && digits++ < 18) {
        size += unit * (uint64_t)g_ascii_digit_value(line[i - 1]);
        unit *= 10;
        i--;
    }
    return digits > 0 && i > 0 && line[i - 1] == '{' ? size : 0;
}

void net_log_flow_end(struct net_log_flow *flow, const char *name, char direction)
{
    if (flow->line_bytes == 0)
        return;
    if (flow->length > 0 && flow->line[flow->length - 1] == '\r') {
        flow->length--;
        flow->line_bytes--;
    }
    if (net_log_is_on())
        write_line(name, direction, flow->line, flow->length, flow->line_bytes);
    bool ends_in_return = flow->tail_length > 0 && flow->tail[flow->tail_length - 1] == '\r';
    flow->literal_left = announced_literal(flow->tail, flow->tail_length - (ends_in_return ? 1 : 0));
    if (flow->literal_left > 0 && net_log_is_on())
        net_log_note(name, "%c %" G_GUINT64_FORMAT " bytes of mail", direction, flow->literal_left);
    flow->length = 0;
    flow->line_bytes = 0;
    flow->tail_length = 0;
}

/* The end of a line tells whether mail follows, also where the line is too long to be kept. */
static void keep_tail(struct net_log_flow *flow, const char *bytes, size_t length)
{
    size_t added = MIN(length, sizeof flow->tail), kept = MIN(flow->tail_length, sizeof flow->tail - added);
    memmove(flow->tail, flow->tail + flow->tail_length - kept, kept);
    memcpy(flow->tail + kept, bytes + length - added, added);
    flow->tail_length = kept + added;
}

static void flow_add(struct net_log_flow *flow, const char *bytes, size_t length)
{
    keep_tail(flow, bytes, length);
    size_t kept = MIN(length, sizeof flow->line - flow->length);
    memcpy(flow->line + flow->length, bytes, kept);
    flow->length += kept;
    flow->line_bytes += length;
}

void net_log_flow_bytes(struct net_log_flow *flow, const char *name, char direction, const char *bytes, size_t length)
{
    if (!net_log_is_on())
        return;
    while (length > 0) {
        size_t size = (size_t)MIN(flow->literal_left, length);
        if (size > 0) {
            flow->literal_left -= size;
        } else {
            const char *end = memchr(bytes, '\n', length);
            size = end != NULL ? (size_t)(end - bytes) : length;
            flow_add(flow, bytes, size);
            if (end != NULL) {
                size++;
                net_log_flow_end(flow, name, direction);
            }
        }
        bytes += size;
        length -= size;
    }
}

void net_log_flow_secret(struct net_log_flow *flow, const char *name, char direction, bool is_line_end)
{
    if (!net_log_is_on())
        return;
    flow->literal_left = 0; /* if it was announced, this is it */
    flow_add(flow, "***", 3);
    if (is_line_end)
        net_log_flow_end(flow, name, direction);
}

void net_log_flow_mail(struct net_log_flow *flow, size_t length)
{
    flow->literal_left -= MIN(flow->literal_left, length);
}
