/* SPDX-License-Identifier: MIT */
/* A little internet of the test's own, in a network namespace: a name server on 127.0.0.1:53, web servers, and ports that lead elsewhere. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* The calling process, which has no threads yet, moves into a network and a mount namespace of its own: only a loopback interface, 127.0.0.1 as name
 * server, and no authority that it trusts (also for what it starts). False with the reason: this machine does not let us. */
bool names_enter(char **why_not_out);
/* One more authority. Before the first connection: OpenSSL reads them once. */
void names_trust(const char *ca_file);

/* --- the name server --- */
typedef struct names names;
names *names_start(void);
void names_free(names *self);
/* type: "A", "MX" ("10 mx.example.test"), "SRV" ("0 1 993 imap.example.test"; host "." for: not offered). */
void names_add(names *self, const char *name, const char *type, const char *value);
void names_clear(names *self);
/* Every name has this address, as behind a network's sign-in page. NULL: no more. */
void names_answer_all(names *self, const char *address);
void names_set_silent(names *self, bool is_silent);

/* --- a web server --- */
typedef struct web web;
enum web_kind {
    WEB_HTTPS,
    WEB_HTTP,
    WEB_DRIPS, /* https, one byte of the body every 50 ms, for ever */
};
/* certificate, key: PEM files, for https. */
web *web_start_at(const char *address, int port, enum web_kind kind, const char *certificate, const char *key);
void web_free(web *self);
/* The answer to every request whose first line or Host holds words: a body, or (where it begins with "https:" or "http:") a redirect. */
void web_answer(web *self, const char *words, const char *body);
char *web_asked(web *self); /* "HOST PATH" a line; caller frees */

/* --- a port that leads elsewhere --- */
typedef struct forward forward;
forward *forward_start(const char *address, int port, int to_port /* of 127.0.0.1 */);
forward *forward_start_to(const char *address, int port, const char *to_address, int to_port);
void forward_free(forward *self);
