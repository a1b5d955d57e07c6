/* SPDX-License-Identifier: MIT */
/* The rules on the screen: which there are and whether they are in force, what the one under the cursor would do to the newest mail, and what it did. */
#include "core/intent.h"
#include "core/rules_log.h"
#include "core/rules_preview.h"
#include "core/store_message.h"
#include "ui/app_private.h"
#include "ui/cmd_tag.h"
#include "ui/date.h"
#include "ui/filing.h"
#include "ui/pager.h"
#include "ui/view_rules.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { PREVIEW_MESSAGES = 500, PREVIEW_SHOWN = 12, LOG_SHOWN = 9, NAME_CELLS = 24 };

struct view_rules {
    pager pager;
    rules *all;         /* NULL: the file cannot be read */
    char *fault;        /* why */
    guint at;           /* the rule under the cursor */
    int64_t job;        /* the preview; 0: none under way */
    GPtrArray *preview; /* of struct rules_preview_row*; NULL: not yet */
    GPtrArray *log;     /* of struct rules_log_row*: of that rule */
    bool is_stale;      /* the lines have to be made again */
};

static struct view_rules *cast(view *self)
{
    return (struct view_rules *)(void *)self;
}

static const struct rule *current(const struct view_rules *self)
{
    return self->all != NULL && self->at < rules_count(self->all) ? rules_at(self->all, self->at) : NULL;
}

/* --- the preview, on the query thread --- */

struct preview {
    GPtrArray *rows;
};

static void preview_free(gpointer data)
{
    struct preview *self = data;
    g_clear_pointer(&self->rows, g_ptr_array_unref);
    g_free(self);
}

static void preview_read(store *db, void *data)
{
    struct preview *self = data;
    g_autoptr(rules) all = db != NULL ? rules_load(db, NULL, NULL) : NULL;
    if (all != NULL)
        self->rows = rules_preview(all, db, PREVIEW_MESSAGES, false, NULL);
}

static void preview_start(struct view_rules *self)
{
    query *loader = app_query(self->pager.base.app);
    if (self->job != 0)
        query_cancel(loader, self->job);
    g_clear_pointer(&self->preview, g_ptr_array_unref);
    self->job = query_run(loader, preview_read, g_new0(struct preview, 1), preview_free);
}

static bool preview_take(struct view_rules *self, int64_t job)
{
    if (self->job == 0 || job != self->job)
        return false;
    struct preview *done = query_take(app_query(self->pager.base.app), job);
    self->job = 0;
    if (done == NULL)
        return false;
    g_clear_pointer(&self->preview, g_ptr_array_unref);
    self->preview = g_steal_pointer(&done->rows);
    preview_free(done);
    return true;
}

/* --- lines --- */

static void add(struct view_rules *self, enum theme_style style, int indent, char *words /* taken */)
{
    pager_add(&self->pager, style, NULL, words);
    ((struct pager_line *)g_ptr_array_index(self->pager.lines, self->pager.lines->len - 1))->indent = indent;
}

static void add_title(struct view_rules *self, const char *words)
{
    add(self, THEME_NORMAL, 0, g_strdup(""));
    add(self, THEME_TITLE, 0, g_strdup(words));
}

/* What is wrong, and where it points at in the query. */
static void add_fault(struct view_rules *self, const struct rule *rule)
{
    add(self, THEME_ERROR, 6, g_strdup_printf("%s %s", canvas_glyph(GLYPH_WARNING), rule->fault));
    if (!rule->has_spot || rule->text->match == NULL || rule->spot.end > strlen(rule->text->match))
        return;
    g_autofree char *part = g_strndup(rule->text->match + rule->spot.start, rule->spot.end - rule->spot.start);
    if (*part != '\0')
        add(self, THEME_ERROR, 8, g_strdup_printf(_("here: %s"), part));
}

/* Of one whose parts are still being asked for it is no news that some are missing. */
static bool has_fault(struct view_rules *self, const struct rule *rule)
{
    return rule->fault != NULL && view_top(self->pager.base.app) == &self->pager.base;
}

static guint matches_of(const struct view_rules *self, guint rule)
{
    guint count = 0;
    for (guint i = 0; self->preview != NULL && i < self->preview->len; i++)
        count += ((const struct rules_preview_row *)g_ptr_array_index(self->preview, i))->answers[rule] == QUERY_YES;
    return count;
}

static void add_rule(struct view_rules *self, guint at)
{
    const struct rule *rule = rules_at(self->all, at);
    bool is_current = at == self->at;
    g_autofree char *words = rule_words(rule->text);
    g_autofree char *count =
        self->preview != NULL ? g_strdup_printf(_("  (%u of %u)"), matches_of(self, at), self->preview->len) : g_strdup("");
    const char *state = has_fault(self, rule) ? _("fault") : rule->text->is_on ? _("on") : _("off");
    enum theme_style style = is_current ? THEME_SELECTED : rule_is_used(rule) ? THEME_NORMAL : THEME_DIM;
    add(self, style, 0,
        g_strdup_printf("%s %u. [%s] %s: %s %s %s%s", is_current ? canvas_glyph(GLYPH_ARROW) : " ", at + 1, state, rule->text->name,
                        rule->text->match != NULL ? rule->text->match : "", canvas_glyph(GLYPH_ARROW), words, count));
    if (rule->text->account != NULL)
        add(self, THEME_DIM, 6, g_strdup_printf(_("only for the account %s"), rule->text->account));
    if (has_fault(self, rule))
        add_fault(self, rule);
}

static void add_preview(struct view_rules *self)
{
    guint shown = 0, count = matches_of(self, self->at);
    const char *words = current(self)->text->folder == NULL
                            ? _("What “%s” matches of the newest mail in the inboxes (nothing is done to it)")
                            : _("What “%s” matches of the newest mail in its folders (nothing is done to it)");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* one of the two above */
    g_autofree char *title = g_strdup_printf(words, current(self)->text->name);
#pragma GCC diagnostic pop
    add_title(self, title);
    if (self->preview == NULL) {
        add(self, THEME_DIM, 2, g_strdup(_("looking…")));
        return;
    }
    for (guint i = 0; i < self->preview->len && shown < PREVIEW_SHOWN; i++) {
        const struct rules_preview_row *row = g_ptr_array_index(self->preview, i);
        if (row->answers[self->at] != QUERY_YES)
            continue;
        g_autofree char *date = date_long(row->date_utc, g_get_real_time() / G_USEC_PER_SEC);
        add(self, THEME_NORMAL, 2,
            g_strdup_printf("%s  %s  (%s)", row->from != NULL ? row->from : "", row->subject != NULL ? row->subject : "", date));
        shown++;
    }
    if (count > shown)
        add(self, THEME_DIM, 2, g_strdup_printf(_("and %u more"), count - shown));
    if (count == 0)
        add(self, THEME_DIM, 2, g_strdup(_("none")));
}

static void add_log(struct view_rules *self)
{
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    g_clear_pointer(&self->log, g_ptr_array_unref);
    self->log = rules_log_read(app_store(self->pager.base.app), current(self)->text->name, LOG_SHOWN, NULL);
    add_title(self, _("What it did (the number of a line takes that back)"));
    for (guint i = 0; self->log != NULL && i < self->log->len; i++) {
        const struct rules_log_row *row = g_ptr_array_index(self->log, i);
        g_autofree char *date = date_long(row->when_utc, now);
        add(self, row->is_undone ? THEME_DIM : THEME_NORMAL, 2,
            g_strdup_printf("%u  %s  %s: %s", i + 1, date, row->subject != NULL ? row->subject : "", row->what));
    }
    if (self->log == NULL || self->log->len == 0)
        add(self, THEME_DIM, 2, g_strdup(_("nothing yet")));
}

static void make_lines(struct view_rules *self)
{
    int top = self->pager.top;
    pager_empty(&self->pager);
    self->is_stale = false;
    add(self, THEME_DIM, 0, g_strdup(_("Rules for mail on arrival, in their order.")));
    add(self, THEME_NORMAL, 0, g_strdup(""));
    if (self->fault != NULL)
        add(self, THEME_ERROR, 0, g_strdup(self->fault));
    for (guint i = 0; self->all != NULL && i < rules_count(self->all); i++)
        add_rule(self, i);
    if (self->all != NULL && rules_count(self->all) == 0)
        add(self, THEME_DIM, 0,
            g_strdup_printf(_("There are none yet: %s adds one."),
                            keymap_key_for(self->pager.base.app, command_find("rule-add"), CONTEXT_RULES)));
    if (current(self) != NULL) {
        add_preview(self);
        add_log(self);
    }
    self->pager.top = top;
}

static void reload(struct view_rules *self)
{
    g_autoptr(GError) why = NULL;
    rules *all = rules_load(app_store(self->pager.base.app), NULL, &why);
    g_clear_pointer(&self->all, rules_free);
    g_clear_pointer(&self->fault, g_free);
    self->all = all;
    self->fault = all == NULL ? g_strdup(why->message) : NULL;
    if (all != NULL && self->at >= rules_count(all))
        self->at = rules_count(all) > 0 ? rules_count(all) - 1 : 0;
    self->is_stale = true;
    preview_start(self);
    view_touch(&self->pager.base);
}

/* --- editing: a rule is asked for field by field, each with what it has now --- */

struct field {
    const char *key, *label, *why;
};
static const struct field fields[] = {
    { "match", N_("Match: "), N_("Which mail, as in a search: from:ada subject:report list:dev has:attachment -tag:work") },
    { "folder", N_("What arrives in: "), N_("Folders with commas between them; * is any; nothing: the inboxes.") },
    { "move", N_("Move to: "), N_("The name of a folder, or nothing: it stays in the inbox.") },
    { "tag", N_("Tags: "), N_("Tags with commas between them, or nothing.") },
    { "flag", N_("Star (yes/no): "), NULL },
    { "read", N_("Mark as read (yes/no): "), NULL },
    { "notify", N_("Notify (yes/no): "), N_("yes: always told of; no: never; nothing: as usual.") },
    { "stop", N_("No further rules after this one (yes/no): "), NULL },
};

struct editing {
    char *name;
    guint at; /* the field */
};

static void editing_free(gpointer data)
{
    struct editing *self = data;
    g_free(self->name);
    g_free(self);
}

static char *value_now(const char *name, const char *key)
{
    g_autoptr(GPtrArray) texts = rule_file_load(NULL, NULL);
    for (guint i = 0; texts != NULL && i < texts->len; i++) {
        const struct rule_text *text = g_ptr_array_index(texts, i);
        const char *values[] = { text->match,
                                 text->folder,
                                 text->move,
                                 text->tag,
                                 text->is_flag ? "yes" : NULL,
                                 text->is_read ? "yes" : NULL,
                                 text->notify == RULE_NOTIFY_YES  ? "yes"
                                 : text->notify == RULE_NOTIFY_NO ? "no"
                                                                  : NULL,
                                 text->is_stop ? "yes" : NULL };
        if (strcmp(text->name, name) != 0)
            continue;
        for (size_t k = 0; k < G_N_ELEMENTS(fields); k++)
            if (strcmp(fields[k].key, key) == 0)
                return g_strdup(values[k]);
    }
    return NULL;
}

static struct view_rules *shown(app *ui)
{
    view *top = view_top(ui);
    return top != NULL && top->ops->name != NULL && strcmp(top->ops->name, "rules") == 0 ? cast(top) : NULL;
}

static void refresh(app *ui, const char *name)
{
    struct view_rules *self = shown(ui);
    engine_wake(app_engine(ui)); /* they may ask for other folders */
    if (self == NULL)
        return;
    reload(self);
    for (guint i = 0; self->all != NULL && name != NULL && i < rules_count(self->all); i++)
        if (strcmp(rules_at(self->all, i)->text->name, name) == 0)
            self->at = i;
}

static void ask_field(app *ui, const char *name, guint at);

static void answer_field(app *ui, void *data, const char *line)
{
    const struct editing *self = data;
    g_autoptr(GError) why = NULL;
    if (line == NULL) {
        refresh(ui, self->name);
        return;
    }
    g_autofree char *words = g_strstrip(g_strdup(line));
    bool is_nothing = *words == '\0' || (g_ascii_strcasecmp(words, "no") == 0 && strcmp(fields[self->at].key, "notify") != 0);
    g_autofree char *old = value_now(self->name, fields[self->at].key);
    if ((old != NULL || !is_nothing) && !rule_file_set(NULL, self->name, fields[self->at].key, is_nothing ? NULL : words, &why)) {
        app_error(ui, "%s", why->message);
        return;
    }
    if (self->at + 1 < G_N_ELEMENTS(fields))
        ask_field(ui, self->name, self->at + 1);
    else
        refresh(ui, self->name);
}

static void ask_field(app *ui, const char *name, guint at)
{
    struct editing *self = g_new0(struct editing, 1);
    g_autofree char *now = value_now(name, fields[at].key);
    *self = (struct editing){ g_strdup(name), at };
    view_prompt_push(ui, _(fields[at].label), now != NULL ? now : "", false, NULL, answer_field, self, editing_free);
    if (fields[at].why != NULL)
        view_prompt_explain(ui, _(fields[at].why));
}

/* A new one is switched off until it was seen what it matches. */
static void answer_name(app *ui, void *data, const char *line)
{
    g_autoptr(GError) why = NULL;
    const char *match = data;
    g_autofree char *name = g_strstrip(g_strdup(line != NULL ? line : ""));
    if (*name == '\0')
        return;
    if (!rule_file_set(NULL, name, "enabled", "no", &why) || (match != NULL && !rule_file_set(NULL, name, "match", match, &why))) {
        app_error(ui, "%s", why->message);
        return;
    }
    if (shown(ui) == NULL)
        view_rules_push(ui);
    refresh(ui, name);
    ask_field(ui, name, 0);
}

void view_rules_make(app *ui, const char *name, const char *match)
{
    view_prompt_push(ui, _("Name of the rule: "), name, false, NULL, answer_name, g_strdup(match), g_free);
    view_prompt_explain(ui, _("It is switched off until you have seen what it matches: Space switches it on."));
}

static void answer_remove(app *ui, void *data, const char *line)
{
    g_autoptr(GError) why = NULL;
    if (line == NULL || strcmp(line, "1") != 0)
        return;
    if (!rule_file_remove(NULL, data, &why))
        app_error(ui, "%s", why->message);
    refresh(ui, NULL);
}

static void ask_remove(struct view_rules *self, const struct rule *rule)
{
    const char *choices[] = { N_("&Keep"), N_("&Remove"), NULL };
    view_choice_push(self->pager.base.app, _("Remove the rule?"), rule->text->name, choices, answer_remove, g_strdup(rule->text->name),
                     g_free);
}

/* --- keys --- */

static void step(struct view_rules *self, int by)
{
    guint count = self->all != NULL ? rules_count(self->all) : 0;
    self->at = (guint)CLAMP((int)self->at + by, 0, MAX((int)count - 1, 0));
    self->is_stale = true;
    view_touch(&self->pager.base);
}

static void change(struct view_rules *self, bool is_done, const GError *why, const char *name)
{
    g_autofree char *kept = g_strdup(name);
    if (!is_done)
        app_error(self->pager.base.app, "%s", why->message);
    refresh(self->pager.base.app, kept);
}

static bool apply_take_back(store *db, struct filing_step *step, GError **error)
{
    return rules_log_undo(db, step->id, error);
}

static void taken_back(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    (void)step;
    if (is_done)
        app_after_change(ui);
    if (error != NULL)
        app_error(ui, "%s", error->message);
    else
        app_say(ui, "%s", is_done ? _("Taken back") : _("There is nothing left to take back: the message went on, or is gone."));
    struct view_rules *self = shown(ui);
    if (self == NULL)
        return;
    self->is_stale = true;
    view_touch(&self->pager.base);
}

static void take_back(struct view_rules *self, guint index)
{
    if (self->log == NULL || index >= self->log->len)
        return;
    const struct filing_step step = { .apply = apply_take_back,
                                      .done = taken_back,
                                      .id = ((const struct rules_log_row *)g_ptr_array_index(self->log, index))->id };
    filing_step_start(self->pager.base.app, &step);
}

void cmd_rule_edit(app *ui, view *base)
{
    if (current(cast(base)) != NULL)
        ask_field(ui, current(cast(base))->text->name, 0);
}

void cmd_rule_switch(app *ui, view *base)
{
    g_autoptr(GError) why = NULL;
    const struct rule *rule = current(cast(base));
    (void)ui;
    if (rule == NULL)
        return;
    bool is_done = rule_file_set(NULL, rule->text->name, "enabled", rule->text->is_on ? "no" : NULL, &why);
    change(cast(base), is_done, why, rule->text->name);
}

void cmd_rule_add(app *ui, view *base)
{
    (void)base;
    view_rules_make(ui, "", NULL);
}

void cmd_rule_remove(app *ui, view *base)
{
    (void)ui;
    if (current(cast(base)) != NULL)
        ask_remove(cast(base), current(cast(base)));
}

static void move_rule(view *base, int by)
{
    g_autoptr(GError) why = NULL;
    const struct rule *rule = current(cast(base));
    if (rule == NULL)
        return;
    bool is_done = rule_file_move(NULL, rule->text->name, by, &why);
    change(cast(base), is_done, why, rule->text->name);
}

void cmd_rule_up(app *ui, view *base)
{
    (void)ui;
    move_rule(base, -1);
}

void cmd_rule_down(app *ui, view *base)
{
    (void)ui;
    move_rule(base, 1);
}

/* The cursor, and the numbers of what a rule did; all else is in the table of commands. */
static bool key(view *base, const struct key *pressed)
{
    struct view_rules *self = cast(base);
    bool is_letter = pressed->kind == KEY_KIND_CHARACTER && pressed->mods == 0, is_named = pressed->kind == KEY_KIND_NAMED;
    bool is_down = (is_letter && pressed->character == 'j') || (is_named && pressed->name == KEY_NAME_DOWN);
    bool is_up = (is_letter && pressed->character == 'k') || (is_named && pressed->name == KEY_NAME_UP);
    if (is_down || is_up) {
        step(self, is_down ? 1 : -1);
        return true;
    }
    if (is_letter && pressed->character >= '1' && pressed->character <= '9') {
        take_back(self, pressed->character - '1');
        return true;
    }
    return (!is_letter || pressed->character != ' ') && pager_key(base, pressed);
}

static void draw(view *base)
{
    if (cast(base)->is_stale)
        make_lines(cast(base));
    pager_draw(base);
    base->is_dirty = false;
}

static void event(view *base, const struct event *news)
{
    struct view_rules *self = cast(base);
    bool is_mine = news->type == EVENT_QUERY_DONE && preview_take(self, news->item);
    if (!is_mine && news->type != EVENT_NEWS && news->type != EVENT_FOLDER_CHANGED)
        return;
    self->is_stale = true;
    view_touch(base);
}

static void release(view *base)
{
    struct view_rules *self = cast(base);
    if (self->job != 0)
        query_cancel(app_query(base->app), self->job);
    g_clear_pointer(&self->all, rules_free);
    g_clear_pointer(&self->preview, g_ptr_array_unref);
    g_clear_pointer(&self->log, g_ptr_array_unref);
    g_free(self->fault);
    pager_clear(&self->pager);
    g_free(self);
}

static const struct view_ops ops = { .name = "rules",
                                     .context = CONTEXT_RULES,
                                     .layout = pager_layout,
                                     .draw = draw,
                                     .key = key,
                                     .mouse = pager_mouse,
                                     .event = event,
                                     .free = release };

void view_rules_push(app *ui)
{
    struct view_rules *self = g_new0(struct view_rules, 1);
    pager_init(&self->pager, &ops, ui);
    view_push(ui, &self->pager.base);
    reload(self);
}

void cmd_rules(app *ui, view *base)
{
    (void)base;
    view_rules_push(ui);
}

/* From a list: the list. Else the sender. */
void cmd_rule_from_message(app *ui, view *base)
{
    g_autoptr(placement) place = store_placement(app_store(ui), app_current_placement(ui), NULL);
    (void)base;
    if (place == NULL) {
        app_brief(ui, _("There is no message here."));
        return;
    }
    bool is_list = place->list_id != NULL && *place->list_id != '\0';
    const char *who = is_list ? place->list_id : place->from_address;
    g_autofree char *clean = g_strdup(who != NULL ? who : "");
    g_strdelimit(clean, "\"<>\r\n\t", ' ');
    g_strstrip(clean);
    g_autofree char *match = g_strdup_printf(is_list ? "list:\"%s\"" : "from:\"%s\"", clean);
    g_autofree char *name = g_strdelimit(g_strdup(clean), "[]\\", ' ');
    view_rules_make(ui, name, match);
}
