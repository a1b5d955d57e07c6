/* SPDX-License-Identifier: MIT */
/* Another program's address book (khard, abook, an LDAP or CardDAV script), asked while somebody types: mutt's query_command. Nobody waits for it. */
#pragma once
#include "core/store_contact.h"

typedef struct address_query address_query;
/* command: words as for a shell, but no shell: %s is what was typed; without it that is the last word. In a word that begins with "(" it is escaped as a
 * filter of LDAP wants it, in one that begins with "<" as XML, in an address of the web (x://) as there. */
address_query *address_query_start(const char *command, const char *typed, GError **error);
/* True: it has ended; of struct contact* (taken by the caller), which may be none. False: not yet. Answers of more than 10 s are given up. */
bool address_query_poll(address_query *self, GPtrArray **people_out);
void address_query_free(address_query *self); /* ends the program */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(address_query, address_query_free)
