/* SPDX-License-Identifier: MIT */
/* Finding and testing an account's settings for the wizard: candidates in order, probed live on a thread of its own. Nothing touches the disk before setup_save. */
#pragma once
#include "config/account_file.h"
#include "core/event.h"

typedef struct setup setup;

enum setup_phase { SETUP_PHASE_FIND, SETUP_PHASE_SIGN_IN, SETUP_PHASE_SAVE };
enum setup_state { SETUP_WAITING, SETUP_RUNNING, SETUP_OK, SETUP_FAILED, SETUP_SKIPPED };
/* What is asked about the domain: a line above the table. */
struct setup_source {
    char *name; /* "autoconfig of example.org" */
    enum setup_state state;
    char *words; /* "2 servers", or why it knows none */
    int elapsed_ms;
};
/* One line of the live table. */
struct setup_row {
    char *source;   /* "Gmail (built-in table)", "usual name" */
    char *protocol; /* "IMAP", "POP3", "SMTP" */
    char *host;
    uint16_t port;
    enum account_security security;
    enum setup_state connect, secure, certificate, greet, login; /* … ✓ ✗ */
    char *tls;                                                   /* "TLSv1.3"; "" before */
    int64_t not_after;                                           /* of the certificate; 0: not known */
    char *greeting, *capabilities, *mechanisms;                  /* as the server says; "" before */
    char *words;                                                 /* the server's, or why not */
    int elapsed_ms;
    char *user; /* what the source says the name is; NULL: it does not say */
    int rank;   /* enum setup_rank: how much the source is worth, 0 the most */
    bool is_chosen, is_guess, is_by_hand;
    bool is_unproven; /* named by the DNS, which anybody on the way can forge, and not below the domain of the address */
};
struct setup_folder {
    char *name;
    int role; /* enum folder_role */
};

setup *setup_new(event_queue *events);
void setup_free(setup *setup); /* cancels and joins within 100 ms */
/* Finds servers for the address: the provider table; else all at once what the domain publishes and the usual names, implicit TLS first, then STARTTLS;
 * cleartext never by itself. Posts EVENT_SETUP_STEP per change and EVENT_SETUP_DONE {item = enum setup_phase}. */
void setup_find(setup *setup, const char *name, const char *address);
/* By hand: these servers exactly. Where one is not reached, its host's usual ports are tried; what answers becomes the proposal in setup_account(). */
void setup_use(setup *setup, const struct account *account);
/* Who signs in for sending, before setup_sign_in. user NULL: the same as for reading, with the same password; "": nobody (the server asks for no
 * sign-in); else this user with this password (copied and wiped), or with outgoing.password_command of setup_account(). */
void setup_set_outgoing(setup *setup, const char *user, const char *password);
/* The passphrase of the encrypted file of secrets, where the password is to be kept there (copied and wiped). A file that is there is opened at the
 * sign-in (SETUP_FAULT_PASSPHRASE); a new one is made by setup_save. */
void setup_set_passphrase(setup *setup, const char *passphrase);
/* The service (a word of config/oauth_providers) that the found server for reading can be signed in to through the browser; NULL: none. */
const char *setup_oauth(setup *setup);
/* Through the browser (word as above; account->oauth is filled in), or (NULL) with a password again. is_device: a browser on any other device. */
void setup_set_oauth(setup *setup, const char *word, bool is_device);
bool setup_has_device_sign_in(const char *word); /* does it let people in on another device? */
/* What hinders that: nobody gave this program a client-id. A few sentences; caller frees; NULL: nothing. */
char *setup_oauth_missing(setup *setup);
/* What the person is to do in the browser while the sign-in waits: a link, or a link and a code; caller frees; NULL: nothing now. EVENT_VISIT with the
 * link alone is posted too. */
char *setup_visit(setup *setup);
/* Signs in with the chosen rows, lists folders, tries SMTP sign-in. Same events, none when cancelled. password is copied and wiped;
 * NULL: the one given before (after a certificate was accepted). */
void setup_sign_in(setup *setup, const char *password);
/* Is this EVENT_SETUP_DONE of the phase started last? One that was posted just before the person went back is not. UI thread. */
bool setup_is_current(const setup *setup, const struct event *event);
void setup_cancel(setup *setup); /* waits until nothing runs any more: within 100 ms */
/* What kind of trouble the last phase ended with, so that the wizard asks for the right thing. */
enum setup_fault {
    SETUP_FAULT_NONE,
    SETUP_FAULT_SERVER,      /* not found, not reached, or it does not do what it should */
    SETUP_FAULT_PASSWORD,    /* the sign-in was refused, or the command gave no password */
    SETUP_FAULT_CLEARTEXT,   /* the password would go over a line that is not encrypted, and nobody allowed it */
    SETUP_FAULT_CERTIFICATE, /* see setup_certificate() */
    SETUP_FAULT_NETWORK,     /* not online, or a network's sign-in page answers in place of the servers: the same again, later */
    SETUP_FAULT_PASSPHRASE,  /* it is not the one of the encrypted file */
    SETUP_FAULT_NO_PROGRAMS, /* this service lets no mail programs in */
};
enum setup_fault setup_fault(setup *setup, bool *is_outgoing_out /* may be NULL */);
bool setup_has_keyring(setup *setup); /* known after the search */
/* Snapshots; any time; freed with the array. */
GPtrArray *setup_rows(setup *setup);    /* of struct setup_row*: IMAP, POP3, SMTP, of each the best source first */
GPtrArray *setup_sources(setup *setup); /* of struct setup_source*; empty where the table knows all */
GPtrArray *setup_folders(setup *setup); /* of struct setup_folder*, after sign-in */
const char *setup_hint(setup *setup);   /* what this provider needs, translated; NULL */
/* What would be saved; the wizard edits it. Owned by setup. */
struct account *setup_account(setup *setup);
/* A certificate in doubt (after SETUP_DONE failed): the verdict in words; NULL: none. Pin or accept it, then sign in again. */
struct question *setup_certificate(setup *setup); /* caller frees with question_free (core/engine.h) */
void setup_accept_certificate(setup *setup, bool is_pinned);
/* Secret first, then the account file (atomic). On the setup's thread, for a keyring may ask the person to unlock it; EVENT_SETUP_DONE tells the end.
 * After that setup_account()->path says where. A password that is asked for each time stays in the account for this run. */
void setup_save(setup *setup);
