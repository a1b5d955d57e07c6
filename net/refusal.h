/* SPDX-License-Identifier: MIT */
/* What servers mean when they refuse in words of their own instead of a response code (RFC 5530): the table of services that do, each with its test
 * (tests/unit/net/test_refusal.c, tests/servers/test_provider_limits.c). */
#pragma once

#include <stdbool.h>

enum net_refusal {
    NET_REFUSAL_PLAIN,       /* nothing known: the answer is what it seems */
    NET_REFUSAL_CONNECTIONS, /* right name, right password, but one connection too many */
    NET_REFUSAL_THROTTLED,   /* too much was asked: a pause is wanted */
    NET_REFUSAL_TROUBLE,     /* the server's own, for now */
    NET_REFUSAL_TOO_LARGE,   /* the message is larger than it takes any */
};
/* wait_ms_out: the pause it asks for, at most an hour; 0 where it says no number. May be NULL, and so may words. */
enum net_refusal net_refusal_of(const char *words, int *wait_ms_out);
/* The password is right, and not the one for programs that the service wants (two-step sign-in). words may be NULL. */
bool net_refusal_wants_app_password(const char *words);
