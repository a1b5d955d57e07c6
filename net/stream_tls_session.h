/* SPDX-License-Identifier: MIT */
/* TLS sessions for resumption (RFC 8446 2.2), by where they are from. In memory only, each used once, for any thread. */
#pragma once
#include <openssl/ssl.h>

/* NULL: none is there, or it is too old. Caller frees. */
SSL_SESSION *tls_session_take(const char *key);
void tls_session_keep(const char *key, SSL_SESSION *session /* taken */);
