/* SPDX-License-Identifier: MIT */
/* What a person is told of new mail: two lines of plain text that no terminal and no desktop can be made to misread. */
#pragma once
#include "core/store.h"

struct notification {
    char *title, *body; /* UTF-8 without control, format and bidirectional characters; of bounded length */
};
void notification_clear(struct notification *self);
typedef struct notification notification;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(notification, notification_clear)

/* One message: who, and about what. Several: how many, and from whom. False: none of them is there. placements: ids. */
bool notification_of(store *store, const int64_t *placements, size_t count, struct notification *out);
/* Text of strangers as one line of at most so many characters; caller frees. */
char *notify_clean(const char *text, size_t length_max);

/* Folders that are told of, and those that are not: names or patterns (* for any letters) with ; between them, ! before one that is not; the last that
 * fits decides. is_usual: what holds where none does. */
bool notify_list_wants(const char *list /* may be NULL */, const char *folder_name, bool is_usual);
/* The list that wants it, or does not; NULL: nothing need be said. Caller frees. */
char *notify_list_change(const char *list, const char *folder_name, bool is_usual, bool is_wanted);
