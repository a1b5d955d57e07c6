/* SPDX-License-Identifier: MIT */
/* The program's life with a screen: start in the order that shows mail first, the state that views ask for, and the end. */
#include "core/store_message.h"
#include "ui/app_private.h"
#include "ui/background.h"
#include "ui/bidi.h"
#include "ui/cmd_online.h"
#include "ui/cmd_outbox.h"
#include "ui/composer_draft.h"
#include "ui/divider.h"
#include "ui/file_watch.h"
#include "ui/cmd_unsubscribe.h"
#include "ui/invitation_save.h"
#include "ui/filing.h"
#include "ui/hooks.h"
#include "ui/hyperlink.h"
#include "ui/screen.h"
#include "ui/slow_line.h"
#include "ui/style.h"
#include "ui/title.h"
#include "ui/unified.h"
#include "ui/view_folders.h"
#include "ui/search_server.h"
#include "ui/view_list.h"
#include "ui/view_reader.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

enum { LOG_MAX = 500 };

store *app_store(app *ui)
{
    return ui->store;
}

engine *app_engine(app *ui)
{
    return ui->engine;
}

event_queue *app_events(app *ui)
{
    return ui->events;
}

query *app_query(app *ui)
{
    return ui->query;
}

query *app_pictures(app *ui)
{
    return ui->pictures;
}

query *app_crypto(app *ui)
{
    return ui->crypto;
}

query *app_loader(app *ui)
{
    return ui->loader;
}

query *app_files(app *ui)
{
    return ui->files;
}

const struct settings *app_settings(app *ui)
{
    return ui->settings;
}

GPtrArray *app_accounts(app *ui)
{
    return ui->accounts;
}

const GPtrArray *app_log(app *ui)
{
    return ui->log;
}

int64_t app_now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

int64_t app_last_key_ms(app *ui)
{
    return ui->last_key_ms;
}

void app_quit(app *ui)
{
    ui->is_quitting = true;
}

const struct account *app_account_named(app *ui, const char *id)
{
    for (guint i = 0; id != NULL && i < ui->accounts->len; i++) {
        const struct account *owner = g_ptr_array_index(ui->accounts, i);
        if (strcmp(owner->id, id) == 0)
            return owner;
    }
    return NULL;
}

const struct account *app_account(app *ui, int64_t account_id)
{
    g_autofree char *key = store_account_key(ui->store, account_id);
    return app_account_named(ui, key);
}

const struct account *app_account_for_folder(app *ui, int64_t folder_id)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(folder) box = store_folder(ui->store, folder_id, &error);
    return box != NULL ? app_account(ui, box->account_id) : NULL;
}

/* --- what is said --- */

G_GNUC_PRINTF(2, 0)
static void say(app *ui, const char *format, va_list arguments, bool is_error)
{
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *time = g_date_time_format(now, "%H:%M:%S");
    const char *last = ui->log->len > 0 ? g_ptr_array_index(ui->log, ui->log->len - 1) : "";
    if (ui->log->len >= LOG_MAX)
        g_ptr_array_remove_index(ui->log, 0);
    else if (strlen(last) > strlen(time) && strcmp(last + strlen(time) + 2, line) == 0) /* said again at once: once, with its last time */
        g_ptr_array_remove_index(ui->log, ui->log->len - 1);
    g_ptr_array_add(ui->log, g_strdup_printf("%s  %s", time, line));
    status_say(ui->status, line, is_error);
}

void app_tell(app *ui, const char *error)
{
    app_error(ui, "%s", error);
    status_tell(ui->status, error);
}

void app_say(app *ui, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(ui, format, arguments, false);
    va_end(arguments);
}

void app_brief(app *ui, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(ui, format, arguments, false);
    va_end(arguments);
    status_keep_brief(ui->status);
}

void app_error(app *ui, const char *format, ...)
{
    va_list arguments;
    ui->errors++;
    va_start(arguments, format);
    say(ui, format, arguments, true);
    va_end(arguments);
}

const char *keymap_key_for(app *ui, const struct command *command, enum context context)
{
    static char line[64]; /* until the next call; UI thread */
    return command != NULL && keymap_key(ui->keymap, command, context, line, sizeof line) ? line : "";
}

bool app_run_command(app *ui, const struct command *command)
{
    view *top = view_top(ui);
    if (command == NULL || command->run == NULL)
        return false;
    if (!(command->contexts & top->ops->context)) {
        app_error(ui, _("\"%s\" does not work here."), command->name);
        return false;
    }
    command->run(ui, top);
    return true;
}

/* --- mail --- */

int64_t app_current_folder(app *ui)
{
    return view_list_folder(ui->panes[PANE_LIST]);
}

int64_t app_folder_at_hand(app *ui)
{
    int64_t shown = app_current_folder(ui);
    g_autoptr(placement) place = shown <= 0 ? store_placement(ui->store, app_current_placement(ui), NULL) : NULL;
    return place != NULL ? place->folder_id : shown;
}

int64_t app_current_placement(app *ui)
{
    if (ui->focus == PANE_READER && view_reader_is_open(ui->panes[PANE_READER]))
        return view_reader_placement(ui->panes[PANE_READER]);
    return view_list_current(ui->panes[PANE_LIST]);
}

GArray *app_targets(app *ui)
{
    view *list = ui->panes[PANE_LIST];
    if (ui->focus != PANE_READER || !view_reader_is_open(ui->panes[PANE_READER]) || view_list_has_marks(list))
        return view_list_targets(list);
    GArray *targets = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t mail = view_reader_placement(ui->panes[PANE_READER]);
    if (mail != 0)
        g_array_append_val(targets, mail);
    return targets;
}

void app_open_folder(app *ui, int64_t folder_id)
{
    search_server_end(ui);
    view_reader_close(ui->panes[PANE_READER]);
    view_list_show(ui->panes[PANE_LIST], folder_id, 0);
    view_folders_select(ui->panes[PANE_FOLDERS], folder_id);
    app_watch_folder(ui);
    app_focus(ui, PANE_LIST);
}

void app_search(app *ui, const char *words, bool is_typed)
{
    view *list = ui->panes[PANE_LIST];
    if (!view_list_is_search(list)) {
        ui->search_from = app_current_folder(ui);
        ui->search_mail = view_list_current(list);
        view_reader_close(ui->panes[PANE_READER]);
        app_focus(ui, PANE_LIST);
    }
    view_list_search(list, words, is_typed);
    search_server_offer(ui, is_typed);
    view_folders_recount(ui->panes[PANE_FOLDERS]);
    status_touch(ui->status);
}

void app_leave_search(app *ui)
{
    if (!view_list_is_search(ui->panes[PANE_LIST]))
        return;
    g_autoptr(folder) box = ui->search_from > 0 ? store_folder(ui->store, ui->search_from, NULL) : NULL;
    int64_t back = ui->search_from < 0 ? ui->search_from : box != NULL ? box->id : app_first_inbox(ui);
    view_list_filter(ui->panes[PANE_LIST], NULL, false);
    search_server_end(ui);
    app_open_folder(ui, back);
    if (ui->search_mail != 0 && back == ui->search_from)
        view_list_reach(ui->panes[PANE_LIST], ui->search_mail);
}

void app_watch_folder(app *ui)
{
    int64_t shown = app_current_folder(ui);
    g_autoptr(GArray) folders = shown < 0 ? unified_folders(ui, shown) : g_array_new(FALSE, FALSE, sizeof shown);
    if (shown > 0)
        g_array_append_val(folders, shown);
    for (guint i = 0; ui->is_started && i < folders->len; i++) {
        g_autoptr(folder) box = store_folder(ui->store, g_array_index(folders, int64_t, i), NULL);
        if (box != NULL)
            engine_open_folder(ui->engine, box->account_id, box->id);
    }
}

void app_read_message(app *ui, int64_t placement_id)
{
    if (view_list_has_threads(ui->panes[PANE_LIST]))
        view_reader_show_conversation(ui->panes[PANE_READER], placement_id);
    else
        view_reader_show(ui->panes[PANE_READER], placement_id);
}

void app_open_message(app *ui, int64_t placement_id)
{
    view_list_reach(ui->panes[PANE_LIST], placement_id);
    app_read_message(ui, placement_id);
    app_focus(ui, PANE_READER);
}

void app_after_change(app *ui)
{
    view_list_reload(ui->panes[PANE_LIST]);
    view_reader_outdate(ui->panes[PANE_READER]);
    view_folders_recount(ui->panes[PANE_FOLDERS]);
    status_touch(ui->status);
    engine_wake(ui->engine);
}

/* Of an account whose file is gone nothing is found. */
static void note_accounts(app *ui)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (guint i = 0; i < ui->accounts->len; i++)
        g_ptr_array_add(keys, ((struct account *)g_ptr_array_index(ui->accounts, i))->id);
    g_ptr_array_add(keys, NULL);
    store_accounts_note_set_up(ui->store, (const char *const *)(void *)keys->pdata, NULL); /* else with the next start */
}

void app_add_account(app *ui, struct account *owner)
{
    g_autoptr(GError) error = NULL;
    g_ptr_array_add(ui->accounts, owner);
    note_accounts(ui);
    if (!engine_add(ui->engine, owner, &error))
        app_error(ui, _("The account %s could not be started: %s"), owner->name, error != NULL ? error->message : "");
    int64_t id = store_account_id(ui->store, owner->id, NULL);
    g_autoptr(folder) inbox = id != 0 ? store_folder_by_role(ui->store, id, FOLDER_INBOX, NULL) : NULL;
    view_folders_reload(ui->panes[PANE_FOLDERS]);
    app_open_folder(ui, inbox != NULL ? inbox->id : 0); /* without one the first EVENT_FOLDERS_CHANGED opens it */
}

/* --- other programs on this terminal --- */

static bool spawn_and_wait(const char *const *argv, const struct file_watch *watch, int *status_out, GError **error)
{
    posix_spawnattr_t attributes;
    sigset_t defaults;
    pid_t child = 0;
    int watch_fd = file_watch_open(watch);
    sigfillset(&defaults);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    const char *colors = background_colors();
    g_auto(GStrv) all = g_get_environ();
    if (colors != NULL)
        all = g_environ_setenv(all, "COLORFGBG", colors, FALSE); /* editors ask for it, too */
    int failure = posix_spawnp(&child, argv[0], NULL, &attributes, (char *const *)argv, all);
    posix_spawnattr_destroy(&attributes);
    if (failure == 0)
        file_watch_wait(child, watch, watch_fd, status_out);
    else
        g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, _("%s could not be started: %s"), argv[0], g_strerror(failure));
    file_watch_close(watch_fd);
    return failure == 0;
}

bool app_run_external(app *ui, const char *const *argv, int *status_out, GError **error)
{
    return app_run_watched(ui, argv, NULL, status_out, error);
}

bool app_run_watched(app *ui, const char *const *argv, const struct file_watch *watch, int *status_out, GError **error)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN }, stop = { .sa_handler = SIG_DFL }, old_interrupt, old_quit, old_stop;
    int state = 0;
    screen_suspend();
    sigaction(SIGINT, &ignore, &old_interrupt); /* Ctrl-C there is not meant for us */
    sigaction(SIGQUIT, &ignore, &old_quit);
    sigaction(SIGTSTP, &stop, &old_stop); /* Ctrl-Z in an editor stops us with it: else its shell would never have the terminal */
    bool is_run = spawn_and_wait(argv, watch, &state, error);
    sigaction(SIGINT, &old_interrupt, NULL);
    sigaction(SIGQUIT, &old_quit, NULL);
    sigaction(SIGTSTP, &old_stop, NULL);
    screen_resume();
    app_refresh(ui);
    if (status_out != NULL)
        *status_out = state;
    return is_run;
}

/* --- start and end --- */

static void complain(app *ui, GError *error)
{
    if (error != NULL)
        g_ptr_array_add(ui->complaints, g_strdup(error->message));
}

static void load_files(app *ui)
{
    GPtrArray *wrong = NULL, *broken = NULL;
    ui->settings = settings_load_most(&wrong);
    ui->accounts = account_file_load_all(&broken);
    for (guint i = 0; i < wrong->len; i++)
        complain(ui, g_ptr_array_index(wrong, i));
    for (guint i = 0; i < broken->len; i++)
        complain(ui, g_ptr_array_index(broken, i));
    g_ptr_array_unref(wrong);
    g_ptr_array_unref(broken);
}

void app_load_keys(app *ui)
{
    ui->keymap = keymap_read(ui->settings->keys, ui->complaints);
}

void app_load_style(app *ui)
{
    struct theme theme = { 0 };
    g_autoptr(GError) error = NULL;
    if (!theme_load(theme_resolve(ui->settings->theme, background_colors()), &theme, &error)) {
        complain(ui, error);
        theme_load("default", &theme, NULL);
    }
    style_start(&theme);
    canvas_speak(ui->settings->accessible);
    /* What is read aloud is read in the order in which it is said. */
    bidi_choose(ui->settings->accessible && strcmp(ui->settings->bidi, "auto") == 0 ? "terminal" : ui->settings->bidi);
    screen_use_bidi();
}

static app *app_new(void)
{
    app *self = g_new0(app, 1);
    self->complaints = g_ptr_array_new_with_free_func(g_free);
    self->log = g_ptr_array_new_with_free_func(g_free);
    self->stack = g_ptr_array_new();
    self->events = event_queue_new();
    self->query = query_new("query", NULL, STORE_READER, self->events);
    self->loader = query_new("loader", NULL, STORE_READER, self->events);
    self->files = query_new("files", NULL, STORE_READER, self->events);
    self->pictures = query_new("pictures", NULL, STORE_READER, self->events);
    self->crypto = query_new("crypto", NULL, STORE_READER, self->events);
    self->filing = query_new("filing", NULL, STORE_FILING, self->events);
    self->has_folders = true;
    self->focus = PANE_LIST;
    self->hooks = hooks_new(self);
    load_files(self);
    app_load_keys(self);
    return self;
}

static void free_views(app *self)
{
    while (self->stack->len > 0) {
        view *top = g_ptr_array_steal_index(self->stack, self->stack->len - 1);
        if (top->ops->free != NULL)
            top->ops->free(top);
    }
    view_question_forget();
    for (size_t i = 0; i < PANE_COUNT; i++) {
        if (self->panes[i] != NULL)
            self->panes[i]->ops->free(self->panes[i]);
        self->panes[i] = NULL;
    }
}

static void app_free(app *self)
{
    free_views(self);
    g_clear_pointer(&self->query, query_free);
    g_clear_pointer(&self->loader, query_free);
    g_clear_pointer(&self->files, query_free);
    g_clear_pointer(&self->pictures, query_free);
    g_clear_pointer(&self->crypto, query_free);
    unsubscribe_free(self);
    invitation_saves_free(self);
    query_finish(self->filing); /* what a person did is done, also when they leave at once */
    g_clear_pointer(&self->filing, query_free);
    g_clear_pointer(&self->indexer, search_indexer_free);
    g_clear_pointer(&self->hooks, hooks_free);
    g_clear_pointer(&self->engine, engine_free);
    g_clear_pointer(&self->events, event_queue_free);
    g_clear_pointer(&self->store, store_close);
    g_clear_pointer(&self->keymap, keymap_free);
    g_clear_pointer(&self->status, status_free);
    g_ptr_array_unref(self->stack);
    g_ptr_array_unref(self->log);
    g_ptr_array_unref(self->complaints);
    g_clear_pointer(&self->news, g_array_unref);
    g_ptr_array_unref(self->accounts);
    settings_free(self->settings);
    g_free(self);
}

static int fail_start(app *self, const GError *error, int code)
{
    screen_stop();
    (void)fprintf(stderr, "postern: %s\n", error->message);
    app_free(self);
    return code;
}

int app_run(const struct app_options *options)
{
    g_autoptr(GError) error = NULL;
    app *self = app_new();
    self->status = status_new(self);
    self->store = store_open(NULL, STORE_UI, &error);
    if (self->store == NULL)
        return fail_start(self, error, EX_CANTCREAT);
    note_accounts(self);
    self->engine = engine_new(self->accounts, self->settings, NULL, self->events);
    if (!screen_start(self->settings->mouse, &error))
        return fail_start(self, error, EX_UNAVAILABLE);
    if (g_strcmp0(self->settings->theme, "auto") == 0)
        background_ask();
    app_load_style(self);
    if (self->settings->title)
        title_begin();
    hyperlink_start(self->settings->hyperlinks);
    slow_line_start(self->settings->slow_line);
    divider_restore(self);
    app_show_first(self, options);
    self->indexer = search_indexer_start(NULL, self->events);
    online_restore(self, options->is_offline);
    engine_start(self->engine); /* only now: the first screen does not wait for threads */
    self->is_started = true;
    app_watch_folder(self);
    if (!options->is_compose_only) {
        activity_tell_failures(self);
        composer_recover(self);
    }
    hooks_tell(self->hooks, "start");
    app_loop(self);
    hooks_tell(self->hooks, "quit");
    app_save_place(self);
    free_views(self);
    title_end();
    screen_stop(); /* before the workers are joined: the shell's prompt need not wait for them */
    if (filing_is_busy(self))
        (void)fprintf(stderr, "%s\n", _("One moment: mail is being filed…"));
    int code = self->exit_code;
    app_free(self);
    return code;
}
