/* SPDX-License-Identifier: MIT */
/* A full download of an IMAP folder from a Dovecot of our own: postern sync with bodies = everything (headers first, from nothing), mbsync into a Maildir,
 * and a bare loop that reads the same bytes and throws them away. bench_pull [MESSAGES [ROUNDS]]. As root, with dovecot-imapd and isync installed.
 * Each line: name value unit peer. */
#include "tests/servers/server_maildrop.h"
#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static server *servers;
static unsigned messages = 10000;
static double bytes;

/* --- mail as people have it: 17 KB on the average --- */
static size_t size_of(unsigned number)
{
    unsigned kind = number * 2654435761u >> 16;
    unsigned spread = (number * 40503u >> 4) % 1000;
    if (kind % 100 < 60)
        return 3000 + spread * 5;
    if (kind % 100 < 90)
        return 8000 + spread * 22;
    return kind % 100 < 99 ? 30000 + spread * 70 : 100000 + spread * 400;
}

static void fill(void)
{
    g_autofree char *directory = maildrop_directory(servers, SERVER_USER), *cur = g_build_filename(directory, "cur", NULL);
    g_autofree char *new_mail = g_build_filename(directory, "new", NULL), *tmp = g_build_filename(directory, "tmp", NULL);
    if (g_mkdir_with_parents(cur, 0700) != 0 || g_mkdir_with_parents(new_mail, 0700) != 0 || g_mkdir_with_parents(tmp, 0700) != 0)
        g_error("%s cannot be made", cur);
    for (unsigned i = 1; i <= messages; i++) {
        size_t size = size_of(i);
        g_autoptr(GString) text = g_string_sized_new(size + 512);
        g_string_printf(
            text,
            "From: Person %u <p%u@example.test>\r\nTo: alice@example.test\r\nSubject: Message %u of a full pull\r\nDate: Mon, 2 Nov 2026 "
            "10:%02u:%02u +0000\r\nMessage-ID: <pull-%u@example.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
            "charset=utf-8\r\n\r\n",
            i % 500, i % 500, i, i / 60 % 60, i % 60, i);
        while (text->len < size)
            g_string_append_printf(text, "%08x the engine might compose elaborate pieces of music of any complexity %u\r\n", i,
                                   (unsigned)text->len);
        g_autofree char *path = g_strdup_printf("%s/%u.M%uP1.bench,S=%zu,W=%zu:2,S", cur, 1793610000 + i, i, text->len, text->len);
        if (!g_file_set_contents_full(path, text->str, (gssize)text->len, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL))
            g_error("%s cannot be written", path);
        bytes += (double)text->len;
    }
    g_autofree char *home = g_path_get_dirname(directory);
    const char *const give[] = { "chown", "-R", "mail:mail", home, NULL };
    g_spawn_sync(NULL, (char **)give, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

/* --- the bare loop --- */
static void say(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0)
        g_error("the server hung up");
}

static void read_until(int fd, const char *end)
{
    static char buffer[262144 + 2001];
    const struct timeval patience = { .tv_sec = 60 };
    size_t kept = 0;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    for (;;) {
        ssize_t got = read(fd, buffer + kept, 262144);
        if (got <= 0)
            g_error("the server hung up");
        size_t all = kept + (size_t)got;
        buffer[all] = '\0';
        if (memmem(all > 2000 ? buffer + all - 2000 : buffer, MIN(all, 2000), end, strlen(end)) != NULL)
            return;
        kept = MIN(all, 1000);
        memmove(buffer, buffer + all - kept, kept);
    }
}

static double run_bare(void)
{
    struct sockaddr_in where = { .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)server_ports(servers)->imap),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    gint64 began = g_get_monotonic_time();
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&where, sizeof where) != 0)
        g_error("no connection");
    g_autofree char *login = g_strdup_printf("a LOGIN %s {%zu+}\r\n%s\r\n", SERVER_USER, strlen(SERVER_PASSWORD), SERVER_PASSWORD);
    say(fd, login);
    read_until(fd, "\r\na OK");
    say(fd, "b SELECT INBOX\r\n");
    read_until(fd, "\r\nb OK");
    say(fd, "c UID FETCH 1:* (UID BODY.PEEK[])\r\n");
    read_until(fd, "\r\nc OK");
    close(fd);
    return (double)(g_get_monotonic_time() - began) / 1e6;
}

/* --- the programs --- */
static void write_file(const char *home, const char *name, char *text /* taken */)
{
    g_autofree char *owned = text, *path = g_build_filename(home, name, NULL), *directory = g_path_get_dirname(path);
    if (g_mkdir_with_parents(directory, 0700) != 0 ||
        !g_file_set_contents_full(path, owned, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL))
        g_error("%s cannot be written", path);
}

static void write_settings(const char *home, const char *bodies, bool is_synced)
{
    int port = server_ports(servers)->imap;
    write_file(
        home, "config/postern/accounts/test.conf",
        g_strdup_printf("[account]\nfrom = alice@example.test\n[incoming]\nprotocol = imap\nhost = 127.0.0.1\nport = %d\nsecurity = plain\n"
                        "user = " SERVER_USER "\npassword = pa ss\"w\\\\ord%%\xc3\xbc\n[sync]\nbodies = %s\n[outgoing]\n"
                        "host = localhost\n",
                        port, bodies));
    write_file(home, "password", g_strdup(SERVER_PASSWORD));
    write_file(home, "mbsyncrc",
               g_strdup_printf(
                   "%sIMAPStore far\nHost 127.0.0.1\nPort %d\nUser " SERVER_USER "\nPassCmd \"cat %s/password\"\nSSLType None\n"
                   "AuthMechs LOGIN\n\nMaildirStore near\nPath %s/md/\nInbox %s/md/INBOX\nSubFolders Verbatim\n\nChannel x\nFar :far:\n"
                   "Near :near:\nPatterns INBOX\nCreate Near\nSyncState *\n",
                   is_synced ? "" : "FSync no\n\n", port, home, home, home));
    write_file(home, "md/.keep", g_strdup(""));
}

static int count_one(const char *path, const struct stat *status, unsigned *count)
{
    (void)path;
    *count += S_ISREG(status->st_mode) && status->st_size >= 3000;
    return 0;
}

static void count_files(const char *directory, unsigned *count)
{
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        struct stat status;
        if (stat(path, &status) != 0)
            continue;
        if (S_ISDIR(status.st_mode))
            count_files(path, count);
        else
            count_one(path, &status, count);
    }
}

/* Seconds. */
static double run_program(const char *const *command, const char *home, const char *mail)
{
    static const char *const names[][2] = { { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" } };
    g_auto(GStrv) env = g_get_environ();
    g_autofree char *directory = g_build_filename(home, mail, NULL);
    unsigned count = 0;
    int status = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(home, names[i][1], NULL);
        env = g_environ_setenv(env, names[i][0], path, TRUE);
    }
    sync();
    gint64 began = g_get_monotonic_time();
    g_spawn_sync(NULL, (char **)command, env, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL);
    double seconds = (double)(g_get_monotonic_time() - began) / 1e6;
    count_files(directory, &count);
    if (status != 0 || (strcmp(mail, "data") != 0 && count != messages))
        printf("# %s brought %u of %u messages, status %d\n", command[0], count, messages, status);
    return seconds;
}

enum { BARE, MBSYNC, MBSYNC_UNSYNCED, POSTERN, POSTERN_ALL, WAYS };
static const char *const names[] = { "bare-loop", "mbsync", "mbsync-fsync-no", "postern-bodies", "postern-headers-and-bodies" };

static double run(int way)
{
    g_autofree char *home = g_dir_make_tmp("postern-bench-XXXXXX", NULL), *rc = g_build_filename(home, "mbsyncrc", NULL);
    const char *const postern[] = { POSTERN_PROGRAM, "sync", "--quiet", "test", NULL }, *const mbsync[] = { "mbsync", "-q", "-c",
                                                                                                            rc,       "-a", NULL };
    bool is_mbsync = way == MBSYNC || way == MBSYNC_UNSYNCED;
    double seconds = 0;
    if (way == BARE) {
        seconds = run_bare();
    } else {
        write_settings(home, way == POSTERN ? "headers" : "everything", way != MBSYNC_UNSYNCED);
        if (way == POSTERN) { /* only what it costs to bring the bodies */
            run_program(postern, home, "data");
            write_settings(home, "everything", true);
        }
        seconds = run_program(is_mbsync ? mbsync : postern, home, is_mbsync ? "md" : "cache");
    }
    const char *const rm[] = { "rm", "-rf", "--", home, NULL };
    g_spawn_sync(NULL, (char **)rm, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    return seconds;
}

int main(int argc, char **argv)
{
    g_autofree char *why_not = NULL, *mbsync = g_find_program_in_path("mbsync");
    unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 3;
    double best[WAYS] = { 0 };
    messages = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : messages;
    servers = server_start(&why_not);
    if (servers == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    fill();
    run_bare(); /* Dovecot reads the new files for the first time */
    for (unsigned i = 0; i < rounds; i++) {
        for (int way = 0; way < WAYS; way++) {
            double seconds = (way == MBSYNC || way == MBSYNC_UNSYNCED) && mbsync == NULL ? 0 : run(way);
            printf("# round %u %s %.2f s\n", i + 1, names[way], seconds);
            fflush(stdout);
            best[way] = best[way] == 0 ? seconds : MIN(best[way], seconds);
        }
    }
    for (int way = 0; way < WAYS; way++) {
        if (best[way] <= 0)
            continue;
        printf("pull-rate %.0f messages/s %s\npull-throughput %.1f MB/s %s\n", messages / best[way], names[way], bytes / best[way] / 1e6,
               names[way]);
        if (way >= POSTERN && best[MBSYNC] > 0)
            printf("pull-ratio %.2f times-mbsync %s\n", best[MBSYNC] / best[way], names[way]);
    }
    server_free(servers);
    return 0;
}
