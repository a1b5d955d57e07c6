/* SPDX-License-Identifier: MIT */
/* Bytes between a producer and a consumer, with a ceiling given at birth. What was in it is wiped: passwords pass through. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct net_buffer {
    char *bytes;  /* the whole allocation */
    size_t start; /* the first byte not yet consumed */
    size_t length;
    size_t capacity, maximum;
};

#define NET_BUFFER_INIT(max)                                                                                                               \
    {                                                                                                                                      \
        NULL, 0, 0, 0, (max)                                                                                                               \
    }
void net_buffer_clear(struct net_buffer *buffer); /* frees; the ceiling stays */

const char *net_buffer_bytes(const struct net_buffer *buffer);
size_t net_buffer_room(const struct net_buffer *buffer); /* until the ceiling */
/* False, and nothing is changed, when the ceiling would be passed. */
bool net_buffer_append(struct net_buffer *buffer, const void *bytes, size_t size);
/* Drops the first size bytes (at most all). */
void net_buffer_consume(struct net_buffer *buffer, size_t size);
/* Copies out and drops; returns how many. */
size_t net_buffer_take(struct net_buffer *buffer, void *bytes, size_t size);
