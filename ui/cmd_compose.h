/* SPDX-License-Identifier: MIT */
/* Commands that write: new message, answers, forwards, and those of the composer. */
#pragma once
#include "ui/command.h"
#include <stdint.h>

void cmd_compose(app *app, view *view);
void cmd_reply(app *app, view *view);
void cmd_reply_all(app *app, view *view);
void cmd_reply_list(app *app, view *view);
void cmd_forward(app *app, view *view);
void cmd_forward_attached(app *app, view *view);
void cmd_edit_as_new(app *app, view *view);
void cmd_redirect(app *app, view *view); /* ui/cmd_redirect.c */
void cmd_shell(app *app, view *view);    /* ui/cmd_shell.c */

/* A draft that is opened is gone on with. False: it is none. */
bool compose_open_draft(app *app, int64_t placement_id);

/* In the composer: ui/cmd_composer.c */
void cmd_composer_next(app *app, view *view);
void cmd_composer_done(app *app, view *view);
void cmd_composer_send(app *app, view *view);
void cmd_composer_send_later(app *app, view *view);
void cmd_composer_edit(app *app, view *view);
void cmd_composer_attach(app *app, view *view);
void cmd_composer_detach(app *app, view *view);
void cmd_composer_report(app *app, view *view);
void cmd_composer_identity(app *app, view *view);
void cmd_composer_close(app *app, view *view);
