/* SPDX-License-Identifier: MIT */
/* A message as the reader shows it: which parts are its text, one after the other, and what stands for those that are not text. */
#include "core/calendar.h"
#include "core/language.h"
#include "core/message_packed.h"
#include "core/message_words.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define LINES_MAX  50000u
#define EFFORT_MAX ((size_t)16 * 1024 * 1024) /* of all parts of a message: bytes of plain text, or a quarter as many of HTML */
#define NESTED_MAX 8                          /* messages within messages that are opened */

struct showing {
    const message *message;
    enum message_view view;
    struct text *text;
    size_t plain_bytes_max; /* of one plain part */
    guint lines_max;
    int nested;               /* messages around what is shown now */
    bool in_report, has_card; /* a card has been shown */
    struct text *card;        /* stands above the text; NULL: none */
    bool is_within;           /* of a message whose parts are not in the list below */
    size_t *effort;           /* so far */
};

static void note(struct showing *self, const char *words)
{
    message_note(self->text, words, SPAN_DIM);
}

static void gap(struct showing *self)
{
    if (self->text->lines->len > 0)
        text_add_line(self->text, "", 0);
}

static bool is_multipart(GMimeObject *object, const char *subtype)
{
    GMimeContentType *content = g_mime_object_get_content_type(object);
    return GMIME_IS_MULTIPART(object) && content != NULL && g_mime_content_type_is_type(content, "multipart", subtype);
}

/* --- signed in part --- */

/* 0: none. */
static int seal_of(const message *self, const GMimeObject *object)
{
    for (guint i = 0; self->seals != NULL && i < self->seals->len; i++)
        if (((const struct message_seal *)g_ptr_array_index(self->seals, i))->object == object)
            return (int)i + 1;
    return 0;
}

static void plain_show(struct showing *self, const char *utf8)
{
    if (utf8 != NULL && *utf8 != '\0')
        text_append(self->text, text_from_plain(utf8, false, false));
}

/* A stranger can put what was encrypted to us between words of his own, and wait for an answer that quotes it; or for a picture that is fetched. */
static void keep_secret(struct text *inside)
{
    for (guint i = 0; i < inside->lines->len; i++)
        ((struct text_line *)g_ptr_array_index(inside->lines, i))->is_note = true;
    for (guint i = 0; i < inside->links->len; i++)
        ((struct text_link *)g_ptr_array_index(inside->links, i))->is_secret = true;
    g_array_set_size(inside->images, 0);
}

static bool is_below(GMimeObject *root, const GMimeObject *wanted, int depth)
{
    if (root == wanted || !GMIME_IS_MULTIPART(root) || depth > MESSAGE_DEPTH_MAX)
        return root == wanted;
    int count = g_mime_multipart_get_count(GMIME_MULTIPART(root));
    for (int i = 0; i < count; i++)
        if (is_below(g_mime_multipart_get_part(GMIME_MULTIPART(root), i), wanted, depth + 1))
            return true;
    return false;
}

/* Any part of the message may have the id by which a picture is named: below signed words stands only one that was signed with them. */
static void keep_signed_pictures(const message *self, const struct message_seal *seal, struct text *inside)
{
    for (guint i = inside->images->len; i > 0; i--) {
        const char *source = g_array_index(inside->images, struct text_image, i - 1).source;
        int part = message_part_by_cid(self, source);
        if (g_ascii_strncasecmp(source, "cid:", 4) == 0 && (part < 0 || !is_below(seal->object, g_ptr_array_index(self->objects, part), 0)))
            g_array_remove_index(inside->images, i - 1);
    }
}

/* What was encrypted among other parts stands alone, between lines of ours. */
static void secret_show(struct showing *self, const struct message_seal *seal, int number)
{
    g_autofree char *begin = g_strdup_printf(_("———— Encrypted part: %s ————"), seal->words);
    plain_show(self, seal->before);
    gap(self);
    message_note(self->text, begin, seal->inside != NULL ? SPAN_DIM : SPAN_WARNING);
    if (seal->inside != NULL) {
        struct text *inside = message_text_limited(seal->inside, self->view, self->plain_bytes_max, self->lines_max);
        for (guint i = 0; i < inside->lines->len && seal->is_good; i++)
            ((struct text_line *)g_ptr_array_index(inside->lines, i))->seal = number;
        keep_secret(inside);
        text_append(self->text, inside);
        message_note(self->text, _("———— End of the encrypted part; answers do not quote it ————"), SPAN_DIM);
    }
    plain_show(self, seal->after);
}

/* Between lines of ours: exactly what was checked, read again from those bytes. */
static void seal_show_one(struct showing *self, int number)
{
    const struct message_seal *seal = g_ptr_array_index(self->message->seals, (guint)number - 1);
    if (seal->is_encrypted) {
        secret_show(self, seal, number);
        return;
    }
    enum span_style style = seal->is_good ? SPAN_DIM : SPAN_WARNING;
    g_autofree char *begin = g_strdup_printf(_("———— Signed part: %s ————"), seal->words);
    plain_show(self, seal->before);
    gap(self);
    message_note(self->text, begin, style);
    if (seal->inside == NULL) /* it lies inside of the signature, which could not be opened */
        return;
    struct text *inside = message_text_limited(seal->inside, self->view, self->plain_bytes_max, self->lines_max);
    for (guint i = 0; i < inside->lines->len && seal->is_good; i++)
        ((struct text_line *)g_ptr_array_index(inside->lines, i))->seal = number;
    keep_signed_pictures(self->message, seal, inside);
    text_append(self->text, inside);
    message_note(self->text, _("———— End of the signed part; what follows is not signed ————"), SPAN_DIM);
    plain_show(self, seal->after);
}

/* A text may hold several, which follow one another. */
static void seal_show(struct showing *self, int first)
{
    const GPtrArray *all = self->message->seals;
    const GMimeObject *object = ((const struct message_seal *)g_ptr_array_index(all, (guint)first - 1))->object;
    for (guint i = (guint)first - 1; i < all->len; i++)
        if (((const struct message_seal *)g_ptr_array_index(all, i))->object == object)
            seal_show_one(self, (int)i + 1);
}

/* Thousands of texts are shown as far as that takes no time that anybody would notice. False: enough. */
static bool effort_take(struct showing *self, GMimeObject *object, const char *type)
{
    const struct message_part *part = message_part_of(self->message, object);
    size_t size = part != NULL ? (size_t)MIN(MAX(part->size, 0), (int64_t)MESSAGE_TEXT_BYTES_MAX) : 0;
    if (*self->effort >= EFFORT_MAX)
        return false;
    *self->effort += strcmp(type, "text/html") == 0 ? size * 4 : size;
    return true;
}

static void text_show(struct showing *self, GMimeObject *object, const char *type)
{
    int seal = seal_of(self->message, object);
    if (seal > 0) {
        seal_show(self, seal);
        return;
    }
    if (!message_part_is_here(self->message, object)) {
        note(self, _("(This part of the text is still on the server.)"));
        return;
    }
    if (!effort_take(self, object, type)) {
        self->text->is_cut = true;
        return;
    }
    struct text *more = message_part_text(self->message, object, type, self->plain_bytes_max);
    if (more->lines->len > 0)
        gap(self);
    text_append(self->text, more);
}

/* --- what is no text, in words --- */

static void object_show(struct showing *self, GMimeObject *object, int depth);

static void field_show(struct showing *self, const char *name, GMimeObject *object, const char *header)
{
    g_autofree char *value = message_object_header(object, header);
    if (value == NULL || *value == '\0')
        return;
    g_autofree char *words = g_strdup_printf(_("%s: %s"), name, value);
    struct text_line *line = text_add_line(self->text, words, strlen(words));
    text_add_span(line, 0, strlen(words) - strlen(value), SPAN_DIM, -1);
}

static void inner_head_show(struct showing *self, GMimeObject *inner)
{
    field_show(self, _("From"), inner, "From");
    field_show(self, _("To"), inner, "To");
    field_show(self, _("Date"), inner, "Date");
    field_show(self, _("Subject"), inner, "Subject");
}

/* Encoded against RFC 2046 (5.2.1), without any header, or a piece: read anew as what it is. */
static void bytes_show(struct showing *self, GMimeObject *object, int depth)
{
    size_t size = 0;
    g_autofree char *bytes = message_object_bytes(object, &size);
    g_autoptr(message) inner = message_parse(bytes, size);
    struct showing within = *self;
    within.message = inner;
    within.is_within = true;
    within.nested++;
    inner_head_show(self, GMIME_OBJECT(inner->mime));
    within.in_report = false;
    object_show(&within, g_mime_message_get_mime_part(inner->mime), depth + 1);
    self->has_card = within.has_card;
}

/* Opened where it is: its head, its text, its own files by name. */
static void message_show(struct showing *self, GMimeObject *object, int depth)
{
    GMimeMessage *inner = GMIME_IS_MESSAGE_PART(object) ? g_mime_message_part_get_message(GMIME_MESSAGE_PART(object)) : NULL;
    gap(self);
    if (!message_part_is_here(self->message, object)) {
        note(self, _("(A message is attached here; it is still on the server.)"));
        return;
    }
    if (self->nested >= NESTED_MAX) {
        note(self, _("(A message is attached here; save it to see it.)"));
        return;
    }
    message_note(self->text, self->in_report ? _("———— The message it is about ————") : _("———— Attached message ————"), SPAN_DIM);
    if (inner == NULL || !message_has_headers(inner)) {
        bytes_show(self, object, depth);
        return;
    }
    inner_head_show(self, GMIME_OBJECT(inner));
    if (g_mime_message_get_mime_part(inner) == NULL)
        return;
    bool was_report = self->in_report;
    self->in_report = false;
    self->nested++;
    object_show(self, g_mime_message_get_mime_part(inner), depth + 1);
    self->nested--;
    self->in_report = was_report;
}

/* The header of a message, alone, in a report. */
static void headers_show(struct showing *self, GMimeObject *object)
{
    size_t size = 0;
    g_autofree char *bytes = message_object_bytes(object, &size);
    g_autoptr(message) inner = message_parse(bytes, size);
    gap(self);
    message_note(self->text, _("———— The message it is about ————"), SPAN_DIM);
    field_show(self, _("To"), GMIME_OBJECT(inner->mime), "To");
    field_show(self, _("Date"), GMIME_OBJECT(inner->mime), "Date");
    field_show(self, _("Subject"), GMIME_OBJECT(inner->mime), "Subject");
}

static void report_show(struct showing *self, GMimeObject *object, const char *type)
{
    size_t size = 0;
    g_autofree char *bytes = message_object_bytes(object, &size);
    g_autofree char *utf8 = message_utf8(bytes, size, NULL, NULL);
    gap(self);
    guint before = self->text->lines->len;
    message_show_report(self->text, type, utf8);
    if (self->text->lines->len == before) /* it says nothing that we know */
        text_append(self->text, text_from_plain(utf8, false, false));
}

/* The first of a message; the same often comes twice, as an alternative and as a file. */
static void card_show(struct showing *self, GMimeObject *object)
{
    if (self->has_card || !message_part_is_here(self->message, object))
        return;
    g_autoptr(calendar) found = message_object_calendar(object);
    if (found == NULL)
        return;
    self->has_card = true;
    if (self->nested > 0)
        gap(self);
    else
        self->card = text_new();
    message_show_card(self->card != NULL ? self->card : self->text, found);
}

static void sealed_show(struct showing *self, GMimeObject *object)
{
    const char *kind = message_object_parameter(object, "smime-type");
    int seal = seal_of(self->message, object);
    if (seal > 0) {
        seal_show(self, seal);
        return;
    }
    gap(self);
    if (kind != NULL && g_ascii_strcasecmp(kind, "signed-data") == 0)
        note(self, _("(What was written here lies inside of an S/MIME signature, which has not been opened.)"));
    else
        note(self, _("(This is encrypted with S/MIME, and has not been opened.)"));
}

static void external_show(struct showing *self, GMimeObject *object)
{
    static const char *const names[] = { "url", "site", "directory", "name", "server", "subject" };
    g_autoptr(GString) where = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = message_object_parameter(object, names[i]);
        if (value != NULL)
            g_string_append_printf(where, "%s%s", where->len > 0 ? " " : "", value);
    }
    g_autofree char *valid = g_utf8_make_valid(where->str, -1);
    g_autofree char *words = g_strdup_printf(_("(This part is not in the message but elsewhere, and is not fetched: %s)"), valid);
    gap(self);
    note(self, words);
}

/* The first piece has the head and mostly the words. */
static void partial_show(struct showing *self, GMimeObject *object, int depth)
{
    const char *number = message_object_parameter(object, "number"), *total = message_object_parameter(object, "total");
    g_autofree char *valid = g_utf8_make_valid(number != NULL ? number : "?", -1),
                    *all = g_utf8_make_valid(total != NULL ? total : "?", -1);
    g_autofree char *words =
        g_strdup_printf(_("(This is piece %s of %s of a larger message; the pieces must be put together first.)"), valid, all);
    gap(self);
    note(self, words);
    if (g_strcmp0(number, "1") == 0 && self->nested < NESTED_MAX && message_part_is_here(self->message, object))
        bytes_show(self, object, depth);
}

/* A file of a message within is not in the list below, which is of the message itself. */
static void file_show(struct showing *self, GMimeObject *object, const char *type)
{
    g_autofree char *name = message_object_filename(object);
    if ((!self->is_within && message_part_of(self->message, object) != NULL) ||
        !message_part_is_attachment(type, g_mime_object_get_disposition(object), name))
        return;
    g_autofree char *valid = g_utf8_make_valid(name != NULL ? name : type, -1);
    g_autofree char *words = g_strdup_printf(_("(Attached to this message: %s)"), valid);
    note(self, words);
}

/* What Outlook wrote, where nothing else says it. */
static void winmail_show(struct showing *self)
{
    const message *letter = self->message;
    for (guint i = 0; i < letter->packed->len && self->text->lines->len == 0; i++) {
        const struct packed_file *file = g_ptr_array_index(letter->packed, i);
        gsize size = 0;
        const char *bytes = g_bytes_get_data(file->bytes, &size);
        if (file->name != NULL || size == 0)
            continue;
        bool is_html = strcmp(file->type, "text/html") == 0;
        g_autofree char *within = is_html ? message_html_charset(bytes, size) : NULL;
        g_autofree char *utf8 = message_utf8(bytes, MIN(size, MESSAGE_TEXT_BYTES_MAX), within, NULL);
        text_append(self->text, is_html ? text_from_html(utf8, strlen(utf8)) : text_from_plain(utf8, false, false));
    }
}

static void leaf_show(struct showing *self, GMimeObject *object, int depth)
{
    g_autofree char *type = message_part_type(self->message, object), *name = message_object_filename(object);
    if (message_part_is_in_text(self->message, object, type))
        text_show(self, object, type);
    else if (strcmp(type, "message/rfc822") == 0 || strcmp(type, "message/global") == 0 || strcmp(type, "message/news") == 0)
        message_show(self, object, depth);
    else if (message_object_is_calendar(type, name))
        card_show(self, object);
    else if (strcmp(type, "application/pkcs7-mime") == 0 || strcmp(type, "application/x-pkcs7-mime") == 0)
        sealed_show(self, object);
    else if (strcmp(type, "message/external-body") == 0)
        external_show(self, object);
    else if (strcmp(type, "message/partial") == 0)
        partial_show(self, object, depth);
    else if (!message_part_is_here(self->message, object))
        return;
    else if (message_part_is_winmail(type))
        winmail_show(self);
    else if (strcmp(type, "text/rfc822-headers") == 0)
        headers_show(self, object);
    else if (strcmp(type, "message/disposition-notification") == 0 || g_str_has_suffix(type, "delivery-status"))
        report_show(self, object, type);
    else
        file_show(self, object, type);
}

/* --- alternatives --- */

/* The same words in two places are shown once. */
static bool is_new(struct showing *self, GMimeObject *object, GHashTable *said)
{
    bool is_cut = false;
    g_autofree char *utf8 = message_part_utf8(self->message, object, false, self->plain_bytes_max, &is_cut);
    return g_hash_table_add(said, g_strstrip(g_steal_pointer(&utf8)));
}

/* Several plain parts are no choice of one: somebody put words of his own, a list's footer for instance, among the alternatives, or in a "mixed" beside
 * the one that is not shown. */
static void plains_show(struct showing *self, GMimeMultipart *multipart, int depth, GHashTable *said)
{
    int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count && i < MESSAGE_PARTS_MAX && depth <= MESSAGE_DEPTH_MAX; i++) {
        GMimeObject *child = g_mime_multipart_get_part(multipart, i);
        if (is_multipart(child, "mixed"))
            plains_show(self, GMIME_MULTIPART(child), depth + 1, said);
        else if (message_part_is_shown_as(self->message, child, "text/plain") && message_part_is_here(self->message, child) &&
                 is_new(self, child, said))
            object_show(self, child, depth + 1);
    }
}

static void alternative_show(struct showing *self, GMimeMultipart *multipart, int depth)
{
    GMimeObject *chosen = message_alternative_choose(self->message, self->view, multipart);
    g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (chosen != NULL && message_part_is_shown_as(self->message, chosen, "text/plain") && message_part_is_here(self->message, chosen))
        plains_show(self, multipart, depth, said);
    else if (chosen != NULL)
        object_show(self, chosen, depth + 1);
    int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count && i < MESSAGE_PARTS_MAX; i++) {
        GMimeObject *child = g_mime_multipart_get_part(multipart, i);
        g_autofree char *type = GMIME_IS_MULTIPART(child) ? NULL : message_part_type(self->message, child);
        if (child != chosen && type != NULL && (strcmp(type, "text/calendar") == 0 || (chosen == NULL && !message_type_is_text(type))))
            leaf_show(self, child, depth + 1);
    }
}

/* --- what holds parts --- */

static void children_show(struct showing *self, GMimeMultipart *multipart, int depth)
{
    int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count && i < MESSAGE_PARTS_MAX; i++)
        object_show(self, g_mime_multipart_get_part(multipart, i), depth + 1);
}

/* No boundary in it that is one: all is shown as it is, for nothing else is known. */
static void broken_show(struct showing *self, GMimeMultipart *multipart)
{
    const char *words = g_mime_multipart_get_prologue(multipart);
    if (words == NULL || *words == '\0')
        return;
    g_autofree char *utf8 = message_utf8(words, MIN(strlen(words), MESSAGE_TEXT_BYTES_MAX), NULL, NULL);
    gap(self);
    text_append(self->text, text_from_plain(utf8, false, false));
}

static void encrypted_show(struct showing *self)
{
    gap(self);
    note(self, _("(This is encrypted with OpenPGP, and has not been opened.)"));
}

static void multipart_show(struct showing *self, GMimeMultipart *multipart, int depth)
{
    GMimeObject *object = GMIME_OBJECT(multipart);
    bool was_report = self->in_report;
    self->in_report |= is_multipart(object, "report");
    int seal = seal_of(self->message, object);
    if (seal > 0)
        seal_show(self, seal);
    else if (g_mime_multipart_get_count(multipart) == 0)
        broken_show(self, multipart);
    else if (is_multipart(object, "alternative"))
        alternative_show(self, multipart, depth);
    else if (is_multipart(object, "encrypted"))
        encrypted_show(self);
    else
        children_show(self, multipart, depth);
    if (seal == 0 && is_multipart(object, "signed")) {
        gap(self);
        note(self, _("(This is signed; the signature has not been checked here.)"));
    }
    self->in_report = was_report;
}

static void object_show(struct showing *self, GMimeObject *object, int depth)
{
    if (depth > MESSAGE_DEPTH_MAX || self->text->lines->len > self->lines_max) {
        self->text->is_cut = true;
        return;
    }
    if (GMIME_IS_MULTIPART(object))
        multipart_show(self, GMIME_MULTIPART(object), depth);
    else
        leaf_show(self, object, depth);
}

/* --- the whole --- */

static void kinds_look(const message *self, bool *has_plain, bool *has_html)
{
    for (guint i = 0; i < self->objects->len && !(*has_plain && *has_html); i++) {
        *has_plain |= message_part_is_shown_as(self, g_ptr_array_index(self->objects, i), "text/plain");
        *has_html |= message_part_is_shown_as(self, g_ptr_array_index(self->objects, i), "text/html");
    }
}

static struct text *source_text(const message *self)
{
    struct text *text = text_new();
    g_autofree char *source = message_source(self);
    g_auto(GStrv) lines = g_strsplit(source, "\n", (int)LINES_MAX);
    for (size_t i = 0; lines[i] != NULL; i++) {
        size_t length = strlen(lines[i]);
        while (length > 0 && lines[i][length - 1] == '\r')
            length--;
        text_add_line(text, lines[i], length)->is_preformatted = true;
    }
    text->is_cut = self->size > (int64_t)strlen(source) + 4096;
    return text;
}

static void head_show(struct showing *self)
{
    g_autofree char *size = language_size((guint64)self->message->head_of);
    g_autofree char *words = g_strdup_printf(_("(Only the head of this message is here. All of it, %s, is still on the server.)"), size);
    note(self, words);
}

/* What it is about comes first. It is ours: what the sender wrote is what is quoted, and shown in lists, where there is anything. */
static void card_place(struct showing *self)
{
    struct text *below = self->text;
    if (self->card == NULL)
        return;
    for (guint i = 0; i < self->card->lines->len && below->lines->len > 0; i++)
        ((struct text_line *)g_ptr_array_index(self->card->lines, i))->is_note = true;
    if (below->lines->len > 0)
        text_add_line(self->card, "", 0);
    self->card->is_cut |= below->is_cut;
    self->text = g_steal_pointer(&self->card);
    text_append(self->text, below);
}

struct text *message_text_limited(const message *self, enum message_view view, size_t plain_bytes_max, guint lines_max)
{
    size_t effort = 0;
    struct showing showing = {
        .message = self, .view = view, .plain_bytes_max = plain_bytes_max, .lines_max = lines_max, .effort = &effort
    };
    GMimeObject *root = g_mime_message_get_mime_part(self->mime);
    showing.text = view == MESSAGE_VIEW_SOURCE ? source_text(self) : text_new();
    if (self->head_of > 0 && view != MESSAGE_VIEW_SOURCE)
        head_show(&showing);
    else if (view != MESSAGE_VIEW_SOURCE && root != NULL)
        object_show(&showing, root, 0);
    card_place(&showing);
    if (showing.text->is_cut || (self->is_cut && view != MESSAGE_VIEW_SOURCE))
        note(&showing, _("(The message is longer than is shown here.)"));
    showing.text->has_plain = showing.text->has_html = false;
    kinds_look(self, &showing.text->has_plain, &showing.text->has_html);
    return showing.text;
}

bool message_set_charset(message *self, const char *charset)
{
    if (charset != NULL && !message_charset_is_known(charset))
        return false;
    g_free(self->charset);
    self->charset = g_strdup(charset);
    return true;
}

const char *message_charset(const message *self)
{
    const char *said = self->charset;
    for (guint i = 0; i < self->objects->len && said == NULL; i++) {
        GMimeObject *object = g_ptr_array_index(self->objects, i);
        g_autofree char *type = message_part_type(self, object);
        said = message_part_is_in_text(self, object, type) ? message_part_of(self, object)->charset : NULL;
    }
    return said;
}

struct text *message_text(const message *self, enum message_view view)
{
    return message_text_limited(self, view, MESSAGE_TEXT_BYTES_MAX, LINES_MAX);
}
