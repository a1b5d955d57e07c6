/* SPDX-License-Identifier: MIT */
/* A query of core/query_language as a server can be asked it: IMAP's search keys (RFC 9051 6.4.4, RFC 5032), or Gmail's own words. Pure.
 *
 * What a server has no word for stays behind as a smaller query that is checked here, on the headers of what the server found. A server that is asked
 * may find more than was meant, never less, except that an alternative it has no word for at all (ada OR has:attachment) is left to the local search. */
#pragma once
#include "core/query_language.h"
#include "net/imap_client.h"

enum server_dialect {
    SERVER_DIALECT_IMAP,
    SERVER_DIALECT_WITHIN = 1, /* bits: YOUNGER is known */
    SERVER_DIALECT_GMAIL = 2,  /* X-GM-RAW is known */
    SERVER_DIALECT_ASCII = 4,  /* nothing but US-ASCII is understood (it answered BADCHARSET) */
};
struct server_place {
    unsigned dialect;
    int64_t now_utc;
    /* Whether in: or account: names the mailbox that is asked. */
    bool (*is_here)(void *data, const struct query_node *node);
    void *data;
};

/* One search. */
struct server_query {
    GArray *words;           /* of struct imap_search_word */
    struct query_node *rest; /* has to be checked here; NULL: nothing */
    bool is_8_bit;           /* a charset has to be named */
};
/* Of struct server_query*, freed with the array; their results together are the answer. Empty: there is nothing to ask this server for. */
GPtrArray *server_query_make(const struct query_node *root, const struct server_place *place);
/* The words as they go over the wire, strings in quotes: for tests and the log. Caller frees. */
char *server_query_describe(const struct server_query *query);
