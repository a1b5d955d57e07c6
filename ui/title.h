/* SPDX-License-Identifier: MIT */
/* The name of the terminal's window: the open folder and what is unread in it. */
#pragma once
#include "ui/app.h"

void title_tick(app *app); /* written when it is another than before */
void title_begin(void);    /* the terminal keeps the name it has */
void title_end(void);      /* and takes it back */
/* The bytes that name a window of this TERM; NULL: it has no name. Caller frees. For the test. */
char *title_sequence(const char *term, const char *words);
