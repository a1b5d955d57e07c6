/* SPDX-License-Identifier: MIT */
/* One IMAP session with a provider profile: shared by sign-in and folders (server_profile_imap.c) and messages (server_profile_mail.c). */
#pragma once
#include "tests/servers/server_profile_private.h"

struct profile_argument {
    GString *text; /* a list with its brackets; of a string what is inside */
    bool is_list;
};
struct profile_command {
    char *tag, *name;     /* name in capitals, "UID FETCH" as one */
    GPtrArray *arguments; /* of struct profile_argument* */
};
const char *profile_argument(const struct profile_command *command, guint index); /* "" behind the last */
/* From index on as the client wrote it: "(FLAGS UID)", "HEADER Message-ID <x>"; caller frees. */
char *profile_arguments_from(const struct profile_command *command, guint index);

struct profile_session {
    struct profile_line *line;
    profile_server *server;
    bool is_in, is_over, is_read_only, has_condstore;
    struct profile_folder *folder;
    GArray *known;         /* UIDs by sequence number, as the client was told */
    uint64_t known_modseq; /* flags changed up to here were told */
};
void profile_session_ok(struct profile_session *self, const struct profile_command *command, const char *code /* "" or "[…] " */);
/* What changed in the selected folder since the client was told. With the lock. */
void profile_session_tell(struct profile_session *self);

/* With the lock. */
void profile_mail_fetch(struct profile_session *self, const struct profile_command *command);
void profile_mail_store(struct profile_session *self, const struct profile_command *command);
void profile_mail_copy(struct profile_session *self, const struct profile_command *command);
void profile_mail_search(struct profile_session *self, const struct profile_command *command);
void profile_mail_expunge(struct profile_session *self, const struct profile_command *command);
