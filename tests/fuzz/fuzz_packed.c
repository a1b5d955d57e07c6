/* SPDX-License-Identifier: MIT */
/* Files packed into parts by strangers: winmail.dat, uuencode, yEnc. LIBRARY: postern_core */
#include "core/message_packed.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const GPtrArray *files)
{
    for (guint i = 0; i < files->len; i++) {
        const struct packed_file *file = g_ptr_array_index(files, i);
        gsize length = 0;
        const guint8 *bytes = g_bytes_get_data(file->bytes, &length);
        G_GNUC_UNUSED volatile guint sum = 0;
        for (gsize k = 0; k < length; k++)
            sum += bytes[k];
        if ((file->name != NULL && !g_utf8_validate(file->name, -1, NULL)) || file->type == NULL)
            abort();
    }
    if (files->len > PACKED_FILES_MAX)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) stream = g_bytes_new(data, size);
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GPtrArray) winmail = tnef_files(stream), written = inline_files(text);
    check(winmail);
    check(written);
    return 0;
}
