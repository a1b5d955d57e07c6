/* SPDX-License-Identifier: MIT */
/* The composer: fields, the text, attachments. While a field has the focus letters are text; over the text they are commands. */
#include "config/paths.h"
#include "core/intent.h"
#include "core/store_contact.h"
#include "ui/app_private.h"
#include "ui/body_editor.h"
#include "ui/cmd_compose.h"
#include "ui/composer_draft.h"
#include "ui/external.h"
#include "ui/field.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum composer_focus { FOCUS_FROM, FOCUS_TO, FOCUS_CC, FOCUS_BCC, FOCUS_SUBJECT, FOCUS_BODY };
#define FIELD_COUNT   FOCUS_BODY
#define LABEL_COLUMNS 10
#define MENU_ROWS     5
#define KEEP_EVERY_MS 3000

struct composer {
    view base;
    canvas *canvas;
    struct draft *draft;
    struct field fields[FIELD_COUNT];
    enum composer_focus focus;
    body_editor *editor; /* while the built-in one is open */
    int scroll;          /* first line of the text shown */
    GPtrArray *menu;     /* of struct contact*: completions of the field that is being typed; NULL: none */
    guint menu_choice;
    char *kept; /* file */
    int64_t kept_at_ms;
    int64_t replaces;            /* placement of the draft this one goes on with; 0: none */
    bool is_touched;             /* there is something to lose */
    bool is_changed, is_settled; /* is_settled: sent, saved or thrown away: nothing more to keep */
};

static struct composer *composer_of(view *base);
static const struct view_ops *ops_for(enum composer_focus focus);

static const struct account *composer_account(struct composer *self)
{
    GPtrArray *all = app_accounts(self->base.app);
    for (guint i = 0; i < all->len; i++) {
        const struct account *each = g_ptr_array_index(all, i);
        if (g_strcmp0(each->id, self->draft->account_id) == 0)
            return each;
    }
    return NULL;
}

/* --- fields and draft --- */
static char **draft_text(struct composer *self, enum composer_focus which)
{
    char **texts[] = { &self->draft->from, &self->draft->to, &self->draft->cc, &self->draft->bcc, &self->draft->subject };
    return texts[which];
}

static void take_fields(struct composer *self)
{
    for (int i = 0; i < FIELD_COUNT; i++) {
        char **text = draft_text(self, (enum composer_focus)i);
        g_free(*text);
        *text = g_strdup(self->fields[i].text->str);
    }
    if (self->editor != NULL) {
        g_free(self->draft->body);
        self->draft->body = g_strdup(body_editor_text(self->editor));
    }
}

/* While it is typed kill -9 is what must be survived; at every larger step a power cut as well. */
static void keep_on_disk(struct composer *self, bool is_durable)
{
    g_autoptr(GError) why = NULL;
    if (!self->is_changed || self->is_settled)
        return;
    take_fields(self);
    self->is_changed = !composer_keep(self->draft, &self->kept, is_durable, &why); /* what failed is tried again */
    if (self->is_changed)
        app_error(self->base.app, "%s", why->message);
    self->kept_at_ms = app_now_ms();
}

static void keep(struct composer *self)
{
    keep_on_disk(self, true);
}

static void note_change(struct composer *self)
{
    self->is_changed = self->is_touched = true;
}

static void set_focus(struct composer *self, enum composer_focus focus)
{
    g_clear_pointer(&self->menu, g_ptr_array_unref);
    self->focus = focus;
    self->base.ops = ops_for(focus);
    keep_on_disk(self, false);
    view_touch(&self->base);
}

/* --- completion --- */
/* The address being typed: behind the last comma. */
static size_t typed_start(const struct field *field)
{
    size_t at = field->cursor;
    while (at > 0 && field->text->str[at - 1] != ',')
        at--;
    while (at < field->cursor && field->text->str[at] == ' ')
        at++;
    return at;
}

static void find_completions(struct composer *self)
{
    struct field *field = &self->fields[self->focus];
    g_clear_pointer(&self->menu, g_ptr_array_unref);
    self->menu_choice = 0;
    if (self->focus == FOCUS_FROM || self->focus == FOCUS_SUBJECT)
        return;
    size_t start = typed_start(field);
    g_autofree char *prefix = g_strndup(field->text->str + start, field->cursor - start);
    if (strlen(prefix) < 2 || strchr(prefix, '>') != NULL)
        return;
    self->menu = store_contacts(app_store(self->base.app), prefix, MENU_ROWS, NULL);
    bool is_complete = self->menu == NULL || self->menu->len == 0;
    for (guint i = 0; !is_complete && i < self->menu->len; i++)
        is_complete = g_ascii_strcasecmp(((const struct contact *)g_ptr_array_index(self->menu, i))->address, prefix) == 0;
    if (is_complete) /* nothing to offer, or it is all typed: the arrows move between the fields again */
        g_clear_pointer(&self->menu, g_ptr_array_unref);
}

static char *contact_text(const struct contact *person)
{
    if (person->name == NULL || *person->name == '\0')
        return g_strdup(person->address);
    return strpbrk(person->name, ",;<>\"@()") != NULL ? g_strdup_printf("\"%s\" <%s>", person->name, person->address)
                                                      : g_strdup_printf("%s <%s>", person->name, person->address);
}

static void accept_completion(struct composer *self)
{
    struct field *field = &self->fields[self->focus];
    size_t start = typed_start(field);
    g_autofree char *text = contact_text(g_ptr_array_index(self->menu, self->menu_choice));
    g_string_erase(field->text, (gssize)start, (gssize)(field->cursor - start));
    field->cursor = start;
    field_insert(field, text);
    g_clear_pointer(&self->menu, g_ptr_array_unref);
}

/* --- keys --- */
static bool menu_key(struct composer *self, const struct key *key)
{
    if (self->menu == NULL)
        return false;
    if (key->name == KEY_NAME_DOWN || key->name == KEY_NAME_UP) {
        guint step = key->name == KEY_NAME_DOWN ? 1 : self->menu->len - 1;
        self->menu_choice = (self->menu_choice + step) % self->menu->len;
    } else if (key->name == KEY_NAME_TAB || (key->name == KEY_NAME_ENTER && self->menu_choice > 0)) {
        accept_completion(self);
    } else if (key->name == KEY_NAME_ESCAPE) {
        g_clear_pointer(&self->menu, g_ptr_array_unref);
    } else {
        return false;
    }
    view_touch(&self->base);
    return true;
}

static bool focus_key(struct composer *self, const struct key *key)
{
    switch (key->name) {
    case KEY_NAME_ENTER:
        if (self->focus == FOCUS_SUBJECT) {
            set_focus(self, FOCUS_BODY);
            if (self->draft->body == NULL || *self->draft->body == '\0' || self->draft->body[0] == '\n')
                cmd_composer_edit(self->base.app, &self->base);
            return true;
        }
        set_focus(self, self->focus + 1);
        return true;
    case KEY_NAME_TAB:
    case KEY_NAME_DOWN:
        set_focus(self, MIN(self->focus + 1, FOCUS_BODY));
        return true;
    case KEY_NAME_BACKTAB:
    case KEY_NAME_UP:
        set_focus(self, self->focus > FOCUS_FROM ? self->focus - 1 : FOCUS_FROM);
        return true;
    case KEY_NAME_ESCAPE:
        set_focus(self, FOCUS_BODY);
        return true;
    default:
        return false;
    }
}

/* Ctrl and function keys are the composer's commands also while a field is edited. */
static bool command_key(struct composer *self, const struct key *key)
{
    const struct command *command = NULL;
    bool is_special = (key->mods & KEY_MOD_CTRL) || (key->kind == KEY_KIND_NAMED && key->name >= KEY_NAME_F1);
    if (!is_special || keymap_find(self->base.app->keymap, CONTEXT_COMPOSER, key, 1, &command) != KEYMAP_FOUND ||
        !(command->contexts & CONTEXT_COMPOSER))
        return false;
    command->run(self->base.app, &self->base);
    return true;
}

static bool fields_key(view *base, const struct key *key)
{
    struct composer *self = composer_of(base);
    if (menu_key(self, key) || command_key(self, key) || focus_key(self, key))
        return true;
    if (!field_key(&self->fields[self->focus], key))
        return false;
    note_change(self);
    find_completions(self);
    view_touch(base);
    return true;
}

static void end_editor(struct composer *self)
{
    take_fields(self);
    g_clear_pointer(&self->editor, body_editor_free);
    set_focus(self, FOCUS_BODY);
}

static bool editor_key(view *base, const struct key *key)
{
    struct composer *self = composer_of(base);
    if (key->name == KEY_NAME_ESCAPE) {
        end_editor(self);
        return true;
    }
    if (command_key(self, key))
        return true;
    if (!body_editor_key(self->editor, key))
        return false;
    note_change(self);
    view_touch(base);
    return true;
}

/* Over the text: moving about; letters are commands of the table. */
static bool body_key(view *base, const struct key *key)
{
    struct composer *self = composer_of(base);
    switch (key->name) {
    case KEY_NAME_ENTER:
        cmd_composer_edit(base->app, base);
        return true;
    case KEY_NAME_UP:
    case KEY_NAME_BACKTAB:
        if (self->scroll > 0 && key->name == KEY_NAME_UP)
            self->scroll--;
        else
            set_focus(self, FOCUS_SUBJECT);
        break;
    case KEY_NAME_DOWN:
        self->scroll++;
        break;
    case KEY_NAME_PAGE_DOWN:
        self->scroll += 10;
        break;
    case KEY_NAME_PAGE_UP:
        self->scroll = MAX(self->scroll - 10, 0);
        break;
    case KEY_NAME_TAB:
        set_focus(self, FOCUS_TO);
        break;
    default:
        return false;
    }
    view_touch(base);
    return true;
}

/* --- drawing --- */
static const char *const labels[] = { N_("From"), N_("To"), N_("Cc"), N_("Bcc"), N_("Subject") };

static void draw_fields(struct composer *self, int columns)
{
    for (int i = 0; i < FIELD_COUNT; i++) {
        canvas_clear_row(self->canvas, i, 0, THEME_NORMAL);
        canvas_text(self->canvas, i, 1, LABEL_COLUMNS - 1, THEME_FIELD, _(labels[i]));
        field_draw(&self->fields[i], self->canvas, i, LABEL_COLUMNS, columns - LABEL_COLUMNS - 1,
                   self->focus == (enum composer_focus)i && self->editor == NULL);
    }
}

static int draw_body_line(struct composer *self, const char *line, int skip, int row, int rows, int columns)
{
    g_autoptr(GArray) breaks = width_wrap(line, MAX(columns - 2, 10));
    size_t length = strlen(line);
    enum theme_style style = *line == '>' ? THEME_QUOTE1 : strcmp(line, "-- ") == 0 ? THEME_SIGNATURE : THEME_NORMAL;
    int drawn = 0;
    for (guint i = 0; i < MAX(breaks->len, 1u); i++) {
        size_t begin = i < breaks->len ? g_array_index(breaks, size_t, i) : 0,
               end = i + 1 < breaks->len ? g_array_index(breaks, size_t, i + 1) : length;
        if (skip > 0) {
            skip--;
            continue;
        }
        if (row + drawn < rows)
            canvas_textn(self->canvas, row + drawn, 1, columns - 2, style, line + begin, end - begin);
        drawn++;
    }
    return drawn;
}

static void draw_body(struct composer *self, int top, int rows, int columns)
{
    g_auto(GStrv) lines = g_strsplit(self->draft->body != NULL ? self->draft->body : "", "\n", -1);
    int count = (int)g_strv_length(lines), row = top;
    self->scroll = CLAMP(self->scroll, 0, MAX(count - 1, 0));
    for (int i = top; i < rows; i++)
        canvas_clear_row(self->canvas, i, 0, THEME_NORMAL);
    for (int i = self->scroll; i < count && row < rows; i++)
        row += draw_body_line(self, lines[i], 0, row, rows, columns);
    if (self->focus == FOCUS_BODY && self->editor == NULL)
        canvas_cursor(self->canvas, top, 0);
}

static void draw_attachments(struct composer *self, int row, int columns)
{
    const GPtrArray *all = self->draft->attachments;
    for (guint i = 0; all != NULL && i < all->len; i++) {
        const struct compose_attachment *each = g_ptr_array_index(all, i);
        struct stat status;
        gsize size = each->bytes != NULL                                    ? g_bytes_get_size(each->bytes)
                     : each->path != NULL && stat(each->path, &status) == 0 ? (gsize)status.st_size
                                                                            : 0;
        g_autofree char *words = g_format_size(size);
        g_autofree char *line = g_strdup_printf("%s %u  %s  %s  %s", canvas_glyph(GLYPH_CLIP), i + 1, each->name != NULL ? each->name : "",
                                                each->type != NULL ? each->type : "", words);
        canvas_clear_row(self->canvas, row + (int)i, 0, THEME_NORMAL);
        canvas_text(self->canvas, row + (int)i, 1, columns - 2, THEME_ATTACHMENT, line);
    }
}

static void draw_menu(struct composer *self, int columns)
{
    for (guint i = 0; self->menu != NULL && i < self->menu->len; i++) {
        g_autofree char *text = contact_text(g_ptr_array_index(self->menu, i));
        int row = (int)self->focus + 1 + (int)i;
        canvas_clear_row(self->canvas, row, LABEL_COLUMNS, i == self->menu_choice ? THEME_SELECTED : THEME_NORMAL);
        canvas_text(self->canvas, row, LABEL_COLUMNS + 1, columns - LABEL_COLUMNS - 2, i == self->menu_choice ? THEME_SELECTED : THEME_DIM,
                    text);
    }
}

static void composer_draw(view *base)
{
    struct composer *self = composer_of(base);
    struct rect area = canvas_area(self->canvas);
    int attachments = self->draft->attachments != NULL ? (int)MIN(self->draft->attachments->len, 6u) : 0;
    int body_top = FIELD_COUNT + 1, body_end = area.rows - attachments;
    draw_fields(self, area.columns);
    canvas_fill(self->canvas, FIELD_COUNT, 0, area.columns, THEME_LINE, canvas_glyph(GLYPH_HLINE));
    if (self->editor != NULL)
        body_editor_draw(self->editor, self->canvas, body_top, body_end - body_top, area.columns);
    else
        draw_body(self, body_top, body_end, area.columns);
    draw_attachments(self, body_end, area.columns);
    draw_menu(self, area.columns);
    base->is_dirty = false;
}

static void composer_layout(view *base, struct rect area)
{
    canvas_move(composer_of(base)->canvas, area);
    view_touch(base);
}

static void composer_tick(view *base, int64_t now_ms)
{
    struct composer *self = composer_of(base);
    if (self->is_changed && now_ms - self->kept_at_ms >= KEEP_EVERY_MS)
        keep_on_disk(self, false);
}

static void composer_free(view *base)
{
    struct composer *self = composer_of(base);
    keep(self); /* SIGHUP, SIGTERM: what was written is offered at the next start */
    for (int i = 0; i < FIELD_COUNT; i++)
        field_clear(&self->fields[i]);
    g_clear_pointer(&self->editor, body_editor_free);
    g_clear_pointer(&self->menu, g_ptr_array_unref);
    canvas_free(self->canvas);
    draft_free(self->draft);
    g_free(self->kept);
    g_free(self);
}

#define COMPOSER_OPS(key_function, which_context)                                                                                          \
    {                                                                                                                                      \
        .name = "composer", .context = which_context, .layout = composer_layout, .draw = composer_draw, .key = key_function,               \
        .tick = composer_tick, .free = composer_free                                                                                       \
    }
static const struct view_ops fields_ops = COMPOSER_OPS(fields_key, CONTEXT_PROMPT);
static const struct view_ops editor_ops = COMPOSER_OPS(editor_key, CONTEXT_PROMPT);
static const struct view_ops body_ops = COMPOSER_OPS(body_key, CONTEXT_COMPOSER);

static const struct view_ops *ops_for(enum composer_focus focus)
{
    return focus == FOCUS_BODY ? &body_ops : &fields_ops;
}

static struct composer *composer_of(view *base)
{
    return base->ops == &fields_ops || base->ops == &editor_ops || base->ops == &body_ops ? (struct composer *)base : NULL;
}

static bool is_blank(const char *text)
{
    return text == NULL || *text == '\0';
}

static struct composer *composer_new(app *ui, struct draft *draft, const char *kept)
{
    struct composer *self = g_new0(struct composer, 1);
    view_init(&self->base, &fields_ops, ui);
    self->canvas = canvas_new((struct rect){ 0, 0, 10, 40 });
    self->draft = draft;
    self->kept = g_strdup(kept);
    for (int i = 0; i < FIELD_COUNT; i++) {
        const char *text = *draft_text(self, (enum composer_focus)i);
        field_init(&self->fields[i], text != NULL ? text : "");
    }
    bool has_attachments = draft->attachments != NULL && draft->attachments->len > 0;
    self->is_touched = kept != NULL || has_attachments || !is_blank(draft->to) || !is_blank(draft->cc) || !is_blank(draft->subject);
    self->is_changed = self->is_touched;
    keep(self);
    set_focus(self, is_blank(draft->to) ? FOCUS_TO : FOCUS_BODY);
    view_push(ui, &self->base);
    return self;
}

void view_composer_push(app *ui, struct draft *draft)
{
    struct composer *self = composer_new(ui, draft, NULL);
    if (self->focus == FOCUS_BODY && draft->reply_to_placement != 0)
        cmd_composer_edit(ui, &self->base); /* an answer begins with writing */
}

void view_composer_push_kept(app *ui, struct draft *draft, const char *kept)
{
    composer_new(ui, draft, kept);
}

void view_composer_push_replacing(app *ui, struct draft *draft, int64_t placement_id)
{
    composer_new(ui, draft, NULL)->replaces = placement_id;
}

/* --- commands --- */
/* Beside what is kept, so that it is found again if postern ends while the editor is open. */
static char *body_file(struct composer *self, GError **error)
{
    const char *body = self->draft->body != NULL ? self->draft->body : "";
    if (!composer_keep(self->draft, &self->kept, true, error))
        return NULL;
    g_autofree char *path = composer_text_path(self->kept);
    return g_file_set_contents_full(path, body, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error) ? g_steal_pointer(&path) : NULL;
}

static void edit_outside(struct composer *self, char **words, const char *path)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *text = NULL;
    int status = 0;
    if (!app_run_external(self->base.app, (const char *const *)words, &status, &why)) {
        app_error(self->base.app, _("The editor %s cannot be started: %s"), words[0], why->message);
        return;
    }
    if (!g_file_get_contents(path, &text, NULL, &why)) {
        app_error(self->base.app, _("What the editor wrote cannot be read: %s"), why->message);
        return;
    }
    if (status != 0)
        app_error(self->base.app, _("The editor ended with status %d; what it wrote was taken all the same."),
                  WIFEXITED(status) ? WEXITSTATUS(status) : status);
    g_free(self->draft->body);
    self->draft->body = g_utf8_make_valid(text, -1);
    note_change(self);
    keep(self);
    if (!self->is_changed) /* kept: else the file is all there is */
        g_unlink(path);
}

void cmd_composer_edit(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    g_autoptr(GError) why = NULL;
    if (self == NULL)
        return;
    take_fields(self);
    g_autofree char *path = body_file(self, &why);
    g_auto(GStrv) words = path != NULL ? external_editor(app_settings(ui), path) : NULL;
    if (path == NULL)
        app_error(ui, "%s", why->message);
    if (words != NULL) {
        edit_outside(self, words, path);
        set_focus(self, FOCUS_BODY);
        return;
    }
    if (path != NULL)
        g_unlink(path);
    g_clear_pointer(&self->editor, body_editor_free);
    self->editor = body_editor_new(self->draft->body != NULL ? self->draft->body : "");
    self->focus = FOCUS_BODY;
    base->ops = &editor_ops;
    app_say(ui, _("Esc ends writing"));
    view_touch(base);
}

static void answer_attach(app *ui, void *data, const char *text)
{
    struct composer *self = data;
    g_autoptr(GError) why = NULL;
    if (text == NULL || *text == '\0')
        return;
    g_autofree char *trimmed = g_strstrip(g_strdup(text)), *path = paths_expand(trimmed);
    if (!draft_attach(self->draft, path, &why))
        app_error(ui, "%s", why->message);
    note_change(self);
    keep(self);
    view_touch(&self->base);
}

static int by_name(gconstpointer left, gconstpointer right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Names in a directory that begin like what was typed. */
static GPtrArray *complete_path(app *ui, void *data, const char *prefix)
{
    g_autofree char *path = paths_expand(prefix);
    const char *slash = strrchr(path, '/');
    g_autofree char *directory = slash != NULL ? g_strndup(path, (gsize)(slash - path + 1)) : g_strdup("./");
    const char *begin = slash != NULL ? slash + 1 : path, *name;
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    (void)ui;
    (void)data;
    while (entries != NULL && found->len < 50 && (name = g_dir_read_name(entries)) != NULL) {
        if (!g_str_has_prefix(name, begin) || (*name == '.' && *begin != '.'))
            continue;
        g_autofree char *whole = slash != NULL ? g_strconcat(directory, name, NULL) : g_strdup(name);
        g_ptr_array_add(found, g_file_test(whole, G_FILE_TEST_IS_DIR) ? g_strconcat(whole, "/", NULL) : g_strdup(whole));
    }
    g_ptr_array_sort(found, by_name);
    return found;
}

void cmd_composer_attach(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self != NULL)
        view_prompt_push(ui, _("Attach file"), "", false, complete_path, answer_attach, self, NULL);
}

static void answer_detach(app *ui, void *data, const char *text)
{
    struct composer *self = data;
    guint64 number = 0;
    GPtrArray *all = self->draft->attachments;
    if (text == NULL)
        return;
    if (all == NULL || !g_ascii_string_to_unsigned(text, 10, 1, MAX(all->len, 1u), &number, NULL) || number > all->len) {
        app_error(ui, _("There is no attachment %s."), text);
        return;
    }
    g_ptr_array_remove_index(all, (guint)number - 1);
    note_change(self);
    keep(self);
    view_touch(&self->base);
}

void cmd_composer_detach(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    if (self->draft->attachments == NULL || self->draft->attachments->len == 0)
        app_say(ui, _("Nothing is attached."));
    else if (self->draft->attachments->len == 1)
        answer_detach(ui, self, "1");
    else
        view_prompt_push(ui, _("Take away attachment number"), "", false, NULL, answer_detach, self, NULL);
}

/* From: the accounts' addresses and aliases, one after another. */
void cmd_composer_identity(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    GPtrArray *all = app_accounts(ui);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free), owners = g_ptr_array_new();
    if (self == NULL)
        return;
    for (guint i = 0; i < all->len; i++) {
        const struct account *each = g_ptr_array_index(all, i);
        bool has_name = each->from_name != NULL && *each->from_name != '\0';
        g_ptr_array_add(names, has_name ? g_strdup_printf("%s <%s>", each->from_name, each->from_address) : g_strdup(each->from_address));
        g_ptr_array_add(owners, (gpointer)each);
        for (char **alias = each->aliases; *alias != NULL; alias++) {
            g_ptr_array_add(names, g_strdup(*alias));
            g_ptr_array_add(owners, (gpointer)each);
        }
    }
    guint next = 0;
    for (guint i = 0; i < names->len; i++) {
        if (strcmp(g_ptr_array_index(names, i), self->fields[FOCUS_FROM].text->str) == 0)
            next = (i + 1) % names->len;
    }
    if (names->len == 0)
        return;
    field_set(&self->fields[FOCUS_FROM], g_ptr_array_index(names, next));
    g_free(self->draft->account_id);
    self->draft->account_id = g_strdup(((const struct account *)g_ptr_array_index(owners, next))->id);
    note_change(self);
    view_touch(base);
}

static void settle(struct composer *self)
{
    self->is_settled = true;
    composer_forget_kept(self->kept);
    view_pop(self->base.app, &self->base);
}

/* The new version is safe: the old one goes to Trash. */
static void settle_newer(struct composer *self)
{
    g_autoptr(GError) why = NULL;
    if (self->replaces != 0 && intent_delete(app_store(self->base.app), &self->replaces, 1, false, &why) == 0 && why != NULL &&
        !g_error_matches(why, STORE_ERROR, STORE_ERROR_MISSING))
        app_error(self->base.app, _("The older version stays in Drafts: %s"), why->message);
    app_after_change(self->base.app);
    settle(self);
}

static void send_now(struct composer *self)
{
    g_autoptr(GError) why = NULL;
    const struct account *from = composer_account(self);
    if (from == NULL)
        app_error(self->base.app, _("The account of this message is not there any more."));
    else if (!composer_send(self->base.app, from, self->draft, &why))
        app_error(self->base.app, "%s", why->message);
    else
        settle_newer(self);
}

static void answer_warnings(app *ui, void *data, const char *text)
{
    (void)ui;
    if (text != NULL && *text == '0')
        send_now(data);
}

void cmd_composer_send(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    take_fields(self);
    g_autoptr(GPtrArray) warnings = compose_warnings(self->draft);
    if (warnings->len == 0) {
        send_now(self);
        return;
    }
    g_ptr_array_add(warnings, NULL);
    g_autofree char *text = g_strjoinv("\n", (char **)warnings->pdata);
    const char *const choices[] = { _("&Send all the same"), _("&Go on writing"), NULL };
    view_choice_push(ui, _("Before it is sent"), text, choices, answer_warnings, self, NULL);
}

static void answer_close(app *ui, void *data, const char *text)
{
    struct composer *self = data;
    g_autoptr(GError) why = NULL;
    const struct account *from = composer_account(self);
    if (text == NULL || *text == '2')
        return;
    if (*text == '1') {
        settle(self);
        app_say(ui, _("Thrown away."));
        return;
    }
    if (from != NULL && composer_save_draft(ui, from, self->draft, &why)) {
        settle_newer(self);
        app_say(ui, _("Kept in Drafts."));
    } else {
        app_error(ui, "%s", why != NULL ? why->message : _("The account of this message is not there any more."));
    }
}

void cmd_composer_close(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    if (self->editor != NULL)
        end_editor(self);
    take_fields(self);
    if (!self->is_touched) {
        settle(self);
        app_say(ui, _("Nothing was written."));
        return;
    }
    const char *const choices[] = { _("&Keep in Drafts"), _("&Throw away"), _("&Go on writing"), NULL };
    view_choice_push(ui, _("Leave this message"), _("It was not sent."), choices, answer_close, self, NULL);
}
