/* SPDX-License-Identifier: MIT */
/* The table of settings: a new one is a row here and a field in struct settings. */
#pragma once
#include "config/settings.h"
#include <stddef.h>

enum option_type { OPTION_TEXT, OPTION_PATH, OPTION_NUMBER, OPTION_BOOL, OPTION_CHOICE };
struct option_row {
    const char *name;
    enum option_type type;
    size_t offset;
    const char *default_value; /* NULL: unset */
    int minimum, maximum;
    const char *choices; /* OPTION_CHOICE: words with blanks between them */
    const char *help;    /* N_() */
};
extern const struct option_row option_rows[];
extern const size_t option_row_count;
