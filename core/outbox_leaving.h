/* SPDX-License-Identifier: MIT */
/* Files of the outbox whose row goes before they do: who looks for files without a row leaves them alone. Any thread. */
#pragma once
#include <stdbool.h>

void outbox_leaving_begin(const char *file); /* before the row goes */
void outbox_leaving_end(const char *file);   /* behind the file */
bool outbox_leaving_has(const char *file);
