/* SPDX-License-Identifier: MIT */
/* Addresses that anybody on the internet may have, as against those of this computer and of the network it is in. */
#pragma once
#include <stdbool.h>
#include <sys/socket.h>

bool net_address_is_public(const struct sockaddr *address);
