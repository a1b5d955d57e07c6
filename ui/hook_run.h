/* SPDX-License-Identifier: MIT */
/* A program that runs beside the screen: bytes on its standard input, a time limit, and what it said in the end. Nobody waits for it. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hook_run hook_run;
/* words: a command line without a shell. NULL with error: it could not be started. */
hook_run *hook_run_start(const char *words, const char *input, size_t length, int64_t deadline_ms, GError **error);
void hook_run_free(hook_run *run); /* a program that still runs is left to itself */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hook_run, hook_run_free)
/* True: it has ended. Past its deadline it is asked to end, and a little later made to. */
bool hook_run_has_ended(hook_run *run, int64_t now_ms);
bool hook_run_is_good(const hook_run *run); /* it ended by itself, with 0 */
/* Why it is not good, and what it wrote about that: one clean line; caller frees. */
char *hook_run_words(const hook_run *run);
