/* SPDX-License-Identifier: MIT */
/* Typed IMAP responses (RFC 9051 section 7, RFC 3501). Values only; everything is borrowed from the client's arena until the handler returns
 * (or, for replies, until the next call on the client). Who keeps a thing copies it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* System flags as bits; keywords as text. */
enum imap_flag {
    IMAP_FLAG_SEEN = 1 << 0,
    IMAP_FLAG_ANSWERED = 1 << 1,
    IMAP_FLAG_FLAGGED = 1 << 2,
    IMAP_FLAG_DELETED = 1 << 3,
    IMAP_FLAG_DRAFT = 1 << 4,
    IMAP_FLAG_RECENT = 1 << 5,
    IMAP_FLAG_ANY = 1 << 6, /* "\*" in PERMANENTFLAGS */
};
struct imap_flags {
    unsigned bits;
    const char *const *keywords; /* NULL-terminated, never NULL */
};

enum imap_status { IMAP_OK, IMAP_NO, IMAP_BAD, IMAP_PREAUTH, IMAP_BYE };
enum imap_code {
    IMAP_CODE_NONE,
    IMAP_CODE_ALERT,
    IMAP_CODE_BADCHARSET,
    IMAP_CODE_CAPABILITY,
    IMAP_CODE_PARSE,
    IMAP_CODE_PERMANENTFLAGS,
    IMAP_CODE_READ_ONLY,
    IMAP_CODE_READ_WRITE,
    IMAP_CODE_TRYCREATE,
    IMAP_CODE_UIDNEXT,
    IMAP_CODE_UIDVALIDITY,
    IMAP_CODE_UNSEEN,
    IMAP_CODE_APPENDUID,
    IMAP_CODE_COPYUID,
    IMAP_CODE_UIDNOTSTICKY,
    IMAP_CODE_HIGHESTMODSEQ,
    IMAP_CODE_NOMODSEQ,
    IMAP_CODE_MODIFIED,
    IMAP_CODE_CLOSED,
    IMAP_CODE_UNAVAILABLE,
    IMAP_CODE_AUTHENTICATIONFAILED,
    IMAP_CODE_AUTHORIZATIONFAILED,
    IMAP_CODE_EXPIRED,
    IMAP_CODE_PRIVACYREQUIRED,
    IMAP_CODE_CONTACTADMIN,
    IMAP_CODE_NOPERM,
    IMAP_CODE_INUSE,
    IMAP_CODE_EXPUNGEISSUED,
    IMAP_CODE_CORRUPTION,
    IMAP_CODE_SERVERBUG,
    IMAP_CODE_CLIENTBUG,
    IMAP_CODE_CANNOT,
    IMAP_CODE_LIMIT,
    IMAP_CODE_OVERQUOTA,
    IMAP_CODE_TOOBIG,
    IMAP_CODE_ALREADYEXISTS,
    IMAP_CODE_NONEXISTENT,
    IMAP_CODE_MAILBOXID,
    IMAP_CODE_NOTIFICATIONOVERFLOW,
    IMAP_CODE_BADEVENT,
    IMAP_CODE_UNKNOWN_CTE,
    IMAP_CODE_OTHER,
};
/* "1:5,9" as ranges; also in COPYUID. */
struct imap_range {
    uint32_t first, last;
};
struct imap_reply {
    enum imap_status status;
    enum imap_code code;
    uint64_t number;                          /* UIDNEXT, UIDVALIDITY (also of APPENDUID, COPYUID), HIGHESTMODSEQ, UNSEEN */
    const struct imap_range *source, *target; /* COPYUID; target also APPENDUID */
    size_t source_count, target_count;
    const char *text; /* the server's own words, untouched, never NULL */
};

struct imap_address {
    const char *name, *mailbox, *host;
}; /* NULL where NIL; a group start has host NULL (RFC 9051 7.5.2); raw bytes, not RFC 2047 decoded */
struct imap_envelope {
    const char *date, *subject, *in_reply_to, *message_id; /* NULL where NIL */
    const struct imap_address *from, *sender, *reply_to, *to, *cc, *bcc;
    size_t from_count, sender_count, reply_to_count, to_count, cc_count, bcc_count;
};

struct imap_param {
    const char *name, *value;
};
/* One node of BODYSTRUCTURE. */
struct imap_body {
    const char *type, *subtype; /* "TEXT", "PLAIN"; lower-cased by the parser */
    const struct imap_param *params;
    size_t param_count;
    const char *id, *description, *encoding, *disposition; /* NULL where NIL; encoding and disposition lower case */
    const struct imap_param *disposition_params;
    size_t disposition_param_count;
    uint64_t size;
    uint32_t lines;
    char section[64]; /* "1.2", as BODY[…] wants it; "" for the top multipart; too deep: "" too, and the part cannot be fetched alone */
    const struct imap_body *parts; /* of a multipart the children; message/rfc822: the one inner body */
    size_t part_count;
};

struct imap_section {
    const char *name;
    uint64_t origin;
    bool has_origin;
    const char *bytes;
    size_t length;
    bool is_nil;
    bool is_decoded; /* BINARY (RFC 3516): without its content transfer encoding */
};                   /* name: "HEADER", "1.MIME", "" for BODY[], upper case */

enum imap_fetch_item {
    IMAP_FETCH_UID = 1 << 0,
    IMAP_FETCH_FLAGS = 1 << 1,
    IMAP_FETCH_INTERNALDATE = 1 << 2,
    IMAP_FETCH_SIZE = 1 << 3,
    IMAP_FETCH_ENVELOPE = 1 << 4,
    IMAP_FETCH_BODYSTRUCTURE = 1 << 5,
    IMAP_FETCH_MODSEQ = 1 << 6,
    IMAP_FETCH_SECTION = 1 << 7,
    IMAP_FETCH_PREVIEW = 1 << 8,
    IMAP_FETCH_THREADID = 1 << 9,
    IMAP_FETCH_LABELS = 1 << 10,
    IMAP_FETCH_EMAILID = 1 << 11,
};
struct imap_fetch {
    unsigned has; /* bits of enum imap_fetch_item: which fields below are valid */
    uint32_t sequence, uid;
    struct imap_flags flags;
    int64_t internaldate_utc;
    uint64_t size_bytes, modseq;
    struct imap_envelope envelope;
    const struct imap_body *body;
    const struct imap_section *sections;
    size_t section_count;
    const char *preview;       /* RFC 8970, UTF-8 */
    const char *thread_id;     /* THREADID (RFC 8474) or X-GM-THRID, as the server spells it */
    const char *email_id;      /* EMAILID (RFC 8474) or X-GM-MSGID: the same for every copy of one message */
    const char *const *labels; /* X-GM-LABELS, UTF-8, NULL-terminated; those of the system begin with '\' */
};

enum imap_list_attribute {
    IMAP_LIST_NOSELECT = 1 << 0,
    IMAP_LIST_NONEXISTENT = 1 << 1,
    IMAP_LIST_NOINFERIORS = 1 << 2,
    IMAP_LIST_HAS_CHILDREN = 1 << 3,
    IMAP_LIST_HAS_NO_CHILDREN = 1 << 4,
    IMAP_LIST_MARKED = 1 << 5,
    IMAP_LIST_UNMARKED = 1 << 6,
    IMAP_LIST_SUBSCRIBED = 1 << 7,
    IMAP_LIST_ALL = 1 << 8,
    IMAP_LIST_ARCHIVE = 1 << 9,
    IMAP_LIST_DRAFTS = 1 << 10,
    IMAP_LIST_FLAGGED = 1 << 11,
    IMAP_LIST_JUNK = 1 << 12,
    IMAP_LIST_SENT = 1 << 13,
    IMAP_LIST_TRASH = 1 << 14,
    IMAP_LIST_IMPORTANT = 1 << 15,
};
struct imap_list {
    unsigned attributes;
    char delimiter;      /* '\0': flat */
    const char *mailbox; /* UTF-8 */
    const char *wire;    /* as the server spells it */
};

/* How much of a resource is used (RFC 9208): STORAGE and ANNOTATION-STORAGE in units of 1024 bytes, MESSAGE and MAILBOX in pieces. */
struct imap_quota {
    const char *root, *resource;
    uint64_t used, limit;
};

/* Where a person's own folders live (RFC 2342): "INBOX." and '.' with Courier. */
struct imap_namespace {
    char *prefix;   /* UTF-8; with its delimiter at the end, or "" */
    char delimiter; /* '\0': flat */
};

enum imap_status_item {
    IMAP_STATUS_MESSAGES = 1,
    IMAP_STATUS_UIDNEXT = 2,
    IMAP_STATUS_UIDVALIDITY = 4,
    IMAP_STATUS_UNSEEN = 8,
    IMAP_STATUS_HIGHESTMODSEQ = 16,
    IMAP_STATUS_SIZE = 32,
    IMAP_STATUS_MAILBOXID = 64,
    IMAP_STATUS_APPENDLIMIT = 128
};
struct imap_mailbox_status {
    unsigned has;
    const char *mailbox; /* UTF-8 */
    uint32_t messages, uidnext, uidvalidity, unseen;
    uint64_t highestmodseq, size_bytes;
    int64_t append_limit;   /* RFC 7889; -1: none */
    const char *mailbox_id; /* RFC 8474; NULL: not told */
};

/* What SELECT or EXAMINE found; kept up to date by EXISTS, EXPUNGE and VANISHED. */
struct imap_mailbox {
    char *name; /* UTF-8; NULL: none selected */
    bool is_read_only;
    uint32_t exists, uidvalidity, uidnext, unseen;
    uint64_t highestmodseq;
    unsigned permanent_bits; /* enum imap_flag; IMAP_FLAG_ANY: keywords can be made */
    char *id;                /* RFC 8474: the same after a RENAME; NULL: not told */
};
