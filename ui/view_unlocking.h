/* SPDX-License-Identifier: MIT */
/* Something that goes on with an encrypted message when it has been opened: behind a line one can leave with Esc, and after a question if its key wants
 * a passphrase. */
#pragma once
#include "core/crypto.h"
#include "ui/app.h"

typedef void unlocking_done(app *app, void *data, message *opened);
/* letter: as it came. What cannot be opened is said; done gets it as it is then, or (must_open) is not called. */
void view_unlocking(app *app, const message *letter, bool must_open, unlocking_done *done, void *data /* taken */,
                    GDestroyNotify data_free);
/* All of it is encrypted: without opening it there is nothing to read. */
bool unlocking_is_needed(const message *letter);
