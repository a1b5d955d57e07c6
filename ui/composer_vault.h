/* SPDX-License-Identifier: MIT */
/* What is to be sent encrypted lies in Drafts encrypted as well, to one's own key: it survives a power cut, and goes on on another computer. */
#pragma once
#include "ui/composer_private.h"

/* GnuPG begins; what comes of it becomes the version in Drafts. is_leaving: and then the composer goes. */
void composer_vault_begin(struct composer *self, bool is_leaving);
bool composer_vault_is_busy(const struct composer *self);
/* The same at once, for postern ends. */
void composer_vault_last(struct composer *self);
/* True: these news were about it. */
bool composer_vault_event(struct composer *self, const struct event *news);
void composer_vault_free(struct composer *self);
/* ui/composer_version: bytes become the version in Drafts. */
bool composer_version_take(struct composer *self, GBytes *bytes, const char *message_id, GError **error);
GBytes *composer_version_build(struct draft *draft, char **message_id_out);
