/* SPDX-License-Identifier: MIT */
/* New messages and answers: the original is found here, or fetched first. */
#include "ui/cmd_compose.h"
#include "config/identity.h"
#include "core/intent.h"
#include "core/locate.h"
#include "core/message.h"
#include "core/message_whole.h"
#include "core/store_message.h"
#include "ui/app_private.h"
#include "ui/composer_draft.h"
#include "ui/composer_private.h"
#include "ui/filing.h"
#include "ui/slow_line.h"
#include "ui/view_reader.h"
#include "ui/view_unlocking.h"
#include "ui/view_waiting.h"
#include "ui/view_working.h"
#include <glib/gi18n-lib.h>

enum { AT_ONCE_BYTES = 256 * 1024 };

const struct account *composer_account_here(app *ui)
{
    int64_t current = app_folder_at_hand(ui);
    const struct account *here = current != 0 ? app_account_for_folder(ui, current) : NULL;
    GPtrArray *all = app_accounts(ui);
    if (here == NULL && all->len > 0)
        here = g_ptr_array_index(all, 0);
    if (here == NULL)
        app_error(ui, _("There is no account to write from yet."));
    return here;
}

/* --- who and what about are asked before there is a form: over a slow line, and of hands that expect it (mutt's) or need no hints --- */

static void free_draft(void *data)
{
    draft_free(data);
}

static void answer_subject(app *ui, void *data, const char *line)
{
    struct draft *asked = data, *draft = line != NULL ? draft_copy(asked) : NULL;
    if (draft == NULL)
        return;
    g_free(draft->subject);
    draft->subject = g_strdup(line);
    view_composer_push(ui, draft);
    if (*draft->to != '\0')
        cmd_composer_edit(ui, view_top(ui));
}

static void answer_to(app *ui, void *data, const char *line)
{
    struct draft *asked = data, *draft = line != NULL ? draft_copy(asked) : NULL;
    if (draft == NULL)
        return;
    g_free(draft->to);
    draft->to = g_strdup(line);
    g_autofree char *label = g_strdup_printf("%s: ", _("Subject"));
    view_prompt_push(ui, label, draft->subject, false, NULL, answer_subject, draft, free_draft);
}

static void ask_to(app *ui, struct draft *draft)
{
    g_autofree char *label = g_strdup_printf("%s: ", _("To"));
    view_prompt_push(ui, label, draft->to, false, composer_complete_people, answer_to, draft, free_draft);
}

static bool asks_first(app *ui)
{
    const struct settings *settings = app_settings(ui);
    return (slow_line_is() || !settings->hints || g_strcmp0(settings->keys, "mutt") == 0) && !settings->accessible;
}

void cmd_compose(app *ui, view *base)
{
    const struct account *from = composer_account_here(ui);
    g_autoptr(GError) why = NULL;
    (void)base;
    struct draft *draft = from != NULL ? compose_start(COMPOSE_NEW, from, NULL, NULL, &why) : NULL;
    if (draft != NULL)
        composer_apply_settings(ui, draft);
    if (draft != NULL && asks_first(ui))
        ask_to(ui, draft);
    else if (draft != NULL)
        view_composer_push(ui, draft);
    else if (why != NULL)
        app_error(ui, "%s", why->message);
}

/* One of the person's addresses, of whatever account, is among those the others see. */
static bool names_the_person(app *ui, const message *original, const char *header)
{
    g_autoptr(GPtrArray) people = message_addresses(original, header);
    GPtrArray *all = app_accounts(ui);
    for (guint i = 0; people != NULL && i < people->len; i++)
        for (guint k = 0; k < all->len; k++)
            if (account_owns(g_ptr_array_index(all, k), ((const struct message_address *)g_ptr_array_index(people, i))->address))
                return true;
    return false;
}

struct answer {
    enum compose_kind kind;
    int64_t placement_id;
};

static bool needs_attachments(enum compose_kind kind)
{
    return kind == COMPOSE_FORWARD || kind == COMPOSE_FORWARD_ATTACHED || kind == COMPOSE_EDIT || kind == COMPOSE_DRAFT;
}

/* It is gone on with, or begun anew from it: nobody is answered. */
static bool is_own(enum compose_kind kind)
{
    return kind == COMPOSE_EDIT || kind == COMPOSE_DRAFT;
}

/* A big message is taken apart on the filing thread. */
struct beginning {
    struct answer wish;
    struct account *from; /* a copy */
    GBytes *whole;
    char *attribution;
    bool names_the_person;
    struct draft *draft; /* NULL: see why */
    GError *why;
};

static void beginning_free(void *data)
{
    struct beginning *self = data;
    g_clear_pointer(&self->from, account_free);
    g_clear_pointer(&self->whole, g_bytes_unref);
    g_free(self->attribution);
    g_clear_pointer(&self->draft, draft_free);
    g_clear_error(&self->why);
    g_free(self);
}

static void start_draft(store *db, void *data)
{
    struct beginning *self = data;
    gsize size = 0;
    const void *bytes = g_bytes_get_data(self->whole, &size);
    g_autoptr(message) original = message_parse(bytes, size); /* the screen has its own */
    (void)db;
    self->draft = compose_start(self->wish.kind, self->from, original, self->attribution, &self->why);
}

static bool apply_seen(store *db, struct filing_step *step, GError **error)
{
    return intent_flags_quietly(db, &step->id, 1, MESSAGE_SEEN, 0, error);
}

static void seen_done(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    (void)step;
    (void)error;
    if (is_done)
        app_after_change(ui);
}

static void write_draft(app *ui, void *data)
{
    struct beginning *self = data;
    const struct answer *wish = &self->wish;
    g_autoptr(placement) about = store_placement(app_store(ui), wish->placement_id, NULL);
    struct draft *draft = g_steal_pointer(&self->draft);
    if (draft == NULL) {
        app_error(ui, "%s", self->why->message);
        return;
    }
    if (!is_own(wish->kind))
        composer_apply_settings(ui, draft);
    draft->is_hidden_copy = draft->is_hidden_copy && !self->names_the_person;
    bool is_forward = wish->kind == COMPOSE_FORWARD || wish->kind == COMPOSE_FORWARD_ATTACHED;
    if (!is_own(wish->kind)) {
        draft->reply_to_placement = wish->placement_id;
        draft->reply_flag = is_forward ? MESSAGE_FORWARDED : MESSAGE_ANSWERED;
    } else {
        composer_check_reply(ui, draft);
    }
    const struct filing_step seen = { .apply = apply_seen, .done = seen_done, .id = wish->placement_id };
    if (!is_own(wish->kind) && about != NULL && !(about->flags & MESSAGE_SEEN)) /* it is quoted before one's eyes */
        filing_step_start(ui, &seen);
    if (wish->kind == COMPOSE_DRAFT)
        view_composer_push_replacing(ui, draft, wish->placement_id);
    else
        view_composer_push(ui, draft);
}

static void begin_writing(app *ui, void *data, message *original)
{
    const struct answer *wish = data;
    g_autoptr(GError) why = NULL;
    g_autoptr(placement) about = store_placement(app_store(ui), wish->placement_id, &why);
    const struct account *from = about != NULL ? app_account(ui, about->account_id) : NULL;
    if (from == NULL) {
        app_error(ui, "%s", why != NULL ? why->message : _("The account of this message is not there any more."));
        return;
    }
    struct beginning *self = g_new0(struct beginning, 1);
    self->wish = *wish;
    if (wish->kind == COMPOSE_EDIT && (about->flags & MESSAGE_DRAFT))
        self->wish.kind = COMPOSE_DRAFT;
    self->names_the_person = names_the_person(ui, original, "To") || names_the_person(ui, original, "Cc");
    bool is_in_parts = !needs_attachments(self->wish.kind) && !message_is_whole(original); /* only what is quoted is here */
    bool is_small = message_is_decrypted(original) || about->size_bytes <= AT_ONCE_BYTES || is_in_parts;
    if (is_small) {
        self->draft = compose_start(self->wish.kind, from, original, app_settings(ui)->attribution, &self->why);
        write_draft(ui, self);
        beginning_free(self);
        return;
    }
    self->from = account_copy(from);
    g_autofree char *path = locate_message(app_store(ui), about);
    self->whole = message_whole_mapped(original, path);
    self->attribution = g_strdup(app_settings(ui)->attribution);
    const struct working working = { start_draft, write_draft, beginning_free, self, NULL };
    view_working(ui, &working, false);
}

/* What is encrypted is opened first: an answer quotes what was written, and a draft goes on. */
static void begin_answer(app *ui, void *data, message *original)
{
    const struct answer *wish = data;
    const view *reader = ui->panes[PANE_READER];
    const message *opened = view_reader_placement(reader) == wish->placement_id ? view_reader_message(reader) : NULL;
    bool wants_text = wish->kind != COMPOSE_FORWARD_ATTACHED;
    if (opened != NULL && message_is_decrypted(opened) && wants_text)
        begin_writing(ui, data, (message *)(gpointer)opened); /* what is read is what is answered */
    else if (wants_text && unlocking_is_needed(original))
        view_unlocking(ui, original, wish->kind == COMPOSE_EDIT, begin_writing, g_memdup2(wish, sizeof *wish), g_free);
    else
        begin_writing(ui, data, original);
}

static void answer_placement(app *ui, enum compose_kind kind, int64_t placement_id)
{
    struct answer *wish = g_new0(struct answer, 1);
    *wish = (struct answer){ kind, placement_id };
    view_waiting_for_message(ui, placement_id, needs_attachments(kind), begin_answer, wish, g_free);
}

static void answer(app *ui, enum compose_kind kind)
{
    int64_t current = app_current_placement(ui);
    if (current == 0)
        app_brief(ui, _("No message is selected."));
    else
        answer_placement(ui, kind, current);
}

bool compose_open_draft(app *ui, int64_t placement_id)
{
    g_autoptr(placement) about = store_placement(app_store(ui), placement_id, NULL);
    g_autoptr(folder) box = about != NULL ? store_folder(app_store(ui), about->folder_id, NULL) : NULL;
    bool is_draft = about != NULL && (about->flags & MESSAGE_DRAFT) && box != NULL && box->role == FOLDER_DRAFTS;
    if (is_draft)
        answer_placement(ui, COMPOSE_EDIT, placement_id);
    return is_draft;
}

#define ANSWER_COMMAND(name, kind)                                                                                                         \
    void name(app *ui, view *base)                                                                                                         \
    {                                                                                                                                      \
        (void)base;                                                                                                                        \
        answer(ui, kind);                                                                                                                  \
    }
ANSWER_COMMAND(cmd_reply, COMPOSE_REPLY)
ANSWER_COMMAND(cmd_reply_all, COMPOSE_REPLY_ALL)
ANSWER_COMMAND(cmd_reply_list, COMPOSE_REPLY_LIST)
ANSWER_COMMAND(cmd_forward, COMPOSE_FORWARD)
ANSWER_COMMAND(cmd_forward_attached, COMPOSE_FORWARD_ATTACHED)
ANSWER_COMMAND(cmd_edit_as_new, COMPOSE_EDIT)
