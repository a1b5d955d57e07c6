/* SPDX-License-Identifier: MIT */
/* New mail on the desktop, by D-Bus (org.freedesktop.Notifications). */
#pragma once
#include "core/notify.h"

/* May take seconds: not on the UI's thread. *id: of the notification that is to be replaced, 0: none; then that of the new one. The text is escaped where
 * the desktop takes markup. False: there is no desktop, or it did not answer. */
bool notify_desktop(const struct notification *words, uint32_t *id, GError **error);
