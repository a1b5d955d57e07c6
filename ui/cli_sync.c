/* SPDX-License-Identifier: MIT */
/* `postern sync [--json] [--quiet] [ACCOUNT]`: one synchronisation without a screen. */
#include "core/engine.h"
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

#define PASSWORD_TRIES 3
#define LOOK_MS        200
#define TITLE_CELLS    60
#define MS_A_SECOND    1000.0

struct wish {
    const char *account; /* NULL: all */
    bool is_json, is_quiet;
};

/* --- one try, on a thread of its own: this one tells how far it is --- */
struct running {
    engine *engine;
    event_queue *events;
    const char *account_id;
    GError *why;
    bool is_ok;
    atomic_bool is_over;
};

static void run(worker *thread, void *data)
{
    (void)thread;
    struct running *self = data;
    self->is_ok = engine_sync_once(self->engine, self->account_id, &self->why);
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

/* All others wait for the end: a password is asked for when nothing runs. */
static void watch(struct running *self, event_queue *events, bool is_told)
{
    g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func((GDestroyNotify)event_free);
    struct pollfd news = { .fd = event_queue_fd(events), .events = POLLIN };
    bool has_line = false;
    do {
        struct event *event;
        poll(&news, 1, LOOK_MS);
        while ((event = event_take(events)) != NULL) {
            if (event->type != EVENT_PROGRESS) {
                g_ptr_array_add(others, event);
                continue;
            }
            if (is_told)
                tell_progress(event, &has_line);
            event_free(event);
        }
    } while (!atomic_load(&self->is_over));
    if (has_line)
        (void)fprintf(stderr, "\r\033[K");
    for (guint i = 0; i < others->len; i++)
        event_post(events, g_ptr_array_index(others, i));
}

/* *is_answered_out: a password was typed, so that another try makes sense. */
static bool try_once(engine *once, event_queue *events, const struct account *each, bool *is_answered_out, GError **error)
{
    struct running running = { .engine = once, .events = events, .account_id = each->id };
    worker *thread = worker_start("sync", run, &running);
    watch(&running, events, isatty(STDERR_FILENO) != 0);
    worker_join(thread);
    worker_free(thread);
    *is_answered_out = cli_answer_events(once, events);
    if (running.why != NULL)
        g_propagate_error(error, running.why);
    return running.is_ok;
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
    g_autofree char *size = g_format_size_full((guint64)report->body_bytes, G_FORMAT_SIZE_IEC_UNITS);
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

static void print_report(engine *once, const struct account *each, const struct wish *wish, int64_t newest, gint64 began, const char *why)
{
    struct engine_sync_report report = { 0 };
    double seconds = (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
    bool is_known = engine_sync_report(once, each->id, newest, &report, NULL);
    if (wish->is_json)
        print_json(each, &report, seconds, why);
    else if (why == NULL && is_known && !wish->is_quiet)
        print_words(each, &report, seconds);
}

/* A password may be wanted on the way: it is asked, and all begins again. */
static bool sync_one(engine *once, event_queue *events, const struct account *each, const struct wish *wish)
{
    g_autoptr(GError) why = NULL;
    gint64 began = g_get_monotonic_time();
    int64_t newest = engine_newest_placement(once);
    bool is_answered = false, is_done = try_once(once, events, each, &is_answered, &why);
    for (int i = 1; !is_done && is_answered && i < PASSWORD_TRIES; i++) {
        g_clear_error(&why);
        is_done = try_once(once, events, each, &is_answered, &why);
    }
    const char *words = is_done ? NULL : why != NULL ? why->message : _("not synchronised");
    if (words != NULL)
        cli_fail(0, "%s: %s", each->name, words);
    print_report(once, each, wish, newest, began, words);
    return is_done;
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
    engine *once = engine_new(accounts, settings, NULL, events);
    engine_hold_store(once);
    for (guint i = 0; i < accounts->len; i++) {
        const struct account *each = g_ptr_array_index(accounts, i);
        if (is_meant(each, wish.account) && !sync_one(once, events, each, &wish))
            code = EX_TEMPFAIL;
    }
    engine_free(once);
    event_queue_free(events);
    settings_free(settings);
    return code != 0 ? code : broken > 0 ? EX_CONFIG : cli_finish(0);
}
