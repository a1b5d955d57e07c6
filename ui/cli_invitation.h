/* SPDX-License-Identifier: MIT */
/* The invitation of a message, as JSON for `postern show --json`. */
#pragma once
#include "core/message.h"
#include <jansson.h>

json_t *cli_invitation_json(const message *message); /* null: it invites to nothing */
