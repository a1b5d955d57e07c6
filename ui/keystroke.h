/* SPDX-License-Identifier: MIT */
/* From keys to commands: sequences, counts before a command (5j), macros. UI thread only. */
#pragma once
#include "ui/command.h"
#include "ui/input.h"

/* A key that is not the mouse's and not pasted. */
void keystroke_press(app *app, const struct key *key);
void keystroke_go_to_row(app *app, int row);   /* from 1 on */
void keystroke_forget(app *app);               /* a sequence or count that was begun */
void keystroke_tick(app *app, int64_t now_ms); /* what may follow is said when the hands hesitate */
int64_t keystroke_due_ms(const app *app);      /* when that is; INT64_MAX: nothing is begun, or it is said */
/* What a count does with a command. For the test. */
enum keystroke_count { COUNT_NONE, COUNT_REPEATS, COUNT_MARKS /* so many rows from the cursor on are meant */, COUNT_ROW };
enum keystroke_count keystroke_count_of(const struct command *command);
