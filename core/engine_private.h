/* SPDX-License-Identifier: MIT */
/* What the workers of an engine share: accounts, passwords, questions, states; behind one mutex that is never held across I/O. */
#pragma once
#include "core/engine.h"
#include "core/imap_gone.h"
#include "core/instance.h"
#include "core/outbox.h"
#include "core/worker.h"
#include "net/sasl.h"
#include "net/stream.h"
#include <pthread.h>
#include <stdatomic.h>

enum lane { LANE_INTERACTIVE, LANE_BACKGROUND, LANE_COUNT, LANE_WATCH = LANE_COUNT /* no state of its own, asks nobody anything */ };
#define WATCHES_MAX ((size_t)ACCOUNT_IDLE_FOLDERS_MAX) /* connections that only wait for news of one folder each (core/imap_watch) */

/* A wish of the screen for a body or a part. */
struct fetch_wish {
    int64_t placement_id;
    char *section; /* NULL: the message */
    int tries;     /* that the connection did not survive */
};
void fetch_wish_free(struct fetch_wish *wish);

/* One account while the engine runs. Freed after its workers were joined. */
typedef struct engine_account {
    engine *engine;
    struct account *account;                   /* replaced only while no worker runs */
    int64_t id;                                /* in the store */
    worker *workers[LANE_COUNT + WATCHES_MAX]; /* NULL: there is none such */
    struct watch_post {
        struct engine_account *account;
        _Atomic int64_t folder_id; /* 0: nothing to watch */
    } watches[WATCHES_MAX];
    /* --- under engine->mutex --- */
    GQueue wishes;       /* of struct fetch_wish*, newest first: the person wants the last one */
    char *passwords[2];  /* incoming, outgoing; wiped */
    bool is_to_keep[2];  /* the password was typed and goes where the account keeps it, by the worker: a keyring may wait for the person */
    bool is_asked[2];    /* a question is open: wait */
    bool is_declined[2]; /* "not now": nothing until a person says so */
    char *access_token;  /* of OAuth; wiped; NULL: none yet, or refused */
    int64_t access_until_utc;
    char *unkept_refresh;        /* of OAuth: could not be written where the account keeps it; wiped; NULL: none */
    bool is_fetching_token;      /* one worker does, the others wait */
    enum sign_in_answer visit;   /* what the person said to the browser; LATER: nothing, or done */
    GPtrArray *fingerprints[2];  /* accepted in this run, for the incoming and the outgoing host */
    imap_gone *gone;             /* told by either connection; has a mutex of its own */
    _Atomic int64_t numbered_us; /* monotonic: when either connection learned the number of a message that was not known before; 0: never */
    GHashTable *settled;         /* int64 placement → int64 monotonic µs: when its flags were settled last (core/imap_session) */
    int states[LANE_COUNT];      /* enum connection_state */
    char *words[LANE_COUNT];
    int shown_state;
    char *shown_words;
    /* --- atomics --- */
    _Atomic int64_t open_folder; /* on the screen, of this account; 0: none */
    atomic_bool has_page;        /* the newest page was shown once */
    atomic_uint sync_wishes;     /* counts engine_sync_now */
    atomic_uint network_changes; /* counts engine_network_changed */
    _Atomic int64_t smtp_until;  /* monotonic ms: its outgoing server could not be reached and is left alone until then; 0: not so */
    atomic_uint smtp_failures;
    atomic_bool wants_sending;  /* the person, or the network's return, says: what waits for another try is due now */
    atomic_int alone;           /* 1 + the lane whose connection does the work of both (the server lets in one only); 0: each its own */
    _Atomic int64_t watch_from; /* monotonic s: not before, since the server does not want so many connections */
    atomic_int watching;        /* connections of watches that are open */
    atomic_bool is_off;         /* a person said so of this account alone */
    atomic_int fetching;        /* a message that a person waits for is under way */
    _Atomic int64_t bodies_fetched, body_bytes_fetched; /* ahead (core/sync_bodies) */
    atomic_bool is_delivering; /* POP3: files come into the Maildir that are about to be noted; a scan would only do it twice */
} engine_account;

/* Of the encrypted file of secrets. */
enum passphrase_stage { PASSPHRASE_UNASKED, PASSPHRASE_ASKED, PASSPHRASE_TYPED, PASSPHRASE_TRYING, PASSPHRASE_DECLINED };

struct engine {
    struct settings *settings_copy;
    const struct settings *settings;
    char *store_path;
    bool is_prepared;           /* by engine_prepare_once, for those that run at the same time */
    pthread_mutex_t once_mutex; /* between accounts that are synchronised once at the same time */
    unsigned once_sending;      /* under it, of outbox_run_once: how many send just now */
    store *held;                /* only open (engine_hold_store); NULL: not wanted */
    event_queue *events;
    GPtrArray *accounts; /* of engine_account* */
    worker *outbox;      /* under the mutex, for those who wake it */
    worker *arrivals;    /* the same: rules, and mail that comes back */
    bool is_started;
    atomic_int online;              /* enum engine_link */
    atomic_bool is_network_metered; /* as the system says */
    atomic_bool wants_writers;      /* engine_wake_writers_soon */
    pthread_mutex_t mutex;
    char *passphrase; /* typed, not tried yet; wiped */
    enum passphrase_stage passphrase_stage;
    GHashTable *questions; /* int64 id → struct question* */
    int64_t last_question;
    _Atomic int64_t clock_offset_s; /* of the wall clock to the time since the computer started; 0: not known yet */
    _Atomic int64_t used_s;         /* monotonic seconds: when somebody pressed a key last; 0: nobody yet */
    _Atomic int64_t last_job, cancelled_job, cancelled_fetch; /* the last one a placement: its download stops after this piece */
    instance *instance;                                       /* NULL: not started, or another process does the network */
    struct server_search *search;                             /* on the servers (core/server_search), under the mutex; NULL: none */
    _Atomic int64_t search_id;                                /* its id; 0: none */
    worker *link;     /* listens to the network; walks the accounts, so it stands still with the outbox */
    worker *follower; /* instead of all others, then: tells the screen what that process changed */
};

/* --- any worker --- */
void engine_set_state(engine_account *self, enum lane lane, enum connection_state state, const char *words);
/* It is tried again later. That somebody else is writing into the store is nothing to tell: it goes on by itself. */
void engine_set_trouble(engine_account *self, enum lane lane, bool needs_person, const GError *why);
/* The password for [incoming] or [outgoing]; caller frees with net_secret_free. NULL without error: a question is open or was declined, wait to be woken. */
char *engine_password(engine_account *self, bool is_outgoing, int cancel_fd, GError **error);
/* Before a secret of this account is read (or, is_to_make, written): true when it may be. False: the person is being asked, or said not now. */
bool engine_open_secrets(engine_account *self, bool is_outgoing, bool is_to_make, int cancel_fd);
bool engine_secrets_wait(const engine_account *self, bool is_outgoing); /* under the mutex: does it wait for the passphrase? */
/* The server refused it: forgets it and asks, with the server's words. */
void engine_password_refused(engine_account *self, bool is_outgoing, const char *words);
/* An account that signs in by OAuth: a token that is good now, fetched if need be. NULL with error, which never waits for an answer on the screen. */
char *engine_access_token(engine_account *self, bool is_outgoing, int cancel_fd, GError **error);
void engine_sign_in_question(engine_account *self, const char *reason);
/* A server refused it: the next try fetches a new one, so why is no question for a person any more. Does nothing for other accounts and errors. */
void engine_access_token_refused(engine_account *self, GError *why);
void engine_notice(engine_account *self, const char *words); /* a sentence the person should see */
void engine_certificate_question(engine_account *self, bool is_outgoing, const struct net_trust_verdict *verdict);
bool engine_is_waiting_for_person(engine_account *self, bool is_outgoing);
/* The fingerprints accepted in this run, for account_endpoint(); caller frees; NULL: none. */
char *engine_pins(engine_account *self, const struct account_server *server);
/* A message that may have been accepted already: asks once. */
void engine_doubt_question(engine_account *self, int64_t outbox_id, const char *subject);
void engine_post(engine *self, enum event_type type, int64_t account, int64_t folder, int64_t item);
void engine_wake_all(engine *self);
void engine_wake_outbox(engine *self);       /* any thread */
void engine_wake_writers_soon(engine *self); /* any thread: by way of the outbox worker */
/* Those that carry out intents and send; the interactive workers are left alone. While no account comes or goes. */
void engine_wake_writers(engine *self);
/* The lock for a call that starts no threads of the engine. False without error: another process has it. */
bool engine_hold_once(engine *self, GError **error);
bool engine_name_account(engine_account *self, store *db, GError **error); /* the store knows it, and its addresses */
struct fetch_wish *engine_take_wish(engine_account *self);                 /* NULL: none; caller frees */

/* --- core/engine_arrival.c: started and stopped with the link worker --- */
void engine_arrivals_start(engine *self);
void engine_arrivals_stop(engine *self);
void engine_wake_arrivals(engine *self); /* any thread: a folder changed */
/* On this thread. True: the account has intents now for its server. */
bool engine_arrivals_once(engine *self, worker *thread, int64_t account_id);

/* The link worker. */
/* core/engine_online.c, any thread */
bool engine_account_is_online(const engine_account *self);
bool engine_may_fetch_ahead(const engine_account *self); /* what nobody asked for yet */
bool engine_is_fetching(engine_account *self);           /* somebody waits for a message of this account */
int engine_poll_interval_s(const engine *self);
bool engine_is_in_use(const engine *self); /* somebody looks at the screen, and bytes are not dear */

void engine_link_start(engine *self);
void engine_link_stop(engine *self);

/* --- thread mains --- */
void imap_interactive_main(worker *thread, void *account);
void imap_background_main(worker *thread, void *account);
void imap_watch_main(worker *thread, void *watch_post);
bool imap_sync_once(engine_account *account, worker *thread, GError **error); /* on the thread that calls */
void local_main(worker *thread, void *account);
bool local_sync_once(engine_account *account, worker *thread, GError **error);
void pop3_main(worker *thread, void *account);
bool pop3_sync_once(engine_account *account, worker *thread, GError **error); /* the visits only: local_sync_once first */
bool engine_prepare_once(engine *self, GError **error); /* store ids of the accounts, for the calls that start no threads */
void outbox_main(worker *thread, void *engine);
/* --- core/engine_sending.c: one account's outgoing mail --- */
void sending_main(worker *thread, void *account);
/* What is due of the account, one message after another over one connection. */
void sending_run_due(engine_account *account, worker *thread, store *store);
void sending_run_one(engine_account *account, worker *thread, store *store, const struct outbox_item *item); /* if it is due */
/* What is due, on this thread. True: the account has intents now (a Sent copy, \Answered) for its server. */
bool outbox_run_once(engine_account *account, worker *thread);
void follower_main(worker *thread, void *engine);
