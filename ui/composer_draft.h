/* SPDX-License-Identifier: MIT */
/* What becomes of a draft: kept on the disk while it is written, put into Drafts, sent, taken back. */
#pragma once
#include "ui/app.h"

/* Keeps the draft in $XDG_DATA_HOME/postern/composing; cheap (no fsync): survives kill -9. *path: the file, made on the first call. */
bool composer_keep(struct draft *draft, char **path, GError **error);
void composer_forget_kept(const char *path);
/* Drafts a crash left behind, each in a composer of its own after a question. Call once at start. */
void composer_recover(app *app);
/* Into the account's Drafts folder. */
bool composer_save_draft(app *app, const struct account *account, struct draft *draft, GError **error);
/* Into the outbox; the status line counts down. */
bool composer_send(app *app, const struct account *account, struct draft *draft, GError **error);
/* Undo of the last sending while its delay runs: back into a composer. False: there is nothing to take back. */
bool composer_take_back(app *app);
