/* SPDX-License-Identifier: MIT */
/* The same readers on bytes, for fuzzers and tests. */
#pragma once
#include "config/account_file.h"
#include "config/settings.h"
#include "config/theme.h"

struct account *account_file_from_data(const char *path, const char *text, size_t length, GError **error);
struct settings *settings_from_data(const char *path, const char *text, size_t length, GError **error);
GPtrArray *keys_from_data(const char *path, const char *text, size_t length, GError **error);
bool theme_from_data(const char *path, const char *text, size_t length, struct theme *theme_out, GError **error);
