/* SPDX-License-Identifier: MIT */
/* Extensions that a server offers and then fails at: remembered until the program ends. Any thread. */
#pragma once
#include <stdbool.h>

enum smtp_distrusted {
    SMTP_DISTRUST_PIPELINING = 1 << 0, /* what comes behind the first command is swallowed (RFC 2920) */
    SMTP_DISTRUST_CHUNKING = 1 << 1,   /* BDAT is refused, or ends the connection (RFC 3030) */
};
bool smtp_distrust_has(const char *host, enum smtp_distrusted what);
void smtp_distrust_add(const char *host, enum smtp_distrusted what);
