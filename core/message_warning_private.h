/* SPDX-License-Identifier: MIT */
/* Between core/message_warning.c, which has the table of tricks, and core/message_warning_domain.c and _checks.c, which know some of them. */
#pragma once
#include "core/message_warning.h"

/* --- core/message_warning_domain.c; strings: the caller frees --- */
char *domain_of(const char *address);                          /* lower case, as ASCII where that can be; NULL: none */
char *domain_readable(const char *domain);                     /* "xn--…" as letters; the same where there is nothing to do */
bool domain_is_same_house(const char *a, const char *b);       /* one owner: mail.x.test and x.test */
bool domain_looks_like(const char *domain, const char *known); /* another that the eye takes for it: rn for m, 1 for l */

/* --- core/message_warning_checks.c --- */
char *checks_failed(const message *message, const struct message_trust *trust); /* the sentence; NULL: nothing to say; caller frees */
