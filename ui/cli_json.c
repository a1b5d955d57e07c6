/* SPDX-License-Identifier: MIT */
/* See cli_json.h. JSON leaves DEL and the second set of control characters as they are; a terminal does not. */
#include "ui/cli_json.h"
#include "core/message.h"
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL_DIGITS = 9 };

static bool speaks_json;

void cli_json_set_errors(void)
{
    speaks_json = true;
}

bool cli_json_has_errors(void)
{
    return speaks_json;
}

/* How long a control character JSON need not escape is at `at`, one that turns the direction too; 0: none. */
static size_t control_length(const char *at)
{
    gunichar c = (unsigned char)*at == 0x7f || (unsigned char)*at >= 0xc2 ? g_utf8_get_char(at) : 0;
    bool is_control = c == 0x7f || (c >= 0x80 && c < 0xa0);
    bool is_turning = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return is_control || is_turning ? (size_t)g_unichar_to_utf8(c, NULL) : 0;
}

/* They can only stand within strings, where \u may take their place. The line is written at once: others may write to the same place. */
static void print_line(FILE *out, json_t *object /* taken */)
{
    char *line = object != NULL ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS)) : NULL;
    const char *begin = line != NULL ? line : "{}", *at = begin;
    g_autoptr(GString) clean = g_string_sized_new(strlen(begin) + 1);
    while (*at != '\0') {
        size_t length = control_length(at);
        if (length > 0) {
            g_string_append_len(clean, begin, at - begin);
            g_string_append_printf(clean, "\\u%04x", g_utf8_get_char(at));
            begin = at + length;
        }
        at += length > 0 ? length : 1;
    }
    g_string_append_len(clean, begin, at - begin);
    g_string_append_c(clean, '\n');
    fwrite(clean->str, 1, clean->len, out);
    free(line);
    json_decref(object);
}

void cli_json_print(json_t *object)
{
    print_line(stdout, object);
}

json_t *cli_json_text(const char *text)
{
    g_autofree char *valid = text != NULL ? g_utf8_make_valid(text, -1) : NULL;
    return valid != NULL ? json_string(valid) : json_null();
}

json_t *cli_json_texts(const char *const *texts)
{
    json_t *list = json_array();
    for (const char *const *each = texts; each != NULL && *each != NULL; each++)
        json_array_append_new(list, cli_json_text(*each));
    return list;
}

json_t *cli_json_person(const char *name, const char *address)
{
    json_t *object = json_object();
    json_object_set_new(object, "name", cli_json_text(name != NULL ? name : ""));
    json_object_set_new(object, "addr", cli_json_text(address != NULL ? address : ""));
    return object;
}

json_t *cli_json_people(const char *field)
{
    json_t *list = json_array();
    g_autofree char *line = g_strdup_printf("To: %s", field != NULL ? field : "");
    for (char *at = line; *at != '\0'; at++)
        if (*at == '\r' || *at == '\n')
            *at = ' ';
    g_autofree char *whole = g_strconcat(line, "\n\n", NULL);
    g_autoptr(message) letter = message_parse(whole, strlen(whole));
    g_autoptr(GPtrArray) people = message_addresses(letter, "To");
    for (guint i = 0; i < people->len; i++) {
        const struct message_address *each = g_ptr_array_index(people, i);
        json_array_append_new(list, cli_json_person(each->name, each->address));
    }
    return list;
}

size_t cli_json_characters(const char *text, size_t bytes)
{
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)MIN(bytes, strlen(text)));
    return (size_t)g_utf8_strlen(valid, -1);
}

void cli_json_complain(int code, const char *words, const size_t *spot)
{
    json_t *object = json_object();
    json_object_set_new(object, "message", cli_json_text(words));
    json_object_set_new(object, "code", code != 0 ? json_integer(code) : json_null());
    if (spot != NULL)
        json_object_set_new(object, "spot", json_pack("[I,I]", (json_int_t)spot[0], (json_int_t)spot[1]));
    print_line(stderr, object);
}
