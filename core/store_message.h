/* SPDX-License-Identifier: MIT */
/* Messages (one row per distinct message) and placements (message in folder). */
#pragma once
#include "core/store.h"

enum message_flag {
    MESSAGE_SEEN = 1 << 0,
    MESSAGE_ANSWERED = 1 << 1,
    MESSAGE_FLAGGED = 1 << 2,
    MESSAGE_DELETED = 1 << 3,
    MESSAGE_DRAFT = 1 << 4,     /* as net's imap_flag */
    MESSAGE_FORWARDED = 1 << 8, /* keyword $Forwarded */
};
enum message_part_flag {
    MESSAGE_HAS_ATTACHMENT = 1,
    MESSAGE_HAS_INVITATION = 2,
    MESSAGE_IS_LIST = 4,
    MESSAGE_IS_SIGNED = 8,
    MESSAGE_IS_ENCRYPTED = 16,
    MESSAGE_IS_HEAD = 32 /* only its head is here (POP3, max-size); size_bytes is that of the whole */
};

/* What is known of a message from its headers; all text UTF-8 (RFC 2047 decoded), any may be NULL. Borrowed on the way in. */
struct message_info {
    const char *message_id;  /* without <>; NULL: none */
    const char *in_reply_to; /* without <> */
    const char *references;  /* ids without <>, ' ' separated, oldest first */
    const char *subject;
    const char *from_name, *from_address;
    const char *to, *cc, *reply_to; /* "Name <addr>, …" decoded */
    const char *list_id;
    int64_t date_utc;     /* Date:, 0 unknown */
    int64_t received_utc; /* INTERNALDATE; sort key; falls back to date */
    int64_t size_bytes;
    unsigned part_flags; /* enum message_part_flag */
    int attachment_count;
    const char *structure; /* BODYSTRUCTURE in the core's own text form, for fetching parts later; NULL: local file */
    const char *preview;   /* first words of the text; NULL: not known yet */
    const char *thread;    /* the conversation as the server groups it, unique over all accounts; NULL: it does not say */
    const char *
        email_id; /* the server's own name for these bytes, unique over all accounts, the same for each copy of them; NULL: it does not say */
};

/* Inserts or updates the message seen at (folder, uid) with the server's flags; threads, counts and contacts follow in the same transaction.
 * Pending intents are respected: a message moved away here does not come back, its local flags win until replayed; a moved or appended placement
 * that waits for its UID in this folder is adopted by Message-ID. *placement_out 0: it was suppressed. is_new_out: first time seen. */
bool store_placement_put(store *store, int64_t folder_id, uint32_t uid, unsigned flags,
                         const char *keywords /* ' ' separated, may be NULL */, uint64_t modseq, const struct message_info *info,
                         int64_t *placement_out, bool *is_new_out, GError **error);
/* The same for local truth: file is the Maildir file's base name (without flags). */
bool store_local_put(store *store, int64_t folder_id, const char *file, unsigned flags, const struct message_info *info,
                     int64_t *placement_out, GError **error);
bool store_placement_set_server_flags(store *store, int64_t folder_id, uint32_t uid, unsigned flags, const char *keywords, uint64_t modseq,
                                      bool *is_known_out, GError **error);
bool store_placement_vanished(store *store, int64_t folder_id, uint32_t uid, GError **error); /* the server has it no more */
bool store_placement_set_uid(store *store, int64_t placement_id, int64_t folder_id, uint32_t uid,
                             GError **error); /* of the UIDVALIDITY that the folder has in the store */
/* The same by the word of a server alone (APPENDUID, COPYUID), which may be wrong: not taken where the number is known to be another message's, is of
 * before the command, or so high that it cannot be. The sync finds the right one. */
bool store_placement_set_told_uid(store *store, int64_t placement_id, int64_t folder_id, uint32_t uid, GError **error);
/* Known UIDs in [first, last], ascending (of uint32_t), to compare with the server's. */
GArray *store_placement_uids(store *store, int64_t folder_id, uint32_t first, uint32_t last, GError **error);
/* A local file's new place after its worker copied or delivered it. */
bool store_placement_set_file(store *store, int64_t placement_id, int64_t folder_id, const char *file, GError **error);
/* Local placements by their Maildir file: 0: none. */
int64_t store_placement_find_file(store *store, int64_t folder_id, const char *file);
GPtrArray *store_placement_files(store *store, int64_t folder_id,
                                 GError **error); /* of char*: those that should be in the folder's Maildir now */
/* Its row goes, unless an intent is about to bring the file there. */
bool store_placement_file_vanished(store *store, int64_t folder_id, const char *file, GError **error);
bool store_placement_set_file_marks(store *store, int64_t folder_id, const char *file, unsigned flags,
                                    const char *keywords /* a list, may be NULL */, GError **error);
bool store_placement_set_file_keywords(store *store, int64_t folder_id, const char *file, const char *keywords, GError **error);
bool store_placement_file_is_leaving(store *store, int64_t folder_id, const char *file); /* a queued move or deletion will take it away */
/* Rows of messages that are in no folder since older_than_s seconds, so many at most. Returns how many went, -1 with error; their cached bodies are the
 * caller's: gone_out (of int64_t, may be NULL) gets their ids. */
int store_message_collect(store *store, int64_t older_than_s, int most, GArray *gone_out, GError **error);
bool store_message_set_preview(store *store, int64_t message_id, const char *preview, GError **error);

GPtrArray *store_tags(store *store, int limit); /* keywords that were seen on mail and are people's tags (core/tag.h), of char*; in order */

struct placement {
    int64_t id, folder_id, message_id, account_id;
    uint32_t uid;   /* 0: the server does not know it yet */
    char *file;     /* local truth; NULL: IMAP */
    unsigned flags; /* the local view */
    char *keywords;
    char *account_key, *folder_name;
    /* of the message */
    char *message_id_header, *in_reply_to, *references, *subject, *from_name, *from_address, *to, *cc, *reply_to, *list_id, *structure;
    int64_t date_utc, size_bytes, thread_id; /* date_utc: of a message without a date, when it came */
    int64_t received_utc;
    unsigned part_flags;
};
void placement_free(struct placement *placement);
typedef struct placement placement;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(placement, placement_free)
struct placement *store_placement(store *store, int64_t placement_id, GError **error); /* NULL with STORE_ERROR_MISSING */
int64_t store_placement_find(store *store, int64_t folder_id, uint32_t uid);           /* 0: none */
/* The same, or the one that was moved away from there and has not gone on the server. */
int64_t store_placement_of_uid(store *store, int64_t folder_id, uint32_t uid);
