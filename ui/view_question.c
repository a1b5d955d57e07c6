/* SPDX-License-Identifier: MIT */
/* What the engine must ask a person: is this certificate to be trusted, which password, was this mail sent?
 *
 * They are asked one after the other: what comes while one is open waits for its answer.
 * A question may come while somebody types. So keys count only after a moment in which nothing was pressed (before or after it came): no letter
 * meant for a mail can pin a certificate. */
#include "config/secret.h"
#include "core/language.h"
#include "core/outbox.h"
#include "ui/answers.h"
#include "ui/app.h"
#include "ui/filing.h"
#include "ui/overlay.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { COLUMNS = 76, ARM_MS = 700, CHOICES_MAX = 3 };

struct view_question {
    view base;
    canvas *canvas;
    struct question *question;
    char *text;
    const char *title;
    answers *choices;
    int cursor, count;
    int scroll, lines, room; /* of the text, where it is longer than the screen */
    int64_t last_key_ms;
};

/* Ids on the screen or waiting behind another one: the engine may tell of a question twice. UI thread. */
static GHashTable *open_questions;
static GQueue waiting = G_QUEUE_INIT; /* those behind another one, of int64_t* */

static struct view_question *cast(view *self)
{
    return (struct view_question *)(void *)self;
}

static bool note_open(int64_t id)
{
    if (open_questions == NULL)
        open_questions = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    int64_t *key = g_new(int64_t, 1);
    *key = id;
    return g_hash_table_add(open_questions, key);
}

static void note_closed(int64_t id)
{
    if (open_questions == NULL)
        return;
    g_hash_table_remove(open_questions, &id);
    if (g_hash_table_size(open_questions) == 0)
        g_clear_pointer(&open_questions, g_hash_table_unref);
}

static void show(app *ui, int64_t question_id);

/* Answered: the next one, if it is still one. */
static void close_and_go_on(app *ui, int64_t id)
{
    note_closed(id);
    g_autofree int64_t *next = g_queue_pop_head(&waiting);
    if (next != NULL)
        show(ui, *next);
}

/* --- answers --- */
static void answer_certificate(app *ui, const struct question *question, int choice)
{
    static const enum certificate_answer answers[] = { CERTIFICATE_REJECT, CERTIFICATE_ONCE, CERTIFICATE_PIN };
    engine_answer_certificate(app_engine(ui), question->id,
                              choice >= 0 && choice < (int)G_N_ELEMENTS(answers) ? answers[choice] : CERTIFICATE_REJECT);
}

static bool apply_doubt(store *db, struct filing_step *step, GError **error)
{
    return outbox_answer(db, step->id, (enum outbox_answer)step->number, error);
}

static void doubt_answered(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    if (!is_done && error != NULL)
        app_error(ui, "%s", error->message);
    engine_close_doubt(app_engine(ui), step->made);
}

static void answer_doubt(app *ui, const struct question *question, int choice)
{
    static const enum outbox_answer answers[] = { OUTBOX_WAS_SENT, OUTBOX_SEND_AGAIN, OUTBOX_TO_DRAFTS };
    if (choice < 0 || choice >= (int)G_N_ELEMENTS(answers)) /* asked again at the next start */
        return;
    const struct filing_step step = {
        .apply = apply_doubt, .done = doubt_answered, .id = question->outbox_id, .number = answers[choice], .made = question->id
    };
    filing_step_start(ui, &step);
}

static void answer_sign_in(app *ui, const struct question *question, int choice)
{
    bool is_device = question->has_device && choice == 1;
    engine_answer_sign_in(app_engine(ui), question->id, choice == 0 ? SIGN_IN_BROWSER : is_device ? SIGN_IN_DEVICE : SIGN_IN_LATER);
}

static void finish(struct view_question *self, int choice)
{
    app *ui = self->base.app;
    struct question *question = g_steal_pointer(&self->question);
    view_pop(ui, &self->base);
    if (question->type == QUESTION_CERTIFICATE)
        answer_certificate(ui, question, choice);
    else if (question->type == QUESTION_SIGN_IN)
        answer_sign_in(ui, question, choice);
    else
        answer_doubt(ui, question, choice);
    close_and_go_on(ui, question->id);
    question_free(question);
}

/* --- words --- */
static char *day(int64_t epoch)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(epoch);
    return time != NULL ? language_date(time, "%x") : g_strdup("?");
}

static void add_line(GString *text, const char *label, const char *value)
{
    if (value != NULL && *value != '\0')
        g_string_append_printf(text, "\n%s %s", label, value);
}

static char *certificate_text(const struct question *question)
{
    g_autofree char *from = day(question->not_before), *until = day(question->not_after);
    g_autoptr(GString) text = g_string_new(question->reason);
    g_string_append(text, question->is_alarm
                              ? _("\n\nDo not go on unless you know why the certificate changed: ask whoever runs the server.\n")
                              : _("\n\nNothing was sent yet. If you do not expect this, refuse.\n"));
    add_line(text, question->is_outgoing ? _("Server for sending:") : _("Server for reading:"), question->host);
    add_line(text, _("Issued to:"), question->subject);
    add_line(text, _("Valid for:"), question->names);
    add_line(text, _("Issued by:"), question->issuer);
    g_string_append_printf(text, _("\nValid from %s until %s"), from, until);
    add_line(text, question->is_alarm ? _("It shows now:") : _("Fingerprint:"), question->fingerprint);
    add_line(text, _("Pinned until now:"), question->pinned);
    return g_strdup(text->str);
}

static char *doubt_text(app *ui, const struct question *question)
{
    struct outbox_item *item = outbox_item(app_store(ui), question->outbox_id, NULL);
    g_autofree char *recipients = item != NULL && item->recipients != NULL ? g_strjoinv(", ", item->recipients) : g_strdup("");
    char *text = g_strdup_printf(
        _("The connection broke while this message was handed over, so it may or may not have arrived:\n\n%s\n%s %s\n\n%s"),
        item != NULL && item->subject != NULL ? item->subject : "", _("To:"), recipients, question->reason != NULL ? question->reason : "");
    outbox_item_free(item);
    return text;
}

static char *sign_in_text(const struct question *question)
{
    return g_strdup_printf(
        _("%s gives its mail to postern after you have signed in there with your browser. postern never sees the password, and keeps "
          "only the permission.\n\n%s"),
        question->account_name, question->reason != NULL ? question->reason : "");
}

static void fill(struct view_question *self)
{
    const char *choices[CHOICES_MAX + 1] = { NULL }; /* '&' before the letter */
    self->count = CHOICES_MAX;
    if (self->question->type == QUESTION_SIGN_IN) {
        self->title = _("Sign in with the browser");
        self->text = sign_in_text(self->question);
        choices[0] = N_("&open the browser");
        choices[1] = N_("use a &code on another device");
        choices[self->question->has_device ? 2 : 1] = N_("&not now");
    } else if (self->question->type == QUESTION_CERTIFICATE) {
        self->title = self->question->is_alarm ? _("Alarm: another certificate") : _("Can this server be trusted?");
        self->text = certificate_text(self->question);
        choices[0] = N_("&refuse");
        choices[1] = N_("accept &once, until postern ends");
        choices[2] = self->question->is_alarm ? N_("&pin: always accept this one too") : N_("&pin: always accept exactly this certificate");
    } else {
        self->title = _("Was this message sent?");
        self->text = doubt_text(self->base.app, self->question);
        choices[0] = N_("it &did arrive: file it as sent");
        choices[1] = N_("send it &again");
        choices[2] = N_("&keep it back, I will see");
    }
    self->choices = answers_new(choices);
    self->count = (int)answers_count(self->choices);
}

/* --- view --- */
static bool is_armed(struct view_question *self)
{
    int64_t now = app_now_ms();
    bool is_calm = now - self->last_key_ms >= ARM_MS;
    self->last_key_ms = is_calm ? 0 : now;
    return is_calm;
}

static bool press(view *base, const struct key *key)
{
    struct view_question *self = cast(base);
    view_touch(base);
    if (!is_armed(self))
        return true;
    switch (key->name) {
    case KEY_NAME_ESCAPE:
        finish(self, -1);
        return true;
    case KEY_NAME_ENTER:
        finish(self, self->cursor);
        return true;
    case KEY_NAME_DOWN:
    case KEY_NAME_TAB:
        self->cursor = (self->cursor + 1) % self->count;
        return true;
    case KEY_NAME_UP:
    case KEY_NAME_BACKTAB:
        self->cursor = (self->cursor + self->count - 1) % self->count;
        return true;
    case KEY_NAME_PAGE_DOWN:
    case KEY_NAME_PAGE_UP:
        self->scroll += key->name == KEY_NAME_PAGE_DOWN ? self->room : -self->room; /* the drawing keeps it in its bounds */
        return true;
    default:
        break;
    }
    int choice = key->kind == KEY_KIND_CHARACTER && key->mods == 0 ? answers_find(self->choices, key->character) : -1;
    if (choice >= 0)
        finish(self, choice);
    return true;
}

/* The lines of the text at a width, of char*. */
static GPtrArray *lines_of(const struct view_question *self, int columns)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) paragraphs = g_strsplit(self->text, "\n", -1);
    for (char **each = paragraphs; *each != NULL; each++) {
        g_autoptr(GArray) starts = width_wrap(*each, MAX(columns, 10));
        for (guint i = 0; i < starts->len; i++) {
            size_t start = g_array_index(starts, size_t, i),
                   end = i + 1 < starts->len ? g_array_index(starts, size_t, i + 1) : strlen(*each);
            g_ptr_array_add(lines, g_strchomp(g_strndup(*each + start, end - start)));
        }
        if (starts->len == 0)
            g_ptr_array_add(lines, g_strdup(""));
    }
    return lines;
}

/* Where the answers begin: they are always seen, the text makes room. */
static int choices_row(const struct view_question *self)
{
    return canvas_area(self->canvas).rows - 1 - self->count;
}

static void draw_text(struct view_question *self)
{
    int columns = canvas_area(self->canvas).columns - 4;
    g_autoptr(GPtrArray) lines = lines_of(self, columns);
    int top = canvas_area(self->canvas).rows > (int)lines->len + self->count + 2 ? 2 : 1;
    self->room = MAX(choices_row(self) - top, 1);
    self->lines = (int)lines->len;
    self->scroll = CLAMP(self->scroll, 0, MAX(self->lines - self->room, 0));
    for (int i = 0; i < self->room && self->scroll + i < self->lines; i++) {
        const char *line = g_ptr_array_index(lines, (guint)(self->scroll + i));
        canvas_words(self->canvas, top + i, 2, columns, THEME_NORMAL, line, strlen(line), NULL);
    }
    if (self->scroll + self->room < self->lines)
        canvas_text_right(self->canvas, top + self->room - 1, columns + 2, 16, THEME_HINT_KEY, _("PgDn more"));
}

static void draw_choice(struct view_question *self, int row, int index)
{
    int columns = canvas_area(self->canvas).columns;
    canvas_text(self->canvas, row, 4, 3, THEME_HINT_KEY, answers_letter(self->choices, (guint)index));
    canvas_text(self->canvas, row, 7, columns - 9, THEME_NORMAL, answers_text(self->choices, (guint)index));
    if (index == self->cursor) {
        canvas_restyle_row(self->canvas, row, 2, columns - 4, THEME_SELECTED);
        canvas_cursor(self->canvas, row, 4);
    }
}

static void draw(view *base)
{
    struct view_question *self = cast(base);
    overlay_draw(self->canvas, self->title);
    draw_text(self);
    for (int i = 0; i < self->count; i++)
        draw_choice(self, choices_row(self) + i, i);
}

static void place(view *base, struct rect area)
{
    struct view_question *self = cast(base);
    int columns = MIN(COLUMNS, area.columns);
    g_autoptr(GPtrArray) lines = lines_of(self, columns - 4);
    canvas_move(self->canvas, overlay_place(area, columns, (int)lines->len + self->count + 4));
}

static void release(view *base)
{
    struct view_question *self = cast(base);
    if (self->question != NULL) {
        note_closed(self->question->id);
        question_free(self->question);
    }
    g_free(self->text);
    answers_free(self->choices);
    canvas_free(self->canvas);
    g_free(self);
}

static const struct view_ops ops = {
    .name = "question", .context = CONTEXT_QUESTION, .layout = place, .draw = draw, .key = press, .free = release
};

/* --- passwords --- */
static void answer_password(app *ui, void *data, const char *text)
{
    const int64_t *id = data;
    engine_answer_password(app_engine(ui), *id, text, true);
    close_and_go_on(ui, *id);
}

static void ask_password(app *ui, const struct question *question)
{
    int64_t *id = g_new(int64_t, 1);
    *id = question->id;
    g_autofree char *label = g_strdup_printf(_("Password of %s at %s: "), question->user != NULL ? question->user : "",
                                             question->host != NULL ? question->host : "");
    if (question->reason != NULL)
        app_error(ui, "%s", question->reason);
    view_prompt_push(ui, label, "", true, NULL, answer_password, id, g_free);
    view_prompt_explain(ui, question->reason); /* the status line lies under the prompt */
}

/* --- the passphrase of the file of secrets --- */
struct passphrase_ask {
    int64_t id;
    bool is_new;
    char *first; /* what was typed before, to be compared; NULL: this is the first time */
};

static void passphrase_ask_free(gpointer data)
{
    struct passphrase_ask *self = data;
    secret_free(self->first);
    g_free(self);
}

static void answer_passphrase(app *ui, void *data, const char *text);

/* first: taken. */
static void ask_passphrase(app *ui, int64_t id, bool is_new, char *first, const char *reason)
{
    struct passphrase_ask *next = g_new0(struct passphrase_ask, 1);
    *next = (struct passphrase_ask){ id, is_new, first };
    const char *label = !is_new         ? _("Passphrase of the file of secrets: ")
                        : first == NULL ? _("Choose a passphrase for the file of secrets: ")
                                        : _("The same passphrase once more: ");
    view_prompt_push(ui, label, "", true, NULL, answer_passphrase, next, passphrase_ask_free);
    view_prompt_explain(ui, reason);
}

static void answer_passphrase(app *ui, void *data, const char *text)
{
    const struct passphrase_ask *self = data;
    if (text != NULL && self->is_new && self->first == NULL) {
        ask_passphrase(ui, self->id, true, g_strdup(text), NULL);
    } else if (text != NULL && self->is_new && strcmp(text, self->first) != 0) {
        ask_passphrase(ui, self->id, true, NULL, _("They were not the same. Once again, please."));
    } else {
        engine_answer_passphrase(app_engine(ui), self->id, text);
        close_and_go_on(ui, self->id);
    }
}

static const char *passphrase_reason(const struct question *question)
{
    return question->reason != NULL ? question->reason
           : question->is_new       ? _("Passwords are kept in a file that only this passphrase opens. postern asks for it once a run.")
                                    : NULL;
}

static void show(app *ui, int64_t question_id)
{
    struct question *question = engine_question(app_engine(ui), question_id);
    if (question == NULL) { /* answered meanwhile */
        close_and_go_on(ui, question_id);
        return;
    }
    if (question->type == QUESTION_PASSWORD || question->type == QUESTION_PASSPHRASE) {
        if (question->type == QUESTION_PASSWORD)
            ask_password(ui, question);
        else
            ask_passphrase(ui, question->id, question->is_new, NULL, passphrase_reason(question));
        question_free(question);
        return;
    }
    struct view_question *self = g_new0(struct view_question, 1);
    view_init(&self->base, &ops, ui);
    self->base.is_overlay = true;
    self->canvas = canvas_new((struct rect){ 0 });
    self->question = question;
    self->last_key_ms = app_last_key_ms(ui);
    fill(self);
    view_push(ui, &self->base);
}

void view_question_push(app *ui, int64_t question_id)
{
    bool is_first = open_questions == NULL;
    if (!note_open(question_id)) /* on the screen already, or waiting */
        return;
    if (is_first)
        show(ui, question_id);
    else
        g_queue_push_tail(&waiting, g_memdup2(&question_id, sizeof question_id));
}

void view_question_forget(void)
{
    g_queue_clear_full(&waiting, g_free);
    g_clear_pointer(&open_questions, g_hash_table_unref);
}
