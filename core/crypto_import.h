/* SPDX-License-Identifier: MIT */
/* OpenPGP keys that came with mail: looked at without touching the keyring, and taken in when a person has said so. Not on the UI's thread. */
#pragma once
#include "core/crypto.h"

#define CRYPTO_IMPORT_BYTES_MAX ((size_t)2 * 1024 * 1024)

/* Is it worth a look? By its type and name only. */
bool crypto_part_is_key(const struct message_part *part);
/* What is in it, a few lines for a person: whose it says it is, fingerprint, since when. NULL: nothing that can be taken in; *why_not_out says why. */
char *crypto_import_look(crypto *self, GBytes *bytes, char **why_not_out);
/* The same bytes into the keyring. False: words say why. True: words say what came of it. Nobody's word for whose it is comes with it. */
bool crypto_import(crypto *self, GBytes *bytes, char **words_out);
