/* SPDX-License-Identifier: MIT */
/* Full maildrops; see server_maildrop.h. */
#include "tests/servers/server_maildrop.h"
#include "tests/remove_tree.h"
#include "tests/servers/server_private.h"
#include <glib/gstdio.h>
#include <string.h>

static const char *const parts[] = { "tmp", "new", "cur" };

char *maildrop_directory(const server *self, const char *user)
{
    return g_build_filename(server_directory(self), "home", user, "Maildir", NULL);
}

/* Seven of ten are short notes, two have a page or two, one is a file. */
static size_t size_of(GRand *random, unsigned large_bytes)
{
    int kind = g_rand_int_range(random, 0, 100);
    int from = kind < 70 ? 500 : kind < 90 ? 8000 : 60000, to = kind < 70 ? 8000 : kind < 90 ? 60000 : (int)large_bytes;
    if (from >= to)
        from = to / 2;
    double part = g_rand_double(random);
    return (size_t)(from + (to - from) * part * part * part);
}

static GString *message_of(GRand *random, unsigned number, unsigned large_bytes)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz ABCDEF.,0123456789    ";
    size_t size = size_of(random, large_bytes);
    GString *text = g_string_sized_new(size + 1000);
    g_string_append_printf(text,
                           "Received: from a.example.test by b.example.test; Sat, 21 Nov 2026 07:%02u:%02u +0000\nFrom: Ada %u "
                           "<ada%u@example.test>\nTo: bob@example.test\nSubject: Number %u\nMessage-ID: <fill%u@example.test>\n"
                           "Date: Fri, 20 Nov 2026 10:00:00 +0000\n\n.\n..two\n...\nhere is number %u\n",
                           number / 60 % 60, number % 60, number % 40, number % 40, number, number, number);
    for (size_t column = 0; text->len < size; column++) {
        if (column == 72) {
            g_string_append_c(text, '\n');
            column = 0;
            if (g_rand_int_range(random, 0, 30) == 0)
                g_string_append(text, ".\n");
        }
        g_string_append_c(text, letters[g_rand_int_range(random, 0, sizeof letters - 1)]);
    }
    g_string_append_c(text, '\n');
    return text;
}

GPtrArray *maildrop_fill(const server *self, const char *user, unsigned count, unsigned large_bytes)
{
    g_autofree char *home = g_build_filename(server_directory(self), "home", user, NULL), *maildir = maildrop_directory(self, user);
    g_autoptr(GRand) random = g_rand_new_with_seed(count);
    GPtrArray *hashes = g_ptr_array_new_with_free_func(g_free);
    remove_tree(home);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_build_filename(maildir, parts[i], NULL);
        g_mkdir_with_parents(path, 0700);
    }
    for (unsigned i = 0; i < count; i++) {
        g_autofree char *path = g_strdup_printf("%s/new/%u.M%uP1.test", maildir, 1700000000 + i, i);
        g_autoptr(GString) text = message_of(random, i, large_bytes);
        if (!g_file_set_contents_full(path, text->str, (gssize)text->len, G_FILE_SET_CONTENTS_NONE, 0600, NULL))
            g_error("%s cannot be written", path);
        g_ptr_array_add(hashes, g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)text->str, text->len));
    }
    SERVER_RUN("chown", "-R", "mail:mail", home);
    return hashes;
}

char *maildrop_hash(const char *path)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &text, &length, NULL))
        return NULL;
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)text, length);
}

GHashTable *maildrop_hashes(const char *maildir)
{
    GHashTable *counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 1; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *directory = g_build_filename(maildir, parts[i], NULL);
        g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
        const char *name;
        while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
            g_autofree char *path = g_build_filename(directory, name, NULL);
            char *hash = maildrop_hash(path);
            if (hash != NULL) /* else it went away meanwhile */
                g_hash_table_replace(counts, hash, GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(counts, hash)) + 1));
        }
    }
    return counts;
}
