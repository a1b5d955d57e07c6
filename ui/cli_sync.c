/* SPDX-License-Identifier: MIT */
/* `postern sync [--json] [--quiet] [ACCOUNT]`: one synchronisation without a screen. */
#include "core/engine.h"
#include "core/language.h"
#include "core/worker.h"
#include "ui/cli.h"
#include "ui/cli_json.h"
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define PASSWORD_TRIES  3
#define LOOK_MS         200
#define TITLE_CELLS     60
#define MS_A_SECOND     1000.0
#define GREETING_S      60 /* greeting-timeout where nobody has set it */
#define GREETING_SOON_S 20

struct wish {
    const char *account; /* NULL: all */
    bool is_json, is_quiet;
};

/* --- the accounts, each on a thread of its own, so that none waits for another; this one tells how far they are --- */
struct running {
    engine *engine;
    event_queue *events;
    const struct account *account;
    worker *thread;
    GError *why;
    gint64 began;
    double seconds;
    bool is_ok, is_told, is_wanted /* to be tried (again) */;
    atomic_bool is_over;
};

static void running_clear(struct running *self)
{
    g_clear_error(&self->why);
}

static void run(worker *thread, void *data)
{
    (void)thread;
    struct running *self = data;
    self->is_ok = engine_sync_once(self->engine, self->account->id, &self->why);
    self->seconds = (double)(g_get_monotonic_time() - self->began) / G_USEC_PER_SEC;
    atomic_store(&self->is_over, true);
    event_post(self->events, &(const struct event){ .type = EVENT_PROGRESS }); /* of nothing: who watches looks up */
}

static void tell_progress(const struct event *event, bool *has_line)
{
    if (event->total <= 0 || event->text == NULL)
        return;
    (void)fprintf(stderr, "\r\033[K%.*s  %d%%", TITLE_CELLS, event->text, (int)CLAMP(event->done * 100 / event->total, 0, 100));
    *has_line = true;
}

static void end_line(bool *has_line)
{
    if (*has_line)
        (void)fprintf(stderr, "\r\033[K");
    *has_line = false;
}

/* --- what it brought --- */
static void print_json(const struct account *each, const struct engine_sync_report *report, double seconds, const char *why)
{
    cli_json_print(json_pack("{s:o, s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:o}", "account", cli_json_text(each->id), "name",
                             cli_json_text(each->name), "ok", why == NULL, "messages", (json_int_t)report->messages, "unread",
                             (json_int_t)report->unread, "new", (json_int_t)report->arrived, "bodies", (json_int_t)report->bodies, "bytes",
                             (json_int_t)report->body_bytes, "waiting", (json_int_t)report->waiting, "to_send", (json_int_t)report->to_send,
                             "seconds", (double)(int64_t)(seconds * MS_A_SECOND) / MS_A_SECOND, "error", cli_json_text(why)));
}

static void print_words(const struct account *each, const struct engine_sync_report *report, double seconds)
{
    g_autoptr(GString) line = g_string_new(NULL);
    g_autofree char *size = language_size((guint64)report->body_bytes);
    g_string_append_printf(
        line,
        g_dngettext(GETTEXT_PACKAGE, "%s: %d message, %d unread, %d new", "%s: %d messages, %d unread, %d new", (gulong)report->messages),
        each->name, (int)report->messages, (int)report->unread, (int)report->arrived);
    if (report->bodies > 0)
        g_string_append_printf(line,
                               g_dngettext(GETTEXT_PACKAGE, "; %d text fetched (%s)", "; %d texts fetched (%s)", (gulong)report->bodies),
                               (int)report->bodies, size);
    if (report->waiting > 0)
        g_string_append_printf(line, g_dngettext(GETTEXT_PACKAGE, "; %d change waits", "; %d changes wait", (gulong)report->waiting),
                               (int)report->waiting);
    if (report->to_send > 0)
        g_string_append_printf(
            line, g_dngettext(GETTEXT_PACKAGE, "; %d message is not sent yet", "; %d messages are not sent yet", (gulong)report->to_send),
            (int)report->to_send);
    printf("%s (%.1f s)\n", line->str, seconds);
}

static void print_report(engine *once, const struct account *each, const struct wish *wish, int64_t newest, double seconds, const char *why)
{
    struct engine_sync_report report = { 0 };
    bool is_known = engine_sync_report(once, each->id, newest, &report, NULL);
    if (wish->is_json)
        print_json(each, &report, seconds, why);
    else if (why == NULL && is_known && !wish->is_quiet)
        print_words(each, &report, seconds);
}

/* --- all of them --- */
struct pass {
    engine *engine;
    event_queue *events;
    const struct wish *wish;
    struct running *runs;
    guint count;
    int64_t newest;
    GHashTable *said; /* why a password was wanted */
};

static void start_wanted(struct pass *self)
{
    for (guint i = 0; i < self->count; i++) {
        struct running *each = &self->runs[i];
        if (!each->is_wanted)
            continue;
        g_clear_error(&each->why);
        each->began = each->began != 0 ? each->began : g_get_monotonic_time();
        atomic_store(&each->is_over, false);
        each->thread = worker_start("sync", run, each);
    }
}

/* Those that are done are told at once; what failed when the rest is known, for a password may help. False: some still run. */
static bool tell_done(struct pass *self, bool *has_line)
{
    bool is_over = true;
    for (guint i = 0; i < self->count; i++) {
        struct running *each = &self->runs[i];
        if (each->is_wanted && !atomic_load(&each->is_over)) {
            is_over = false;
        } else if (each->is_wanted && each->is_ok && !each->is_told) {
            end_line(has_line);
            print_report(self->engine, each->account, self->wish, self->newest, each->seconds, NULL);
            (void)fflush(stdout);
            each->is_told = true;
        }
    }
    return is_over;
}

/* All other events wait for the end: a password is asked for when nothing runs. */
static void watch(struct pass *self)
{
    g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func((GDestroyNotify)event_free);
    struct pollfd news = { .fd = event_queue_fd(self->events), .events = POLLIN };
    bool has_line = false, is_told = isatty(STDERR_FILENO) != 0, is_over = false;
    while (!is_over) {
        struct event *event;
        poll(&news, 1, LOOK_MS);
        is_over = tell_done(self, &has_line);
        while ((event = event_take(self->events)) != NULL) {
            if (event->type != EVENT_PROGRESS) {
                g_ptr_array_add(others, event);
                continue;
            }
            if (is_told)
                tell_progress(event, &has_line);
            event_free(event);
        }
    }
    end_line(&has_line);
    for (guint i = 0; i < others->len; i++)
        event_post(self->events, g_ptr_array_index(others, i));
}

/* True: a password was typed, and there is somebody to try again with it. */
static bool try_wanted(struct pass *self)
{
    bool is_wanted = false;
    start_wanted(self);
    watch(self);
    for (guint i = 0; i < self->count; i++)
        g_clear_pointer(&self->runs[i].thread, worker_free);
    bool is_answered = cli_answer_events_once(self->engine, self->events, self->said);
    for (guint i = 0; i < self->count; i++) {
        struct running *each = &self->runs[i];
        each->is_wanted = is_answered && !each->is_ok && engine_is_signin_failure(each->why);
        is_wanted |= each->is_wanted;
    }
    return is_wanted;
}

/* Not let in: EX_NOPERM, if that is all that is wrong. */
static int tell_failed(struct pass *self)
{
    int code = 0;
    for (guint i = 0; i < self->count; i++) {
        struct running *each = &self->runs[i];
        if (each->is_ok)
            continue;
        const char *words = each->why != NULL ? each->why->message : _("not synchronised");
        bool is_refused = engine_is_signin_failure(each->why);
        if (!g_hash_table_contains(self->said, words))
            cli_fail(0, _("%s: %s"), each->account->name, words);
        print_report(self->engine, each->account, self->wish, self->newest, each->seconds, words);
        code = is_refused && (code == 0 || code == EX_NOPERM) ? EX_NOPERM : EX_TEMPFAIL;
    }
    return code;
}

static int sync_all(engine *once, event_queue *events, GArray *runs, const struct wish *wish)
{
    g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct pass self = { once, events, wish, (struct running *)(void *)runs->data, runs->len, engine_newest_placement(once), said };
    for (int i = 0; try_wanted(&self) && i + 1 < PASSWORD_TRIES; i++) {
    }
    return tell_failed(&self);
}

static bool read_wish(int argc, char **argv, struct wish *wish, int *code_out)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            wish->is_json = true;
        else if (strcmp(argv[i], "--quiet") == 0 || strcmp(argv[i], "-q") == 0)
            wish->is_quiet = true;
        else if (*argv[i] == '-')
            *code_out = cli_fail(EX_USAGE, _("sync knows no option %s."), argv[i]);
        else if (wish->account != NULL)
            *code_out = cli_fail(EX_USAGE, _("sync takes one account, or none for all of them."));
        else
            wish->account = argv[i];
    }
    return *code_out == 0;
}

static bool is_meant(const struct account *each, const char *wanted)
{
    return wanted == NULL || strcmp(each->id, wanted) == 0 || strcmp(each->name, wanted) == 0 ||
           g_ascii_strcasecmp(each->from_address, wanted) == 0;
}

int cli_sync(int argc, char **argv)
{
    int broken = 0, code = 0;
    struct wish wish = { 0 };
    if (!read_wish(argc, argv, &wish, &code))
        return code;
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    if (cli_account(accounts, broken, wish.account, &code) == NULL)
        return code;
    struct settings *settings = cli_settings();
    event_queue *events = event_queue_new();
    /* A host that says nothing at first is given up sooner than where nobody waits. */
    settings->greeting_timeout_s = settings->greeting_timeout_s == GREETING_S ? GREETING_SOON_S : settings->greeting_timeout_s;
    g_autoptr(GArray) runs = g_array_new(FALSE, TRUE, sizeof(struct running));
    g_array_set_clear_func(runs, (GDestroyNotify)running_clear);
    engine *once = engine_new(accounts, settings, NULL, events);
    engine_hold_store(once);
    for (guint i = 0; i < accounts->len; i++) {
        const struct account *each = g_ptr_array_index(accounts, i);
        const struct running running = { .engine = once, .events = events, .account = each, .is_wanted = true };
        if (is_meant(each, wish.account))
            g_array_append_val(runs, running);
    }
    code = sync_all(once, events, runs, &wish);
    engine_free(once);
    event_queue_free(events);
    settings_free(settings);
    return code != 0 ? code : broken > 0 ? EX_CONFIG : cli_finish(0);
}
