/* SPDX-License-Identifier: MIT */
/* The tables of the store, as a list of migrations. */
#pragma once
#include "core/store.h"

#define SCHEMA_APPLICATION_ID 0x706f7374 /* "post" in the file's header: this is ours */

int schema_version(void); /* what this program writes */
/* Brings a fresh or older file up to date in one transaction. STORE_ERROR_VERSION: written by a newer postern. */
bool schema_migrate(store *store, GError **error);
