/* SPDX-License-Identifier: MIT */
/* One JSON object as one line of standard output. */
#pragma once
#include <jansson.h>

/* NULL prints an empty object. */
void cli_json_print(const json_t *object);
