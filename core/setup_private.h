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
    pthread_cond_t changed; /* a candidate has ended, a source has answered */
    GPtrArray *rows;        /* of struct setup_row*; grows during the search; a row stays where it is */
    GPtrArray *sources;     /* of struct setup_asking*, while they are asked and afterwards, for being looked at */
    GPtrArray *folders;     /* of struct setup_folder* */
    struct account *account;
    char *address;
    char *password, *outgoing_password; /* wiped; outgoing NULL: the same */
    char *passphrase;                   /* of the encrypted file; wiped; NULL: none was given */
    struct oauth_tokens *tokens;        /* of this sign-in through the browser; NULL: none yet */
    bool is_device;
    char *visit; /* what is to be done in the browser; under lock */
    const char *hint;
    struct question *certificate; /* in doubt; NULL: none */
    enum setup_fault fault;
    bool is_fault_outgoing;
    bool has_keyring;
    bool has_lying_names;                 /* a name that cannot exist has an address here: something answers in place of everybody */
    const struct sockaddr_in *dns_server; /* NULL: the system's. Of tests, as the next one */
    const char *web_base;                 /* "http://127.0.0.1:1234": HOST and path follow; NULL: https://HOST */
    GPtrArray *accepted, *pinned;         /* fingerprints the person took, and those to be kept, of char* */
    pthread_t thread;
    bool has_thread;
    int64_t generation; /* of the phase that runs or ran last: an end that was posted before is not its end */
    int cancel_fd;
};

/* Where a row comes from, in the order of worth. */
enum setup_rank {
    SETUP_RANK_GIVEN, /* by hand, or the provider table */
    SETUP_RANK_AUTOCONFIG,
    SETUP_RANK_WELL_KNOWN,
    SETUP_RANK_EXCHANGER,
    SETUP_RANK_SERVICE,
    SETUP_RANK_SERVICE_STARTTLS,
    SETUP_RANK_OTHER_PORT, /* of a host that is given, and does not answer where it should */
    SETUP_RANK_GUESS,
};

/* One row being probed. */
struct setup_attempt {
    setup *self;
    guint index;
    struct setup_row *row; /* of self->rows; its texts change under lock only */
    pthread_t thread;
    bool is_started, is_done, is_good;
    char *pin; /* it worked only with this fingerprint, which the person accepted */
    enum net_probe_step failed_at;
    GError *error;
    struct net_probe_result result;
};

/* --- setup_attempt.c --- */
struct setup_row *setup_row_at(const setup *self, guint index);
struct account_server *setup_server_of(setup *self, const struct setup_row *row);
/* With CA file, pin and certificate of what a person wrote down. Strings are borrowed from the row and the account. */
struct net_endpoint setup_endpoint_of(setup *self, const struct setup_row *row, const char *accepted);
void setup_take_server(struct account_server *server, const struct setup_row *row);
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

/* --- setup_explain.c; attempts are of struct setup_attempt* --- */
/* Does something answer in place of the servers: a web page on their ports, a certificate of somebody else for a service everybody knows? Asks the
 * network: not under lock. in, out: the choice; -1: none. */
bool setup_is_replaced(setup *self, const GPtrArray *attempts, int in, int out);
/* Caller frees; NULL: all is well. Under lock. May change the fault. */
char *setup_explain(setup *self, const GPtrArray *attempts, int in, int out);

/* --- setup_oauth.c --- */
/* The access token of a browser sign-in; the person is waited for. Borrowed; NULL: with error. On the setup's thread. */
const char *setup_oauth_token(setup *self, GError **error);
void setup_oauth_forget(setup *self); /* the tokens, wiped */
bool setup_oauth_save(setup *self, GError **error);

/* --- the phases' threads --- */
void *setup_find_main(void *setup);
void *setup_sign_in_main(void *setup);

/* The usual names of the address's domain, best first, IMAP before POP3 before SMTP; of struct setup_row*. */
GPtrArray *setup_rows_guessed(const char *address);
/* The same hosts at their protocols' other usual ports. */
GPtrArray *setup_rows_of_other_ports(const GPtrArray *rows);
GPtrArray *setup_rows_of_provider(const struct provider *provider);
/* One IMAP and one SMTP row of servers a person wrote down. */
GPtrArray *setup_rows_of_account(const struct account *account);
struct setup_row *setup_row_new(const char *source, const char *protocol, const struct account_server *server);
struct setup_row *setup_row_copy(const struct setup_row *row);
void setup_row_free(void *row);
bool setup_row_is_incoming(const struct setup_row *row); /* IMAP or POP3 */
/* The user names worth trying with this address, in order; NULL-terminated, caller frees with g_strfreev. written: what the person says (may be NULL). */
char **setup_user_names(const char *address, const char *written);

/* --- setup_discover.c: what the domain of the address publishes --- */
enum setup_answer { SETUP_ANSWER_NONE, SETUP_ANSWER_ROWS, SETUP_ANSWER_REFUSED /* decidedly not offered */, SETUP_ANSWER_SILENT };
/* One source being asked, on a thread of its own. */
struct setup_asking {
    setup *self;
    const struct setup_source_kind *kind;
    enum setup_rank rank;
    char *domain; /* ASCII */
    char *name;   /* for the person */
    char *words;  /* what came of it; under lock, as all that follows */
    int64_t began_ms;
    int elapsed_ms;
    bool is_started, is_done, is_taken;
    enum setup_answer answer;
    GPtrArray *rows;                 /* what it said, until they are taken; NULL: nothing */
    const struct provider *provider; /* the domain's mail is a known provider's */
    const char *protocol;            /* what the answer is about; NULL: all */
    enum account_security security;
    bool has_no_name; /* there is no such domain */
    pthread_t thread;
};
/* Asks everybody at once, 3 s at most; self->changed is signalled at each answer. None for an address without a domain of the DNS. */
GPtrArray *setup_discover_begin(setup *self);
GPtrArray *setup_discover_none(void);
void setup_discover_join(GPtrArray *sources); /* waits; quick after setup_raise_cancel */

/* Which folder is which: by SPECIAL-USE (RFC 6154), else by its name. Of struct setup_folder*. */
GPtrArray *setup_folders_map(const GPtrArray *found /* of struct net_probe_folder* */);
void setup_folder_free(void *folder);
/* Names that had to be guessed go into the account file; those the server marks need not. */
void setup_folders_apply(const GPtrArray *found, struct account *account);
