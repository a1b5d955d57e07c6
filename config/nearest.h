/* SPDX-License-Identifier: MIT */
/* "Did you mean": the allowed word that is nearest to a misspelt one. */
#pragma once
#include <glib.h>

/* words: NULL-terminated. NULL when none is near. Borrowed from words. */
const char *nearest_word(const char *misspelt, const char *const *words);
/* " Did you mean colour?" or "". Caller frees. */
char *nearest_hint(const char *misspelt, const char *const *words);
