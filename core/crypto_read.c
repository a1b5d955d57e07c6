/* SPDX-License-Identifier: MIT */
/* One message: the signatures and encryptions around all of it are taken off one by one; signatures over parts of it are kept to those parts. */
#include "core/crypto_private.h"
#include "core/message_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define INLINE_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define NESTING_MAX      3u

struct reader {
    crypto *visit;
    struct crypto_reading *reading;
    bool may_decrypt;
    unsigned checks;
    unsigned nesting; /* encrypted parts within encrypted parts */
};

/* --- what it is made of --- */

static GMimeObject *root_of(const message *letter)
{
    return g_mime_message_get_mime_part(letter->mime);
}

static bool is_type(GMimeObject *object, const char *type, const char *subtype)
{
    GMimeContentType *content = object != NULL ? g_mime_object_get_content_type(object) : NULL;
    return content != NULL && g_mime_content_type_is_type(content, type, subtype);
}

static bool is_pkcs7(GMimeObject *object)
{
    return is_type(object, "application", "pkcs7-mime") || is_type(object, "application", "x-pkcs7-mime");
}

/* Who is said to have written it; NULL: not exactly one. Caller frees. */
static char *sender_of(GMimeObject *header)
{
    g_autoptr(GPtrArray) from = message_object_addresses(header, "From");
    return from->len == 1 ? g_strdup(((const struct message_address *)g_ptr_array_index(from, 0))->address) : NULL;
}

static struct crypto_layer *layer_add(struct reader *self, enum crypto_protocol protocol, bool is_encrypted)
{
    return crypto_layer_new(self->reading->layers, protocol, is_encrypted);
}

static message *inside(struct reader *self, const message *now, const char *entity, size_t size, bool is_encrypted)
{
    return crypto_message_inside(now, entity, size, is_encrypted, &self->reading->warning);
}

/* --- multipart/signed (RFC 1847) --- */

static bool signed_protocol(GMimeObject *object, enum crypto_protocol *protocol_out)
{
    GMimeMultipart *multipart = GMIME_IS_MULTIPART(object) ? GMIME_MULTIPART(object) : NULL;
    GMimeObject *proof = multipart != NULL && g_mime_multipart_get_count(multipart) == 2 ? g_mime_multipart_get_part(multipart, 1) : NULL;
    const char *declared = proof != NULL ? g_mime_object_get_content_type_parameter(object, "protocol") : NULL;
    g_autofree char *type = proof != NULL ? message_object_type(proof) : NULL;
    if (type == NULL || declared == NULL || !GMIME_IS_PART(proof) || g_ascii_strcasecmp(declared, type) != 0)
        return false;
    *protocol_out = strcmp(type, "application/pgp-signature") == 0 ? CRYPTO_OPENPGP : CRYPTO_SMIME;
    return *protocol_out == CRYPTO_OPENPGP || strcmp(type, "application/pkcs7-signature") == 0 ||
           strcmp(type, "application/x-pkcs7-signature") == 0;
}

/* The first part as it stands in the file; NULL: where it begins is not known. Caller frees. */
static char *signed_bytes(const message *letter, GMimeObject *object, size_t *size_out)
{
    GMimeMultipart *multipart = GMIME_MULTIPART(object);
    const char *boundary = g_mime_multipart_get_boundary(multipart);
    return boundary != NULL ? message_entity_bytes(letter, g_mime_multipart_get_part(multipart, 0), boundary, size_out) : NULL;
}

static GPtrArray *signed_check(struct reader *self, GMimeObject *object, const char *entity, size_t size, enum crypto_protocol protocol,
                               const char *from)
{
    g_autoptr(GByteArray) lines = crypto_canonical(entity, size);
    size_t proof_size = 0;
    g_autofree char *proof = message_object_bytes(g_mime_multipart_get_part(GMIME_MULTIPART(object), 1), &proof_size);
    self->checks++;
    return crypto_verify_detached(self->visit, protocol, (const char *)lines->data, lines->len, proof, proof_size, from);
}

static message *open_signed(struct reader *self, const message *now, const char *from)
{
    GMimeObject *root = root_of(now);
    enum crypto_protocol protocol = CRYPTO_OPENPGP;
    size_t size = 0;
    bool is_known = signed_protocol(root, &protocol);
    g_autofree char *entity = is_known ? signed_bytes(now, root, &size) : NULL;
    struct crypto_layer *layer = layer_add(self, protocol, false);
    if (entity == NULL) {
        layer->words = g_strdup(_("not checked: the signature is not of the form that a signature has"));
        return NULL;
    }
    g_ptr_array_unref(layer->signatures);
    layer->signatures = signed_check(self, root, entity, size, protocol, from);
    layer->is_open = true;
    return inside(self, now, entity, size, false);
}

/* --- encrypted --- */

static message *opened(struct reader *self, const message *now, const char *bytes, size_t size, const char *from,
                       struct crypto_layer *layer)
{
    if (!self->may_decrypt) {
        layer->words = g_strdup(_("not opened"));
        return NULL;
    }
    GByteArray *plain = crypto_decrypt(self->visit, bytes, size, from, layer);
    message *made = plain != NULL ? inside(self, now, (const char *)plain->data, plain->len, true) : NULL;
    crypto_wipe(plain);
    return made;
}

/* The encrypted bytes of a multipart that ends with the two parts of RFC 3156, 4; NULL: its form is another. Borrowed. */
static GMimeObject *encrypted_content(GMimeObject *object, int parts_before)
{
    GMimeMultipart *multipart = GMIME_IS_MULTIPART(object) ? GMIME_MULTIPART(object) : NULL;
    bool has_form = multipart != NULL && g_mime_multipart_get_count(multipart) == parts_before + 2 &&
                    is_type(g_mime_multipart_get_part(multipart, parts_before), "application", "pgp-encrypted") &&
                    GMIME_IS_PART(g_mime_multipart_get_part(multipart, parts_before + 1));
    return has_form ? g_mime_multipart_get_part(multipart, parts_before + 1) : NULL;
}

static message *open_content(struct reader *self, const message *now, GMimeObject *content, const char *from)
{
    size_t size = 0;
    g_autofree char *bytes = message_object_bytes(content, &size);
    return opened(self, now, bytes, size, from, layer_add(self, CRYPTO_OPENPGP, true));
}

static message *open_encrypted(struct reader *self, const message *now, const char *from)
{
    GMimeObject *content = encrypted_content(root_of(now), 0);
    if (content != NULL)
        return open_content(self, now, content, from);
    layer_add(self, CRYPTO_OPENPGP, true)->words = g_strdup(_("not opened: it is not of the form that encrypted mail has"));
    return NULL;
}

static bool is_blank(const char *begin, const char *end);

/* Exchange makes "mixed" of "encrypted", with an empty text before it: nothing but what was encrypted is in there. */
static GMimeObject *damaged_content(GMimeObject *root)
{
    if (!is_type(root, "multipart", "mixed"))
        return NULL;
    GMimeObject *content = encrypted_content(root, 0), *first = NULL;
    if (content != NULL || (content = encrypted_content(root, 1)) == NULL)
        return content;
    size_t size = 0;
    first = g_mime_multipart_get_part(GMIME_MULTIPART(root), 0);
    g_autofree char *text = is_type(first, "text", "plain") ? message_object_bytes(first, &size) : NULL;
    return text != NULL && is_blank(text, text + size) ? content : NULL;
}

static message *open_opaque(struct reader *self, const message *now, const char *bytes, size_t size, const char *from)
{
    struct crypto_layer *layer = layer_add(self, CRYPTO_SMIME, false);
    GByteArray *plain = NULL;
    g_ptr_array_unref(layer->signatures);
    layer->signatures = crypto_verify_opaque(self->visit, CRYPTO_SMIME, bytes, size, from, &plain);
    self->checks++;
    layer->is_open = plain != NULL;
    message *made = plain != NULL ? inside(self, now, (const char *)plain->data, plain->len, false) : NULL;
    crypto_wipe(plain);
    return made;
}

/* What it says it is does not count: what it is does. */
static message *open_pkcs7(struct reader *self, const message *now, const char *from)
{
    size_t size = 0;
    g_autofree char *bytes = message_object_bytes(root_of(now), &size);
    g_auto(gpgme_data_t) data = NULL;
    if (gpgme_data_new_from_mem(&data, bytes, size, 0) != 0)
        return NULL;
    if (gpgme_data_identify(data, 0) == GPGME_DATA_TYPE_CMS_SIGNED)
        return open_opaque(self, now, bytes, size, from);
    return opened(self, now, bytes, size, from, layer_add(self, CRYPTO_SMIME, true));
}

/* --- OpenPGP in the text itself --- */

static bool is_blank(const char *begin, const char *end)
{
    for (const char *at = begin; at < end; at++)
        if (!g_ascii_isspace(*at))
            return false;
    return true;
}

/* The plain text as a part of its own, in the charset of the part around it; no signature covers what that says, so it may not turn one letter of ASCII
 * into another. Caller unrefs. */
static GByteArray *text_entity(GMimeObject *around, const GByteArray *plain)
{
    const char *charset = g_mime_object_get_content_type_parameter(around, "charset");
    bool is_usable = charset != NULL && strlen(charset) < 40 && strpbrk(charset, "\"\\;\r\n ") == NULL && g_str_is_ascii(charset) &&
                     message_charset_keeps_ascii(charset);
    g_autofree char *head =
        g_strdup_printf("Content-Type: text/plain; charset=%s\nContent-Transfer-Encoding: 8bit\n\n", is_usable ? charset : "utf-8");
    GByteArray *entity = g_byte_array_new();
    g_byte_array_append(entity, (const guint8 *)head, (guint)strlen(head));
    g_byte_array_append(entity, plain->data, plain->len);
    return entity;
}

static message *text_inside(struct reader *self, const message *now, const GByteArray *plain, bool is_encrypted)
{
    g_autoptr(GByteArray) entity = text_entity(root_of(now), plain);
    return inside(self, now, (const char *)entity->data, entity->len, is_encrypted);
}

static message *open_armored(struct reader *self, const message *now, const struct crypto_armor *armor, const char *from)
{
    struct crypto_layer *layer = layer_add(self, CRYPTO_OPENPGP, true);
    GByteArray *plain = NULL;
    if (!self->may_decrypt)
        layer->words = g_strdup(_("not opened"));
    else
        plain = crypto_decrypt(self->visit, armor->begin, (size_t)(armor->end - armor->begin), from, layer);
    message *made = plain != NULL ? text_inside(self, now, plain, true) : NULL;
    crypto_wipe(plain);
    return made;
}

static message *open_clear(struct reader *self, const message *now, const struct crypto_armor *armor, const char *from)
{
    struct crypto_layer *layer = layer_add(self, CRYPTO_OPENPGP, false);
    GByteArray *plain = NULL;
    g_ptr_array_unref(layer->signatures);
    layer->signatures = crypto_verify_opaque(self->visit, CRYPTO_OPENPGP, armor->begin, (size_t)(armor->end - armor->begin), from, &plain);
    self->checks++;
    layer->is_open = plain != NULL;
    message *made = plain != NULL ? text_inside(self, now, plain, false) : NULL;
    crypto_wipe(plain);
    return made;
}

/* Only a message that is nothing but this one text. With words around it, which a stranger may have put there around what he could not read, it is a
 * part among others. */
static message *open_inline(struct reader *self, const message *now, const char *from)
{
    size_t size = 0;
    struct crypto_armor armor;
    if (!is_type(root_of(now), "text", "plain"))
        return NULL;
    g_autofree char *text = message_object_bytes(root_of(now), &size);
    if (size > INLINE_BYTES_MAX || strlen(text) != size || !crypto_armor_find(text, &armor))
        return NULL;
    if (!is_blank(text, armor.begin) || !is_blank(armor.end, text + size))
        return NULL;
    return armor.is_encrypted ? open_armored(self, now, &armor, from) : open_clear(self, now, &armor, from);
}

/* --- signatures over parts --- */

static void seal_add(struct reader *self, message *letter, struct message_seal *seal /* taken */, GPtrArray *signatures /* taken */)
{
    const struct crypto_signature *best = crypto_best_of(signatures);
    guint at = 0;
    g_ptr_array_find(signatures, best, &at);
    seal->words = g_strdup(best->words);
    seal->is_good = best->state == CRYPTO_GOOD;
    g_ptr_array_add(self->reading->signatures, g_ptr_array_steal_index(signatures, at));
    g_ptr_array_unref(signatures);
    message_take_seal(letter, seal);
}

/* --- encrypted among other parts --- */

static void read_all(struct reader *self);

/* What came out of it is a message of its own, from the same sender, with signatures of its own. */
static message *secret_inside(struct reader *self, const GByteArray *plain, const char *from, struct crypto_layer *layer)
{
    g_autofree char *head = from != NULL ? g_strdup_printf("From: <%s>\r\n", from) : g_strdup("");
    g_autoptr(GByteArray) whole = g_byte_array_new();
    g_byte_array_append(whole, (const guint8 *)head, (guint)strlen(head));
    g_byte_array_append(whole, plain->data, plain->len);
    struct reader within = *self;
    g_autoptr(crypto_reading) reading = within.reading = crypto_reading_new(message_parse(whole->data, whole->len));
    explicit_bzero(whole->data, whole->len);
    within.nesting++;
    if (within.nesting < NESTING_MAX)
        read_all(&within);
    self->checks = within.checks;
    for (guint i = 0; i < reading->layers->len; i++) {
        struct crypto_layer *each = g_ptr_array_index(reading->layers, i);
        g_ptr_array_extend_and_steal(layer->signatures, g_steal_pointer(&each->signatures));
        each->signatures = crypto_signatures_new();
    }
    return g_steal_pointer(&reading->letter);
}

static char *secret_words(const struct crypto_layer *layer, const message *inside)
{
    const struct crypto_signature *best = layer->signatures->len > 0 ? crypto_best_of(layer->signatures) : NULL;
    const char *subject = inside != NULL ? message_header(inside, "Subject") : NULL;
    GString *words = g_string_new(layer->words);
    if (best != NULL)
        g_string_append_printf(words, _("; signature: %s"), best->words);
    if (subject != NULL && *subject != '\0')
        g_string_append_printf(words, _("; subject: %s"), subject);
    return g_string_free(words, FALSE);
}

/* What cannot be opened stays to be seen as it came, below the words that say why: it can be given to somebody who has the key. */
static void closed_keep(struct message_seal *seal, const char *armor, size_t size)
{
    g_autofree char *closed = message_utf8(armor, size, NULL, NULL), *after = seal->after;
    seal->after = g_strconcat(closed, after, NULL);
}

static void secret_open(struct reader *self, message *letter, struct message_seal *seal /* taken */, enum crypto_protocol protocol,
                        const char *bytes, size_t size, const char *from)
{
    struct crypto_layer *layer = crypto_layer_new(self->reading->parts, protocol, true);
    GMimeObject *around = GMIME_IS_PART(seal->object) && is_type(seal->object, "text", "plain") ? seal->object : NULL;
    GByteArray *plain = self->may_decrypt ? crypto_decrypt(self->visit, bytes, size, from, layer) : NULL;
    self->checks++;
    if (layer->words == NULL)
        layer->words = g_strdup(_("not opened"));
    g_autoptr(GByteArray) entity = plain != NULL && around != NULL ? text_entity(around, plain) : NULL;
    seal->inside = plain != NULL ? secret_inside(self, entity != NULL ? entity : plain, from, layer) : NULL;
    seal->is_encrypted = true;
    if (plain == NULL && around != NULL)
        closed_keep(seal, bytes, size);
    seal->words = secret_words(layer, seal->inside);
    seal->is_good = layer->signatures->len > 0 && crypto_best_of(layer->signatures)->state == CRYPTO_GOOD;
    message_take_seal(letter, seal);
    if (seal->inside != NULL)
        message_take_parts(letter, seal->inside);
    crypto_wipe(plain);
}

static void encrypted_part_open(struct reader *self, message *letter, GMimeObject *object, const char *from)
{
    GMimeObject *content = encrypted_content(object, 0);
    size_t size = 0;
    if (content == NULL)
        return;
    g_autofree char *bytes = message_object_bytes(content, &size);
    struct message_seal *seal = g_new0(struct message_seal, 1);
    seal->object = object;
    secret_open(self, letter, seal, CRYPTO_OPENPGP, bytes, size, from);
}

static void opaque_part_check(struct reader *self, message *letter, struct message_seal *seal /* taken */, const char *bytes, size_t size,
                              const char *from)
{
    GByteArray *plain = NULL;
    GPtrArray *signatures = crypto_verify_opaque(self->visit, CRYPTO_SMIME, bytes, size, from, &plain);
    self->checks++;
    if (plain != NULL)
        seal->inside = message_parse(plain->data, plain->len);
    seal_add(self, letter, seal, signatures);
    crypto_wipe(plain);
}

static void pkcs7_part_open(struct reader *self, message *letter, GMimeObject *object, const char *from)
{
    size_t size = 0;
    g_autofree char *bytes = GMIME_IS_PART(object) ? message_object_bytes(object, &size) : NULL;
    g_auto(gpgme_data_t) data = NULL;
    if (bytes == NULL || gpgme_data_new_from_mem(&data, bytes, size, 0) != 0)
        return;
    struct message_seal *seal = g_new0(struct message_seal, 1);
    seal->object = object;
    if (gpgme_data_identify(data, 0) == GPGME_DATA_TYPE_CMS_SIGNED)
        opaque_part_check(self, letter, seal, bytes, size, from);
    else
        secret_open(self, letter, seal, CRYPTO_SMIME, bytes, size, from);
}

static bool is_file(GMimeObject *object)
{
    const char *disposition = g_mime_object_get_disposition(object);
    return disposition != NULL && g_ascii_strcasecmp(disposition, "attachment") == 0;
}

/* One of the blocks in a text; false: nothing can be said of it, it stays as it is. */
static bool armor_check(struct reader *self, message *letter, struct message_seal *seal /* taken if true */,
                        const struct crypto_armor *armor, const char *from)
{
    size_t size = (size_t)(armor->end - armor->begin);
    GByteArray *plain = NULL;
    if (armor->is_encrypted) {
        secret_open(self, letter, seal, CRYPTO_OPENPGP, armor->begin, size, from);
        return true;
    }
    g_autoptr(GPtrArray) found = crypto_verify_opaque(self->visit, CRYPTO_OPENPGP, armor->begin, size, from, &plain);
    self->checks++;
    if (plain == NULL)
        return false;
    g_autoptr(GByteArray) entity = text_entity(seal->object, plain);
    seal->inside = message_parse(entity->data, entity->len);
    seal_add(self, letter, seal, g_steal_pointer(&found));
    crypto_wipe(plain);
    return true;
}

/* What is encrypted or signed in a text, one block after the other; the words between them are a stranger's. */
static void text_parts_check(struct reader *self, message *letter, GMimeObject *object, const char *from)
{
    size_t size = 0;
    struct crypto_armor armor;
    struct message_seal *last = NULL;
    const char *charset = g_mime_object_get_content_type_parameter(object, "charset");
    g_autofree char *text = message_object_bytes(object, &size);
    const char *done = text;
    unsigned blocks = 0; /* those of a file are passed over, but each is looked for in all that is left */
    if (size > INLINE_BYTES_MAX || strlen(text) != size)
        return;
    for (const char *at = text; crypto_armor_find(at, &armor); at = armor.end) {
        if (blocks++ >= CRYPTO_CHECKS_MAX || self->checks >= CRYPTO_CHECKS_MAX || crypto_is_over(self->visit)) {
            self->reading->has_more = true;
            break;
        }
        if (armor.is_encrypted && is_file(object))
            continue;
        struct message_seal *seal = g_new0(struct message_seal, 1);
        seal->object = object;
        if (!armor_check(self, letter, seal, &armor, from)) {
            g_free(seal);
            continue;
        }
        seal->before = message_utf8(done, (size_t)(armor.begin - done), charset, NULL);
        last = seal;
        done = armor.end;
    }
    if (last == NULL)
        return;
    g_autofree char *closed = last->after, *rest = message_utf8(done, size - (size_t)(done - text), charset, NULL);
    last->after = g_strconcat(closed != NULL ? closed : "", rest, NULL);
}

static void signed_part_check(struct reader *self, message *letter, GMimeObject *object, const char *from)
{
    enum crypto_protocol protocol = CRYPTO_OPENPGP;
    size_t size = 0;
    g_autofree char *entity = signed_protocol(object, &protocol) ? signed_bytes(letter, object, &size) : NULL;
    if (entity == NULL)
        return;
    struct message_seal *seal = g_new0(struct message_seal, 1);
    seal->object = object;
    seal->inside = message_parse(entity, size);
    seal_add(self, letter, seal, signed_check(self, object, entity, size, protocol, from));
}

static void parts_check(struct reader *self, message *letter, GMimeObject *object, const char *from, int depth)
{
    if (object == NULL || depth > MESSAGE_DEPTH_MAX || crypto_is_over(self->visit))
        return;
    bool is_signed = is_type(object, "multipart", "signed"), is_text = is_type(object, "text", "plain") && GMIME_IS_PART(object);
    bool is_encrypted = is_type(object, "multipart", "encrypted"), is_sealed = is_pkcs7(object);
    if ((is_signed || is_text || is_encrypted || is_sealed) && self->checks >= CRYPTO_CHECKS_MAX) {
        self->reading->has_more |= !is_text;
        return;
    }
    if (is_signed) {
        signed_part_check(self, letter, object, from); /* what lies inside of it is shown as it is */
    } else if (is_encrypted) {
        encrypted_part_open(self, letter, object, from);
    } else if (is_sealed) {
        pkcs7_part_open(self, letter, object, from);
    } else if (is_text) {
        text_parts_check(self, letter, object, from);
    } else if (GMIME_IS_MULTIPART(object)) {
        int count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
        for (int i = 0; i < count && i < MESSAGE_PARTS_MAX; i++)
            parts_check(self, letter, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), from, depth + 1);
    } else if (GMIME_IS_MESSAGE_PART(object)) {
        GMimeMessage *attached = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
        g_autofree char *author = attached != NULL ? sender_of(GMIME_OBJECT(attached)) : NULL;
        if (attached != NULL)
            parts_check(self, letter, g_mime_message_get_mime_part(attached), author, depth + 1);
    }
}

/* --- the whole --- */

static bool is_setup_message(const message *letter)
{
    return message_header(letter, "Autocrypt-Setup-Message") != NULL;
}

bool crypto_is_wanted(const message *letter)
{
    struct message_info info;
    GMimeObject *root = root_of(letter);
    size_t size = 0;
    message_info(letter, &info);
    bool is_marked = (info.part_flags & (MESSAGE_IS_SIGNED | MESSAGE_IS_ENCRYPTED)) != 0 || is_pkcs7(root) || is_setup_message(letter);
    for (guint i = 0; !is_marked && i < letter->objects->len && i < 200; i++) {
        GMimeObject *object = g_ptr_array_index(letter->objects, i);
        is_marked = GMIME_IS_MESSAGE_PART(object) || is_type(object, "application", "pgp-encrypted") || is_pkcs7(object);
        if (is_marked || !GMIME_IS_PART(object) || !is_type(object, "text", "plain"))
            continue;
        g_autofree char *text = message_object_bytes(object, &size);
        is_marked = strstr(text, "-----BEGIN PGP ") != NULL;
    }
    return is_marked;
}

static message *open_layer(struct reader *self, const message *now)
{
    GMimeObject *root = root_of(now);
    g_autofree char *from = sender_of(GMIME_OBJECT(now->mime));
    if (is_type(root, "multipart", "signed"))
        return open_signed(self, now, from);
    if (is_type(root, "multipart", "encrypted"))
        return open_encrypted(self, now, from);
    if (is_pkcs7(root))
        return open_pkcs7(self, now, from);
    GMimeObject *content = damaged_content(root);
    return content != NULL ? open_content(self, now, content, from) : open_inline(self, now, from);
}

static void read_all(struct reader *self)
{
    struct crypto_reading *reading = self->reading;
    for (message *next; reading->layers->len < CRYPTO_LAYERS_MAX && (next = open_layer(self, reading->letter)) != NULL;) {
        message_free(reading->letter);
        reading->letter = next;
    }
    GMimeObject *root = root_of(reading->letter);
    bool is_refused = is_type(root, "multipart", "signed") || is_type(root, "multipart", "encrypted") || is_pkcs7(root); /* as a layer */
    g_autofree char *from = sender_of(GMIME_OBJECT(reading->letter->mime));
    if (!is_refused)
        parts_check(self, reading->letter, root, from, 0);
}

struct crypto_reading *crypto_read(crypto *visit, message *letter, bool may_decrypt)
{
    struct crypto_reading *reading = crypto_reading_new(letter);
    struct reader self = { .visit = visit, .reading = reading, .may_decrypt = may_decrypt };
    if (is_setup_message(letter))
        reading->warning =
            g_strdup(_("Another mail program's secret key is in here, locked with a setup code (Autocrypt). postern does not open it: save "
                       "the attachment, and give it to gpg with the code. Trust it only if you have just sent it to yourself."));
    if (message_is_whole(letter))
        read_all(&self);
    reading->is_decrypted = message_is_decrypted(reading->letter);
    return reading;
}
