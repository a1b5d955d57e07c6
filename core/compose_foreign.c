/* SPDX-License-Identifier: MIT */
/* What a draft of another program carries beside the fields of the screen. What somebody may have meant goes on with it, in its order; what only that
 * program keeps its own books with does not: sent out, it would be wrong, or would tell strangers of one's folders. */
#include "core/compose_private.h"
#include "core/header_fields.h"
#include "core/message_private.h"
#include <string.h>

#define EXTRA_BYTES_MAX (64u * 1024u)

/* --- bookkeeping --- */
static const char *const own_books[] = { "Fcc",
                                         "Lcc",
                                         "X-Fcc",
                                         "X-Identity-Key",
                                         "X-Account-Key",
                                         "X-Template",
                                         "X-Unsent", /* Thunderbird, Outlook, (al)pine */
                                         "X-Cursor-Pos",
                                         "X-Our-Headers",
                                         "X-Reply-UID",
                                         "X-Reply-Mbox", /* (al)pine */
                                         "X-Uniform-Type-Identifier",
                                         "X-Universally-Unique-Identifier",
                                         "X-Mail-Created-Date", /* Apple */
                                         "X-K9mail-Identity",
                                         "Autocrypt-Draft-State",
                                         "X-Enigmail-Version", /* K-9, Enigmail */
                                         "X-Draft-Info",
                                         "X-Draft-From",
                                         "X-Message-SMTP-Method", /* Roundcube, Gnus */
                                         "X-Mailer",
                                         "X-MimeOLE",
                                         "X-Newsreader", /* it is another program now */
                                         "AF",
                                         "NF",
                                         "PS",
                                         "SRH",
                                         "SFN",
                                         "DSR",
                                         "MID",
                                         "CFG",
                                         "PT",
                                         "S",
                                         "RQ",
                                         "SSV",
                                         "NSV",
                                         "SSH",
                                         "R",
                                         "MAID",
                                         "SCF",
                                         "RMID",
                                         "FMID",
                                         "NAID", /* Claws, Sylpheed */
                                         "X-UID",
                                         "X-UIDL",
                                         "X-IMAP",
                                         "X-IMAPbase",
                                         "X-Keywords",
                                         "Lines", /* mail folders */
                                         "Envelope-To",
                                         "Delivery-Date",
                                         "Received-SPF",
                                         "X-Original-To",
                                         "X-OriginatorOrg",
                                         "X-Originating-IP",
                                         "X-ClientProxiedBy",
                                         NULL };
static const char *const own_book_prefixes[] = { "X-Mozilla-",
                                                 "X-Enigmail-Draft",
                                                 "X-Apple-",
                                                 "X-Evolution",
                                                 "X-KMail-",
                                                 "X-Mutt-",
                                                 "X-Claws-",
                                                 "X-Sylpheed-",
                                                 "X-Balsa-",
                                                 "X-Gnus-",
                                                 "X-IMP-Draft",
                                                 "X-MS-Exchange-",
                                                 "X-MS-Office365-",
                                                 "X-MS-Has-Attach",
                                                 "X-MS-TNEF-",
                                                 "X-MS-PublicTraffic",
                                                 "X-MS-TrafficType",
                                                 "X-Forefront-",
                                                 "X-EOP",
                                                 "X-Google-",
                                                 "X-Gm-",
                                                 "X-Gmail-",
                                                 "X-Received",
                                                 "X-Spam-",
                                                 NULL };

static bool is_in(const char *const *names, const char *name, bool is_prefix)
{
    for (; *names != NULL; names++)
        if (is_prefix ? g_ascii_strncasecmp(*names, name, strlen(*names)) == 0 : g_ascii_strcasecmp(*names, name) == 0)
            return true;
    return false;
}

bool compose_foreign_is_book(const char *name)
{
    return is_in(own_books, name, false) || is_in(own_book_prefixes, name, true);
}

/* --- fields --- */
/* In a list the decoded words would not say any more whose name a comma is in. Caller frees. */
static char *people_text(const char *raw)
{
    g_autoptr(GPtrArray) people = message_value_addresses(raw);
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; people != NULL && i < people->len; i++) {
        const struct message_address *one = people->pdata[i];
        g_autofree char *mailbox = compose_mailbox(one->name, one->address);
        g_string_append_printf(list, "%s%s", i > 0 ? ", " : "", mailbox);
    }
    return list->len > 0 ? g_strdup(list->str) : message_header_text(raw);
}

/* Ours has the whole line in its value. Caller frees; NULL: not to be kept. */
static char *kept_line(const struct header_field *field)
{
    const char *colon = memchr(field->begin, ':', (size_t)(field->end - field->begin));
    g_autofree char *name = g_strndup(field->begin, (gsize)(colon - field->begin)),
                    *raw = g_strndup(colon + 1, (gsize)(field->end - colon - 1));
    if (g_ascii_strcasecmp(name, COMPOSE_EXTRA_HEADER) == 0)
        return message_header_text(raw);
    if (*g_strstrip(raw) == '\0' || compose_header_is_taken(name) || compose_foreign_is_book(name))
        return NULL;
    g_autofree char *value = compose_header_is_people(name) ? people_text(raw) : message_header_text(raw);
    return g_strdup_printf("%s: %s", name, value);
}

static void read_fields(struct draft *self, const GArray *fields)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    for (guint i = 0; i < fields->len; i++) {
        g_autofree char *line = kept_line(&g_array_index(fields, struct header_field, i));
        g_autofree char *valid = line != NULL ? g_utf8_make_valid(g_strdelimit(line, "\r\n\t", ' '), -1) : NULL;
        if (valid != NULL && lines->len + strlen(valid) < EXTRA_BYTES_MAX)
            g_string_append_printf(lines, "%s\n", g_strstrip(valid));
    }
    compose_set(&self->extra_headers, lines->len > 0 ? g_strdup(lines->str) : NULL);
}

/* --- what the bookkeeping says of how it is to be sent --- */
enum { SIGNED = 1, ENCRYPTED = 2, SMIME = 4 };
static const struct {
    const char *field, *word; /* somewhere in its value, outside of <> */
    unsigned wish;
} wishes[] = {
    { "X-Mutt-PGP", "S", SIGNED },
    { "X-Mutt-PGP", "E", ENCRYPTED },
    { "X-Mutt-SMIME", "S", SIGNED | SMIME },
    { "X-Mutt-SMIME", "E", ENCRYPTED | SMIME },
    { "X-KMail-SignatureActionEnabled", "true", SIGNED },
    { "X-KMail-EncryptActionEnabled", "true", ENCRYPTED },
    { "X-KMail-CryptoMessageFormat", "4", SMIME },
    { "X-KMail-CryptoMessageFormat", "8", SMIME },
    { "X-Evolution-Format", "pgp-sign", SIGNED },
    { "X-Evolution-Format", "pgp-encrypt", ENCRYPTED },
    { "X-Evolution-Format", "smime-sign", SIGNED | SMIME },
    { "X-Evolution-Format", "smime-encrypt", ENCRYPTED | SMIME },
    { "X-Claws-Sign", "1", SIGNED },
    { "X-Claws-Encrypt", "1", ENCRYPTED },
    { "X-Claws-Privacy-System", "smime", SMIME },
    { "X-Sylpheed-Sign", "1", SIGNED },
    { "X-Sylpheed-Encrypt", "1", ENCRYPTED },
    { "Autocrypt-Draft-State", "encrypt=yes", ENCRYPTED },
    { "Autocrypt-Draft-State", "_sign-only=yes", SIGNED },
    { "X-Enigmail-Draft-Status", "N2", ENCRYPTED }, /* then whether to sign: 0 never, 1 as usual, 2 always */
    { "X-Enigmail-Draft-Status", "N02", SIGNED },
    { "X-Enigmail-Draft-Status", "N12", SIGNED },
    { "X-Enigmail-Draft-Status", "N22", SIGNED },
};

/* The numbers of keys are no words. Caller frees. */
static char *without_keys(const char *value)
{
    g_autoptr(GString) words = g_string_new(NULL);
    for (bool is_key = false; *value != '\0'; value++) {
        is_key |= *value == '<';
        if (!is_key)
            g_string_append_c(words, *value);
        is_key &= *value != '>';
    }
    return g_strdup(words->str);
}

static void read_seal(struct draft *self, const GArray *fields)
{
    unsigned wish = 0;
    for (guint i = 0; i < fields->len; i++) {
        const struct header_field *field = &g_array_index(fields, struct header_field, i);
        for (size_t k = 0; k < G_N_ELEMENTS(wishes); k++) {
            g_autofree char *value = header_field_is(field, wishes[k].field) ? header_field_value(field) : NULL;
            g_autofree char *words = value != NULL ? without_keys(value) : NULL;
            wish |= words != NULL && strstr(words, wishes[k].word) != NULL ? wishes[k].wish : 0;
        }
    }
    self->is_signed |= (wish & SIGNED) != 0;
    self->is_encrypted |= (wish & ENCRYPTED) != 0;
    if ((wish & (SIGNED | ENCRYPTED)) != 0)
        self->is_smime = (wish & SMIME) != 0;
}

/* Thunderbird writes these fields when it sends: receipt=1 the first, 2 the second, 3 both. */
static void ask_receipt(struct draft *self, const char *name)
{
    g_autofree char *start = g_strconcat(name, ":", NULL), *lower = g_ascii_strdown(start, -1);
    g_autofree char *there = g_ascii_strdown(self->extra_headers != NULL ? self->extra_headers : "", -1);
    const char *found = strstr(there, lower);
    if (*self->from == '\0' || (found != NULL && (found == there || found[-1] == '\n')))
        return;
    compose_set(&self->extra_headers,
                g_strdup_printf("%s%s: %s\n", self->extra_headers != NULL ? self->extra_headers : "", name, self->from));
}

static void read_mozilla(struct draft *self, const message *original)
{
    const char *info = message_header(original, "X-Mozilla-Draft-Info");
    g_autofree char *receipt = info != NULL ? message_parameter(info, "receipt") : NULL;
    g_autofree char *report = info != NULL ? message_parameter(info, "dsn") : NULL;
    int kinds = receipt != NULL && receipt[0] >= '1' && receipt[0] <= '3' ? receipt[0] - '0' : 0;
    if ((kinds & 1) != 0)
        ask_receipt(self, "Disposition-Notification-To");
    if ((kinds & 2) != 0)
        ask_receipt(self, "Return-Receipt-To");
    self->asks_report |= g_strcmp0(report, "1") == 0;
}

static bool is_flowed(const message *original)
{
    const GPtrArray *parts = message_parts(original);
    for (guint i = 0; parts != NULL && i < parts->len && i < original->objects->len; i++) {
        const struct message_part *part = parts->pdata[i];
        if (part->is_attachment || strcmp(part->type, "text/plain") != 0)
            continue;
        const char *format = g_mime_object_get_content_type_parameter(original->objects->pdata[i], "format");
        return format != NULL && g_ascii_strcasecmp(format, "flowed") == 0;
    }
    return false;
}

void compose_take_foreign(struct draft *self, const message *original)
{
    g_autoptr(GBytes) raw = message_raw(original);
    gsize size = 0;
    const char *bytes = g_bytes_get_data(raw, &size), *rest = NULL;
    g_autoptr(GArray) fields = header_fields_split(bytes != NULL ? bytes : "", size, &rest);
    read_fields(self, fields);
    read_seal(self, fields);
    read_mozilla(self, original);
    self->is_flowed |= is_flowed(original);
}
