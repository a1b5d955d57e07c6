/* SPDX-License-Identifier: MIT */
/* See receipt.h. */
#include "core/receipt.h"
#include "core/compose_private.h"
#include "core/header_fields.h"
#include "core/intent.h"
#include "core/outbox.h"
#include "core/store_private.h"
#include "core/tag.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define PEOPLE_MAX 5 /* are told; who names more wants to reach them through somebody else */
#define COPIES_MAX 64

static const char asking[] = "Disposition-Notification-To";

void receipt_clear(struct receipt *self)
{
    g_clear_pointer(&self->who, g_free);
    g_clear_pointer(&self->to, g_free);
}

bool receipt_is_told(const char *keywords)
{
    return tag_list_has(keywords, RECEIPT_KEYWORD);
}

/* --- who asks --- */

static guint count_fields(const GArray *fields, const char *name)
{
    guint count = 0;
    for (guint i = 0; i < fields->len; i++)
        count += header_field_is(&g_array_index(fields, struct header_field, i), name) ? 1 : 0;
    return count;
}

/* The first field of that name speaks of one of the words (NULL: any words at all). */
static bool says(const GArray *fields, const char *name, const char *const *words)
{
    for (guint i = 0; i < fields->len; i++) {
        const struct header_field *each = &g_array_index(fields, struct header_field, i);
        g_autofree char *value = header_field_is(each, name) ? header_field_value(each) : NULL;
        if (value == NULL)
            continue;
        g_autofree char *lower = g_ascii_strdown(g_strstrip(value), -1);
        bool has_word = words == NULL && *lower != '\0';
        for (size_t k = 0; words != NULL && words[k] != NULL; k++)
            has_word |= strstr(lower, words[k]) != NULL;
        return has_word;
    }
    return false;
}

/* Written by or for a machine: an answer would go to many, or round and round. */
static bool is_machine(const GArray *fields)
{
    static const char *const bulk[] = { "list", "bulk", "junk", NULL }, *const report[] = { "multipart/report", NULL },
                             *const automatic[] = { "auto-", NULL }, *const nobody[] = { "<>", NULL };
    return says(fields, "List-Id", NULL) || says(fields, "List-Post", NULL) || says(fields, "List-Unsubscribe", NULL) ||
           says(fields, "Precedence", bulk) || says(fields, "Auto-Submitted", automatic) || says(fields, "Content-Type", report) ||
           says(fields, "Return-Path", nobody);
}

/* RFC 8098 2.2: what is required and not understood means that nothing is told. */
static bool wants_more(const GArray *fields)
{
    static const char *const required[] = { "required", NULL };
    return says(fields, "Disposition-Notification-Options", required);
}

static bool is_address(const char *address)
{
    const char *at = address != NULL ? strrchr(address, '@') : NULL;
    return at != NULL && at != address && at[1] != '\0' && strpbrk(address, " \t\r\n<>,") == NULL;
}

/* The field is there and says somebody else. */
static bool is_other(const message *letter, const char *field, const char *address)
{
    g_autoptr(GPtrArray) people = message_addresses(letter, field);
    for (guint i = 0; people != NULL && i < people->len; i++) {
        const struct message_address *each = g_ptr_array_index(people, i);
        if (each->address != NULL && g_ascii_strcasecmp(each->address, address) == 0)
            return false;
    }
    return people != NULL && people->len > 0;
}

static char *name_of(const message *letter)
{
    g_autoptr(GPtrArray) people = message_addresses(letter, "From");
    const struct message_address *first = people != NULL && people->len > 0 ? g_ptr_array_index(people, 0) : NULL;
    if (first == NULL)
        return NULL;
    return g_strdup(first->name != NULL && *first->name != '\0' ? first->name : first->address);
}

bool receipt_read(const message *letter, struct receipt *out)
{
    *out = (struct receipt){ 0 };
    g_autoptr(GBytes) raw = message_raw_begin(letter, HEADER_FIELDS_BYTES_MAX);
    g_autoptr(GArray) fields = header_fields_of(raw);
    if (count_fields(fields, asking) != 1 || is_machine(fields) || wants_more(fields))
        return false;
    g_autoptr(GPtrArray) people = message_addresses(letter, asking);
    g_autoptr(GString) to = g_string_new(NULL);
    for (guint i = 0; people != NULL && i < people->len; i++) {
        const struct message_address *each = g_ptr_array_index(people, i);
        if (!is_address(each->address) || people->len > PEOPLE_MAX)
            return false;
        g_string_append_printf(to, "%s%s", i > 0 ? ", " : "", each->address);
        out->is_elsewhere |= is_other(letter, "Return-Path", each->address) || is_other(letter, "From", each->address);
    }
    if (to->len == 0)
        return false;
    out->who = name_of(letter);
    out->to = g_strdup(to->str);
    if (out->who == NULL)
        out->who = g_strdup(out->to);
    return true;
}

/* --- the letter --- */

static void add_line(GString *report, const char *name, const char *value)
{
    if (value != NULL && *value != '\0' && strlen(value) < 900 && g_str_is_ascii(value) && strpbrk(value, "\r\n") == NULL)
        g_string_append_printf(report, "%s: %s\n", name, value);
}

/* RFC 8098 3.1; caller frees. */
static char *report_of(const message *letter, const char *reader, const char *message_id)
{
    g_autoptr(GString) report = g_string_new("Reporting-UA: postern\n");
    g_autofree char *final = g_strdup_printf("rfc822;%s", reader), *id = message_id != NULL ? g_strdup_printf("<%s>", message_id) : NULL;
    add_line(report, "Original-Recipient", message_header(letter, "Original-Recipient"));
    add_line(report, "Final-Recipient", final);
    add_line(report, "Original-Message-ID", id);
    g_string_append(report, "Disposition: manual-action/MDN-sent-manually; displayed\n");
    return g_strdup(report->str);
}

static char *body_of(const struct message_info *info, const char *reader)
{
    g_autoptr(GDateTime) sent = info->date_utc != 0 ? g_date_time_new_from_unix_local(info->date_utc) : NULL;
    g_autofree char *when = sent != NULL ? g_date_time_format(sent, "%Y-%m-%d %H:%M %:z") : NULL;
    g_autoptr(GString) body = g_string_new(NULL);
    g_string_append_printf(body, _("Your message was shown to %s."), reader);
    g_string_append_printf(body, "\n\n%s: %s\n", _("Subject"), info->subject != NULL ? info->subject : "");
    if (when != NULL)
        g_string_append_printf(body, "%s: %s\n", _("Date"), when);
    g_string_append_printf(body, "\n%s\n", _("It does not follow that it was read to the end, or understood."));
    return g_strdup(body->str);
}

/* The bare address of a sender's field, in ASCII as far as it goes; caller frees. */
static char *bare(const char *field, GError **error)
{
    g_autofree char *header = NULL;
    g_auto(GStrv) envelope = NULL;
    return compose_recipients(field, &header, &envelope, error) ? g_strdup(envelope[0]) : NULL;
}

bool receipt_build(const struct account *account, message *letter, GBytes **bytes_out, char ***recipients_out, GError **error)
{
    struct message_info info = { 0 };
    g_auto(receipt) wish = { 0 };
    g_autofree char *sender = NULL;
    if (!receipt_read(letter, &wish)) {
        g_set_error_literal(error, COMPOSE_ERROR, COMPOSE_ERROR_TO, _("This message does not ask to be told that it was read."));
        return false;
    }
    message_info(letter, &info);
    g_autoptr(draft) self = draft_new(account);
    compose_choose_identity(self, account, letter);
    g_autofree char *reader = bare(self->from, error);
    if (reader == NULL)
        return false;
    compose_set(&self->to, g_strdup(wish.to));
    compose_set(&self->subject, g_strdup_printf(_("Read: %s"), info.subject != NULL ? info.subject : ""));
    compose_set(&self->body, body_of(&info, reader));
    compose_set(&self->in_reply_to, g_strdup(info.message_id));
    compose_set(&self->references, g_strdup(info.message_id));
    self->disposition = report_of(letter, reader, info.message_id);
    return compose_build(self, bytes_out, &sender, recipients_out, error);
}

/* --- once --- */

static GArray *placement_ids(store *db, int64_t message_id)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(sqlite3_stmt) row =
        store_select(db, NULL, "SELECT id FROM placements WHERE message_id = ? LIMIT ?", NUM(message_id), NUM(COPIES_MAX));
    while (row != NULL && store_step(db, row, NULL)) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(ids, id);
    }
    return ids;
}

/* All places of the message in its account: whoever sees one of them must know. Of int64_t; *is_told_out: one of them knows already. */
static GArray *places_of(store *db, const struct placement *place, bool *is_told_out)
{
    GArray *places = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GArray) ids = placement_ids(db, place->message_id);
    *is_told_out = receipt_is_told(place->keywords);
    g_array_append_val(places, place->id);
    for (guint i = 0; ids != NULL && i < ids->len; i++) {
        g_autoptr(placement) each = store_placement(db, g_array_index(ids, int64_t, i), NULL);
        if (each == NULL || each->account_id != place->account_id || each->id == place->id)
            continue;
        *is_told_out |= receipt_is_told(each->keywords);
        g_array_append_val(places, each->id);
    }
    return places;
}

static int64_t submit(store *db, const char *account_key, int64_t placement_id, GBytes *bytes, const char *const *recipients,
                      GError **error)
{
    bool is_told = false;
    gsize size = 0;
    const void *data = g_bytes_get_data(bytes, &size);
    g_autoptr(placement) place = store_placement(db, placement_id, error);
    if (place == NULL)
        return 0;
    g_autoptr(GArray) places = places_of(db, place, &is_told);
    if (is_told) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OTHER,
                            _("That was told already, here or by another program. Nothing was sent."));
        return 0;
    }
    const struct outbox_letter mail = {
        .account_key = account_key, .bytes = data, .size = size, .sender = "", .recipients = recipients, .reply_to_placement = placement_id
    };
    if (!intent_keywords_quietly(db, (const int64_t *)(const void *)places->data, places->len, RECEIPT_KEYWORD, NULL, error))
        return 0;
    return outbox_submit_letter(db, &mail, error);
}

int64_t receipt_submit(store *db, const char *account_key, int64_t placement_id, GBytes *bytes, const char *const *recipients,
                       GError **error)
{
    if (!store_begin_durable(db, error))
        return 0;
    int64_t id = submit(db, account_key, placement_id, bytes, recipients, error);
    return store_end(db, id != 0, error) ? id : 0;
}

bool receipt_is_refused(store *db, int64_t placement_id)
{
    int64_t found = 0;
    return store_number(db, &found, NULL,
                        "SELECT EXISTS(SELECT 1 FROM outbox o JOIN placements p ON p.id = o.reply_to_placement WHERE o.state = ?"
                        " AND o.sender = '' AND p.message_id = (SELECT message_id FROM placements WHERE id = ?))",
                        NUM(OUTBOX_FAILED), NUM(placement_id)) &&
           found != 0;
}
