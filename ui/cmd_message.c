/* SPDX-License-Identifier: MIT */
/* Commands that file, flag and mark messages. What is done is an intent; ui/filing applies it, at once or on a thread. */
#include "ui/cmd_message.h"
#include "core/intent.h"
#include "core/language.h"
#include "core/store_message.h"
#include "core/undo.h"
#include "ui/app_private.h"
#include "ui/filing.h"
#include "ui/folder_words.h"
#include "ui/view_list.h"
#include "ui/view_reader.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum action_kind { ACTION_ARCHIVE, ACTION_DELETE, ACTION_DELETE_FOREVER, ACTION_MOVE, ACTION_COPY, ACTION_FLAGS };
struct action {
    enum action_kind kind;
    GArray *targets; /* of int64_t */
    int64_t folder_id;
    unsigned add, remove;
    unsigned toggle; /* a flag: what add and remove are is found out when it is applied */
    bool leaves_list;
};

static struct action *action_new(enum action_kind kind, GArray *targets /* taken */)
{
    struct action *self = g_new0(struct action, 1);
    self->kind = kind;
    self->targets = targets;
    self->leaves_list = kind != ACTION_COPY && kind != ACTION_FLAGS;
    return self;
}

static void action_free(gpointer data)
{
    struct action *self = data;
    if (self == NULL)
        return;
    g_array_unref(self->targets);
    g_free(self);
}

/* All get what the first one lacks; when it has it, it is taken from all. A conversation with one unread message is unread. */
static void action_decide(store *db, struct action *self)
{
    bool is_set = self->targets->len > 0;
    guint looked_at = self->toggle == MESSAGE_SEEN ? self->targets->len : MIN(self->targets->len, 1);
    for (guint i = 0; is_set && i < looked_at; i++) {
        g_autoptr(placement) each = store_placement(db, g_array_index(self->targets, int64_t, i), NULL);
        is_set = each != NULL ? (each->flags & self->toggle) != 0 : i > 0;
    }
    self->add = is_set ? 0 : self->toggle;
    self->remove = is_set ? self->toggle : 0;
}

static bool action_apply(store *db, void *data, GError **error)
{
    struct action *self = data;
    const int64_t *ids = (const int64_t *)(void *)self->targets->data;
    size_t count = self->targets->len;
    if (self->toggle != 0)
        action_decide(db, self);
    switch (self->kind) {
    case ACTION_ARCHIVE:
        return intent_archive(db, ids, count, error) != 0;
    case ACTION_DELETE:
    case ACTION_DELETE_FOREVER:
        return intent_delete(db, ids, count, self->kind == ACTION_DELETE_FOREVER, error) != 0;
    case ACTION_MOVE:
        return intent_move(db, ids, count, self->folder_id, error) != 0;
    case ACTION_COPY:
        return intent_copy(db, ids, count, self->folder_id, error) != 0;
    case ACTION_FLAGS:
        return intent_flags(db, ids, count, self->add, self->remove, error) != 0;
    }
    return false;
}

static char *target_words(app *ui, int64_t folder_id)
{
    g_autoptr(folder) box = store_folder(ui->store, folder_id, NULL);
    return g_strdup(box != NULL ? folder_words(box) : "");
}

/* What is said, with the number; and with the folder. */
static const struct {
    const char *one, *many, *one_to, *many_to;
} said[] = {
    [ACTION_ARCHIVE] = { NP_("Archived %u message", "Archived %u messages"), NULL, NULL },
    [ACTION_DELETE] = { NP_("Deleted %u message", "Deleted %u messages"), NULL, NULL },
    [ACTION_DELETE_FOREVER] = { NP_("Deleted %u message for good", "Deleted %u messages for good"), NULL, NULL },
    [ACTION_MOVE] = { NP_("Moved %u message", "Moved %u messages"), NP_("Moved %u message to %s", "Moved %u messages to %s") },
    [ACTION_COPY] = { NP_("Copied %u message", "Copied %u messages"), NP_("Copied %u message to %s", "Copied %u messages to %s") },
};

/* Caller frees. */
static char *said_words(app *ui, const struct action *self)
{
    if (self->kind == ACTION_FLAGS)
        return action_flags_words(self->add, self->remove, self->targets->len);
    bool has_folder = self->folder_id != 0 && said[self->kind].one_to != NULL;
    g_autofree char *where = has_folder ? target_words(ui, self->folder_id) : NULL;
    const char *one = has_folder ? said[self->kind].one_to : said[self->kind].one,
               *many = has_folder ? said[self->kind].many_to : said[self->kind].many;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the table's own formats, translated */
    return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, one, many, self->targets->len), self->targets->len, where);
#pragma GCC diagnostic pop
}

static void tell(app *ui, const struct action *self)
{
    const char *undo = keymap_key_for(ui, command_find("undo"), CONTEXT_LIST);
    g_autofree char *words = said_words(ui, self);
    GString *line = g_string_new(words);
    if (self->kind != ACTION_DELETE_FOREVER && *undo != '\0')
        g_string_append_printf(line, " %s %s %s", canvas_glyph(GLYPH_DOT), undo, _("undo"));
    app_say(ui, "%s", line->str);
    g_string_free(line, TRUE);
}

/* The message in the reader went away: the next one is shown, or the list. */
static void follow_reader(app *ui)
{
    view *reader = ui->panes[PANE_READER], *list = ui->panes[PANE_LIST];
    if (!view_reader_is_open(reader))
        return;
    if (ui->focus == PANE_READER && view_reader_leave(reader))
        return;
    int64_t next = view_list_to_open(list);
    if (next != 0 && ui->focus == PANE_READER) {
        app_read_message(ui, next);
        return;
    }
    view_reader_close(reader);
    app_focus(ui, PANE_LIST);
}

static bool contains(const GArray *ids, int64_t wanted)
{
    for (guint i = 0; i < ids->len; i++)
        if (g_array_index(ids, int64_t, i) == wanted)
            return true;
    return false;
}

static void ask_forever(app *ui, const struct action *self);

static void action_done(app *ui, void *data, bool is_done, const GError *error)
{
    struct action *self = data;
    if (!is_done && self->kind == ACTION_DELETE && g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING)) {
        ask_forever(ui, self);
        return;
    }
    bool is_reader_hit = self->leaves_list && contains(self->targets, view_reader_placement(ui->panes[PANE_READER]));
    app_after_change(ui);
    if (is_done && is_reader_hit)
        follow_reader(ui);
    if (is_done)
        tell(ui, self);
    else if (self->targets->len > ACTION_MANY && error != NULL)
        app_error(ui, _("Not all was done, and undo takes back what was: %s"), error->message);
    else
        app_error(ui, _("Nothing was changed: %s"), error != NULL ? error->message : _("the messages are gone."));
}

static void start_action(app *ui, struct action *self /* taken */)
{
    const struct filing filing = {
        .apply = action_apply, .done = action_done, .data = self, .data_free = action_free, .count = self->targets->len
    };
    if (self->targets->len == 0) {
        app_brief(ui, _("There is no message here."));
        action_free(self);
        return;
    }
    view_list_unmark_all(ui->panes[PANE_LIST]);
    filing_start(ui, &filing);
}

static void answer_forever(app *ui, void *data, const char *line)
{
    const struct action *asked = data;
    if (line != NULL && strcmp(line, "1") == 0)
        start_action(ui, action_new(ACTION_DELETE_FOREVER, g_array_copy(asked->targets)));
}

static void ask_forever(app *ui, const struct action *self)
{
    /* Neither Enter nor a "d" that is held down may answer yes. */
    const char *choices[] = { N_("&Keep"), N_("&Yes, delete for good"), NULL };
    g_autofree char *line =
        g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%u message will be gone for good: it is in Trash already, or there is none.",
                                    "%u messages will be gone for good: they are in Trash already, or there is none.", self->targets->len),
                        self->targets->len);
    view_choice_push(ui, _("Delete for good?"), line, choices, answer_forever, action_new(self->kind, g_array_copy(self->targets)),
                     action_free);
}

void cmd_archive(app *ui, view *base)
{
    (void)base;
    start_action(ui, action_new(ACTION_ARCHIVE, app_targets(ui)));
}

void cmd_delete(app *ui, view *base)
{
    (void)base;
    start_action(ui, action_new(ACTION_DELETE, app_targets(ui)));
}

static void answer_folder(app *ui, void *data, int64_t folder_id)
{
    const struct action *asked = data;
    if (folder_id == 0)
        return;
    struct action *action = action_new(asked->kind, g_array_copy(asked->targets));
    action->folder_id = folder_id;
    start_action(ui, action);
}

static void ask_folder(app *ui, enum action_kind kind, const char *label)
{
    GArray *targets = app_targets(ui);
    g_autoptr(folder) box = store_folder(ui->store, app_folder_at_hand(ui), NULL);
    if (targets->len == 0 || box == NULL) {
        g_array_unref(targets);
        app_brief(ui, _("There is no message here."));
        return;
    }
    view_folder_picker_push(ui, label, box->account_id, box->id, answer_folder, action_new(kind, targets), action_free);
    view_folder_picker_offer_new(ui);
}

void cmd_move(app *ui, view *base)
{
    (void)base;
    ask_folder(ui, ACTION_MOVE, _("Move to"));
}

void cmd_copy(app *ui, view *base)
{
    (void)base;
    ask_folder(ui, ACTION_COPY, _("Copy to"));
}

static void toggle_flag(app *ui, unsigned flag)
{
    struct action *action = action_new(ACTION_FLAGS, app_targets(ui));
    action->toggle = flag;
    start_action(ui, action);
}

void cmd_flag(app *ui, view *base)
{
    (void)base;
    toggle_flag(ui, MESSAGE_FLAGGED);
}

/* While words are looked for in the message N goes back to where they stand before. */
void cmd_toggle_unread(app *ui, view *base)
{
    (void)base;
    if (ui->focus != PANE_READER || !view_reader_find_next(ui->panes[PANE_READER], -1))
        toggle_flag(ui, MESSAGE_SEEN);
}

/* Of several marked ones, those that are heads. */
void cmd_fetch_rest(app *ui, view *base)
{
    g_autoptr(GArray) targets = app_targets(ui);
    unsigned count = 0;
    (void)base;
    for (guint i = 0; i < targets->len; i++) {
        g_autoptr(placement) row = store_placement(ui->store, g_array_index(targets, int64_t, i), NULL);
        if (row == NULL || (row->part_flags & MESSAGE_IS_HEAD) == 0)
            continue;
        engine_fetch_part(ui->engine, row->account_id, row->id, MESSAGE_SECTION_RAW);
        count++;
    }
    if (count == 0)
        app_brief(ui, _("All of this message is here."));
    else
        app_say(ui, "%s",
                engine_is_online(ui->engine) ? _("The rest of the message is being fetched.")
                                             : _("You are offline. The rest is fetched as soon as you go online (O)."));
}

void cmd_mark(app *ui, view *base)
{
    (void)base;
    view_list_mark(ui->panes[PANE_LIST], true);
}

void cmd_unmark(app *ui, view *base)
{
    (void)base;
    view_list_unmark_all(ui->panes[PANE_LIST]);
}

static void mark_words(app *ui, void *data, const char *line)
{
    (void)data;
    if (line == NULL || *line == '\0')
        return;
    view_list_mark_matching(ui->panes[PANE_LIST], line);
}

void cmd_mark_pattern(app *ui, view *base)
{
    (void)base;
    view_prompt_push(ui, _("Mark messages with: "), "", false, NULL, mark_words, NULL, NULL);
}
