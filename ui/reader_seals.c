/* SPDX-License-Identifier: MIT */
/* What is known of signatures and encryption, as rows of the reader's head. */
#include "ui/reader_seals.h"
#include <glib/gi18n-lib.h>

#define ROWS_MAX 6u

static void row_free(gpointer data)
{
    struct seal_row *row = data;
    g_free(row->words);
    g_free(row);
}

static void add(GPtrArray *rows, bool is_encryption, enum seal_look look, const char *words)
{
    struct seal_row *row = g_new0(struct seal_row, 1);
    *row = (struct seal_row){ is_encryption, look, g_strdup(words) };
    g_ptr_array_add(rows, row);
}

static enum seal_look look_of(enum crypto_state state)
{
    static const enum seal_look looks[] = {
        [CRYPTO_GOOD] = SEAL_GOOD,       [CRYPTO_OTHER] = SEAL_BAD,    [CRYPTO_UNTRUSTED] = SEAL_DOUBT, [CRYPTO_EXPIRED] = SEAL_DOUBT,
        [CRYPTO_UNCHECKED] = SEAL_DOUBT, [CRYPTO_NO_KEY] = SEAL_DOUBT, [CRYPTO_REVOKED] = SEAL_BAD,     [CRYPTO_BAD] = SEAL_BAD,
    };
    return looks[state];
}

static void add_layer(GPtrArray *rows, const struct crypto_layer *layer)
{
    if (layer->words != NULL)
        add(rows, layer->is_encrypted, layer->is_encrypted && layer->is_open ? SEAL_GOOD : SEAL_DOUBT, layer->words);
    for (guint i = 0; i < layer->signatures->len && rows->len < ROWS_MAX; i++) {
        const struct crypto_signature *each = g_ptr_array_index(layer->signatures, i);
        add(rows, false, look_of(each->state), each->words);
    }
}

GPtrArray *reader_seals(const struct crypto_reading *reading)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);
    for (guint i = 0; i < reading->layers->len && rows->len < ROWS_MAX; i++)
        add_layer(rows, g_ptr_array_index(reading->layers, i));
    if (reading->signatures->len > 0)
        add(rows, false, SEAL_DOUBT, _("only parts of this message; a bar at the left edge marks what a good signature covers"));
    for (guint i = 0; i < reading->parts->len && rows->len < ROWS_MAX; i++) {
        const struct crypto_layer *part = g_ptr_array_index(reading->parts, i);
        add(rows, true, SEAL_DOUBT,
            part->is_open ? _("one part only; it stands alone between lines of postern's, and answers do not quote it") : part->words);
    }
    if (reading->has_more)
        add(rows, false, SEAL_DOUBT, _("there are more signed parts than are checked"));
    if (reading->warning != NULL)
        add(rows, false, SEAL_BAD, reading->warning);
    return rows;
}

char *reader_seals_calm(const char *words)
{
    static const gunichar marks[] = { 0x2611, 0x2705, 0x2713, 0x2714, 0x1f50f, 0x1f510, 0x1f512, 0x1f513, 0x1f5f8, 0x1f5f9, 0x1f6e1 };
    GString *calm = g_string_new(NULL);
    g_autofree char *valid = g_utf8_make_valid(words != NULL ? words : "", -1);
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool is_mark = false;
        for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
            is_mark |= c == marks[i];
        g_string_append_unichar(calm, is_mark ? 0xb7 : c);
    }
    return g_string_free(calm, FALSE);
}
