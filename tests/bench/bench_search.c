/* SPDX-License-Identifier: MIT */
/* Fills a store with mail of ten accounts, indexes it, and says what finding costs: first results, every keystroke, the next page; and what the index
 * takes on the disk.
 * bench_search [MESSAGES [TEXTS [DIRECTORY]]]: TEXTS of the messages (the newest) are local files with about 1.5 KB of words. A directory that has a
 * store already is only searched. */
#include "core/blob.h"
#include "core/intent.h"
#include "core/locate.h"
#include "core/search.h"
#include "core/search_indexer.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ACCOUNTS = 10, VOCABULARY = 60000, WORDS_IN_TEXT = 220, SCREEN = 50, TRIES = 7 };

static char *vocabulary[VOCABULARY];

static double milliseconds_since(gint64 begun)
{
    return (double)(g_get_monotonic_time() - begun) / 1000.0;
}

static void die(const char *what, const GError *error)
{
    fprintf(stderr, "%s: %s\n", what, error != NULL ? error->message : "failed");
    exit(1);
}

/* --- mail made of a language: few words are frequent, most are rare --- */

static void make_vocabulary(GRand *random)
{
    for (size_t i = 0; i < VOCABULARY; i++) {
        char word[12] = { 0 };
        int length = g_rand_int_range(random, 3, 11);
        for (int j = 0; j < length; j++)
            word[j] = (char)('a' + g_rand_int_range(random, 0, 26));
        vocabulary[i] = g_strdup(word);
    }
}

static void add_words(GRand *random, GString *out, int count)
{
    for (int i = 0; i < count; i++) {
        double share = g_rand_double(random);
        size_t rank = (size_t)((double)VOCABULARY * share * share * share * share);
        g_string_append_printf(out, "%s%s", i > 0 ? " " : "", vocabulary[rank]);
    }
}

struct world {
    store *db;
    GRand *random;
    int64_t folders[ACCOUNTS];
    char *maildirs[ACCOUNTS];
    uint32_t messages, texts;
    int64_t now;
};

static char *deliver(struct world *self, const struct message_info *info, const char *maildir)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    char *file = NULL;
    g_string_printf(text, "Message-ID: <%s>\nSubject: %s\nContent-Type: text/plain; charset=utf-8\n\n", info->message_id, info->subject);
    add_words(self->random, text, WORDS_IN_TEXT);
    if (!blob_maildir_deliver(maildir, text->str, text->len, MESSAGE_SEEN, &file, &error))
        die("deliver", error);
    return file;
}

static void message_put(struct world *self, uint32_t number)
{
    GError *error = NULL;
    char id[64], name[64], address[64];
    uint32_t sender = number % 3001, account = number % ACCOUNTS;
    g_autoptr(GString) subject = g_string_new(NULL);
    g_snprintf(id, sizeof id, "%08x.%u@bench.example.test", number * 2654435761U, number);
    g_snprintf(name, sizeof name, "Sender Number%u", sender);
    g_snprintf(address, sizeof address, "sender%u@example.test", sender);
    add_words(self->random, subject, 6);
    int64_t date = self->now - (int64_t)(self->messages - number) * 300;
    struct message_info info = { .message_id = id,
                                 .subject = subject->str,
                                 .from_name = name,
                                 .from_address = address,
                                 .to = "Alice Example <alice@example.test>",
                                 .date_utc = date,
                                 .received_utc = date,
                                 .size_bytes = 1000 + number % 5000 };
    bool is_local = number + self->texts > self->messages;
    g_autofree char *file = is_local ? deliver(self, &info, self->maildirs[account]) : NULL;
    unsigned flags = number % 40 == 0 ? 0 : MESSAGE_SEEN;
    bool is_done = is_local ? store_local_put(self->db, self->folders[account], file, flags, &info, NULL, &error)
                            : store_placement_put(self->db, self->folders[account], number, flags, NULL, 1, &info, NULL, NULL, &error);
    if (!is_done || !store_breathe(self->db, &error))
        die("put", error);
}

static void fill(struct world *self)
{
    for (int i = 0; i < ACCOUNTS; i++) {
        g_autofree char *key = g_strdup_printf("account%d", i);
        struct folder box = { .account_id = store_account_id(self->db, key, NULL),
                              .name = (char *)"INBOX",
                              .wire = (char *)"INBOX",
                              .delimiter = '/',
                              .role = FOLDER_INBOX };
        self->folders[i] = store_folder_put(self->db, &box, NULL);
        self->maildirs[i] = locate_maildir(key, "INBOX");
        if (!blob_maildir_make(self->maildirs[i], NULL))
            die("maildir", NULL);
    }
    gint64 begun = g_get_monotonic_time();
    store_begin(self->db, NULL);
    for (uint32_t number = 1; number <= self->messages; number++)
        message_put(self, number);
    g_autoptr(GError) error = NULL;
    if (!store_commit(self->db, &error))
        die("commit", error);
    double ms = milliseconds_since(begun);
    printf("fill      %u messages in %.1f s: %.0f a second\n", self->messages, ms / 1000, self->messages / ms * 1000);
}

static double bytes_of(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    GStatBuf about;
    return g_stat(path, &about) == 0 ? (double)about.st_size : 0;
}

static void build(struct world *self, const char *directory)
{
    g_autofree char *path = g_build_filename(directory, "mail.db", NULL);
    g_autoptr(GError) error = NULL;
    gint64 begun = g_get_monotonic_time();
    if (!search_indexer_catch_up(path, NULL, NULL, &error))
        die("index", error);
    double ms = milliseconds_since(begun);
    double mail = bytes_of(directory, "mail.db"), words = bytes_of(directory, "search.db");
    printf("index     %u headers and %u texts in %.1f s: %.0f a second\n", self->messages, self->texts, ms / 1000,
           self->messages / ms * 1000);
    printf("disk      mail.db %.0f + search.db %.0f = %.0f bytes a message\n", mail / self->messages, words / self->messages,
           (mail + words) / self->messages);
}

/* --- finding --- */

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void find_time(store *db, const char *text, bool is_typed)
{
    double times[TRIES], next = 0;
    guint found = 0;
    for (int i = 0; i < TRIES; i++) {
        struct search_request request = { .text = text, .is_typed = is_typed, .after = SCREEN };
        g_autoptr(GError) error = NULL;
        gint64 begun = g_get_monotonic_time();
        g_autoptr(GPtrArray) rows = search_read(db, &request, NULL, &error);
        times[i] = milliseconds_since(begun);
        if (rows == NULL)
            die(text, error);
        found = rows->len;
        if (found == 0 || i > 0)
            continue;
        request.has_anchor = true;
        request.anchor_key = ((const struct window_row *)g_ptr_array_index(rows, found - 1))->sort_key;
        begun = g_get_monotonic_time();
        g_autoptr(GPtrArray) more = search_read(db, &request, NULL, NULL);
        next = milliseconds_since(begun);
    }
    double first = times[0];
    qsort(times, TRIES, sizeof times[0], by_time);
    printf("find      %-34s %3u rows  first %7.2f ms  median %7.2f ms  next page %7.2f ms\n", text, found, first, times[TRIES / 2], next);
}

static void keystrokes_time(store *db, const char *line)
{
    double worst = 0, sum = 0;
    char at_worst[64] = "";
    for (size_t length = 1; length <= strlen(line); length++) {
        g_autofree char *typed = g_strndup(line, length);
        struct search_request request = { .text = typed, .is_typed = true, .after = SCREEN * 3 };
        gint64 begun = g_get_monotonic_time();
        g_autoptr(GPtrArray) rows = search_read(db, &request, NULL, NULL);
        double ms = milliseconds_since(begun);
        sum += ms;
        if (ms > worst)
            g_strlcpy(at_worst, typed, sizeof at_worst);
        worst = MAX(worst, ms);
    }
    printf("typing    %-34s mean %.2f ms, worst %.2f ms at \"%s\"\n", line, sum / (double)strlen(line), worst, at_worst);
}

static void find_all(const char *path)
{
    g_autoptr(store) db = store_open(path, STORE_READER, NULL);
    g_autofree char *frequent = g_strdup(vocabulary[0]), *usual = g_strdup(vocabulary[300]), *rare = g_strdup(vocabulary[50000]);
    g_autofree char *both = g_strdup_printf("%s %s", frequent, rare), *either = g_strdup_printf("%s OR %s", frequent, rare);
    g_autofree char *phrase = g_strdup_printf("\"%s %s\"", frequent, usual), *without = g_strdup_printf("%s -%s", usual, frequent);
    g_autofree char *exact = g_strdup_printf("\"%s\"", frequent), *line = g_strdup_printf("%s from:sender17 is:unread", usual);
    g_autofree char *unread = g_strdup_printf("%s is:unread", frequent), *late = g_strdup_printf("%s newer:7d", frequent);
    const char *const texts[] = { frequent,
                                  exact,
                                  usual,
                                  rare,
                                  both,
                                  either,
                                  phrase,
                                  without,
                                  "from:sender17",
                                  "from:\"sender number17\"",
                                  "alice",
                                  unread,
                                  late,
                                  "is:unread",
                                  "in:inbox",
                                  "account:account3 is:unread",
                                  "to:alice -from:sender1",
                                  "larger:5900",
                                  "before:2020",
                                  "nosuchword" };
    gint64 begun = g_get_monotonic_time();
    struct search_request request = { .text = usual, .after = SCREEN };
    g_autoptr(GPtrArray) rows = search_read(db, &request, NULL, NULL);
    printf("cold      %-34s %.2f ms (first query of a connection)\n", usual, milliseconds_since(begun));
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        find_time(db, texts[i], false);
    keystrokes_time(db, usual);
    keystrokes_time(db, "alice example");
    keystrokes_time(db, line);
}

/* What the screen does for a key (a window, a flag) while everything is indexed anew beside it. */
static void keys_while_indexing(const char *directory, const char *path)
{
    enum { KEYS = 1000 };
    g_autofree char *index = g_build_filename(directory, "search.db", NULL);
    g_unlink(index);
    g_autoptr(store) db = store_open(path, STORE_UI, NULL);
    event_queue *events = event_queue_new();
    search_indexer *indexer = search_indexer_start(path, events);
    g_autoptr(GPtrArray) folders = store_folders(db, 0, NULL);
    int64_t inbox = ((const struct folder *)g_ptr_array_index(folders, 0))->id;
    double times[KEYS], refused = 0;
    for (int i = 0; i < KEYS; i++) {
        struct window_query query = { .folder_id = inbox, .after = SCREEN * 3 };
        gint64 begun = g_get_monotonic_time();
        g_autoptr(GPtrArray) rows = store_window_read(db, &query, NULL);
        int64_t id = ((const struct window_row *)g_ptr_array_index(rows, (guint)i % rows->len))->placement_id;
        refused += intent_flags(db, &id, 1, i % 2 == 0 ? MESSAGE_FLAGGED : 0, i % 2 == 0 ? 0 : MESSAGE_FLAGGED, NULL) == 0;
        times[i] = milliseconds_since(begun);
        g_usleep(2000);
    }
    search_indexer_free(indexer);
    event_queue_free(events);
    qsort(times, KEYS, sizeof times[0], by_time);
    printf("keys      while all is indexed anew: median %.2f ms, p99 %.2f ms, worst %.2f ms, refused %.0f of %d\n", times[KEYS / 2],
           times[KEYS * 99 / 100], times[KEYS - 1], refused, KEYS);
}

int main(int argc, char **argv)
{
    struct world self = { .messages = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000,
                          .texts = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0,
                          .random = g_rand_new_with_seed(1),
                          .now = g_get_real_time() / G_USEC_PER_SEC };
    g_autofree char *directory = argc > 3 ? g_strdup(argv[3]) : g_dir_make_tmp("postern-bench-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "mail.db", NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    g_setenv("XDG_DATA_HOME", directory, TRUE);
    g_setenv("XDG_CACHE_HOME", directory, TRUE);
    bool is_filled = g_file_test(path, G_FILE_TEST_EXISTS);
    make_vocabulary(self.random);
    g_autoptr(GError) error = NULL;
    self.db = store_open(path, STORE_WORKER, &error);
    if (self.db == NULL)
        die("open", error);
    if (!is_filled)
        fill(&self);
    store_close(self.db);
    build(&self, directory);
    find_all(path);
    keys_while_indexing(directory, path);
    if (argc <= 3)
        printf("left in   %s\n", directory);
    g_rand_free(self.random);
    return 0;
}
