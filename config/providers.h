/* SPDX-License-Identifier: MIT */
/* The table of known mail services: domains, servers, what a person must know. Its rows are data: config/providers.ini, compiled in, and before it
 * $XDG_CONFIG_HOME/postern/providers.conf. Read once, at the first question, on whatever thread; never changed afterwards. */
#pragma once
#include "config/account_file.h"

struct provider_server {
    const char *host; /* NULL: there is none */
    uint16_t port;
    enum account_security security;
};
struct provider {
    const char *name;       /* "Gmail" */
    const char *domains;    /* "gmail.com googlemail.com"; "hotmail.*", "*.onmicrosoft.com": a star stands for anything */
    const char *exchangers; /* ends of the names of its mail exchangers; "" where none are known */
    struct provider_server imap, pop3, smtp;
    const char *user;     /* "address" | "local-part" | "either": the one for reading, the other for sending, or it depends */
    const char *oauth;    /* of config/oauth_providers: people may sign in through the browser; NULL: not so */
    const char *hint;     /* what to know before signing in (app password …), translated; may be NULL */
    bool is_browser_only; /* passwords are refused, app passwords too */
    bool saves_sent;      /* files the Sent copy itself */
    bool is_own;          /* from the person's file */
};
/* By the domain of an address, case-insensitive; NULL: unknown. */
const struct provider *provider_for_address(const char *address);
/* By the host that takes a domain's mail (its MX): whose service the domain uses; NULL: unknown. */
const struct provider *provider_for_exchanger(const char *host);
/* Does it let mail programs in at all? */
bool provider_has_servers(const struct provider *provider);
const struct provider *provider_at(size_t index); /* NULL behind the last: for tests and docs */
/* What is wrong in the person's own file, of GError*; rows with a fault are left out, the others count. Borrowed. */
const GPtrArray *provider_faults(void);

/* --- for tests --- */
/* Rows of a text in the form of providers.ini, of struct provider*; faults (of GError*) are appended. path is for their words. */
GPtrArray *provider_rows_parse(const char *path, const char *text, size_t length, GPtrArray *faults);
