/* SPDX-License-Identifier: MIT */
/* New mail: a ring, an escape sequence the terminal shows (OSC 9, or 777 where only that is known), or the desktop. */
#include "ui/news.h"
#include "core/arrival.h"
#include "core/notify_desktop.h"
#include "core/store_message.h"
#include "ui/app_private.h"
#include "ui/view_list.h"
#include "ui/picture_screen.h"
#include <curses.h>
#include <stdio.h>
#include <string.h>

enum { REMEMBERED_MAX = 10000, QUIET_MS = 5000 };

static bool is_seen(app *ui, int64_t placement_id)
{
    g_autoptr(placement) place = store_placement(ui->store, placement_id, NULL);
    return place == NULL || (place->flags & MESSAGE_SEEN);
}

/* The inboxes are told of by the rules, other folders where they were chosen; each can be kept quiet. */
bool news_is_wanted(app *ui, const struct event *event)
{
    if (event->type == EVENT_NEWS ? event->state == NEWS_KEPT_QUIET : is_seen(ui, event->item))
        return false;
    g_autoptr(folder) box = store_folder(ui->store, event->folder, NULL);
    if (box == NULL)
        return event->type == EVENT_NEWS;
    bool is_inbox = box->role == FOLDER_INBOX;
    if (event->type == EVENT_MESSAGE_ARRIVED && (is_inbox || box->role == FOLDER_SENT || box->role == FOLDER_DRAFTS))
        return false;
    return notify_list_wants(ui->settings->notify_folders, box->name, event->type == EVENT_NEWS);
}

/* The window has the focus, as far as the terminal tells, and the mail is on the screen, or that is enough. */
static bool is_looked_at(app *ui, int64_t folder_id)
{
    return ui->has_focus_reports && !ui->is_unfocused &&
           (!ui->settings->notify_focused || view_list_shows(ui->panes[PANE_LIST], folder_id));
}

static void desktop_event(app *ui, const struct event *event);

void news_event(app *ui, const struct event *event)
{
    if (event->type == EVENT_QUERY_DONE)
        desktop_event(ui, event);
    if ((event->type != EVENT_MESSAGE_ARRIVED && event->type != EVENT_NEWS) || !news_is_wanted(ui, event))
        return;
    ui->has_arrivals = true;
    if (ui->news == NULL)
        ui->news = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (ui->news->len < REMEMBERED_MAX && !is_looked_at(ui, event->folder))
        g_array_append_val(ui->news, event->item);
}

char *news_sequence(const char *term, bool is_vte, const char *title, const char *body)
{
    if (term == NULL || strcmp(term, "linux") == 0 || strcmp(term, "dumb") == 0 || g_str_has_prefix(term, "vt"))
        return NULL;
    if (is_vte || g_str_has_prefix(term, "rxvt")) {
        g_autofree char *head = g_strdelimit(g_strdup(title), ";", ','); /* parts its fields */
        return g_strdup_printf("\033]777;notify;%s;%s\033\\", head, body);
    }
    /* A number in front would be read as a command of its own by some. */
    return g_strdup_printf("\033]9;postern: %s: %s\033\\", title, body);
}

static void ring(void)
{
    picture_screen_yield();
    beep();
}

static bool tell_terminal(const struct notification *words)
{
    g_autofree char *sequence = news_sequence(g_getenv("TERM"), g_getenv("VTE_VERSION") != NULL, words->title, words->body);
    const char *charset = NULL;
    if (sequence == NULL)
        return false;
    g_autofree char *bytes =
        g_get_charset(&charset) ? g_strdup(sequence) : g_convert_with_fallback(sequence, -1, charset, "UTF-8", "?", NULL, NULL, NULL);
    if (bytes == NULL)
        return false;
    picture_screen_yield();
    fputs(bytes, stdout); /* between two pictures: curses writes nothing before the next */
    fflush(stdout);
    return true;
}

/* --- the desktop, asked on a thread: it may take its time --- */
struct job {
    notification words;
    uint32_t id;
    bool is_told, is_told_otherwise; /* otherwise: by the terminal already */
};

static void job_free(gpointer data)
{
    struct job *self = data;
    notification_clear(&self->words);
    g_free(self);
}

static void tell(store *db, void *data)
{
    struct job *self = data;
    (void)db;
    self->is_told = notify_desktop(&self->words, &self->id, NULL);
}

/* In the place of the last one, so that there is never more than one of postern's. */
static void tell_desktop(app *ui, const struct notification *words, bool is_told_otherwise)
{
    struct job *job = g_new0(struct job, 1);
    job->words = (notification){ g_strdup(words->title), g_strdup(words->body) };
    job->id = ui->desktop_news;
    job->is_told_otherwise = is_told_otherwise;
    ui->desktop_job = query_run(app_files(ui), tell, job, job_free);
}

/* Where there is no desktop, the terminal says it, and at the least it rings. */
static void desktop_event(app *ui, const struct event *event)
{
    struct job *job = ui->desktop_job != 0 && event->item == ui->desktop_job ? query_take(app_files(ui), event->item) : NULL;
    if (job == NULL)
        return;
    ui->desktop_job = 0;
    if (job->is_told)
        ui->desktop_news = job->id;
    else if (!job->is_told_otherwise && !tell_terminal(&job->words) && !ui->settings->bell)
        ring();
    job_free(job);
}

static bool is_wished(const char *setting, const char *way)
{
    return strcmp(setting, way) == 0 || strcmp(setting, "both") == 0;
}

/* The first at once; what comes within the next seconds is told of together. */
void news_tell(app *ui)
{
    const char *way = ui->settings->notify != NULL ? ui->settings->notify : "off";
    g_auto(notification) words = { 0 };
    if (!ui->has_arrivals || app_now_ms() < ui->news_quiet_until_ms)
        return;
    ui->news_quiet_until_ms = app_now_ms() + QUIET_MS;
    if (ui->settings->bell)
        ring();
    if (strcmp(way, "off") != 0 && notification_of(ui->store, (const int64_t *)(void *)ui->news->data, ui->news->len, &words)) {
        bool is_told = is_wished(way, "terminal") && tell_terminal(&words);
        if (is_wished(way, "desktop"))
            tell_desktop(ui, &words, is_told);
    }
    g_array_set_size(ui->news, 0);
    ui->has_arrivals = false;
}
