/* SPDX-License-Identifier: MIT */
/* Two clients work on the same mail at once while lines break and postern is killed: afterwards store and server agree, and nothing is lost or doubled.
 *
 * CONVERGE_ROUNDS=1000 is the long form, CONVERGE_SEED=N repeats one plan, CONVERGE_RUNS=N makes more of them, CONVERGE_SERVER=dovecot|old|cyrus|keys
 * takes one of the four only, CONVERGE_KEEP=DIRECTORY keeps the store of a failing run. */
#include "tests/servers/converge_other.h"
#include "tests/servers/converge_person.h"
#include "tests/servers/fault_proxy.h"
#include "tests/servers/server.h"
#include "tests/servers/server_jail.h"
#include "tests/servers/server_old.h"
#include "tests/tui/terminal.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/wait.h>

#define CHECK_EVERY 25 /* rounds */
#define FAULTY      25 /* percent of the connections */
#define PATIENCE_S  130

struct world {
    guint32 seed;
    GRand *random;
    const char *server_name;
    char *home;
    fault_proxy *line;
    struct other other;
    GPid person; /* 0: not running */
    FILE *orders, *answers;
    gint64 begun;
    unsigned kills, restarts, syncs, checks;
    bool is_offline;
};

static void fail_run(struct world *self, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* --- the person's process --- */
static void child_setup(gpointer data)
{
    (void)data;
    setpgid(0, 0);
}

static char **environment(struct world *self)
{
    static const char *const places[][2] = { { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" } };
    char **words = g_get_environ();
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_build_filename(self->home, places[i][1], NULL);
        words = g_environ_setenv(words, places[i][0], path, TRUE);
    }
    g_autofree char *log = g_build_filename(self->home, "protocol.log", NULL);
    if (g_getenv("CONVERGE_KEEP") != NULL)
        words = g_environ_setenv(words, "POSTERN_LOG", log, TRUE);
    return g_environ_setenv(words, "HOME", self->home, TRUE);
}

/* Where a process that does not answer stands: for the one who looks for it. */
static void tell_where(GPid pid)
{
    g_autofree char *number = g_strdup_printf("%d", (int)pid), *tool = g_find_program_in_path("gdb");
    const char *const argv[] = { "gdb", "-p", number, "-batch", "-ex", "thread apply all bt", NULL };
    g_autofree char *said = NULL;
    if (tool != NULL)
        g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &said, NULL, NULL, NULL);
    fprintf(stderr, "%s\n", said != NULL ? said : "(no debugger is here)");
}

static bool person_hear(struct world *self)
{
    char line[200];
    struct pollfd ready = { .fd = fileno(self->answers), .events = POLLIN };
    if (poll(&ready, 1, PATIENCE_S * 1000) <= 0)
        tell_where(self->person);
    else
        return fgets(line, sizeof line, self->answers) != NULL && (g_str_has_prefix(line, "ok") || g_str_has_prefix(line, "ready"));
    return false;
}

static void person_start(struct world *self, bool is_away)
{
    const char *const argv[] = { "/proc/self/exe", "--person", self->home, is_away ? "offline" : "online", NULL };
    g_auto(GStrv) words = environment(self);
    int in = -1, out = -1;
    g_autoptr(GError) error = NULL;
    if (!g_spawn_async_with_pipes(NULL, (char **)argv, words, G_SPAWN_DO_NOT_REAP_CHILD, child_setup, NULL, &self->person, &in, &out, NULL,
                                  &error))
        fail_msg("%s", error->message);
    fcntl(in, F_SETFD, FD_CLOEXEC);
    fcntl(out, F_SETFD, FD_CLOEXEC);
    self->orders = fdopen(in, "w");
    self->answers = fdopen(out, "r");
    self->is_offline = is_away;
    self->restarts++;
    if (!person_hear(self))
        fail_run(self, "the person's process did not start");
}

/* Its status; one that does not end is shown, and killed. */
static int wait_for(GPid pid)
{
    int status = 0;
    for (int i = 0; i < PATIENCE_S * 200; i++) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return status;
        g_usleep(5000);
    }
    tell_where(pid);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return status;
}

static void person_reap(struct world *self, bool is_killed)
{
    if (self->person == 0)
        return;
    fclose(self->orders);
    if (is_killed)
        kill(self->person, SIGKILL);
    int status = wait_for(self->person);
    fclose(self->answers);
    self->person = 0;
    if (!is_killed && status != 0)
        fail_run(self, "the person's process ended with %d", status);
}

static void person_kill(struct world *self)
{
    self->kills += self->person != 0;
    other_tell(&self->other, "kills the person");
    person_reap(self, true);
}

static void person_say(struct world *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void person_say(struct world *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(self->orders, format, arguments);
    va_end(arguments);
    fputc('\n', self->orders);
    fflush(self->orders);
}

/* The real program without a screen; killed after so many ms where they are not 0. Its exit code, -1: killed. */
static int run_sync(struct world *self, int kill_after_ms)
{
    const char *const argv[] = { POSTERN_PROGRAM, "sync", NULL };
    g_auto(GStrv) words = environment(self);
    g_autofree char *log = g_build_filename(self->home, "sync.log", NULL);
    GPid pid = 0;
    int status = 0, out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    self->syncs++;
    if (!g_spawn_async_with_fds(NULL, (char **)argv, words, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, -1, out, out, NULL))
        fail_msg("%s cannot be started", POSTERN_PROGRAM);
    close(out);
    if (kill_after_ms > 0) {
        g_usleep((gulong)kill_after_ms * 1000);
        kill(pid, SIGKILL);
        self->kills++;
    }
    status = wait_for(pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- a run that failed --- */
static void fail_run(struct world *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments), *journal_path = g_build_filename(self->home, "journal", NULL);
    g_autofree char *journal = NULL;
    va_end(arguments);
    if (self->person != 0) {
        kill(self->person, SIGKILL);
        waitpid(self->person, NULL, 0);
        self->person = 0;
    }
    const char *keep = g_getenv("CONVERGE_KEEP");
    if (keep != NULL) {
        const char *const argv[] = { "cp", "-a", self->home, keep, NULL };
        g_autofree char *story = g_build_filename(keep, "story", NULL);
        g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
        g_file_set_contents(story, self->other.story->str, -1, NULL);
    }
    g_file_get_contents(journal_path, &journal, NULL, NULL);
    gsize length = journal != NULL ? strlen(journal) : 0;
    fprintf(stderr, "--- the end of the person's journal\n%s--- of the other client's\n%s--- %s\nCONVERGE_SERVER=%s CONVERGE_SEED=%u\n",
            journal != NULL ? journal + (length > 3000 ? length - 3000 : 0) : "",
            self->other.story->str + (self->other.story->len > 3000 ? self->other.story->len - 3000 : 0), what, self->server_name,
            self->seed);
    fail();
}

/* --- comparing --- */
struct found {
    GPtrArray *server, *store; /* of char*: a line for each message, sorted */
    GHashTable *places;        /* token → of char*: "folder:flags" on the server, all flags */
};

/* As the store spells it. */
static const char *utf8_name(const char *wire)
{
    return strcmp(wire, "Schl&APw-ssel") == 0 ? converge_stable[4] : wire;
}

static char *token_of(const char *bytes)
{
    const char *at = strstr(bytes, "Subject: c");
    return at != NULL ? g_strndup(at + 9, strcspn(at + 9, "\r\n")) : g_strdup("?");
}

static GPtrArray *places_of(GHashTable *places, const char *token)
{
    GPtrArray *list = g_hash_table_lookup(places, token);
    if (list == NULL) {
        list = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(places, g_strdup(token), list);
    }
    return list;
}

static void look_at_server(struct world *self, struct found *found)
{
    other_stay(&self->other);
    g_autoptr(GPtrArray) names = second_mailboxes(self->other.client);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i), *folder = utf8_name(name);
        g_autoptr(GPtrArray) messages = second_read(self->other.client, name);
        if (messages == NULL)
            fail_run(self, "%s cannot be read: %s", name, second_answer(self->other.client));
        g_ptr_array_add(found->server, g_strdup_printf("folder %s", folder));
        for (guint k = 0; k < messages->len; k++) {
            const struct second_message *message = g_ptr_array_index(messages, k);
            g_autofree char *token = token_of(message->bytes);
            g_ptr_array_add(found->server, g_strdup_printf("%s %u %s %zu %s", folder, message->uid, token, message->size, message->flags));
            g_ptr_array_add(places_of(found->places, token), g_strdup_printf("%s:%s", folder, message->flags));
            const struct deed *deed = g_hash_table_lookup(self->other.deeds, token);
            if (deed != NULL && deed->message == NULL)
                fail_run(self, "%s in %s: the other client touched it, and never put it there; it says\n%s", token, folder, message->bytes);
            if (deed != NULL && strcmp(deed->message, message->bytes) != 0)
                fail_run(self, "%s in %s has other bytes than it had", token, folder);
        }
    }
}

static char *store_flags_text(unsigned flags, const char *keywords)
{
    static const struct {
        unsigned flag;
        const char *word;
    } words[] = { { MESSAGE_ANSWERED, "\\Answered" },
                  { MESSAGE_DELETED, "\\Deleted" },
                  { MESSAGE_DRAFT, "\\Draft" },
                  { MESSAGE_FLAGGED, "\\Flagged" },
                  { MESSAGE_SEEN, "\\Seen" } };
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (flags & words[i].flag)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", words[i].word);
    if (keywords != NULL && *keywords != '\0')
        g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", keywords);
    return g_string_free(text, FALSE);
}

static void look_at_store(struct world *self, struct found *found)
{
    g_autofree char *path = g_build_filename(self->home, "data/postern/mail.db", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(store) db = store_open(path, STORE_READER, &error);
    if (db == NULL)
        fail_run(self, "%s", error->message);
    g_autoptr(sqlite3_stmt) row =
        store_select(db, NULL,
                     "SELECT f.name, p.uid, m.subject, m.size_bytes, p.flags, p.keywords, p.server_flags FROM placements AS p"
                     " JOIN messages AS m ON m.id = p.message_id LEFT JOIN folders AS f ON f.id = p.folder_id");
    while (row != NULL && store_step(db, row, NULL)) {
        g_autofree char *flags = store_flags_text((unsigned)sqlite3_column_int(row, 4), (const char *)sqlite3_column_text(row, 5));
        g_ptr_array_add(found->store, g_strdup_printf("%s %lld %s %lld %s", sqlite3_column_text(row, 0), sqlite3_column_int64(row, 1),
                                                      sqlite3_column_text(row, 2), sqlite3_column_int64(row, 3), flags));
        if (sqlite3_column_int(row, 4) != sqlite3_column_int(row, 6))
            fail_run(self, "%s: flags %d here, %d are the server's", sqlite3_column_text(row, 2), sqlite3_column_int(row, 4),
                     sqlite3_column_int(row, 6));
    }
    /* One for a purpose that was made here is on the server as soon as something is put there. */
    g_autoptr(sqlite3_stmt) folder =
        store_select(db, NULL, "SELECT name FROM folders WHERE flags & 1 = 0 AND NOT (role > 0 AND uidvalidity = 0)");
    while (folder != NULL && store_step(db, folder, NULL))
        g_ptr_array_add(found->store, g_strdup_printf("folder %s", sqlite3_column_text(folder, 0)));
    int64_t wrong = 0, waiting = 0;
    store_number(db, &wrong, NULL,
                 "SELECT count(*) FROM folders AS f WHERE total <> (SELECT count(*) FROM placements WHERE folder_id = f.id) OR"
                 " unread <> (SELECT count(*) FROM placements WHERE folder_id = f.id AND flags & 1 = 0)");
    store_number(db, &waiting, NULL, "SELECT count(*) FROM intents");
    if (wrong != 0 || waiting != 0)
        fail_run(self, "%d folders count wrong, %d intents wait", (int)wrong, (int)waiting);
}

static void compare(struct world *self, struct found *found)
{
    g_autoptr(GString) differences = g_string_new(NULL);
    g_ptr_array_sort(found->server, person_by_text);
    g_ptr_array_sort(found->store, person_by_text);
    for (guint i = 0, k = 0; i < found->server->len || k < found->store->len;) {
        const char *there = i < found->server->len ? g_ptr_array_index(found->server, i) : NULL;
        const char *here = k < found->store->len ? g_ptr_array_index(found->store, k) : NULL;
        int order = there == NULL ? 1 : here == NULL ? -1 : strcmp(there, here);
        if (order != 0)
            g_string_append_printf(differences, "%s: %s\n", order < 0 ? "only on the server" : "only in the store",
                                   order < 0 ? there : here);
        i += order <= 0;
        k += order >= 0;
    }
    if (differences->len > 0)
        fail_run(self, "store and server differ\n%s", differences->str);
}

/* --- what each side believes of what only it moves --- */
struct journal {
    GHashTable *beliefs;                                    /* token → "folder:flags,…" of Seen and Flagged */
    GHashTable *copies, *deletions, *moves, *strays, *puts; /* token → count */
    guint redone, folder_deletions;
    GString *complaints; /* about what nobody else touches */
};

static void count_up(GHashTable *counts, const char *token)
{
    g_hash_table_insert(counts, g_strdup(token), GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(counts, token)) + 1));
}

static guint count_in(GHashTable *counts, const char *token)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(counts, token));
}

static void journal_line(struct journal *self, char *line)
{
    char *tab = strchr(line, '\t');
    switch (line[0] != '\0' && (line[1] == ' ' || line[1] == '\0') ? line[0] : 0) {
    case 'A':
        g_hash_table_remove_all(self->beliefs);
        break;
    case 'B':
        *tab = '\0';
        g_hash_table_insert(self->beliefs, g_strdup(line + 2), g_strdup(tab + 1));
        break;
    case 'C':
        count_up(self->copies, line + 2);
        break;
    case 'D':
        count_up(self->deletions, line + 2);
        break;
    case 'M':
        count_up(self->moves, line + 2);
        break;
    case 'P':
        count_up(self->puts, line + 2);
        break;
    case 'V':
        count_up(self->strays, line + 2);
        count_up(self->moves, line + 2);
        break;
    case 'R':
        self->redone++;
        break;
    case 'F':
        self->folder_deletions++;
        break;
    case 'X':
        if (strstr(line, "c0-") != NULL || strstr(line, "c4-") != NULL || strstr(line, "c5-") != NULL)
            g_string_append_printf(self->complaints, "%s\n", line + 2);
        break;
    default:
        break;
    }
}

static void journal_read(struct world *self, struct journal *journal)
{
    g_autofree char *path = g_build_filename(self->home, "journal", NULL), *text = NULL;
    GHashTable **tables[] = { &journal->copies, &journal->deletions, &journal->moves, &journal->strays, &journal->puts };
    *journal = (struct journal){ .complaints = g_string_new(NULL) };
    journal->beliefs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        *tables[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_file_get_contents(path, &text, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        journal_line(journal, *line);
}

static void journal_clear(struct journal *self)
{
    g_hash_table_unref(self->beliefs);
    g_hash_table_unref(self->copies);
    g_hash_table_unref(self->deletions);
    g_hash_table_unref(self->moves);
    g_hash_table_unref(self->strays);
    g_hash_table_unref(self->puts);
    g_string_free(self->complaints, TRUE);
}

/* "folder:flags,…" of what the server has; kept: the flags that count. is_number: as the person writes them down. */
static char *server_state(GPtrArray *places, const char *const *kept, bool is_number)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; places != NULL && i < places->len; i++) {
        const char *place = g_ptr_array_index(places, i), *colon = strchr(place, ':');
        g_autoptr(GString) flags = g_string_new(NULL);
        int number = 0;
        for (const char *const *flag = kept; *flag != NULL; flag++) {
            if (strstr(colon, *flag) == NULL)
                continue;
            g_string_append_printf(flags, "%s%s", flags->len > 0 ? " " : "", *flag);
            number |= strcmp(*flag, "\\Seen") == 0 ? 1 : 4;
        }
        if (is_number)
            g_string_printf(flags, "%d", number);
        if (!is_number || strstr(colon, "\\Deleted") == NULL) /* what is left marked where nothing else can be done is gone */
            g_ptr_array_add(list, g_strdup_printf("%.*s:%s", (int)(colon - place), place, flags->str));
    }
    g_ptr_array_sort(list, person_by_text);
    g_ptr_array_add(list, NULL);
    return g_strjoinv(",", (char **)list->pdata);
}

static void check_own(struct world *self, struct journal *journal, struct found *found, const char *token)
{
    static const char *const kept[] = { "\\Seen", "\\Flagged", NULL };
    g_autofree char *is = server_state(g_hash_table_lookup(found->places, token), kept, true);
    const char *believed = g_hash_table_lookup(journal->beliefs, token);
    const struct deed *deed = g_hash_table_lookup(self->other.deeds, token);
    g_autofree char *home = deed != NULL ? g_strndup(deed->place, strcspn(deed->place, ":")) : NULL;
    g_autofree char *initial = home != NULL ? g_strdup_printf("%s:0", utf8_name(home)) : NULL;
    if (believed == NULL && (deed == NULL || count_in(journal->deletions, token) > 0))
        believed = ""; /* not known to the one who was killed: it was not there any more */
    if (strcmp(believed != NULL ? believed : initial, is) != 0)
        fail_run(self, "%s should be \"%s\" and is \"%s\"", token, believed != NULL ? believed : initial, is);
}

static void check_theirs(struct world *self, struct found *found, const char *token, const struct deed *deed)
{
    static const char *const kept[] = { "\\Answered", "\\Deleted", "bmark", NULL };
    g_autofree char *is = server_state(g_hash_table_lookup(found->places, token), kept, false);
    const char *colon = strchr(deed->place, ':');
    g_autofree char *folder = colon != NULL ? g_strndup(deed->place, (gsize)(colon - deed->place)) : NULL;
    g_autofree char *should = folder != NULL ? g_strconcat(utf8_name(folder), colon, NULL) : g_strdup("");
    if (strcmp(should, is) != 0)
        fail_run(self, "%s should be \"%s\", for only the other client moves it, and is \"%s\"", token, should, is);
}

static void check_shared(struct world *self, struct journal *journal, struct found *found, const char *token, const struct deed *deed)
{
    const GPtrArray *places = g_hash_table_lookup(found->places, token);
    guint count = 0;
    for (guint i = 0; places != NULL && i < places->len; i++)
        count += strstr(g_ptr_array_index(places, i), "\\Deleted") == NULL;
    bool may_go =
        deed->deletions > 0 || count_in(journal->deletions, token) > 0 || deed->volatile_moves > 0 || count_in(journal->strays, token) > 0;
    guint least = may_go ? 0 : 1, most = 1 + deed->copies + count_in(journal->copies, token) + journal->redone +
                                         (count_in(journal->moves, token) > 0 ? deed->moves : 0);
    if (count < least || count > most)
        fail_run(self, "%s is there %u times, and should be %u to %u times", token, count, least, most);
}

static void check_beliefs(struct world *self, struct found *found)
{
    struct journal journal;
    GHashTableIter each;
    gpointer token, deed;
    journal_read(self, &journal);
    if (journal.complaints->len > 0)
        fail_run(self, "refused though nobody else touches it:\n%s", journal.complaints->str);
    g_hash_table_iter_init(&each, self->other.deeds);
    while (g_hash_table_iter_next(&each, &token, &deed)) {
        char class = ((const char *)token)[1];
        if (class == '0' || class == '4')
            check_own(self, &journal, found, token);
        else if (class == '2')
            check_shared(self, &journal, found, token, deed);
        else
            check_theirs(self, found, token, deed);
    }
    g_hash_table_iter_init(&each, journal.puts);
    while (g_hash_table_iter_next(&each, &token, &deed))
        check_own(self, &journal, found, token);
    journal_clear(&journal);
}

/* Everything calms down, and is looked at. */
static void check_point(struct world *self)
{
    struct found found = { g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free),
                           g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref) };
    self->checks++;
    fault_proxy_set_percent(self->line, 0);
    fault_proxy_set_down(self->line, false);
    if (self->person == 0)
        person_start(self, false);
    person_say(self, "settle");
    if (!person_hear(self))
        fail_run(self, "intents still wait after 90 s of calm");
    person_say(self, "quit");
    person_reap(self, false);
    int code = run_sync(self, 0);
    if (code != 0) {
        g_autofree char *log = g_build_filename(self->home, "sync.log", NULL), *words = NULL;
        g_file_get_contents(log, &words, NULL, NULL);
        fail_run(self, "postern sync ended with %d: %s", code, words);
    }
    look_at_server(self, &found);
    look_at_store(self, &found);
    compare(self, &found);
    check_beliefs(self, &found);
    g_ptr_array_unref(found.server);
    g_ptr_array_unref(found.store);
    g_hash_table_unref(found.places);
    fault_proxy_set_percent(self->line, FAULTY);
}

/* --- rounds --- */
static void disturb(struct world *self)
{
    switch (g_rand_int_range(self->random, 0, 10)) {
    case 0:
    case 1:
    case 2:
        person_kill(self);
        break;
    case 3: /* in the middle of what it does */
        if (self->person == 0)
            break;
        person_say(self, "act %u 5", g_rand_int(self->random));
        g_usleep((gulong)g_rand_int_range(self->random, 0, 40) * 1000);
        person_kill(self);
        break;
    case 4:
    case 5:
        person_kill(self);
        run_sync(self, g_rand_int_range(self->random, 60, 700));
        break;
    case 6:
        fault_proxy_set_down(self->line, true);
        other_act(&self->other);
        g_usleep((gulong)g_rand_int_range(self->random, 0, 300) * 1000);
        fault_proxy_set_down(self->line, false);
        break;
    case 7:
        if (self->person != 0) {
            self->is_offline = !self->is_offline;
            person_say(self, self->is_offline ? "offline" : "online");
            person_hear(self);
        }
        break;
    case 8:
        fault_proxy_set_percent(self->line, 60);
        break;
    default:
        fault_proxy_set_percent(self->line, 0);
        break;
    }
}

static void run_round(struct world *self)
{
    if (self->person == 0)
        person_start(self, g_rand_int_range(self->random, 0, 4) == 0);
    int theirs = g_rand_int_range(self->random, 0, 4), ours = g_rand_int_range(self->random, 0, 4);
    if (ours > 0)
        person_say(self, "act %u %d", g_rand_int(self->random), ours);
    for (int i = 0; i < theirs; i++)
        other_act(&self->other);
    if (ours > 0 && !person_hear(self))
        fail_run(self, "the person's process died");
    g_usleep((gulong)g_rand_int_range(self->random, 0, 60) * 1000);
    if (g_rand_int_range(self->random, 0, 100) < 22)
        disturb(self);
}

static void write_account(struct world *self)
{
    g_autofree char *accounts = g_build_filename(self->home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, CONVERGE_ACCOUNT ".conf", NULL),
                    *settings = g_build_filename(self->home, "config/postern/postern.conf", NULL);
    g_autofree char *text =
        g_strdup_printf("[account]\nname = Test\nfrom = Alice <alice@example.test>\n\n[incoming]\nprotocol = imap\n"
                        "host = 127.0.0.1\nport = %d\nsecurity = plain\nuser = %s\npassword = pa ss\"w\\\\ord%%\xc3\xbc\n\n"
                        "[outgoing]\nprotocol = sendmail\ncommand = /bin/true\n\n[folders]\narchive = Archive\ntrash = Trash\n",
                        fault_proxy_port(self->line), SERVER_USER);
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    assert_true(g_file_set_contents(settings, "[postern]\nio-timeout = 5\n", -1, NULL));
}

static void world_open(struct world *self, const char *server_name, int port, int relay_port, guint32 seed)
{
    *self = (struct world){ .seed = seed, .random = g_rand_new_with_seed(seed), .server_name = server_name };
    self->begun = g_get_monotonic_time();
    self->home = g_dir_make_tmp("postern-converge-XXXXXX", NULL);
    self->line = fault_proxy_start(relay_port, seed, 0);
    write_account(self);
    other_open(&self->other, port, SERVER_USER, SERVER_PASSWORD, seed + 1);
    other_clean(&self->other);
    for (int i = 0; i < 30; i++)
        other_append(&self->other);
    if (run_sync(self, 0) != 0)
        fail_run(self, "the first synchronisation failed");
    fault_proxy_set_percent(self->line, FAULTY);
}

static void world_close(struct world *self, int rounds)
{
    printf("%s, seed %u: %d rounds, %u kills, %u starts, %u syncs, %u of %u connections faulty, %u comparisons, %.0f s\n",
           self->server_name, self->seed, rounds, self->kills, self->restarts, self->syncs, fault_proxy_faults(self->line),
           fault_proxy_connections(self->line), self->checks, (double)(g_get_monotonic_time() - self->begun) / G_USEC_PER_SEC);
    fflush(stdout);
    fault_proxy_free(self->line);
    other_close(&self->other);
    g_rand_free(self->random);
    const char *const argv[] = { "rm", "-rf", "--", self->home, NULL };
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(self->home);
}

static void run_once(const char *server_name, int port, int relay_port, guint32 seed, int rounds)
{
    struct world world;
    world_open(&world, server_name, port, relay_port, seed);
    for (int i = 1; i <= rounds; i++) {
        other_tell(&world.other, "--- round %d", i);
        run_round(&world);
        if (i % CHECK_EVERY == 0 || i == rounds)
            check_point(&world);
    }
    world_close(&world, rounds);
}

/* --- the real program, by keys --- */
static terminal *screen_start(struct world *self)
{
    static const char *const places[][2] = { { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" } };
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        g_ptr_array_add(words, g_strdup_printf("%s=%s/%s", places[i][0], self->home, places[i][1]));
    g_ptr_array_add(words, g_strdup_printf("HOME=%s", self->home));
    g_ptr_array_add(words, NULL);
    self->restarts++;
    terminal *screen = terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, 30, 110, (const char *const *)words->pdata);
    if (screen == NULL || !terminal_wait_for(screen, "Inbox", 30000))
        fail_run(self, "the program shows nothing");
    return screen;
}

static void press(struct world *self, terminal *screen)
{
    static const char *const keys[] = { "j", "j", "jj",   "k", "*",  "*",  "N",  "e",      "d",
                                        "u", "u", "\022", "m", "gi", "ga", "gt", "\033[F", "\033[H" };
    const char *key = keys[g_rand_int_range(self->random, 0, G_N_ELEMENTS(keys))];
    terminal_keys(screen, key);
    terminal_wait_idle(screen, 10, 300);
    if (strcmp(key, "m") == 0 && terminal_contains(screen, "Move to")) {
        terminal_keys(screen, g_rand_boolean(self->random) ? "Projects\r" : "Trash\r");
        terminal_wait_idle(screen, 10, 300);
    }
    if (terminal_contains(screen, "for good"))
        terminal_keys(screen, "\033"); /* nothing is deleted by this person */
    other_tell(&self->other, "(the person presses %s)", *key == '\033' ? "a long key" : key);
}

/* What the other client did not move was moved by keys only, and is there once. */
static void check_once(struct world *self, struct found *found)
{
    GHashTableIter each;
    gpointer token, deed;
    g_hash_table_iter_init(&each, self->other.deeds);
    while (g_hash_table_iter_next(&each, &token, &deed)) {
        const GPtrArray *places = g_hash_table_lookup(found->places, token);
        bool is_left_alone = strchr("034", ((const char *)token)[1]) != NULL;
        guint count = 0;
        for (guint i = 0; places != NULL && i < places->len; i++)
            count += ((const char *)token)[1] == '3' || strstr(g_ptr_array_index(places, i), "\\Deleted") == NULL;
        if (is_left_alone && count != 1)
            fail_run(self, "%s is there %u times", (const char *)token, count);
    }
}

static void check_keys(struct world *self)
{
    struct found found = { g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free),
                           g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref) };
    self->checks++;
    fault_proxy_set_percent(self->line, 0);
    if (run_sync(self, 0) != 0 || run_sync(self, 0) != 0)
        fail_run(self, "postern sync failed");
    look_at_server(self, &found);
    look_at_store(self, &found);
    compare(self, &found);
    check_once(self, &found);
    g_ptr_array_unref(found.server);
    g_ptr_array_unref(found.store);
    g_hash_table_unref(found.places);
    fault_proxy_set_percent(self->line, FAULTY);
}

static void run_keys(const char *server_name, int port, int relay_port, guint32 seed, int rounds)
{
    struct world world;
    terminal *screen = NULL;
    world_open(&world, server_name, port, relay_port, seed);
    for (int i = 1; i <= rounds; i++) {
        if (screen == NULL)
            screen = screen_start(&world);
        press(&world, screen);
        if (g_rand_int_range(world.random, 0, 2) == 0)
            other_act(&world.other);
        bool is_check = i % (2 * CHECK_EVERY) == 0 || i == rounds;
        if (!is_check && g_rand_int_range(world.random, 0, 25) != 0)
            continue;
        kill(terminal_pid(screen), SIGKILL);
        world.kills++;
        g_clear_pointer(&screen, terminal_free);
        if (is_check)
            check_keys(&world);
    }
    world_close(&world, rounds);
}

static guint32 number_from(const char *name, guint32 otherwise)
{
    const char *text = g_getenv(name);
    return text != NULL ? (guint32)strtoul(text, NULL, 10) : otherwise;
}

/* The short form: one plan that is always the same, and one that nobody has seen. */
static void run_all(const char *server_name, int port, int relay_port)
{
    guint32 runs = number_from("CONVERGE_RUNS", 1), seed = number_from("CONVERGE_SEED", g_random_int() % 1000000);
    int rounds = (int)number_from("CONVERGE_ROUNDS", 30);
    if (g_getenv("CONVERGE_SEED") == NULL && g_getenv("CONVERGE_ROUNDS") == NULL)
        run_once(server_name, port, relay_port, 1, rounds);
    for (guint32 i = 0; i < runs; i++)
        run_once(server_name, port, relay_port, seed + i, rounds);
}

static bool is_wanted(const char *server_name)
{
    const char *wanted = g_getenv("CONVERGE_SERVER");
    return wanted == NULL || strcmp(wanted, server_name) == 0;
}

/* why_not: freed here where it skips, for that jumps out of the caller. */
static void needs(const char *server_name, bool is_there, char *why_not)
{
    if (is_there)
        return;
    print_message("skipped: %s: %s\n", server_name, why_not);
    g_free(why_not);
    skip();
}

/* Stopped in teardown(): a test that fails jumps out of its function. */
static server *dovecot;
static old_server *old;
static jail *cyrus;

static int teardown(void **state)
{
    (void)state;
    g_clear_pointer(&old, old_server_free);
    g_clear_pointer(&dovecot, server_free);
    g_clear_pointer(&cyrus, jail_free);
    return 0;
}

static void start_dovecot(const char *name)
{
    g_autofree char *why_not = NULL;
    if (!is_wanted(name))
        skip();
    dovecot = server_start(&why_not);
    needs(name, dovecot != NULL, why_not);
}

static void two_clients_agree_on_dovecot(void **state)
{
    (void)state;
    start_dovecot("dovecot");
    run_all("dovecot", server_ports(dovecot)->imap, server_ports(dovecot)->imap);
}

static void two_clients_agree_on_a_server_of_rfc_3501(void **state)
{
    (void)state;
    start_dovecot("old");
    old = old_server_start(server_ports(dovecot)->imap);
    run_all("old", server_ports(dovecot)->imap, old_server_port(old));
    assert_int_equal(old_server_refused(old), 0);
}

static void a_person_at_the_keys_and_another_client_agree(void **state)
{
    (void)state;
    start_dovecot("keys");
    run_keys("keys", server_ports(dovecot)->imap, server_ports(dovecot)->imap, number_from("CONVERGE_SEED", g_random_int() % 1000000),
             (int)number_from("CONVERGE_ROUNDS", 60));
}

static void two_clients_agree_on_cyrus(void **state)
{
    static const int doors[] = { offsetof(struct jail_ports, imap), -1 };
    g_autofree char *why_not = NULL;
    (void)state;
    if (!is_wanted("cyrus"))
        skip();
    if (!jail_is_possible(&why_not))
        needs("cyrus", false, why_not);
    cyrus = jail_start("cyrus", doors, &why_not);
    needs("cyrus", cyrus != NULL, why_not);
    run_all("cyrus", jail_ports(cyrus)->imap, jail_ports(cyrus)->imap);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--person") == 0)
        return person_main(argv[2], strcmp(argv[3], "offline") == 0);
    signal(SIGPIPE, SIG_IGN); /* whoever was killed reads no more */
    const struct CMUnitTest tests[] = { cmocka_unit_test_teardown(two_clients_agree_on_dovecot, teardown),
                                        cmocka_unit_test_teardown(two_clients_agree_on_a_server_of_rfc_3501, teardown),
                                        cmocka_unit_test_teardown(two_clients_agree_on_cyrus, teardown),
                                        cmocka_unit_test_teardown(a_person_at_the_keys_and_another_client_agree, teardown) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
