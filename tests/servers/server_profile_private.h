/* SPDX-License-Identifier: MIT */
/* The parts of a provider profile's server: data file, lines, sign-in, mail store, protocols. All threads share one lock for store and settings. */
#pragma once
#include "tests/servers/server_profile.h"
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdint.h>

/* --- mail --- */
enum profile_flag {
    PROFILE_SEEN = 1 << 0,
    PROFILE_ANSWERED = 1 << 1,
    PROFILE_FLAGGED = 1 << 2,
    PROFILE_DRAFT = 1 << 3,
    PROFILE_DELETED = 1 << 4,
    PROFILE_MDN_SENT = 1 << 5,
    PROFILE_FORWARDED = 1 << 6,
};
/* One message; with labels, several entries show the same one. */
struct profile_message {
    uint64_t id;
    GBytes *bytes; /* CRLF */
    gint64 date;
    char *message_id; /* "" where it has none */
    int references;
};
struct profile_entry {
    uint32_t uid;
    unsigned flags;
    uint64_t modseq;
    struct profile_message *message;
};
struct profile_gone {
    uint32_t uid;
    uint64_t modseq;
};
struct profile_folder {
    char *name, *wire, *attributes; /* wire: modified UTF-7; attributes: as LIST says them, without what the children decide */
    char *role;                     /* "inbox", "all", "trash", …; "" */
    uint32_t uidvalidity, uidnext;
    GPtrArray *entries; /* of struct profile_entry*, by UID */
    GArray *gone;       /* of struct profile_gone */
    bool is_subscribed;
};
struct profile_store {
    GPtrArray *folders;
    uint64_t modseq, last_id;
    bool has_labels; /* folders are views of one message */
};
struct profile_store *profile_store_new(GKeyFile *file);
void profile_store_free(struct profile_store *store);
struct profile_folder *profile_store_folder(struct profile_store *store, const char *name); /* "INBOX" in any case */
struct profile_folder *profile_store_by_wire(struct profile_store *store, const char *wire);
struct profile_folder *profile_store_by_role(struct profile_store *store, const char *role);
struct profile_folder *profile_store_add_folder(struct profile_store *store, const char *wire, const char *attributes, const char *role);
/* The message as an entry there; with labels also where it has to show besides. The entry may have been there already. */
struct profile_entry *profile_store_add(struct profile_store *store, struct profile_folder *folder, struct profile_message *message,
                                        unsigned flags);
struct profile_entry *profile_store_append(struct profile_store *store, struct profile_folder *folder, const char *bytes, size_t size,
                                           unsigned flags, gint64 date);
struct profile_entry *profile_store_entry(const struct profile_folder *folder, uint32_t uid);
void profile_store_set_flags(struct profile_store *store, struct profile_folder *folder, struct profile_entry *entry, unsigned flags);
/* Out of this folder: with labels the message stays elsewhere. */
void profile_store_expunge(struct profile_store *store, struct profile_folder *folder, struct profile_entry *entry);
/* The entry's copy in the target; *is_gone_out: with labels, Trash and Spam take it from everywhere else. */
struct profile_entry *profile_store_copy(struct profile_store *store, struct profile_folder *from, struct profile_entry *entry,
                                         struct profile_folder *target, bool is_move);
void profile_message_unref(struct profile_message *message);
unsigned profile_flags_of(const char *words); /* "(\Seen $MDNSent)"; what is unknown is nothing */
char *profile_flags_text(unsigned flags);     /* without brackets; caller frees */
char *profile_to_wire(const char *name);
char *profile_from_wire(const char *wire);

/* --- MIME: what FETCH shows --- */
char *profile_envelope(const char *bytes, size_t size);
/* fault: NULL, or the name of a known way to get it wrong. */
char *profile_bodystructure(const char *bytes, size_t size, const char *fault);
/* "", "HEADER", "1.2", "1.MIME", "HEADER.FIELDS (FROM TO)": the bytes, caller frees; NULL: no such part. */
GByteArray *profile_section(const char *bytes, size_t size, const char *section);
char *profile_header(const char *bytes, size_t size, const char *name); /* unfolded; NULL: none */

/* --- the server --- */
struct profile_cell {
    const char *name;
    char protocol; /* 'i', 'p', 's' */
    int real_port, port, fd;
    bool is_tls;        /* from the first byte */
    bool is_clear_open; /* sign-in in the clear is taken */
    bool has_starttls;
    bool is_relay; /* takes mail without sign-in, for its own people only */
};
struct profile_coming {
    gint64 due_ms;
    char *role;
    GBytes *bytes;
    unsigned flags;
};
struct profile_server {
    char *name, *directory, *ca_file, *address;
    GKeyFile *file;
    SSL_CTX *tls;
    struct profile_store *store;
    GArray *cells;         /* of struct profile_cell */
    pthread_mutex_t mutex; /* recursive */
    pthread_t acceptor;
    int stop_fd, wake_fd;
    bool is_started;
    GPtrArray *lines; /* of struct profile_line*: open ones and those whose thread is to be joined */
    int signed_in, open_most;
    uint64_t hidden_up_to; /* POP3 that shows each message once: the last one shown */
    GString *log;
    GPtrArray *coming; /* of struct profile_coming*: mail that shows only later */
};
/* A key of the profile as it stands; caller frees; NULL: not there. Thread-safe. */
char *profile_get(profile_server *self, const char *group, const char *key);
int profile_get_number(profile_server *self, const char *group, const char *key, int otherwise);
bool profile_get_flag(profile_server *self, const char *group, const char *key);
/* Mail for the folder with that role, so many milliseconds from now. With the lock. */
void profile_add_later(profile_server *self, const char *role, const GString *message, unsigned flags, int delay_ms);

struct profile_line {
    profile_server *server;
    const struct profile_cell *cell;
    pthread_t thread;
    int fd;
    SSL *ssl;
    GByteArray *in;
    GString *out;
    bool is_secure, is_dead, is_done, is_counted;
};
bool profile_line_read(struct profile_line *line, GString *text); /* without the end of line; false: it is over */
bool profile_line_read_bytes(struct profile_line *line, size_t count, GByteArray *bytes);
bool profile_line_wait(struct profile_line *line, int timeout_ms); /* something can be read */
void profile_line_say(struct profile_line *line, const char *format, ...) G_GNUC_PRINTF(2, 3);
void profile_line_say_bytes(struct profile_line *line, const void *bytes, size_t size);
bool profile_line_flush(struct profile_line *line);
bool profile_line_secure(struct profile_line *line); /* the TLS handshake */
void profile_line_log(struct profile_line *line, const char *text);

/* --- sign-in --- */
enum profile_verdict { PROFILE_WRONG, PROFILE_GOOD, PROFILE_NORMAL, PROFILE_BAD_TOKEN };
enum profile_verdict profile_check_password(const struct profile_line *line, const char *user, const char *password);
/* A whole SASL exchange. ask(): sends a challenge in base64 and reads the answer; false: over. */
struct profile_asker {
    bool (*ask)(struct profile_line *line, const char *challenge, GString *answer);
    struct profile_line *line;
};
enum profile_verdict profile_sasl(struct profile_asker *asker, const char *mechanism, const char *initial /* or NULL */);
/* The answer of [MS-NLMP] to our challenge is the one that this password gives. */
bool profile_ntlm_is_good(const guint8 *answer, size_t size, const guint8 *challenge, const char *user, const char *password);
void profile_ntlm_challenge(guint8 *challenge, GByteArray *message, const char *domain);
/* What to say for a verdict: "wrong-imap", "normal-smtp" … from [sign-in]; caller frees. */
char *profile_refusal(profile_server *self, enum profile_verdict verdict, const char *protocol);
/* Another connection is signed in; false: that is one too many. */
bool profile_enter(struct profile_line *line);

void profile_imap(struct profile_line *line);
void profile_pop3(struct profile_line *line);
void profile_smtp(struct profile_line *line);
