/* SPDX-License-Identifier: MIT */
/* mutt's patterns, for hands that type them: ~f ada is from:ada, ~N is is:unread. One row each. */
#include "core/query_language_private.h"

static const struct query_pattern patterns[] = {
    { 'A', NULL, NULL, NULL, NULL },          { 'b', "body", NULL, NULL, NULL },      { 'B', "body", NULL, NULL, NULL },
    { 'c', "cc", NULL, NULL, NULL },          { 'C', "to", NULL, NULL, NULL },        { 'd', "date", NULL, "newer", "older" },
    { 'r', "date", NULL, "newer", "older" },  { 'f', "from", NULL, NULL, NULL },      { 'F', "is", "starred", NULL, NULL },
    { 'g', "is", "signed", NULL, NULL },      { 'G', "is", "encrypted", NULL, NULL }, { 'i', "id", NULL, NULL, NULL },
    { 'l', "is", "list", NULL, NULL },        { 'L', "with", NULL, NULL, NULL },      { 'N', "is", "unread", NULL, NULL },
    { 'O', "is", "unread", NULL, NULL },      { 'U', "is", "unread", NULL, NULL },    { 'R', "is", "read", NULL, NULL },
    { 'Q', "is", "answered", NULL, NULL },    { 's', "subject", NULL, NULL, NULL },   { 't', "to", NULL, NULL, NULL },
    { 'X', "has", "attachment", NULL, NULL }, { 'y', "tag", NULL, NULL, NULL },       { 'z', "size", NULL, "smaller", "larger" },
};

const struct query_pattern *query_pattern_find(char letter)
{
    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++)
        if (patterns[i].letter == letter)
            return &patterns[i];
    return NULL;
}
