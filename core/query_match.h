/* SPDX-License-Identifier: MIT */
/* Whether one message is what a query means, without the search index: for rules on arrival. The same words match as in a search. Pure; any thread. */
#pragma once
#include "core/query_language.h"

struct placement;

enum query_answer {
    QUERY_NO,
    QUERY_YES,
    QUERY_UNKNOWN, /* the text has to be there first */
};

typedef struct query_subject query_subject;
/* What is known of a message. text: as the reader shows it; NULL: not here. attachments: their names; NULL: those of its structure. Borrowed only now. */
query_subject *query_subject_new(const struct placement *place, int folder_role, char folder_delimiter, const char *account_addresses,
                                 const char *text, const char *attachments);
void query_subject_free(query_subject *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(query_subject, query_subject_free)

enum query_answer query_match(const struct query_node *node, const query_subject *subject);
/* Whether the text of a message can decide: somewhere in it are words that may stand in the text. */
bool query_wants_text(const struct query_node *node);
