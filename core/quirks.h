/* SPDX-License-Identifier: MIT */
/* What servers do in their own way, as tables: each row names who does it and has its test (tests/servers/test_profiles.c, tests/unit/core/test_quirks.c). */
#pragma once
#include "core/store_folder.h"
#include <stdbool.h>

/* The purpose of a folder on a server that does not tell (no SPECIAL-USE: Exchange, Yahoo, iCloud, old ones): by its name's last part, in any case and
 * in many languages, as mail programs and services have made them. FOLDER_NONE: just a folder. */
enum folder_role quirks_role_of_name(const char *name);
