/* SPDX-License-Identifier: MIT */
/* Reports of mail servers and readers (RFC 3464, RFC 8098) as sentences. */
#include "core/message_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define REPORT_BYTES_MAX (256 * 1024)
#define RECIPIENTS_MAX   200

void message_note(struct text *text, const char *words, enum span_style style)
{
    struct text_line *line = text_add_line(text, words, strlen(words));
    line->is_ours = true;
    line->is_note = style == SPAN_DIM;
    text_add_span(line, 0, strlen(line->text), style, -1);
}

/* --- groups of fields, with a blank line between --- */

static void fields_free(gpointer fields)
{
    g_hash_table_destroy(fields);
}

/* Of GHashTable* name in lower case → value. */
static GPtrArray *groups_read(const char *body)
{
    GPtrArray *groups = g_ptr_array_new_with_free_func(fields_free);
    g_autofree char *unfolded = g_strndup(body, REPORT_BYTES_MAX);
    g_autoptr(GHashTable) fields = NULL;
    char *to = unfolded;
    for (const char *at = unfolded; *at != '\0'; at++) /* folded lines go on with a blank */
        if (*at != '\r' && !(*at == '\n' && (at[1] == ' ' || at[1] == '\t')))
            *to++ = *at;
    *to = '\0';
    g_auto(GStrv) lines = g_strsplit(unfolded, "\n", 20 * RECIPIENTS_MAX);
    for (char **line = lines; *line != NULL && groups->len < RECIPIENTS_MAX; line++) {
        char *colon = strchr(g_strstrip(*line), ':');
        if (**line == '\0' && fields != NULL)
            g_ptr_array_add(groups, g_steal_pointer(&fields));
        if (colon == NULL)
            continue;
        if (fields == NULL)
            fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_hash_table_replace(fields, g_ascii_strdown(*line, colon - *line), message_header_text(colon + 1));
    }
    if (fields != NULL)
        g_ptr_array_add(groups, g_steal_pointer(&fields));
    return groups;
}

/* "rfc822; ada@x.test" → "ada@x.test". NULL: the field is not there. */
static const char *value_of(GHashTable *fields, const char *name)
{
    const char *value = g_hash_table_lookup(fields, name);
    const char *semicolon = value != NULL ? strchr(value, ';') : NULL;
    if (semicolon != NULL && strcspn(value, " @") > (size_t)(semicolon - value))
        value = semicolon + 1;
    return value != NULL ? value + strspn(value, " ") : NULL;
}

static const char *recipient_of(GHashTable *fields)
{
    const char *final = value_of(fields, "final-recipient");
    return final != NULL ? final : value_of(fields, "original-recipient");
}

/* --- delivery --- */

static const char *action_words(const char *action)
{
    static const struct {
        const char *action, *words;
    } known[] = { { "failed", N_("%s: the message could not be delivered.") },
                  { "delayed", N_("%s: not delivered yet; the server goes on trying.") },
                  { "delivered", N_("%s: delivered.") },
                  { "relayed", N_("%s: passed on to a server that sends no reports.") },
                  { "expanded", N_("%s: passed on to several addresses.") } };
    for (size_t i = 0; i < G_N_ELEMENTS(known) && action != NULL; i++)
        if (g_ascii_strncasecmp(action, known[i].action, strlen(known[i].action)) == 0)
            return _(known[i].words);
    return N_("%s");
}

static void delivery_show(struct text *text, GHashTable *fields)
{
    const char *recipient = recipient_of(fields), *action = value_of(fields, "action"), *server = value_of(fields, "remote-mta");
    const char *said = value_of(fields, "diagnostic-code"), *status = value_of(fields, "status"),
               *retry = value_of(fields, "will-retry-until");
    if (recipient == NULL)
        return;
    const char *format = action_words(action);
    GString *words = g_string_new(NULL);
    const char *place = strstr(format, "%s");
    g_string_append_printf(words, "%.*s%s%s", (int)(place - format), format, recipient, place + 2);
    message_note(text, words->str, action != NULL && g_ascii_strncasecmp(action, "failed", 6) == 0 ? SPAN_WARNING : SPAN_BOLD);
    g_string_truncate(words, 0);
    if (said != NULL && server != NULL)
        g_string_append_printf(words, _("The server %s said: %s"), server, said);
    else if (said != NULL)
        g_string_append_printf(words, _("The server said: %s"), said);
    else if (status != NULL)
        g_string_append_printf(words, _("The server gives the reason as a number: %s"), status);
    if (words->len > 0)
        message_note(text, words->str, SPAN_NORMAL);
    g_string_truncate(words, 0);
    if (retry != NULL) {
        g_string_append_printf(words, _("It is tried until %s."), retry);
        message_note(text, words->str, SPAN_NORMAL);
    }
    g_string_free(words, TRUE);
}

/* --- reading --- */

static void notification_show(struct text *text, GHashTable *fields)
{
    const char *recipient = recipient_of(fields), *disposition = value_of(fields, "disposition");
    if (disposition == NULL)
        return;
    const char *who = recipient != NULL ? recipient : _("Somebody");
    bool is_automatic = g_str_has_prefix(disposition, "automatic");
    g_autofree char *lower = g_ascii_strdown(disposition, -1), *words = NULL;
    if (strstr(lower, "displayed") != NULL && is_automatic)
        words = g_strdup_printf(_("%s: the message was shown (so says a program, not a person)."), who);
    else if (strstr(lower, "displayed") != NULL)
        words = g_strdup_printf(_("%s: the message was shown."), who);
    else if (strstr(lower, "deleted") != NULL)
        words = g_strdup_printf(_("%s: the message was deleted without being shown."), who);
    else
        words = g_strdup_printf(_("%s: %s"), who, disposition);
    message_note(text, words, SPAN_BOLD);
}

bool message_show_report(struct text *text, const char *type, const char *body)
{
    bool is_delivery = g_str_has_suffix(type, "delivery-status");
    if (!is_delivery && strcmp(type, "message/disposition-notification") != 0)
        return false;
    g_autoptr(GPtrArray) groups = groups_read(body);
    for (guint i = 0; i < groups->len; i++) {
        if (is_delivery)
            delivery_show(text, g_ptr_array_index(groups, i));
        else
            notification_show(text, g_ptr_array_index(groups, i));
    }
    return true;
}
