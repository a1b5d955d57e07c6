/* SPDX-License-Identifier: MIT */
/* Accounts up and down: the worker threads, and the requests the screen may make of them. Every call returns at once (no network, no wait);
 * results come as events. UI thread only, unless said otherwise. */
#pragma once
#include "config/account_file.h"
#include "config/settings.h"
#include "core/event.h"
#include "core/store.h"

typedef struct engine engine;

/* The protocol log (POSTERN_LOG), before anything else. False: the file cannot be written. */
bool engine_open_log(const char *path);

/* accounts: of struct account*, copied. Starts nothing yet. store_path NULL: the default. */
engine *engine_new(GPtrArray *accounts, const struct settings *settings, const char *store_path, event_queue *events);
void engine_start(engine *engine); /* starts the threads: call after the first screen was drawn */
/* Cancels and joins every thread (each within 100 ms). */
void engine_free(engine *engine);
bool engine_add(engine *engine, const struct account *account, GError **error);    /* a new account from the wizard */
bool engine_reload(engine *engine, const struct account *account, GError **error); /* after its file changed */
bool engine_remove(engine *engine, const char *account_id);

void engine_wake(engine *engine); /* intents or outbox rows were added */
void engine_open_folder(engine *engine, int64_t account_id,
                        int64_t folder_id); /* this folder is on the screen: newest page now, then IDLE on it */
void engine_fetch_message(engine *engine, int64_t account_id, int64_t placement_id); /* EVENT_BODY_AVAILABLE / EVENT_BODY_FAILED */
void engine_fetch_part(engine *engine, int64_t account_id, int64_t placement_id, const char *section); /* the same, text = section */
void engine_cancel_fetch(engine *engine, int64_t placement_id);
void engine_note_use(engine *engine); /* a key was pressed: what others do to folders is looked for more often for a while */
void engine_sync_now(engine *engine, const char *account_id /* NULL: all */); /* also ends a backoff */
/* The computer slept, or has another network: every connection must show that it lives, and every wait for a better time ends. The engine notices both by
 * itself; this is for who knows better. While no account comes or goes. */
void engine_network_changed(engine *engine);
/* A person's switch. AUTO: online, and metered when the system says that the network is. METERED: headers and what is opened, nothing ahead, and rarer
 * looks. OFFLINE: no connections at all; what is done meanwhile is carried out when it ends. */
enum engine_link { ENGINE_LINK_AUTO, ENGINE_LINK_ONLINE, ENGINE_LINK_METERED, ENGINE_LINK_OFFLINE };
void engine_set_link(engine *engine, enum engine_link link);
enum engine_link engine_link(const engine *engine);
bool engine_is_metered(const engine *engine); /* by the switch, or by what the system says */
/* The same for one account: off is off, whatever the switch for all says. */
void engine_set_account_online(engine *engine, const char *account_id, bool is_online);
bool engine_is_account_off(const engine *engine, const char *account_id);    /* by its own switch */
bool engine_is_account_online(const engine *engine, const char *account_id); /* by both switches */
void engine_set_online(engine *engine, bool is_online);                      /* OFFLINE, or AUTO */
bool engine_is_online(const engine *engine);                                 /* not OFFLINE */
void engine_cancel_job(engine *engine, int64_t job);
/* One synchronisation of an account on this thread's account, no screen: connects, replays intents, syncs folder list, newest pages, all headers; sends
 * what it has in the outbox. Blocks (CLI); several accounts at once from several threads. */
bool engine_sync_once(engine *engine, const char *account_id, GError **error);
bool engine_is_signin_failure(const GError *why); /* a password is needed, or was refused; NULL: not so */
/* What it brought. since_placement: engine_newest_placement() before. */
struct engine_sync_report {
    int64_t messages, unread; /* in all folders of the account now */
    int64_t arrived;          /* that were not here before */
    int64_t bodies, body_bytes;
    int64_t waiting; /* what was done here and is not on the server yet */
    int64_t to_send; /* in the outbox */
};
int64_t engine_newest_placement(engine *engine);
/* Until engine_free the file stays open: whoever closes it as the last one copies the log back and removes it, and one run opens it several times. */
void engine_hold_store(engine *engine);
bool engine_sync_report(engine *engine, const char *account_id, int64_t since_placement, struct engine_sync_report *report_out,
                        GError **error);
/* The part of it that concerns files of this computer, without a network: for a maildir or POP3 account. */
bool engine_settle_local(engine *engine, const char *account_id, GError **error);
/* Sends what is due in the outbox and waits for the result of row id (CLI `send`), at most timeout_ms. True: accepted (or already filed). */
bool engine_send_once(engine *engine, int64_t outbox_id, int timeout_ms, GError **error);

/* For the header and the activity view. Any thread. */
struct engine_account_state {
    char *id, *name;
    int64_t account_id;
    int state; /* enum connection_state */
    char *words;
    int64_t pending_intents, sending;
};
GPtrArray *engine_states(engine *engine); /* of struct engine_account_state*, freed with the array */

/* --- questions to the person (certificate, password): they arrive as EVENT_QUESTION with the id; nobody below waits --- */
enum question_type {
    QUESTION_CERTIFICATE,
    QUESTION_PASSWORD,
    QUESTION_IN_DOUBT,
    QUESTION_SIGN_IN /* with a browser */,
    QUESTION_PASSPHRASE
};
struct question {
    int64_t id;
    enum question_type type;
    char *account_id, *account_name;
    char *host, *user;
    char *reason; /* what is wrong, in one sentence; for a password: why it is asked again, with the server's words, or NULL */
    char *fingerprint, *subject, *issuer, *names;
    char *pinned; /* an alarm: the fingerprints that were expected, "; " between them */
    int64_t not_before, not_after;
    bool is_alarm; /* a pinned key changed */
    bool is_outgoing;
    bool has_device; /* a sign-in: a browser on another device will do */
    bool is_new;     /* a passphrase: there is no file of secrets yet, the person chooses one, and types it twice */
    int64_t outbox_id;
};
void question_free(struct question *question);
struct question *question_copy(const struct question *question);
struct question *engine_question(engine *engine, int64_t id); /* a copy, caller frees; NULL: no longer open */
enum certificate_answer { CERTIFICATE_REJECT, CERTIFICATE_ONCE, CERTIFICATE_PIN };
void engine_answer_certificate(engine *engine, int64_t question_id, enum certificate_answer answer);
void engine_answer_password(engine *engine, int64_t question_id, const char *password /* NULL: not now */,
                            bool is_kept /* store where the account says, if it says */);
/* The worker waits for the browser; EVENT_VISIT brings the link to be opened. */
enum sign_in_answer { SIGN_IN_LATER, SIGN_IN_BROWSER, SIGN_IN_DEVICE };
void engine_answer_sign_in(engine *engine, int64_t question_id, enum sign_in_answer answer);
/* Of the encrypted file of secrets (config/secret_file.h), for all accounts; NULL: not now. A worker tries it; a wrong one is asked for again. */
void engine_answer_passphrase(engine *engine, int64_t question_id, const char *passphrase);
/* After outbox_answer(): the question is done. */
void engine_close_doubt(engine *engine, int64_t question_id);
