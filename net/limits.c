/* SPDX-License-Identifier: MIT */
/* The ceilings' values. */
#include "net/limits.h"

const struct net_limits net_limits = {
    .write_queue_bytes = 1024 * 1024,
    .read_ahead_bytes = 4 * 1024 * 1024,
    .smtp_line_bytes = 16 * 1024,
    .smtp_reply_lines = 20000,
    .smtp_reply_bytes = 64 * 1024,
    .smtp_chunk_bytes = 256 * 1024,
    .smtp_chunks_ahead = 4,
    .smtp_pipelined = 100,
    .smtp_command_bytes = 12288,
    .pop3_line_bytes = 8 * 1024,
    .pop3_capability_bytes = 64 * 1024,
    .pop3_listing_bytes = (size_t)1024 * 1024 * 1024, /* 4 million of 255 bytes */
    .pop3_messages = 4 * 1000 * 1000,
    .pop3_uidl_bytes = 250,
    .addresses = 32,
    .host_bytes = 255,
    .log_bytes = 1000,
};
