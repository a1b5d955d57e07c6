/* SPDX-License-Identifier: MIT */
/* accounts/<id>.conf as a typed struct (design.md section 6). */
#pragma once
#include "config/account_sync.h"
#include "config/error.h"
#include <stdbool.h>
#include <stdint.h>

/* Same order and words as net's security modes; the core maps one to the other. */
enum account_security { ACCOUNT_SECURITY_TLS, ACCOUNT_SECURITY_STARTTLS, ACCOUNT_SECURITY_PLAIN };
enum account_protocol {
    ACCOUNT_PROTOCOL_IMAP,
    ACCOUNT_PROTOCOL_POP3,
    ACCOUNT_PROTOCOL_MAILDIR,
    ACCOUNT_PROTOCOL_SMTP,
    ACCOUNT_PROTOCOL_SENDMAIL
};
enum account_secret {
    ACCOUNT_SECRET_NONE,
    ACCOUNT_SECRET_COMMAND,
    ACCOUNT_SECRET_KEYRING,
    ACCOUNT_SECRET_FILE, /* encrypted: config/secret_file.h */
    ACCOUNT_SECRET_PROMPT,
    ACCOUNT_SECRET_PASSWORD,  /* in the account file */
    ACCOUNT_SECRET_CLEAR_FILE /* clear text, by express choice */
};
enum account_auth { ACCOUNT_AUTH_AUTO, ACCOUNT_AUTH_PLAIN, ACCOUNT_AUTH_LOGIN, ACCOUNT_AUTH_OTHER };
enum account_save_sent { ACCOUNT_SAVE_SENT_AUTO, ACCOUNT_SAVE_SENT_YES, ACCOUNT_SAVE_SENT_NO };
/* What becomes of mail on a POP3 server that is safely here. */
enum account_tls { ACCOUNT_TLS_1_2, ACCOUNT_TLS_1_3 }; /* same order as net's */
enum account_dane { ACCOUNT_DANE_NO, ACCOUNT_DANE_AUTO, ACCOUNT_DANE_REQUIRE };
enum account_delete { ACCOUNT_DELETE_WHEN_DELETED, ACCOUNT_DELETE_NEVER, ACCOUNT_DELETE_AT_ONCE, ACCOUNT_DELETE_AFTER_DAYS };
enum account_seal { ACCOUNT_SEAL_OPENPGP, ACCOUNT_SEAL_SMIME };
enum account_sign { ACCOUNT_SIGN_NEVER, ACCOUNT_SIGN_ALWAYS };
enum account_encrypt { ACCOUNT_ENCRYPT_NEVER, ACCOUNT_ENCRYPT_IF_POSSIBLE, ACCOUNT_ENCRYPT_ALWAYS };
enum account_folder_role {
    ACCOUNT_FOLDER_SENT,
    ACCOUNT_FOLDER_DRAFTS,
    ACCOUNT_FOLDER_TRASH,
    ACCOUNT_FOLDER_JUNK,
    ACCOUNT_FOLDER_ARCHIVE,
    ACCOUNT_FOLDER_ROLES
};

/* [incoming] or [outgoing]. All strings owned. */
struct account_server {
    enum account_protocol protocol;
    char *host;    /* imap, pop3, smtp */
    uint16_t port; /* filled in from protocol and security when the file says none */
    enum account_security security;
    char *auth; /* the config word, "auto" by default; validated */
    char *user;
    enum account_secret secret;
    char *password_command; /* ACCOUNT_SECRET_COMMAND */
    char *password;         /* ACCOUNT_SECRET_PASSWORD; with _PROMPT: given already, for this run; wiped when freed */
    char *tls_ca_file, *tls_fingerprint, *tls_certificate, *tls_key, *proxy; /* paths expanded; NULL: unset */
    char *tls_accepted;   /* fingerprints taken for this run only, as tls_fingerprint; never in a file */
    char *tunnel_command; /* its input and output are the connection; %h %p: host and port */
    enum account_tls tls_least;
    enum account_dane dane;
    bool allow_cleartext_password;
    char *path;    /* maildir: where it is */
    char *command; /* sendmail */
};
/* [oauth]: signing in with a browser. All NULL: not so. */
struct account_oauth {
    char *provider; /* config/oauth_providers; validated */
    char *client_id, *client_secret;
    char *authorization_url, *token_url, *device_url, *scope, *redirect_url; /* instead of the provider's */
};
#define ACCOUNT_IDLE_FOLDERS     2
#define ACCOUNT_IDLE_FOLDERS_MAX 8
struct account {
    char *id;   /* the file's name without .conf */
    char *path; /* the file itself */
    char *name; /* shown in the folder list; default: id */
    char *from_name, *from_address;
    char **aliases; /* NULL-terminated "Name <addr>" or "addr"; never NULL */
    char *signature_file;
    /* [crypto] */
    enum account_seal seal;
    enum account_sign sign;
    enum account_encrypt encrypt;
    char *pgp_key, *smime_key; /* fingerprint or key id to sign with; NULL: by address */
    bool autocrypt;            /* one's own key goes along in every message; those of others are gathered */
    char *checker;             /* who writes Authentication-Results at the own server (RFC 8601); NULL: taken from its name */
    struct account_server incoming, outgoing; /* outgoing user and secret default to incoming's and are filled in */
    struct account_oauth oauth;
    enum account_save_sent save_sent;
    enum account_delete pop3_delete;
    uint16_t idle_folders;               /* IMAP: how many folders besides two are watched over connections of their own; 0 to the most */
    uint16_t pop3_days;                  /* for ACCOUNT_DELETE_AFTER_DAYS */
    uint64_t pop3_max_size;              /* of larger messages only the head is fetched, in bytes; 0: all are fetched */
    GPtrArray *sync;                     /* of struct account_sync*; NULL or empty: nothing is said */
    GPtrArray *identities;               /* of struct account_identity* (config/identity.h); NULL or empty: none is special */
    char *folders[ACCOUNT_FOLDER_ROLES]; /* UTF-8 names; NULL: from SPECIAL-USE */
};
void account_free(struct account *account);
typedef struct account account;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(account, account_free)

/* Reads one file. Errors name file, line, key and what is allowed. A password in a file that others may read: CONFIG_ERROR_PERMISSION. */
struct account *account_file_load(const char *path, GError **error);
/* All of accounts/, sorted by id, of struct account*. A broken file is skipped: its error is appended to *errors_out (of GError*; may be NULL). */
GPtrArray *account_file_load_all(GPtrArray **errors_out);
/* Writes a new account or changes an old one: only changed lines, comments kept, atomic (tmp, fsync, rename), 0600. path is filled in where NULL. */
bool account_file_save(struct account *account, GError **error);
bool account_file_set(const char *path, const char *group, const char *key, const char *value, GError **error); /* one key, e.g. a pin */
/* One more pin beside those that are there; nothing changes when it is one of them. */
bool account_file_add_pin(const char *path, const char *group, const char *fingerprint, GError **error);
/* Is it in a list as tls-fingerprint has it? NULL is fine. */
bool account_has_pin(const char *pins, const char *fingerprint);
struct account *account_new(const char *id);
struct account *account_copy(const struct account *account);
uint16_t account_default_port(enum account_protocol protocol, enum account_security security);
const char *account_security_word(enum account_security security);
/* A free id made of name: lower case letters, digits, '-'. Caller frees. */
char *account_new_id(const char *name);
