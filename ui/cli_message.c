/* SPDX-License-Identifier: MIT */
/* See cli_message.h. */
#include "ui/cli_json.h"
#include "ui/cli_message.h"
#include "core/locate.h"
#include "core/store_message.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { FROM_CELLS = 24, SUBJECT_CELLS = 60 };

static const struct {
    enum message_flag flag;
    const char *word;
} flag_words[] = {
    { MESSAGE_SEEN, "seen" },       { MESSAGE_ANSWERED, "answered" }, { MESSAGE_FLAGGED, "flagged" },
    { MESSAGE_DELETED, "deleted" }, { MESSAGE_DRAFT, "draft" },       { MESSAGE_FORWARDED, "forwarded" },
};

static json_t *json_flags(const placement *place)
{
    json_t *list = json_array();
    for (size_t i = 0; i < G_N_ELEMENTS(flag_words); i++)
        if (place->flags & flag_words[i].flag)
            json_array_append_new(list, json_string(flag_words[i].word));
    g_auto(GStrv) tags = g_strsplit(place->keywords != NULL ? place->keywords : "", " ", -1);
    for (char **tag = tags; *tag != NULL; tag++)
        if (**tag != '\0')
            json_array_append_new(list, cli_json_text(*tag));
    return list;
}

static void print_json(store *db, const placement *place, const struct window_row *row)
{
    g_autofree char *file = locate_message(db, place);
    json_t *object = json_object(), *from = json_array();
    if (place->from_address != NULL || place->from_name != NULL)
        json_array_append_new(from, cli_json_person(place->from_name, place->from_address));
    json_object_set_new(object, "message_id", cli_json_text(place->message_id_header));
    json_object_set_new(object, "date", json_integer((json_int_t)place->date_utc));
    json_object_set_new(object, "from", from);
    json_object_set_new(object, "to", cli_json_people(place->to));
    json_object_set_new(object, "cc", cli_json_people(place->cc));
    json_object_set_new(object, "subject", cli_json_text(place->subject));
    json_object_set_new(object, "account", cli_json_text(place->account_key));
    json_object_set_new(object, "folder", cli_json_text(place->folder_name));
    json_object_set_new(object, "flags", json_flags(place));
    json_object_set_new(object, "size", json_integer((json_int_t)place->size_bytes));
    json_object_set_new(object, "attachments", json_integer(row->attachment_count));
    json_object_set_new(object, "id", json_integer((json_int_t)place->id));
    json_object_set_new(object, "file", cli_json_text(file));
    if (row->is_found_by_server)
        json_object_set_new(object, "found_by", cli_json_text("server"));
    cli_json_print(object);
}

/* Cut to so many cells, and filled up to them. */
static char *fitted(const char *text, int cells)
{
    g_autofree char *clean = width_visible(text != NULL ? text : "", text != NULL ? strlen(text) : 0);
    int used = 0;
    size_t bytes = width_prefix(clean, strlen(clean), cells, &used);
    g_autofree char *room = g_strnfill((gsize)MAX(cells - used, 0), ' ');
    return g_strdup_printf("%.*s%s", (int)bytes, clean, room);
}

static char *place_words(const placement *place)
{
    g_autofree char *name = g_strdup_printf("%s/%s", place->account_key, place->folder_name);
    return width_visible(name, strlen(name));
}

static void print_line(const placement *place, const struct window_row *row, bool has_folder)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(place->date_utc);
    g_autofree char *date = when != NULL ? g_date_time_format(when, "%Y-%m-%d %H:%M") : g_strdup("                ");
    const char *name = place->from_name != NULL && *place->from_name != '\0' ? place->from_name : place->from_address;
    g_autofree char *from = fitted(name, FROM_CELLS), *subject = fitted(place->subject, SUBJECT_CELLS);
    g_autofree char *where = has_folder ? place_words(place) : NULL;
    const char *found_by = row->is_found_by_server ? _("  (found by the server)") : "";
    if (where != NULL)
        printf("%s  %s  %s  %s%s\n", date, from, subject, where, found_by);
    else
        printf("%s %s  %s  %s\n", place->flags & MESSAGE_SEEN ? " " : "N", date, from, subject);
}

void cli_message_print(store *db, const struct window_row *row, const struct cli_message_form *form)
{
    g_autoptr(placement) place = store_placement(db, row->placement_id, NULL);
    if (place == NULL)
        return; /* it went this very moment */
    if (form->is_json)
        print_json(db, place, row);
    else
        print_line(place, row, form->has_folder);
}
