/* SPDX-License-Identifier: MIT */
/* Between reading and writing of ini files. */
#pragma once
#include "config/ini.h"

/* CONFIG_ERROR_READ with errno in words; always false. */
bool ini_fail_io(GError **error, const char *what, const char *path);
