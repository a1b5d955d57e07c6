/* SPDX-License-Identifier: MIT */
/* Text in headers beyond ASCII (RFC 2047), where GMime's own way is not enough. */
#pragma once
#include <glib.h>

/* A raw header value with neighbouring base64 words of one charset made one: GMime 3.2 drops what follows padding ("=") inside such a row, which many
 * programs write. Everything else stays as it is. Caller frees; NULL: there is nothing to join. */
char *encoded_words_join(const char *raw);
/* UTF-8 text as a header value in ASCII: words that need it are quoted-printable in UTF-8, never longer than 75 characters, never cut inside a character;
 * several blanks become one. Caller frees. */
char *encoded_words_write(const char *utf8);
/* The name of a person as GMime is to write it: as it is, or all of it in encoded words, never some beside a quoted string. Caller frees; NULL: none. */
char *encoded_words_name(const char *utf8);
