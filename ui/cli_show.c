/* SPDX-License-Identifier: MIT */
/* `postern show [--json] FILE|-`: a message file as the reader shows it, or described in JSON, one object a line. */
#include "core/message.h"
#include "ui/cli.h"
#include "ui/width.h"
#include <errno.h>
#include <getopt.h>
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define INPUT_MAX (512u << 20)

static json_t *json_text(const char *utf8)
{
    if (utf8 == NULL)
        return json_null();
    g_autofree char *valid = g_utf8_make_valid(utf8, -1);
    return json_string(valid);
}

static json_t *json_addresses(const message *parsed, const char *header)
{
    json_t *list = json_array();
    g_autoptr(GPtrArray) addresses = message_addresses(parsed, header);
    for (guint i = 0; i < addresses->len; i++) {
        const struct message_address *each = g_ptr_array_index(addresses, i);
        json_t *object = json_object();
        json_object_set_new(object, "name", json_text(each->name != NULL ? each->name : ""));
        json_object_set_new(object, "addr", json_text(each->address != NULL ? each->address : ""));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *json_parts(const message *parsed)
{
    json_t *list = json_array();
    const GPtrArray *parts = message_parts(parsed);
    for (guint i = 0; i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        g_autofree char *bytes = NULL;
        size_t size = 0;
        bool is_read = message_part_bytes(parsed, i, &bytes, &size, NULL);
        g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)(is_read ? bytes : ""), is_read ? size : 0);
        json_t *object = json_object();
        json_object_set_new(object, "type", json_text(part->type));
        json_object_set_new(object, "filename", json_text(part->filename));
        json_object_set_new(object, "size", json_integer((json_int_t)(is_read ? size : (size_t)part->size)));
        json_object_set_new(object, "sha256", json_text(sum));
        json_array_append_new(list, object);
    }
    return list;
}

static void print_json(const message *parsed, const char *file)
{
    struct message_info info = { 0 };
    struct text *text = message_text(parsed, MESSAGE_VIEW_BEST);
    g_autofree char *plain = text_shown(text);
    message_info(parsed, &info);
    json_t *object = json_object();
    json_object_set_new(object, "file", json_text(file));
    json_object_set_new(object, "subject", json_text(info.subject != NULL ? info.subject : ""));
    json_object_set_new(object, "from", json_addresses(parsed, "From"));
    json_object_set_new(object, "to", json_addresses(parsed, "To"));
    json_object_set_new(object, "cc", json_addresses(parsed, "Cc"));
    json_object_set_new(object, "date", json_integer((json_int_t)info.date_utc));
    json_object_set_new(object, "message_id", json_text(info.message_id));
    json_object_set_new(object, "parts", json_parts(parsed));
    json_object_set_new(object, "text", json_text(plain));
    char *line = json_dumps(object, JSON_COMPACT);
    printf("%s\n", line != NULL ? line : "{}");
    free(line);
    json_decref(object);
    text_free(text);
}

/* What goes to a terminal can never steer it; what goes to a file is the text itself. */
static void print_words(const char *utf8)
{
    g_auto(GStrv) lines = g_strsplit(utf8, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *clean = isatty(STDOUT_FILENO) ? width_visible(*line, strlen(*line)) : g_strdup(*line);
        printf(line[1] != NULL ? "%s\n" : "%s", clean);
    }
}

static void print_message(const message *parsed)
{
    static const char *const names[] = { "From", "To", "Cc", "Date", "Subject" };
    struct text *text = message_text(parsed, MESSAGE_VIEW_BEST);
    g_autofree char *plain = text_shown(text);
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = message_header(parsed, names[i]);
        if (value != NULL)
            g_string_append_printf(out, "%s: %s\n", names[i], value);
    }
    g_string_append_printf(out, "\n%s", plain);
    const GPtrArray *parts = message_parts(parsed);
    for (guint i = 0, number = 0; i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        g_autofree char *size = g_format_size((guint64)part->size);
        if (part->is_attachment)
            g_string_append_printf(out, "\n[%u] %s  %s  %s", ++number, part->filename != NULL ? part->filename : _("without a name"),
                                   part->type, size);
    }
    g_string_append_c(out, '\n');
    print_words(out->str);
    g_string_free(out, TRUE);
    text_free(text);
}

static message *load_standard_input(GError **error)
{
    g_autoptr(GByteArray) all = g_byte_array_new();
    guint8 bytes[65536];
    ssize_t got;
    while ((got = read(STDIN_FILENO, bytes, sizeof bytes)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int saved = errno;
            g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_READ, _("Standard input cannot be read: %s"), g_strerror(saved));
            return NULL;
        }
        if (all->len + (size_t)got > INPUT_MAX) {
            g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_READ, _("Standard input is larger than %u MB; that is no message."),
                        INPUT_MAX >> 20);
            return NULL;
        }
        g_byte_array_append(all, bytes, (guint)got);
    }
    return message_parse(all->data, all->len);
}

static int show_one(const char *file, bool is_json)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(message) parsed = strcmp(file, "-") == 0 ? load_standard_input(&why) : message_load(file, &why);
    if (parsed == NULL)
        return cli_fail(EX_NOINPUT, "%s", why != NULL ? why->message : file);
    if (is_json)
        print_json(parsed, file);
    else
        print_message(parsed);
    return 0;
}

int cli_show(int argc, char **argv)
{
    static const struct option options[] = { { "json", no_argument, NULL, 'j' }, { 0 } };
    bool is_json = false;
    int code = 0, letter;
    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (letter != 'j')
            return EX_USAGE;
        is_json = true;
    }
    if (optind >= argc)
        return cli_fail(EX_USAGE, _("show needs a file, or - for standard input."));
    for (int i = optind; i < argc; i++) {
        int one = show_one(argv[i], is_json);
        code = code != 0 ? code : one;
    }
    return cli_finish(code);
}
