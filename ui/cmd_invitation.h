/* SPDX-License-Identifier: MIT */
/* Answering an invitation: asked first, from the address that was invited, to its organizer. */
#pragma once
#include "ui/command.h"

void cmd_invitation(app *app, view *view); /* asks which answer */
void cmd_invitation_accept(app *app, view *view);
void cmd_invitation_maybe(app *app, view *view);
void cmd_invitation_decline(app *app, view *view);
void cmd_invitation_delegate(app *app, view *view); /* asks who comes instead */
