/* SPDX-License-Identifier: MIT */
/* config-v1.1.xml by GLib's parser: servers with a type, a name, a port, a kind of encryption and a user name. */
#include "core/autoconfig.h"
#include "config/error.h"
#include "core/setup_private.h"
#include "net/resolve.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { ROWS_MAX = 16, TEXT_MAX = 300, DEPTH_MAX = 16 };

struct reading {
    const char *address, *source;
    GPtrArray *rows;
    struct setup_row *row; /* of the server under way */
    bool is_usable;
    GString *text;
    unsigned depth;
};

/* %EMAILADDRESS%, %EMAILLOCALPART%, %EMAILDOMAIN%. Caller frees. */
static char *filled_in(const char *text, const char *address)
{
    const char *at = strrchr(address, '@');
    g_autofree char *local = g_strndup(address, (gsize)(at - address));
    GString *filled = g_string_new(text);
    g_string_replace(filled, "%EMAILADDRESS%", address, 0);
    g_string_replace(filled, "%EMAILLOCALPART%", local, 0);
    g_string_replace(filled, "%EMAILDOMAIN%", at + 1, 0);
    return g_string_free(filled, FALSE);
}

/* --- one server --- */
static void begin_server(struct reading *self, const char *element, const char *type)
{
    static const struct {
        const char *element, *type, *protocol;
    } kinds[] = { { "incomingServer", "imap", "IMAP" }, { "incomingServer", "pop3", "POP3" }, { "outgoingServer", "smtp", "SMTP" } };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(kinds[i].element, element) != 0 || g_strcmp0(kinds[i].type, type) != 0 || self->rows->len >= ROWS_MAX)
            continue;
        const struct account_server nowhere = { .host = (char *)"" };
        self->row = setup_row_new(self->source, kinds[i].protocol, &nowhere);
        self->row->is_by_hand = false;
        self->is_usable = false; /* until its encryption is known */
    }
}

static void end_server(struct reading *self)
{
    bool is_whole = self->row != NULL && self->is_usable && *self->row->host != '\0' && self->row->port != 0;
    if (is_whole)
        g_ptr_array_add(self->rows, self->row);
    else
        setup_row_free(self->row);
    self->row = NULL;
}

static void take_host(struct reading *self, const char *text)
{
    g_autofree char *host = filled_in(text, self->address), *ascii = net_host_to_ascii(host, NULL);
    g_free(self->row->host);
    self->row->host = g_strdup(ascii != NULL ? ascii : "");
}

static void take_text(struct reading *self, const char *element, const char *text)
{
    guint64 port = 0;
    if (strcmp(element, "hostname") == 0) {
        take_host(self, text);
    } else if (strcmp(element, "port") == 0) {
        self->row->port = g_ascii_string_to_unsigned(text, 10, 1, 65535, &port, NULL) ? (uint16_t)port : 0;
    } else if (strcmp(element, "socketType") == 0) {
        self->is_usable = strcmp(text, "SSL") == 0 || strcmp(text, "STARTTLS") == 0;
        self->row->security = strcmp(text, "SSL") == 0 ? ACCOUNT_SECURITY_TLS : ACCOUNT_SECURITY_STARTTLS;
    } else if (strcmp(element, "username") == 0) {
        g_autofree char *user = filled_in(text, self->address);
        g_free(self->row->user);
        self->row->user = config_error_words(user, -1); /* no control characters: it goes into protocol commands */
    }
}

/* --- the parser's calls --- */
static void start_element(GMarkupParseContext *context, const char *element, const char **names, const char **values, gpointer data,
                          GError **error)
{
    struct reading *self = data;
    const char *type = NULL;
    (void)context;
    if (++self->depth > DEPTH_MAX)
        g_set_error(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "too deep");
    for (; *names != NULL; names++, values++) {
        if (strcmp(*names, "type") == 0)
            type = *values;
    }
    g_string_truncate(self->text, 0);
    if (self->row == NULL)
        begin_server(self, element, type);
}

static void end_element(GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
    struct reading *self = data;
    (void)context;
    (void)error;
    self->depth--;
    if (self->row != NULL && (strcmp(element, "incomingServer") == 0 || strcmp(element, "outgoingServer") == 0)) {
        end_server(self);
    } else if (self->row != NULL) {
        g_strstrip(self->text->str);
        take_text(self, element, self->text->str);
    }
    g_string_truncate(self->text, 0);
}

static void add_text(GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error)
{
    struct reading *self = data;
    (void)context;
    (void)error;
    if (self->text->len + length <= TEXT_MAX)
        g_string_append_len(self->text, text, (gssize)length);
}

static int rank(const struct setup_row *row)
{
    return strcmp(row->protocol, "IMAP") == 0 ? 0 : strcmp(row->protocol, "POP3") == 0 ? 1 : 2;
}

/* Implicit TLS before STARTTLS; the rest stays in the order of the file. */
static gint by_worth(gconstpointer left, gconstpointer right)
{
    const struct setup_row *a = *(struct setup_row *const *)left, *b = *(struct setup_row *const *)right;
    return rank(a) != rank(b) ? rank(a) - rank(b) : (int)a->security - (int)b->security;
}

static GPtrArray *fail(const char *source, GError **error)
{
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SYNTAX, _("%s has no mail settings that can be used."), source);
    return NULL;
}

GPtrArray *autoconfig_parse(const char *xml, size_t length, const char *address, const char *source, GError **error)
{
    static const GMarkupParser parser = { .start_element = start_element, .end_element = end_element, .text = add_text };
    struct reading reading = { .address = address, .source = source, .text = g_string_new(NULL) };
    if (strrchr(address, '@') == NULL)
        return g_string_free(reading.text, TRUE), fail(source, error);
    g_autoptr(GPtrArray) rows = reading.rows = g_ptr_array_new_with_free_func(setup_row_free);
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &reading, NULL);
    /* A fault behind the servers (a wrong entity in some instruction) is no reason not to take them. */
    if (g_markup_parse_context_parse(context, xml, (gssize)length, NULL))
        g_markup_parse_context_end_parse(context, NULL);
    g_markup_parse_context_free(context);
    g_string_free(reading.text, TRUE);
    setup_row_free(reading.row);
    if (rows->len == 0)
        return fail(source, error);
    g_ptr_array_sort(rows, by_worth);
    return g_steal_pointer(&rows);
}
