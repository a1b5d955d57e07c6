/* SPDX-License-Identifier: MIT */
/* rules.conf: what is done with mail on arrival, a group for each rule, in their order. Says nothing of what a query means: core/rules.
 *
 *   [Mailing lists]
 *   match = list:dev@example.test -from:ada
 *   move = Lists/dev
 *   folder = inbox, Lists
 *   tag = dev, to read
 *   stop = yes
 */
#pragma once
#include "config/error.h"
#include <glib.h>
#include <stdbool.h>

enum rule_notify { RULE_NOTIFY_USUAL, RULE_NOTIFY_YES, RULE_NOTIFY_NO };

struct rule_text {
    char *name, *match;
    char *move;    /* a folder's name, whole or its last part; NULL: stays */
    char *tag;     /* names, ',' between them; NULL: none */
    char *account; /* its id; NULL: all */
    char *folder;  /* names, ',' between them: mail that arrives in those; "*": in any where mail arrives; NULL: in inboxes */
    bool is_on, is_flag, is_read, is_stop;
    enum rule_notify notify;
    char *fault;   /* a sentence with the line: this rule is not used; NULL: none */
    unsigned line; /* of the group */
};
/* Of struct rule_text*, freed with the array. A missing file is an empty list. NULL: it cannot be read, or it is no such file. */
GPtrArray *rule_file_load(const char *path /* NULL: rules.conf */, GError **error);
/* One value of a rule, which is made at the end if it is new; value NULL takes the line away. The rest of the file stays as it is. */
bool rule_file_set(const char *path, const char *name, const char *key, const char *value, GError **error);
bool rule_file_remove(const char *path, const char *name, GError **error);
/* by -1: before the one above it; 1: behind the one below. At an end: nothing happens. */
bool rule_file_move(const char *path, const char *name, int by, GError **error);
/* Whether it may be one: a sentence if not. */
bool rule_file_name_is_good(const char *name, GError **error);
