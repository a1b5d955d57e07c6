/* SPDX-License-Identifier: MIT */
/* Dates of mail as they are mostly written → seconds since 1970. All other ways of writing them are for slower readers. */
#pragma once
#include <stdint.h>

/* shape: d day, M month (three letters), y year, h m s time, z zone, w a letter of the weekday; each stands for one character, '+' for the zone's sign,
 * everything else for itself. Returns what stands behind; NULL, and *utc_out untouched: it is not written so, or there is no such day. */
const char *net_civil_read(const char *text, const char *shape, int64_t *utc_out);
