/* SPDX-License-Identifier: MIT */
/* One signed-in IMAP connection of a worker, with its own store: what sync, bodies and replay work on. */
#pragma once
#include "core/engine_private.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include "net/imap_client.h"

/* A FETCH answer copied out of the client's arena: written to the store after the wait, so that no lock is held while the network is slow. */
struct fetched {
    uint32_t uid;
    unsigned flags;
    char *keywords;
    uint64_t modseq;
    int64_t asked_at;         /* monotonic µs: the server was asked then, and said this at some time since */
    bool has_info;            /* envelope and the rest were there */
    struct message_info info; /* strings owned */
};

/* What a COPY or MOVE said of one message. */
struct copied {
    uint32_t uidvalidity, from, to;
};

typedef struct imap_session {
    engine_account *account;
    enum lane lane;
    worker *thread;
    store *store;
    imap_client *client;
    unsigned opened;     /* counts connections: work that was begun on an earlier one begins anew */
    int64_t folder_id;   /* selected; 0: none */
    GArray *uids;        /* of the selected folder by sequence number - 1; 0: not known. NULL: not asked for */
    uint32_t newest_uid; /* the highest of the newest page */
    GPtrArray *fetched;  /* of struct fetched* */
    int64_t asked_at;    /* for what is fetched from now on */
    GArray *stale;       /* UIDs whose flags were told before our own change of them: to be asked for again */
    GArray *gone;        /* UIDs told by EXPUNGE or VANISHED, of the selected folder, not yet taken out of the store */
    GArray *copied;      /* of struct copied: by the MOVE under way */
    unsigned replays;    /* counts batches of intents */
    GArray *found;       /* UIDs of the last SEARCH */
    GPtrArray *listed;   /* of struct folder* of the last LIST */
    GPtrArray *statuses; /* of struct folder* (name, uidvalidity, uidnext, highestmodseq, server_total) of the last STATUS */
    GByteArray *section; /* the last BODY[…] */
    bool has_section, has_new_mail, is_changed;
    bool is_mapping;           /* the search under way is for all: its answer is the map of sequence numbers, from that moment on */
    bool is_refusal_temporary; /* of the last select that was refused: later it may work */
    struct server_search_run *search; /* what this connection is asked to look for (core/server_search); NULL: nothing yet */
} imap_session;

/* Connects, secures, signs in. False with error: what to do is in the code; questions were raised already. */
bool imap_session_open(imap_session *self, GError **error);
void imap_session_close(imap_session *self);
void imap_session_init(imap_session *self, engine_account *account, enum lane lane, worker *thread);
void imap_session_clear(imap_session *self);
/* Waits for a request; NO and BAD become STORE-less errors with the server's words when error is given and is_strict. */
bool imap_session_wait(imap_session *self, imap_request request, struct imap_reply *reply_out, GError **error);
/* A refusal that may end by itself (RFC 5530): try again later. */
bool imap_session_is_later(const struct imap_reply *reply);
/* Selects unless selected. False with error; *is_refused_out: the server said NO (the folder is gone or forbidden), the connection is fine. */
bool imap_session_select(imap_session *self, const struct folder *folder, bool *is_refused_out, GError **error);
/* The same where it stands in the reply: into self->copied. */
void imap_session_note_copied(imap_session *self, const struct imap_reply *reply);
/* Before something is asked for whose answer holds flags. */
void imap_session_ask(imap_session *self);
/* Before flags are settled: answers to questions that are older may not undo them. */
void imap_session_note_settled(imap_session *self, int64_t placement_id);
/* Writes what was fetched; posts events. is_arrival: new unseen rows are new mail. Returns how many were new through new_out (may be NULL). */
bool imap_session_store_fetched(imap_session *self, int64_t folder_id, bool is_arrival, int *new_out, GError **error);

/* --- sync_imap.c --- */
bool sync_imap_folders(imap_session *self, GError **error);                             /* LIST → folder rows and roles */
bool sync_imap_newest(imap_session *self, const struct folder *folder, GError **error); /* the newest page of the selected folder */
bool sync_imap_arrivals(imap_session *self, int64_t folder_id, GError **error);         /* what came since; after EXISTS */
/* Compares UIDs (and flags) of the selected folder with the store; *missing_out: UIDs to be fetched, newest last (caller frees). */
bool sync_imap_compare(imap_session *self, const struct folder *folder, bool is_with_flags, GArray **missing_out, GError **error);
bool sync_imap_fetch_chunk(imap_session *self, int64_t folder_id, GArray *missing /* taken from its end */, guint count, GError **error);
/* Asks again for the flags of those in self->stale. */
bool sync_imap_stale(imap_session *self, GError **error);
bool sync_imap_statuses(imap_session *self, GPtrArray *folders /* of struct folder*: those that changed stay */, GError **error);

/* --- fetch_body.c --- */
/* False: the connection broke. Whatever else goes wrong is told by EVENT_BODY_FAILED. */
bool fetch_body_run(imap_session *self, const struct fetch_wish *wish, GError **error);

/* --- intent_replay.c --- */
/* Everything that is due. False: the connection broke. */
bool intent_replay_run(imap_session *self, GError **error);
