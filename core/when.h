/* SPDX-License-Identifier: MIT */
/* Times as people say them: "2h", "tomorrow 8:00", "mon 9:00", "next week", "24 dec 10:00", "2026-12-24T10:00Z". Pure: the caller says what time it is now.
 * Local time. English, and the names of days and months of the locale. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define WHEN_ERROR (when_error_quark())
GQuark when_error_quark(void);
enum when_error {
    WHEN_ERROR_WORDS, /* not understood, from *spot_out on */
    WHEN_ERROR_PAST,  /* understood, but over */
};

#define WHEN_MORNING_HOUR 8 /* of a day without a time */

/* spot_out (may be NULL): the byte of text from which on it was not understood. False: error is a sentence. */
bool when_parse(const char *text, int64_t now_utc, int64_t *when_utc_out, size_t *spot_out, GError **error);
/* "today 18:00", "tomorrow 08:00", "Mon 23 Nov 09:00", with the year where it is another one; caller frees. */
char *when_describe(int64_t when_utc, int64_t now_utc);
