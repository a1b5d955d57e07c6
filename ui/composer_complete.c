/* SPDX-License-Identifier: MIT */
/* Addresses that are offered while one is typed: people written to and heard from. */
#include "core/store_contact.h"
#include "ui/composer_private.h"
#include <string.h>

#define MENU_ROWS 5

/* The address being typed: behind the last comma that is not part of a name. */
static size_t typed_start(const struct field *field)
{
    const char *text = field->text->str;
    size_t start = 0;
    bool is_quoted = false;
    for (size_t at = 0; at < field->cursor; at++) {
        if (text[at] == '\\' && at + 1 < field->cursor)
            at++;
        else if (text[at] == '"')
            is_quoted = !is_quoted;
        else if (text[at] == ',' && !is_quoted)
            start = at + 1;
    }
    return start + strspn(text + start, " ");
}

void composer_find_completions(struct composer *self)
{
    struct field *field = &self->fields[self->focus];
    g_clear_pointer(&self->menu, g_ptr_array_unref);
    self->menu_choice = 0;
    if (self->focus == FOCUS_FROM || self->focus == FOCUS_SUBJECT)
        return;
    size_t start = MIN(typed_start(field), field->cursor);
    g_autofree char *prefix = g_strndup(field->text->str + start, field->cursor - start);
    g_strdelimit(prefix, "\"", ' ');
    if (strlen(prefix) < 2 || strchr(prefix, '>') != NULL)
        return;
    self->menu = store_contacts(app_store(self->base.app), prefix, MENU_ROWS, NULL);
    bool is_complete = self->menu == NULL || self->menu->len == 0;
    for (guint i = 0; !is_complete && i < self->menu->len; i++)
        is_complete = g_ascii_strcasecmp(((const struct contact *)g_ptr_array_index(self->menu, i))->address, prefix) == 0;
    if (is_complete) /* nothing to offer, or it is all typed: the arrows move between the fields again */
        g_clear_pointer(&self->menu, g_ptr_array_unref);
}

char *composer_contact_text(const struct contact *person)
{
    return compose_mailbox(person->name, person->address);
}

void composer_accept_completion(struct composer *self)
{
    struct field *field = &self->fields[self->focus];
    size_t start = MIN(typed_start(field), field->cursor);
    g_autofree char *text = composer_contact_text(g_ptr_array_index(self->menu, self->menu_choice));
    g_string_erase(field->text, (gssize)start, (gssize)(field->cursor - start));
    field->cursor = start;
    field_insert(field, text);
    g_clear_pointer(&self->menu, g_ptr_array_unref);
}

bool composer_menu_key(struct composer *self, const struct key *key)
{
    if (self->menu == NULL)
        return false;
    if (key->name == KEY_NAME_DOWN || key->name == KEY_NAME_UP) {
        guint step = key->name == KEY_NAME_DOWN ? 1 : self->menu->len - 1;
        self->menu_choice = (self->menu_choice + step) % self->menu->len;
    } else if (key->name == KEY_NAME_ENTER && self->menu_choice > 0) {
        composer_accept_completion(self);
    } else {
        return false;
    }
    view_touch(&self->base);
    return true;
}
