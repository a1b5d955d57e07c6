/* SPDX-License-Identifier: MIT */
/* The folder an account has for a purpose: found, or made here where it has none; the server's follows with the first message that goes there. */
#pragma once
#include "core/store_folder.h"

/* Where the account's own folders are (NAMESPACE, RFC 2342): prefix "" or "INBOX.", delimiter '\0' for flat. Said after the folder list was
 * seen whole, so it also says that it was. */
bool store_role_set_home(store *store, int64_t account_id, const char *prefix, char delimiter, GError **error);
/* The whole name of a folder of one's own with that last part there. NULL: the home is not known. Caller frees. */
char *store_role_name_at_home(store *store, int64_t account_id, const char *last, char *delimiter_out);
char *store_role_home(store *store, int64_t account_id,
                      char *delimiter_out /* may be NULL */); /* the prefix, caller frees; NULL: not known */
bool store_role_knows_home(store *store, int64_t account_id);

/* The folder with role in the account; where there is none, a new one "Archive", "Sent", …, as a row only. 0 with an error also while the
 * account's folders are not known: it may well have one. role: one of Drafts, Sent, Archive, Junk, Trash. A server's folder of all mail does for
 * Archive. */
int64_t store_role_folder(store *store, int64_t account_id, enum folder_role role, GError **error);

/* The names a person wrote down in [folders] of the account stand above the server's word, and that above our guess. FOLDER_NONE: not among them. */
struct account;
enum folder_role store_role_configured(const struct account *settings, const char *name);
int store_role_setting(enum folder_role role); /* its place in account->folders (enum account_folder_role); -1: it has none */
/* From now on this one has the role in its account, and no other has; FOLDER_NONE: it is a folder like any other. */
bool store_role_use(store *store, int64_t folder_id, enum folder_role role, GError **error);
/* LIST of old servers does not tell what is subscribed: it is asked for (LSUB) once a person wants to know. */
bool store_role_wants_subscribed(store *store, int64_t account_id);
bool store_role_want_subscribed(store *store, int64_t account_id, GError **error);
