/* SPDX-License-Identifier: MIT */
/* Reading the [identity ADDRESS] groups of an account file: for config/account_file.c and config/account.c. */
#pragma once
#include "config/identity.h"
#include "config/ini.h"

bool account_identity_is_group(const char *group);
GPtrArray *account_identity_list_new(void);
struct account_identity *account_identity_copy(const struct account_identity *from);
/* Of struct account_identity*. NULL with error: file, line and what is allowed. */
GPtrArray *account_identity_read(const ini *file, GError **error);
