/* SPDX-License-Identifier: MIT */
/* One signed-in IMAP connection of a worker, with its own store: what sync, bodies and replay work on. */
#pragma once
#include "core/engine_private.h"
#include "core/rules.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include "core/text_pool.h"
#include "net/imap_client.h"

/* A FETCH answer copied out of the client's arena: written to the store after the wait, so that no lock is held while the network is slow. */
struct fetched {
    uint32_t uid;
    unsigned flags;
    const char *keywords;
    uint64_t modseq;
    int64_t asked_at;  /* monotonic µs: the server was asked then, and said this at some time since */
    bool lacks_labels; /* of Gmail: told without them, so they are as they were */
    bool has_info;     /* envelope and the rest were there */
    struct message_info info;
    text_pool *texts; /* where all of them are */
};

/* What a COPY or MOVE said of one message. */
struct copied {
    uint32_t uidvalidity, from, to;
};

/* What a SELECT told that cannot be if the server kept its promises (RFC 9051 2.3.1.1, RFC 7162 3.1.1). */
enum session_doubt {
    DOUBT_NONE,
    DOUBT_IDENTITY /* numbers went backwards: a backup was restored, and numbers may stand for other messages than before */
};

/* One of several searches under way at once. */
struct asked {
    imap_request request;
    GArray *answer; /* borrowed */
};
#define ASKED_MAX 5

typedef struct imap_session {
    engine_account *account;
    enum lane lane;
    worker *thread;
    store *store;
    imap_client *client;
    unsigned opened;                    /* counts connections: work that was begun on an earlier one begins anew */
    int64_t folder_id;                  /* selected; 0: none */
    GArray *uids;                       /* of the selected folder by sequence number - 1; 0: not known. NULL: not asked for */
    uint32_t newest_uid;                /* the highest of the newest page */
    GPtrArray *fetched;                 /* of struct fetched* */
    text_pool *texts;                   /* of those that come next; NULL: none yet */
    int64_t asked_at;                   /* for what is fetched from now on */
    GArray *stale;                      /* UIDs whose flags were told before our own change of them: to be asked for again */
    GArray *touched;                    /* UIDs whose MODSEQ was told, since a STORE began */
    GArray *gone;                       /* UIDs told by EXPUNGE or VANISHED, of the selected folder, not yet taken out of the store */
    uint64_t expunges, expunges_before; /* how many were told to be gone, ever and when the batch of intents under way began */
    GArray *copied;                     /* of struct copied: by the MOVE under way */
    unsigned replays;                   /* counts batches of intents */
    GArray *found;                      /* UIDs of the last SEARCH */
    GPtrArray *listed;                  /* of struct folder* of the last LIST */
    GPtrArray *statuses;                /* of struct folder* (name, uidvalidity, uidnext, highestmodseq, server_total) of the last STATUS */
    GByteArray *section;                /* the last BODY[…] */
    void (*body_sink)(void *data, const struct imap_fetch *fetch); /* takes what has BODY[…] instead of it; NULL: nobody does */
    void *body_data;
    struct backfill *backfill;                         /* what is fetched now goes to core/sync_backfill; NULL: not now */
    unsigned backfill_chunk;                           /* how many it asked for last */
    struct bulk_writer *writer;                        /* its thread for the store; NULL: it has none now */
    bool is_multiappend_useless, is_searchres_useless; /* offered, and not understood */
    int64_t append_limit, append_limit_folder;         /* what STATUS told last, and of which it was asked; see core/intent_append.c */
    bool has_section, has_new_mail, is_changed;
    bool wants_decoded; /* BINARY[…] was asked for, not BODY[…]: the other is not what is wanted */
    /* --- with QRESYNC (RFC 7162) no sequence numbers are needed --- */
    bool is_qresync;               /* ENABLE was sent on this connection, and nothing was refused since */
    bool is_followed;              /* the store has the selected folder as it is, and changes are told by UID; see imap_session_follows */
    bool is_resynced;              /* the SELECT itself brought it up to date: for the next comparison */
    bool is_closing;               /* what comes until [CLOSED] is of the folder that is left */
    bool is_identifying;           /* what is fetched is compared before it is stored */
    uint32_t exists;               /* as told last, less what was told to be gone */
    uint32_t seen_uid;             /* this connection knows of the messages up to here: see imap_session_look */
    uint64_t opened_modseq;        /* HIGHESTMODSEQ as the SELECT told it */
    uint32_t next_uid;             /* all below were looked at: what comes is from here on */
    GArray *earlier;               /* UIDs told to have VANISHED (EARLIER): asked about before they are believed */
    GHashTable *distrusted;        /* of folder ids: their changes were told wrongly once */
    GHashTable *mended;            /* folder id → how often it did not add up */
    GHashTable *witnessed;         /* of folder ids: on this connection their newest messages were seen to be those that are known */
    GHashTable *compared;          /* folder id → when its flags were compared on this connection, monotonic seconds */
    int64_t page_folder_id;        /* whose newest page was asked for last, */
    unsigned page_breaks;          /* and how often in a row the line broke over it */
    char *end_words;               /* why the last connection ended; NULL: none has */
    GHashTable *holes;             /* folder id → what its server could not give (core/hole_hunt) */
    bool is_flags_refused;         /* in the comparison just made: what changed is not known yet */
    GHashTable *settled_odds;      /* folder id → the server's numbers that do not agree with its own messages, and that is known */
    enum session_doubt doubt;      /* about the selected folder, until it was compared */
    struct asked asked[ASKED_MAX]; /* their answers do not go into found */
    char *listed_sum, *told_sum;   /* of the last LIST, of the last STATUS of all folders with it: the same again is no news */
    unsigned listed_replays;       /* replays then */
    bool has_statuses;             /* the LIST just made told the statuses too */
    bool is_notified;              /* the server tells by itself when another folder changes (RFC 5465) */
    bool is_notify_asked;          /* answered, with whatever words */
    bool is_mapping;               /* the search under way is for all: its answer is the map of sequence numbers, from that moment on */
    bool is_refusal_temporary;     /* of the last select that was refused: later it may work */
    GHashTable *subscribed;        /* names told by LSUB, while it is under way; else NULL */
    bool has_quota;                /* the answer that is coming has told something already */
    int percent_before;            /* how full the mailbox was before it was asked */
    struct rules_seen rules;       /* as they were when mail was written down last */
    struct server_search_run *search; /* what this connection is asked to look for (core/server_search); NULL: nothing yet */
} imap_session;

/* Connects, secures, signs in. False with error: what to do is in the code; questions were raised already. */
bool imap_session_open(imap_session *self, GError **error);
void imap_session_close(imap_session *self);
void imap_session_note_end(imap_session *self, const GError *why); /* before it is closed: with the server's own words, if it said any */
void imap_session_init(imap_session *self, engine_account *account, enum lane lane, worker *thread);
void imap_session_clear(imap_session *self);
/* Waits for a request; NO and BAD become STORE-less errors with the server's words when error is given and is_strict. */
bool imap_session_wait(imap_session *self, imap_request request, struct imap_reply *reply_out, GError **error);
/* A refusal that may end by itself (RFC 5530): try again later. */
bool imap_session_is_later(const struct imap_reply *reply);
/* Selects unless selected. False with error; *is_refused_out: the server said NO (the folder is gone or forbidden), the connection is fine. */
bool imap_session_select(imap_session *self, const struct folder *folder, bool *is_refused_out, GError **error);
/* Before a command that names uid in the selected folder. The other connection may have been told of it and this one not yet, and what a connection does not
 * know it passes over in silence, with OK (RFC 3501, 6.4.8): it asks then (NOOP). False: the connection broke. */
bool imap_session_look(imap_session *self, uint32_t uid, GError **error);
/* No folder is selected afterwards, and what was told of it is in the store. False: the connection broke. */
bool imap_session_leave(imap_session *self, GError **error);
/* --- imap_session_told.c, imap_session_select.c --- */
struct imap_handlers imap_session_handlers(imap_session *self);
void imap_session_learn_name(imap_session *self, const struct folder *folder);
void imap_session_enable(imap_session *self);
/* Is what happens in the selected folder known here? If not it is compared. */
bool imap_session_follows(const imap_session *self);
/* The folder does not agree with what the server told of its changes, and is mended: says so to the person. The third time, or at once if it cannot be
 * anything else, it is not trusted any more: its messages are compared one by one from then on. */
void imap_session_distrust(imap_session *self, const struct folder *folder, guint differences, bool is_certain);
bool imap_session_is_distrusted(const imap_session *self, int64_t folder_id);
/* Numbers of messages were told that nobody has seen there: the next time the folder is opened its newest are compared (sync_imap_witness). */
void imap_session_call_again(imap_session *self, int64_t folder_id);
/* The other connection may have learned of messages a moment ago that this one was not told of yet: beyond UIDNEXT there may be some. */
void imap_session_note_numbers(imap_session *self);
bool imap_session_may_be_behind(const imap_session *self);
/* The same where it stands in the reply: into self->copied. */
void imap_session_note_copied(imap_session *self, const struct imap_reply *reply);
/* Before something is asked for whose answer holds flags. */
void imap_session_ask(imap_session *self);
/* Before flags are settled: answers to questions that are older may not undo them. */
void imap_session_note_settled(imap_session *self, int64_t placement_id);
/* Did either connection hear that it is gone, since asked_at or a moment ago? Asked again behind every write of rows (core/imap_gone.h). */
bool imap_session_is_gone(imap_session *self, int64_t folder_id, uint32_t uid, int64_t asked_at);
/* Writes what was fetched; posts events. is_arrival: new unseen rows are new mail. Returns how many were new through new_out (may be NULL). */
bool imap_session_store_fetched(imap_session *self, int64_t folder_id, bool is_arrival, int *new_out, GError **error);

/* --- imap_facts.c: rights and quota --- */
bool imap_facts_opened(imap_session *self, int64_t folder_id, GError **error); /* behind a SELECT */
void imap_facts_rights(void *session, const char *mailbox, const char *rights);
void imap_facts_quota(void *session, const struct imap_quota *quota);
/* How much is in the next folders behind *after_id, a portion of them; 0 in it afterwards: those were all. False: the connection broke. */
bool imap_facts_sizes(imap_session *self, int64_t *after_id, GError **error);
void imap_facts_ask_quota(imap_session *self); /* now and then; the answer comes with whatever is asked next */
/* Behind it: there is more room than before, so what was refused for want of it goes there now. */
void imap_facts_ask_shown(imap_session *self); /* what may be done in the folder on the screen, if that is not all */
bool imap_facts_use_room(imap_session *self, GError **error);

/* --- sync_imap.c --- */
bool sync_imap_newest(imap_session *self, const struct folder *folder, GError **error); /* the newest page of the selected folder */
bool sync_imap_arrivals(imap_session *self, int64_t folder_id, GError **error);         /* what came since; after EXISTS */
/* Compares UIDs (and flags) of the selected folder with the store; *missing_out: UIDs to be fetched, newest last (caller frees). */
bool sync_imap_compare(imap_session *self, const struct folder *folder, bool is_with_flags, GArray **missing_out, GError **error);
bool sync_imap_fail_reply(imap_session *self, const char *what, const struct imap_reply *reply, GError **error); /* always false */
int sync_imap_by_number(gconstpointer left, gconstpointer right);                                                /* of uint32_t */
const char *sync_imap_flag_items(const imap_session *self); /* the same, for the flags of known ones */
char *sync_imap_items(const imap_session *self);            /* what a FETCH of new messages asks for; caller frees */
bool sync_imap_has_number(const GArray *sorted, uint32_t number);
/* "5,7:9" of ascending numbers; caller frees. */
char *sync_imap_set(const uint32_t *uids, guint count);
bool sync_imap_fetch_chunk(imap_session *self, int64_t folder_id, GArray *missing /* taken from its end */, guint count, GError **error);
/* Asks again for the flags of those in self->stale. */
bool sync_imap_stale(imap_session *self, GError **error);
/* --- sync_imap_folders.c --- */
void sync_imap_note_compared(imap_session *self, int64_t folder_id); /* now, with its flags */
/* LIST → folder rows and roles. is_counted: with what STATUS says, where one command can ask both. */
bool sync_imap_folders(imap_session *self, bool is_counted, GError **error);
/* The same, but what did not change since is not looked into again. */
bool sync_imap_glance(imap_session *self, bool *is_changed_out /* folders, or something in them */, GError **error);
bool sync_imap_statuses(imap_session *self, GPtrArray *folders /* of struct folder*: those that changed stay */, GError **error);

/* Asks for news of all folders (RFC 5465), once on a connection; is_notified: they come by themselves from now on. */
bool sync_imap_notify(imap_session *self, GError **error);
/* What came so: the folders that changed (caller frees), and whether there are others than before. NULL: nothing. */
GPtrArray *sync_imap_news(imap_session *self, bool *is_list_changed_out);

/* --- sync_imap_verify.c --- */
/* After a SELECT that brought the folder up to date: those told to be gone are asked about. Sets is_resynced to whether all that was told was true. */
bool sync_imap_settle_resync(imap_session *self, const struct folder *folder, GError **error);
/* Does the selected folder have as many messages as we know of? */
bool sync_imap_adds_up(imap_session *self, int64_t folder_id, guint missing, bool *adds_up_out, GError **error);
/* Are the newest messages still those that are known? Asked once on each connection, when anything of the folder is new or a wish speaks of its
 * numbers. *is_other_out: at least one is another message now. */
bool sync_imap_witness(imap_session *self, const struct folder *folder, bool *is_other_out, GError **error);
/* Numbers may stand for other messages now: each is compared by size and date. Those that are others are forgotten and added to missing. */
bool sync_imap_identify(imap_session *self, const struct folder *folder, GArray *missing, GError **error);
/* The messages and their flags, by SEARCH, against the store: exact, and cheap where the server packs its answers (RFC 4731). Differences are mended. */
/* *is_same_out false: one side has messages the other has not, besides missing. */
bool sync_imap_verify(imap_session *self, const struct folder *folder, const GArray *missing, bool *is_same_out, GError **error);
bool sync_imap_is_due(const struct folder *folder); /* for sync_imap_verify */

/* --- fetch_body.c --- */
/* False: the connection broke. Whatever else goes wrong is told by EVENT_BODY_FAILED. */
bool fetch_body_run(imap_session *self, const struct fetch_wish *wish, GError **error);

/* --- intent_replay.c --- */
/* Everything that is due. False: the connection broke. */
bool intent_replay_run(imap_session *self, GError **error);
