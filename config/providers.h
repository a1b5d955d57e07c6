/* SPDX-License-Identifier: MIT */
/* The table of known mail services: domains, servers, what a person must know. */
#pragma once
#include "config/account_file.h"

struct provider_server {
    const char *host;
    uint16_t port;
    enum account_security security;
};
struct provider {
    const char *name;    /* "Gmail" */
    const char *domains; /* "gmail.com googlemail.com"; "hotmail.*", "*.onmicrosoft.com": a star stands for anything */
    struct provider_server imap, smtp;
    const char *user; /* "address" | "local-part" | "either": the one for reading, the other for sending, or it depends */
    const char *hint; /* what to know before signing in (app password …); may be NULL; N_() */
    bool saves_sent;  /* files the Sent copy itself */
};
/* By the domain of an address, case-insensitive; NULL: unknown. */
const struct provider *provider_for_address(const char *address);
/* By the host that takes a domain's mail (its MX): whose service the domain uses; NULL: unknown. */
const struct provider *provider_for_exchanger(const char *host);
const struct provider *provider_at(size_t index); /* NULL behind the last: for tests and docs */
