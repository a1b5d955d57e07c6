/* SPDX-License-Identifier: MIT */
/* Addresses that are offered while one is typed: groups, people written to and heard from, and those of another program's address book. */
#include "config/groups.h"
#include "core/address_query.h"
#include "core/contact_book.h"
#include "ui/composer_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define MENU_ROWS   5
#define QUERY_BYTES 3 /* typed before another program is asked */

static void contact_destroy(gpointer data)
{
    contact_free(data);
}

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

/* Caller frees; NULL: nothing to complete. */
static char *typed_words(struct composer *self)
{
    struct field *field = &self->fields[self->focus];
    if (self->focus == FOCUS_FROM || self->focus == FOCUS_SUBJECT || self->focus == FOCUS_BODY)
        return NULL;
    size_t start = MIN(typed_start(field), field->cursor);
    g_autofree char *prefix = g_strndup(field->text->str + start, field->cursor - start);
    g_strdelimit(prefix, "\"", ' ');
    return strlen(prefix) >= 2 && strchr(prefix, '>') == NULL ? g_steal_pointer(&prefix) : NULL;
}

/* A group looks like a contact whose address is all its members. */
static void add_groups(const char *prefix, GPtrArray *menu)
{
    g_autoptr(GPtrArray) groups = groups_load(NULL, NULL);
    g_autofree char *wanted = g_utf8_casefold(prefix, -1);
    for (guint i = 0; groups != NULL && i < groups->len && menu->len < MENU_ROWS; i++) {
        const struct address_group *each = groups->pdata[i];
        g_autofree char *folded = g_utf8_casefold(each->name, -1);
        if (!g_str_has_prefix(folded, wanted))
            continue;
        struct contact *row = g_new0(struct contact, 1);
        row->address = g_strdup(each->members);
        g_ptr_array_add(menu, row);
    }
}

static bool is_in(const GPtrArray *menu, const struct contact *person)
{
    for (guint i = 0; i < menu->len; i++)
        if (g_ascii_strcasecmp(((const struct contact *)g_ptr_array_index(menu, i))->address, person->address) == 0)
            return true;
    return false;
}

/* Moves them over; those that are there already are not shown twice. */
static void add_people(GPtrArray *menu, GPtrArray *people /* taken; may be NULL */)
{
    while (people != NULL && people->len > 0) {
        struct contact *first = g_ptr_array_steal_index(people, 0);
        if (menu->len < MENU_ROWS && !is_in(menu, first))
            g_ptr_array_add(menu, first);
        else
            contact_free(first);
    }
    if (people != NULL)
        g_ptr_array_unref(people);
}

static bool is_whole(const GPtrArray *menu, const char *prefix)
{
    for (guint i = 0; i < menu->len; i++)
        if (g_ascii_strcasecmp(((const struct contact *)g_ptr_array_index(menu, i))->address, prefix) == 0)
            return true;
    return false;
}

/* --- another program --- */
static void ask_elsewhere(struct composer *self, const char *prefix)
{
    const char *command = app_settings(self->base.app)->query_command;
    g_autoptr(GError) why = NULL;
    g_clear_pointer(&self->asked, address_query_free);
    if (command == NULL || strlen(prefix) < QUERY_BYTES)
        return;
    self->asked = address_query_start(command, prefix, &why);
    if (self->asked == NULL)
        app_error(self->base.app, _("The address book cannot be asked: %s"), why->message);
}

void composer_poll_completions(struct composer *self)
{
    GPtrArray *people = NULL;
    if (self->asked == NULL || !address_query_poll(self->asked, &people))
        return;
    g_clear_pointer(&self->asked, address_query_free);
    g_autofree char *prefix = typed_words(self);
    if (prefix == NULL || people->len == 0 || is_whole(people, prefix)) {
        g_ptr_array_unref(people);
        return;
    }
    if (self->menu == NULL)
        self->menu = g_ptr_array_new_with_free_func(contact_destroy);
    add_people(self->menu, people);
    view_touch(&self->base);
}

/* --- the menu --- */
void composer_find_completions(struct composer *self)
{
    g_clear_pointer(&self->menu, g_ptr_array_unref);
    self->menu_choice = 0;
    self->has_moved_in_menu = false;
    g_autofree char *prefix = typed_words(self);
    if (prefix == NULL) {
        g_clear_pointer(&self->asked, address_query_free);
        return;
    }
    g_autoptr(GPtrArray) menu = g_ptr_array_new_with_free_func(contact_destroy);
    add_groups(prefix, menu);
    add_people(menu, store_contacts(app_store(self->base.app), prefix, MENU_ROWS, NULL));
    bool is_complete = is_whole(menu, prefix); /* the arrows move between the fields again */
    if (menu->len > 0 && !is_complete)
        self->menu = g_steal_pointer(&menu);
    if (!is_complete)
        ask_elsewhere(self, prefix);
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
    g_clear_pointer(&self->asked, address_query_free);
}

bool composer_menu_key(struct composer *self, const struct key *key)
{
    if (self->menu == NULL)
        return false;
    if (key->name == KEY_NAME_DOWN || key->name == KEY_NAME_UP) {
        guint step = key->name == KEY_NAME_DOWN ? 1 : self->menu->len - 1;
        self->menu_choice = (self->menu_choice + step) % self->menu->len;
        self->has_moved_in_menu = true;
    } else if (key->name == KEY_NAME_ENTER && self->menu_choice > 0) {
        composer_accept_completion(self);
    } else {
        return false;
    }
    view_touch(&self->base);
    return true;
}

void composer_expand_groups(struct composer *self)
{
    g_autoptr(GPtrArray) groups = groups_load(NULL, NULL);
    for (int i = FOCUS_TO; groups != NULL && groups->len > 0 && i <= FOCUS_BCC; i++) {
        g_autofree char *whole = contact_book_expand(self->fields[i].text->str, groups);
        if (whole != NULL)
            field_set(&self->fields[i], whole);
    }
}

/* --- in a prompt --- */

enum { PROMPT_OFFERS = 20 };

GPtrArray *composer_complete_people(app *ui, void *data, const char *prefix)
{
    const char *comma = strrchr(prefix, ','), *begin = comma != NULL ? comma + 1 : prefix;
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    (void)data;
    begin += strspn(begin, " ");
    g_autofree char *before = g_strndup(prefix, (gsize)(begin - prefix));
    g_autoptr(GPtrArray) people = store_contacts(app_store(ui), begin, PROMPT_OFFERS, NULL);
    for (guint i = 0; people != NULL && i < people->len; i++) {
        g_autofree char *person = composer_contact_text(g_ptr_array_index(people, i));
        g_ptr_array_add(found, g_strconcat(before, person, NULL));
    }
    return found;
}
