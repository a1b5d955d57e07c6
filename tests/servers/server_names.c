/* SPDX-License-Identifier: MIT */
/* The name server of a test's own internet, and the way into its namespace; see server_names.h. */
#include "tests/servers/server_names.h"
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <resolv.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRUSTED "/etc/ssl/certs/ca-certificates.crt"

/* --- the namespace --- */
static bool put_over(const char *path, const char *over)
{
    return mount(path, over, NULL, MS_BIND, NULL) == 0;
}

static bool raise_loopback(void)
{
    struct ifreq request = { .ifr_name = "lo" };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool is_up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP | IFF_RUNNING);
    is_up = is_up && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    if (fd >= 0)
        close(fd);
    return is_up;
}

/* The file may go at once: what is mounted over another stays. */
static bool replace_file(const char *over, const char *text)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("postern-names-XXXXXX", &path, NULL);
    bool is_there = fd >= 0 && g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, NULL) && put_over(path, over);
    if (fd >= 0)
        close(fd);
    if (path != NULL)
        unlink(path);
    return is_there;
}

bool names_enter(char **why_not_out)
{
    *why_not_out = NULL;
    if (geteuid() != 0)
        *why_not_out = g_strdup("a network of the test's own needs root");
    else if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        *why_not_out = g_strdup_printf("this machine does not let us make namespaces: %s", g_strerror(errno));
    else if (!raise_loopback() || !replace_file("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:2\n") ||
             !replace_file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n") ||
             !replace_file(TRUSTED, ""))
        *why_not_out = g_strdup_printf("the namespace cannot be furnished: %s", g_strerror(errno));
    if (*why_not_out == NULL)
        g_setenv("SSL_CERT_FILE", TRUSTED, TRUE); /* for OpenSSL; libcurl reads that file by itself */
    return *why_not_out == NULL;
}

void names_trust(const char *ca_file)
{
    g_autofree char *text = NULL;
    FILE *file = fopen(TRUSTED, "a");
    if (file == NULL || !g_file_get_contents(ca_file, &text, NULL, NULL) || fputs(text, file) < 0)
        g_error("%s: %s", ca_file, g_strerror(errno));
    fclose(file);
}

/* --- the name server --- */
struct record {
    char *name, *value;
    unsigned type;
};
struct names {
    pthread_mutex_t lock;
    GPtrArray *records; /* of struct record* */
    char *everywhere;   /* the address of every name; NULL: not so */
    bool is_silent;
    int fd;
    pthread_t thread;
};

static void free_record(void *data)
{
    struct record *record = data;
    g_free(record->name);
    g_free(record->value);
    g_free(record);
}

static size_t put16(unsigned char *to, unsigned value)
{
    to[0] = (unsigned char)(value >> 8);
    to[1] = (unsigned char)value;
    return 2;
}

static size_t put_name(unsigned char *to, const char *host)
{
    size_t length = 0;
    g_auto(GStrv) labels = g_strsplit(strcmp(host, ".") == 0 ? "" : host, ".", -1);
    for (char **label = labels; *label != NULL && **label != '\0'; label++) {
        to[length++] = (unsigned char)strlen(*label);
        memcpy(to + length, *label, strlen(*label));
        length += strlen(*label);
    }
    to[length++] = 0;
    return length;
}

static size_t put_data(unsigned char *to, unsigned type, const char *value)
{
    g_auto(GStrv) words = g_strsplit(value, " ", -1);
    size_t length = 0, i = 0;
    if (type == ns_t_a)
        return inet_pton(AF_INET, value, to) == 1 ? 4 : 0;
    for (; words[i + 1] != NULL; i++)
        length += put16(to + length, (unsigned)g_ascii_strtoull(words[i], NULL, 10));
    return length + put_name(to + length, words[i]);
}

static size_t put_record(unsigned char *to, unsigned type, const char *value)
{
    unsigned char data[300];
    size_t size = put_data(data, type, value), length = put16(to, 0xc00c); /* the name asked for */
    length += put16(to + length, type);
    length += put16(to + length, ns_c_in);
    length += put16(to + length, 0);
    length += put16(to + length, 5);
    length += put16(to + length, (unsigned)size);
    memcpy(to + length, data, size);
    return length + size;
}

/* Under lock. 0: no answer. */
static size_t answer(names *self, unsigned char *packet, size_t length)
{
    char name[NS_MAXDNAME];
    unsigned count = 0;
    int used = dn_expand(packet, packet + length, packet + NS_HFIXEDSZ, name, sizeof name);
    size_t end = NS_HFIXEDSZ + (size_t)MAX(used, 0) + NS_QFIXEDSZ;
    if (used < 0 || end > length || self->is_silent)
        return 0;
    unsigned type = (unsigned)(packet[end - 4] << 8 | packet[end - 3]);
    bool is_known = self->everywhere != NULL;
    if (is_known && type == ns_t_a) {
        end += put_record(packet + end, ns_t_a, self->everywhere);
        count = 1;
    }
    for (guint i = 0; self->everywhere == NULL && i < self->records->len; i++) {
        const struct record *record = self->records->pdata[i];
        bool is_it = g_ascii_strcasecmp(record->name, name) == 0;
        is_known |= is_it || g_str_has_suffix(record->name, name); /* what others are below is there too */
        if (!is_it || record->type != type)
            continue;
        end += put_record(packet + end, type, record->value);
        count++;
    }
    packet[2] = 0x81;
    packet[3] = is_known ? 0x80 : 0x83; /* no such name */
    put16(packet + 6, count);
    put16(packet + 8, 0);
    put16(packet + 10, 0);
    return end;
}

static void *names_main(void *data)
{
    names *self = data;
    unsigned char packet[4096];
    struct sockaddr_in from;
    for (;;) {
        socklen_t size = sizeof from;
        ssize_t got = recvfrom(self->fd, packet, 512, 0, (struct sockaddr *)&from, &size);
        if (got < NS_HFIXEDSZ) /* the end: shut down */
            return NULL;
        pthread_mutex_lock(&self->lock);
        size_t length = answer(self, packet, (size_t)got);
        pthread_mutex_unlock(&self->lock);
        if (length > 0)
            sendto(self->fd, packet, length, 0, (struct sockaddr *)&from, size);
    }
}

names *names_start(void)
{
    names *self = g_new0(names, 1);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    pthread_mutex_init(&self->lock, NULL);
    self->records = g_ptr_array_new_with_free_func(free_record);
    self->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(self->fd, (struct sockaddr *)&address, sizeof address) != 0)
        g_error("name server: %s", g_strerror(errno));
    pthread_create(&self->thread, NULL, names_main, self);
    return self;
}

void names_free(names *self)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    sendto(self->fd, "", 0, 0, (struct sockaddr *)&address, sizeof address);
    pthread_join(self->thread, NULL);
    close(self->fd);
    g_ptr_array_unref(self->records);
    g_free(self->everywhere);
    pthread_mutex_destroy(&self->lock);
    g_free(self);
}

void names_add(names *self, const char *name, const char *type, const char *value)
{
    struct record *record = g_new0(struct record, 1);
    *record = (struct record){ .name = g_strdup(name),
                               .value = g_strdup(value),
                               .type = strcmp(type, "A") == 0    ? ns_t_a
                                       : strcmp(type, "MX") == 0 ? ns_t_mx
                                                                 : ns_t_srv };
    pthread_mutex_lock(&self->lock);
    g_ptr_array_add(self->records, record);
    pthread_mutex_unlock(&self->lock);
}

void names_clear(names *self)
{
    pthread_mutex_lock(&self->lock);
    g_ptr_array_set_size(self->records, 0);
    pthread_mutex_unlock(&self->lock);
}

void names_answer_all(names *self, const char *address)
{
    pthread_mutex_lock(&self->lock);
    g_free(self->everywhere);
    self->everywhere = g_strdup(address);
    pthread_mutex_unlock(&self->lock);
}

void names_set_silent(names *self, bool is_silent)
{
    pthread_mutex_lock(&self->lock);
    self->is_silent = is_silent;
    pthread_mutex_unlock(&self->lock);
}
