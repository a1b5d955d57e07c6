/* SPDX-License-Identifier: MIT */
/* New mail in words. */
#include "core/notify.h"
#include "core/store_message.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { TITLE_MAX = 80, BODY_MAX = 160, NAMES_MAX = 3, LOOKED_AT_MAX = 100 };

void notification_clear(struct notification *self)
{
    g_clear_pointer(&self->title, g_free);
    g_clear_pointer(&self->body, g_free);
}

/* What moves a cursor, turns a line round or cannot be seen. */
static bool is_dangerous(gunichar letter)
{
    GUnicodeType type = g_unichar_type(letter);
    return g_unichar_iscntrl(letter) || type == G_UNICODE_FORMAT || type == G_UNICODE_SURROGATE || type == G_UNICODE_PRIVATE_USE ||
           type == G_UNICODE_UNASSIGNED || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

char *notify_clean(const char *text, size_t length_max)
{
    g_autofree char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
    GString *clean = g_string_new(NULL);
    size_t length = 0;
    for (const char *at = valid; *at != '\0' && length < length_max; at = g_utf8_next_char(at)) {
        gunichar letter = g_utf8_get_char(at);
        bool is_blank = is_dangerous(letter) || g_unichar_isspace(letter);
        if (is_blank && (clean->len == 0 || clean->str[clean->len - 1] == ' '))
            continue;
        g_string_append_unichar(clean, is_blank ? ' ' : letter);
        length++;
    }
    return g_strchomp(g_string_free(clean, FALSE));
}

static char *sender_of(const struct placement *place)
{
    g_autofree char *name = notify_clean(place->from_name, TITLE_MAX);
    return *name != '\0' ? g_steal_pointer(&name) : notify_clean(place->from_address, TITLE_MAX);
}

static void add_name(GPtrArray *names, char *name /* taken */)
{
    if (*name == '\0' || names->len > NAMES_MAX || g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_free(name);
    else
        g_ptr_array_add(names, name);
}

static char *list_of(GPtrArray *names)
{
    bool has_more = names->len > NAMES_MAX;
    if (has_more)
        g_ptr_array_set_size(names, NAMES_MAX);
    g_ptr_array_add(names, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)names->pdata);
    return has_more ? g_strdup_printf("%s, …", list) : g_steal_pointer(&list);
}

bool notification_of(store *db, const int64_t *placements, size_t count, struct notification *out)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *subject = NULL;
    size_t found = 0;
    *out = (struct notification){ 0 };
    for (size_t i = 0; i < MIN(count, (size_t)LOOKED_AT_MAX); i++) {
        g_autoptr(placement) place = store_placement(db, placements[i], NULL);
        if (place == NULL)
            continue;
        found++;
        add_name(names, sender_of(place));
        g_free(subject);
        subject = notify_clean(place->subject != NULL && *place->subject != '\0' ? place->subject : _("(no subject)"), BODY_MAX);
    }
    if (found == 0)
        return false;
    found += count - MIN(count, (size_t)LOOKED_AT_MAX); /* of a flood the rest is only counted */
    g_autofree char *list = list_of(names);
    if (found > 1)
        out->title = g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%d new message", "%d new messages", found), (int)found);
    else
        out->title = g_strdup(*list != '\0' ? list : _("New mail"));
    out->body = found > 1 ? g_steal_pointer(&list) : g_steal_pointer(&subject);
    return true;
}

/* --- which folders --- */

bool notify_list_wants(const char *list, const char *folder_name, bool is_usual)
{
    g_auto(GStrv) each = g_strsplit(list != NULL ? list : "", ";", -1);
    bool is_wanted = is_usual;
    for (char **one = each; *one != NULL; one++) {
        const char *pattern = g_strstrip(*one);
        bool is_not = *pattern == '!';
        if (*pattern != '\0' && g_pattern_match_simple(is_not ? pattern + 1 : pattern, folder_name))
            is_wanted = !is_not;
    }
    return is_wanted;
}

char *notify_list_change(const char *list, const char *folder_name, bool is_usual, bool is_wanted)
{
    g_auto(GStrv) each = g_strsplit(list != NULL ? list : "", ";", -1);
    GString *rest = g_string_new(NULL);
    for (char **one = each; *one != NULL; one++) {
        const char *pattern = g_strstrip(*one);
        if (*pattern != '\0' && strcmp(*pattern == '!' ? pattern + 1 : pattern, folder_name) != 0)
            g_string_append_printf(rest, "%s%s", rest->len > 0 ? ";" : "", pattern);
    }
    if (notify_list_wants(rest->str, folder_name, is_usual) != is_wanted)
        g_string_append_printf(rest, "%s%s%s", rest->len > 0 ? ";" : "", is_wanted ? "" : "!", folder_name);
    return g_string_free(rest, rest->len == 0);
}
