/* SPDX-License-Identifier: MIT */
/* keys.conf: what a person wants keys to do, as text; ui/keymap gives it meaning. Format: [context] key = command, e.g. [list] d = delete. */
#pragma once
#include "config/error.h"

struct key_binding {
    char *context, *keys, *command;
    unsigned line;
};
/* Of struct key_binding*, freed with the array. A missing file is an empty list. */
GPtrArray *keys_load(const char *path /* NULL: keys.conf */, GError **error);
/* A shipped preset's rows on top of the default keymap; NULL: no such preset. Same type. */
GPtrArray *keys_preset(const char *name);
