/* SPDX-License-Identifier: MIT */
#include "net/digest.h"
#include <glib.h>
#include <openssl/evp.h>

char *digest_sha256(const void *bytes, size_t length)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(bytes, length, sum, &size, EVP_sha256(), NULL) != 1)
        return g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, length);
    GString *digits = g_string_sized_new(2 * size + 1);
    for (unsigned i = 0; i < size; i++)
        g_string_append_printf(digits, "%02x", sum[i]);
    return g_string_free(digits, FALSE);
}
