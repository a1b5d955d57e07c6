/* SPDX-License-Identifier: MIT */
/* What was just sent: counted down, told of. */
#include "core/outbox.h"
#include "core/outbox_taking.h"
#include "core/store_contact.h"
#include "core/store_message.h"
#include "core/when.h"
#include "ui/app_private.h"
#include "ui/composer_draft.h"
#include "ui/filing.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* --- sending --- */
static struct {
    int64_t outbox_id; /* the last one, until it is sent; 0: none */
    int64_t until_ms;
    char *subject;
    char *said;       /* what the status line said first */
    bool is_last_act; /* postern ends once it is sent */
} last_sent;          /* of the one person at this screen */

static bool apply_people(store *db, struct filing_step *step, GError **error)
{
    g_auto(GStrv) fields = g_strsplit(step->text, "\n", -1);
    bool is_done = true;
    for (char **field = fields; is_done && *field != NULL; field++) {
        g_autoptr(GPtrArray) people = message_parse_addresses(*field, NULL);
        for (guint i = 0; is_done && people != NULL && i < people->len; i++) {
            const struct message_address *person = g_ptr_array_index(people, i);
            is_done = store_contact_note(db, person->name, person->address, true, g_get_real_time() / G_USEC_PER_SEC, error);
        }
    }
    return is_done;
}

static void people_noted(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    (void)ui;
    (void)step;
    (void)is_done;
    (void)error; /* only names are missing */
}

static void note_recipients(app *ui, const struct draft *draft)
{
    const char *const fields[] = { draft->to, draft->cc, draft->bcc };
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        g_string_append_printf(text, "%s\n", fields[i] != NULL ? fields[i] : "");
    const struct filing_step step = { .apply = apply_people, .done = people_noted, .text = text->str };
    filing_step_start(ui, &step);
}

static char *countdown(app *ui, int seconds)
{
    const char *key = keymap_key_for(ui, command_find("undo"), CONTEXT_LIST);
    return g_strdup_printf(_("Sending in %d s · %s takes it back"), seconds, *key != '\0' ? key : ":undo");
}

/* It goes at a time of its own: no seconds are counted. */
static void tell_plan(app *ui, int64_t at_utc)
{
    g_autofree char *when = when_describe(at_utc, g_get_real_time() / G_USEC_PER_SEC);
    const char *key = keymap_key_for(ui, command_find("undo"), CONTEXT_LIST);
    app_after_change(ui);
    app_say(ui, _("It will be sent %s · %s takes it back"), when, *key != '\0' ? key : ":undo");
}

/* From now on its seconds are counted. */
static void track(app *ui, int64_t outbox_id, const char *subject)
{
    int delay_s = app_settings(ui)->undo_delay_s;
    last_sent.outbox_id = outbox_id;
    last_sent.until_ms = app_now_ms() + delay_s * 1000;
    last_sent.is_last_act = false;
    g_free(last_sent.subject);
    last_sent.subject = g_strdup(subject);
    g_free(last_sent.said);
    last_sent.said = delay_s > 0 ? countdown(ui, delay_s) : g_strdup(_("Sending …"));
    app_after_change(ui);
    app_say(ui, "%s", last_sent.said);
}

/* What was sealed last, as it was written: for taking it back. In memory only. */
static struct {
    int64_t outbox_id;
    GBytes *draft;
} last_sealed;

static void remember_sealed(int64_t outbox_id, struct draft *draft)
{
    g_clear_pointer(&last_sealed.draft, g_bytes_unref);
    last_sealed.outbox_id = outbox_id;
    if (outbox_id != 0)
        last_sealed.draft = compose_build_draft(draft, true);
}

GBytes *composer_sealed_draft(int64_t outbox_id)
{
    return last_sealed.draft != NULL && last_sealed.outbox_id == outbox_id ? g_bytes_ref(last_sealed.draft) : NULL;
}

void composer_forget_sent(int64_t outbox_id)
{
    if (last_sent.outbox_id == outbox_id)
        last_sent.outbox_id = 0;
}

int64_t composer_submit(store *db, const char *account_id, const struct draft *draft, const struct composer_finished *finished, int delay_s,
                        int64_t at_utc, int64_t version, GError **error)
{
    gsize size = 0;
    const void *data = g_bytes_get_data(finished->bytes, &size);
    const struct outbox_letter letter = { .account_key = account_id,
                                          .bytes = data,
                                          .size = size,
                                          .sender = finished->sender,
                                          .recipients = finished->recipients,
                                          .delay_s = delay_s,
                                          .reply_to_placement = draft->reply_to_placement,
                                          .reply_flag = draft->reply_flag,
                                          .notice = { .notify = draft->asks_report ? "success,failure,delay" : NULL },
                                          .send_at_utc = at_utc,
                                          .draft = version,
                                          .is_undoable = true };
    return outbox_submit_letter(db, &letter, error);
}

void composer_sent(app *ui, struct draft *draft, int64_t outbox_id, int64_t at_utc, bool is_sealed)
{
    remember_sealed(is_sealed ? outbox_id : 0, draft);
    note_recipients(ui, draft);
    if (at_utc != 0)
        tell_plan(ui, at_utc);
    else
        track(ui, outbox_id, draft->subject);
}

bool composer_send_finished(app *ui, const struct account *from, struct draft *draft, const struct composer_finished *finished,
                            int64_t at_utc, int64_t version, GError **error)
{
    int64_t id = composer_submit(app_store(ui), from->id, draft, finished, app_settings(ui)->undo_delay_s, at_utc, version, error);
    if (id != 0)
        composer_sent(ui, draft, id, at_utc, finished->is_sealed);
    return id != 0;
}

bool composer_send(app *ui, const struct account *from, struct draft *draft, int64_t at_utc, int64_t version, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    if (!compose_build(draft, &bytes, &sender, &recipients, error))
        return false;
    const struct composer_finished finished = { .bytes = bytes, .sender = sender, .recipients = (const char *const *)recipients };
    return composer_send_finished(ui, from, draft, &finished, at_utc, version, error);
}

/* --- without a composer --- */
struct soon_letter {
    struct draft *draft; /* NULL: none */
    GBytes *bytes;
    char *sender, **recipients;
};

struct soon {
    char *account_id;
    struct soon_letter letter, companion;
    int delay_s;
    int64_t outbox_id;
    composer_sent_then *then;
    void *data;
    GDestroyNotify data_free;
};

static void soon_letter_clear(struct soon_letter *self)
{
    g_clear_pointer(&self->draft, draft_free);
    g_clear_pointer(&self->bytes, g_bytes_unref);
    g_free(self->sender);
    g_strfreev(self->recipients);
}

static void soon_free(void *data)
{
    struct soon *self = data;
    if (self->data_free != NULL)
        self->data_free(self->data);
    g_free(self->account_id);
    soon_letter_clear(&self->letter);
    soon_letter_clear(&self->companion);
    g_free(self);
}

static struct outbox_letter soon_outbox_letter(const struct soon *self, const struct soon_letter *from)
{
    gsize size = 0;
    const void *bytes = g_bytes_get_data(from->bytes, &size);
    return (struct outbox_letter){ .account_key = self->account_id,
                                   .bytes = bytes,
                                   .size = size,
                                   .sender = from->sender,
                                   .recipients = (const char *const *)from->recipients,
                                   .delay_s = self->delay_s,
                                   .reply_to_placement = from->draft->reply_to_placement,
                                   .reply_flag = from->draft->reply_flag,
                                   .notice = { .notify = from->draft->asks_report ? "success,failure,delay" : NULL } };
}

/* Undo names the first; the other one is found by it. */
static bool soon_apply(store *db, void *data, GError **error)
{
    struct soon *self = data;
    struct outbox_letter letter = soon_outbox_letter(self, &self->letter);
    letter.is_undoable = true;
    if (self->companion.draft != NULL) {
        const struct outbox_letter companion = soon_outbox_letter(self, &self->companion);
        self->outbox_id = outbox_submit_both(db, &letter, &companion, error);
    } else {
        self->outbox_id = outbox_submit_letter(db, &letter, error);
    }
    return self->outbox_id != 0;
}

static void soon_done(app *ui, void *data, bool is_done, const GError *error)
{
    struct soon *self = data;
    if (is_done)
        composer_sent(ui, self->letter.draft, self->outbox_id, 0, false);
    if (is_done && self->companion.draft != NULL)
        note_recipients(ui, self->companion.draft);
    self->then(ui, self->data, self->letter.draft, is_done, error);
}

static bool soon_build(struct soon_letter *self, GError **error)
{
    return self->draft == NULL || compose_build(self->draft, &self->bytes, &self->sender, &self->recipients, error);
}

static void companion_name(struct soon *self)
{
    if (self->companion.draft == NULL)
        return;
    g_free(self->companion.draft->message_id);
    self->companion.draft->message_id = outbox_companion_id(self->letter.draft->message_id);
}

void composer_send_both_soon(app *ui, const struct account *from, struct draft *draft, struct draft *companion, composer_sent_then *then,
                             void *data, GDestroyNotify data_free)
{
    g_autoptr(GError) why = NULL;
    struct soon *self = g_new0(struct soon, 1);
    *self = (struct soon){ .account_id = g_strdup(from->id),
                           .letter.draft = draft,
                           .companion.draft = companion,
                           .delay_s = app_settings(ui)->undo_delay_s,
                           .then = then,
                           .data = data,
                           .data_free = data_free };
    bool is_built = soon_build(&self->letter, &why);
    if (is_built)
        companion_name(self);
    if (is_built && soon_build(&self->companion, &why)) {
        const struct filing filing = { soon_apply, soon_done, soon_free, self, 1, true };
        filing_start(ui, &filing);
        return;
    }
    then(ui, data, draft, false, why);
    soon_free(self);
}

void composer_send_soon(app *ui, const struct account *from, struct draft *draft, composer_sent_then *then, void *data,
                        GDestroyNotify data_free)
{
    composer_send_both_soon(ui, from, draft, NULL, then, data, data_free);
}

void composer_redirected(app *ui, int64_t outbox_id, const char *subject)
{
    track(ui, outbox_id, subject != NULL ? subject : "");
}

/* Nothing else was said since: the line is still ours. */
static bool has_last_word(app *ui)
{
    const GPtrArray *log = app_log(ui);
    const char *last = log->len > 0 ? g_ptr_array_index(log, log->len - 1) : "";
    return last_sent.said != NULL && g_str_has_suffix(last, last_sent.said);
}

/* Said once; what becomes of it is told behind these words as behind the first ones. */
static void tell_kept(app *ui, const char *words)
{
    if (!has_last_word(ui) || strcmp(last_sent.said, words) == 0)
        return;
    g_free(last_sent.said);
    last_sent.said = g_strdup(words);
    app_say(ui, "%s", words);
}

static void tell_outcome(app *ui)
{
    g_autoptr(GError) why = NULL;
    struct outbox_item *item = outbox_item(app_store(ui), last_sent.outbox_id, &why);
    bool is_gone = item == NULL && (why == NULL || g_error_matches(why, STORE_ERROR, STORE_ERROR_MISSING));
    bool is_sent = is_gone || (item != NULL && (item->state == OUTBOX_ACCEPTED || item->state == OUTBOX_FILED));
    bool is_waiting =
        item == NULL ? !is_gone : item->state == OUTBOX_QUEUED || item->state == OUTBOX_SENDING || item->state == OUTBOX_DATA_BEGUN;
    bool is_offline =
        item != NULL && is_waiting && item->state == OUTBOX_QUEUED && !engine_is_account_online(app_engine(ui), item->account_key);
    bool is_tried = item != NULL && is_waiting && item->state == OUTBOX_QUEUED && item->attempts > 0;
    outbox_item_free(item);
    if (is_offline)
        tell_kept(ui, _("Kept in the outbox: it is sent when you are online."));
    else if (is_tried)
        tell_kept(ui, _("Kept in the outbox: it could not be sent yet, and is tried again."));
    if (is_sent && has_last_word(ui))
        app_say(ui, *last_sent.subject != '\0' ? _("Sent: %s") : _("Sent."), last_sent.subject);
    if (is_sent && last_sent.is_last_act)
        app_quit(ui);
    if (!is_waiting) /* what went wrong is told by the engine, with the server's words */
        last_sent.outbox_id = 0;
}

bool composer_is_sending(void)
{
    return last_sent.outbox_id != 0 && app_now_ms() < last_sent.until_ms && !last_sent.is_last_act;
}

static void answer_quit(app *ui, void *data, const char *answer)
{
    (void)data;
    if (answer == NULL || *answer == '2')
        return;
    last_sent.is_last_act = *answer == '0' && last_sent.outbox_id != 0;
    if (last_sent.is_last_act)
        app_say(ui, _("postern ends when the message is sent."));
    else
        app_quit(ui);
}

void composer_ask_quit(app *ui)
{
    const char *const choices[] = { N_("Quit when it is &sent"), N_("Quit &now: it is sent at the next start"), N_("&Go on"), NULL };
    view_choice_push(ui, _("Quit"), _("The last message is not sent yet."), choices, answer_quit, NULL, NULL);
}

void composer_count_down(app *ui, int64_t now_ms)
{
    if (last_sent.outbox_id == 0)
        return;
    int64_t left_ms = last_sent.until_ms - now_ms;
    if (left_ms <= 0) {
        tell_outcome(ui);
        return;
    }
    g_autofree char *line = countdown(ui, (int)((left_ms + 999) / 1000));
    if (has_last_word(ui) && !app_settings(ui)->accessible) /* nobody wants to hear each second */
        status_say(ui->status, line, false);                /* one line of the log is enough */
}
