/* SPDX-License-Identifier: MIT */
/* What a new message begins with: to whom an answer goes, what is quoted, what is taken along. compose_build.c makes bytes of it. */
#include "core/compose.h"
#include "config/paths.h"
#include "core/compose_private.h"
#include "core/store_message.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define SIGNATURE_BYTES_MAX (16u * 1024u)
#define REFERENCES_MAX      30 /* ids kept: the first and the latest (RFC 5322 3.6.4 lets us cut) */
#define QUOTE_BYTES_MAX     (512u * 1024u)
#define QUOTE_COLUMNS       76
#define MANY_RECIPIENTS     20

/* --- life --- */
static void attachment_free(void *data)
{
    struct compose_attachment *attachment = data;
    g_free(attachment->path);
    g_free(attachment->name);
    g_free(attachment->type);
    if (attachment->bytes != NULL)
        g_bytes_unref(attachment->bytes);
    g_free(attachment);
}

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
    g_free(self->message_id);
    g_ptr_array_unref(self->attachments);
    g_free(self);
}

static char *own_address(const struct account *from)
{
    if (from->from_name == NULL || *from->from_name == '\0')
        return g_strdup(from->from_address != NULL ? from->from_address : "");
    return compose_mailbox(from->from_name, from->from_address);
}

struct draft *draft_new(const struct account *from)
{
    struct draft *self = g_new0(struct draft, 1);
    self->account_id = g_strdup(from->id);
    self->from = own_address(from);
    self->to = g_strdup("");
    self->cc = g_strdup("");
    self->bcc = g_strdup("");
    self->reply_to = g_strdup("");
    self->subject = g_strdup("");
    self->body = g_strdup("");
    self->in_reply_to = g_strdup("");
    self->references = g_strdup("");
    self->attachments = g_ptr_array_new_with_free_func(attachment_free);
    return self;
}

static void set(char **field, char *value /* taken */)
{
    g_free(*field);
    *field = value;
}

/* --- addresses --- */
/* Ada Lovelace <ada@x>, quoted where a comma or the like demands it. */
char *compose_mailbox(const char *name, const char *address)
{
    if (name == NULL || *name == '\0')
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

static bool is_same_address(const char *a, const char *b)
{
    return a != NULL && b != NULL && g_ascii_strcasecmp(a, b) == 0;
}

/* The bare address of "Name <addr>". Caller frees. */
static char *bare_address(const char *text)
{
    g_autoptr(GPtrArray) parsed = message_parse_addresses(text, NULL);
    if (parsed == NULL || parsed->len == 0)
        return g_strdup(text);
    return g_strdup(((struct message_address *)parsed->pdata[0])->address);
}

/* The identity of ours that this address is, as it is to be shown; NULL: somebody else. Caller frees. */
static char *identity_of(const struct account *from, const char *address)
{
    if (is_same_address(from->from_address, address))
        return own_address(from);
    for (char **alias = from->aliases; alias != NULL && *alias != NULL; alias++) {
        g_autofree char *bare = bare_address(*alias);
        if (is_same_address(bare, address))
            return strchr(*alias, '<') != NULL ? g_strdup(*alias) : compose_mailbox(from->from_name, bare);
    }
    return NULL;
}

static bool is_ours(const struct account *from, const char *address)
{
    g_autofree char *identity = identity_of(from, address);
    return identity != NULL;
}

/* Adds header's addresses to field, each once, leaving out those in except (may be NULL) and our own. */
static void add_addresses(const struct account *from, const message *original, const char *header, GString *field, GHashTable *seen,
                          bool with_own)
{
    g_autoptr(GPtrArray) addresses = message_addresses(original, header);
    for (guint i = 0; addresses != NULL && i < addresses->len; i++) {
        const struct message_address *one = addresses->pdata[i];
        if (one->address == NULL || *one->address == '\0' || (!with_own && is_ours(from, one->address)))
            continue;
        if (!g_hash_table_add(seen, g_ascii_strdown(one->address, -1)))
            continue;
        g_autofree char *mailbox = compose_mailbox(one->name, one->address);
        g_string_append_printf(field, "%s%s", field->len > 0 ? ", " : "", mailbox);
    }
}

static bool is_from_us(const struct account *from, const message *original)
{
    g_autoptr(GPtrArray) addresses = message_addresses(original, "From");
    return addresses != NULL && addresses->len > 0 && is_ours(from, ((struct message_address *)addresses->pdata[0])->address);
}

/* Whoever the message was written to answers: the alias that was addressed, not always the main address. */
static void choose_identity(struct draft *self, const struct account *from, const message *original)
{
    static const char *const headers[] = { "To", "Cc", "Delivered-To", "X-Original-To" };
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        g_autoptr(GPtrArray) addresses = message_addresses(original, headers[i]);
        for (guint k = 0; addresses != NULL && k < addresses->len; k++) {
            char *identity = identity_of(from, ((struct message_address *)addresses->pdata[k])->address);
            if (identity == NULL)
                continue;
            set(&self->from, identity);
            return;
        }
    }
}

static void address_reply(struct draft *self, const struct account *from, const message *original, bool is_to_all)
{
    g_autoptr(GString) to = g_string_new(NULL), cc = g_string_new(NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (is_from_us(from, original)) /* an answer to one's own mail goes to whom that went */
        add_addresses(from, original, "To", to, seen, false);
    else
        add_addresses(from, original, message_header(original, "Reply-To") != NULL ? "Reply-To" : "From", to, seen, true);
    if (to->len == 0)
        add_addresses(from, original, "From", to, seen, true);
    if (is_to_all) {
        add_addresses(from, original, "To", cc, seen, false);
        add_addresses(from, original, "Cc", cc, seen, false);
    }
    set(&self->to, g_strdup(to->str));
    set(&self->cc, g_strdup(cc->str));
}

/* List-Post: <mailto:list@example.test> (RFC 2369) */
static bool address_list(struct draft *self, const message *original, GError **error)
{
    const char *post = message_header(original, "List-Post");
    const char *begin = post != NULL ? strstr(post, "<mailto:") : NULL;
    if (begin == NULL) {
        g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("This message did not come from a mailing list one can write to."));
        return false;
    }
    begin += strlen("<mailto:");
    g_autofree char *address = g_strndup(begin, strcspn(begin, ">?"));
    char *plain = g_uri_unescape_string(address, NULL);
    set(&self->to, plain != NULL ? plain : g_strdup(""));
    return true;
}

/* --- subject and threading --- */
static const char *without_prefix(const char *subject)
{
    static const char *const prefixes[] = { "re:", "aw:", "sv:", "antw:", "wg:", "fwd:", "fw:", "tr:", "odp:", "vs:" };
    for (bool is_found = true; is_found;) {
        is_found = false;
        while (*subject == ' ')
            subject++;
        for (size_t i = 0; i < G_N_ELEMENTS(prefixes) && !is_found; i++) {
            is_found = g_ascii_strncasecmp(subject, prefixes[i], strlen(prefixes[i])) == 0;
            subject += is_found ? strlen(prefixes[i]) : 0;
        }
    }
    return subject;
}

static void set_subject(struct draft *self, const message *original, const char *prefix)
{
    const char *subject = message_header(original, "Subject");
    set(&self->subject, g_strconcat(prefix, without_prefix(subject != NULL ? subject : ""), NULL));
}

static char *references_cut(const char *references, const char *message_id)
{
    g_autofree char *whole = g_strconcat(references != NULL ? references : "", " ", message_id, NULL);
    g_auto(GStrv) ids = g_strsplit(g_strstrip(whole), " ", -1);
    guint count = g_strv_length(ids);
    g_autoptr(GString) kept = g_string_new(NULL);
    for (guint i = 0; i < count; i++) {
        bool is_kept = *ids[i] != '\0' && (i == 0 || count - i < REFERENCES_MAX);
        if (is_kept)
            g_string_append_printf(kept, "%s%s", kept->len > 0 ? " " : "", ids[i]);
    }
    return g_strdup(kept->str);
}

static void set_thread(struct draft *self, const message *original)
{
    struct message_info info = { 0 };
    message_info(original, &info);
    if (info.message_id == NULL || *info.message_id == '\0')
        return;
    set(&self->in_reply_to, g_strdup(info.message_id));
    const char *before = info.references != NULL && *info.references != '\0' ? info.references : info.in_reply_to;
    set(&self->references, references_cut(before, info.message_id));
}

/* --- text --- */
static char *signature_text(const struct account *from)
{
    g_autofree char *path = from->signature_file != NULL ? paths_expand(from->signature_file) : NULL;
    g_autofree char *bytes = NULL;
    gsize length = 0;
    if (path == NULL || !g_file_get_contents(path, &bytes, &length, NULL) || length == 0)
        return g_strdup("");
    g_autofree char *text = g_utf8_make_valid(bytes, (gssize)MIN(length, SIGNATURE_BYTES_MAX));
    g_strchomp(text);
    bool has_mark = g_str_has_prefix(text, "-- \n");
    return g_strconcat("\n", has_mark ? "" : "-- \n", text, "\n", NULL);
}

/* The text of the original, without its signature. */
static char *quotable_text(const message *original)
{
    g_autoptr(text) shown = message_text(original, MESSAGE_VIEW_BEST);
    char *plain = shown != NULL ? text_plain(shown) : NULL;
    if (plain == NULL)
        return g_strdup("");
    char *signature = g_str_has_prefix(plain, "-- \n") ? plain : strstr(plain, "\n-- \n");
    if (signature != NULL)
        *signature = '\0';
    if (strlen(plain) > QUOTE_BYTES_MAX) {
        plain[QUOTE_BYTES_MAX] = '\0';
        char *valid = g_utf8_make_valid(plain, -1);
        g_free(plain);
        plain = valid;
    }
    return g_strchomp(plain);
}

/* Where to break a line that is too long: bytes of its first part; the whole where it fits. */
static size_t break_at(const char *line)
{
    size_t columns = 0, space = 0;
    const char *c = line;
    for (; *c != '\0' && columns <= QUOTE_COLUMNS; c = g_utf8_next_char(c)) {
        if (*c == ' ' && c > line)
            space = (size_t)(c - line);
        columns += g_unichar_iswide(g_utf8_get_char(c)) ? 2 : 1;
    }
    return *c == '\0' || space == 0 ? strlen(line) : space;
}

static void append_quoted(GString *body, const char *line)
{
    if (*line == '>') { /* quoted before: never broken, the marks would be lost */
        g_string_append_printf(body, ">%s\n", line);
        return;
    }
    do {
        size_t length = break_at(line);
        g_string_append(body, length > 0 ? "> " : ">");
        g_string_append_len(body, line, (gssize)length);
        g_string_append_c(body, '\n');
        line += length;
        while (*line == ' ')
            line++;
    } while (*line != '\0');
}

static char *quote(const char *plain)
{
    g_autoptr(GString) body = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(plain, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_strchomp(*line);
        append_quoted(body, *line);
    }
    return g_strdup(body->str);
}

/* "On %d, %n wrote:": %n name, %a address, %d the date; the rest as strftime. */
static char *attribution_line(const message *original, const char *format)
{
    struct message_info info = { 0 };
    message_info(original, &info);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(info.date_utc);
    g_autoptr(GDateTime) local = utc != NULL ? g_date_time_to_local(utc) : NULL;
    const char *name = info.from_name != NULL && *info.from_name != '\0' ? info.from_name : info.from_address;
    g_autoptr(GString) line = g_string_new(NULL);
    for (const char *c = format; *c != '\0'; c++) {
        char code[3] = { '%', c[0] == '%' ? c[1] : '\0', '\0' };
        if (c[0] != '%' || c[1] == '\0') {
            g_string_append_c(line, *c);
            continue;
        }
        c++;
        g_autofree char *date = local != NULL ? g_date_time_format(local, *c == 'd' ? "%a, %e %b %Y %H:%M" : code) : NULL;
        g_string_append(line, *c == 'n'      ? (name != NULL ? name : "")
                              : *c == 'a'    ? (info.from_address != NULL ? info.from_address : "")
                              : date != NULL ? date
                                             : "");
    }
    return g_strdup(line->str);
}

static void set_reply_body(struct draft *self, const struct account *from, const message *original, const char *attribution)
{
    g_autofree char *plain = quotable_text(original), *quoted = quote(plain), *signature = signature_text(from);
    g_autofree char *line = attribution_line(original, attribution != NULL ? attribution : _("On %d, %n wrote:"));
    set(&self->body, g_strconcat(line, "\n", quoted, "\n", signature, NULL));
}

static void set_forward_body(struct draft *self, const struct account *from, const message *original)
{
    static const char *const headers[] = { "From", "Date", "Subject", "To", "Cc" };
    g_autofree char *signature = signature_text(from);
    g_autoptr(text) shown = message_text(original, MESSAGE_VIEW_BEST);
    g_autofree char *plain = shown != NULL ? text_plain(shown) : g_strdup("");
    g_autoptr(GString) body = g_string_new("\n");
    g_string_append_printf(body, "%s\n", _("---------- Forwarded message ----------"));
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        const char *value = message_header(original, headers[i]);
        if (value != NULL && *value != '\0')
            g_string_append_printf(body, "%s: %s\n", headers[i], value);
    }
    g_string_append_printf(body, "\n%s\n%s", plain, signature);
    set(&self->body, g_strdup(body->str));
}

/* --- attachments --- */
static void attach_bytes(struct draft *self, const char *name, const char *type, GBytes *bytes /* taken */)
{
    struct compose_attachment *attachment = g_new0(struct compose_attachment, 1);
    attachment->name = g_strdup(name);
    attachment->type = g_strdup(type);
    attachment->bytes = bytes;
    g_ptr_array_add(self->attachments, attachment);
}

/* What is not here yet cannot be taken along: that is said, not left out silently. */
static bool take_attachments(struct draft *self, const message *original, GError **error)
{
    const GPtrArray *parts = message_parts(original);
    for (guint i = 0; parts != NULL && i < parts->len; i++) {
        const struct message_part *part = parts->pdata[i];
        char *bytes = NULL;
        size_t size = 0;
        if (!part->is_attachment)
            continue;
        if (!part->is_here) {
            g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART,
                        _("The attachment %s is still on the server. Open it once, then try again."),
                        part->filename != NULL ? part->filename : part->type);
            return false;
        }
        if (!message_part_bytes(original, i, &bytes, &size, error))
            return false;
        attach_bytes(self, part->filename != NULL ? part->filename : _("attachment"), part->type, g_bytes_new_take(bytes, size));
    }
    return true;
}

static void attach_original(struct draft *self, const message *original)
{
    const char *subject = message_header(original, "Subject");
    g_autofree char *name = g_strdup_printf("%s.eml", subject != NULL && *subject != '\0' ? subject : _("message"));
    g_strdelimit(name, "/\\:", '-');
    attach_bytes(self, name, "message/rfc822", message_raw(original));
}

bool draft_attach(struct draft *self, const char *path, GError **error)
{
    g_autofree char *whole = paths_expand(path);
    if (g_file_test(whole, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_READ, _("%s is a directory. Only files can be attached."), path);
        return false;
    }
    g_autofree char *bytes = NULL;
    gsize size = 0;
    if (!g_file_get_contents(whole, &bytes, &size, error)) /* now, so that a wrong name is told now */
        return false;
    struct compose_attachment *attachment = g_new0(struct compose_attachment, 1);
    attachment->path = g_steal_pointer(&whole);
    attachment->name = g_path_get_basename(attachment->path);
    attachment->type = compose_guess_type(attachment->name, bytes, size);
    g_ptr_array_add(self->attachments, attachment);
    return true;
}

/* --- the kinds --- */
static char *header_copy(const message *original, const char *name)
{
    const char *value = message_header(original, name);
    return g_strdup(value != NULL ? value : "");
}

static bool start_edit(struct draft *self, const message *original, GError **error)
{
    struct message_info info = { 0 };
    message_info(original, &info);
    g_autoptr(text) shown = message_text(original, MESSAGE_VIEW_BEST);
    if (message_header(original, "From") != NULL)
        set(&self->from, header_copy(original, "From"));
    set(&self->to, header_copy(original, "To"));
    set(&self->cc, header_copy(original, "Cc"));
    set(&self->bcc, header_copy(original, "Bcc"));
    set(&self->reply_to, header_copy(original, "Reply-To"));
    set(&self->subject, header_copy(original, "Subject"));
    set(&self->in_reply_to, g_strdup(info.in_reply_to != NULL ? info.in_reply_to : ""));
    set(&self->references, g_strdup(info.references != NULL ? info.references : ""));
    set(&self->body, shown != NULL ? text_plain(shown) : g_strdup(""));
    compose_read_reply_mark(self, message_header(original, COMPOSE_REPLY_HEADER));
    return take_attachments(self, original, error);
}

static bool start_from(struct draft *self, enum compose_kind kind, const struct account *from, const message *original,
                       const char *attribution, GError **error)
{
    switch (kind) {
    case COMPOSE_NEW:
        return true;
    case COMPOSE_REPLY:
    case COMPOSE_REPLY_ALL:
    case COMPOSE_REPLY_LIST:
        self->reply_flag = MESSAGE_ANSWERED;
        choose_identity(self, from, original);
        set_subject(self, original, "Re: ");
        set_thread(self, original);
        set_reply_body(self, from, original, attribution);
        if (kind == COMPOSE_REPLY_LIST)
            return address_list(self, original, error);
        address_reply(self, from, original, kind == COMPOSE_REPLY_ALL);
        return true;
    case COMPOSE_FORWARD:
    case COMPOSE_FORWARD_ATTACHED:
        self->reply_flag = MESSAGE_FORWARDED;
        choose_identity(self, from, original);
        set_subject(self, original, "Fwd: ");
        if (kind == COMPOSE_FORWARD) {
            set_forward_body(self, from, original);
            return take_attachments(self, original, error);
        }
        attach_original(self, original);
        set(&self->body, signature_text(from));
        return true;
    case COMPOSE_EDIT:
        return start_edit(self, original, error);
    }
    return true;
}

struct draft *compose_start(enum compose_kind kind, const struct account *from, const message *original, const char *attribution,
                            GError **error)
{
    g_autoptr(draft) self = draft_new(from);
    if (kind == COMPOSE_NEW || original == NULL)
        set(&self->body, signature_text(from));
    else if (!start_from(self, kind, from, original, attribution, error))
        return NULL;
    return g_steal_pointer(&self);
}

/* --- mailto: --- */
/* Percent-decoded; controls become spaces, in a body line breaks stay. */
static char *mailto_decode(const char *text, size_t length, bool is_body)
{
    g_autofree char *raw = g_strndup(text, length);
    g_autofree char *bytes = g_uri_unescape_string(raw, NULL);
    g_autofree char *valid = g_utf8_make_valid(bytes != NULL ? bytes : "", -1);
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
    set(field, **field != '\0' && *value != '\0' ? g_strconcat(*field, ", ", value, NULL)
               : **field != '\0'                 ? g_strdup(*field)
                                                 : g_strdup(value));
    g_free(value);
}

static void take_mailto_field(struct draft *self, const char *field)
{
    const char *equals = strchr(field, '=');
    if (equals == NULL)
        return;
    g_autofree char *name = g_ascii_strdown(field, equals - field);
    bool is_body = strcmp(name, "body") == 0;
    g_autofree char *value = mailto_decode(equals + 1, strlen(equals + 1), is_body);
    if (is_body)
        set(&self->body, g_strconcat(value, "\n", self->body, NULL));
    else if (strcmp(name, "subject") == 0)
        set(&self->subject, g_steal_pointer(&value));
    else if (strcmp(name, "to") == 0)
        add_to_field(&self->to, g_steal_pointer(&value));
    else if (strcmp(name, "cc") == 0)
        add_to_field(&self->cc, g_steal_pointer(&value));
    else if (strcmp(name, "bcc") == 0)
        add_to_field(&self->bcc, g_steal_pointer(&value));
    else if (strcmp(name, "in-reply-to") == 0)
        set(&self->in_reply_to, g_strdup(g_strdelimit(value, "<> ", ' ')));
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
    set(&self->to, mailto_decode(address, question != NULL ? (size_t)(question - address) : strlen(address), false));
    g_auto(GStrv) fields = g_strsplit(question != NULL ? question + 1 : "", "&", 100);
    for (char **field = fields; *field != NULL; field++)
        take_mailto_field(self, *field);
    g_strstrip(self->in_reply_to);
    return g_steal_pointer(&self);
}

/* --- a careful friend --- */
static bool mentions_attachment(const char *body)
{
    static const char *const words[] = { "attach",     "enclosed", "anbei",        "anhang", "angehängt",
                                         "angehaengt", "ci-joint", "pièce jointe", "adjunt", "allegat" };
    g_auto(GStrv) lines = g_strsplit(body, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (**line == '>' || strcmp(*line, "-- ") == 0) /* what others wrote does not count */
            continue;
        g_autofree char *folded = g_utf8_casefold(*line, -1);
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
            if (strstr(folded, words[i]) != NULL)
                return true;
        }
    }
    return false;
}

static guint address_count(const char *field)
{
    g_autoptr(GPtrArray) parsed = message_parse_addresses(field, NULL);
    return parsed != NULL ? parsed->len : 0;
}

GPtrArray *compose_warnings(const struct draft *self)
{
    GPtrArray *warnings = g_ptr_array_new_with_free_func(g_free);
    guint count = address_count(self->to) + address_count(self->cc) + address_count(self->bcc);
    if (*self->subject == '\0')
        g_ptr_array_add(warnings, g_strdup(_("The message has no subject.")));
    if (self->attachments->len == 0 && mentions_attachment(self->body))
        g_ptr_array_add(warnings, g_strdup(_("The text speaks of an attachment, but nothing is attached.")));
    if (count > MANY_RECIPIENTS)
        g_ptr_array_add(warnings,
                        g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "It goes to %u person.", "It goes to %u people.", count), count));
    return warnings;
}
