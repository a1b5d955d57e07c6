/* SPDX-License-Identifier: MIT */
/* What was found in one message: layers of encryption and signatures, from the outermost; and which of the signatures counts. */
#include "core/crypto_private.h"

struct crypto_layer *crypto_layer_new(GPtrArray *list, enum crypto_protocol protocol, bool is_encrypted)
{
    struct crypto_layer *layer = g_new0(struct crypto_layer, 1);
    layer->protocol = protocol;
    layer->is_encrypted = is_encrypted;
    layer->signatures = crypto_signatures_new();
    g_ptr_array_add(list, layer);
    return layer;
}

static void layer_free(gpointer data)
{
    struct crypto_layer *layer = data;
    g_ptr_array_unref(layer->signatures);
    g_free(layer->words);
    g_free(layer);
}

struct crypto_reading *crypto_reading_new(message *letter)
{
    struct crypto_reading *reading = g_new0(struct crypto_reading, 1);
    reading->letter = letter;
    reading->layers = g_ptr_array_new_with_free_func(layer_free);
    reading->parts = g_ptr_array_new_with_free_func(layer_free);
    reading->signatures = crypto_signatures_new();
    return reading;
}

void crypto_reading_free(struct crypto_reading *self)
{
    if (self == NULL)
        return;
    g_clear_pointer(&self->letter, message_free);
    g_ptr_array_unref(self->layers);
    g_ptr_array_unref(self->parts);
    g_ptr_array_unref(self->signatures);
    g_free(self->warning);
    g_free(self);
}

const struct crypto_signature *crypto_best_of(const GPtrArray *signatures)
{
    const struct crypto_signature *best = NULL;
    for (guint i = 0; i < signatures->len; i++) {
        const struct crypto_signature *each = g_ptr_array_index(signatures, i);
        if (each->state == CRYPTO_BAD)
            return each;
        if (best == NULL || each->state < best->state)
            best = each;
    }
    return best;
}

const struct crypto_signature *crypto_covering(const struct crypto_reading *reading)
{
    const struct crypto_signature *best = NULL;
    for (guint i = 0; i < reading->layers->len; i++) {
        const struct crypto_layer *layer = g_ptr_array_index(reading->layers, i);
        const struct crypto_signature *here = crypto_best_of(layer->signatures);
        if (here != NULL && (here->state == CRYPTO_BAD || best == NULL || here->state < best->state))
            best = here;
        if (best != NULL && best->state == CRYPTO_BAD)
            return best;
    }
    return best;
}
