/* SPDX-License-Identifier: MIT */
/* The small POP3 server: one connection at a time, all of RFC 1939 that a client needs, and faults to order. */
#include "tests/peer/peer_maildrop.h"
#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct mail {
    char *uidl, *text;
    bool is_marked;
};

struct peer_maildrop {
    pthread_mutex_t lock;
    pthread_t thread;
    int listener;
    GPtrArray *mails;  /* of struct mail*: those shown */
    GPtrArray *hidden; /* not yet shown */
    struct peer_maildrop_faults faults;
    unsigned retrieved, connections;
    /* --- of the connection --- */
    int fd;
    FILE *in;
    size_t sent;
};

static void mail_free(gpointer data)
{
    struct mail *mail = data;
    g_free(mail->uidl);
    g_free(mail->text);
    g_free(mail);
}

/* False: the line is cut now. */
static bool say(peer_maildrop *self, const char *text, size_t length)
{
    if (self->faults.silent_after > 0 && self->sent + length > self->faults.silent_after)
        return true;
    bool is_cut = self->faults.cut_after > 0 && self->sent + length > self->faults.cut_after;
    size_t part = is_cut ? self->faults.cut_after - self->sent : length;
    while (part > 0) {
        ssize_t done = send(self->fd, text, part, MSG_NOSIGNAL);
        if (done <= 0)
            return false;
        text += done;
        part -= (size_t)done;
        self->sent += (size_t)done;
    }
    return !is_cut;
}

static bool say_line(peer_maildrop *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool say_line(peer_maildrop *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *whole = g_strconcat(line, "\r\n", NULL);
    return say(self, whole, strlen(whole));
}

static struct mail *mail_at(peer_maildrop *self, const char *number)
{
    unsigned long at = strtoul(number, NULL, 10);
    struct mail *mail = at >= 1 && at <= self->mails->len ? g_ptr_array_index(self->mails, at - 1) : NULL;
    return mail != NULL && !mail->is_marked ? mail : NULL;
}

static bool say_text(peer_maildrop *self, const char *text, bool is_header_only)
{
    g_autoptr(GString) wire = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (line[1] == NULL && **line == '\0') /* behind the last line end */
            break;
        g_string_append_printf(wire, "%s%s\r\n", **line == '.' ? "." : "", *line);
        if (is_header_only && **line == '\0')
            break;
    }
    g_string_append(wire, ".\r\n");
    return say(self, wire->str, wire->len);
}

static size_t size_of(const peer_maildrop *self, const struct mail *mail)
{
    return self->faults.told_size > 0 ? self->faults.told_size : strlen(mail->text);
}

static bool list_all(peer_maildrop *self, bool is_uidl)
{
    bool is_ok = say_line(self, "+OK");
    for (guint i = 0; is_ok && i < self->mails->len; i++) {
        const struct mail *mail = g_ptr_array_index(self->mails, i);
        if (mail->is_marked)
            continue;
        if (is_uidl && self->faults.has_numbers_for_names)
            is_ok = say_line(self, "%u %u", i + 1, i + 1);
        else
            is_ok = is_uidl ? say_line(self, "%u %s", i + 1, mail->uidl) : say_line(self, "%u %zu", i + 1, size_of(self, mail));
    }
    return is_ok && say_line(self, ".");
}

static bool answer_capa(peer_maildrop *self)
{
    const struct peer_maildrop_faults *faults = &self->faults;
    if (faults->has_no_capa)
        return say_line(self, "-ERR what?");
    return say_line(self, "+OK\r\nUSER\r\nRESP-CODES%s%s%s\r\n.", faults->has_no_uidl ? "" : "\r\nUIDL",
                    faults->has_no_top ? "" : "\r\nTOP", faults->has_no_pipelining ? "" : "\r\nPIPELINING");
}

static bool answer_uidl(peer_maildrop *self, const char *argument)
{
    if (self->faults.has_no_uidl)
        return say_line(self, "-ERR what?");
    if (*argument == '\0')
        return list_all(self, true);
    const struct mail *mail = mail_at(self, argument);
    return mail != NULL ? say_line(self, "+OK %s %s", argument, self->faults.has_numbers_for_names ? argument : mail->uidl)
                        : say_line(self, "-ERR no such message");
}

static bool answer_list(peer_maildrop *self, const char *argument)
{
    if (self->faults.has_no_list)
        return say_line(self, "-ERR what?");
    if (*argument == '\0')
        return list_all(self, false);
    const struct mail *mail = mail_at(self, argument);
    return mail != NULL ? say_line(self, "+OK %s %zu", argument, size_of(self, mail)) : say_line(self, "-ERR no such message");
}

static bool answer_retr(peer_maildrop *self, const char *argument)
{
    struct mail *mail = mail_at(self, argument);
    if (mail == NULL || strtoul(argument, NULL, 10) == self->faults.refused_retr)
        return say_line(self, "-ERR this one cannot be had");
    if (!say_line(self, "+OK here it comes") || !say_text(self, mail->text, false))
        return false;
    self->retrieved++;
    return true;
}

static bool answer_top(peer_maildrop *self, const char *argument)
{
    struct mail *mail = mail_at(self, argument);
    if (self->faults.has_no_top || mail == NULL)
        return say_line(self, "-ERR what?");
    return say_line(self, "+OK") && say_text(self, mail->text, true);
}

static bool answer_stat(peer_maildrop *self)
{
    size_t bytes = 0;
    for (guint i = 0; i < self->mails->len; i++)
        bytes += strlen(((struct mail *)g_ptr_array_index(self->mails, i))->text);
    return say_line(self, "+OK %u %zu", self->faults.has_wrong_count ? self->faults.told_count : self->mails->len, bytes);
}

static void unmark(peer_maildrop *self)
{
    for (guint i = 0; i < self->mails->len; i++)
        ((struct mail *)g_ptr_array_index(self->mails, i))->is_marked = false;
}

static bool answer_dele(peer_maildrop *self, const char *argument)
{
    struct mail *mail = mail_at(self, argument);
    if (mail != NULL)
        mail->is_marked = true;
    if (self->faults.after_dele != NULL)
        self->faults.after_dele(self->faults.data);
    return say_line(self, mail != NULL ? "+OK marked" : "-ERR no such message");
}

static void answer_quit(peer_maildrop *self)
{
    if (self->faults.refuses_quit) {
        say_line(self, "-ERR some deleted messages not removed");
        return;
    }
    for (guint i = self->mails->len; i-- > 0;) {
        if (((struct mail *)g_ptr_array_index(self->mails, i))->is_marked)
            g_ptr_array_remove_index(self->mails, i);
    }
    say_line(self, "+OK bye");
}

/* False: the connection ends. */
static bool answer(peer_maildrop *self, const char *word, const char *argument)
{
    if (strcmp(word, "CAPA") == 0)
        return answer_capa(self);
    if (strcmp(word, "PASS") == 0 && self->faults.is_locked)
        return say_line(self, "-ERR [IN-USE] somebody is here");
    if (strcmp(word, "STAT") == 0)
        return answer_stat(self);
    if (strcmp(word, "UIDL") == 0)
        return answer_uidl(self, argument);
    if (strcmp(word, "LIST") == 0)
        return answer_list(self, argument);
    if (strcmp(word, "RETR") == 0)
        return answer_retr(self, argument);
    if (strcmp(word, "TOP") == 0)
        return answer_top(self, argument);
    if (strcmp(word, "DELE") == 0)
        return answer_dele(self, argument);
    if (strcmp(word, "RSET") == 0)
        unmark(self);
    if (strcmp(word, "QUIT") == 0) {
        answer_quit(self);
        return false;
    }
    return say_line(self, "+OK");
}

static void show_portion(peer_maildrop *self)
{
    if (self->connections == 0) {
        while (self->mails->len > 0)
            g_ptr_array_add(self->hidden, g_ptr_array_steal_index(self->mails, 0));
    }
    g_ptr_array_set_size(self->mails, 0);
    while (self->mails->len < self->faults.portion && self->hidden->len > 0)
        g_ptr_array_add(self->mails, g_ptr_array_steal_index(self->hidden, 0));
}

static void serve(peer_maildrop *self)
{
    char line[600];
    pthread_mutex_lock(&self->lock);
    if (self->faults.portion > 0)
        show_portion(self);
    self->connections++;
    self->sent = 0;
    bool is_ok = say_line(self, "+OK ready");
    pthread_mutex_unlock(&self->lock);
    while (is_ok && fgets(line, sizeof line, self->in) != NULL) {
        g_auto(GStrv) words = g_strsplit(g_strchomp(line), " ", 2);
        pthread_mutex_lock(&self->lock);
        if (self->faults.loses_what_is_ahead)
            __fpurge(self->in);
        is_ok = words[0] != NULL && answer(self, words[0], words[1] != NULL ? g_strdelimit(words[1], " ", '\0') : "");
        pthread_mutex_unlock(&self->lock);
    }
    pthread_mutex_lock(&self->lock);
    unmark(self);
    pthread_mutex_unlock(&self->lock);
}

static void *run(void *data)
{
    peer_maildrop *self = data;
    for (;;) {
        self->fd = accept(self->listener, NULL, NULL);
        if (self->fd < 0)
            return NULL;
        self->in = fdopen(self->fd, "r");
        serve(self);
        fclose(self->in);
    }
}

peer_maildrop *peer_maildrop_new(uint16_t *port_out)
{
    peer_maildrop *self = g_new0(peer_maildrop, 1);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    pthread_mutex_init(&self->lock, NULL);
    self->mails = g_ptr_array_new_with_free_func(mail_free);
    self->hidden = g_ptr_array_new_with_free_func(mail_free);
    self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(self->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(self->listener, 5) != 0 ||
        getsockname(self->listener, (struct sockaddr *)&address, &length) != 0 || pthread_create(&self->thread, NULL, run, self) != 0)
        g_error("the small POP3 server cannot start");
    *port_out = ntohs(address.sin_port);
    return self;
}

void peer_maildrop_free(peer_maildrop *self)
{
    shutdown(self->listener, SHUT_RDWR); /* accept() fails now */
    pthread_join(self->thread, NULL);
    close(self->listener);
    g_ptr_array_unref(self->mails);
    g_ptr_array_unref(self->hidden);
    pthread_mutex_destroy(&self->lock);
    g_free(self);
}

void peer_maildrop_set(peer_maildrop *self, const struct peer_maildrop_faults *faults)
{
    pthread_mutex_lock(&self->lock);
    self->faults = *faults;
    pthread_mutex_unlock(&self->lock);
}

void peer_maildrop_add(peer_maildrop *self, const char *uidl, const char *text)
{
    struct mail *mail = g_new0(struct mail, 1);
    mail->uidl = g_strdup(uidl);
    mail->text = g_strdup(text);
    pthread_mutex_lock(&self->lock);
    g_ptr_array_add(self->mails, mail);
    pthread_mutex_unlock(&self->lock);
}

void peer_maildrop_rename(peer_maildrop *self, size_t index, const char *uidl)
{
    pthread_mutex_lock(&self->lock);
    struct mail *mail = g_ptr_array_index(self->mails, index);
    g_free(mail->uidl);
    mail->uidl = g_strdup(uidl);
    pthread_mutex_unlock(&self->lock);
}

void peer_maildrop_take(peer_maildrop *self, size_t index)
{
    pthread_mutex_lock(&self->lock);
    g_ptr_array_remove_index(self->mails, (guint)index);
    pthread_mutex_unlock(&self->lock);
}

char *peer_maildrop_list(peer_maildrop *self)
{
    g_autoptr(GString) list = g_string_new(NULL);
    pthread_mutex_lock(&self->lock);
    for (guint i = 0; i < self->mails->len; i++)
        g_string_append_printf(list, "%s%s", i > 0 ? " " : "", ((struct mail *)g_ptr_array_index(self->mails, i))->uidl);
    pthread_mutex_unlock(&self->lock);
    return g_string_free(g_steal_pointer(&list), FALSE);
}

unsigned peer_maildrop_retrieved(peer_maildrop *self)
{
    pthread_mutex_lock(&self->lock);
    unsigned count = self->retrieved;
    pthread_mutex_unlock(&self->lock);
    return count;
}

unsigned peer_maildrop_connections(peer_maildrop *self)
{
    pthread_mutex_lock(&self->lock);
    unsigned count = self->connections;
    pthread_mutex_unlock(&self->lock);
    return count;
}
