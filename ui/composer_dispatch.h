/* SPDX-License-Identifier: MIT */
/* A message with big files on its way out of a composer: built and put into the outbox, or into Drafts, on the filing thread, which ends its work also when
 * postern does. A line says so; other keys wait, Esc goes back while it is nowhere else yet. */
#pragma once
#include "ui/composer_draft.h"
#include "ui/composer_private.h"

bool composer_is_heavy(const struct draft *draft); /* building it takes longer than a key may wait */
/* finished: what was signed or encrypted already; NULL: it is built from the draft. */
void composer_dispatch(struct composer *composer, const struct account *from, const struct composer_finished *finished, int64_t at_utc);
void composer_dispatch_draft(struct composer *composer, const struct account *from); /* into Drafts: the composer is left */
/* The same with what was made of it already: encrypted to one's own key. */
void composer_dispatch_hidden(struct composer *composer, const struct account *from, GBytes *bytes, const char *message_id);
