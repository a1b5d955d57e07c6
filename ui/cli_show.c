/* SPDX-License-Identifier: MIT */
/* `postern show [--json] FILE|-`: a message file as the reader shows it, or described in JSON, one object a line. */
#include "core/crypto.h"
#include "core/language.h"
#include "core/message.h"
#include "core/message_warning.h"
#include "ui/cli.h"
#include "ui/cli_invitation.h"
#include "ui/cli_json.h"
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
#define NOTHING   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" /* the sum of no bytes */

static json_t *json_addresses(const message *parsed, const char *header)
{
    json_t *list = json_array();
    g_autoptr(GPtrArray) addresses = message_addresses(parsed, header);
    for (guint i = 0; i < addresses->len; i++) {
        const struct message_address *each = g_ptr_array_index(addresses, i);
        json_array_append_new(list, cli_json_person(each->name, each->address));
    }
    return list;
}

static json_t *json_parts(const message *parsed)
{
    json_t *list = json_array();
    const GPtrArray *parts = message_parts(parsed);
    for (guint i = 0; i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        size_t size = 0;
        if (part->is_packed)
            break; /* they stand behind the leaves */
        g_autofree char *sum = message_part_sha256(parsed, i, &size);
        json_t *object = json_object();
        json_object_set_new(object, "type", cli_json_text(part->type));
        json_object_set_new(object, "filename", cli_json_text(part->name));
        json_object_set_new(object, "size", json_integer((json_int_t)(sum != NULL ? size : (size_t)part->size)));
        json_object_set_new(object, "sha256", cli_json_text(sum != NULL ? sum : NOTHING));
        json_object_set_new(object, "charset", cli_json_text(part->charset));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *json_signature(const struct crypto_signature *each, bool is_part)
{
    static const char *const states[] = {
        [CRYPTO_GOOD] = "good",           [CRYPTO_OTHER] = "other-signer", [CRYPTO_UNTRUSTED] = "untrusted", [CRYPTO_EXPIRED] = "expired",
        [CRYPTO_UNCHECKED] = "unchecked", [CRYPTO_NO_KEY] = "no-key",      [CRYPTO_REVOKED] = "revoked",     [CRYPTO_BAD] = "bad",
    };
    json_t *object = json_object();
    json_object_set_new(object, "protocol", json_string(each->protocol == CRYPTO_OPENPGP ? "openpgp" : "smime"));
    json_object_set_new(object, "state", json_string(states[each->state]));
    json_object_set_new(object, "covers", json_string(is_part ? "part" : "message"));
    json_object_set_new(object, "signer", cli_json_text(each->signer));
    json_object_set_new(object, "address", cli_json_text(each->address));
    json_object_set_new(object, "fingerprint", cli_json_text(each->fingerprint));
    json_object_set_new(object, "issuer", cli_json_text(each->issuer));
    json_object_set_new(object, "trusted", json_boolean(each->is_trusted));
    json_object_set_new(object, "from_matches", json_boolean(each->is_senders));
    json_object_set_new(object, "date", json_integer((json_int_t)each->made_utc));
    json_object_set_new(object, "words", cli_json_text(each->words));
    return object;
}

static json_t *json_signatures(const struct crypto_reading *reading)
{
    json_t *list = json_array();
    for (guint i = 0; i < reading->layers->len; i++) {
        const struct crypto_layer *layer = g_ptr_array_index(reading->layers, i);
        for (guint k = 0; k < layer->signatures->len; k++)
            json_array_append_new(list, json_signature(g_ptr_array_index(layer->signatures, k), false));
        if (layer->is_encrypted || layer->signatures->len > 0)
            continue;
        struct crypto_signature none = { .protocol = layer->protocol, .state = CRYPTO_UNCHECKED, .words = layer->words };
        json_array_append_new(list, json_signature(&none, false));
    }
    for (guint i = 0; i < reading->signatures->len; i++)
        json_array_append_new(list, json_signature(g_ptr_array_index(reading->signatures, i), true));
    return list;
}

/* The outermost encryption; null: there is none. */
static json_t *json_encryption(const struct crypto_reading *reading)
{
    for (guint i = 0; i < reading->layers->len; i++) {
        const struct crypto_layer *layer = g_ptr_array_index(reading->layers, i);
        if (!layer->is_encrypted)
            continue;
        json_t *object = json_object();
        json_object_set_new(object, "protocol", json_string(layer->protocol == CRYPTO_OPENPGP ? "openpgp" : "smime"));
        json_object_set_new(object, "state", json_string(layer->is_open ? "decrypted" : "not-decrypted"));
        json_object_set_new(object, "words", cli_json_text(layer->words));
        json_object_set_new(object, "subject", cli_json_text(layer->is_open ? message_header(reading->letter, "Subject") : NULL));
        if (layer->is_open)
            json_object_set_new(object, "parts", json_parts(reading->letter));
        return object;
    }
    return json_null();
}

/* Signatures are checked and what is encrypted is opened, as far as that needs nobody to type anything. */
static struct crypto_reading *read_crypto(const char *file, const message *parsed)
{
    g_autoptr(GBytes) raw = strcmp(file, "-") == 0 ? message_raw(parsed) : NULL;
    message *again = raw != NULL ? message_parse(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw)) : message_load(file, NULL);
    if (again == NULL)
        again = message_parse("", 0);
    g_autoptr(crypto) visit = crypto_new();
    return crypto_read(visit, again, true);
}

/* reading: NULL: nothing was checked. */
static json_t *json_warnings(const message *parsed, const struct crypto_reading *reading)
{
    json_t *list = json_array();
    g_autoptr(GPtrArray) warnings = message_warnings(parsed, NULL);
    for (guint i = 0; i < warnings->len; i++)
        json_array_append_new(list, cli_json_text(g_ptr_array_index(warnings, i)));
    if (reading != NULL && reading->warning != NULL)
        json_array_append_new(list, cli_json_text(reading->warning));
    return list;
}

static void print_json(const message *parsed, const char *file)
{
    struct message_info info = { 0 };
    g_autoptr(crypto_reading) reading = crypto_is_wanted(parsed) ? read_crypto(file, parsed) : NULL;
    struct text *text = message_text(reading != NULL ? reading->letter : parsed, MESSAGE_VIEW_BEST);
    g_autofree char *plain = text_shown(text);
    message_info(parsed, &info);
    json_t *object = json_object();
    json_object_set_new(object, "file", cli_json_text(file));
    json_object_set_new(object, "subject", cli_json_text(info.subject != NULL ? info.subject : ""));
    json_object_set_new(object, "from", json_addresses(parsed, "From"));
    json_object_set_new(object, "to", json_addresses(parsed, "To"));
    json_object_set_new(object, "cc", json_addresses(parsed, "Cc"));
    json_object_set_new(object, "date", json_integer((json_int_t)info.date_utc));
    json_object_set_new(object, "message_id", cli_json_text(info.message_id));
    json_object_set_new(object, "parts", json_parts(parsed));
    json_object_set_new(object, "text", cli_json_text(plain));
    json_object_set_new(object, "signatures", reading != NULL ? json_signatures(reading) : json_array());
    json_object_set_new(object, "encryption", reading != NULL ? json_encryption(reading) : json_null());
    json_object_set_new(object, "warnings", json_warnings(parsed, reading));
    json_object_set_new(object, "invitation", cli_invitation_json(reading != NULL ? reading->letter : parsed));
    cli_json_print(object);
    text_free(text);
}

/* Letters of Arabic and Hebrew turn by themselves; these turn others, and make a name or an address look like another. */
static bool is_turning(gunichar c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Into a file or another program goes the text itself, but for control characters and those that turn the direction: it may be a pager that lets them
 * through. Who wants each character takes --json. */
static char *without_controls(const char *utf8)
{
    g_autoptr(GString) clean = g_string_new(NULL);
    for (const char *at = utf8; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c == '\t' || (c >= 0x20 && c != 0x7f && (c < 0x80 || c >= 0xa0) && !is_turning(c)))
            g_string_append_unichar(clean, c);
        else if (c < 0x80)
            g_string_append_unichar(clean, c == 0x7f ? 0x2421 : 0x2400 + c);
        else
            g_string_append_printf(clean, "‹U+%04X›", c);
    }
    return g_strdup(clean->str);
}

static void print_words(const char *utf8)
{
    bool is_terminal = isatty(STDOUT_FILENO) != 0;
    g_autofree char *valid = g_utf8_make_valid(utf8, -1);
    g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *clean = is_terminal ? width_visible(*line, strlen(*line)) : without_controls(*line);
        printf(line[1] != NULL ? "%s\n" : "%s", clean);
    }
}

static void crypto_words(const struct crypto_reading *reading, GString *out)
{
    for (guint i = 0; i < reading->layers->len; i++) {
        const struct crypto_layer *layer = g_ptr_array_index(reading->layers, i);
        if (layer->words != NULL)
            g_string_append_printf(out, "[%s: %s]\n", layer->is_encrypted ? _("Encrypted") : _("Signed"), layer->words);
        for (guint k = 0; k < layer->signatures->len; k++)
            g_string_append_printf(out, "[%s: %s]\n", _("Signed"),
                                   ((const struct crypto_signature *)g_ptr_array_index(layer->signatures, k))->words);
    }
    if (reading->warning != NULL)
        g_string_append_printf(out, "[%s]\n", reading->warning);
}

static void warning_words(const message *parsed, GString *out)
{
    g_autoptr(GPtrArray) warnings = message_warnings(parsed, NULL);
    for (guint i = 0; i < warnings->len; i++)
        g_string_append_printf(out, "[%s]\n", (const char *)g_ptr_array_index(warnings, i));
}

static void print_message(const message *outer, const char *file)
{
    g_autoptr(crypto_reading) reading = crypto_is_wanted(outer) ? read_crypto(file, outer) : NULL;
    const message *parsed = reading != NULL ? reading->letter : outer;
    static const char *const names[] = { "From", "To", "Cc", "Date", "Subject" };
    struct text *text = message_text(parsed, MESSAGE_VIEW_BEST);
    g_autofree char *plain = text_shown(text);
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = message_header(parsed, names[i]);
        if (value != NULL)
            g_string_append_printf(out, "%s: %s\n", names[i], value);
    }
    if (reading != NULL)
        crypto_words(reading, out);
    warning_words(outer, out);
    g_string_append_printf(out, "\n%s", plain);
    const GPtrArray *parts = message_parts(parsed);
    for (guint i = 0, number = 0; i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        g_autofree char *size = language_size((guint64)part->size);
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
        print_message(parsed, file);
    return 0;
}

int cli_show(int argc, char **argv)
{
    static const struct option options[] = { { "json", no_argument, NULL, 'j' }, { 0 } };
    bool is_json = false;
    int code = 0, letter;
    opterr = 0;
    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (letter != 'j')
            return cli_fail_option("show", argv);
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
