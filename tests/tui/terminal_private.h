/* SPDX-License-Identifier: MIT */
/* Between the test terminal and its pictures. */
#pragma once
#include "tests/tui/terminal.h"
#include <vterm.h>

VTermScreen *terminal_screen(terminal *terminal);
void terminal_size(const terminal *terminal, int *rows_out, int *columns_out);
