/* SPDX-License-Identifier: MIT */
/* A person's own addresses in an account: the main one, aliases, patterns (*@example.org), local parts with a plus; and what is special to one of them. */
#pragma once
#include "config/account_file.h"

/* [identity ADDRESS] of an account file. */
struct account_identity {
    char *pattern; /* an address, or one with * in it */
    char *signature_file, *reply_to;
};
/* The name under which the account writes from this address ("": none), caller frees; NULL: it is somebody else's. alice+news@x is alice@x. */
char *account_own_name(const struct account *account, const char *address);
bool account_owns(const struct account *account, const char *address);
/* Stands for many addresses: nothing to write from. */
bool account_alias_is_pattern(const char *alias);
/* NULL: nothing is special. The section that names the address most exactly. */
const struct account_identity *account_identity_for(const struct account *account, const char *address);
