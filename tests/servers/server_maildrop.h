/* SPDX-License-Identifier: MIT */
/* A full maildrop of a test server, and what is in a Maildir by content: did everything come, did it come once, what is left there? */
#pragma once
#include "tests/servers/server.h"

/* So many different messages, straight into the user's Maildir (thousands of deliveries would take minutes): most of a few KB, some up to large_bytes.
 * SHA-256 of each, in order; caller unrefs. */
GPtrArray *maildrop_fill(const server *self, const char *user, unsigned count, unsigned large_bytes);
/* Caller frees. */
char *maildrop_directory(const server *self, const char *user);
/* SHA-256 of each message in new and cur → how often it is there (GUINT_TO_POINTER); caller unrefs. */
GHashTable *maildrop_hashes(const char *maildir);
/* SHA-256 of a file; caller frees; NULL: it cannot be read. */
char *maildrop_hash(const char *path);
