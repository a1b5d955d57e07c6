/* SPDX-License-Identifier: MIT */
/* The one loop: wait, read all keys and events, change state, draw what is dirty, write once. */
#include "ui/app_private.h"
#include "core/language.h"
#include "ui/background.h"
#include "ui/composer_draft.h"
#include "ui/cmd_message.h"
#include "ui/cmd_unsubscribe.h"
#include "ui/invitation_save.h"
#include "ui/filing.h"
#include "ui/hooks.h"
#include "ui/keystroke.h"
#include "ui/news.h"
#include "ui/picture_screen.h"
#include "ui/screen.h"
#include "ui/search_server.h"
#include "ui/title.h"
#include "ui/view_folders.h"
#include "ui/view_list.h"
#include <curses.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

enum { TICK_MS = 1000, STOPPED_MS = 10000, HOOK_LOOK_MS = 50, KEYS_PER_TURN = 1000, EVENTS_PER_TURN = 500 };

/* --- keys --- */

void app_key(app *ui, const struct key *key)
{
    if (key->kind == KEY_KIND_FOCUS) {
        ui->has_focus_reports = true;
        ui->is_unfocused = !key->has_focus;
        if (key->has_focus && ui->engine != NULL)
            engine_note_use(ui->engine); /* somebody looks */
        return;
    }
    if (key->kind == KEY_KIND_ANSWER) {
        if (background_has_news() && g_strcmp0(ui->settings->theme, "auto") == 0) {
            app_load_style(ui);
            app_refresh(ui);
        }
        app_touch_mail(ui);
        return;
    }
    ui->last_key_ms = ui->pace.key_ms = app_now_ms();
    if (ui->engine != NULL)
        engine_note_use(ui->engine);
    ui->pace.is_asked = true;
    if (ui->stack->len == 0)
        view_list_hold(ui->panes[PANE_LIST]);
    if (key->kind == KEY_KIND_MOUSE) {
        app_mouse(ui, key);
        return;
    }
    status_forget_brief(ui->status);
    if (key->kind == KEY_KIND_PASTE) {
        view *top = view_top(ui);
        if (top->ops->key != NULL)
            top->ops->key(top, key); /* text, never commands */
        if (key->is_cut) {
            g_autofree char *most = language_size(INPUT_PASTE_MAX);
            app_error(ui, _("Of what was pasted only the first %s were taken. The rest can go along as a file."), most);
        }
        return;
    }
    keystroke_press(ui, key);
}

static void read_keys(app *ui)
{
    struct key key;
    for (int i = 0; i < KEYS_PER_TURN && !ui->is_quitting && input_read(&key); i++)
        if (!ui->layout.is_too_small)
            app_key(ui, &key);
}

/* --- events --- */

static void open_first_inbox(app *ui, int64_t account_id)
{
    g_autoptr(folder) inbox = store_folder_by_role(ui->store, account_id, FOLDER_INBOX, NULL);
    if (inbox == NULL)
        return;
    view_list_show(ui->panes[PANE_LIST], inbox->id, 0);
    view_folders_select(ui->panes[PANE_FOLDERS], inbox->id);
    app_watch_folder(ui);
}

static void react(app *ui, const struct event *event)
{
    switch (event->type) {
    case EVENT_INTENT_FAILED:
        app_tell(ui, event->text != NULL ? event->text : "");
        app_touch_mail(ui);
        break;
    case EVENT_NOTICE:
        if (event->state != 0)
            app_tell(ui, event->text != NULL ? event->text : "");
        else
            app_say(ui, "%s", event->text != NULL ? event->text : "");
        break;
    case EVENT_QUESTION:
        view_question_push(ui, event->item);
        break;
    case EVENT_ALONE:
        engine_wake(ui->engine);
        break;
    case EVENT_VISIT:
        view_visit_push(ui, event->state != 0 ? event->account : 0, event->text);
        break;
    case EVENT_FOLDER_CHANGED:
    case EVENT_BODY_AVAILABLE:
        search_indexer_wake(ui->indexer);
        break;
    case EVENT_FOLDERS_CHANGED:
        if (app_current_folder(ui) == 0 && !view_list_is_search(ui->panes[PANE_LIST]))
            open_first_inbox(ui, event->account);
        break;
    case EVENT_NEWS:
    case EVENT_MESSAGE_ARRIVED:
    case EVENT_QUERY_DONE: /* what the desktop said */
        news_event(ui, event);
        break;
    case EVENT_SERVER_SEARCH:
    case EVENT_CONNECTION:
        search_server_event(ui, event);
        break;
    default:
        break;
    }
}

/* Somebody who looks at an empty list waits for its first rows. */
static bool is_first_page(app *ui, const struct event *event)
{
    int64_t shown = app_current_folder(ui);
    bool is_news_of_it = shown == 0 ? event->type == EVENT_FOLDERS_CHANGED
                                    : event->type == EVENT_FOLDER_CHANGED && view_list_shows(ui->panes[PANE_LIST], event->folder);
    return is_news_of_it && view_list_current(ui->panes[PANE_LIST]) == 0;
}

static void take_events(app *ui)
{
    for (int i = 0; i < EVENTS_PER_TURN && !ui->is_quitting; i++) {
        struct event *event = event_take(ui->events);
        if (event == NULL)
            return;
        pace_note(&ui->pace, event);
        ui->pace.is_asked = ui->pace.is_asked || is_first_page(ui, event);
        filing_event(ui, event);
        unsubscribe_event(ui, event);
        invitation_save_event(ui, event);
        hooks_event(ui->hooks, event);
        picture_screen_event(event);
        app_event(ui, event);
        react(ui, event);
        event_free(event);
    }
}

static void tick(app *ui)
{
    int64_t now = app_now_ms();
    if (ui->last_tick_ms != 0 && now - ui->last_tick_ms > STOPPED_MS)
        engine_network_changed(ui->engine); /* stopped, or frozen with the machine around us: connections may have died without a word */
    if (now - ui->last_tick_ms < TICK_MS)
        return;
    ui->last_tick_ms = now;
    if (screen_is_resized() && screen_resize()) /* not every terminal, or what sits between, sends the signal */
        app_layout(ui);
    status_tick(ui->status, now);
    title_tick(ui);
    filing_tick(ui);
    composer_count_down(ui, now);
    composer_settle_tick(ui, now);
    cmd_print_tick(ui, now);
    for (size_t i = 0; i < PANE_COUNT; i++)
        if (ui->panes[i]->ops->tick != NULL)
            ui->panes[i]->ops->tick(ui->panes[i], now);
    g_autoptr(GPtrArray) stack = g_ptr_array_copy(ui->stack, NULL, NULL);
    for (guint i = 0; i < stack->len; i++) {
        view *each = g_ptr_array_index(stack, i);
        if (g_ptr_array_find(ui->stack, each, NULL) && each->ops->tick != NULL)
            each->ops->tick(each, now);
    }
}

/* --- signals --- */

static void suspend_program(app *ui)
{
    screen_suspend();
    raise(SIGSTOP);
    screen_resume();
    app_refresh(ui);
}

static void take_signals(app *ui)
{
    unsigned set = screen_signals();
    if (set & SCREEN_ENDED)
        ui->is_quitting = true;
    if (set & SCREEN_STOPPED)
        suspend_program(ui);
    if ((set & SCREEN_RESIZED) && screen_resize())
        app_layout(ui);
    ui->pace.is_asked = ui->pace.is_asked || set != 0;
}

static int timeout_ms(const app *ui)
{
    int64_t now = app_now_ms(), until = ui->last_tick_ms + TICK_MS;
    if (app_is_dirty(ui))
        until = MIN(until, pace_due_ms(&ui->pace, now));
    if (hooks_is_busy(ui->hooks))
        until = MIN(until, now + HOOK_LOOK_MS);
    until = MIN(MIN(until, keystroke_due_ms(ui)), MIN(picture_screen_due_ms(now), picture_terminal_due_ms()));
    return (int)CLAMP(until - now, 0, TICK_MS);
}

static void draw_when_due(app *ui)
{
    int64_t now = app_now_ms();
    if (!app_is_dirty(ui)) {
        ui->pace.is_asked = false;
    } else if (pace_due_ms(&ui->pace, now) <= now) {
        app_draw(ui);
        pace_drawn(&ui->pace, now);
    }
}

void app_loop(app *ui)
{
    read_keys(ui); /* what curses has read already wakes no poll() */
    while (!ui->is_quitting) {
        int pictures_fd = picture_screen_has_words(app_now_ms()) ? STDOUT_FILENO : -1;
        struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                                { .fd = screen_signal_fd(), .events = POLLIN },
                                { .fd = event_queue_fd(ui->events), .events = POLLIN },
                                { .fd = pictures_fd, .events = POLLOUT } };
        if (poll(fds, G_N_ELEMENTS(fds), timeout_ms(ui)) < 0 && errno != EINTR)
            break;
        if (fds[1].revents)
            take_signals(ui);
        if (fds[0].revents & POLLIN)
            read_keys(ui);
        if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
            ui->is_quitting = true; /* the terminal is gone; not everybody is sent SIGHUP, and its end reads as no key, for ever */
        take_events(ui);
        news_tell(ui);
        hooks_tick(ui->hooks, app_now_ms());
        tick(ui);
        keystroke_tick(ui, app_now_ms());
        if (picture_terminal_tick(app_now_ms()))
            app_touch_mail(ui);
        if (!ui->is_quitting)
            draw_when_due(ui);
        picture_screen_write(app_now_ms());
    }
}
