/* SPDX-License-Identifier: MIT */
/* Between the files of the setup: what they share, where the candidates come from, and what a probe does to a row. */
#pragma once
#include "config/providers.h"
#include "core/engine.h"
#include "core/setup.h"
#include "net/probe.h"
#include <pthread.h>

struct setup {
    event_queue *events;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a candidate has ended */
    GPtrArray *rows;        /* of struct setup_row* */
    GPtrArray *folders;     /* of struct setup_folder* */
    struct account *account;
    char *address;
    char *password, *outgoing_password; /* wiped; outgoing NULL: the same */
    const char *hint;
    struct question *certificate; /* in doubt; NULL: none */
    enum setup_fault fault;
    bool is_fault_outgoing;
    bool has_keyring, is_unknown_domain;  /* the domain itself is asked before the guesses are tried */
    const struct sockaddr_in *dns_server; /* NULL: the system's. Of tests, as the next one */
    const char *web_base;                 /* "http://127.0.0.1:1234": HOST and path follow; NULL: https://HOST */
    GPtrArray *accepted, *pinned;         /* fingerprints the person took, and those to be kept, of char* */
    pthread_t thread;
    bool has_thread;
    int64_t generation; /* of the phase that runs or ran last: an end that was posted before is not its end */
    int cancel_fd;
};

/* One row being probed. */
struct setup_attempt {
    setup *self;
    guint index;
    pthread_t thread;
    bool is_started, is_done, is_good;
    char *pin; /* it worked only with this fingerprint, which the person accepted */
    enum net_probe_step failed_at;
    GError *error;
    struct net_probe_result result;
};

/* --- setup_attempt.c --- */
struct setup_row *setup_row_at(const setup *self, guint index);
struct account_server *setup_server_of(setup *self, guint index);
/* credentials NULL: only as far as the greeting. The outcome is in the attempt. */
void setup_probe_row(struct setup_attempt *attempt, const struct net_credentials *credentials);
void setup_attempt_clear(struct setup_attempt *attempt);
/* What the person accepted for this server goes into the account: for ever, or for this run. */
void setup_keep_certificate(const struct setup_attempt *attempt, struct account_server *server);
bool setup_has_doubt(const struct setup_attempt *attempt);
void setup_note_doubt(setup *self, const struct setup_attempt *attempt); /* under lock: becomes the question, if there is none */
void setup_post(setup *self, enum event_type type, int64_t item, int state, const char *words);
bool setup_is_cancelled(const setup *self);
void setup_raise_cancel(setup *self); /* any thread; waits for nobody */

/* --- the phases' threads --- */
void *setup_find_main(void *setup);
void *setup_sign_in_main(void *setup);

/* Candidates for an address, best first, IMAP before POP3 before SMTP; of struct setup_row*. *hint_out: borrowed; NULL: none. */
GPtrArray *setup_candidates(const char *address, const char **hint_out);
/* What the domain of the address publishes (autoconfig, MX, SRV), best first; may be empty. Waits about 3 s at most. *hint_out is set where the
 * domain's mail is a known provider's. */
GPtrArray *setup_discover(setup *self, const char **hint_out);
GPtrArray *setup_rows_of_provider(const struct provider *provider);
/* One IMAP and one SMTP row of servers a person wrote down. */
GPtrArray *setup_rows_of_account(const struct account *account);
struct setup_row *setup_row_new(const char *source, const char *protocol, const struct account_server *server);
struct setup_row *setup_row_copy(const struct setup_row *row);
void setup_row_free(void *row);
bool setup_row_is_incoming(const struct setup_row *row); /* IMAP or POP3 */
/* The user names worth trying with this address, in order; NULL-terminated, caller frees with g_strfreev. written: what the person says (may be NULL). */
char **setup_user_names(const char *address, const char *written);

/* Which folder is which: by SPECIAL-USE (RFC 6154), else by its name. Of struct setup_folder*. */
GPtrArray *setup_folders_map(const GPtrArray *found /* of struct net_probe_folder* */);
void setup_folder_free(void *folder);
/* Names that had to be guessed go into the account file; those the server marks need not. */
void setup_folders_apply(const GPtrArray *found, struct account *account);
