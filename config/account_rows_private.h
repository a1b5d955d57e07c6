/* SPDX-License-Identifier: MIT */
/* The table of keys in an account file, for its reader and its writer: a new key is a row and a field. */
#pragma once
#include "config/account_file.h"
#include "config/ini.h"

enum account_key_type {
    KEY_TEXT,
    KEY_SECRET_TEXT, /* any bytes: a password, a command */
    KEY_HOST,
    KEY_PATH,
    KEY_PORT,
    KEY_DAYS,
    KEY_WATCHES, /* 0 to ACCOUNT_IDLE_FOLDERS_MAX */
    KEY_SIZE,    /* 2M */
    KEY_BOOL,
    KEY_CHOICE,
    KEY_LIST,
    KEY_LATER /* known here, read elsewhere or by a later version */
};
struct account_choice {
    const char *word; /* NULL: behind the last */
    int value;
};
struct key_row {
    const char *group, *key;
    enum account_key_type type;
    size_t offset; /* in struct account */
    const struct account_choice *choices;
};
extern const struct key_row account_rows[];
extern const size_t account_row_count;
extern const struct account_choice account_securities[];

const struct key_row *account_row_named(const char *group, const char *key);
/* Relative to the account file's directory, ~/ expanded. Caller frees. */
char *account_resolve_path(const ini *file, const char *value);
/* account_file.c: a file that is open already, checked as a whole. */
struct account *account_from_ini(const ini *file, GError **error);
