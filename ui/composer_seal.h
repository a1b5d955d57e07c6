/* SPDX-License-Identifier: MIT */
/* Signing and encrypting on the way out: GnuPG works on its own thread while the composer waits, open. */
#pragma once
#include "ui/composer_private.h"

bool composer_is_sealed(const struct composer *self); /* it is to be signed or encrypted */
void composer_seal_begin(struct composer *self, int64_t at_utc);
void composer_seal_event(view *base, const struct event *news);
void composer_seal_free(struct composer *self);       /* gives up what is under way */
char *composer_seal_words(const struct draft *draft); /* "sign · encrypt (OpenPGP)"; caller frees; NULL: neither */
