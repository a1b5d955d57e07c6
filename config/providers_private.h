/* SPDX-License-Identifier: MIT */
/* The text of providers.ini, made into bytes at build time. */
#pragma once
#include <stddef.h>

extern const unsigned char provider_table[];
extern const size_t provider_table_length;
