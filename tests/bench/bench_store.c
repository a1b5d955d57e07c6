/* SPDX-License-Identifier: MIT */
/* Fills a store with many messages and says what the things a person waits for cost, and how that grows with the folder.
 * bench_store [ROWS [DIRECTORY]] */
#include "core/intent.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include "core/store_window.h"
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double milliseconds_since(gint64 begun)
{
    return (double)(g_get_monotonic_time() - begun) / 1000.0;
}

static long resident_kib(void)
{
    g_autofree char *status = NULL;
    if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL))
        return 0;
    const char *line = strstr(status, "VmRSS:");
    return line != NULL ? strtol(line + 6, NULL, 10) : 0;
}

static void die(const char *what, GError *error)
{
    fprintf(stderr, "%s: %s\n", what, error != NULL ? error->message : "failed");
    exit(1);
}

static int64_t folder_make(store *db, const char *name, enum folder_role role)
{
    struct folder box = { .account_id = store_account_id(db, "bench", NULL), .name = (char *)name, .delimiter = '/', .role = role };
    int64_t id = store_folder_put(db, &box, NULL);
    store_folder_set_sync(db, id, 1, 1, 0, 0, NULL);
    return id;
}

static void message_put(store *db, int64_t folder_id, uint32_t uid)
{
    GError *error = NULL;
    char id[64], parent[64], subject[120], name[64], address[64];
    g_snprintf(id, sizeof id, "%08x.%u@bench.example.test", uid * 2654435761U, uid);
    uint32_t before = uid > 20 && uid % 3 != 0 ? uid - 1 - uid % 17 : 0;
    g_snprintf(parent, sizeof parent, "%08x.%u@bench.example.test", before * 2654435761U, before);
    g_snprintf(subject, sizeof subject, "Message %u about topic %u and the weather", uid, uid % 977);
    g_snprintf(name, sizeof name, "Sender Number%u", uid % 3001);
    g_snprintf(address, sizeof address, "sender%u@example.test", uid % 3001);
    struct message_info info = { .message_id = id,
                                 .references = before > 0 ? parent : NULL,
                                 .subject = subject,
                                 .from_name = name,
                                 .from_address = address,
                                 .to = "Alice Example <alice@example.test>",
                                 .date_utc = 1500000000 + uid,
                                 .received_utc = 1500000000 + uid,
                                 .size_bytes = 1000 + uid % 5000 };
    if (!store_placement_put(db, folder_id, uid, uid % 4 == 0 ? 0 : MESSAGE_SEEN, NULL, 1, &info, NULL, NULL, &error) ||
        !store_breathe(db, &error))
        die("put", error);
}

static void fill(const char *path, uint32_t rows)
{
    g_autoptr(store) db = store_open(path, STORE_WORKER, NULL);
    int64_t inbox = folder_make(db, "INBOX", FOLDER_INBOX);
    folder_make(db, "Archive", FOLDER_ARCHIVE);
    gint64 begun = g_get_monotonic_time();
    store_begin(db, NULL);
    for (uint32_t uid = 1; uid <= rows; uid++)
        message_put(db, inbox, uid);
    GError *error = NULL;
    if (!store_commit(db, &error))
        die("commit", error);
    double ms = milliseconds_since(begun);
    printf("fill      %u rows in %.0f ms: %.0f rows/s, resident %ld KiB\n", rows, ms, rows / ms * 1000, resident_kib());
}

static void windows_time(store *db, int64_t folder_id)
{
    for (int kind = WINDOW_MESSAGES; kind <= WINDOW_THREADS; kind++) {
        struct window_query query = { .folder_id = folder_id, .kind = (enum window_kind)kind, .after = 50 };
        gint64 begun = g_get_monotonic_time();
        g_autoptr(GPtrArray) rows = store_window_read(db, &query, NULL);
        printf("window    %-8s %u rows: %.2f ms\n", kind == WINDOW_MESSAGES ? "messages" : "threads", rows != NULL ? rows->len : 0,
               milliseconds_since(begun));
    }
}

static void intents_time(store *db, int64_t inbox, int64_t archive)
{
    double worst = 0, sum = 0;
    for (uint32_t uid = 1; uid <= 200; uid++) {
        int64_t id = store_placement_find(db, inbox, uid * 7);
        gint64 begun = g_get_monotonic_time();
        if (uid % 2 == 0)
            intent_move(db, &id, 1, archive, NULL);
        else
            intent_flags(db, &id, 1, MESSAGE_FLAGGED, 0, NULL);
        double ms = milliseconds_since(begun);
        sum += ms;
        worst = MAX(worst, ms);
    }
    printf("intent    200 flags and moves: mean %.2f ms, worst %.2f ms\n", sum / 200, worst);
}

int main(int argc, char **argv)
{
    uint32_t rows = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
    g_autofree char *directory = argc > 2 ? g_strdup(argv[2]) : g_dir_make_tmp("postern-bench-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "mail.db", NULL);
    fill(path, rows);
    gint64 begun = g_get_monotonic_time();
    g_autoptr(store) db = store_open(path, STORE_UI, NULL);
    printf("open      %.2f ms\n", milliseconds_since(begun));
    int64_t inbox = folder_make(db, "INBOX", FOLDER_INBOX), archive = folder_make(db, "Archive", FOLDER_ARCHIVE);
    windows_time(db, inbox);
    intents_time(db, inbox, archive);
    printf("resident  %ld KiB\n", resident_kib());
    if (argc <= 2)
        printf("left in   %s\n", directory);
    return 0;
}
