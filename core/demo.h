/* SPDX-License-Identifier: MIT */
/* The demo account: about 60 sample messages in a local Maildir, mail sent there comes back. */
#pragma once
#include "config/account_file.h"
/* Writes the Maildirs and the account file ("demo"); *account_out: caller frees. Dates are relative to now. */
bool demo_create(struct account **account_out, GError **error);
