/* SPDX-License-Identifier: MIT */
/* The labels of Gmail (X-GM-EXT-1) as tags: each message shows those it has, and setting or clearing such a tag sets or clears the label.
 *
 * Labels are folders there too, so a tag that is the name of a folder is that label, however it is spelled; any other tag is a new label, unless it is a
 * keyword that programs tell each other. What the system makes of its own accord (\Inbox, \Sent, \Starred) is a folder or a flag already. */
#pragma once
#include "core/store.h"

/* The tags for them; NULL: none. Caller frees. */
char *gmail_labels_words(const char *const *labels);
/* Flags were told without the labels: told, and those of known that may be labels. NULL: none. Caller frees. */
char *gmail_labels_keep(const char *told, const char *known);
/* list (of tags, may be NULL) → the labels for them, and as *keywords_out the rest (NULL: none; caller frees). NULL-terminated, caller frees with
 * g_strfreev. */
char **gmail_labels_of(store *store, int64_t account_id, const char *list, char **keywords_out);
