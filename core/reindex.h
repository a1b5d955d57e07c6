/* SPDX-License-Identifier: MIT */
/* A new index (mail.db) from what can be read of the old one and from the Maildirs. No other postern may run. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct reindex_report {
    int64_t messages;  /* in the new index, before the Maildirs are looked at */
    int64_t lost;      /* tables of the old one that could not be read to their end */
    char *old_path;    /* where the old file is now; NULL: there was none. Caller frees */
    bool was_readable; /* anything of it was */
};

/* store_path NULL: the default. Marks every local folder to be read again and every server's folder to be compared from the start. False with error:
 * the old file is where it was. */
bool reindex_build(const char *store_path, struct reindex_report *report, GError **error);
