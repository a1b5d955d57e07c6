/* SPDX-License-Identifier: MIT */
/* What each side of test_converge believes of what only it moves, against what is on the server. */
#pragma once
#include "tests/servers/converge_found.h"

void belief_check(struct world *self, struct found *found);
