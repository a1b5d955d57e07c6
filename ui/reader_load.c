/* SPDX-License-Identifier: MIT */
/* A message read, rendered and laid out, for the reader. */
#include "ui/reader_load.h"
#include "core/autocrypt.h"
#include "core/crypto.h"

void reader_load_work(store *db, void *data)
{
    (void)db;
    struct reader_load *self = data;
    if (self->letter == NULL) {
        self->letter = message_load(self->path, NULL);
        self->is_sealed = self->letter != NULL && crypto_is_wanted(self->letter);
        if (self->letter != NULL && self->gathers_keys)
            autocrypt_notice(self->letter);
    }
    g_autoptr(message) raw = self->raw_path != NULL && self->text == NULL ? message_load(self->raw_path, NULL) : NULL;
    if (self->letter != NULL && self->text == NULL)
        self->text = message_text(raw != NULL ? raw : self->letter, self->view);
    if (self->text != NULL && self->row != NULL)
        self->lines = reader_lines(self->row, self->letter, self->text, NULL, &self->wishes);
}

void reader_load_free(void *data)
{
    struct reader_load *self = data;
    g_free(self->path);
    g_free(self->raw_path);
    g_clear_pointer(&self->letter, message_free);
    g_clear_pointer(&self->text, text_free);
    g_clear_pointer(&self->row, placement_free);
    g_clear_pointer(&self->own, g_ptr_array_unref);
    g_clear_pointer(&self->lines, g_ptr_array_unref);
    g_free(self);
}
