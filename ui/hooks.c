/* SPDX-License-Identifier: MIT */
/* Programs of a person's own that hear what happens: JSON on their standard input. */
#include "ui/hooks.h"
#include "core/arrival.h"
#include "core/compose.h"
#include "core/outbox.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include "ui/app_private.h"
#include "ui/hook_run.h"
#include "ui/news.h"
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <string.h>

enum { BATCH_MAX = 200, ARRIVED_MAX = 100000 };

enum hook { HOOK_NEW_MAIL, HOOK_SENT, HOOK_FAILED, HOOK_BEFORE_SEND, HOOK_START, HOOK_QUIT, HOOK_COUNT };

static const struct {
    const char *event;
    size_t offset; /* of the command in the settings */
} table[HOOK_COUNT] = {
    [HOOK_NEW_MAIL] = { "new-mail", offsetof(struct settings, hook_new_mail) },
    [HOOK_SENT] = { "sent", offsetof(struct settings, hook_sent) },
    [HOOK_FAILED] = { "send-failed", offsetof(struct settings, hook_send_failed) },
    [HOOK_BEFORE_SEND] = { "before-send", offsetof(struct settings, hook_before_send) },
    [HOOK_START] = { "start", offsetof(struct settings, hook_start) },
    [HOOK_QUIT] = { "quit", offsetof(struct settings, hook_quit) },
};

/* One that runs, or waits until the one before it of its kind has ended: many messages are not many programs. */
struct job {
    enum hook hook;
    char *input;
    hook_run *run;
    hooks_answer *done;
    void *data;
};
struct arrived {
    int64_t placement;
    bool is_wanted; /* a person is told of it as well */
};
struct hooks {
    app *app;
    GPtrArray *jobs;   /* of struct job*, in order */
    GArray *arrived;   /* of struct arrived, for the next run of new-mail */
    GHashTable *known; /* int64: messages that were told of: what is filed elsewhere, by whomever, is not new again */
    GHashTable *told;  /* outbox rows that were told of, with their state */
};

static void job_free(gpointer data)
{
    struct job *job = data;
    hook_run_free(job->run);
    g_free(job->input);
    g_free(job);
}

hooks *hooks_new(app *ui)
{
    hooks *self = g_new0(hooks, 1);
    self->app = ui;
    self->jobs = g_ptr_array_new_with_free_func(job_free);
    self->arrived = g_array_new(FALSE, FALSE, sizeof(struct arrived));
    self->known = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    self->told = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return self;
}

void hooks_free(hooks *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->jobs);
    g_array_unref(self->arrived);
    g_hash_table_unref(self->known);
    g_hash_table_unref(self->told);
    g_free(self);
}

static const char *command_of(const hooks *self, enum hook hook)
{
    const char *words = *(char *const *)((const char *)self->app->settings + table[hook].offset);
    return words != NULL && *words != '\0' ? words : NULL;
}

static struct job *add_job(hooks *self, enum hook hook, json_t *facts /* taken */)
{
    struct job *job = g_new0(struct job, 1);
    json_object_set_new(facts, "event", json_string(table[hook].event));
    char *bytes = json_dumps(facts, JSON_COMPACT);
    job->hook = hook;
    job->input = g_strconcat(bytes != NULL ? bytes : "{}", "\n", NULL);
    free(bytes);
    json_decref(facts);
    g_ptr_array_add(self->jobs, job);
    return job;
}

/* Of strangers' bytes only valid UTF-8 is JSON. */
static json_t *json_text(const char *words)
{
    g_autofree char *valid = words != NULL ? g_utf8_make_valid(words, -1) : NULL;
    return valid != NULL ? json_string(valid) : json_null();
}

/* --- what happens --- */

static json_t *message_facts(const struct placement *mail, bool is_wanted)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:b}", "id", (json_int_t)mail->id, "account",
                     json_text(mail->account_key), "folder", json_text(mail->folder_name), "from_name", json_text(mail->from_name), "from",
                     json_text(mail->from_address), "to", json_text(mail->to), "subject", json_text(mail->subject), "message_id",
                     json_text(mail->message_id_header), "date", (json_int_t)mail->date_utc, "size", (json_int_t)mail->size_bytes, "notify",
                     (int)is_wanted);
}

/* In the inboxes and where rules look, after the rules; elsewhere as it comes, but for what one wrote oneself, and what was read already. */
static bool is_new_mail(hooks *self, const struct event *event)
{
    if (event->type == EVENT_NEWS)
        return event->state != NEWS_RETURNED;
    g_autoptr(folder) box = event->type == EVENT_MESSAGE_ARRIVED ? store_folder(self->app->store, event->folder, NULL) : NULL;
    g_autoptr(placement) mail = box != NULL ? store_placement(self->app->store, event->item, NULL) : NULL;
    return mail != NULL && !(mail->flags & MESSAGE_SEEN) && box->role != FOLDER_INBOX && box->role != FOLDER_SENT &&
           box->role != FOLDER_DRAFTS && box->role != FOLDER_TRASH && !arrival_awaits(self->app->store, event->item);
}

static void note_arrived(hooks *self, const struct event *event)
{
    const struct arrived arrived = { event->item, news_is_wanted(self->app, event) };
    if (self->arrived->len < ARRIVED_MAX)
        g_array_append_val(self->arrived, arrived);
}

static void tell_arrived(hooks *self)
{
    json_t *list = json_array();
    guint count = MIN(self->arrived->len, BATCH_MAX);
    for (guint i = 0; i < count; i++) {
        const struct arrived *each = &g_array_index(self->arrived, struct arrived, i);
        g_autoptr(placement) mail = store_placement(self->app->store, each->placement, NULL);
        if (mail != NULL && g_hash_table_add(self->known, g_memdup2(&mail->message_id, sizeof mail->message_id)))
            json_array_append_new(list, message_facts(mail, each->is_wanted));
    }
    g_array_remove_range(self->arrived, 0, count);
    if (json_array_size(list) > 0)
        add_job(self, HOOK_NEW_MAIL, json_pack("{s:o}", "messages", list));
    else
        json_decref(list);
}

static void note_outbox(hooks *self, int64_t id)
{
    g_autoptr(GError) why = NULL;
    struct outbox_item *item = id != 0 ? outbox_item(self->app->store, id, &why) : NULL;
    if (item == NULL)
        return;
    bool is_sent = item->state == OUTBOX_ACCEPTED || item->state == OUTBOX_FILED, is_failed = item->state == OUTBOX_FAILED;
    enum hook hook = is_sent ? HOOK_SENT : HOOK_FAILED;
    bool is_new = (is_sent || is_failed) && g_hash_table_add(self->told, g_memdup2(&id, sizeof id));
    if (is_new && command_of(self, hook) != NULL) {
        json_t *recipients = json_array();
        for (char **each = item->recipients; each != NULL && *each != NULL; each++)
            json_array_append_new(recipients, json_text(*each));
        add_job(self, hook,
                json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "account", json_text(item->account_key), "from", json_text(item->sender),
                          "recipients", recipients, "subject", json_text(item->subject), "message_id", json_text(item->message_id), "reply",
                          json_text(item->reply)));
    }
    outbox_item_free(item);
}

void hooks_event(hooks *self, const struct event *event)
{
    if (command_of(self, HOOK_NEW_MAIL) != NULL && is_new_mail(self, event))
        note_arrived(self, event);
    if (event->type == EVENT_OUTBOX_CHANGED)
        note_outbox(self, event->item);
}

void hooks_tell(hooks *self, const char *event)
{
    for (size_t i = 0; i < HOOK_COUNT; i++)
        if (strcmp(table[i].event, event) == 0 && command_of(self, (enum hook)i) != NULL)
            add_job(self, (enum hook)i, json_object());
    hooks_tick(self, app_now_ms());
}

bool hooks_ask_before_send(hooks *self, const struct draft *draft, hooks_answer *done, void *data)
{
    if (command_of(self, HOOK_BEFORE_SEND) == NULL)
        return false;
    json_t *names = json_array();
    for (guint i = 0; draft->attachments != NULL && i < draft->attachments->len; i++) {
        const struct compose_attachment *file = g_ptr_array_index(draft->attachments, i);
        json_array_append_new(names, json_text(file->name));
    }
    struct job *job =
        add_job(self, HOOK_BEFORE_SEND,
                json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "account", json_text(draft->account_id), "from",
                          json_text(draft->from), "to", json_text(draft->to), "cc", json_text(draft->cc), "bcc", json_text(draft->bcc),
                          "subject", json_text(draft->subject), "text", json_text(draft->body), "attachments", names));
    job->done = done;
    job->data = data;
    return true;
}

/* --- running --- */

static bool is_running(const hooks *self, enum hook hook)
{
    for (guint i = 0; i < self->jobs->len; i++) {
        const struct job *each = g_ptr_array_index(self->jobs, i);
        if (each->hook == hook && each->run != NULL)
            return true;
    }
    return false;
}

/* The job is out of the list already: the answer may ask for another. */
static void finish(hooks *self, struct job *job, const char *words)
{
    if (words != NULL)
        app_error(self->app, _("The hook %s: %s"), table[job->hook].event, words);
    if (job->done != NULL)
        job->done(self->app, job->data, words);
    job_free(job);
}

static void start(hooks *self, struct job *job, int64_t now_ms)
{
    g_autoptr(GError) why = NULL;
    int64_t deadline = now_ms + (int64_t)self->app->settings->hook_timeout_s * 1000;
    const char *words = command_of(self, job->hook);
    job->run = words != NULL ? hook_run_start(words, job->input, strlen(job->input), deadline, &why) : NULL;
    if (job->run != NULL)
        return;
    guint at = 0;
    if (g_ptr_array_find(self->jobs, job, &at))
        g_ptr_array_steal_index(self->jobs, at);
    finish(self, job, why != NULL ? why->message : NULL);
}

static void hear(hooks *self, guint at, int64_t now_ms)
{
    struct job *job = g_ptr_array_index(self->jobs, at);
    if (!hook_run_has_ended(job->run, now_ms))
        return;
    g_autofree char *words = hook_run_is_good(job->run) ? NULL : hook_run_words(job->run);
    g_ptr_array_steal_index(self->jobs, at);
    finish(self, job, words);
}

void hooks_tick(hooks *self, int64_t now_ms)
{
    if (self->arrived->len > 0 && !is_running(self, HOOK_NEW_MAIL))
        tell_arrived(self);
    for (guint i = self->jobs->len; i > 0; i--) {
        const struct job *job = i <= self->jobs->len ? g_ptr_array_index(self->jobs, i - 1) : NULL;
        if (job != NULL && job->run != NULL)
            hear(self, i - 1, now_ms);
    }
    for (guint i = 0; i < self->jobs->len; i++) {
        struct job *job = g_ptr_array_index(self->jobs, i);
        if (job->run == NULL && !is_running(self, job->hook)) {
            start(self, job, now_ms);
            return; /* the list may be another now; the rest in the next turn */
        }
    }
}

bool hooks_is_busy(const hooks *self)
{
    return self->jobs->len > 0;
}
