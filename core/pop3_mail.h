/* SPDX-License-Identifier: MIT */
/* What is remembered of a maildrop: which of its messages are here, and which the person wants deleted there. Rows are keyed by what the server calls a
 * message for good: its UIDL, or "top:" and a hash of its header where a server has none. */
#pragma once
#include "core/store_message.h"

/* In the store: they may grow, never change. */
enum pop3_mail_state {
    POP3_MAIL_HERE = 0,     /* it is here, or was here and another program took it */
    POP3_MAIL_UNWANTED = 1, /* the person deleted it here for good */
    POP3_MAIL_DELETED = 2,  /* deleted there by us, and the server confirmed it */
    POP3_MAIL_HEAD = 3,     /* only its head is here: it is deleted there only if the person deletes it here for good */
    POP3_MAIL_WANTED = 4    /* the same, and the person wants the rest */
};

struct pop3_mail {
    char *uidl;
    char *file;     /* base name in a Maildir of the account: stays the same when the message is moved */
    char *identity; /* to know it again under another UIDL: a hash of its header, ":" and what its body is; of a head, the first alone */
    int64_t arrived_utc;
    int64_t gone_utc; /* since when the server does not list it; 0: it does */
    enum pop3_mail_state state;
    bool is_in_trash; /* on loading only */
    uint32_t number;  /* in the running session; 0: not listed */
};
void pop3_mail_free(struct pop3_mail *mail);

/* uidl → struct pop3_mail*; both owned by the table. NULL with error. */
GHashTable *pop3_mail_load(store *store, int64_t account_id, GError **error);
bool pop3_mail_put(store *store, int64_t account_id, const struct pop3_mail *mail, GError **error);
/* The server calls it by another name now. */
bool pop3_mail_rename(store *store, int64_t account_id, const char *uidl, const char *new_uidl, GError **error);
bool pop3_mail_set_state(store *store, int64_t account_id, const char *uidl, enum pop3_mail_state state, GError **error);
bool pop3_mail_set_gone(store *store, int64_t account_id, const char *uidl, int64_t gone_utc, GError **error);
/* Those gone before then are forgotten: a maildrop that was only out of sight for a while comes back without duplicates. */
bool pop3_mail_forget(store *store, int64_t account_id, int64_t gone_before_utc, GError **error);
/* The person wants the rest of this Maildir file. *is_head_out false: there is none. */
bool pop3_mail_want(store *store, int64_t account_id, const char *file, bool *is_head_out, GError **error);
/* Where a file of this account is in the list, in whichever folder; 0: nowhere. */
int64_t pop3_mail_placement(store *store, int64_t account_id, const char *file);
/* All of it is here now, in the same file. */
bool pop3_mail_complete(store *store, int64_t account_id, const char *uidl, int64_t message_id, const struct message_info *info,
                        GError **error);
/* The person deleted this Maildir file for good. Files that did not come by POP3: nothing happens. */
bool pop3_mail_unwanted(store *store, int64_t account_id, const char *file, GError **error);

/* --- file names that tell which message it is, so that a crash between the file and its row costs nothing --- */
char *pop3_mail_file_name(const char *uidl);     /* caller frees */
char *pop3_mail_token(const char *uidl);         /* the part of the name that stands for uidl; caller frees */
char *pop3_mail_token_of_file(const char *file); /* NULL: not such a name; caller frees */
GHashTable *pop3_mail_tokens(store *store, int64_t account_id, GError **error); /* token → file, of all that is placed */
