/* SPDX-License-Identifier: MIT */
/* Activity: connections, what was refused, work under way, what waits and since when, what was done, and what was said. */
#include "core/intent_list.h"
#include "core/outbox.h"
#include "core/store_message.h"
#include "core/undo.h"
#include "core/when.h"
#include "ui/app_private.h"
#include "ui/cmd_outbox.h"
#include "ui/date.h"
#include "ui/composer_errand.h"
#include "ui/filing.h"
#include "ui/outbox_line.h"
#include "ui/rows.h"
#include <glib/gi18n-lib.h>

enum { LINES_MAX = 500, DONE_SHOWN = 20, READ_EVERY_MS = 5000, READ_AT_MOST_EVERY_MS = 250 };
enum kind { KIND_CONNECTION, KIND_JOB, KIND_INTENT, KIND_FAILURE, KIND_OUTGOING, KIND_DONE, KIND_SAID };

struct view_activity {
    rows rows;
    bool is_stale;
    int64_t read_ms;
};

/* What a row is about. */
struct subject {
    int64_t account_id, placement_id, folder_id;
    bool is_only_here;
};

static struct view_activity *cast(view *self)
{
    return (struct view_activity *)(void *)self;
}

static int64_t now_utc(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

static void set_subject(struct rows_row *row, const struct subject *subject)
{
    row->data = g_memdup2(subject, sizeof *subject);
    row->data_free = g_free;
}

/* --- the rows --- */

static void add_connections(rows *self)
{
    static const char *const words[] = { N_("offline"), N_("follows another postern"),     N_("connecting"), N_("online"),
                                         N_("slow"),    N_("waits before it tries again"), N_("needs you") };
    g_autoptr(GPtrArray) states = engine_states(app_engine(self->base.app));
    rows_title(self, _("Connections"));
    for (guint i = 0; states != NULL && i < states->len; i++) {
        const struct engine_account_state *state = g_ptr_array_index(states, i);
        bool is_bad = state->state >= CONNECTION_SLOW;
        const char *word = state->state >= 0 && state->state < (int)G_N_ELEMENTS(words) ? _(words[state->state]) : "";
        struct rows_row *row = rows_add(self, is_bad ? THEME_WARNING : THEME_NORMAL, g_strdup_printf("  %-20s %s", state->name, word));
        row->kind = KIND_CONNECTION;
        row->id = state->account_id;
        row->detail = g_strdup(state->words);
        set_subject(row, &(struct subject){ .account_id = state->account_id });
    }
}

static void add_jobs(rows *self)
{
    g_autoptr(GPtrArray) jobs = status_jobs(self->base.app->status);
    if (jobs->len > 0)
        rows_title(self, _("Work under way"));
    for (guint i = 0; i < jobs->len; i++) {
        const struct status_job *job = g_ptr_array_index(jobs, i);
        struct rows_row *row = rows_add(self, THEME_PROGRESS, g_strdup_printf("  %s", job->title));
        row->kind = KIND_JOB;
        row->id = job->id;
        if (job->total > 0)
            row->right = g_strdup_printf("%" G_GINT64_FORMAT " / %" G_GINT64_FORMAT " (%d%%)", job->done, job->total,
                                         (int)CLAMP(job->done * 100 / job->total, 0, 100));
        set_subject(row, &(struct subject){ .account_id = job->account });
    }
}

/* "since 14:05, next try 14:20" */
static char *times_of(const struct intent_line *line)
{
    g_autofree char *since = line->since_utc != 0 ? date_short(line->since_utc, now_utc(), NULL) : NULL;
    bool waits = line->state == INTENT_QUEUED && line->not_before_utc > now_utc();
    g_autofree char *next = waits ? when_describe(line->not_before_utc, now_utc()) : NULL;
    if (next != NULL)
        return g_strdup_printf(_("next try %s"), next);
    if (line->state == INTENT_IN_FLIGHT)
        return g_strdup(_("under way"));
    return since != NULL ? g_strdup_printf(line->is_over ? "%s" : _("since %s"), since) : NULL;
}

static void add_line(rows *self, const struct intent_line *line)
{
    bool is_bad = line->state == INTENT_FAILED || line->attempts > 1;
    const struct account *account = app_account(self->base.app, line->account_id);
    struct rows_row *row = rows_add(self, is_bad ? THEME_WARNING : THEME_NORMAL, g_strdup_printf("  %s", line->words));
    row->kind = line->is_over ? KIND_FAILURE : KIND_INTENT;
    row->id = line->id;
    row->right = times_of(line);
    if (line->error != NULL && *line->error != '\0')
        row->detail = g_strdup_printf(_("%s says: %s"), account != NULL ? account->name : "?", line->error);
    set_subject(row, &(struct subject){ line->account_id, line->placement_id, line->folder_id, line->is_only_here });
}

static void add_lines(rows *self, const GPtrArray *lines, bool is_failed, const char *title)
{
    bool has_title = false;
    for (guint i = 0; lines != NULL && i < lines->len; i++) {
        const struct intent_line *line = g_ptr_array_index(lines, i);
        if ((line->state == INTENT_FAILED) != is_failed)
            continue;
        if (!has_title)
            rows_title(self, title);
        has_title = true;
        add_line(self, line);
    }
}

/* The queue may be longer than what is told one by one. */
static void add_rest(rows *self, const GPtrArray *lines)
{
    int64_t told = 0, all = intent_count(app_store(self->base.app), 0);
    for (guint i = 0; lines != NULL && i < lines->len; i++) {
        const struct intent_line *line = g_ptr_array_index(lines, i);
        told += line->state != INTENT_FAILED ? line->count : 0;
    }
    if (all > told)
        rows_add(self, THEME_DIM, g_strdup_printf(_("  and %lld more"), (long long)(all - told)))->is_title = true;
}

static void add_outbox(rows *self)
{
    g_autoptr(GPtrArray) items = outbox_items(app_store(self->base.app), NULL);
    if (items != NULL && items->len > 0)
        rows_title(self, _("Outgoing mail"));
    for (guint i = 0; items != NULL && i < items->len; i++) {
        const struct outbox_item *item = g_ptr_array_index(items, i);
        struct rows_row *row = rows_add(self, outbox_line_is_bad(item) ? THEME_WARNING : THEME_NORMAL,
                                        g_strdup_printf("  %s", item->subject != NULL ? item->subject : _("(no subject)")));
        row->kind = KIND_OUTGOING;
        row->id = item->id;
        row->right = outbox_line_state(item, engine_is_account_online(app_engine(self->base.app), item->account_key));
        row->detail = outbox_line_detail(item);
        set_subject(row, &(struct subject){ .account_id = item->account_id });
    }
}

static void add_history(rows *self)
{
    g_autoptr(GPtrArray) all = undo_history(app_store(self->base.app), NULL);
    bool has_next = false;
    if (all == NULL || all->len == 0)
        return;
    rows_title(self, _("What you did"));
    for (guint i = 0; i < all->len && i < DONE_SHOWN; i++) {
        const struct undo_entry *each = g_ptr_array_index(all, i);
        bool is_next = !each->is_undone && !has_next;
        const char *mark = each->is_undone ? _(" (taken back)") : is_next ? _(" (undo takes this back)") : "";
        struct rows_row *row = rows_add(self, each->is_undone ? THEME_DIM : THEME_NORMAL, g_strdup_printf("  %s%s", each->words, mark));
        has_next = has_next || is_next;
        row->kind = KIND_DONE;
        row->id = (int64_t)i;
        row->right = each->at_utc != 0 ? date_short(each->at_utc, now_utc(), NULL) : NULL;
    }
}

static void add_log(rows *self)
{
    const GPtrArray *said = app_log(self->base.app);
    rows_title(self, _("What was said"));
    for (guint i = said->len; i > 0; i--) {
        struct rows_row *row = rows_add(self, THEME_DIM, g_strdup_printf("  %s", (const char *)g_ptr_array_index(said, i - 1)));
        row->kind = KIND_SAID;
        row->goes_on = true;
        row->id = (int64_t)i;
    }
}

static void reload(struct view_activity *self)
{
    g_autoptr(GPtrArray) lines = intent_lines(app_store(self->rows.base.app), LINES_MAX, NULL);
    rows_begin(&self->rows);
    add_connections(&self->rows);
    add_lines(&self->rows, lines, true, _("Could not be done"));
    add_jobs(&self->rows);
    add_outbox(&self->rows);
    add_lines(&self->rows, lines, false, _("To be done on the servers"));
    add_rest(&self->rows, lines);
    add_history(&self->rows);
    add_log(&self->rows);
    rows_end(&self->rows);
    self->is_stale = false;
    self->read_ms = app_now_ms();
}

/* --- the view --- */

/* A flood of events is read a few times a second. */
static void draw(view *base)
{
    struct view_activity *self = cast(base);
    if (self->is_stale && (self->read_ms == 0 || app_now_ms() - self->read_ms >= READ_AT_MOST_EVERY_MS))
        reload(self);
    rows_draw(base);
}

static void make_stale(struct view_activity *self)
{
    self->is_stale = true;
    view_touch(&self->rows.base);
}

/* By a key of the person's: the answer is seen at once. */
static void changed(struct view_activity *self)
{
    self->read_ms = 0;
    make_stale(self);
    app_after_change(self->rows.base.app);
}

static void event(view *base, const struct event *news)
{
    (void)news;
    make_stale(cast(base));
}

static void tick(view *base, int64_t now_ms)
{
    struct view_activity *self = cast(base);
    if (self->is_stale || now_ms - self->read_ms >= READ_EVERY_MS)
        make_stale(self);
}

static bool cancel_job(struct view_activity *self, int64_t id)
{
    app *ui = self->rows.base.app;
    g_autoptr(GPtrArray) jobs = status_jobs(ui->status);
    for (guint i = 0; i < jobs->len; i++) {
        const struct status_job *job = g_ptr_array_index(jobs, i);
        if (job->id != id)
            continue;
        app_say(ui, _("Cancelled: %s"), job->title);
        if (!composer_errand_cancel(ui, job->id) && !filing_cancel(ui, job->id))
            engine_cancel_job(app_engine(ui), job->id);
        changed(self);
        return true;
    }
    return false;
}

static void release(view *base)
{
    rows_clear(&cast(base)->rows);
    g_free(cast(base));
}

static const struct view_ops ops = { .name = "activity",
                                     .context = CONTEXT_ACTIVITY,
                                     .layout = rows_layout,
                                     .draw = draw,
                                     .key = rows_key,
                                     .mouse = rows_mouse,
                                     .event = event,
                                     .tick = tick,
                                     .free = release };

void view_activity_push(app *ui)
{
    struct view_activity *self = g_new0(struct view_activity, 1);
    rows_init(&self->rows, &ops, ui);
    self->is_stale = true;
    view_push(ui, &self->rows.base);
}

void activity_tell_failures(app *ui)
{
    int64_t count = intent_failures(app_store(ui));
    const char *key = keymap_key_for(ui, command_find("activity"), CONTEXT_LIST);
    if (count > 0)
        app_error(ui,
                  g_dngettext(GETTEXT_PACKAGE, "%d thing could not be done on its server: %s shows it.",
                              "%d things could not be done on their servers: %s shows them.", (gulong)count),
                  (int)count, key);
}

/* --- commands --- */

static const struct rows_row *chosen(view *base, enum kind *kind_out, struct subject *subject_out)
{
    const struct rows_row *row = base->ops == &ops ? rows_current(&cast(base)->rows) : NULL;
    *subject_out = row != NULL && row->data != NULL ? *(const struct subject *)row->data : (struct subject){ 0 };
    *kind_out = row != NULL ? (enum kind)row->kind : KIND_SAID;
    return row;
}

static void open_subject(app *ui, view *base, const struct subject *subject)
{
    g_autoptr(placement) mail = subject->placement_id != 0 ? store_placement(app_store(ui), subject->placement_id, NULL) : NULL;
    g_autoptr(folder) box = mail == NULL && subject->folder_id != 0 ? store_folder(app_store(ui), subject->folder_id, NULL) : NULL;
    bool has_mail = mail != NULL && mail->folder_id != 0;
    if (!has_mail && box == NULL) {
        app_brief(ui, _("The message or folder is not there any more."));
        return;
    }
    view_pop(ui, base);
    app_open_folder(ui, has_mail ? mail->folder_id : box->id);
    if (has_mail)
        app_open_message(ui, mail->id);
}

void cmd_activity_open(app *ui, view *base)
{
    struct subject subject;
    enum kind kind;
    if (chosen(base, &kind, &subject) == NULL)
        return;
    if (kind == KIND_OUTGOING)
        cmd_outbox(ui, base);
    else if (kind == KIND_INTENT || kind == KIND_FAILURE)
        open_subject(ui, base, &subject);
}

/* Of a question, or of what had to wait, the view may be gone when it is answered. */
static struct view_activity *shown(app *ui)
{
    for (guint i = 0; i < ui->stack->len; i++) {
        view *each = g_ptr_array_index(ui->stack, i);
        if (each->ops == &ops)
            return cast(each);
    }
    return NULL;
}

/* text: what is said of it; NULL: nothing. */
static void tell(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    if (!is_done && error != NULL)
        app_error(ui, "%s", error->message);
    else if (is_done && step->text != NULL)
        app_say(ui, "%s", step->text);
    if (shown(ui) != NULL)
        changed(shown(ui));
}

/* id: a message of the outbox; 0: all of the account that waits. */
static bool apply_retry(store *db, struct filing_step *step, GError **error)
{
    return step->id != 0 ? outbox_schedule(db, step->id, 0, error) : intent_retry_now(db, step->number, error);
}

static void retried(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    const struct account *account = app_account(ui, step->number);
    tell(ui, step, is_done, error);
    if (!is_done || account == NULL)
        return;
    engine_sync_now(app_engine(ui), account->id);
    app_say(ui, _("%s: tried again now."), account->name);
}

void cmd_activity_retry(app *ui, view *base)
{
    struct subject subject;
    enum kind kind;
    const struct rows_row *row = chosen(base, &kind, &subject);
    const struct filing_step step = { .apply = apply_retry,
                                      .done = retried,
                                      .id = row != NULL && kind == KIND_OUTGOING ? row->id : 0,
                                      .number = row != NULL ? subject.account_id : 0 };
    if (row != NULL && app_account(ui, subject.account_id) != NULL)
        filing_step_start(ui, &step);
}

static bool apply_discard(store *db, struct filing_step *step, GError **error)
{
    return intent_discard(db, step->id, error);
}

static bool apply_seen(store *db, struct filing_step *step, GError **error)
{
    return intent_failure_seen(db, step->id, error);
}

static bool apply_hold(store *db, struct filing_step *step, GError **error)
{
    return outbox_hold(db, step->id, error);
}

static void discard_intent(app *ui, int64_t id)
{
    const struct filing_step step = {
        .apply = apply_discard, .done = tell, .id = id, .text = _("It is not done any more; all is as it was before.")
    };
    filing_step_start(ui, &step);
}

static void answer_discard(app *ui, void *data, const char *answer)
{
    if (answer != NULL && *answer == '1')
        discard_intent(ui, *(const int64_t *)data);
}

static void ask_discard(app *ui, int64_t id)
{
    const char *const choices[] = { N_("&Keep it"), N_("&Delete it for good"), NULL };
    view_choice_push(ui, _("The only copy"), _("This message is only on this computer: its server did not take it."), choices,
                     answer_discard, g_memdup2(&id, sizeof id), g_free);
}

void cmd_activity_discard(app *ui, view *base)
{
    struct subject subject;
    enum kind kind;
    const struct rows_row *row = chosen(base, &kind, &subject);
    if (row == NULL || (kind != KIND_FAILURE && kind != KIND_INTENT && kind != KIND_OUTGOING))
        return;
    if (kind == KIND_INTENT && subject.is_only_here) {
        ask_discard(ui, row->id);
    } else if (kind == KIND_INTENT) {
        discard_intent(ui, row->id);
    } else {
        const struct filing_step step = { .apply = kind == KIND_FAILURE ? apply_seen : apply_hold,
                                          .done = tell,
                                          .id = row->id,
                                          .text = kind == KIND_OUTGOING ? _("Not sent: it goes back to Drafts.") : NULL };
        filing_step_start(ui, &step);
    }
}

void cmd_activity_cancel(app *ui, view *base)
{
    struct subject subject;
    enum kind kind;
    const struct rows_row *row = chosen(base, &kind, &subject);
    if (row == NULL || kind != KIND_JOB || !cancel_job(cast(base), row->id))
        app_brief(ui, _("Nothing under way is under the cursor."));
}
