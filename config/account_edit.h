/* SPDX-License-Identifier: MIT */
/* The options of an account's file one by one, for somebody who changes them on the screen. */
#pragma once
#include "config/error.h"
#include <stdbool.h>
#include <stddef.h>

struct account_option {
    const char *group, *key, *help; /* help is translated */
    char *choices;                  /* words with blanks between them; NULL: any. Freed with account_option_clear */
    bool is_secret;                 /* not to be shown */
};
/* The option of a row; false behind the last. */
bool account_option_at(size_t index, struct account_option *option_out);
void account_option_clear(struct account_option *option);
typedef struct account_option account_option;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(account_option, account_option_clear)

/* As it stands in the file; NULL: it does not. Caller frees. */
char *account_option_value(const char *path, const char *group, const char *key);
/* Would the file still be right? value "": the line is taken away. Nothing is written. */
bool account_option_check(const char *path, const char *group, const char *key, const char *value, GError **error);
/* The same, and one line of the file is another then; all else stays as it is. */
bool account_option_set(const char *path, const char *group, const char *key, const char *value, GError **error);
