/* SPDX-License-Identifier: MIT */
/* The inside of an IMAP client, shared by the files named below. */
#pragma once
#include "net/imap_private.h"
#include "net/signin.h"

#define IMAP_CHALLENGES_MAX 8u /* of one sign-in: no mechanism has more. One beyond is answered with "*", a further one ends it */

/* From IDLE on: nothing may follow before the answer. */
enum imap_request_kind {
    IMAP_REQUEST_OTHER,
    IMAP_REQUEST_SELECT,
    IMAP_REQUEST_UNSELECT,
    IMAP_REQUEST_IDLE,
    IMAP_REQUEST_STARTTLS,
    IMAP_REQUEST_AUTHENTICATE,
    IMAP_REQUEST_COMPRESS
};

/* A piece of a command: bytes, or a file as a literal. */
struct imap_part {
    char *bytes;
    size_t length;
    bool is_secret, waits_for_go; /* waits_for_go: nothing behind it before the server's "+" */
    int fd;
    uint64_t fd_size;
};
struct imap_request_state {
    imap_request number;
    char tag[16];
    enum imap_request_kind kind;
    GPtrArray *parts; /* of struct imap_part* */
    guint next_part;
    uint64_t part_done;                                         /* bytes of a file that are under way already */
    char *mailbox;                                              /* SELECT */
    bool is_read_only, is_begun, is_done, is_given, is_unasked; /* unasked: our own question, nobody waits for its answer */
    struct imap_reply reply;
    char *text; /* what reply borrows */
    struct imap_range *ranges;
};

struct imap_client {
    net_stream *stream;
    imap_syntax *syntax;
    struct imap_handlers handlers;
    struct net_context outer, context; /* the owner's, and ours around it */
    GQueue unsent, waiting;            /* of struct imap_request_state*; one that is being sent is in both */
    GPtrArray *finished;
    imap_request last_number, first_unasked;
    imap_request enabling;  /* UTF8=ACCEPT, not answered yet; 0: no */
    imap_request answering; /* whose answer is given out, where it says so itself; 0: the oldest one's */
    bool is_blocked;        /* a synchronizing literal waits for "+" */
    bool takes_one, is_compressed, is_signed_in, is_namespace_asked, is_idle_useless, is_idling, is_muted, is_slow, has_news, has_greeting;
    enum imap_status greeting_status;
    char *greeting, *capabilities, *mechanism, *farewell, *kept_text;
    char *throttled; /* see imap_client_throttled */
    bool can[IMAP_CAPABILITY_COUNT], has_enabled[IMAP_CAPABILITY_COUNT];
    int64_t append_limit; /* -1: not told */
    net_signin *signin;   /* while signing in */
    unsigned challenges, noise, short_idles;
    uint64_t search_given, untagged_given; /* numbers, and responses, since the last tagged answer */
    struct imap_mailbox mailbox;
    char *permanent_flags;             /* of it, as sent; NULL: not told */
    struct imap_namespace personal;    /* prefix NULL: not known */
    GHashTable *wire_names;            /* UTF-8 → as LIST spelled them, where UTF-7 would not lead back there */
    int64_t due_since_ms, activity_ms; /* since when an answer is due; 0: none is */
    uint64_t due_bytes;
    int64_t response_since_ms; /* since when a response is under way, not whole yet; 0: none is */
    uint64_t response_bytes;
    size_t queued_bytes; /* about as many wait in the stream's queue */
};

/* --- imap_client.c --- */
struct imap_request_state *imap_request_new(imap_client *self, enum imap_request_kind kind);
void imap_request_free(gpointer request);
void imap_client_queue(imap_client *self, struct imap_request_state *request);
/* Writes as much as may be written now. */
bool imap_client_pump(imap_client *self, GError **error);
/* Waits for bytes and takes what they hold; is_one: only one whole response of it. False: the connection is finished. */
bool imap_client_receive(imap_client *self, bool is_one, GError **error);
/* All responses that are in already. */
bool imap_client_take_all(imap_client *self, bool is_one, GError **error);
/* A command that changes what the bytes behind its answer are: nothing of those is taken. reply_out: until the next call. */
bool imap_client_ask_alone(imap_client *self, enum imap_request_kind kind, const char *words, struct imap_reply *reply_out, GError **error);
/* NULL: not answered yet. */
struct imap_request_state *imap_client_finished(imap_client *self, imap_request number);
bool imap_client_fail_protocol(imap_client *self, const char *line, GError **error);
/* error is what ended the connection: a goodbye that came before says more. Always false. */
bool imap_client_fail_farewell(imap_client *self, GError **error);

/* --- imap_capability.c --- */
void imap_capability_forget(imap_client *self);
void imap_capability_note(imap_client *self, const char *text);
void imap_capability_note_enabled(imap_client *self, const char *word);
/* Revision 2 alone: where both are offered, 1 is spoken until the other is enabled. */
bool imap_client_is_rev2(const imap_client *self);
/* Asks what the server has not said by itself; has_news: it has told its capabilities with the sign-in. */
void imap_capability_signed_in(imap_client *self, bool has_news);

/* --- imap_untagged.c --- */
bool imap_status_word(const char *word, enum imap_status *status_out);
/* The response code of a status line, applied and given. */
void imap_untagged_code(imap_client *self, enum imap_status status, const char *line, struct imap_reply *reply_out);
bool imap_untagged_take(imap_client *self, const struct imap_value *response, const char *line, GError **error);
void imap_untagged_begin_select(imap_client *self, struct imap_request_state *request);
void imap_untagged_finish_select(imap_client *self, struct imap_request_state *request);

/* --- imap_signin.c --- */
bool imap_signin_answer(imap_client *self, const char *line, GError **error); /* to "+ challenge" */

/* --- imap_quota.c --- */
void imap_quota_take(imap_client *self, const struct imap_value *response);
void imap_rights_take(imap_client *self, const struct imap_value *response);

/* --- imap_command.c --- */
/* False: the name cannot be sent. */
bool imap_request_add_mailbox(imap_client *self, struct imap_request_state *request, const char *mailbox);
void imap_request_add(struct imap_request_state *request, char *text /* taken */);
void imap_request_add_secret(struct imap_request_state *request, char *text /* taken, wiped */);
/* An astring: quoted, or a literal. False: it holds a NUL or is too long. */
bool imap_request_add_string(imap_client *self, struct imap_request_state *request, const char *text, bool is_secret);
