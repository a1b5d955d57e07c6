/* SPDX-License-Identifier: MIT */
/* A step of a check as a line that people read; scripts have its name in JSON (core/check.h). */
#pragma once

/* "✓ connect         12 ms  text"; the mark is the caller's. Caller frees. */
char *check_step_line(const char *mark, const char *step, int elapsed_ms, const char *text);
