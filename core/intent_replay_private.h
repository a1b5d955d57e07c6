/* SPDX-License-Identifier: MIT */
/* Between the files that turn intents into IMAP commands: what became of a batch, and the questions they all ask a server. */
#pragma once
#include "core/imap_session_private.h"
#include "core/intent.h"

/* --- intent_outcome.c; batch: of struct intent*, borrowed --- */
void replay_settle(imap_session *self, GPtrArray *batch);
void replay_roll_back(imap_session *self, GPtrArray *batch, const char *words);
void replay_refuse(imap_session *self, GPtrArray *batch, const char *sentence); /* the same, and no server said so */
void replay_retry_later(imap_session *self, GPtrArray *batch, const char *words);
/* The messages were taken away by somebody else before our command came: told to the person. */
void replay_lose(imap_session *self, GPtrArray *batch);
/* At once, as repeats: each by itself. */
void replay_again(imap_session *self, GPtrArray *batch, const char *words);
/* What the server's answer means for the batch. */
void replay_judge(imap_session *self, GPtrArray *batch, const struct imap_reply *reply);
bool replay_is_doubtful(const GPtrArray *batch, const struct imap_reply *reply); /* a NO that is worth the question once more */
void replay_note_copyuid(imap_session *self, GPtrArray *batch, const struct imap_reply *reply);

/* --- intent_replay.c --- */
/* UID SEARCH in the selected folder, into self->found. False: the connection broke. */
/* is_answered_out false: the server refused to search. */
bool replay_search(imap_session *self, const char *criteria, bool *is_answered_out, GError **error);
bool replay_has_found(const imap_session *self, uint32_t uid);
/* Answered with "not now" (throttled, in use): nothing may be concluded from it, so all of this rests until later. False: error is set. */
bool replay_may_conclude(imap_session *self, const struct imap_reply *reply, GError **error);

/* --- intent_batch.c --- */
struct replay_ways {
    bool can_append_many; /* MULTIAPPEND (RFC 3502) */
    bool can_move;        /* MOVE (RFC 6851): else it is a copy, a mark and an EXPUNGE, which can be cut off in between */
    bool is_cut_off;      /* what went before was: fewer together, so that each connection gets some of it done */
};
/* The first rows, and all others of pending that may travel with them; borrowed. */
GPtrArray *replay_first_batch(GPtrArray *pending, const struct replay_ways *ways);

/* Before the rows go: the other connection may have read the messages a moment ago, or be shown them still, and would write them down behind the rows
 * that say that they are on their way. Only where the server told as many to be gone: some keep what was moved (Gmail's All Mail). By which number it
 * was told cannot be relied on here: EXPUNGE names the place in a list that this connection never asked for. */
void replay_note_taken_away(imap_session *self, const GPtrArray *batch);

/* --- intent_find.c --- */
/* The numbers of messages that were never learned (no UIDPLUS, other numbers): into intent->uid; 0: it is not in the selected folder. Of many, what the
 * folder has that nobody awaited is read at once; of few, and where that does not tell, each is searched for. *is_answered_out false: the server does
 * not search, so nothing is known. */
bool replay_learn_uids(imap_session *self, const GPtrArray *rows, bool *is_answered_out, GError **error);
/* Several that were lost at once, and none is in the target: rather has their folder other numbers, and did not say so (a repair), than that somebody
 * else was quicker with each. They, and all that wait in the selected folder with a number that it has not, are looked for by what they are, at once as
 * repeats. *is_asked_out false: few, or looked for like that before; they are lost. */
bool replay_ask_anew(imap_session *self, const GPtrArray *lost, bool *is_asked_out, GError **error);
/* Selects the target and looks whether what the intent puts there is there already. Only a number that our command can have made counts: not one of
 * before, nor one that another placement has. *uid_out 0: it is not, or the target cannot be opened. Another folder is selected afterwards. */
bool replay_find_in_target(imap_session *self, const struct intent *intent, const struct folder *target, uint32_t *uid_out, GError **error);
/* The same question for many at once: what came there since they were sent is read, and the store knows its own among it. Those that were found need no
 * question afterwards (intent_uid_there), and where all was read (*is_all_out) the others are not there. */
bool replay_look_in_target(imap_session *self, const GPtrArray *rows, const struct folder *target, bool *is_all_out, GError **error);
/* The answer to a COPY, MOVE or APPEND means that the target has to be made first. */
bool replay_wants_target(const struct imap_reply *reply, const struct folder *target);
/* Made on the server when it was never seen there; *is_made_out false: another program deleted it, so it is not for us to make it again. */
bool replay_create_target(imap_session *self, const struct folder *target, bool *is_made_out, GError **error);

/* --- intent_doubt.c: moves that were cut off, on a new connection --- */
/* Many of them: what has left the source, and is in the target under a number that our command can have made, is done: settled at once, though all of them wait before
 * they would be sent again. So what a short life has begun the next one need not begin anew. */
bool replay_settle_doubtful(imap_session *self, GError **error);

/* --- intent_split.c: moves and copies that were refused together, for want of room --- */
typedef bool replay_transfer(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, struct imap_reply *reply,
                             GError **error);
bool replay_may_fit(const GPtrArray *batch, const struct imap_reply *reply); /* some of it, without the rest */
/* Sends what fits in a few smaller commands, and deals with all of the batch. False: the connection broke. */
bool replay_what_fits(imap_session *self, GPtrArray *batch, const struct folder *target, replay_transfer *transfer,
                      const struct imap_reply *refusal, GError **error);

/* --- intent_replay_flags.c --- */
bool replay_store_flags(imap_session *self, const char *set, char sign, unsigned bits, struct imap_reply *reply, GError **error);
bool replay_flags(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, GError **error);
char *replay_uid_set(GPtrArray *batch); /* sorts it; caller frees */

/* --- intent_replay_rights.c --- */
/* Those that the open folder does not let be done leave the batch and are taken back: some servers answer OK to a STORE that they ignore (Dovecot, where
 * somebody took the right away). */
void replay_part_denied(imap_session *self, GPtrArray *batch);
void replay_ask_rights(imap_session *self, const GPtrArray *batch); /* anew, of its folders; the answers come by the way */

/* --- intent_replay_keyword.c --- */
bool replay_keywords(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, GError **error);

/* --- intent_append_marks.c: marks that wait directly behind an APPEND go with it --- */
struct append_marks {
    GArray *ids; /* of int64_t: their rows, in flight from here on */
    unsigned bits;
    char **keywords;
};
void append_marks_clear(struct append_marks *marks);
/* What the target can keep. At worst none: they follow by STORE. */
void append_marks_take(imap_session *self, const struct intent *append, const struct folder *target, struct append_marks *marks_out);
void append_marks_settle(imap_session *self, const struct append_marks *marks);
void append_marks_give_back(imap_session *self, struct append_marks *marks); /* they wait again, as if they had never gone */

/* --- intent_append.c --- */
bool replay_append(imap_session *self, GPtrArray *batch /* several: none was tried before */, const struct folder *target, GError **error);
/* The bytes of one message into the intent's path, safely on the disk: for a way into another account. */
bool replay_fetch(imap_session *self, GPtrArray *batch /* one */, const char *set, const struct folder *target, GError **error);

/* --- intent_replay_folder.c --- */
bool replay_subscription(imap_session *self, GPtrArray *batch, const struct folder *box, GError **error);
const char *role_use(enum folder_role role); /* "\\Sent" (RFC 6154); NULL: no purpose a server knows */
bool replay_folder(imap_session *self, GPtrArray *batch /* one; of a creation also what followed it */, GError **error);
