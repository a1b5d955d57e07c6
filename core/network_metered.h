/* SPDX-License-Identifier: MIT */
/* Does the system say that the network costs by the byte? */
#pragma once
#include <stdbool.h>

/* Asks NetworkManager (D-Bus, system bus); where there is none: false. Waits for it at most about half a second: not for the UI thread. */
bool network_is_metered(void);
