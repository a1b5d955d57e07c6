/* SPDX-License-Identifier: MIT */
/* Where the bytes of a message are on this computer, if they are. Any thread, with its own store. */
#pragma once
#include "core/store_message.h"

/* The Maildir file, the cached message or its skeleton, or the file that waits to be put on the server; caller frees; NULL: it must be fetched. */
char *locate_message(store *store, const struct placement *placement);
/* A part fetched alone, still in its transfer encoding; caller frees; NULL: not here. */
char *locate_part(const struct placement *placement, const char *section);
/* Where mail that postern itself keeps (POP3, the demo) is; caller frees. */
char *locate_maildir(const char *account_key, const char *folder_name);
