/* SPDX-License-Identifier: MIT */
/* winmail.dat (MS-OXTNEF): what Outlook packs attachments into when it thinks that everybody has Outlook. Read as what a stranger sent: every length is held
 * against what is there, nothing is copied, and what does not add up is the end of it. */
#include "core/message_packed.h"
#include <string.h>

#define SIGNATURE      0x223e9f78u
#define NESTED_MAX     3
#define PROPERTIES_MAX 1000
#define VALUES_MAX     100

enum attribute {
    ATTRIBUTE_BODY = 0x800c,
    ATTRIBUTE_DATA = 0x800f,
    ATTRIBUTE_TITLE = 0x8010,
    ATTRIBUTE_RENDERING = 0x9002, /* begins an attachment */
    ATTRIBUTE_PROPERTIES = 0x9003,
    ATTRIBUTE_ATTACHMENT = 0x9005
};
enum property {
    PROPERTY_BODY = 0x1000,
    PROPERTY_HTML = 0x1013,
    PROPERTY_DISPLAY_NAME = 0x3001,
    PROPERTY_DATA = 0x3701,
    PROPERTY_FILENAME = 0x3704,
    PROPERTY_LONG_FILENAME = 0x3707,
    PROPERTY_MIME_TAG = 0x370e
};
enum value_type { VALUE_OBJECT = 0x0d, VALUE_STRING8 = 0x1e, VALUE_UNICODE = 0x1f, VALUE_BINARY = 0x102, VALUE_MANY = 0x1000 };

struct slice {
    const guint8 *at;
    size_t left;
};

struct unpacking {
    GBytes *stream;
    GPtrArray *files;
    /* of the attachment that is open */
    char *name, *type;
    struct slice data;
    bool is_open, is_named_long, is_object;
    int nested;
};

static void stream_read(struct unpacking *self, struct slice stream);

/* --- bytes --- */

static bool take(struct slice *self, size_t size, struct slice *out)
{
    if (size > self->left)
        return false;
    *out = (struct slice){ self->at, size };
    self->at += size;
    self->left -= size;
    return true;
}

static bool take_number(struct slice *self, size_t size, guint32 *out)
{
    struct slice bytes;
    if (!take(self, size, &bytes))
        return false;
    *out = 0;
    for (size_t i = 0; i < size; i++)
        *out |= (guint32)bytes.at[i] << 8 * i;
    return true;
}

/* Values are filled up to four bytes; the filling may be missing at the very end. */
static bool take_padded(struct slice *self, size_t size, struct slice *out)
{
    struct slice filling;
    size_t rest = (4 - size % 4) % 4;
    if (!take(self, size, out))
        return false;
    take(self, MIN(rest, self->left), &filling);
    return true;
}

static char *string_of(struct slice value, bool is_wide)
{
    g_autofree char *utf8 = NULL;
    if (is_wide)
        utf8 = g_convert((const char *)value.at, (gssize)(value.left - value.left % 2), "UTF-8", "UTF-16LE", NULL, NULL, NULL);
    else if (g_utf8_validate_len((const char *)value.at, strnlen((const char *)value.at, value.left), NULL))
        utf8 = g_strndup((const char *)value.at, value.left);
    else
        utf8 = g_convert_with_fallback((const char *)value.at, (gssize)strnlen((const char *)value.at, value.left), "UTF-8", "windows-1252",
                                       "?", NULL, NULL, NULL);
    return utf8 != NULL ? g_utf8_make_valid(utf8, (gssize)strlen(utf8)) : NULL;
}

/* --- files --- */

static GBytes *bytes_of(const struct unpacking *self, struct slice value)
{
    const guint8 *begin = g_bytes_get_data(self->stream, NULL);
    return g_bytes_new_from_bytes(self->stream, (gsize)(value.at - begin), value.left);
}

static void file_add(struct unpacking *self, char *name /* taken */, const char *type, GBytes *bytes /* taken */)
{
    if (self->files->len >= PACKED_FILES_MAX) {
        g_free(name);
        g_bytes_unref(bytes);
        return;
    }
    struct packed_file *file = g_new0(struct packed_file, 1);
    *file = (struct packed_file){ .name = name, .type = g_ascii_strdown(type, -1), .bytes = bytes };
    g_ptr_array_add(self->files, file);
}

/* The text of the message; that of a message within is a file, under its name. */
static void text_add(struct unpacking *self, const char *type, GBytes *bytes /* taken */)
{
    const char *ending = strcmp(type, "text/html") == 0 ? ".html" : ".txt";
    file_add(self, self->nested > 0 ? g_strconcat("message", ending, NULL) : NULL, type, bytes);
}

static bool is_stream(struct slice data)
{
    return data.left > 4 && memcmp(data.at, "\x78\x9f\x3e\x22", 4) == 0;
}

static void attachment_end(struct unpacking *self)
{
    bool is_within = self->is_object || (self->is_open && is_stream(self->data)); /* or a winmail.dat among the files */
    if (self->is_open && is_within && self->nested < NESTED_MAX) {
        struct unpacking within = { .stream = self->stream, .files = self->files, .nested = self->nested + 1 };
        stream_read(&within, self->data);
    } else if (self->is_open && self->data.at != NULL) {
        bool has_type = self->type != NULL && strchr(self->type, '/') != NULL && strpbrk(self->type, " ;\r\n\t") == NULL;
        file_add(self, g_strdup(self->name != NULL && *self->name != '\0' ? self->name : "attachment"),
                 has_type ? self->type : "application/octet-stream", bytes_of(self, self->data));
    }
    g_clear_pointer(&self->name, g_free);
    g_clear_pointer(&self->type, g_free);
    self->data = (struct slice){ 0 };
    self->is_open = self->is_named_long = self->is_object = false;
}

/* --- properties --- */

static void name_take(struct unpacking *self, char *name /* taken */, bool is_long)
{
    if (name == NULL || *name == '\0' || (self->name != NULL && (self->is_named_long || !is_long))) {
        g_free(name);
        return;
    }
    g_free(self->name);
    self->name = name;
    self->is_named_long = is_long;
}

static void property_of_attachment(struct unpacking *self, guint32 id, guint32 type, struct slice value)
{
    bool is_text = type == VALUE_STRING8 || type == VALUE_UNICODE;
    if (is_text && (id == PROPERTY_LONG_FILENAME || id == PROPERTY_FILENAME || id == PROPERTY_DISPLAY_NAME)) {
        name_take(self, string_of(value, type == VALUE_UNICODE), id == PROPERTY_LONG_FILENAME);
    } else if (is_text && id == PROPERTY_MIME_TAG) {
        g_free(self->type);
        self->type = string_of(value, type == VALUE_UNICODE);
    } else if (id == PROPERTY_DATA && type == VALUE_BINARY) {
        self->data = value;
    } else if (id == PROPERTY_DATA && type == VALUE_OBJECT && value.left > 16) { /* behind the name of its interface */
        self->data = (struct slice){ value.at + 16, value.left - 16 };
        self->is_object = is_stream(self->data);
    }
}

static void property_of_message(struct unpacking *self, guint32 id, guint32 type, struct slice value)
{
    if (id == PROPERTY_HTML && type == VALUE_BINARY) {
        text_add(self, "text/html", bytes_of(self, value));
    } else if (id == PROPERTY_BODY && (type == VALUE_STRING8 || type == VALUE_UNICODE)) {
        char *words = string_of(value, type == VALUE_UNICODE);
        if (words != NULL)
            text_add(self, "text/plain", g_bytes_new_take(words, strlen(words)));
    }
}

static size_t fixed_size(guint32 type)
{
    static const struct {
        guint32 type;
        size_t size;
    } sizes[] = { { 0x02, 4 }, { 0x03, 4 }, { 0x04, 4 }, { 0x0a, 4 }, { 0x0b, 4 }, { 0x05, 8 },
                  { 0x06, 8 }, { 0x07, 8 }, { 0x14, 8 }, { 0x40, 8 }, { 0x48, 16 } };
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        if (sizes[i].type == type)
            return sizes[i].size;
    return 0;
}

/* A property with a name of its own has it behind its number. */
static bool name_pass(struct slice *list)
{
    struct slice skipped;
    guint32 kind = 0, length = 0;
    if (!take(list, 16, &skipped) || !take_number(list, 4, &kind) || !take_number(list, 4, &length))
        return false;
    return kind == 0 || take_padded(list, length, &skipped);
}

/* False: nobody knows where the next one begins. */
static bool property_read(struct unpacking *self, struct slice *list, bool is_attachment)
{
    guint32 type = 0, id = 0, count = 1;
    if (!take_number(list, 2, &type) || !take_number(list, 2, &id) || (id >= 0x8000 && !name_pass(list)))
        return false;
    guint32 single = type & ~(guint32)VALUE_MANY;
    bool is_variable = single == VALUE_OBJECT || single == VALUE_STRING8 || single == VALUE_UNICODE || single == VALUE_BINARY;
    size_t fixed = fixed_size(single);
    if ((!is_variable && fixed == 0) || ((is_variable || (type & VALUE_MANY)) && !take_number(list, 4, &count)) || count > VALUES_MAX)
        return false;
    for (guint32 i = 0; i < count; i++) {
        guint32 length = (guint32)fixed;
        struct slice value;
        if ((is_variable && !take_number(list, 4, &length)) || !take_padded(list, length, &value))
            return false;
        if (is_attachment)
            property_of_attachment(self, id, single, value);
        else
            property_of_message(self, id, single, value);
    }
    return true;
}

static void properties_read(struct unpacking *self, struct slice list, bool is_attachment)
{
    guint32 count = 0;
    if (!take_number(&list, 4, &count))
        return;
    for (guint32 i = 0; i < MIN(count, (guint32)PROPERTIES_MAX) && property_read(self, &list, is_attachment); i++)
        ;
}

/* --- attributes --- */

static void attribute_take(struct unpacking *self, guint32 id, struct slice value)
{
    switch (id) {
    case ATTRIBUTE_RENDERING:
        attachment_end(self);
        self->is_open = true;
        break;
    case ATTRIBUTE_TITLE:
        name_take(self, string_of(value, false), false);
        break;
    case ATTRIBUTE_DATA:
        self->data = value;
        break;
    case ATTRIBUTE_ATTACHMENT:
        properties_read(self, value, true);
        break;
    case ATTRIBUTE_PROPERTIES:
        properties_read(self, value, false);
        break;
    case ATTRIBUTE_BODY:
        text_add(self, "text/plain", bytes_of(self, (struct slice){ value.at, strnlen((const char *)value.at, value.left) }));
        break;
    default:
        break;
    }
}

static void stream_read(struct unpacking *self, struct slice stream)
{
    guint32 number = 0, level = 0, id = 0, size = 0;
    struct slice value;
    if (!take_number(&stream, 4, &number) || number != SIGNATURE || !take_number(&stream, 2, &number))
        return;
    while (take_number(&stream, 1, &level) && take_number(&stream, 4, &id) && take_number(&stream, 4, &size) &&
           take(&stream, size, &value)) {
        attribute_take(self, id & 0xffff, value);
        if (!take_number(&stream, 2, &number)) /* a sum of the bytes, which nobody keeps right */
            break;
    }
    attachment_end(self);
}

GPtrArray *tnef_files(GBytes *stream)
{
    gsize size = 0;
    struct unpacking self = { .stream = stream, .files = g_ptr_array_new_with_free_func(packed_file_free) };
    const guint8 *bytes = g_bytes_get_data(stream, &size);
    if (bytes != NULL)
        stream_read(&self, (struct slice){ bytes, size });
    return self.files;
}
