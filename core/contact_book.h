/* SPDX-License-Identifier: MIT */
/* Contacts of the store and groups of groups.conf together: vCards in and out, group names in the place of addresses. */
#pragma once
#include "core/store_contact.h"

struct contact_import {
    guint people, groups, skipped; /* skipped: cards without an address */
};
/* The people of vCards into the store, their groups into groups.conf. */
bool contact_book_import(store *store, const char *text, size_t length, struct contact_import *done_out, GError **error);
/* Those mail was sent to or who were imported (is_all: also those who only wrote), and the groups. Caller frees. */
char *contact_book_export(store *store, bool is_all, GError **error);
/* "friends, bob@x" with the group's members in its place; NULL: there is no group in it. groups: of groups_load(). Caller frees. */
char *contact_book_expand(const char *field, const GPtrArray *groups);
