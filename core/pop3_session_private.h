/* SPDX-License-Identifier: MIT */
/* The POP3 side of an account: one signed-in connection at a time, and what is known from one to the next. The worker's thread only. */
#pragma once
#include "core/engine_private.h"
#include "core/pop3_mail.h"
#include "core/pop3_maildrop_private.h"

typedef struct pop3_session {
    engine_account *account;
    worker *thread;
    store *store;
    pop3_client *client; /* NULL: not connected */
    int64_t inbox_id;
    struct pop3_maildrop drop; /* kept between connections */
    GHashTable *mails;         /* name → struct pop3_mail*, of this connection; NULL before it is loaded */
    GHashTable *cuts;          /* name → how often the line broke within it: such a message waits until all others are here */
    GHashTable *sizes;         /* name → size as the server says it (GSIZE_TO_POINTER), where there is a limit */
    bool has_top;              /* this server gives heads alone; asked where there is a limit */
    bool is_recovered;         /* files of a crash were looked for */
    bool was_cut;              /* the last connection broke: what is due to be deleted goes first now, for this one may break too */
    bool is_one_by_one;        /* it fell silent: perhaps this server loses requests that are sent ahead */
    unsigned delete_max;    /* so many are deleted on one connection: fewer where the line did not last for more; 0: as many as there are */
    unsigned progress;      /* counts what was achieved, over all connections */
    int login_delay_s;      /* the server wants that much between two visits; 0: it does not say */
    bool is_locked;         /* the last sign-in found the mailbox in use */
    bool is_complete;       /* the last fetching brought all it was to bring */
    uint32_t settled_count; /* of a server that names nothing: what was there when all of it was here */
    uint64_t settled_bytes;
} pop3_session;

void pop3_session_init(pop3_session *self, engine_account *account, worker *thread);
void pop3_session_clear(pop3_session *self);
/* Connects, secures, signs in. False with error: what to do is in the code; questions were raised already. */
bool pop3_session_open(pop3_session *self, GError **error);
void pop3_session_close(pop3_session *self);

/* --- sync_pop3.c --- */
/* One visit, to QUIT. *is_again_out: there is more to do on a new connection, at once. */
bool sync_pop3_run(pop3_session *self, bool *is_again_out, GError **error);
/* --- sync_pop3_sizes.c: max-size --- */
/* Asks for the sizes of what is new, where there is a limit. */
bool sync_pop3_sizes(pop3_session *self, GError **error);
/* Only its head is to be fetched. *size_out: as the server says it. */
bool sync_pop3_is_large(const pop3_session *self, uint32_t number, uint64_t *size_out);
/* --- sync_pop3_fetch.c --- */
/* numbers (of uint32_t) ascending: the newest, at the end, come first. */
bool sync_pop3_fetch(pop3_session *self, GArray *numbers, GError **error);
/* --- sync_pop3_delete.c --- */
/* Deletes what the person's rule says, with their last word before QUIT; ends the connection. *is_more_out: not all of it at once. */
bool sync_pop3_delete(pop3_session *self, bool *is_more_out, GError **error);
bool sync_pop3_has_due(pop3_session *self);
/* Mails that the server does not list under their names: identity (or only the header's part of it) → GPtrArray of struct pop3_mail*, borrowed from
 * mails. Caller unrefs. */
GHashTable *sync_pop3_unlisted(const pop3_session *self, bool is_by_header);
/* mails anew from the store, with the numbers of this connection. */
bool sync_pop3_match(pop3_session *self, GError **error);
