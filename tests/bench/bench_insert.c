/* SPDX-License-Identifier: MIT */
/* What a message more costs in a folder that grows: by the hundred (a backfill) and alone (news), and what the index takes on the disk. A line each:
 * size, µs of a message in a backfill, µs of one alone (the least of several tries), bytes of the index per message, and of the first how many µs were
 * the processor's (the machine may have other work).
 * bench_insert DIRECTORY SIZE...: ascending; leaves DIRECTORY/postern/mail.db, account "bench", its INBOX with as many messages as the last. */
#include "core/bulk_writer.h"
#include "core/store_folder.h"
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 4096, MEASURED = 2048, ALONE = 50, TRIES = 5 };

static void die(const char *what, const GError *error)
{
    (void)fprintf(stderr, "%s: %s\n", what, error != NULL ? error->message : "failed");
    exit(1);
}

struct letter {
    char id[64], parent[80], subject[120], name[64], address[64];
    struct message_info info;
};

/* Two of three answer to one of the twenty before. */
static void letter_write(struct letter *letter, uint32_t uid)
{
    uint32_t before = uid > 20 && uid % 3 != 0 ? uid - 1 - uid % 17 : 0;
    g_snprintf(letter->id, sizeof letter->id, "%08x.%u@bench.example.test", uid * 2654435761U, uid);
    g_snprintf(letter->parent, sizeof letter->parent, "%08x.%u@bench.example.test", before * 2654435761U, before);
    g_snprintf(letter->subject, sizeof letter->subject, "Message %u about topic %u and the weather", uid, uid % 977);
    g_snprintf(letter->name, sizeof letter->name, "Sender Number%u", uid % 3001);
    g_snprintf(letter->address, sizeof letter->address, "sender%u@example.test", uid % 3001);
    letter->info = (struct message_info){ .message_id = letter->id,
                                          .references = before > 0 ? letter->parent : NULL,
                                          .subject = letter->subject,
                                          .from_name = letter->name,
                                          .from_address = letter->address,
                                          .to = "Alice Example <alice@example.test>",
                                          .structure = "(\"text/plain\" \"1\" \"utf-8\" \"7bit\" 1200)",
                                          .date_utc = 1500000000 + uid * 60,
                                          .received_utc = 1500000000 + uid * 60,
                                          .size_bytes = 1000 + uid % 5000 };
}

static unsigned flags_of(uint32_t uid)
{
    return uid % 4 == 0 ? 0 : MESSAGE_SEEN;
}

static bulk_writer *writer; /* as a backfill has one */

static void put_batch(store *db, int64_t folder_id, uint32_t first, uint32_t count)
{
    static struct letter letters[BATCH];
    struct bulk_row rows[BATCH];
    GError *error = NULL;
    size_t left = 0;
    for (uint32_t i = 0; i < count; i++) {
        letter_write(&letters[i], first + i);
        rows[i] = (struct bulk_row){ .uid = first + i, .flags = flags_of(first + i), .info = &letters[i].info };
    }
    bulk_writer_put(writer, folder_id, rows, count);
    if (!bulk_writer_wait(writer, &left, &error))
        die("bulk", error);
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].is_left && !store_placement_put(db, folder_id, rows[i].uid, rows[i].flags, NULL, 0, rows[i].info, NULL, NULL, &error))
            die("put", error);
}

static uint32_t fill_to(store *db, int64_t folder_id, uint32_t from, uint32_t to)
{
    for (uint32_t uid = from + 1; uid <= to; uid += BATCH)
        put_batch(db, folder_id, uid, MIN((uint32_t)BATCH, to - uid + 1));
    return MAX(from, to);
}

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double bulk_us(store *db, int64_t folder_id, uint32_t *size, double *cpu_out)
{
    double least = 1e9;
    *cpu_out = 1e9;
    for (int i = 0; i < TRIES; i++) {
        gint64 begun = g_get_monotonic_time();
        double cpu = cpu_us();
        *size = fill_to(db, folder_id, *size, *size + MEASURED);
        *cpu_out = MIN(*cpu_out, (cpu_us() - cpu) / MEASURED);
        least = MIN(least, (double)(g_get_monotonic_time() - begun) / MEASURED);
    }
    return least;
}

/* A page of news is one transaction, which is on the disk when it ends. */
static double alone_us(store *db, int64_t folder_id, uint32_t *size)
{
    double least = 1e9;
    GError *error = NULL;
    for (int i = 0; i < TRIES; i++) {
        gint64 begun = g_get_monotonic_time();
        store_begin(db, NULL);
        for (int k = 0; k < ALONE; k++) {
            struct letter letter;
            letter_write(&letter, ++*size);
            if (!store_placement_put(db, folder_id, *size, flags_of(*size), NULL, 0, &letter.info, NULL, NULL, &error))
                die("put", error);
        }
        if (!store_commit(db, &error))
            die("commit", error);
        least = MIN(least, (double)(g_get_monotonic_time() - begun) / ALONE);
    }
    return least;
}

/* All that is there, without what the log holds twice. */
static double bytes_per_message(store *db, const char *path, uint32_t size)
{
    GStatBuf about;
    sqlite3_wal_checkpoint_v2(store_db(db), NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return g_stat(path, &about) == 0 ? (double)about.st_size / size : 0;
}

static int64_t folder_make(store *db, const char *name, enum folder_role role)
{
    struct folder box = { .account_id = store_account_id(db, "bench", NULL), .name = (char *)name, .delimiter = '/', .role = role };
    int64_t id = store_folder_put(db, &box, NULL);
    store_folder_set_sync(db, id, 1, 0, 0, 0, NULL); /* never in step yet: what comes is no news (core/arrival) */
    return id;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        die("bench_insert DIRECTORY SIZE...", NULL);
    g_autofree char *path = g_build_filename(argv[1], "postern", "mail.db", NULL);
    GError *error = NULL;
    g_autoptr(store) db = store_open(path, STORE_WORKER, &error);
    if (db == NULL)
        die("open", error);
    writer = bulk_writer_new(path);
    int64_t inbox = folder_make(db, "INBOX", FOLDER_INBOX);
    folder_make(db, "Archive", FOLDER_ARCHIVE);
    uint32_t size = 0;
    for (int i = 2; i < argc; i++) {
        uint32_t wanted = (uint32_t)strtoul(argv[i], NULL, 10), spent = MEASURED * TRIES + ALONE * TRIES;
        size = fill_to(db, inbox, size, wanted > spent ? wanted - spent : MIN(wanted, 1000));
        double cpu = 0, together = bulk_us(db, inbox, &size, &cpu), alone = alone_us(db, inbox, &size);
        printf("%u %.2f %.2f %.0f %.2f\n", size, together, alone, bytes_per_message(db, path, size), cpu);
        (void)fflush(stdout);
    }
    bulk_writer_free(writer);
    return 0;
}
