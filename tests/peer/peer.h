/* SPDX-License-Identifier: MIT */
/* A server that follows a script, for protocol tests: it says its lines, checks the client's, and complains in words.
 *
 * A script is lines (in C, or a .peer file; '#' begins a comment line there). C escapes (\r \n \033 \") are understood in all texts.
 *   S: text   says a line                       s: text   says it without a line end
 *   C: line   expects a line; '*' and '?' as in a shell; %t at its start takes the tag, %1 … %9 take tags to be answered later
 *   R: N text says text N times over, without line ends; # in it is the count, from 1
 *   F: text   says text without end, until the client hangs up
 *   L:        reads the literal the line before announced ("{12}", "{12+}")
 *   D:        reads an SMTP message up to its dot
 *   B:        reads one BDAT and its bytes
 *   Z:        packs and unpacks all that follows (RFC 4978)
 *   T: words  does a TLS handshake; words: "newest=1.1", "ciphers=eNULL"
 *   N:        asks for another handshake (TLS 1.2)
 *   H: n      waits for n bytes and drops them: "H: 5" is the head of a handshake that has begun
 *   E: text   says text whenever something came, until the client hangs up
 *   X:        hangs up, without a goodbye of TLS
 *   A:        hangs up, and goes on with the next connection (without TLS)
 *   W:        waits, silent, until the client hangs up
 * Whether its newest messages are still the known ones ("UID FETCH 3:5 (UID FLAGS INTERNALDATE RFC822.SIZE *)") is answered with OK where C: does not ask for it.
 * In S: and s: %t is the last tag taken, %1 … %9 the kept ones, %z a NUL. After the script the peer waits for the client to hang up; what the client
 * sends then without being asked is a complaint. */
#pragma once
#include "tests/peer/peer_authority.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct peer peer;
enum peer_pace { PEER_WHOLE, PEER_BYTE_BY_BYTE };

/* lines: NULL-terminated, borrowed. certificate: for T:, may be NULL. The peer runs on a thread of its own, on one end of a socket pair. */
peer *peer_start(const char *const *lines, const peer_certificate *certificate, enum peer_pace pace);
/* The same, listening on 127.0.0.1 for one connection: for clients that connect by themselves. */
peer *peer_listen(const char *const *lines, const peer_certificate *certificate, enum peer_pace pace, uint16_t *port_out);
int peer_take_fd(peer *self);        /* the client's end; the caller's from now on */
bool peer_is_over(const peer *self); /* it has played its part, well or badly */
/* Waits for the end of the script (the client must have hung up, or be about to). NULL: all as it should be. Borrowed until peer_free. */
const char *peer_complaint(peer *self);
/* After peer_complaint(): the one complaint is that a TLS handshake was begun behind the script. */
bool peer_complains_of_a_handshake_only(const peer *self);
/* After peer_complaint(): what L: and D: read, what came unencrypted, how many lines the client sent. Borrowed. */
const char *peer_data(const peer *self);
const char *peer_clear_text(const peer *self);
void peer_free(peer *self);

/* A .peer file: settings ("key: value" lines before a line "---"), then the script. */
struct peer_script {
    char **keys, **values; /* NULL-terminated, same order */
    char **lines;
};
struct peer_script *peer_script_load(const char *path); /* aborts when it cannot be read: a mistake in the tests */
/* Unescaped value of key, or NULL. Borrowed. */
const char *peer_script_value(const struct peer_script *script, const char *key);
void peer_script_free(struct peer_script *script);
/* Sorted paths of all *.peer files in a directory; free with g_strfreev. Never empty. */
char **peer_script_list(const char *directory);
