/* SPDX-License-Identifier: MIT */
/* Every ceiling of the network layer in one place: what a server may make us hold. */
#pragma once
#include <stddef.h>

struct net_limits {
    size_t write_queue_bytes;     /* net_stream_write flushes beyond this */
    size_t read_ahead_bytes;      /* taken in while we write to a peer that writes too */
    size_t smtp_line_bytes;       /* RFC 5321 4.5.3.1.5 says 512; a challenge of a sign-in up to 12288 (RFC 4954 section 4) */
    size_t smtp_reply_lines;      /* of one reply */
    size_t smtp_reply_bytes;      /* what is kept of it; the rest is read and forgotten */
    size_t smtp_chunk_bytes;      /* of a message, handed over by one BDAT */
    unsigned smtp_chunks_ahead;   /* sent before the answer to the first is there */
    size_t smtp_pipelined;        /* commands under way at once (RFC 2920 3.1: not more than the peer's window can take) */
    size_t smtp_command_bytes;    /* a line of ours: RFC 4954 section 4 allows 12288 for AUTH */
    size_t pop3_line_bytes;       /* of an answer or a listing: RFC 2449 section 4 says 512 */
    size_t pop3_capability_bytes; /* of the answer to CAPA */
    size_t pop3_listing_bytes;    /* of the answer to UIDL or LIST */
    size_t pop3_messages;         /* of one maildrop: what is beyond is left where it is */
    size_t pop3_uidl_bytes;       /* RFC 1939 says 70; longer ones are no identity */
    size_t addresses;             /* of one name */
    size_t host_bytes;            /* of a name: RFC 1035 says 255 */
    size_t log_bytes;             /* of one line in the protocol log */
};
extern const struct net_limits net_limits;
