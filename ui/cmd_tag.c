/* SPDX-License-Identifier: MIT */
/* Tags, people, mute, snooze: each a small job for ui/filing, and the questions before it. */
#include "ui/cmd_tag.h"
#include "config/searches.h"
#include "core/intent.h"
#include "core/mute.h"
#include "core/snooze.h"
#include "core/store_message.h"
#include "core/tag.h"
#include "core/undo.h"
#include "core/vip.h"
#include "core/when.h"
#include "ui/app_private.h"
#include "ui/filing.h"
#include "ui/picker.h"
#include "ui/view_folders.h"
#include "ui/view_list.h"
#include "ui/view_reader.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { TAGS_OFFERED = 2000 };

/* --- a change of some messages --- */

struct change {
    GArray *targets; /* of int64_t */
    int64_t (*apply)(store *db, const struct change *self, GError **error);
    char *add, *remove; /* keywords */
    int64_t until_utc;
    bool is_on;       /* mute */
    bool leaves_list; /* or may */
    char *said;
};

static struct change *change_new(GArray *targets /* taken */)
{
    struct change *self = g_new0(struct change, 1);
    self->targets = targets;
    return self;
}

static void change_free(gpointer data)
{
    struct change *self = data;
    g_array_unref(self->targets);
    g_free(self->add);
    g_free(self->remove);
    g_free(self->said);
    g_free(self);
}

static const int64_t *ids_of(const struct change *self)
{
    return (const int64_t *)(void *)self->targets->data;
}

static bool change_apply(store *db, void *data, GError **error)
{
    const struct change *self = data;
    return self->apply(db, self, error) != 0;
}

static void change_done(app *ui, void *data, bool is_done, const GError *error)
{
    const struct change *self = data;
    const char *undo = keymap_key_for(ui, command_find("undo"), CONTEXT_LIST);
    view *reader = ui->panes[PANE_READER];
    bool is_reader_hit = false;
    for (guint i = 0; i < self->targets->len; i++)
        is_reader_hit |= g_array_index(self->targets, int64_t, i) == view_reader_placement(reader);
    app_after_change(ui);
    if (is_done && self->leaves_list && is_reader_hit && view_reader_is_open(reader)) {
        view_reader_close(reader);
        app_focus(ui, PANE_LIST);
    }
    if (is_done && *undo != '\0')
        app_say(ui, "%s %s %s %s", self->said, canvas_glyph(GLYPH_DOT), undo, _("undo"));
    else if (is_done)
        app_say(ui, "%s", self->said);
    else
        app_error(ui, _("Nothing was changed: %s"), error != NULL ? error->message : _("the messages are gone."));
}

static void change_start(app *ui, struct change *self /* taken */)
{
    const struct filing filing = {
        .apply = change_apply, .done = change_done, .data = self, .data_free = change_free, .count = self->targets->len
    };
    view_list_unmark_all(ui->panes[PANE_LIST]);
    filing_start(ui, &filing);
}

/* NULL: there is none, and it was said. */
static struct change *change_of_targets(app *ui)
{
    GArray *targets = app_targets(ui);
    if (targets->len > 0)
        return change_new(targets);
    g_array_unref(targets);
    app_brief(ui, _("There is no message here."));
    return NULL;
}

/* --- tags --- */

static int64_t apply_tags(store *db, const struct change *self, GError **error)
{
    return intent_keywords(db, ids_of(self), self->targets->len, self->add, self->remove, error);
}

/* Whole texts for what stands there, whose last word is the beginning of a tag. */
static GPtrArray *complete_tags(app *ui, void *data, const char *typed)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    const char *last = strrchr(typed, ' '), *word = last != NULL ? last + 1 : typed;
    word += *word == '+' || *word == '-';
    g_autofree char *begin = g_utf8_casefold(word, -1);
    g_autoptr(GPtrArray) all = store_tags(ui->store, TAGS_OFFERED);
    (void)data;
    for (guint i = 0; i < all->len; i++) {
        g_autofree char *name = tag_name(g_ptr_array_index(all, i)), *folded = g_utf8_casefold(name, -1);
        g_strdelimit(name, " ", '_');
        if (g_str_has_prefix(folded, begin))
            g_ptr_array_add(found, g_strdup_printf("%.*s%s ", (int)(word - typed), typed, name));
    }
    return found;
}

static bool add_word(struct change *self, const char *word, GError **error)
{
    bool is_off = *word == '-';
    g_autofree char *keyword = tag_keyword(word + (*word == '+' || is_off), error);
    char **list = is_off ? &self->remove : &self->add;
    if (keyword == NULL)
        return false;
    char *longer = tag_list_change(*list, keyword, NULL);
    g_free(*list);
    *list = longer;
    return true;
}

static void answer_tags(app *ui, void *data, const char *line)
{
    const struct change *asked = data;
    g_autoptr(GError) error = NULL;
    if (line == NULL)
        return;
    struct change *self = change_new(g_array_ref(asked->targets));
    g_auto(GStrv) words = g_strsplit_set(line, " ,", -1);
    for (char **word = words; *word != NULL && error == NULL; word++) {
        if (**word != '\0')
            add_word(self, *word, &error);
    }
    if (error != NULL || (self->add == NULL && self->remove == NULL)) {
        if (error != NULL)
            app_error(ui, "%s", error->message);
        change_free(self);
        return;
    }
    g_auto(GStrv) names = tag_list_names(self->add != NULL ? self->add : self->remove);
    g_autofree char *list = g_strjoinv(", ", names);
    self->apply = apply_tags;
    self->said = self->add != NULL ? g_strdup_printf(_("Tagged %s"), list) : g_strdup_printf(_("Took away the tag %s"), list);
    change_start(ui, self);
}

void cmd_tag(app *ui, view *base)
{
    struct change *self = change_of_targets(ui);
    (void)base;
    if (self == NULL)
        return;
    g_autoptr(placement) first = store_placement(ui->store, g_array_index(self->targets, int64_t, 0), NULL);
    g_auto(GStrv) names = tag_list_names(first != NULL ? first->keywords : NULL);
    g_autofree char *now = g_strjoinv(", ", names);
    g_autofree char *why = *now != '\0' ? g_strdup_printf(_("Tags now: %s. A word sets a tag, -word takes it away, Tab completes."), now)
                                        : g_strdup(_("A word sets a tag, -word takes it away, Tab completes."));
    view_prompt_push(ui, _("Tags: "), "", false, complete_tags, answer_tags, self, change_free);
    view_prompt_explain(ui, why);
}

/* --- people --- */

void cmd_vip_keep_search(app *ui)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *query = vip_query(ui->store);
    if (!searches_set(NULL, _("From VIPs"), query, &error))
        app_error(ui, "%s", error->message);
    view_folders_load_searches(ui->panes[PANE_FOLDERS]);
}

static bool apply_vip(store *db, struct filing_step *step, GError **error)
{
    return vip_set(db, step->text, step->number != 0, error);
}

/* more: who it is. */
static void vip_changed(app *ui, const struct filing_step *step, bool is_done, const GError *error)
{
    if (!is_done) {
        app_error(ui, "%s", error->message);
        return;
    }
    cmd_vip_keep_search(ui);
    app_after_change(ui);
    app_say(ui, step->number != 0 ? _("%s is a VIP now: new mail is always told of.") : _("%s is not a VIP any more."), step->more);
}

void cmd_vip(app *ui, view *base)
{
    g_autoptr(placement) place = store_placement(ui->store, app_current_placement(ui), NULL);
    (void)base;
    if (place == NULL) {
        app_brief(ui, _("There is no message here."));
        return;
    }
    bool has_name = place->from_name != NULL && *place->from_name != '\0';
    const struct filing_step step = { .apply = apply_vip,
                                      .done = vip_changed,
                                      .number = !vip_is(ui->store, place->from_address),
                                      .text = place->from_address,
                                      .more = has_name ? place->from_name : place->from_address };
    filing_step_start(ui, &step);
}

/* --- mute --- */

static int64_t apply_mute(store *db, const struct change *self, GError **error)
{
    return mute_set(db, ids_of(self), self->targets->len, self->is_on, error);
}

void cmd_mute(app *ui, view *base)
{
    struct change *self = change_of_targets(ui);
    (void)base;
    if (self == NULL)
        return;
    g_autoptr(placement) first = store_placement(ui->store, g_array_index(self->targets, int64_t, 0), NULL);
    self->is_on = first == NULL || !mute_is(ui->store, first->thread_id);
    self->leaves_list = self->is_on;
    self->apply = apply_mute;
    self->said = g_strdup(self->is_on ? _("Muted: what comes to this conversation goes to Archive, read.")
                                      : _("Not muted any more: new mail comes to the inbox again."));
    change_start(ui, self);
}

/* --- snooze --- */

static int64_t apply_snooze(store *db, const struct change *self, GError **error)
{
    return self->until_utc != 0 ? snooze_set(db, ids_of(self), self->targets->len, self->until_utc, error)
                                : snooze_end(db, ids_of(self), self->targets->len, error);
}

static void snooze_until(app *ui, const struct change *asked, int64_t until_utc)
{
    g_autofree char *when = when_describe(until_utc, g_get_real_time() / G_USEC_PER_SEC);
    struct change *self = change_new(g_array_ref(asked->targets));
    self->until_utc = until_utc;
    self->leaves_list = true;
    self->apply = apply_snooze;
    self->said = until_utc != 0 ? g_strdup_printf(_("Comes back %s"), when) : g_strdup(_("Back in the inbox"));
    change_start(ui, self);
}

static void snooze_words(app *ui, void *data, const char *line);

static void ask_time(app *ui, const struct change *asked, const char *words, const char *why)
{
    view_prompt_push(ui, _("Comes back: "), words, false, NULL, snooze_words, change_new(g_array_ref(asked->targets)), change_free);
    view_prompt_explain(ui, why);
}

static void snooze_words(app *ui, void *data, const char *line)
{
    const struct change *asked = data;
    g_autoptr(GError) error = NULL;
    int64_t until_utc = 0;
    if (line == NULL || *line == '\0')
        return;
    if (when_parse(line, g_get_real_time() / G_USEC_PER_SEC, &until_utc, NULL, &error))
        snooze_until(ui, asked, until_utc);
    else
        ask_time(ui, asked, line, error->message);
}

enum { ROW_PICK = 1, ROW_BACK = 2 };

static void answer_snooze(app *ui, void *data, const struct picker_row *row)
{
    const struct change *asked = data;
    if (row == NULL)
        return;
    if (row->id == PICKER_TYPED)
        snooze_words(ui, data, row->text);
    else if (row->id == ROW_PICK)
        ask_time(ui, asked, "", _("For example: 2h, tomorrow 8:00, mon 9:00, next week, 24 dec 10:00."));
    else
        snooze_until(ui, asked, row->id == ROW_BACK ? 0 : row->id);
}

void cmd_snooze(app *ui, view *base)
{
    struct change *self = change_of_targets(ui);
    int64_t now_utc = g_get_real_time() / G_USEC_PER_SEC;
    (void)base;
    if (self == NULL)
        return;
    GPtrArray *rows = g_ptr_array_new();
    if (snooze_is_asleep(ui->store, g_array_index(self->targets, int64_t, 0)))
        g_ptr_array_add(rows, picker_row_new(_("Back now"), NULL, ROW_BACK));
    struct snooze_choice choices[SNOOZE_CHOICES_MAX];
    size_t count = snooze_choices(now_utc, choices);
    for (size_t i = 0; i < count; i++) {
        g_autofree char *note = when_describe(choices[i].until_utc, now_utc);
        g_ptr_array_add(rows, picker_row_new(_(choices[i].name), note, choices[i].until_utc));
    }
    g_ptr_array_add(rows, picker_row_new(_("Pick a time…"), NULL, ROW_PICK));
    picker_push(ui, _("Comes back"), rows, answer_snooze, self, change_free);
    picker_offer_typed(ui, _("at this time"), NULL);
}
