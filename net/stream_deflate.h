/* SPDX-License-Identifier: MIT */
/* Compression (RFC 1951 raw, as RFC 4978 wants it) as a filter over any other filter. */
#pragma once
#include "net/stream_filter.h"

/* unread: what was already read of the compressed bytes; copied. */
stream_filter *stream_deflate_new(stream_filter *below /* taken */, const void *unread, size_t size);
