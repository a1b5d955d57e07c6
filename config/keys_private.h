/* SPDX-License-Identifier: MIT */
/* The shipped presets as tables: what hands from another program expect. */
#pragma once
#include <stddef.h>

struct keys_preset_row {
    const char *context, *keys, *command;
};
const struct keys_preset_row *keys_preset_rows(const char *name, size_t *count_out); /* NULL: no such preset */
