/* SPDX-License-Identifier: MIT */
/* One IMAP connection (RFC 9051, 3501, 2060) as typed requests and responses. Knows no store, no settings, no screen.
 *
 * One thread owns a client. Requests are *queued* by imap_send_*() (several may be pipelined: a send queue and a wait list),
 * written by the next wait, and finished by imap_wait(). Untagged data reaches the handlers from inside a wait, in order.
 * Mailbox names are UTF-8 on this interface; modified UTF-7 (RFC 3501 5.1.3) stays inside. */
#pragma once
#include "net/imap_response.h"
#include "net/sasl.h"
#include "net/stream.h"

typedef struct imap_client imap_client;
typedef uint32_t imap_request;

#define IMAP_CAPABILITIES(X)                                                                                                               \
    X(IMAP4REV1, "IMAP4rev1", 3501)                                                                                                        \
    X(IMAP4REV2, "IMAP4rev2", 9051)                                                                                                        \
    X(STARTTLS, "STARTTLS", 2595)                                                                                                          \
    X(LOGINDISABLED, "LOGINDISABLED", 2595)                                                                                                \
    X(SASL_IR, "SASL-IR", 4959)                                                                                                            \
    X(LITERAL_PLUS, "LITERAL+", 7888)                                                                                                      \
    X(LITERAL_MINUS, "LITERAL-", 7888)                                                                                                     \
    X(IDLE, "IDLE", 2177)                                                                                                                  \
    X(MOVE, "MOVE", 6851)                                                                                                                  \
    X(UIDPLUS, "UIDPLUS", 4315)                                                                                                            \
    X(ID, "ID", 2971)                                                                                                                      \
    X(ENABLE, "ENABLE", 5161)                                                                                                              \
    X(CONDSTORE, "CONDSTORE", 7162)                                                                                                        \
    X(QRESYNC, "QRESYNC", 7162)                                                                                                            \
    X(NAMESPACE, "NAMESPACE", 2342)                                                                                                        \
    X(SPECIAL_USE, "SPECIAL-USE", 6154)                                                                                                    \
    X(LIST_EXTENDED, "LIST-EXTENDED", 5258)                                                                                                \
    X(LIST_STATUS, "LIST-STATUS", 5819)                                                                                                    \
    X(ESEARCH, "ESEARCH", 4731)                                                                                                            \
    X(UNSELECT, "UNSELECT", 3691)                                                                                                          \
    X(CHILDREN, "CHILDREN", 3348)                                                                                                          \
    X(UTF8_ACCEPT, "UTF8=ACCEPT", 6855)                                                                                                    \
    X(UTF8_ONLY, "UTF8=ONLY", 6855)                                                                                                        \
    X(WITHIN, "WITHIN", 5032)                                                                                                              \
    X(COMPRESS_DEFLATE, "COMPRESS=DEFLATE", 4978)                                                                                          \
    X(SEARCHRES, "SEARCHRES", 5182)                                                                                                        \
    X(MULTIAPPEND, "MULTIAPPEND", 3502)                                                                                                    \
    X(BINARY, "BINARY", 3516)                                                                                                              \
    X(NOTIFY, "NOTIFY", 5465)                                                                                                              \
    X(OBJECTID, "OBJECTID", 8474)                                                                                                          \
    X(PREVIEW, "PREVIEW", 8970)                                                                                                            \
    X(STATUS_SIZE, "STATUS=SIZE", 8438)                                                                                                    \
    X(CREATE_SPECIAL_USE, "CREATE-SPECIAL-USE", 6154)                                                                                      \
    X(APPENDLIMIT, "APPENDLIMIT", 7889)                                                                                                    \
    X(QUOTA, "QUOTA", 9208)                                                                                                                \
    X(ACL, "ACL", 4314)                                                                                                                    \
    X(MULTISEARCH, "MULTISEARCH", 7377)                                                                                                    \
    X(GMAIL, "X-GM-EXT-1", 0)
enum imap_capability {
#define X(name, wire, rfc) IMAP_CAPABILITY_##name,
    IMAP_CAPABILITIES(X)
#undef X
        IMAP_CAPABILITY_COUNT
};

/* All optional. data is the owner's. Handlers must not call back into the client except to imap_send_*(). */
struct imap_handlers {
    void *data;
    void (*exists)(void *data, uint32_t count);
    void (*expunge)(void *data, uint32_t sequence);
    void (*vanished)(void *data, bool is_earlier, const struct imap_range *uids, size_t count);
    void (*fetch)(void *data, const struct imap_fetch *fetch);
    void (*list)(void *data, const struct imap_list *list);
    void (*status)(void *data, const struct imap_mailbox_status *status);
    void (*search)(void *data, const uint32_t *numbers,
                   size_t count); /* SEARCH and ESEARCH ALL, as UIDs if UID SEARCH was asked; may come in pieces */
    /* [COPYUID …] in an untagged OK while a MOVE runs (RFC 6851 4.3), as in the reply of a COPY; borrowed for the call. */
    void (*copyuid)(void *data, const struct imap_reply *reply);
    /* [CLOSED]: what was told of the mailbox selected before ends here (RFC 7162 3.2.11). */
    void (*closed)(void *data);
    /* [NOTIFICATIONOVERFLOW]: the server tells no news of other mailboxes any more (RFC 5465 5.8). */
    void (*overflow)(void *data);
    void (*quota)(void *data, const struct imap_quota *quota);                       /* one resource of one root */
    void (*rights)(void *data, const char *mailbox /* UTF-8 */, const char *rights); /* MYRIGHTS: "lrswi" */
    void (*alert)(void *data, const char *text); /* [ALERT]: must be shown to the person (RFC 9051 7.1) */
    void (*slow)(void *data, int waited_ms); /* an answer is due for this long; about once a second from 3 s on, 0 when it came after all */
};

imap_client *imap_client_new(net_stream *stream /* taken */, const struct imap_handlers *handlers /* copied */);
void imap_client_free(imap_client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(imap_client, imap_client_free)

/* net_stream_connect + greeting + STARTTLS where the endpoint asks for it. Never sends a credential. All of design.md section 5's
 * defences: PREAUTH before TLS, injected bytes, stripped or refused STARTTLS are errors. slow is reported from the first second of the connect on. */
imap_client *imap_client_connect(const struct net_endpoint *endpoint, const struct net_context *context,
                                 const struct imap_handlers *handlers, struct net_trust_verdict *verdict_out, GError **error);
/* Greeting and, in STARTTLS mode, the upgrade, on a stream that is open already (tests). */
bool imap_client_greet(imap_client *client, struct net_trust_verdict *verdict_out, GError **error);

/* AUTHENTICATE (initial response where SASL-IR) or LOGIN; nothing if PREAUTH over TLS. Refused: NET_ERROR_AUTH with the server's words.
 * Capabilities are known afterwards without a further round trip where the server sends them in the OK; otherwise CAPABILITY is queued. */
bool imap_client_login(imap_client *client, const struct net_credentials *credentials, GError **error);
/* COMPRESS where it is offered; a round trip of its own, so not before the first page, and not worth it on the own computer.
 * True: still connected; *is_on_out whether it is compressed now. All earlier requests must be answered. */
bool imap_client_compress(imap_client *client, bool *is_on_out, GError **error);
bool imap_client_can(const imap_client *client, enum imap_capability capability);
/* Said by the server to an ENABLE of this connection. */
bool imap_client_has_enabled(const imap_client *client, enum imap_capability capability);
/* Inside a handler the request whose answer this is: by the tag in an ESEARCH, else the oldest that is not answered yet. 0: none. */
imap_request imap_client_answering(const imap_client *client);
bool imap_client_is_utf8(const imap_client *client); /* strings are UTF-8 there: no CHARSET is named, it may even be refused (RFC 6855 3) */
const char *imap_client_capabilities(const imap_client *client); /* as sent, for `check` */
/* The largest message that any mailbox takes (APPENDLIMIT=… of RFC 7889); -1: not told. With the bare word STATUS tells it of each. */
int64_t imap_client_append_limit(const imap_client *client);
/* The last words with which a command was refused because too much was asked (net/refusal.h); NULL: none was. */
const char *imap_client_throttled(const imap_client *client);
const char *imap_client_greeting(const imap_client *client);  /* the server's first words */
const char *imap_client_mechanism(const imap_client *client); /* what login used: "PLAIN", "LOGIN command" */
const struct imap_mailbox *imap_client_mailbox(const imap_client *client);
/* Whether the selected mailbox can keep this keyword (PERMANENTFLAGS; a server that says nothing of them has to be asked by trying). */
bool imap_client_keeps_keyword(const imap_client *client, const char *keyword);
/* Asked by the way after the sign-in, so it is known from the first answered request on. NULL: not known, or the server does not say. */
const struct imap_namespace *imap_client_namespace(const imap_client *client);
net_stream *imap_client_stream(imap_client *client);

/* Asked by the way: nobody waits for the answers, which come to the handlers. Nothing where the server does not offer it. */
void imap_ask_quota(imap_client *client, const char *mailbox);
void imap_ask_rights(imap_client *client, const char *mailbox);
/* Every imap_send_* returns the request's number (> 0) for imap_wait, or 0 when the arguments cannot be sent (a NUL, a line break in a name). */
imap_request imap_send_noop(imap_client *client);
imap_request imap_send_capability(imap_client *client);
imap_request imap_send_id(imap_client *client, const char *name, const char *version);
/* With UTF8=ACCEPT: a name that would be spelled in two ways waits (also inside imap_send_*) for the answer, which tells in which. */
imap_request imap_send_enable(imap_client *client, const char *capabilities);
/* None is selected afterwards, and nothing was expunged (RFC 3691); without UNSELECT: INBOX is, for reading. */
imap_request imap_send_unselect(imap_client *client);
imap_request imap_send_select(imap_client *client, const char *mailbox, bool is_read_only);
/* The same, with what changed since (uidvalidity, modseq) in the answer (RFC 7162 3.2.5); only after ENABLE QRESYNC. */
imap_request imap_send_select_resync(imap_client *client, const char *mailbox, uint32_t uidvalidity, uint64_t modseq);
imap_request imap_send_list(imap_client *client, const char *reference,
                            const char *pattern); /* asks for SPECIAL-USE, SUBSCRIBED, CHILDREN where offered */
/* The same, and the status of each in the same answer (RFC 5819); only where LIST-STATUS is offered. */
imap_request imap_send_list_status(imap_client *client, const char *reference, const char *pattern, unsigned items);
/* News of all the person's mailboxes without asking (RFC 5465); only where NOTIFY is offered. */
imap_request imap_send_notify(imap_client *client);
/* A spelling that LIST gave on an earlier connection: names that are no UTF-7 (raw UTF-8, Latin-1, broken) are sent back as they came. */
void imap_client_learn_name(imap_client *client, const char *mailbox, const char *wire);
imap_request imap_send_status(imap_client *client, const char *mailbox, unsigned items); /* enum imap_status_item */
/* set: "1:5,9" or "4290:*". items: an item list as in RFC 9051 6.4.5, e.g. "(UID FLAGS)"; must be ours, never from outside. */
imap_request imap_send_fetch(imap_client *client, bool is_uid, const char *set, const char *items);
imap_request imap_send_store(imap_client *client, const char *uid_set, char sign /* '+' or '-' or '=' */, const struct imap_flags *flags);
/* X-GM-LABELS (X-GM-EXT-1), UTF-8, at least one; only where that is offered. */
imap_request imap_send_labels(imap_client *client, const char *uid_set, char sign, const char *const *labels);
imap_request imap_send_copy(imap_client *client, const char *uid_set, const char *mailbox);
imap_request imap_send_move(imap_client *client, const char *uid_set, const char *mailbox); /* only where MOVE is offered */
imap_request imap_send_uid_expunge(imap_client *client, const char *uid_set);               /* only where UIDPLUS is offered */
imap_request imap_send_expunge(imap_client *client);                      /* removes what *anyone* marked: see RFC 9051 6.4.3 */
imap_request imap_send_search(imap_client *client, const char *criteria); /* UID SEARCH; criteria must be ours */
imap_request imap_send_search_message_id(imap_client *client,
                                         const char *message_id); /* UID SEARCH HEADER Message-ID, quoted or as a literal */
/* A search of several keys: their words as they are ("OR", "FROM", "(", ")"), their strings quoted or as literals. */
struct imap_search_word {
    char *text;
    bool is_string;
};
/* No space stands between the two: behind "(", before ")". */
bool imap_search_is_tight(const struct imap_search_word *left, const struct imap_search_word *right);
struct imap_search {
    const char *charset; /* NULL: none is named */
    const char *set;     /* sequence numbers, "901:1000"; NULL: the whole mailbox */
    /* What is found is "$" for the commands behind it, which need not wait for the answer (RFC 5182); only where SEARCHRES is offered. Refused with BAD,
     * "$" may still be what an earlier search found: no command that changes anything may name it unseen. */
    bool is_saved;
    const struct imap_search_word *words;
    size_t count;
};
imap_request imap_send_search_for(imap_client *client, const struct imap_search *search); /* UID SEARCH; answered like it */
/* use: "\\Sent" (RFC 6154), left out where CREATE-SPECIAL-USE is not offered; NULL: none. */
imap_request imap_send_create(imap_client *client, const char *mailbox, const char *use);
imap_request imap_send_lsub(imap_client *client, const char *pattern); /* the subscribed ones, for servers whose LIST does not tell */
imap_request imap_send_delete(imap_client *client, const char *mailbox);
imap_request imap_send_rename(imap_client *client, const char *from, const char *to);
imap_request imap_send_subscribe(imap_client *client, const char *mailbox, bool is_subscribed);
imap_request imap_send_logout(imap_client *client);
/* Streams size bytes from fd at offset 0 as the literal; LITERAL+ / - where offered, else synchronizing. fd stays the caller's, open until the wait returns. */
imap_request imap_send_append(imap_client *client, const char *mailbox, const struct imap_flags *flags,
                              int64_t internaldate_utc /* 0: none */, int fd, uint64_t size_bytes);

/* Several messages in one command (RFC 3502): all are stored or none; only where MULTIAPPEND is offered. APPENDUID gives their numbers in order. */
struct imap_append {
    struct imap_flags flags;
    int64_t internaldate_utc; /* 0: none */
    int fd;                   /* the caller's, open until the wait returns */
    uint64_t size_bytes;
    bool has_utf8_header; /* sent as such where UTF8=ACCEPT was enabled (RFC 6855 4) */
    bool has_nul;         /* sent as a literal8 where BINARY is offered (RFC 3516 4.4); else as it is, which a server may refuse or spoil */
};
imap_request imap_send_append_many(imap_client *client, const char *mailbox, const struct imap_append *messages, size_t count);

/* Writes what is queued and reads until this request is answered. True: the server answered, reply_out says OK, NO or BAD (borrowed until the next
 * call). False: the connection is finished. */
bool imap_wait(imap_client *client, imap_request request, struct imap_reply *reply_out, GError **error);
/* The same for all that is queued; the first reply that is not OK is given. */
bool imap_wait_all(imap_client *client, struct imap_reply *reply_out, GError **error);

/* IDLE (RFC 2177) until wake_fd is readable, untagged mailbox data arrived, or timeout_ms; then DONE is sent and answered. Without the
 * capability: waits likewise, then NOOP. True: still connected. */
bool imap_idle(imap_client *client, int wake_fd, int timeout_ms, GError **error);
