/* SPDX-License-Identifier: MIT */
/* The person of test_converge, in a process of its own that can be killed: the real engine and store, and acts drawn from a seed.
 *
 * It is told what to do on its standard input, and keeps a journal: what it is about to do that may make messages fewer or more, and where it then
 * believes those to be that nobody else moves. The journal outlives it.
 *
 * Each message says in its subject who may do what to it: c0 is moved and deleted by this side only, c1 by the other client only, c2 by both,
 * c3 was marked as deleted by the other client and left so, c4 is copied by this side and else only flagged, c5 was put there by this side. */
#pragma once
#include <glib.h>
#include <stdbool.h>

#define CONVERGE_ACCOUNT "test"
#define CONVERGE_STABLE  5
extern const char *const converge_stable[CONVERGE_STABLE + 1]; /* folders that stay */
int person_main(const char *home, bool is_offline);
int person_by_text(gconstpointer left, gconstpointer right); /* of char* */
