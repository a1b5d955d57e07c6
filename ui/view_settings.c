/* SPDX-License-Identifier: MIT */
/* All that can be set, with its help, to be changed where it stands: postern.conf and the accounts' files. */
#include "ui/view_settings.h"
#include "config/account_edit.h"
#include "config/account_file.h"
#include "config/options.h"
#include "ui/app_private.h"
#include "ui/rows.h"
#include "ui/settings_apply.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { NAME_COLUMNS = 28 };

struct view_settings {
    rows rows;
    struct settings *shown; /* as the file has them */
    char *words;            /* only what has these; NULL: all */
    bool is_stale;
};

/* What a row is about; copied for the question that changes it. */
struct setting {
    char *file, *group, *name; /* file NULL: postern.conf, and no group */
    char *choices, *fallback, *help, *value;
    bool is_secret;
};

/* Where a reader would look for it; what is in no group comes last. */
static const struct {
    const char *title, *names;
} groups[] = {
    { N_("The screen"), "theme keys layout title mouse accessible bidi date-format threads" },
    { N_("New mail"), "bell notify notify-folders notify-focused" },
    { N_("Reading mail"), "mark-read-delay pager browser downloads hyperlinks html-colors pictures-from receipts" },
    { N_("Writing mail"),
      "editor edit-headers attribution undo-delay format-flowed markdown charset query-command picker image-pixels merge-rate "
      "confirm-empty-subject confirm-missing-attachment checks-off" },
    { N_("Hooks"), "hook-new-mail hook-sent hook-send-failed hook-before-send hook-start hook-quit hook-timeout" },
};

static struct view_settings *cast(view *self)
{
    return (struct view_settings *)(void *)self;
}

static void setting_free(gpointer data)
{
    struct setting *self = data;
    g_free(self->file);
    g_free(self->group);
    g_free(self->name);
    g_free(self->choices);
    g_free(self->fallback);
    g_free(self->help);
    g_free(self->value);
    g_free(self);
}

static struct setting *setting_copy(const struct setting *old)
{
    struct setting *self = g_new0(struct setting, 1);
    *self = (struct setting){ g_strdup(old->file),     g_strdup(old->group), g_strdup(old->name),  g_strdup(old->choices),
                              g_strdup(old->fallback), g_strdup(old->help),  g_strdup(old->value), old->is_secret };
    return self;
}

/* --- the rows --- */

static bool is_wanted(const struct view_settings *self, const struct setting *setting)
{
    if (self->words == NULL || *self->words == '\0')
        return true;
    g_autofree char *hay = g_strconcat(setting->name, " ", setting->help, " ", setting->value, NULL);
    g_autofree char *folded = g_utf8_casefold(hay, -1), *needle = g_utf8_casefold(self->words, -1);
    return strstr(folded, needle) != NULL;
}

static void add_setting(struct view_settings *self, struct setting *setting /* taken */, int kind, int64_t id, const char **title)
{
    if (!is_wanted(self, setting)) {
        setting_free(setting);
        return;
    }
    if (*title != NULL)
        rows_title(&self->rows, *title);
    *title = NULL;
    const char *value = setting->value == NULL ? "" : setting->is_secret ? "********" : setting->value;
    int blanks = MAX(NAME_COLUMNS - width_text(setting->name), 1);
    struct rows_row *row = rows_add(&self->rows, THEME_NORMAL, g_strdup_printf("%s%*s%s", setting->name, blanks, "", value));
    bool is_default = g_strcmp0(setting->value, setting->fallback) == 0;
    row->right = is_default ? g_strdup(_("default")) : NULL;
    row->detail = g_strdup(setting->help);
    row->kind = kind;
    row->id = id;
    row->data = setting;
    row->data_free = setting_free;
}

/* "true, false" or the numbers that are allowed, behind the help. */
static char *option_help(const struct option_row *option)
{
    if (option->type == OPTION_NUMBER)
        return g_strdup_printf(_("%s (%d to %d; default: %s)"), _(option->help), option->minimum, option->maximum, option->default_value);
    return g_strdup(_(option->help));
}

static void add_option(struct view_settings *self, size_t index, const char **title)
{
    const struct option_row *option = &option_rows[index];
    struct setting *setting = g_new0(struct setting, 1);
    setting->name = g_strdup(option->name);
    setting->choices = g_strdup(option->type == OPTION_BOOL ? "true false" : option->choices);
    setting->fallback = g_strdup(option->default_value);
    setting->help = option_help(option);
    setting->value = settings_value(self->shown, option->name);
    add_setting(self, setting, 0, (int64_t)index, title);
}

static bool is_in(const char *names, const char *name)
{
    g_auto(GStrv) words = g_strsplit(names, " ", -1);
    return g_strv_contains((const char *const *)words, name);
}

static void add_options(struct view_settings *self)
{
    const char *rest = _("Everything else");
    for (size_t group = 0; group < G_N_ELEMENTS(groups); group++) {
        const char *title = _(groups[group].title);
        for (size_t i = 0; i < option_row_count; i++)
            if (is_in(groups[group].names, option_rows[i].name))
                add_option(self, i, &title);
    }
    for (size_t i = 0; i < option_row_count; i++) {
        bool is_shown = false;
        for (size_t group = 0; group < G_N_ELEMENTS(groups); group++)
            is_shown = is_shown || is_in(groups[group].names, option_rows[i].name);
        if (!is_shown)
            add_option(self, i, &rest);
    }
}

/* Of a server what its protocol has no use for is not offered, unless it stands there. */
static bool is_offered(const struct account *owner, const struct account_option *option, const char *value)
{
    bool is_pop3 = owner->incoming.protocol == ACCOUNT_PROTOCOL_POP3;
    if (value != NULL)
        return true;
    if (strcmp(option->group, "pop3") == 0)
        return is_pop3;
    return strcmp(option->group, "oauth") != 0 && strcmp(option->group, "identity") != 0;
}

static void add_account(struct view_settings *self, int kind, const struct account *owner)
{
    struct account_option option;
    g_autofree char *heading = g_strdup_printf(_("Account %s"), owner->name);
    const char *title = heading;
    for (size_t i = 0; account_option_at(i, &option); i++) {
        g_autofree char *value = account_option_value(owner->path, option.group, option.key);
        if (is_offered(owner, &option, value)) {
            struct setting *setting = g_new0(struct setting, 1);
            *setting = (struct setting){ .file = g_strdup(owner->path),
                                         .group = g_strdup(option.group),
                                         .name = g_strdup_printf("[%s] %s", option.group, option.key),
                                         .choices = g_strdup(option.choices),
                                         .help = g_strdup(option.help),
                                         .value = g_steal_pointer(&value),
                                         .is_secret = option.is_secret };
            add_setting(self, setting, kind, (int64_t)i, &title);
        }
        account_option_clear(&option);
    }
}

static void reload(struct view_settings *self)
{
    app *ui = self->rows.base.app;
    GPtrArray *wrong = NULL;
    settings_free(self->shown);
    self->shown = settings_load_most(&wrong);
    g_ptr_array_unref(wrong);
    rows_begin(&self->rows);
    add_options(self);
    for (guint i = 0; i < ui->accounts->len; i++) {
        const struct account *owner = g_ptr_array_index(ui->accounts, i);
        if (owner->path != NULL)
            add_account(self, (int)i + 1, owner);
    }
    if (self->rows.all->len <= 1)
        rows_add(&self->rows, THEME_DIM, g_strdup(_("No setting has these words.")))->is_title = true;
    rows_end(&self->rows);
    self->is_stale = false;
}

static void draw(view *base)
{
    if (cast(base)->is_stale)
        reload(cast(base));
    rows_draw(base);
}

static bool mouse(view *base, const struct key *key, int row, int column)
{
    bool is_used = rows_mouse(base, key, row, column);
    if (key->mouse == MOUSE_DOUBLE)
        cmd_settings_edit(base->app, base);
    return is_used;
}

static void release(view *base)
{
    settings_free(cast(base)->shown);
    g_free(cast(base)->words);
    rows_clear(&cast(base)->rows);
    g_free(cast(base));
}

static const struct view_ops ops = {
    .name = "settings", .context = CONTEXT_SETTINGS, .layout = rows_layout, .draw = draw, .key = rows_key, .mouse = mouse, .free = release
};

void cmd_settings(app *ui, view *base)
{
    if (base->ops == &ops)
        return;
    struct view_settings *self = g_new0(struct view_settings, 1);
    rows_init(&self->rows, &ops, ui);
    reload(self); /* the next key may be here already */
    view_push(ui, &self->rows.base);
}

/* --- changing one --- */

static void make_stale(app *ui)
{
    for (guint i = 0; i < ui->stack->len; i++) {
        view *each = g_ptr_array_index(ui->stack, i);
        if (each->ops != &ops)
            continue;
        cast(each)->is_stale = true;
        view_touch(each);
    }
}

static const char *account_key(const struct setting *setting)
{
    return setting->name + strlen(setting->group) + strlen("[] ");
}

static bool check(const struct setting *setting, const char *value, GError **error)
{
    if (setting->file != NULL)
        return account_option_check(setting->file, setting->group, account_key(setting), value, error);
    return settings_check(setting->name, value, error);
}

static bool save(const struct setting *setting, const char *value, GError **error)
{
    if (setting->file != NULL)
        return account_option_set(setting->file, setting->group, account_key(setting), value, error);
    return settings_save(setting->name, *value != '\0' ? value : NULL, error);
}

static void change(app *ui, const struct setting *setting, const char *value)
{
    g_autoptr(GError) why = NULL;
    if (!save(setting, value, &why)) {
        app_error(ui, _("%s Nothing was changed."), why->message);
        return;
    }
    bool is_now = setting->file == NULL && settings_apply(ui, setting->name, value);
    const char *shown = setting->is_secret ? "********" : *value != '\0' ? value : _("default");
    app_say(ui, is_now ? _("%s is %s now; it is written down.") : _("%s is %s from the next start on; it is written down."), setting->name,
            shown);
    make_stale(ui);
}

static void answer_choice(app *ui, void *data, const char *words)
{
    const struct setting *setting = data;
    g_auto(GStrv) choices = g_strsplit(setting->choices, " ", -1);
    guint64 index = 0;
    if (words != NULL && g_ascii_string_to_unsigned(words, 10, 0, g_strv_length(choices) - 1, &index, NULL))
        change(ui, setting, choices[index]);
}

static void answer_text(app *ui, void *data, const char *words)
{
    if (words != NULL)
        change(ui, data, words);
}

/* While it is typed: the help, and below it what is wrong. */
static void typed(app *ui, void *data, const char *words)
{
    const struct setting *setting = data;
    g_autoptr(GError) why = NULL;
    if (words == NULL)
        return;
    view_prompt_explain(ui, check(setting, words, &why) ? setting->help : why->message);
}

static void ask_choice(app *ui, const struct setting *setting)
{
    g_auto(GStrv) choices = g_strsplit(setting->choices, " ", -1);
    view_choice_push(ui, setting->name, setting->help, (const char *const *)choices, answer_choice, setting_copy(setting), setting_free);
    for (guint i = 0; choices[i] != NULL; i++)
        if (g_strcmp0(choices[i], setting->value) == 0)
            view_choice_mark(ui, i);
}

static void ask_text(app *ui, const struct setting *setting)
{
    g_autofree char *label = g_strdup_printf("%s = ", setting->name);
    bool is_shown = !setting->is_secret && setting->value != NULL;
    view_prompt_push(ui, label, is_shown ? setting->value : "", setting->is_secret, NULL, answer_text, setting_copy(setting), setting_free);
    view_prompt_explain(ui, setting->help);
    view_prompt_follow(ui, typed);
}

static const struct setting *chosen(view *base)
{
    const struct rows_row *row = base->ops == &ops ? rows_current(&cast(base)->rows) : NULL;
    return row != NULL ? row->data : NULL;
}

void cmd_settings_edit(app *ui, view *base)
{
    const struct setting *setting = chosen(base);
    if (setting == NULL)
        return;
    bool is_switch = g_strcmp0(setting->choices, "true false") == 0;
    if (is_switch) {
        g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(setting_free);
        g_ptr_array_add(kept, setting_copy(setting)); /* the rows are made anew under it */
        change(ui, g_ptr_array_index(kept, 0), g_strcmp0(setting->value, "true") == 0 ? "false" : "true");
    } else if (setting->choices != NULL) {
        ask_choice(ui, setting);
    } else {
        ask_text(ui, setting);
    }
}

void cmd_settings_reset(app *ui, view *base)
{
    const struct setting *setting = chosen(base);
    struct setting *kept = setting != NULL ? setting_copy(setting) : NULL;
    if (kept == NULL)
        return;
    change(ui, kept, "");
    setting_free(kept);
}

/* --- finding one --- */

static void find(app *ui, void *data, const char *words)
{
    (void)data;
    for (guint i = 0; i < ui->stack->len; i++) {
        view *each = g_ptr_array_index(ui->stack, i);
        if (each->ops != &ops)
            continue;
        g_free(cast(each)->words);
        cast(each)->words = g_strdup(words);
    }
    make_stale(ui);
}

void cmd_settings_find(app *ui, view *base)
{
    if (base->ops != &ops)
        return;
    view_prompt_push(ui, _("Settings with: "), cast(base)->words, false, NULL, find, NULL, NULL);
    view_prompt_follow(ui, find);
}
