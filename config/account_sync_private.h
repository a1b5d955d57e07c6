/* SPDX-License-Identifier: MIT */
/* Reading the [sync] groups of an account file: for config/account_file.c. */
#pragma once
#include "config/account_sync.h"
#include "config/ini.h"

bool account_sync_is_group(const char *group); /* "sync", "sync Lists/linux" */
/* Of struct account_sync*, one for each such group. NULL with error: file, line and what is allowed. */
GPtrArray *account_sync_read(const ini *file, GError **error);
GPtrArray *account_sync_list_new(void);
/* "500K", "2M", "1G", bytes without a letter. */
bool account_read_size(const ini *file, const char *group, const char *key, const char *value, uint64_t *field, GError **error);
