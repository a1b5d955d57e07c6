/* SPDX-License-Identifier: MIT */
/* What a person may do in a folder, as the server said when it was opened (READ-ONLY, PERMANENTFLAGS) and when it was asked (MYRIGHTS, RFC 4314).
 * Kept in the flags of the folder's row; what was never said is allowed, and the server has the last word. */
#pragma once
#include "core/store_folder.h"

/* All that was told of a folder when it was opened or asked about; a new list of folders leaves it alone. */
#define FOLDER_TOLD (FOLDER_RIGHTS | (unsigned)FOLDER_KEEPS_WORDS)
/* What of it speaks of rights. */
#define FOLDER_RIGHTS (FOLDER_RIGHTS_OPENED | FOLDER_RIGHTS_ASKED)
#define FOLDER_RIGHTS_OPENED                                                                                                               \
    ((unsigned)FOLDER_IS_READ_ONLY | (unsigned)FOLDER_FIXES_SEEN | (unsigned)FOLDER_FIXES_FLAGS | (unsigned)FOLDER_FIXES_DELETED)
#define FOLDER_RIGHTS_ASKED                                                                                                                \
    ((unsigned)FOLDER_LACKS_SEEN | (unsigned)FOLDER_LACKS_WRITE | (unsigned)FOLDER_LACKS_DELETE | (unsigned)FOLDER_LACKS_INSERT |          \
     (unsigned)FOLDER_LACKS_CREATE | (unsigned)FOLDER_LACKS_REMOVE)

unsigned folder_rights_of_acl(const char *rights); /* "lrswipkxte" → those of FOLDER_RIGHTS_ASKED that are lacking */
/* mask: what this answer speaks of. False with error; *is_changed_out (may be NULL): something is other than it was. */
bool folder_rights_note(store *store, int64_t folder_id, unsigned mask, unsigned bits, bool *is_changed_out, GError **error);

/* Flags (of enum message_flag) that may be changed there. */
unsigned folder_rights_flags(unsigned folder_flags);
bool folder_rights_is_read_only(unsigned folder_flags); /* nothing in it may be changed */

/* --- what an intent needs; false: a sentence for the person --- */
bool folder_rights_allow_flags(store *store, int64_t folder_id, unsigned changed, GError **error);
bool folder_rights_allow_leaving(store *store, int64_t folder_id, GError **error);
bool folder_rights_allow_coming(store *store, int64_t folder_id, GError **error);
/* A person's own marks only: what may not be changed is left out of *add and *remove. */
void folder_rights_limit(store *store, int64_t folder_id, unsigned *add, unsigned *remove);
