/* SPDX-License-Identifier: MIT */
/* A query in the words of Gmail's own search (X-GM-RAW), which has an index over everything and knows attachments. Pure. */
#pragma once
#include "core/server_query_private.h"

/* Caller frees. NULL: Gmail has no word for a part of it (flags it keeps as IMAP's only), or the server understands US-ASCII only. */
char *server_query_gmail(const struct server_place *place, const struct query_node *node);
