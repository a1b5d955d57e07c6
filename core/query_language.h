/* SPDX-License-Identifier: MIT */
/* What a person types to find mail, as a tree: words and "phrases", from: to: subject: in: is: … before: newer:7d larger:5M, -not, OR, (groups).
 * Pure: no store, no clock of its own. Any thread. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define QUERY_LANGUAGE_ERROR (query_language_error_quark())
GQuark query_language_error_quark(void);
enum query_language_error {
    QUERY_LANGUAGE_UNFINISHED, /* somebody may still be typing: from:, an open quote or parenthesis, OR at the end */
    QUERY_LANGUAGE_WRONG,
};

enum query_node_kind {
    QUERY_ALL, /* no condition: everything */
    QUERY_AND,
    QUERY_OR,
    QUERY_NOT, /* one child */
    QUERY_WORDS,
    QUERY_FLAG,       /* number: enum message_flag, which the message has */
    QUERY_PART,       /* number: enum message_part_flag */
    QUERY_FOLDER,     /* text; number: enum folder_role, 0: by name; */
    QUERY_ACCOUNT,    /* text */
    QUERY_TAG,        /* text */
    QUERY_MESSAGE_ID, /* text, without <> */
    QUERY_DATE,       /* number <= Date < number_end, seconds UTC */
    QUERY_SIZE,       /* number <= size < number_end */
};
/* Where the words of QUERY_WORDS have to be. */
enum query_field {
    QUERY_IN_SUBJECT = 1,
    QUERY_IN_FROM = 2,
    QUERY_IN_TO = 4,
    QUERY_IN_CC = 8,
    QUERY_IN_LIST = 16,
    QUERY_IN_ATTACHMENT = 32,
    QUERY_IN_BODY = 64,
    QUERY_ANYWHERE = 127,
};

struct query_node {
    enum query_node_kind kind;
    GPtrArray *children; /* of struct query_node*, owned; AND and OR have at least two */
    unsigned fields;     /* of QUERY_WORDS: enum query_field */
    char *text;
    bool is_exact;              /* was quoted: these words next to each other, none as a beginning only */
    bool is_prefix;             /* ended in *: a beginning, however short */
    int64_t number, number_end; /* number_end of a range: INT64_MAX for none */
    size_t start, end;          /* the bytes of the text it was read from */
};
static inline guint query_node_child_count(const struct query_node *node)
{
    return node->children != NULL ? node->children->len : 0;
}
static inline const struct query_node *query_node_child(const struct query_node *node, guint at)
{
    return g_ptr_array_index(node->children, at);
}
void query_node_free(struct query_node *node);
typedef struct query_node query_node;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(query_node, query_node_free)

/* The spot of an error: bytes [start, end) of the text, at characters' borders; start == end only at the end of the text. */
struct query_spot {
    size_t start, end;
};
/* The tree of a text, caller frees; NULL: error is a sentence, spot_out (may be NULL) says where. Of unfinished text the part before the spot is often
 * enough: query_language_parse_typed. now_utc: what newer: counts from; local time decides where days begin. */
struct query_node *query_language_parse(const char *text, int64_t now_utc, struct query_spot *spot_out, GError **error);
/* For results while typing: what is not finished is taken as if it ended here; what is wrong stays an error. */
struct query_node *query_language_parse_typed(const char *text, int64_t now_utc, struct query_spot *spot_out, GError **error);
/* The same meaning in one spelling, which gives the same tree again; caller frees. */
char *query_language_write(const struct query_node *node);
struct query_node *query_node_copy(const struct query_node *node);             /* caller frees */
bool query_node_equal(const struct query_node *a, const struct query_node *b); /* the meaning; not where it stood */
/* What a person may type before a colon, NULL-terminated, with what it means: for help, completion and the man page. */
struct query_language_field {
    const char *name, *help; /* help: N_() */
};
const struct query_language_field *query_language_fields(size_t *count_out);
/* What a text may go on with, as whole texts (of char*, freed with the array): names of fields, and the words that may follow is:, has: and in:. */
GPtrArray *query_language_complete(const char *text);
