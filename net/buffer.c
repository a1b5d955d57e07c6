/* SPDX-License-Identifier: MIT */
/* A byte queue that moves its content to the front when it must, doubles up to its ceiling, and wipes what it leaves behind. */
#include "net/buffer.h"
#include <glib.h>
#include <string.h>

#define BUFFER_FIRST 4096u

void net_buffer_clear(struct net_buffer *buffer)
{
    if (buffer->bytes != NULL)
        explicit_bzero(buffer->bytes, buffer->capacity);
    g_free(buffer->bytes);
    buffer->bytes = NULL;
    buffer->start = buffer->length = buffer->capacity = 0;
}

const char *net_buffer_bytes(const struct net_buffer *buffer)
{
    return buffer->bytes != NULL ? buffer->bytes + buffer->start : "";
}

size_t net_buffer_room(const struct net_buffer *buffer)
{
    return buffer->maximum - buffer->length;
}

static void buffer_grow(struct net_buffer *buffer, size_t needed)
{
    size_t capacity = MAX(buffer->capacity, BUFFER_FIRST);
    while (capacity < needed)
        capacity *= 2;
    char *bytes = g_malloc(capacity); /* not realloc: it would leave an old copy of a password unwiped */
    if (buffer->length > 0)
        memcpy(bytes, buffer->bytes + buffer->start, buffer->length);
    size_t length = buffer->length;
    net_buffer_clear(buffer);
    buffer->bytes = bytes;
    buffer->length = length;
    buffer->capacity = capacity;
}

bool net_buffer_append(struct net_buffer *buffer, const void *bytes, size_t size)
{
    if (size > net_buffer_room(buffer))
        return false;
    if (size == 0)
        return true;
    if (buffer->start + buffer->length + size > buffer->capacity)
        buffer_grow(buffer, buffer->length + size);
    memcpy(buffer->bytes + buffer->start + buffer->length, bytes, size);
    buffer->length += size;
    return true;
}

void net_buffer_consume(struct net_buffer *buffer, size_t size)
{
    size = MIN(size, buffer->length);
    if (size == 0)
        return;
    explicit_bzero(buffer->bytes + buffer->start, size);
    buffer->start += size;
    buffer->length -= size;
    if (buffer->length == 0)
        buffer->start = 0;
}

size_t net_buffer_take(struct net_buffer *buffer, void *bytes, size_t size)
{
    size = MIN(size, buffer->length);
    if (size == 0)
        return 0;
    memcpy(bytes, buffer->bytes + buffer->start, size);
    net_buffer_consume(buffer, size);
    return size;
}
