/* SPDX-License-Identifier: MIT */
/* The settings a domain publishes for mail programs: Thunderbird's config-v1.1.xml. Only what is encrypted is taken. */
#pragma once
#include <glib.h>
#include <stddef.h>

/* Rows for an address, of struct setup_row*, in the order of the file, IMAP before POP3 before SMTP; NULL with error: not such a file, or nothing
 * in it can be used. source: what the rows say they come from. */
GPtrArray *autoconfig_parse(const char *xml, size_t length, const char *address, const char *source, GError **error);
