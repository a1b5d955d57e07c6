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

void cmd_template(app *app, view *view);     /* ui/composer_form.c */
void cmd_compositions(app *app, view *view); /* ui/composer_open.c */
void cmd_contacts(app *app, view *view);     /* ui/cmd_contacts.c */
void cmd_choose_people(app *app, view *view);

/* In the composer: ui/cmd_composer.c, ui/composer_edit.c, ui/composer_attach.c, ui/composer_form.c, ui/composer_open.c, ui/composer_merge.c */
void cmd_composer_next(app *app, view *view);
void cmd_composer_done(app *app, view *view);
void cmd_composer_send(app *app, view *view);
void cmd_composer_send_later(app *app, view *view);
void cmd_composer_edit(app *app, view *view);
void cmd_composer_find(app *app, view *view);
void cmd_composer_fold(app *app, view *view);
void cmd_composer_attach(app *app, view *view);
void cmd_composer_choose_files(app *app, view *view);
void cmd_composer_shrink(app *app, view *view);
void cmd_composer_sign(app *app, view *view);
void cmd_composer_encrypt(app *app, view *view);
void cmd_composer_smime(app *app, view *view);
void cmd_composer_markdown(app *app, view *view);
void cmd_composer_flowed(app *app, view *view);
void cmd_composer_charset(app *app, view *view);
void cmd_composer_header(app *app, view *view);
void cmd_composer_template(app *app, view *view);
void cmd_composer_lay_aside(app *app, view *view);
void cmd_composer_merge(app *app, view *view);
void cmd_composer_detach(app *app, view *view);
void cmd_composer_report(app *app, view *view);
void cmd_composer_identity(app *app, view *view);
void cmd_composer_close(app *app, view *view);
