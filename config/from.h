/* SPDX-License-Identifier: MIT */
/* An address as a person writes it into a file: "Name <user@domain>" or "user@domain". */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* False: not an address; both untouched then. name_out is "" where there is none. Caller frees both. */
bool from_parse(const char *text, char **name_out, char **address_out);
/* The same back as text: the name in quotes only where it needs them. Caller frees. */
char *from_format(const char *name, const char *address);
