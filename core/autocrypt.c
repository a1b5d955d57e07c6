/* SPDX-License-Identifier: MIT */
/* One file for each address, and its key beside it; named by a hash, for addresses are strangers' text. */
#include "core/autocrypt.h"
#include "config/paths.h"
#include "core/message_private.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#define KEY_BYTES_MAX   ((size_t)64 * 1024)
#define KEY_BYTES_LEAST ((size_t)40)

void autocrypt_peer_free(autocrypt_peer *self)
{
    if (self == NULL)
        return;
    g_free(self->address);
    g_free(self->path);
    g_free(self->path_before);
    g_free(self);
}

/* --- the header --- */
static GBytes *key_read(const char *base64)
{
    g_autoptr(GString) packed = g_string_new(NULL);
    for (const char *c = base64; *c != '\0' && packed->len <= KEY_BYTES_MAX * 2; c++)
        if (!g_ascii_isspace(*c))
            g_string_append_c(packed, *c);
    if (strspn(packed->str, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != packed->len)
        return NULL;
    gsize size = 0;
    guchar *bytes = g_base64_decode(packed->str, &size);
    bool is_key = size >= KEY_BYTES_LEAST && size <= KEY_BYTES_MAX && (bytes[0] & 0x80) != 0;
    if (is_key)
        return g_bytes_new_take(bytes, size);
    g_free(bytes);
    return NULL;
}

bool autocrypt_header_read(const char *value, char **address_out, bool *is_mutual_out, GBytes **key_out)
{
    g_auto(GStrv) attributes = g_strsplit(value, ";", 16);
    g_autofree char *address = NULL;
    g_autoptr(GBytes) key = NULL;
    bool is_mutual = false;
    for (char **each = attributes; *each != NULL; each++) {
        char *name = g_strstrip(*each), *equals = strchr(name, '=');
        if (*name == '\0')
            continue;
        if (equals == NULL)
            return false;
        *equals = '\0';
        if (g_ascii_strcasecmp(name, "addr") == 0 && address == NULL)
            address = g_ascii_strdown(g_strstrip(equals + 1), -1);
        else if (g_ascii_strcasecmp(name, "prefer-encrypt") == 0)
            is_mutual = strcmp(equals + 1, "mutual") == 0;
        else if (g_ascii_strcasecmp(name, "keydata") == 0 && key == NULL)
            key = key_read(equals + 1);
        else if (*name != '_') /* what must be understood and is not */
            return false;
    }
    if (address == NULL || key == NULL || strchr(address, '@') == NULL)
        return false;
    *address_out = g_steal_pointer(&address);
    *is_mutual_out = is_mutual;
    *key_out = g_steal_pointer(&key);
    return true;
}

struct said {
    char *address;
    bool is_mutual;
    GBytes *key;
    guint count;
};

static void said_clear(struct said *self)
{
    g_free(self->address);
    g_clear_pointer(&self->key, g_bytes_unref);
}
typedef struct said said;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(said, said_clear)

/* A header speaks for the one address in From only; of several that would count none does. */
static void header_take(struct said *self, const char *value, const char *from)
{
    g_autofree char *address = NULL;
    g_autoptr(GBytes) key = NULL;
    bool is_mutual = false;
    if (!autocrypt_header_read(value, &address, &is_mutual, &key) || strcmp(address, from) != 0)
        return;
    if (++self->count > 1)
        return;
    self->address = g_steal_pointer(&address);
    self->key = g_steal_pointer(&key);
    self->is_mutual = is_mutual;
}

static void headers_read(const message *letter, const char *from, struct said *out)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(letter->mime));
    int count = g_mime_header_list_get_count(list);
    for (int i = 0; i < count; i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
        const char *value =
            g_ascii_strcasecmp(g_mime_header_get_name(header), "Autocrypt") == 0 ? g_mime_header_get_raw_value(header) : NULL;
        if (value != NULL)
            header_take(out, value, from);
    }
}

/* --- the files --- */
static char *path_of(const char *address, const char *suffix)
{
    g_autofree char *directory = paths_data_file("autocrypt"), *lower = g_ascii_strdown(address, -1);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, lower, -1), *name = g_strconcat(hash, suffix, NULL);
    return g_build_filename(directory, name, NULL);
}

static GKeyFile *file_load(const char *address)
{
    g_autofree char *path = path_of(address, ".peer");
    GKeyFile *file = g_key_file_new();
    g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL);
    return file;
}

static bool file_save(GKeyFile *file, const char *address)
{
    g_autofree char *path = path_of(address, ".peer"), *text = g_key_file_to_data(file, NULL, NULL);
    return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

autocrypt_peer *autocrypt_peer_load(const char *address)
{
    g_autoptr(GKeyFile) file = file_load(address);
    g_autofree char *path = path_of(address, ".key"), *before = path_of(address, ".before");
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return NULL;
    autocrypt_peer *self = g_new0(autocrypt_peer, 1);
    self->address = g_ascii_strdown(address, -1);
    self->path = g_steal_pointer(&path);
    self->path_before = g_file_test(before, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer(&before) : NULL;
    self->is_mutual = g_key_file_get_boolean(file, "peer", "mutual", NULL);
    self->seen_utc = g_key_file_get_int64(file, "peer", "seen", NULL);
    self->keyed_utc = g_key_file_get_int64(file, "peer", "keyed", NULL);
    self->change_utc = g_key_file_get_int64(file, "peer", "changed", NULL);
    return self;
}

/* The one before stays beside it: whether it is another key or the same with a longer life is seen when it is used. */
static bool key_save(const char *address, GBytes *key, bool *is_new_out)
{
    g_autofree char *path = path_of(address, ".key"), *before = path_of(address, ".before"), *old = NULL;
    gsize size = 0, old_size = 0;
    const char *bytes = g_bytes_get_data(key, &size);
    bool is_there = g_file_get_contents(path, &old, &old_size, NULL);
    *is_new_out = is_there && (old_size != size || memcmp(old, bytes, size) != 0);
    if (is_there && !*is_new_out)
        return true;
    if (*is_new_out && g_rename(path, before) != 0)
        return false;
    return g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

static bool peer_update(const struct said *said, int64_t date_utc)
{
    g_autofree char *directory = paths_data_file("autocrypt");
    bool is_changed = false;
    if (!paths_make(directory, NULL))
        return false;
    g_autoptr(GKeyFile) file = file_load(said->address);
    int64_t keyed_utc = g_key_file_get_int64(file, "peer", "keyed", NULL), seen_utc = g_key_file_get_int64(file, "peer", "seen", NULL);
    if (date_utc < keyed_utc || !key_save(said->address, said->key, &is_changed))
        return false;
    if (date_utc == keyed_utc && !is_changed)
        return true; /* read again */
    g_key_file_set_string(file, "peer", "address", said->address);
    g_key_file_set_boolean(file, "peer", "mutual", said->is_mutual);
    g_key_file_set_int64(file, "peer", "keyed", date_utc);
    g_key_file_set_int64(file, "peer", "seen", MAX(date_utc, seen_utc));
    if (is_changed)
        g_key_file_set_int64(file, "peer", "changed", date_utc);
    return file_save(file, said->address);
}

/* A newer message without a key: they may have given it up. */
static void peer_seen(const char *address, int64_t date_utc)
{
    g_autofree char *path = path_of(address, ".peer");
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return;
    g_autoptr(GKeyFile) file = file_load(address);
    if (date_utc <= g_key_file_get_int64(file, "peer", "seen", NULL))
        return;
    g_key_file_set_int64(file, "peer", "seen", date_utc);
    file_save(file, address);
}

bool autocrypt_notice(const message *letter)
{
    struct message_info info = { 0 };
    g_auto(said) said = { 0 };
    g_autoptr(GPtrArray) people = message_addresses(letter, "From");
    GMimeObject *root = g_mime_message_get_mime_part(letter->mime);
    bool is_report = root != NULL && g_mime_content_type_is_type(g_mime_object_get_content_type(root), "multipart", "report");
    if (people == NULL || people->len != 1 || is_report)
        return false;
    g_autofree char *from = g_ascii_strdown(((const struct message_address *)people->pdata[0])->address, -1);
    message_info(letter, &info);
    int64_t date_utc = MIN(info.date_utc, g_get_real_time() / G_USEC_PER_SEC);
    headers_read(letter, from, &said);
    if (said.count == 1)
        return peer_update(&said, date_utc);
    peer_seen(from, date_utc);
    return false;
}

GBytes *autocrypt_key(const message *letter)
{
    g_auto(said) found = { 0 };
    g_autoptr(GPtrArray) from = message_addresses(letter, "From");
    const struct message_address *sender = from != NULL && from->len == 1 ? g_ptr_array_index(from, 0) : NULL;
    g_autofree char *address = sender != NULL ? g_ascii_strdown(sender->address, -1) : NULL;
    if (address != NULL)
        headers_read(letter, address, &found);
    return found.count == 1 ? g_steal_pointer(&found.key) : NULL;
}
