/* SPDX-License-Identifier: MIT */
/* For the files of core/language only. */
#pragma once
#include "core/language.h"

/* The locale that the environment names for a category ("LC_TIME"); NULL: none. Borrowed. */
const char *language_wanted_locale(const char *category);
/* C, POSIX and C.UTF-8: no language in particular. */
bool language_is_plain(const char *locale);
