/* SPDX-License-Identifier: MIT */
/* vCards 2.1, 3.0 and 4.0 (RFC 2426, 6350): names, addresses and groups; what else is in them is not postern's.
 *
 * A reader of our own: the libraries there are (libvformat, libvc, libbelcard) are abandoned or C++, and two fields are all that is wanted. */
#pragma once
#include <glib.h>
#include <stdbool.h>

struct contact_card {
    char *name;              /* "" : none */
    char *uid;               /* NULL: none */
    GPtrArray *emails;       /* of char*, the preferred one first */
    GPtrArray *members;      /* of char*: "urn:uuid:…" or "mailto:…"; empty: no group */
    bool is_group, is_named; /* named: by FN, of which the first counts */
};
/* Of struct contact_card*, freed with the array; what is no vCard in it is left out. NULL: there is none at all. */
GPtrArray *contact_cards_read(const char *text, size_t length, GError **error);
/* One more at the end, version 4.0. */
void contact_card_write(GString *text, const char *name, const char *address);
/* A group of addresses; of char*. */
void contact_card_write_group(GString *text, const char *name, const GPtrArray *addresses);
