/* SPDX-License-Identifier: MIT */
/* groups.conf: short names for one or several people. Format: [groups] NAME = Ada <ada@example.test>, bob@example.test */
#pragma once
#include "config/error.h"
#include <glib.h>
#include <stdbool.h>

struct address_group {
    char *name, *members; /* members as a To field shows them */
};
/* Of struct address_group*, freed with the array. A missing file is an empty list. NULL: it cannot be read, or it is no such file. */
GPtrArray *groups_load(const char *path /* NULL: groups.conf */, GError **error);
/* Adds one, or changes it; members NULL takes it away. The rest of the file stays as it is. */
bool groups_set(const char *path /* NULL: groups.conf */, const char *name, const char *members, GError **error);
const struct address_group *groups_find(const GPtrArray *groups, const char *name); /* NULL: none; upper and lower case are the same */
