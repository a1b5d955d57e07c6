/* SPDX-License-Identifier: MIT */
/* What address books print, by what it looks like: lines of "address<TAB>name<TAB>…" as for mutt (a first line without an address is for people), LDIF
 * (ldapsearch), vCards, and the XML in which CardDAV servers wrap them. */
#pragma once
#include "core/store_contact.h"

/* Of struct contact*, possibly none; caller frees. Of vCards, which may be a whole address book, only those in which typed occurs. */
GPtrArray *address_answer_read(const char *output, size_t length, const char *typed);
