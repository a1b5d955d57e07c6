/* SPDX-License-Identifier: MIT */
/* searches.conf: queries a person keeps, by name, in their order. Format: [searches] NAME = QUERY. */
#pragma once
#include "config/error.h"
#include <glib.h>
#include <stdbool.h>

struct saved_search {
    char *name, *query;
};
/* Of struct saved_search*, freed with the array. A missing file is an empty list. NULL: it cannot be read, or it is no such file. */
GPtrArray *searches_load(const char *path /* NULL: searches.conf */, GError **error);
/* Adds one, or changes it; query NULL takes it away. The rest of the file stays as it is. */
bool searches_set(const char *path /* NULL: searches.conf */, const char *name, const char *query, GError **error);
