/* SPDX-License-Identifier: MIT */
/* GKeyFile INI files that keep every byte a person wrote: values are read by GKeyFile, changes edit the text of one line. */
#pragma once
#include "config/error.h"
#include <stdbool.h>

typedef struct ini ini;

/* path is for messages. A file that is missing is CONFIG_ERROR_READ with *is_missing_out (may be NULL). */
ini *ini_load(const char *path, bool *is_missing_out, GError **error);
ini *ini_from_data(const char *path, const char *text, size_t length, GError **error);
void ini_free(ini *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ini, ini_free)
const char *ini_path(const ini *self);

/* The value, unescaped (blanks around it do not count, \\s does); NULL: not there. Caller frees. */
char *ini_get(const ini *self, const char *group, const char *key);
char **ini_groups(const ini *self);                  /* caller frees with g_strfreev */
char **ini_keys(const ini *self, const char *group); /* the same; empty for a group that is not there */
unsigned ini_line(const ini *self, const char *group, const char *key /* NULL: the group's */); /* 1-based; 0: not there */
/* "FILE:LINE: message" as CONFIG_ERROR_VALUE; always false. The second is CONFIG_ERROR_MISSING: a key or group that must be there. */
bool ini_fail(const ini *self, const char *group, const char *key, GError **error, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
bool ini_fail_missing(const ini *self, const char *group, GError **error, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Changes one line, or adds it at the end of its group (made at the end of the file); value NULL removes the line. Nothing else changes. */
bool ini_set(ini *self, const char *group, const char *key, const char *value, GError **error);
/* A value as it stands in a file. Caller frees. */
char *ini_escape(const char *value);
/* Atomic: tmp in the same directory, fsync, rename, fsync of the directory. A symbolic link is written through. mode for a new file; an old one keeps its own, less what mode forbids. */
bool ini_save(const ini *self, int mode, GError **error);
/* The same for any text. */
bool ini_write_file(const char *path, const char *text, size_t length, int mode, GError **error);
