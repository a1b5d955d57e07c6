/* SPDX-License-Identifier: MIT */
/* Accounts and folders in the store: names, roles, sync state, counts. */
#pragma once
#include "core/store.h"

enum folder_role {
    FOLDER_NONE,
    FOLDER_INBOX,
    FOLDER_DRAFTS,
    FOLDER_SENT,
    FOLDER_ARCHIVE,
    FOLDER_JUNK,
    FOLDER_TRASH,
    FOLDER_ALL,
    FOLDER_FLAGGED,
    FOLDER_OUTBOX
};
enum folder_flag {
    FOLDER_IS_NOSELECT = 1,
    FOLDER_IS_SUBSCRIBED = 2,
    FOLDER_IS_READ_ONLY = 4,
    FOLDER_IS_GONE = 8,  /* vanished on the server while local work still refers to it */
    FOLDER_IS_LOST = 16, /* vanished together with most others: kept for a week */
    /* Rights: core/folder_rights. FIXES: marks that do not last there (PERMANENTFLAGS). LACKS: what MYRIGHTS does not give. */
    FOLDER_FIXES_SEEN = 0x20,
    FOLDER_FIXES_FLAGS = 0x40,
    FOLDER_FIXES_DELETED = 0x80,
    FOLDER_LACKS_SEEN = 0x100,
    FOLDER_LACKS_WRITE = 0x200,
    FOLDER_LACKS_DELETE = 0x400,
    FOLDER_LACKS_INSERT = 0x800,
    FOLDER_LACKS_CREATE = 0x1000,
    FOLDER_LACKS_REMOVE = 0x2000,
    FOLDER_IS_CHILDLESS = 0x4000, /* no folder can be made below it (\Noinferiors) */
    FOLDER_KEEPS_WORDS = 0x8000,  /* any keyword can be made in it (PERMANENTFLAGS has \*) */
};

struct folder {
    int64_t id, account_id;
    char *name; /* UTF-8, whole path with the server's delimiter */
    char *wire; /* as the server spells it */
    char delimiter;
    enum folder_role role;
    unsigned flags;
    uint32_t uidvalidity, uidnext;
    uint64_t highestmodseq;
    uint32_t backfill_uid; /* all UIDs >= this are known; 1: complete; 0: nothing yet */
    int64_t total, unread; /* maintained, local view */
    int64_t server_total;  /* EXISTS or STATUS MESSAGES; -1: unknown */
    int64_t verified_utc;  /* when it last agreed with the server message for message; 0: never */
    int64_t server_bytes;  /* STATUS SIZE, as of the last hour or so; -1: not told */
    char *mailbox_id;      /* the same after a renaming (RFC 8474); NULL: not told */
};
void folder_free(struct folder *folder);
typedef struct folder folder;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(folder, folder_free)

/* Finds or makes the row of an account (key: the file's id). 0 with error. */
int64_t store_account_id(store *store, const char *key, GError **error);
char *store_account_key(store *store, int64_t account_id); /* caller frees; NULL: none */
/* The person's own addresses there, so that lists can say "me". */
bool store_account_set_addresses(store *store, int64_t account_id, const char *const *addresses, GError **error);
/* What a person calls it, so that account: can say that too. */
bool store_account_set_name(store *store, int64_t account_id, const char *name, GError **error);
/* Of int64_t: the accounts with this id, name or address; where there is none, those whose id or name begins so. Any case. Caller frees. */
GArray *store_accounts_like(store *store, const char *words);
/* These accounts (their keys, up to NULL) are set up. Mail of others stays in the store until they come back, and is neither found nor counted. */
bool store_accounts_note_set_up(store *store, const char *const *keys, GError **error);
bool store_account_remove(store *store, int64_t account_id, GError **error);

/* Of struct folder*, freed with the array; roles first (Inbox, Drafts, Sent, Archive, Junk, Trash), then by name. account_id 0: all. */
GPtrArray *store_folders(store *store, int64_t account_id, GError **error);
int64_t store_folder_unread_below(store *store, int64_t account_id, const char *name, char delimiter); /* O(those below) */
struct folder *store_folder(store *store, int64_t folder_id, GError **error);
int64_t store_folder_named(store *store, int64_t account_id, const char *name); /* its id; 0: none */
int64_t store_folder_last(store *store); /* the id of the newest: greater than what one knows means there is a new one */
struct folder *store_folder_by_role(store *store, int64_t account_id, enum folder_role role, GError **error); /* NULL without error: none */
/* Of int64_t: those with a role in all accounts. NULL with error. */
GArray *store_folder_ids(store *store, enum folder_role role, GError **error);
int64_t store_folder_unread(store *store); /* in all folders but Junk, Trash and those that show what is in others anyway */
/* Starred messages everywhere but in Trash, counted up to a limit; a message in several folders counts once. */
int64_t store_folder_starred(store *store, int limit);
int64_t store_folder_put(store *store, const struct folder *folder /* id 0: by (account, name) */,
                         GError **error); /* names, role, flags, delimiter only */
bool store_folder_set_role(store *store, int64_t folder_id, enum folder_role role, GError **error);
bool store_folder_remove(store *store, int64_t folder_id, GError **error); /* with its placements */
/* Sync state after SELECT/STATUS. A changed uidvalidity forgets all UIDs (placements with pending intents are kept to be found again by Message-ID). */
bool store_folder_set_sync(store *store, int64_t folder_id, uint32_t uidvalidity, uint32_t uidnext, uint64_t highestmodseq,
                           int64_t server_total, GError **error);
bool store_folder_set_verified(store *store, int64_t folder_id, int64_t verified_utc, GError **error);
bool store_folder_set_mailbox_id(store *store, int64_t folder_id, const char *mailbox_id, GError **error);
bool store_folder_set_server_bytes(store *store, int64_t folder_id, int64_t bytes, GError **error);
/* How much is in it: as the server says, else as its messages are counted here (reads them all); -1: not known, as not all of it is. */
int64_t store_folder_bytes(store *store, const struct folder *folder);
bool store_folder_set_backfill(store *store, int64_t folder_id, uint32_t backfill_uid, GError **error);
