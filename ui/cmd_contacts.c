/* SPDX-License-Identifier: MIT */
/* The address book: whom mail goes to most; choosing somebody begins a message. */
#include "config/groups.h"
#include "ui/cmd_compose.h"
#include "ui/composer_draft.h"
#include "ui/composer_private.h"
#include "ui/picker.h"
#include <glib/gi18n-lib.h>

#define PEOPLE_MAX 2000

static void answer_person(app *ui, void *data, const struct picker_row *row)
{
    const GPtrArray *people = data;
    const struct account *from = row != NULL ? composer_account_here(ui) : NULL;
    g_autoptr(draft) draft = from != NULL ? compose_start(COMPOSE_NEW, from, NULL, NULL, NULL) : NULL;
    if (draft == NULL || row->id >= (int64_t)people->len)
        return;
    g_free(draft->to);
    draft->to = g_strdup(g_ptr_array_index(people, (guint)row->id));
    composer_apply_settings(ui, draft);
    view_composer_push(ui, g_steal_pointer(&draft));
}

static void add_groups(app *ui, GPtrArray *rows, GPtrArray *texts)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) groups = groups_load(NULL, &why);
    if (groups == NULL)
        app_error(ui, "%s", why->message);
    for (guint i = 0; groups != NULL && i < groups->len; i++) {
        const struct address_group *each = groups->pdata[i];
        g_ptr_array_add(rows, picker_row_new(each->name, each->members, texts->len));
        g_ptr_array_add(texts, g_strdup(each->members));
    }
}

static void add_people(app *ui, GPtrArray *rows, GPtrArray *texts)
{
    g_autoptr(GPtrArray) people = store_contacts_best(app_store(ui), true, PEOPLE_MAX, NULL);
    for (guint i = 0; people != NULL && i < people->len; i++) {
        const struct contact *each = people->pdata[i];
        g_autofree char *mailbox = composer_contact_text(each),
                        *note = each->sent > 0 ? g_strdup_printf(_("written to: %u"), (unsigned)each->sent) : NULL;
        g_ptr_array_add(rows, picker_row_new(mailbox, note, texts->len));
        g_ptr_array_add(texts, g_steal_pointer(&mailbox));
    }
}

static void ask_person(app *ui, const char *title, picker_answer *answer)
{
    GPtrArray *rows = g_ptr_array_new(), *texts = g_ptr_array_new_with_free_func(g_free);
    add_groups(ui, rows, texts);
    add_people(ui, rows, texts);
    picker_push(ui, title, rows, answer, texts, (GDestroyNotify)g_ptr_array_unref);
}

void cmd_contacts(app *ui, view *base)
{
    (void)base;
    ask_person(ui, _("Write to"), answer_person);
}

/* --- into a line of a composer --- */

static void answer_more(app *ui, void *data, const struct picker_row *row)
{
    const GPtrArray *people = data;
    struct composer *self = composer_of(view_top(ui));
    if (self == NULL || row == NULL || row->id >= (int64_t)people->len || self->focus == FOCUS_BODY)
        return;
    struct field *field = &self->fields[self->focus];
    g_autofree char *before = g_strchomp(g_strdup(field->text->str));
    const char *comma = *before == '\0' ? "" : g_str_has_suffix(before, ",") ? " " : ", ";
    g_autofree char *text = g_strconcat(before, comma, g_ptr_array_index(people, (guint)row->id), NULL);
    field_set(field, text);
    composer_note_change(self);
    view_touch(&self->base);
}

void cmd_choose_people(app *ui, view *base)
{
    const struct composer *self = composer_of(base);
    bool has_people = self != NULL && (self->focus == FOCUS_TO || self->focus == FOCUS_CC || self->focus == FOCUS_BCC);
    if (has_people)
        ask_person(ui, _("people"), answer_more);
    else
        cmd_composer_attach(ui, base);
}
