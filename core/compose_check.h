/* SPDX-License-Identifier: MIT */
/* What a careful friend would say before a message is sent. */
#pragma once
#include "config/settings.h"
#include "core/compose.h"

/* What is known beyond the message itself. */
struct compose_world {
    const struct settings *settings;                  /* checks that are switched off; NULL: none */
    bool (*owns)(void *data, const char *address);    /* one of the person's own, in any account; NULL: not known */
    bool (*has_met)(void *data, const char *address); /* mail went there or came from there; NULL: not known */
    void *data;
};
/* Of char*, each a sentence; empty: nothing to say. world may be NULL. Caller frees. */
GPtrArray *compose_warnings(const struct draft *draft, const struct compose_world *world);
/* Nobody wrote anything: there is nothing but a signature, or what is quoted; and nothing is attached. */
bool compose_is_empty(const struct draft *draft);
/* The names of the checks, for checks-off; NULL behind the last. */
const char *compose_check_name(size_t index);
