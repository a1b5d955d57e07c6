/* SPDX-License-Identifier: MIT */
/* Texts of several owners in a few large pieces of memory. */
#include "core/text_pool.h"

#define PIECE_BYTES 16384

struct text_pool {
    GStringChunk *texts;
    GString *scratch;
    unsigned users;
};

text_pool *text_pool_new(void)
{
    text_pool *pool = g_new0(text_pool, 1);
    pool->texts = g_string_chunk_new(PIECE_BYTES);
    pool->scratch = g_string_sized_new(512);
    pool->users = 1;
    return pool;
}

text_pool *text_pool_ref(text_pool *pool)
{
    pool->users++;
    return pool;
}

void text_pool_unref(text_pool *pool)
{
    if (pool == NULL || --pool->users > 0)
        return;
    g_string_chunk_free(pool->texts);
    g_string_free(pool->scratch, TRUE);
    g_free(pool);
}

unsigned text_pool_users(const text_pool *pool)
{
    return pool->users;
}

char *text_pool_keep(text_pool *pool, const char *bytes, size_t length)
{
    return g_string_chunk_insert_len(pool->texts, bytes, (gssize)length);
}

GString *text_pool_scratch(text_pool *pool)
{
    return g_string_truncate(pool->scratch, 0);
}

char *text_pool_keep_scratch(text_pool *pool)
{
    return text_pool_keep(pool, pool->scratch->str, pool->scratch->len);
}
