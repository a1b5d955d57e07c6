/* SPDX-License-Identifier: MIT */
/* Between core/query_language.c, which reads the grammar, and core/query_language_field.c, which knows the fields and their values. */
#pragma once
#include "core/query_language.h"

struct query_field_row {
    const char *name;
    const char *help; /* N_(); NULL: another name of the row above */
    unsigned fields;  /* of words */
    /* NULL: its value is words. Else NULL with words_out: what is wrong; NULL without: it says nothing. */
    struct query_node *(*make)(const struct query_field_row *row, const char *value, int64_t now_utc, char **words_out);
    bool is_upper; /* before:, smaller:, older: */
};
const struct query_field_row *query_field_find(const char *name); /* lower case; NULL: none */

/* ~x: what it is called here. */
struct query_pattern {
    char letter;
    const char *field;         /* NULL: everything */
    const char *value;         /* NULL: follows */
    const char *below, *above; /* fields of a value that begins with < or >; NULL: none has such */
};
const struct query_pattern *query_pattern_find(char letter); /* NULL: none of those that are known here */

struct query_node *query_node_new(enum query_node_kind kind);
struct query_node *query_node_not(struct query_node *child /* taken */);
