/* SPDX-License-Identifier: MIT */
/* The certificates a scripted server can show, by name: good ones, and one for each way of being bad. */
#pragma once
#include "tests/peer/peer_authority.h"

typedef struct peer_certificates peer_certificates;
peer_certificates *peer_certificates_new(void);
void peer_certificates_free(peer_certificates *self); /* removes the file, too */
/* What "certificate: word" in a script means; NULL: "good". NULL for an unknown word. */
const peer_certificate *peer_certificates_find(const peer_certificates *self, const char *word);
const char *peer_certificates_ca_path(const peer_certificates *self); /* of the authority that is trusted */
