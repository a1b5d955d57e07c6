/* SPDX-License-Identifier: MIT */
/* What a message begins with, by kind. compose_answer.c knows to whom it goes, compose_quote.c the text, compose_attach.c what is taken along;
 * compose_build.c makes bytes of it. */
#include "core/compose.h"
#include "core/compose_private.h"
#include "core/header_fields.h"
#include "core/outbox_return.h"
#include "core/store_message.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* --- life --- */
void draft_free(struct draft *self)
{
    if (self == NULL)
        return;
    g_free(self->account_id);
    g_free(self->from);
    g_free(self->to);
    g_free(self->cc);
    g_free(self->bcc);
    g_free(self->reply_to);
    g_free(self->subject);
    g_free(self->body);
    g_free(self->in_reply_to);
    g_free(self->references);
    g_strfreev(self->not_sent);
    g_free(self->message_id);
    g_free(self->reply_to_id);
    g_free(self->addressed);
    g_free(self->charset);
    g_free(self->extra_headers);
    g_free(self->calendar);
    g_free(self->disposition);
    g_ptr_array_unref(self->attachments);
    g_free(self);
}

struct draft *draft_copy(const struct draft *from)
{
    struct draft *self = g_new(struct draft, 1);
    *self = *from; /* numbers and switches */
    char **const texts[] = { &self->account_id,  &self->from,         &self->to,        &self->cc,          &self->bcc,
                             &self->reply_to,    &self->subject,      &self->body,      &self->in_reply_to, &self->references,
                             &self->reply_to_id, &self->message_id,   &self->addressed, &self->charset,     &self->calendar,
                             &self->disposition, &self->extra_headers };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup(*texts[i]);
    self->not_sent = g_strdupv(from->not_sent);
    self->attachments = g_ptr_array_new_with_free_func(compose_attachment_free);
    for (guint i = 0; i < from->attachments->len; i++)
        g_ptr_array_add(self->attachments, compose_attachment_copy(g_ptr_array_index(from->attachments, i)));
    return self;
}

char *compose_own_address(const struct account *from)
{
    if (from->from_name == NULL || *from->from_name == '\0')
        return g_strdup(from->from_address != NULL ? from->from_address : "");
    return compose_mailbox(from->from_name, from->from_address);
}

struct draft *draft_new(const struct account *from)
{
    struct draft *self = g_new0(struct draft, 1);
    self->account_id = g_strdup(from->id);
    self->from = compose_own_address(from);
    self->to = g_strdup("");
    self->cc = g_strdup("");
    self->bcc = g_strdup("");
    self->reply_to = g_strdup("");
    self->subject = g_strdup("");
    self->body = g_strdup("");
    self->in_reply_to = g_strdup("");
    self->references = g_strdup("");
    self->attachments = g_ptr_array_new_with_free_func(compose_attachment_free);
    self->is_signed = from->sign == ACCOUNT_SIGN_ALWAYS;
    self->is_encrypted = from->encrypt == ACCOUNT_ENCRYPT_ALWAYS;
    self->encrypts_if_possible = from->encrypt == ACCOUNT_ENCRYPT_IF_POSSIBLE;
    self->is_smime = from->seal == ACCOUNT_SEAL_SMIME;
    return self;
}

void compose_set(char **field, char *value /* taken */)
{
    g_free(*field);
    *field = value;
}

/* A name that was folded over two header lines has a line break in it. Caller frees. */
static char *one_line(const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text != NULL ? text : "", " \t\r\n", -1);
    g_autoptr(GString) line = g_string_new(NULL);
    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0')
            g_string_append_printf(line, "%s%s", line->len > 0 ? " " : "", *word);
    }
    return g_strdup(line->str);
}

/* Ada Lovelace <ada@x>, quoted where a comma or the like demands it. */
char *compose_mailbox(const char *raw_name, const char *address)
{
    g_autofree char *name = one_line(raw_name);
    if (*name == '\0')
        return g_strdup(address != NULL ? address : "");
    if (strpbrk(name, "()<>@,;:\\\".[]") == NULL)
        return g_strdup_printf("%s <%s>", name, address);
    g_autoptr(GString) quoted = g_string_new(NULL);
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_c(quoted, '\\');
        g_string_append_c(quoted, *c);
    }
    return g_strdup_printf("\"%s\" <%s>", quoted->str, address);
}

/* --- the kinds --- */
static char *header_copy(const message *original, const char *name)
{
    const char *value = message_header(original, name);
    return g_strdup(value != NULL ? value : "");
}

/* The people of a header as a person would type them: the decoded header alone does not say whose name a comma is in. */
static char *field_copy(const message *original, const char *name)
{
    g_autoptr(GPtrArray) people = message_addresses(original, name);
    g_autoptr(GString) field = g_string_new(NULL);
    for (guint i = 0; people != NULL && i < people->len; i++) {
        const struct message_address *one = people->pdata[i];
        g_autofree char *mailbox = compose_mailbox(one->name, one->address);
        g_string_append_printf(field, "%s%s", i > 0 ? ", " : "", mailbox);
    }
    g_autofree char *unfinished = g_strconcat(COMPOSE_UNFINISHED_PREFIX, name, NULL);
    return field->len > 0 ? g_strdup(field->str) : header_copy(original, unfinished);
}

/* Of a message that came back from the outbox. */
static char **reasons_of(const message *original)
{
    g_autoptr(GBytes) raw = message_raw(original);
    gsize size = 0;
    const char *bytes = g_bytes_get_data(raw, &size), *rest = NULL;
    g_autoptr(GPtrArray) reasons = g_ptr_array_new();
    g_autoptr(GArray) fields = header_fields_split(bytes != NULL ? bytes : "", size, &rest);
    for (guint i = 0; i < fields->len; i++) {
        const struct header_field *field = &g_array_index(fields, struct header_field, i);
        g_autofree char *value = header_field_is(field, OUTBOX_REASON_FIELD) ? header_field_value(field) : NULL;
        if (value != NULL)
            g_ptr_array_add(reasons, g_utf8_make_valid(value, -1));
    }
    if (reasons->len == 0)
        return NULL;
    g_ptr_array_add(reasons, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&reasons), FALSE);
}

static bool start_edit(struct draft *self, const struct account *from, const message *original, enum compose_kind kind, GError **error)
{
    bool is_same = kind != COMPOSE_EDIT, is_ours = message_header(original, COMPOSE_DRAFT_HEADER) != NULL;
    struct message_info info = { 0 };
    message_info(original, &info);
    char *body = message_plain(original);
    g_autoptr(text) shown = body == NULL ? message_text(original, MESSAGE_VIEW_BEST) : NULL;
    g_autofree char *sender = is_same || is_ours ? field_copy(original, "From") : g_strdup("");
    if (*sender != '\0' || is_ours)
        compose_set(&self->from, g_steal_pointer(&sender));
    else
        compose_choose_identity(self, from, original); /* what somebody else wrote is not sent in their name */
    compose_set(&self->to, field_copy(original, "To"));
    compose_set(&self->cc, field_copy(original, "Cc"));
    compose_set(&self->bcc, field_copy(original, "Bcc"));
    compose_set(&self->reply_to, field_copy(original, "Reply-To"));
    compose_set(&self->subject, header_copy(original, "Subject"));
    compose_set(&self->in_reply_to, g_strdup(info.in_reply_to != NULL ? info.in_reply_to : ""));
    compose_set(&self->references, g_strdup(info.references != NULL ? info.references : ""));
    compose_set(&self->body, body != NULL ? body : shown != NULL ? text_plain(shown) : g_strdup(""));
    compose_read_reply_mark(self, message_header(original, COMPOSE_REPLY_HEADER));
    self->not_sent = is_same ? reasons_of(original) : NULL;
    if (kind == COMPOSE_RESUME || is_ours)
        compose_read_options(self, original);
    self->asks_report = is_same && message_header(original, COMPOSE_REPORT_HEADER) != NULL;
    if (is_same || is_ours)
        compose_take_foreign(self, original);
    return compose_take_attachments(self, original, error);
}

static bool start_from(struct draft *self, enum compose_kind kind, const struct account *from, message *original, const char *attribution,
                       GError **error)
{
    switch (kind) {
    case COMPOSE_NEW:
        return true;
    case COMPOSE_REPLY:
    case COMPOSE_REPLY_ALL:
    case COMPOSE_REPLY_LIST:
        self->reply_flag = MESSAGE_ANSWERED;
        compose_choose_identity(self, from, original);
        compose_quote_reply(self, from, original, attribution);
        return compose_address_answer(self, kind, from, original, error);
    case COMPOSE_FORWARD:
    case COMPOSE_FORWARD_ATTACHED:
        self->reply_flag = MESSAGE_FORWARDED;
        compose_choose_identity(self, from, original);
        compose_name_forward(self, original);
        if (kind == COMPOSE_FORWARD) {
            compose_quote_forward(self, from, original);
            return compose_take_attachments(self, original, error);
        }
        compose_attach_original(self, original);
        compose_set(&self->body, compose_signature(from, self->from));
        return true;
    case COMPOSE_EDIT:
    case COMPOSE_RESUME:
    case COMPOSE_DRAFT:
        return start_edit(self, from, original, kind, error);
    }
    return true;
}

/* In the way in which it came: the sender can read that, and what was signed brought their key along. Where an account signs or encrypts by itself, its own
 * way counts, unless what came was opened: then there is a key of that kind. */
static void choose_crypto(struct draft *self, const message *original)
{
    enum message_crypto came_by = message_crypto(original);
    bool has_own_way = (self->is_signed || self->is_encrypted || self->encrypts_if_possible) && !message_is_decrypted(original);
    if (came_by != MESSAGE_CRYPTO_NONE && !has_own_way)
        self->is_smime = came_by == MESSAGE_CRYPTO_SMIME;
}

struct draft *compose_start(enum compose_kind kind, const struct account *from, message *original, const char *attribution, GError **error)
{
    g_autoptr(draft) self = draft_new(from);
    if (kind == COMPOSE_NEW || original == NULL)
        compose_set(&self->body, compose_signature(from, self->from));
    else if (!start_from(self, kind, from, original, attribution, error))
        return NULL;
    if (original != NULL && self->reply_flag == MESSAGE_ANSWERED)
        choose_crypto(self, original);
    bool was_secret = original != NULL && message_is_decrypted(original);
    self->is_encrypted |= was_secret; /* what came encrypted is not answered in clear text */
    if (kind != COMPOSE_RESUME && kind != COMPOSE_EDIT && kind != COMPOSE_DRAFT)
        compose_set_reply_to(self, from);
    if (self->reply_flag != 0 && self->reply_to_id == NULL) {
        struct message_info info = { 0 };
        message_info(original, &info);
        self->reply_to_id = g_strdup(info.message_id);
    }
    return g_steal_pointer(&self);
}

/* --- mailto: --- */
/* A sign that begins no escape stands for itself: pages write "100% sure". */
static char *percent_decode(const char *text, size_t length)
{
    g_autoptr(GString) plain = g_string_new(NULL);
    for (size_t i = 0; i < length; i++) {
        int high = text[i] == '%' && i + 2 < length ? g_ascii_xdigit_value(text[i + 1]) : -1;
        int low = high >= 0 ? g_ascii_xdigit_value(text[i + 2]) : -1;
        bool is_escape = low >= 0 && high * 16 + low != 0;
        g_string_append_c(plain, is_escape ? (char)(high * 16 + low) : text[i]);
        i += is_escape ? 2 : 0;
    }
    return g_strdup(plain->str);
}

/* Percent-decoded; controls become spaces, in a body line breaks stay. */
static char *mailto_decode(const char *text, size_t length, bool is_body)
{
    g_autofree char *bytes = percent_decode(text, length);
    g_autofree char *valid = g_utf8_make_valid(bytes, -1);
    g_autoptr(GString) clean = g_string_new(NULL);
    for (const char *c = valid; *c != '\0'; c++) {
        if (is_body && *c == '\n')
            g_string_append_c(clean, '\n');
        else if (*c == '\r' && c[1] == '\n')
            continue;
        else
            g_string_append_c(clean, g_ascii_iscntrl(*c) && !(is_body && *c == '\t') ? ' ' : *c);
    }
    return g_strdup(clean->str);
}

static void add_to_field(char **field, char *value /* taken */)
{
    compose_set(field, **field != '\0' && *value != '\0' ? g_strconcat(*field, ", ", value, NULL)
                       : **field != '\0'                 ? g_strdup(*field)
                                                         : g_strdup(value));
    g_free(value);
}

static void take_mailto_field(struct draft *self, const char *field)
{
    field += g_ascii_strncasecmp(field, "amp;", 4) == 0 ? 4 : 0; /* out of the source of a page */
    const char *equals = strchr(field, '=');
    if (equals == NULL)
        return;
    g_autofree char *name = g_ascii_strdown(field, equals - field);
    bool is_body = strcmp(name, "body") == 0;
    g_autofree char *value = mailto_decode(equals + 1, strlen(equals + 1), is_body);
    if (is_body)
        compose_set(&self->body, g_strconcat(value, "\n", self->body, NULL));
    else if (strcmp(name, "subject") == 0)
        compose_set(&self->subject, g_steal_pointer(&value));
    else if (strcmp(name, "to") == 0)
        add_to_field(&self->to, g_steal_pointer(&value));
    else if (strcmp(name, "cc") == 0)
        add_to_field(&self->cc, g_steal_pointer(&value));
    else if (strcmp(name, "bcc") == 0)
        add_to_field(&self->bcc, g_steal_pointer(&value));
    else if (strcmp(name, "in-reply-to") == 0)
        compose_set(&self->in_reply_to, g_strdup(g_strdelimit(value, "<> ", ' ')));
    /* attach, from and whatever else a page would like to set: not its business */
}

struct draft *compose_from_mailto(const struct account *from, const char *url, GError **error)
{
    if (g_ascii_strncasecmp(url, "mailto:", 7) != 0) {
        g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_READ, _("%s is not a mailto: address."), url);
        return NULL;
    }
    g_autoptr(draft) self = compose_start(COMPOSE_NEW, from, NULL, NULL, error);
    if (self == NULL)
        return NULL;
    const char *address = url + 7, *question = strchr(address, '?');
    address += strncmp(address, "//", 2) == 0 ? 2 : 0; /* as if it were a page's address */
    compose_set(&self->to, mailto_decode(address, question != NULL ? (size_t)(question - address) : strlen(address), false));
    g_auto(GStrv) fields = g_strsplit(question != NULL ? question + 1 : "", "&", 100);
    for (char **field = fields; *field != NULL; field++)
        take_mailto_field(self, *field);
    g_strstrip(self->in_reply_to);
    return g_steal_pointer(&self);
}
