/* SPDX-License-Identifier: MIT */
/* Templates: read, filled in, laid into a draft. */
#include "core/template.h"
#include "config/paths.h"
#include "core/compose_header.h"
#include "core/compose_private.h"
#include "core/language.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define TEMPLATE_BYTES_MAX (1024u * 1024u)
#define PLACE_BYTES_MAX    64

/* --- places --- */
/* "{{ name }}" at text: its name, caller frees; *end_out behind it. NULL: no place. */
static char *place_at(const char *text, const char **end_out)
{
    const char *close = g_str_has_prefix(text, "{{") ? strstr(text, "}}") : NULL;
    if (close == NULL || close - text - 2 > PLACE_BYTES_MAX || memchr(text, '\n', (size_t)(close - text)) != NULL)
        return NULL;
    *end_out = close + 2;
    return g_strstrip(g_strndup(text + 2, (gsize)(close - text - 2)));
}

char *template_fill(const char *text, template_value *value, void *data)
{
    g_autoptr(GString) filled = g_string_new(NULL);
    for (const char *at = text; *at != '\0';) {
        const char *end = at + 1;
        g_autofree char *name = place_at(at, &end), *words = name != NULL ? value(name, data) : NULL;
        if (words != NULL)
            g_string_append(filled, words); /* not looked through again: a value is no template */
        else
            g_string_append_len(filled, at, end - at);
        at = end;
    }
    return g_strdup(filled->str);
}

/* What stands before the brackets of an address: "{{name}} <{{mail}}>". */
static bool is_before_address(const char *behind)
{
    const char *stop = strpbrk(behind, "<,;");
    return stop != NULL && *stop == '<';
}

static void append_escaped(GString *out, const char *words)
{
    for (; *words != '\0'; words++) {
        if (*words == '"' || *words == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *words);
    }
}

/* `"Lovelace, Ada"` as it may stand in a table: the quotes are part of the form there, not of the name. */
static bool is_quoted_whole(const char *words)
{
    size_t length = strlen(words);
    return length > 2 && words[0] == '"' && words[length - 1] == '"' && strcspn(words + 1, "\"\\") == length - 2;
}

static void append_name(GString *out, const char *words)
{
    if (strpbrk(words, "()<>[]:;@\\,\"") == NULL || is_quoted_whole(words)) {
        g_string_append(out, words);
        return;
    }
    g_string_append_c(out, '"');
    append_escaped(out, words);
    g_string_append_c(out, '"');
}

char *template_fill_people(const char *text, template_value *value, void *data)
{
    g_autoptr(GString) filled = g_string_new(NULL);
    bool is_quoted = false, is_angle = false;
    for (const char *at = text; *at != '\0';) {
        const char *end = at + 1;
        g_autofree char *name = place_at(at, &end), *words = name != NULL ? value(name, data) : NULL;
        if (words == NULL) {
            g_string_append_len(filled, at, end - at);
            is_quoted = *at == '"' ? !is_quoted : is_quoted;
            is_angle = !is_quoted && (*at == '<' || (is_angle && *at != '>'));
        } else if (is_quoted) {
            append_escaped(filled, words);
        } else if (!is_angle && is_before_address(end)) {
            append_name(filled, words);
        } else {
            g_string_append(filled, words);
        }
        at = end;
    }
    return g_strdup(filled->str);
}

GPtrArray *template_places(const char *text)
{
    GPtrArray *places = g_ptr_array_new_with_free_func(g_free);
    for (const char *at = strstr(text, "{{"); at != NULL; at = strstr(at, "{{")) {
        const char *end = at + 1;
        g_autofree char *name = place_at(at, &end);
        if (name != NULL && !g_ptr_array_find_with_equal_func(places, name, g_str_equal, NULL))
            g_ptr_array_add(places, g_steal_pointer(&name));
        at = end;
    }
    return places;
}

/* --- those of a message --- */
static char *person_part(const char *field, const char *part)
{
    g_autoptr(GPtrArray) people = message_parse_addresses(field != NULL ? field : "", NULL);
    const struct message_address *one = people != NULL && people->len > 0 ? people->pdata[0] : NULL;
    if (one == NULL)
        return NULL;
    if (strcmp(part, "address") == 0)
        return g_strdup(one->address);
    const char *name = one->name != NULL && *one->name != '\0' ? one->name : NULL;
    if (name == NULL)
        return strcmp(part, "name") == 0 ? g_strdup(one->address) : NULL;
    if (strcmp(part, "name") == 0)
        return g_strdup(name);
    const char *comma = strchr(name, ','); /* Lovelace, Ada */
    g_autofree char *given = g_strstrip(g_strdup(comma != NULL ? comma + 1 : name));
    return strcmp(part, "first") == 0 ? g_strndup(given, strcspn(given, " ")) : NULL;
}

static char *value_in_draft(const char *name, void *data)
{
    const struct draft *draft = data;
    if (g_str_has_prefix(name, "to."))
        return person_part(draft->to, name + strlen("to."));
    if (g_str_has_prefix(name, "from."))
        return person_part(draft->from, name + strlen("from."));
    if (strcmp(name, "subject") == 0)
        return *draft->subject != '\0' ? g_strdup(draft->subject) : NULL;
    if (strcmp(name, "date") != 0)
        return NULL;
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    return language_date(now, "%x");
}

void template_fill_draft(struct draft *self)
{
    compose_set(&self->subject, template_fill(self->subject, value_in_draft, self));
    compose_set(&self->body, template_fill(self->body, value_in_draft, self));
}

/* --- files --- */
static int by_name(gconstpointer left, gconstpointer right)
{
    return g_utf8_collate(*(char *const *)left, *(char *const *)right);
}

GPtrArray *template_names(void)
{
    g_autofree char *directory = paths_config_file("templates");
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL)
        if (*name != '.' && !g_str_has_suffix(name, "~") && g_utf8_validate(name, -1, NULL))
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, by_name);
    return names;
}

static char *read_template(const char *path, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &bytes, &length, error))
        return NULL;
    if (length > TEMPLATE_BYTES_MAX) {
        g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_READ, _("%s is too large for a template."), path);
        return NULL;
    }
    return g_utf8_make_valid(bytes, (gssize)length);
}

static void take_if_empty(char **field, char *value)
{
    if ((*field == NULL || **field == '\0') && value != NULL && *value != '\0')
        compose_set(field, g_strdup(value));
}

bool template_apply(struct draft *self, const char *name, GError **error)
{
    g_autofree char *directory = paths_config_file("templates"), *path = g_build_filename(directory, name, NULL);
    if (*name != '\0' && *name != '.' && strchr(name, '/') == NULL)
        return template_apply_file(self, path, error);
    g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_READ, _("“%s” is no name of a template."), name);
    return false;
}

bool template_apply_file(struct draft *self, const char *path, GError **error)
{
    g_autofree char *text = read_template(path, error);
    if (text == NULL)
        return false;
    struct account nobody = { 0 };
    g_autoptr(draft) read = draft_new(&nobody);
    compose_set(&read->from, g_strdup(self->from));
    g_autoptr(GPtrArray) refused = compose_header_take(read, text);
    char **fields[][2] = { { &self->to, &read->to },           { &self->cc, &read->cc },
                           { &self->bcc, &read->bcc },         { &self->reply_to, &read->reply_to },
                           { &self->subject, &read->subject }, { &self->extra_headers, &read->extra_headers } };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        take_if_empty(fields[i][0], *fields[i][1]);
    compose_set(&self->body, g_strconcat(read->body, self->body, NULL));
    template_fill_draft(self);
    return true;
}
