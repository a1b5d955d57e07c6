/* SPDX-License-Identifier: MIT */
/* What was just sent: counted down, told of, taken back into a composer. */
#include "core/calendar.h"
#include "core/header_fields.h"
#include "core/outbox.h"
#include "core/store_contact.h"
#include "core/store_message.h"
#include "core/undo.h"
#include "core/when.h"
#include "ui/app_private.h"
#include "ui/invitation_save.h"
#include "ui/composer_draft.h"
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

static void note_recipients(app *ui, const struct draft *draft)
{
    const char *const fields[] = { draft->to, draft->cc, draft->bcc };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_autoptr(GPtrArray) people = fields[i] != NULL ? message_parse_addresses(fields[i], NULL) : NULL;
        for (guint k = 0; people != NULL && k < people->len; k++) {
            const struct message_address *person = g_ptr_array_index(people, k);
            store_contact_note(app_store(ui), person->name, person->address, true, g_get_real_time() / G_USEC_PER_SEC, NULL);
        }
    }
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

bool composer_redirect(app *ui, const struct account *from, message *original, const char *to, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    gsize size = 0;
    if (!compose_redirect(from, original, to, &bytes, &sender, &recipients, error))
        return false;
    const void *data = g_bytes_get_data(bytes, &size);
    const char *subject = message_header(original, "Subject");
    const struct outbox_letter letter = { .account_key = from->id,
                                          .bytes = data,
                                          .size = size,
                                          .sender = sender,
                                          .recipients = (const char *const *)recipients,
                                          .delay_s = app_settings(ui)->undo_delay_s,
                                          .is_undoable = true };
    int64_t id = outbox_submit_letter(app_store(ui), &letter, error);
    if (id == 0)
        return false;
    track(ui, id, subject != NULL ? subject : "");
    return true;
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
    if (has_last_word(ui))
        status_say(ui->status, line, false); /* one line of the log is enough */
}

static bool is_in_field(const char *field, const char *address)
{
    g_autoptr(GPtrArray) people = message_parse_addresses(field, NULL);
    for (guint i = 0; people != NULL && i < people->len; i++)
        if (g_ascii_strcasecmp(((const struct message_address *)people->pdata[i])->address, address) == 0)
            return true;
    return false;
}

/* Bcc is not in the message's bytes: who is in the envelope and in no field was there. */
static void restore_bcc(struct draft *draft, char **recipients)
{
    g_autoptr(GPtrArray) hidden = g_ptr_array_new();
    for (char **each = recipients; each != NULL && *each != NULL; each++)
        if (!is_in_field(draft->to, *each) && !is_in_field(draft->cc, *each))
            g_ptr_array_add(hidden, *each);
    if (hidden->len == 0)
        return;
    g_ptr_array_add(hidden, NULL);
    g_free(draft->bcc);
    draft->bcc = g_strjoinv(", ", (char **)hidden->pdata);
}

/* What the message itself does not tell is in its row. */
static struct draft *draft_of_item(app *ui, const struct outbox_item *item, const void *bytes, size_t size, GError **error)
{
    const struct account *from = composer_account_named(ui, item->account_key);
    gsize length = size;
    bool is_remembered = last_sealed.draft != NULL && last_sealed.outbox_id == item->id;
    const void *written = is_remembered ? g_bytes_get_data(last_sealed.draft, &length) : bytes;
    g_autoptr(message) parsed = message_parse(written, length);
    struct message_info info = { 0 };
    message_info(parsed, &info);
    if (info.part_flags & MESSAGE_IS_ENCRYPTED) {
        g_set_error_literal(error, COMPOSE_ERROR, COMPOSE_ERROR_TO,
                            _("It is encrypted and cannot be written on any more; it can be sent or discarded."));
        return NULL;
    }
    struct draft *draft = from != NULL ? compose_start(COMPOSE_RESUME, from, parsed, NULL, error) : NULL;
    if (draft == NULL)
        return NULL;
    restore_bcc(draft, item->recipients);
    draft->reply_to_placement = item->reply_to_placement;
    draft->reply_flag = item->reply_flag;
    draft->asks_report = item->notify != NULL;
    g_autoptr(placement) about = item->reply_to_placement != 0 ? store_placement(app_store(ui), item->reply_to_placement, NULL) : NULL;
    draft->reply_to_id = about != NULL ? g_strdup(about->message_id_header) : NULL;
    return draft;
}

/* Somebody else's message that was sent on: nothing of ours to go on writing. */
static bool is_redirect(const char *bytes, size_t size)
{
    const char *rest = NULL;
    g_autoptr(GArray) fields = header_fields_split(bytes, size, &rest);
    return header_fields_have(fields, "Resent-From");
}

/* Nor is there in an answer to an invitation: the invitation is to be answered again. */
static bool is_invitation_answer(const char *bytes, size_t size)
{
    const char *missing = NULL;
    g_autoptr(message) parsed = message_parse(bytes, size);
    g_autoptr(calendar) answer = message_calendar(parsed, &missing);
    return answer != NULL && (answer->method == CALENDAR_REPLY || answer->method == CALENDAR_COUNTER);
}

static bool is_waiting(const struct outbox_item *item)
{
    return item->state == OUTBOX_QUEUED || item->state == OUTBOX_HELD || (item->state == OUTBOX_FAILED && !item->has_draft);
}

static bool forget_item(app *ui, int64_t id, GError **error)
{
    g_autofree char *bytes = NULL;
    size_t size = 0;
    if (!outbox_take_back(app_store(ui), id, &bytes, &size, error))
        return false;
    if (last_sent.outbox_id == id)
        last_sent.outbox_id = 0;
    app_after_change(ui);
    return true;
}

static bool forget_answer(app *ui, const struct outbox_item *item, GError **error)
{
    const struct event news = { .type = EVENT_INVITATION_CHANGED }; /* the reader shows what was answered */
    bool is_done = forget_item(ui, item->id, error);
    if (is_done)
        invitation_save_undo(ui, item->message_id);
    app_event(ui, &news);
    return is_done;
}

/* First it is kept as a draft, then it leaves the outbox: at every moment it is in one of them. */
static bool open_item(app *ui, const struct outbox_item *item, const char *bytes, size_t size, GError **error)
{
    g_autofree char *kept = NULL;
    g_autoptr(draft) draft = draft_of_item(ui, item, bytes, size, error);
    if (draft == NULL || !composer_keep(draft, &kept, true, error))
        return false;
    if (!composer_keep_attachments(draft, kept, error) || !forget_item(ui, item->id, error)) {
        composer_forget_kept(kept);
        return false;
    }
    view_composer_push_kept(ui, g_steal_pointer(&draft), kept);
    return true;
}

bool composer_take_item(app *ui, int64_t outbox_id)
{
    g_autofree char *bytes = NULL;
    g_autoptr(GError) why = NULL;
    size_t size = 0;
    struct outbox_item *item = outbox_item(app_store(ui), outbox_id, &why);
    bool is_done = item != NULL && outbox_read(app_store(ui), outbox_id, &bytes, &size, &why);
    if (is_done && is_invitation_answer(bytes, size))
        is_done = forget_answer(ui, item, &why);
    else if (is_done)
        is_done = is_redirect(bytes, size) ? forget_item(ui, outbox_id, &why) : open_item(ui, item, bytes, size, &why);
    outbox_item_free(item);
    if (is_done)
        app_say(ui, _("Taken back. It was not sent."));
    else
        app_error(ui, "%s", why != NULL ? why->message : _("The account is not there any more."));
    return is_done;
}

static bool take_back_sending(app *ui, const struct undo_next *next)
{
    struct outbox_item *item = outbox_item(app_store(ui), next->item_id, NULL);
    bool may_be = item != NULL && is_waiting(item);
    outbox_item_free(item);
    if (may_be && composer_take_item(ui, next->item_id))
        undo_done(app_store(ui), next->action_id, NULL);
    return may_be; /* else undo itself says why not */
}

static bool take_back_draft(app *ui, const struct undo_next *next)
{
    if (next->path == NULL || !g_file_test(next->path, G_FILE_TEST_EXISTS))
        return false;
    composer_reopen(ui, next->path);
    undo_done(app_store(ui), next->action_id, NULL);
    app_say(ui, _("The draft is back."));
    return true;
}

bool composer_take_back(app *ui)
{
    g_auto(undo_next) next = { .kind = UNDO_NOTHING };
    if (!undo_look(app_store(ui), &next, NULL))
        return false;
    if (next.kind == UNDO_SENDING)
        return take_back_sending(ui, &next);
    return next.kind == UNDO_DRAFT && take_back_draft(ui, &next);
}
