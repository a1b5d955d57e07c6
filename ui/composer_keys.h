/* SPDX-License-Identifier: MIT */
/* Whose keys are here, while addresses are typed: looked up by GnuPG on its own thread, after a pause; and what sending will do about it. */
#pragma once
#include "ui/composer_private.h"

void composer_keys_tick(struct composer *self, int64_t now_ms);
/* True: these news were about it. */
bool composer_keys_event(struct composer *self, const struct event *news);
void composer_keys_note(const struct composer *self, GPtrArray *notes); /* of char*: what is wrong or doubtful */
const char *composer_keys_words(const struct composer *self);           /* beside the security field; NULL: nothing; borrowed */
void composer_keys_free(struct composer *self);
