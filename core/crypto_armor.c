/* SPDX-License-Identifier: MIT */
/* Where OpenPGP stands in a text: blocks between lines of its own (RFC 9580, 6.2). */
#include "core/crypto_private.h"
#include <string.h>

static const char *line_find(const char *text, const char *mark)
{
    for (const char *at = text; (at = strstr(at, mark)) != NULL; at++) {
        const char *behind = at + strlen(mark);
        behind += strspn(behind, " \t\r");
        if ((at == text || at[-1] == '\n') && (*behind == '\n' || *behind == '\0'))
            return at;
    }
    return NULL;
}

/* "gpg --sign" says "PGP MESSAGE", too, of what is only packed. */
static bool is_only_signed(const struct crypto_armor *armor)
{
    g_auto(gpgme_data_t) data = NULL;
    return gpgme_data_new_from_mem(&data, armor->begin, (size_t)(armor->end - armor->begin), 0) == 0 &&
           gpgme_data_identify(data, 0) == GPGME_DATA_TYPE_PGP_SIGNED;
}

bool crypto_armor_find(const char *text, struct crypto_armor *armor_out)
{
    static const struct {
        const char *begin, *end;
        bool is_encrypted;
    } kinds[] = { { "-----BEGIN PGP SIGNED MESSAGE-----", "-----END PGP SIGNATURE-----", false },
                  { "-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----", true } };
    armor_out->begin = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const char *begin = line_find(text, kinds[i].begin), *end = begin != NULL ? line_find(begin, kinds[i].end) : NULL;
        for (const char *next = begin; end != NULL && (next = line_find(next + 1, kinds[i].begin)) != NULL && next < end;)
            begin = next; /* the one before has no end */
        if (end != NULL && (armor_out->begin == NULL || begin < armor_out->begin))
            *armor_out = (struct crypto_armor){ begin, end + strlen(kinds[i].end), kinds[i].is_encrypted };
    }
    if (armor_out->begin != NULL && armor_out->is_encrypted)
        armor_out->is_encrypted = !is_only_signed(armor_out);
    return armor_out->begin != NULL;
}
