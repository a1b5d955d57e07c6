/* SPDX-License-Identifier: MIT */
/* Looks for a secret in a text, in every form in which the protocols send it. */
#pragma once
#include <stdbool.h>

/* As it is, in base64 at any place of a longer text (PLAIN, XOAUTH2), and in hexadecimal digits. */
bool peer_secret_is_in(const char *text, const char *secret);
/* The same for a file that is read whole and then emptied: a protocol log between two scripts. */
bool peer_secret_is_in_log(const char *path, const char *secret);
