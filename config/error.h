/* SPDX-License-Identifier: MIT */
/* What can be wrong with a file a person owns. The message names file, line, and what is allowed. */
#pragma once
#include <glib.h>

#define CONFIG_ERROR (config_error_quark())
GQuark config_error_quark(void);
enum config_error {
    CONFIG_ERROR_READ,       /* cannot be read or written: errno text */
    CONFIG_ERROR_SYNTAX,     /* not an INI file at that line */
    CONFIG_ERROR_VALUE,      /* a value that is not allowed */
    CONFIG_ERROR_MISSING,    /* a key that must be there */
    CONFIG_ERROR_PERMISSION, /* a file with a password that others can read */
    CONFIG_ERROR_SECRET,     /* the secret could not be had: command failed, keyring locked; words in the message */
    CONFIG_ERROR_CANCELLED,
    CONFIG_ERROR_LOCKED,     /* the file of secrets wants its passphrase first */
    CONFIG_ERROR_PASSPHRASE, /* a wrong passphrase, or one that is too short */
};

/* Foreign words as they may stand in a message: valid UTF-8, control characters (also C1) as '?'. Caller frees. */
char *config_error_words(const char *text, gssize length);
