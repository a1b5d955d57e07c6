/* SPDX-License-Identifier: MIT */
/* Text as the search index has it: words without case, accents and width, and scripts that put no space between words as pairs of signs.
 * The same function makes what is stored and what is looked for, so FTS5 needs no tokenizer of ours (its "ascii" one parts at spaces). Pure. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* Counts up when the outcome changes for any text: the index is built anew then. */
#define SEARCH_FOLD_VERSION 1

/* Appends to out the tokens of UTF-8 text (invalid bytes part words), each followed by a space; looks at no more than length bytes. A run of such signs
 * gives every pair and its last sign alone, so that one sign is found as the beginning of a token. Returns how many tokens there were. */
size_t search_fold(const char *text, size_t length, GString *out);
/* The same for what is looked for: of a run of two signs and more only the pairs. is_open_out (may be NULL): the last token is a single sign, which is
 * found as a beginning only. */
size_t search_fold_wanted(const char *text, GString *out, bool *is_open_out);
bool search_fold_is_word(gunichar letter); /* it is a part of words, or a sign that is looked for by itself */
/* Cuts long text to what the index takes in bounded time: of the part behind `whole` bytes only words that were not there yet, in their order.
 * text: folded. Returns the length that is left. */
size_t search_fold_thin(GString *text, size_t whole);
