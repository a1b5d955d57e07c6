/* SPDX-License-Identifier: MIT */
/* The person of test_converge, in a process of its own. */
#include "tests/servers/converge_person.h"
#include "core/engine.h"
#include "core/intent.h"
#include "core/store_private.h"
#include "core/undo.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const converge_stable[CONVERGE_STABLE + 1] = { "INBOX", "Archive", "Trash", "Projects", "Schl\xc3\xbcssel", NULL };

struct person {
    GRand *random;
    engine *engine;
    event_queue *events;
    struct settings *settings;
    store *db;
    int64_t account;
    int journal;
    char *home;
};

static void person_note(struct person *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void person_note(struct person *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *words = g_strdup_vprintf(format, arguments), *line = g_strconcat(words, "\n", NULL);
    va_end(arguments);
    if (write(self->journal, line, strlen(line)) < 0)
        perror("journal");
}

/* --- what it believes --- */
int person_by_text(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Token → "folder:flags,folder:flags", sorted. */
static GHashTable *person_beliefs(struct person *self)
{
    GHashTable *places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    GHashTable *beliefs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(sqlite3_stmt) row =
        store_select(self->db, NULL,
                     "SELECT m.subject, f.name, p.flags & 5 FROM placements AS p JOIN messages AS m ON m.id = p.message_id"
                     " JOIN folders AS f ON f.id = p.folder_id WHERE p.flags & 8 = 0 AND substr(m.subject, 1, 3) IN ('c0-', 'c4-', 'c5-')");
    while (row != NULL && store_step(self->db, row, NULL)) {
        char *token = store_column_dup(row, 0);
        GPtrArray *list = g_hash_table_lookup(places, token);
        if (list == NULL) {
            list = g_ptr_array_new_with_free_func(g_free);
            g_hash_table_insert(places, g_strdup(token), list);
        }
        g_ptr_array_add(list, g_strdup_printf("%s:%d", sqlite3_column_text(row, 1), sqlite3_column_int(row, 2)));
        g_free(token);
    }
    GHashTableIter each;
    gpointer token, list;
    g_hash_table_iter_init(&each, places);
    while (g_hash_table_iter_next(&each, &token, &list)) {
        g_ptr_array_sort(list, person_by_text);
        g_ptr_array_add(list, NULL);
        g_hash_table_insert(beliefs, g_strdup(token), g_strjoinv(",", (char **)((GPtrArray *)list)->pdata));
    }
    g_hash_table_unref(places);
    return beliefs;
}

static void person_note_changes(struct person *self, GHashTable *before, GHashTable *after)
{
    GHashTableIter each;
    gpointer token, state;
    g_hash_table_iter_init(&each, after);
    while (g_hash_table_iter_next(&each, &token, &state)) {
        if (before == NULL || g_strcmp0(g_hash_table_lookup(before, token), state) != 0)
            person_note(self, "B %s\t%s", (char *)token, (char *)state);
    }
    g_hash_table_iter_init(&each, before != NULL ? before : after);
    while (g_hash_table_iter_next(&each, &token, &state)) {
        if (g_hash_table_lookup(after, token) == NULL)
            person_note(self, "B %s\t", (char *)token);
    }
}

/* --- picking --- */
#define PICK_MAX 4
struct picked {
    int64_t ids[PICK_MAX];
    char *tokens[PICK_MAX];
    int64_t folder_id; /* of the first */
    size_t count;
};

static void picked_clear(struct picked *self)
{
    for (size_t i = 0; i < self->count; i++)
        g_free(self->tokens[i]);
}

/* Some messages of these classes that are on the screen. */
static void person_pick(struct person *self, const char *classes, size_t most, struct picked *picked_out)
{
    *picked_out = (struct picked){ 0 };
    g_autoptr(sqlite3_stmt) row = store_select(
        self->db, NULL,
        "SELECT p.id, m.subject, p.folder_id FROM placements AS p JOIN messages AS m ON m.id = p.message_id JOIN folders AS f ON f.id = "
        "p.folder_id"
        " WHERE p.flags & 8 = 0 AND f.flags & 8 = 0 AND substr(m.subject, 1, 1) = 'c' AND instr(?, substr(m.subject, 2, 1)) > 0"
        " ORDER BY p.id",
        TXT(classes));
    g_autoptr(GPtrArray) tokens = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t)), folders = g_array_new(FALSE, FALSE, sizeof(int64_t));
    while (row != NULL && store_step(self->db, row, NULL)) {
        int64_t id = sqlite3_column_int64(row, 0), where = sqlite3_column_int64(row, 2);
        g_array_append_val(ids, id);
        g_array_append_val(folders, where);
        g_ptr_array_add(tokens, store_column_dup(row, 1));
    }
    size_t wanted = (size_t)g_rand_int_range(self->random, 1, (gint32)most + 1);
    guint at = ids->len > 0 ? (guint)g_rand_int_range(self->random, 0, (gint32)ids->len) : 0;
    for (guint i = 0; i < ids->len && picked_out->count < wanted; i++, at = (at + 1) % ids->len) {
        if (picked_out->count == 0)
            picked_out->folder_id = g_array_index(folders, int64_t, at);
        picked_out->ids[picked_out->count] = g_array_index(ids, int64_t, at);
        picked_out->tokens[picked_out->count++] = g_strdup(g_ptr_array_index(tokens, at));
    }
}

static int64_t person_folder(struct person *self, const char *name)
{
    int64_t id = 0;
    store_number(self->db, &id, NULL, "SELECT id FROM folders WHERE account_id = ? AND name = ? AND flags & 8 = 0", NUM(self->account),
                 TXT(name));
    return id;
}

static int64_t person_stable(struct person *self)
{
    return person_folder(self, converge_stable[g_rand_int_range(self->random, 0, CONVERGE_STABLE)]);
}

/* One of those that come and go: v… are the other client's, a… are made here. 0: there is none. */
static int64_t person_volatile(struct person *self, const char *of)
{
    int64_t count = 0, id = 0;
    static const char where[] =
        " FROM folders WHERE account_id = ?1 AND flags & 9 = 0 AND instr(?2, substr(name, 1, 1)) > 0 AND instr(name, '-') > 0";
    g_autofree char *counting = g_strconcat("SELECT count(*)", where, NULL),
                    *taking = g_strconcat("SELECT id", where, " ORDER BY id LIMIT 1 OFFSET ?3", NULL);
    store_number_values(self->db, &count, NULL, g_intern_string(counting), STORE_VALUES(NUM(self->account), TXT(of)));
    if (count > 0)
        store_number_values(self->db, &id, NULL, g_intern_string(taking),
                            STORE_VALUES(NUM(self->account), TXT(of), NUM(g_rand_int_range(self->random, 0, (gint32)count))));
    return id;
}

/* --- acts --- */
static void act_flags(struct person *self)
{
    static const unsigned flags[] = { MESSAGE_SEEN, MESSAGE_FLAGGED, MESSAGE_SEEN | MESSAGE_FLAGGED };
    struct picked some;
    person_pick(self, "01245", PICK_MAX, &some);
    unsigned flag = flags[g_rand_int_range(self->random, 0, G_N_ELEMENTS(flags))];
    bool is_add = g_rand_boolean(self->random);
    intent_flags(self->db, some.ids, some.count, is_add ? flag : 0, is_add ? 0 : flag, NULL);
    picked_clear(&some);
}

static void note_each(struct person *self, const char *what, const struct picked *some)
{
    for (size_t i = 0; i < some->count; i++)
        person_note(self, "%s %s", what, some->tokens[i]);
}

static void act_move(struct person *self)
{
    struct picked some;
    bool is_volatile = g_rand_int_range(self->random, 0, 4) == 0;
    person_pick(self, is_volatile ? "2" : "025", PICK_MAX, &some);
    int64_t target = is_volatile ? person_volatile(self, "av") : person_stable(self);
    if (target != 0) {
        note_each(self, is_volatile ? "V" : "M", &some);
        intent_move(self->db, some.ids, some.count, target, NULL);
    }
    picked_clear(&some);
}

static void act_archive(struct person *self)
{
    struct picked some;
    person_pick(self, "025", 2, &some);
    note_each(self, "M", &some);
    intent_archive(self->db, some.ids, some.count, NULL);
    picked_clear(&some);
}

static void act_trash(struct person *self)
{
    struct picked some;
    person_pick(self, "025", 2, &some);
    note_each(self, "M", &some);
    intent_delete(self->db, some.ids, some.count, false, NULL);
    picked_clear(&some);
}

static void act_delete(struct person *self)
{
    struct picked some;
    person_pick(self, "025", 2, &some);
    note_each(self, "D", &some);
    intent_delete(self->db, some.ids, some.count, true, NULL);
    picked_clear(&some);
}

static void act_copy(struct person *self)
{
    struct picked some;
    person_pick(self, "24", 1, &some);
    int64_t target = person_stable(self);
    if (target != 0) {
        note_each(self, "C", &some);
        intent_copy(self->db, some.ids, some.count, target, NULL);
    }
    picked_clear(&some);
}

static void act_append(struct person *self)
{
    int64_t target = person_stable(self);
    g_autofree char *token = g_strdup_printf("c5-%08x", g_rand_int(self->random)), *path = g_build_filename(self->home, token, NULL);
    g_autofree char *text =
        g_strdup_printf("From: Alice <alice@example.test>\nTo: bob@example.test\nSubject: %s\nMessage-ID: <%s@converge>\n"
                        "Date: Sat, 21 Nov 2026 10:00:00 +0000\n\nBody of %s.\n",
                        token, token, token);
    if (target == 0 || !g_file_set_contents(path, text, -1, NULL))
        return;
    person_note(self, "P %s", token);
    intent_append(self->db, target, path, g_rand_boolean(self->random) ? MESSAGE_SEEN : 0, NULL);
}

static void act_undo(struct person *self)
{
    g_autofree char *words = NULL;
    undo_last(self->db, &words, NULL);
}

static void act_redo(struct person *self)
{
    g_autofree char *words = NULL;
    int64_t deletions = 0;
    /* What is deleted for good again is told by the belief only; the messages of both sides are told of here. */
    store_number(self->db, &deletions, NULL, "SELECT count(*) FROM actions WHERE is_undone <> 0");
    if (deletions > 0)
        person_note(self, "R");
    redo_last(self->db, &words, NULL);
}

static void act_folder_create(struct person *self)
{
    g_autofree char *name = g_strdup_printf("a-%u", g_rand_int_range(self->random, 0, 1000));
    intent_folder_create(self->db, self->account, name, NULL);
}

static void act_folder_rename(struct person *self)
{
    int64_t which = person_volatile(self, "av");
    g_autofree char *name = g_strdup_printf("a-r%u", g_rand_int_range(self->random, 0, 1000));
    person_note(self, "F");
    if (which != 0)
        intent_folder_rename(self->db, which, name, NULL);
}

static void act_folder_delete(struct person *self)
{
    int64_t which = person_volatile(self, "av");
    person_note(self, "F");
    if (which != 0)
        intent_folder_delete(self->db, which, NULL);
}

static void act_open(struct person *self)
{
    engine_open_folder(self->engine, self->account, person_stable(self));
}

static void act_read(struct person *self)
{
    struct picked some;
    person_pick(self, "012345", 1, &some);
    if (some.count > 0)
        engine_fetch_message(self->engine, self->account, some.ids[0]);
    picked_clear(&some);
}

static void act_sync(struct person *self)
{
    engine_sync_now(self->engine, NULL);
}

static const struct {
    const char *name;
    void (*act)(struct person *self);
    int weight;
} person_acts[] = { { "flags", act_flags, 30 },
                    { "move", act_move, 20 },
                    { "archive", act_archive, 6 },
                    { "trash", act_trash, 8 },
                    { "delete", act_delete, 5 },
                    { "copy", act_copy, 8 },
                    { "append", act_append, 3 },
                    { "undo", act_undo, 9 },
                    { "redo", act_redo, 4 },
                    { "create", act_folder_create, 2 },
                    { "rename", act_folder_rename, 1 },
                    { "unmake", act_folder_delete, 1 },
                    { "open", act_open, 5 },
                    { "read", act_read, 5 },
                    { "sync", act_sync, 2 } };

static void person_act(struct person *self)
{
    int total = 0;
    size_t which = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(person_acts); i++)
        total += person_acts[i].weight;
    int drawn = g_rand_int_range(self->random, 0, total);
    while (drawn >= person_acts[which].weight)
        drawn -= person_acts[which++].weight;
    person_note(self, "begin %s", person_acts[which].name);
    GHashTable *before = person_beliefs(self);
    person_acts[which].act(self);
    GHashTable *after = person_beliefs(self);
    person_note_changes(self, before, after);
    g_hash_table_unref(before);
    g_hash_table_unref(after);
    person_note(self, "end");
    engine_wake(self->engine);
}

/* --- its life --- */
static void person_listen(struct person *self)
{
    struct event *event;
    while ((event = event_take(self->events)) != NULL) {
        if (event->type == EVENT_INTENT_FAILED)
            person_note(self, "X %s", event->text);
        event_free(event);
    }
}

static bool person_settle(struct person *self)
{
    gint64 until = g_get_monotonic_time() + (gint64)90 * G_USEC_PER_SEC;
    engine_set_online(self->engine, true);
    for (int i = 0; intent_count(self->db, 0) > 0 || i == 0; i++) {
        if (g_get_monotonic_time() > until)
            return false;
        if (i % 50 == 0)
            engine_sync_now(self->engine, NULL);
        struct pollfd ready = { .fd = event_queue_fd(self->events), .events = POLLIN };
        poll(&ready, 1, 20);
        person_listen(self);
    }
    return true;
}

static void person_order(struct person *self, const char *line)
{
    unsigned seed = 0, count = 0;
    bool is_ok = true;
    if (sscanf(line, "act %u %u", &seed, &count) == 2) {
        g_rand_set_seed(self->random, seed);
        for (unsigned i = 0; i < count; i++)
            person_act(self);
    } else if (g_str_has_prefix(line, "online")) {
        engine_set_online(self->engine, true);
    } else if (g_str_has_prefix(line, "offline")) {
        engine_set_online(self->engine, false);
    } else if (g_str_has_prefix(line, "settle")) {
        is_ok = person_settle(self);
    }
    printf("%s\n", is_ok ? "ok" : "no");
    fflush(stdout);
}

static bool person_ended_in_the_middle(const char *journal)
{
    const char *begin = g_strrstr(journal, "begin "), *end = g_strrstr(journal, "\nend\n"); /* a line: "begin append" is none */
    return begin != NULL && (end == NULL || end < begin);
}

static void person_open(struct person *self, const char *home, bool is_offline)
{
    GError *error = NULL;
    g_autofree char *journal = g_build_filename(home, "journal", NULL), *written = NULL;
    *self = (struct person){ .random = g_rand_new(), .home = g_strdup(home), .events = event_queue_new() };
    g_file_get_contents(journal, &written, NULL, NULL);
    self->journal = open(journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct settings *settings = self->settings = settings_new_default();
    settings->io_timeout_s = 2;
    settings->connect_timeout_s = 2;
    settings->poll_interval_s = 5;
    g_autoptr(GPtrArray) accounts = account_file_load_all(NULL);
    if (g_getenv("POSTERN_LOG") != NULL)
        engine_open_log(g_getenv("POSTERN_LOG"));
    self->engine = engine_new(accounts, settings, NULL, self->events);
    self->db = store_open(NULL, STORE_WORKER, &error);
    if (self->db == NULL)
        g_error("%s", error->message);
    self->account = store_account_id(self->db, CONVERGE_ACCOUNT, NULL);
    if (written != NULL && person_ended_in_the_middle(written)) { /* killed in between: whatever was committed was done */
        GHashTable *now = person_beliefs(self);
        person_note(self, "A"); /* all that is not in it is gone */
        person_note_changes(self, NULL, now);
        person_note(self, "end");
        g_hash_table_unref(now);
    }
    if (is_offline)
        engine_set_online(self->engine, false);
    engine_start(self->engine);
}

int person_main(const char *home, bool is_offline)
{
    struct person self;
    char line[200];
    person_open(&self, home, is_offline);
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        struct pollfd ready[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = event_queue_fd(self.events), .events = POLLIN } };
        if (poll(ready, 2, -1) < 0)
            continue;
        person_listen(&self);
        if (ready[0].revents == 0)
            continue;
        if (fgets(line, sizeof line, stdin) == NULL || g_str_has_prefix(line, "quit"))
            break;
        person_order(&self, line);
    }
    engine_free(self.engine);
    person_listen(&self);
    store_close(self.db);
    event_queue_free(self.events);
    settings_free(self.settings);
    g_rand_free(self.random);
    g_free(self.home);
    close(self.journal);
    return 0;
}
