/* SPDX-License-Identifier: MIT */
/* The mail of a provider profile: folders with entries; where the service has labels, many entries show one message. The caller holds the lock. */
#include "tests/servers/server_profile_private.h"
#include <string.h>

/* --- names: modified UTF-7 (RFC 3501, 5.1.3) --- */
static void append_shifted(GString *wire, const gunichar2 *units, glong count)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    for (glong i = 0; i < count; i++) {
        const guint8 pair[] = { (guint8)(units[i] >> 8), (guint8)units[i] };
        g_byte_array_append(bytes, pair, 2);
    }
    g_autofree char *text = g_base64_encode(bytes->data, bytes->len);
    text[strcspn(text, "=")] = '\0';
    g_strdelimit(text, "/", ',');
    g_string_append_printf(wire, "&%s-", text);
}

char *profile_to_wire(const char *name)
{
    GString *wire = g_string_new(NULL);
    while (*name != '\0') {
        const char *end = name;
        while ((guchar)*end >= 0x80)
            end++;
        if (end > name) {
            glong count = 0;
            g_autofree gunichar2 *units = g_utf8_to_utf16(name, end - name, NULL, &count, NULL);
            if (units != NULL)
                append_shifted(wire, units, count);
            name = end;
            continue;
        }
        g_string_append(wire, *name == '&' ? "&-" : "");
        if (*name != '&')
            g_string_append_c(wire, *name);
        name++;
    }
    return g_string_free(wire, FALSE);
}

static void append_unshifted(GString *name, const char *text, size_t length)
{
    g_autofree char *base64 = g_strndup(text, length), *padded = NULL;
    g_strdelimit(base64, ",", '/');
    padded = g_strconcat(base64, (const char *const[]){ "", "===", "==", "=" }[length % 4], NULL);
    gsize size = 0;
    g_autofree guchar *bytes = g_base64_decode(padded, &size);
    g_autofree gunichar2 *units = g_new0(gunichar2, size / 2 + 1);
    for (gsize i = 0; i + 1 < size; i += 2)
        units[i / 2] = (gunichar2)(bytes[i] << 8 | bytes[i + 1]);
    g_autofree char *utf8 = g_utf16_to_utf8(units, (glong)(size / 2), NULL, NULL, NULL);
    g_string_append(name, utf8 != NULL ? utf8 : "?");
}

char *profile_from_wire(const char *wire)
{
    GString *name = g_string_new(NULL);
    for (; *wire != '\0'; wire++) {
        size_t length = strcspn(wire, "-");
        if (*wire != '&' || wire[length] == '\0') {
            g_string_append_c(name, *wire);
            continue;
        }
        if (length == 1)
            g_string_append_c(name, '&');
        else
            append_unshifted(name, wire + 1, length - 1);
        wire += length;
    }
    return g_string_free(name, FALSE);
}

/* --- flags --- */
static const struct {
    const char *word;
    unsigned flag;
} flag_words[] = {
    { "\\Seen", PROFILE_SEEN },       { "\\Answered", PROFILE_ANSWERED }, { "\\Flagged", PROFILE_FLAGGED },    { "\\Draft", PROFILE_DRAFT },
    { "\\Deleted", PROFILE_DELETED }, { "$MDNSent", PROFILE_MDN_SENT },   { "$Forwarded", PROFILE_FORWARDED },
};

unsigned profile_flags_of(const char *words)
{
    unsigned flags = 0;
    g_auto(GStrv) list = g_strsplit_set(words, " ()", -1);
    for (char **word = list; *word != NULL; word++) {
        for (size_t i = 0; i < G_N_ELEMENTS(flag_words); i++) {
            if (g_ascii_strcasecmp(*word, flag_words[i].word) == 0)
                flags |= flag_words[i].flag;
        }
    }
    return flags;
}

char *profile_flags_text(unsigned flags)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(flag_words); i++) {
        if (flags & flag_words[i].flag)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", flag_words[i].word);
    }
    return g_string_free(text, FALSE);
}

/* --- life --- */
void profile_message_unref(struct profile_message *message)
{
    if (--message->references > 0)
        return;
    g_bytes_unref(message->bytes);
    g_free(message->message_id);
    g_free(message);
}

static void entry_free(gpointer data)
{
    struct profile_entry *entry = data;
    profile_message_unref(entry->message);
    g_free(entry);
}

static void folder_free(gpointer data)
{
    struct profile_folder *folder = data;
    g_ptr_array_unref(folder->entries);
    g_array_unref(folder->gone);
    g_free(folder->name);
    g_free(folder->wire);
    g_free(folder->attributes);
    g_free(folder->role);
    g_free(folder);
}

struct profile_folder *profile_store_add_folder(struct profile_store *self, const char *wire, const char *attributes, const char *role)
{
    struct profile_folder *folder = g_new0(struct profile_folder, 1);
    *folder = (struct profile_folder){ .name = profile_from_wire(wire),
                                       .wire = g_strdup(wire),
                                       .attributes = g_strdup(attributes),
                                       .role = g_strdup(role),
                                       .uidvalidity = 600 + self->folders->len,
                                       .uidnext = 1,
                                       .entries = g_ptr_array_new_with_free_func(entry_free),
                                       .gone = g_array_new(FALSE, FALSE, sizeof(struct profile_gone)),
                                       .is_subscribed = true };
    g_ptr_array_add(self->folders, folder);
    return folder;
}

/* [folders]: "role = attributes | name", and "folder-N = attributes | name" for those without a role. */
struct profile_store *profile_store_new(GKeyFile *file)
{
    struct profile_store *self = g_new0(struct profile_store, 1);
    self->folders = g_ptr_array_new_with_free_func(folder_free);
    self->modseq = 1000;
    self->last_id = G_GUINT64_CONSTANT(1278455344230334864);
    self->has_labels = g_key_file_get_boolean(file, "imap", "labels", NULL);
    g_auto(GStrv) keys = g_key_file_get_keys(file, "folders", NULL, NULL);
    for (char **key = keys; key != NULL && *key != NULL; key++) {
        g_autofree char *value = g_key_file_get_string(file, "folders", *key, NULL);
        g_auto(GStrv) parts = g_strsplit(value, "|", 2);
        if (g_strv_length(parts) != 2)
            continue;
        g_autofree char *wire = profile_to_wire(g_strstrip(parts[1]));
        profile_store_add_folder(self, wire, g_strstrip(parts[0]), g_str_has_prefix(*key, "folder-") ? "" : *key);
    }
    return self;
}

void profile_store_free(struct profile_store *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->folders);
    g_free(self);
}

/* --- finding --- */
struct profile_folder *profile_store_by_wire(struct profile_store *self, const char *wire)
{
    for (guint i = 0; i < self->folders->len; i++) {
        struct profile_folder *folder = g_ptr_array_index(self->folders, i);
        if (strcmp(folder->wire, wire) == 0 || (g_ascii_strcasecmp(wire, "INBOX") == 0 && g_ascii_strcasecmp(folder->wire, "INBOX") == 0))
            return folder;
    }
    return NULL;
}

struct profile_folder *profile_store_folder(struct profile_store *self, const char *name)
{
    g_autofree char *wire = profile_to_wire(name);
    return profile_store_by_wire(self, wire);
}

struct profile_folder *profile_store_by_role(struct profile_store *self, const char *role)
{
    for (guint i = 0; i < self->folders->len; i++) {
        struct profile_folder *folder = g_ptr_array_index(self->folders, i);
        if (strcmp(folder->role, role) == 0)
            return folder;
    }
    return NULL;
}

struct profile_entry *profile_store_entry(const struct profile_folder *folder, uint32_t uid)
{
    for (guint i = 0; i < folder->entries->len; i++) {
        struct profile_entry *entry = g_ptr_array_index(folder->entries, i);
        if (entry->uid == uid)
            return entry;
    }
    return NULL;
}

static struct profile_entry *entry_of(const struct profile_folder *folder, const struct profile_message *message)
{
    for (guint i = 0; i < folder->entries->len; i++) {
        struct profile_entry *entry = g_ptr_array_index(folder->entries, i);
        if (entry->message == message)
            return entry;
    }
    return NULL;
}

/* --- changing --- */
static struct profile_entry *add_entry(struct profile_store *self, struct profile_folder *folder, struct profile_message *message,
                                       unsigned flags)
{
    struct profile_entry *entry = self->has_labels ? entry_of(folder, message) : NULL;
    if (entry != NULL)
        return entry;
    entry = g_new0(struct profile_entry, 1);
    *entry = (struct profile_entry){ .uid = folder->uidnext++, .flags = flags, .modseq = ++self->modseq, .message = message };
    message->references++;
    g_ptr_array_add(folder->entries, entry);
    return entry;
}

static void remove_entry(struct profile_store *self, struct profile_folder *folder, struct profile_entry *entry)
{
    const struct profile_gone gone = { entry->uid, ++self->modseq };
    g_array_append_val(folder->gone, gone);
    g_ptr_array_remove(folder->entries, entry);
}

static bool is_bin(const struct profile_folder *folder)
{
    return strcmp(folder->role, "trash") == 0 || strcmp(folder->role, "junk") == 0;
}

static void remove_elsewhere(struct profile_store *self, const struct profile_folder *keep, const struct profile_message *message)
{
    for (guint i = 0; i < self->folders->len; i++) {
        struct profile_folder *folder = g_ptr_array_index(self->folders, i);
        struct profile_entry *entry = folder != keep ? entry_of(folder, message) : NULL;
        if (entry != NULL)
            remove_entry(self, folder, entry);
    }
}

struct profile_entry *profile_store_add(struct profile_store *self, struct profile_folder *folder, struct profile_message *message,
                                        unsigned flags)
{
    struct profile_entry *entry = add_entry(self, folder, message, flags);
    struct profile_folder *all = self->has_labels ? profile_store_by_role(self, "all") : NULL;
    if (all == NULL || all == folder)
        return entry;
    if (is_bin(folder))
        remove_elsewhere(self, folder, message);
    else
        add_entry(self, all, message, flags & ~(unsigned)PROFILE_DELETED);
    return entry;
}

struct profile_entry *profile_store_append(struct profile_store *self, struct profile_folder *folder, const char *bytes, size_t size,
                                           unsigned flags, gint64 date)
{
    struct profile_message *message = g_new0(struct profile_message, 1);
    char *id = profile_header(bytes, size, "Message-ID");
    *message = (struct profile_message){
        .id = ++self->last_id, .bytes = g_bytes_new(bytes, size), .date = date, .message_id = id != NULL ? id : g_strdup("")
    };
    return profile_store_add(self, folder, message, flags);
}

void profile_store_set_flags(struct profile_store *self, struct profile_folder *folder, struct profile_entry *entry, unsigned flags)
{
    struct profile_message *message = entry->message;
    entry->flags = flags;
    entry->modseq = ++self->modseq;
    (void)folder;
    if (!self->has_labels)
        return;
    /* One message: what is read here is read everywhere; only \Deleted belongs to the label. */
    for (guint i = 0; i < self->folders->len; i++) {
        struct profile_entry *other = entry_of(g_ptr_array_index(self->folders, i), message);
        if (other == NULL || other == entry)
            continue;
        other->flags = (flags & ~(unsigned)PROFILE_DELETED) | (other->flags & PROFILE_DELETED);
        other->modseq = ++self->modseq;
    }
    struct profile_folder *starred = profile_store_by_role(self, "flagged");
    struct profile_entry *star = starred != NULL ? entry_of(starred, message) : NULL;
    if (starred != NULL && star == NULL && (flags & PROFILE_FLAGGED))
        add_entry(self, starred, message, flags);
    else if (star != NULL && star != entry && !(flags & PROFILE_FLAGGED))
        remove_entry(self, starred, star);
}

void profile_store_expunge(struct profile_store *self, struct profile_folder *folder, struct profile_entry *entry)
{
    if (self->has_labels && strcmp(folder->role, "all") == 0)
        entry->flags &= ~(unsigned)PROFILE_DELETED; /* nothing comes of it: only Trash and Spam let a message go */
    else
        remove_entry(self, folder, entry);
}

struct profile_entry *profile_store_copy(struct profile_store *self, struct profile_folder *from, struct profile_entry *entry,
                                         struct profile_folder *target, bool is_move)
{
    struct profile_message *message = entry->message;
    unsigned flags = entry->flags & ~(unsigned)PROFILE_DELETED;
    uint32_t uid = entry->uid;
    struct profile_entry *copy = NULL;
    message->references++;
    if (self->has_labels) {
        copy = profile_store_add(self, target, message, flags);
        if (is_bin(from) && !is_bin(target)) /* out of the bin: it cannot be in both */
            is_move = true;
    } else {
        gsize size = 0;
        const char *bytes = g_bytes_get_data(message->bytes, &size);
        copy = profile_store_append(self, target, bytes, size, flags, message->date);
    }
    struct profile_entry *left = profile_store_entry(from, uid); /* NULL: Trash has taken it already */
    bool stays = self->has_labels && strcmp(from->role, "all") == 0;
    if (is_move && left != NULL && from != target && !stays)
        remove_entry(self, from, left);
    profile_message_unref(message);
    return copy;
}
