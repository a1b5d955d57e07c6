/* SPDX-License-Identifier: MIT */
/* The attachments of what is being written, kept on the disk: small ones at once, big ones on the files' thread. */
#pragma once
#include "ui/composer_private.h"

/* True: they are kept, or will be in a moment; what goes wrong then is said. */
bool composer_parts_keep(struct composer *composer, GError **error);
void composer_parts_finish(struct composer *composer); /* now, if they are on their way: the composer goes, or its files are moved */
void composer_parts_forget(struct composer *composer); /* they are not to be kept */
void composer_parts_event(struct composer *composer, const struct event *news);
