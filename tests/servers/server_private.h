/* SPDX-License-Identifier: MIT */
/* What the tests' own servers need of the machine; for server.c and jail.c. */
#pragma once
#include <glib.h>
#include <stdbool.h>

int server_free_port(void);          /* on 127.0.0.1; nobody holds it, so use it soon */
bool server_wait_for_port(int port); /* false after ten seconds with nobody listening there */
bool server_wait_for_port_at(const char *address, int port);
/* Runs and waits; false, with what it said on stderr, where it fails. output_out: what it printed, caller frees; or NULL. */
bool server_run(char **output_out, const char *const *argv);
#define SERVER_RUN(...) server_run(NULL, (const char *const[]){ __VA_ARGS__, NULL })
bool server_write_text(const char *directory, const char *name, char *text /* taken */);
struct server_certificate;
/* ca.pem, and server.pem (with its intermediate) and server.key. kind: NULL for RSA 2048, for localhost, mail.example.test and 127.0.0.1. The
 * path of ca.pem, caller frees; NULL: failed. */
char *server_make_certificates(const char *directory, const struct server_certificate *kind);
/* As another client: signs in on a cleartext port and puts the message into INBOX; false, with what happened on stderr, where it fails. */
bool server_append(int port, const char *user, const char *password, const char *message);
