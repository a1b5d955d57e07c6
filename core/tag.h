/* SPDX-License-Identifier: MIT */
/* Tags: what a person calls them, and the IMAP keywords they are on the server (RFC 9051 2.3.2). Pure; any thread.
 *
 * Names outside ASCII are written in modified UTF-7, as Thunderbird does; what an atom cannot hold becomes '_'. Keywords are compared without regard to
 * case. A *list* is keywords with ' ' between them, NULL for none. */
#pragma once
#include <glib.h>
#include <stdbool.h>

#define TAG_ERROR (tag_error_quark())
GQuark tag_error_quark(void);
enum tag_error { TAG_ERROR_NAME };

#define TAG_LENGTH_MAX 50 /* bytes on the wire: Dovecot's own limit */

/* The keyword for what was typed; NULL: the error says why it cannot be one. Caller frees. */
char *tag_keyword(const char *name, GError **error);
/* As it is shown: "$label1" is Important, "caf&AOk-" is café. Control characters are shown as signs by the screen, as in all text. Caller frees. */
char *tag_name(const char *keyword);
/* Not a person's tag: what programs tell each other ($MDNSent, $Junk, the time a message comes back). */
bool tag_is_hidden(const char *keyword);
bool tag_is_warning(const char *keyword); /* $Phishing */

bool tag_list_has(const char *list, const char *keyword);
/* list with all of add and without all of remove (lists, may be NULL); NULL: none is left. Caller frees. */
char *tag_list_change(const char *list, const char *add, const char *remove);
/* Those of a that are in b, or (is_in false) are not. NULL: none. Caller frees. */
char *tag_list_select(const char *a, const char *b, bool is_in);
/* The same words in one order, whoever told them; NULL for none. Caller frees. */
char *tag_list_sort(const char *list);
bool tag_list_equal(const char *a, const char *b);
/* The names of those that are not hidden, in order; NULL-terminated, caller frees with g_strfreev. */
char **tag_list_names(const char *list);
