/* SPDX-License-Identifier: MIT */
/* Texts of several owners in a few large pieces of memory: they come and go together, by the thousand, and each with a piece of its own would cost as
 * much as reading them. One thread. */
#pragma once
#include <glib.h>

typedef struct text_pool text_pool;

text_pool *text_pool_new(void);
/* One owner more; returns pool. */
text_pool *text_pool_ref(text_pool *pool);
/* The last owner frees the texts. NULL is ignored. */
void text_pool_unref(text_pool *pool);
/* How many owners there are. */
unsigned text_pool_users(const text_pool *pool);
/* A copy that lives as long as the pool; never NULL. */
char *text_pool_keep(text_pool *pool, const char *bytes, size_t length);
/* Empty, for putting a text together; text_pool_keep_scratch keeps it. Only one at a time. */
GString *text_pool_scratch(text_pool *pool);
char *text_pool_keep_scratch(text_pool *pool);
