/* SPDX-License-Identifier: MIT */
/* A full download from a Dovecot of our own, by postern and by mpop in turn, into the same file system: both sync each message to the disk.
 * bench_pop3 [MESSAGES [ROUNDS]]. As root, with dovecot-pop3d and mpop installed. */
#include "tests/servers/server_maildrop.h"
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static server *servers;
static unsigned messages = 10000;

static void write_file(const char *home, const char *name, char *text /* taken */)
{
    g_autofree char *owned = text, *path = g_build_filename(home, name, NULL), *directory = g_path_get_dirname(path);
    if (g_mkdir_with_parents(directory, 0700) != 0 || !g_file_set_contents_full(path, owned, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL))
        g_error("%s cannot be written", path);
}

static void write_settings(const char *home, bool is_tls)
{
    const struct server_ports *ports = server_ports(servers);
    int port = is_tls ? ports->pop3s : ports->pop3;
    const char *const parts[] = { "md/tmp", "md/new", "md/cur" };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_build_filename(home, parts[i], NULL);
        g_mkdir_with_parents(path, 0700);
    }
    write_file(
        home, "config/postern/accounts/test.conf",
        g_strdup_printf("[account]\nfrom = bob@example.test\n[incoming]\nprotocol = pop3\nhost = localhost\nport = %d\nsecurity = %s\n"
                        "user = " SERVER_OTHER "\npassword = pa ss\"w\\\\ord%%\xc3\xbc\ntls-ca-file = %s\n[pop3]\n"
                        "delete-from-server = never\n[outgoing]\nhost = localhost\n",
                        port, is_tls ? "tls" : "plain", server_ca_file(servers)));
    g_autofree char *tls =
        is_tls ? g_strdup_printf("tls on\ntls_starttls off\ntls_trust_file %s\n", server_ca_file(servers)) : g_strdup("tls off\n");
    write_file(home, "mpoprc",
               g_strdup_printf("account test\nhost localhost\nport %d\nuser " SERVER_OTHER
                               "\npasswordeval printf '%%s' 'pa ss\"w\\ord%%\xc3\xbc'\nauth plain\n%skeep on\nuidls_file %s/uidls\n"
                               "delivery maildir %s/md\n",
                               port, tls, home, home));
}

static unsigned count_files(const char *home, const char *directory)
{
    g_autofree char *path = g_build_filename(home, directory, NULL);
    g_autoptr(GHashTable) found = maildrop_hashes(path);
    return g_hash_table_size(found);
}

/* Seconds. */
static double download(bool is_postern, bool is_tls)
{
    g_autofree char *home = g_dir_make_tmp("postern-bench-XXXXXX", NULL), *rc = g_build_filename(home, "mpoprc", NULL);
    static const char *const names[][2] = { { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" } };
    g_auto(GStrv) env = g_get_environ();
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(home, names[i][1], NULL);
        env = g_environ_setenv(env, names[i][0], path, TRUE);
    }
    const char *const postern[] = { POSTERN_PROGRAM, "sync", "test", NULL };
    const char *const mpop[] = { "mpop", "-q", "-C", rc, "test", NULL };
    int status = 0;
    write_settings(home, is_tls);
    sync();
    gint64 began = g_get_monotonic_time();
    g_spawn_sync(NULL, (char **)(is_postern ? postern : mpop), env, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL);
    double seconds = (double)(g_get_monotonic_time() - began) / 1e6;
    unsigned count = count_files(home, is_postern ? "data/postern/mail/test/Inbox" : "md");
    if (status != 0 || count != messages)
        printf("%s brought %u of %u messages\n", is_postern ? "postern" : "mpop", count, messages);
    const char *const rm[] = { "rm", "-rf", "--", home, NULL };
    g_spawn_sync(NULL, (char **)rm, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    return seconds;
}

static void compare(bool is_tls, unsigned rounds)
{
    double best[2] = { 1e9, 1e9 };
    for (unsigned i = 0; i < rounds; i++) {
        for (int who = 0; who < 2; who++) {
            double seconds = download(who == 1, is_tls);
            printf("%s %s: %.2f s\n", is_tls ? "TLS" : "plain", who == 1 ? "postern" : "mpop", seconds);
            fflush(stdout);
            best[who] = MIN(best[who], seconds);
        }
    }
    printf("%s: postern has %.2f of the speed of mpop (best of %u)\n", is_tls ? "TLS" : "plain", best[0] / best[1], rounds);
}

int main(int argc, char **argv)
{
    g_autofree char *why_not = NULL, *mpop = g_find_program_in_path("mpop");
    unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 3;
    messages = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : messages;
    servers = mpop != NULL ? server_start(&why_not) : NULL;
    if (servers == NULL) {
        printf("skipped: %s\n", mpop == NULL ? "mpop is not installed" : why_not);
        return 77;
    }
    g_ptr_array_unref(maildrop_fill(servers, SERVER_OTHER, messages, 1000000));
    compare(false, rounds);
    compare(true, rounds);
    server_free(servers);
    return 0;
}
