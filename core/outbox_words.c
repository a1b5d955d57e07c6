/* SPDX-License-Identifier: MIT */
/* Replies of servers as reasons for people; the server's own words are never left out. */
#include "core/outbox_words.h"
#include "core/language.h"
#include "core/store_private.h"
#include "net/smtp_status.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define LINES_IN_NEWS 3

char *outbox_reason(const char *reply)
{
    int code = 0;
    for (int i = 0; i < 3 && g_ascii_isdigit(reply[i]); i++)
        code = code * 10 + g_ascii_digit_value(reply[i]);
    bool is_reply = code >= 400 && code <= 599 && reply[3] == ' ';
    const char *own = is_reply ? strstr(reply, _("Not sent by postern: ")) : NULL; /* our own refusals stand in the place of the server's */
    if (own != NULL)
        return g_strdup(own);
    const char *words = is_reply ? smtp_status_words(code, reply + 4) : NULL;
    return words != NULL ? g_strdup_printf(_("%s (the server says: %s)"), words, reply) : g_strdup(reply);
}

char *outbox_not_sent(const char *line)
{
    const char *separator = strstr(line, ": ");
    bool has_address =
        separator != NULL && memchr(line, '@', (size_t)(separator - line)) != NULL && memchr(line, ' ', (size_t)(separator - line)) == NULL;
    if (!has_address) {
        g_autofree char *reason = outbox_reason(line);
        return g_strdup_printf(_("Not sent: %s"), reason);
    }
    g_autofree char *address = g_strndup(line, (gsize)(separator - line)), *reason = outbox_reason(separator + 2);
    return g_strdup_printf(_("Not sent to %s: %s"), address, reason);
}

GPtrArray *outbox_lines(const struct outbox_item *item)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; item->recipients[i] != NULL; i++) {
        if (item->fates[i].fate == OUTBOX_FATE_TOOK || item->fates[i].reply == NULL)
            continue;
        g_autofree char *reason = outbox_reason(item->fates[i].reply);
        g_ptr_array_add(lines, g_strdup_printf(_("%s: %s"), item->recipients[i], reason));
    }
    if (lines->len == 0 && item->reply != NULL && *item->reply != '\0')
        g_ptr_array_add(lines, outbox_reason(item->reply));
    return lines;
}

char *outbox_next_try(const struct outbox_item *item)
{
    if (item->state != OUTBOX_QUEUED || item->attempts == 0 || item->not_before_utc <= store_now_utc())
        return NULL;
    g_autoptr(GDateTime) then = g_date_time_new_from_unix_local(item->not_before_utc), now = g_date_time_new_now_local();
    bool is_today = g_date_time_get_day_of_year(then) == g_date_time_get_day_of_year(now);
    /* TRANSLATORS: codes of strftime(3): a day within a week and the time. */
    /* xgettext:no-c-format */
    const char *later = C_("weekday and time", "%a %H:%M");
    return language_date(then, is_today ? "%H:%M" : later);
}

static char *few_lines(const struct outbox_item *item)
{
    g_autoptr(GPtrArray) lines = outbox_lines(item);
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < lines->len && i < LINES_IN_NEWS; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? "; " : "", (const char *)g_ptr_array_index(lines, i));
    if (lines->len > LINES_IN_NEWS)
        g_string_append(out, " …");
    return g_strdup(out->str);
}

char *outbox_news(const struct outbox_item *before, const struct outbox_item *after)
{
    const char *subject = after->subject != NULL ? after->subject : "";
    g_autofree char *why = few_lines(after), *when = outbox_next_try(after);
    bool has_some = after->accepted != NULL && after->accepted[0] != NULL;
    if (after->state == OUTBOX_FAILED && before->state != OUTBOX_FAILED && after->is_returned && !after->has_draft)
        return has_some ? g_strdup_printf(_("\"%s\" did not reach everybody. %s."), subject, why)
                        : g_strdup_printf(_("\"%s\" was not sent. %s."), subject, why);
    if (after->state == OUTBOX_FAILED && before->state != OUTBOX_FAILED)
        return has_some ? g_strdup_printf(_("\"%s\" did not reach everybody. %s. A draft for those is in Drafts."), subject, why)
                        : g_strdup_printf(_("\"%s\" was not sent. %s. It is back in Drafts."), subject, why);
    /* Once: that it takes its time is no news. */
    if (after->state == OUTBOX_QUEUED && after->attempts == 1 && before->attempts == 0 && when != NULL)
        return g_strdup_printf(_("\"%s\" waits. %s. It is tried again at %s."), subject, why, when);
    return NULL;
}
