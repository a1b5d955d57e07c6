/* SPDX-License-Identifier: MIT */
/* The composer: fields, the text, attachments. While something is typed letters are text; over the text they are commands. */
#include "core/draft_version.h"
#include "core/store_contact.h"
#include "core/store_message.h"
#include "ui/app_private.h"
#include "ui/cmd_compose.h"
#include "ui/composer_draft.h"
#include "ui/composer_errand.h"
#include "ui/composer_private.h"
#include "ui/composer_seal.h"
#include "ui/composer_keys.h"
#include "ui/composer_parts.h"
#include "ui/composer_vault.h"
#include "ui/composer_version.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define KEEP_EVERY_MS 3000

static const struct view_ops *ops_for(const struct composer *self);

const struct account *composer_account(struct composer *self)
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

void composer_take_fields(struct composer *self)
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

void composer_show_fields(struct composer *self)
{
    for (int i = 0; i < FIELD_COUNT; i++) {
        const char *text = *draft_text(self, (enum composer_focus)i);
        field_set(&self->fields[i], text != NULL ? text : "");
    }
}

void composer_show_draft(struct composer *self)
{
    composer_show_fields(self);
    if (self->editor != NULL)
        composer_open_editor(self);
    composer_note_change(self);
    composer_keep_now(self);
    composer_focus_on(self, self->focus);
}

/* While it is typed kill -9 is what must be survived; at every larger step a power cut as well. */
static void keep_on_disk(struct composer *self, bool is_durable)
{
    g_autoptr(GError) why = NULL;
    if (!self->is_changed || self->is_settled)
        return;
    composer_take_fields(self);
    bool is_kept = composer_keep(self->draft, &self->kept, is_durable, &why);
    if (is_kept && self->has_new_attachments) {
        is_kept = composer_parts_keep(self, &why);
        self->has_new_attachments = !is_kept;
    }
    if (is_kept && self->version_id != NULL && !self->is_version_noted) {
        composer_note_version(self->kept, self->version_id);
        self->is_version_noted = true;
    }
    self->is_changed = !is_kept; /* what failed is tried again */
    if (!is_kept)
        app_error(self->base.app, "%s", why->message);
    self->kept_at_ms = app_now_ms();
}

void composer_keep_now(struct composer *self)
{
    keep_on_disk(self, true);
}

static void state_append(GString *state, const char *text)
{
    g_string_append_printf(state, "%s%c", text != NULL ? text : "", '\x1f');
}

/* All that a person can change of a message. An editor that adds a line's end at the end has changed nothing. */
static char *state_of(const struct draft *draft)
{
    GString *state = g_string_new(NULL);
    const char *const texts[] = { draft->from,    draft->to,       draft->cc,      draft->bcc,
                                  draft->subject, draft->reply_to, draft->charset, draft->extra_headers };
    const bool switches[] = { draft->asks_report, draft->is_flowed,    draft->is_markdown,
                              draft->is_signed,   draft->is_encrypted, draft->is_smime };
    g_autofree char *body = g_strchomp(g_strdup(draft->body != NULL ? draft->body : ""));
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        state_append(state, texts[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(switches); i++)
        g_string_append_c(state, switches[i] ? '1' : '0');
    for (guint i = 0; draft->attachments != NULL && i < draft->attachments->len; i++) {
        const struct compose_attachment *each = g_ptr_array_index(draft->attachments, i);
        g_string_append_printf(state, "%" G_GSIZE_FORMAT " ", g_bytes_get_size(each->bytes));
        state_append(state, each->name);
    }
    state_append(state, body);
    return g_string_free(state, FALSE);
}

bool composer_is_as_opened(struct composer *self)
{
    if (self->opened == NULL || self->has_put_version || composer_is_waiting(self))
        return false;
    composer_take_fields(self);
    g_autofree char *now = state_of(self->draft);
    return strcmp(now, self->opened) == 0;
}

void composer_note_change(struct composer *self)
{
    self->is_changed = self->is_touched = true;
    self->changed_ms = app_now_ms();
    if (!self->is_unversioned)
        self->unversioned_ms = self->changed_ms;
    self->is_unversioned = true;
}

void composer_focus_on(struct composer *self, enum composer_focus focus)
{
    g_clear_pointer(&self->menu, g_ptr_array_unref);
    g_clear_pointer(&self->asked, address_query_free);
    g_clear_pointer(&self->notes, g_ptr_array_unref);
    if (self->focus != focus)
        composer_expand_groups(self);
    self->notes = composer_notes(self);
    self->focus = focus;
    self->base.ops = ops_for(self);
    keep_on_disk(self, false);
    status_touch(self->base.app->status);
    view_touch(&self->base);
}

/* --- keys --- */
bool composer_is_unwritten(const struct composer *self)
{
    const char *body = self->draft->body;
    return body == NULL || *body == '\0' || *body == '\n';
}

static bool focus_key(struct composer *self, const struct key *key)
{
    switch (key->name) {
    case KEY_NAME_ENTER:
        if (self->focus == FOCUS_SUBJECT) {
            composer_focus_on(self, FOCUS_BODY);
            if (composer_is_unwritten(self))
                cmd_composer_edit(self->base.app, &self->base);
            return true;
        }
        composer_focus_on(self, self->focus + 1);
        return true;
    case KEY_NAME_DOWN:
        composer_focus_on(self, MIN(self->focus + 1, FOCUS_BODY));
        return true;
    case KEY_NAME_BACKTAB:
    case KEY_NAME_UP:
        composer_focus_on(self, self->focus > FOCUS_FROM ? self->focus - 1 : FOCUS_FROM);
        return true;
    default:
        return false;
    }
}

static bool fields_key(view *base, const struct key *key)
{
    struct composer *self = composer_of(base);
    if (composer_menu_key(self, key) || focus_key(self, key))
        return true;
    if (!field_key(&self->fields[self->focus], key))
        return false;
    composer_note_change(self);
    composer_find_completions(self);
    view_touch(base);
    return true;
}

/* An answer goes below what it answers, above the signature; anything else begins at the top. */
static size_t first_cursor(const struct draft *draft)
{
    const char *body = draft->body != NULL ? draft->body : "";
    if (!(draft->reply_flag & MESSAGE_ANSWERED))
        return 0;
    const char *signature = g_strrstr(body, "\n-- \n");
    return signature != NULL ? (size_t)(signature - body) : strlen(body);
}

void composer_open_editor(struct composer *self)
{
    g_clear_pointer(&self->editor, body_editor_free);
    self->editor = body_editor_new(self->draft->body != NULL ? self->draft->body : "");
    body_editor_place(self->editor, self->text_cursor != SIZE_MAX ? self->text_cursor : first_cursor(self->draft));
    composer_focus_on(self, FOCUS_BODY);
}

void composer_end_editor(struct composer *self)
{
    composer_take_fields(self);
    self->text_cursor = body_editor_cursor(self->editor);
    g_clear_pointer(&self->editor, body_editor_free);
    composer_focus_on(self, FOCUS_BODY);
}

static bool editor_key(view *base, const struct key *key)
{
    struct composer *self = composer_of(base);
    if (!body_editor_key(self->editor, key))
        return false;
    composer_note_change(self);
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
            composer_focus_on(self, FOCUS_SUBJECT);
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
        composer_focus_on(self, FOCUS_TO);
        break;
    default:
        return false;
    }
    view_touch(base);
    return true;
}

void cmd_composer_fold(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    (void)ui;
    if (self == NULL)
        return;
    self->has_quotes_open = !self->has_quotes_open;
    view_touch(base);
}

static bool composer_mouse(view *base, const struct key *key, int row, int column)
{
    struct composer *self = composer_of(base);
    (void)column;
    if (key->mouse == MOUSE_WHEEL_DOWN || key->mouse == MOUSE_WHEEL_UP)
        self->scroll = MAX(self->scroll + (key->mouse == MOUSE_WHEEL_DOWN ? 3 : -3), 0);
    else if (key->mouse == MOUSE_CLICK && self->editor == NULL)
        composer_focus_on(self, row < FIELD_COUNT ? (enum composer_focus)row : FOCUS_BODY);
    view_touch(base);
    return true;
}

/* --- the view --- */
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
    composer_poll_completions(self);
    composer_errand_tick(self);
    composer_version_tick(self, now_ms);
    composer_keys_tick(self, now_ms);
}

static void composer_free(view *base)
{
    struct composer *self = composer_of(base);
    composer_seal_free(self);
    composer_errands_free(self);
    composer_keep_now(self); /* SIGHUP, SIGTERM: what was written is offered at the next start, and is in Drafts */
    composer_parts_finish(self);
    composer_version_last(self);
    composer_vault_free(self);
    composer_keys_free(self);
    for (int i = 0; i < FIELD_COUNT; i++)
        field_clear(&self->fields[i]);
    g_clear_pointer(&self->editor, body_editor_free);
    g_clear_pointer(&self->menu, g_ptr_array_unref);
    g_clear_pointer(&self->asked, address_query_free);
    g_clear_pointer(&self->notes, g_ptr_array_unref);
    canvas_free(self->canvas);
    draft_free(self->draft);
    g_free(self->kept);
    g_free(self->sought);
    g_free(self->opened);
    g_free(self->version_account);
    g_free(self->version_id);
    g_free(self);
}

static void composer_event(view *base, const struct event *news)
{
    struct composer *self = composer_of(base);
    composer_parts_event(self, news);
    if (!composer_errand_event(self, news) && !composer_vault_event(self, news) && !composer_keys_event(self, news))
        composer_seal_event(base, news);
}

#define COMPOSER_OPS(key_function, which_context)                                                                                          \
    {                                                                                                                                      \
        .name = "composer", .context = which_context, .layout = composer_layout, .draw = composer_draw, .mouse = composer_mouse,           \
        .key = key_function, .tick = composer_tick, .event = composer_event, .free = composer_free, .is_lineless = true                    \
    }
static const struct view_ops fields_ops = COMPOSER_OPS(fields_key, CONTEXT_FIELDS);
static const struct view_ops editor_ops = COMPOSER_OPS(editor_key, CONTEXT_TEXT);
static const struct view_ops body_ops = COMPOSER_OPS(body_key, CONTEXT_COMPOSER);

static const struct view_ops *ops_for(const struct composer *self)
{
    if (self->focus != FOCUS_BODY)
        return &fields_ops;
    return self->editor != NULL ? &editor_ops : &body_ops;
}

struct composer *composer_of(view *base)
{
    return base->ops == &fields_ops || base->ops == &editor_ops || base->ops == &body_ops ? (struct composer *)base : NULL;
}

struct draft *composer_release_draft(struct composer *self)
{
    struct draft *draft = self->draft;
    struct account nobody = { .id = draft->account_id };
    self->is_settled = true;
    self->draft = draft_new(&nobody);
    return draft;
}

void composer_settle(struct composer *self)
{
    self->is_settled = true;
    composer_parts_forget(self);
    composer_forget_kept(self->kept);
    view_pop(self->base.app, &self->base);
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
    self->text_cursor = SIZE_MAX;
    for (int i = 0; i < FIELD_COUNT; i++) {
        const char *text = *draft_text(self, (enum composer_focus)i);
        field_init(&self->fields[i], text != NULL ? text : "");
    }
    self->has_new_attachments = draft->attachments->len > 0 && kept == NULL;
    self->is_touched =
        kept != NULL || draft->attachments->len > 0 || !is_blank(draft->to) || !is_blank(draft->cc) || !is_blank(draft->subject);
    self->is_changed = self->is_touched;
    self->opened = kept == NULL ? state_of(draft) : NULL;
    composer_keep_now(self);
    composer_focus_on(self, is_blank(draft->to) ? FOCUS_TO : FOCUS_BODY);
    view_push(ui, &self->base);
    return self;
}

void view_composer_push(app *ui, struct draft *draft)
{
    struct composer *self = composer_new(ui, draft, NULL);
    if (self->focus == FOCUS_BODY && draft->reply_to_placement != 0)
        cmd_composer_edit(ui, &self->base); /* an answer begins with writing */
}

/* Its version in Drafts, if it is still there, is gone on with. */
void view_composer_push_kept(app *ui, struct draft *draft, const char *kept)
{
    struct composer *self = composer_new(ui, draft, kept);
    g_autofree char *version = composer_noted_version(kept);
    self->replaces = version != NULL ? draft_version_find(app_store(ui), draft->account_id, version) : 0;
    self->is_unversioned = self->replaces == 0;
    self->changed_ms = self->unversioned_ms = app_now_ms();
}

void view_composer_push_replacing(app *ui, struct draft *draft, int64_t placement_id)
{
    struct composer *self = composer_new(ui, draft, NULL);
    g_autoptr(placement) version = store_placement(app_store(ui), placement_id, NULL);
    self->replaces = placement_id;
    self->version_id = version != NULL ? g_strdup(version->message_id_header) : NULL;
    if (self->kept != NULL && self->version_id != NULL)
        composer_note_version(self->kept, self->version_id);
    self->is_version_noted = self->kept != NULL;
}
