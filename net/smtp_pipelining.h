/* SPDX-License-Identifier: MIT */
/* Servers that offer PIPELINING (RFC 2920) and then swallow the commands: remembered until the program ends. Any thread. */
#pragma once
#include <stdbool.h>

bool smtp_pipelining_is_trusted(const char *host);
void smtp_pipelining_distrust(const char *host); /* after a connection that fell silent, or broke, with several commands under way */
