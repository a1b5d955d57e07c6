/* SPDX-License-Identifier: MIT */
/* Dates as a person says them: short and relative in the list, whole in the reader. Pure: now is a parameter. */
#pragma once
#include <stdint.h>

/* "09:41", "Yesterday", "Mon 17", "12 Nov", then by format (strftime; NULL: 2025-12-24). Caller frees. */
char *date_short(int64_t date_utc, int64_t now_utc, const char *format);
/* "Tue 17 Nov 2026 09:41 (2 h ago)". Caller frees. */
char *date_long(int64_t date_utc, int64_t now_utc);
