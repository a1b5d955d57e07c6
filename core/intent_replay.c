/* SPDX-License-Identifier: MIT */
/* The queue of intents → IMAP commands: merged, committed as in flight before they are sent, settled or rolled back by what the server says. */
#include "core/intent_replay_private.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>

#define PENDING_MAX 2000 /* looked through for what travels together */
#define PORTION_MAX 500u /* of moves that were cut off: a quarter of it at the first repeat, and so on */

/* --- commands: each false when the connection broke --- */
typedef bool replay_step(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, GError **error);

/* Not every server says TRYCREATE; a folder that was never seen there is tried in any case. */
bool replay_wants_target(const struct imap_reply *reply, const struct folder *target)
{
    return reply->status == IMAP_NO && (reply->code == IMAP_CODE_TRYCREATE || target->uidvalidity == 0);
}

/* Answered with "not now" (throttled, in use): nothing may be concluded from it, so all of this rests until later. False: error is set. */
bool replay_may_conclude(imap_session *self, const struct imap_reply *reply, GError **error)
{
    if (reply->status == IMAP_OK || !imap_session_is_later(reply))
        return true;
    g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s wants to be asked later. It says: %s"), self->account->account->incoming.host,
                reply->text);
    return false;
}

/* Folders with a role (Sent, Archive) may be missing and are made; so is one that was made here. One that was there has been deleted by somebody. */
bool replay_create_target(imap_session *self, const struct folder *target, bool *is_made_out, GError **error)
{
    struct imap_reply reply;
    *is_made_out = target->role != FOLDER_NONE || target->uidvalidity == 0;
    if (!*is_made_out)
        return true;
    imap_send_create(self->client, target->name, role_use(target->role));
    imap_send_subscribe(self->client, target->name, true);
    return imap_wait_all(self->client, &reply, error) && replay_may_conclude(self, &reply, error);
}

bool replay_search(imap_session *self, const char *criteria, bool *is_answered_out, GError **error)
{
    struct imap_reply reply;
    g_array_set_size(self->found, 0);
    *is_answered_out = false;
    if (!imap_wait(self->client, imap_send_search(self->client, criteria), &reply, error))
        return false;
    *is_answered_out = reply.status == IMAP_OK;
    return replay_may_conclude(self, &reply, error);
}

bool replay_has_found(const imap_session *self, uint32_t uid)
{
    for (guint i = 0; i < self->found->len; i++) {
        if (g_array_index(self->found, uint32_t, i) == uid)
            return true;
    }
    return false;
}

static bool is_in(GPtrArray *batch, uint32_t uid)
{
    for (guint i = 0; i < batch->len; i++) {
        if (((const struct intent *)g_ptr_array_index(batch, i))->uid == uid)
            return true;
    }
    return false;
}

/* Both at once: where the mark is refused, UID EXPUNGE finds none but what was marked before, and that is to go as well. */
static bool remove_at_once(imap_session *self, const char *set, struct imap_reply *reply, GError **error)
{
    const struct imap_flags deleted = { .bits = MESSAGE_DELETED };
    imap_send_store(self->client, set, '+', &deleted);
    imap_send_uid_expunge(self->client, set);
    return imap_wait_all(self->client, reply, error);
}

/* Deletes for good without touching what another client marked (RFC 4315): UID EXPUNGE, else EXPUNGE only when all that is marked is ours; else it stays marked and hidden. */
static bool remove_set(imap_session *self, GPtrArray *batch, const char *set, struct imap_reply *reply, GError **error)
{
    if (imap_client_can(self->client, IMAP_CAPABILITY_UIDPLUS) || imap_client_can(self->client, IMAP_CAPABILITY_IMAP4REV2))
        return remove_at_once(self, set, reply, error);
    if (!replay_store_flags(self, set, '+', MESSAGE_DELETED, reply, error))
        return false;
    if (reply->status != IMAP_OK)
        return true;
    const struct intent *first = g_ptr_array_index(batch, 0);
    bool is_answered = false;
    if (!replay_search(self, "DELETED", &is_answered, error))
        return false;
    if (!is_answered)
        return true; /* whose they are cannot be known: it stays marked */
    guint ours = 0;
    for (guint i = 0; i < self->found->len; i++)
        ours += is_in(batch, g_array_index(self->found, uint32_t, i)) ||
                intent_has_marked(self->store, first->folder_id, g_array_index(self->found, uint32_t, i));
    return self->found->len != ours || imap_wait(self->client, imap_send_expunge(self->client), reply, error);
}

typedef imap_request transfer(imap_client *client, const char *uid_set, const char *mailbox);

/* Once more when the target had to be made first. */
static bool transfer_again(imap_session *self, transfer *send, const char *set, const struct folder *target, struct imap_reply *reply,
                           GError **error)
{
    bool is_made = false;
    if (!replay_wants_target(reply, target))
        return true;
    if (!replay_create_target(self, target, &is_made, error))
        return false;
    /* Not made: nothing was sent, and the reply is still the server's own. */
    return !is_made || imap_wait(self->client, send(self->client, set, target->name), reply, error);
}

/* UID COPY or UID MOVE. */
static bool transfer_set(imap_session *self, transfer *send, const char *set, const struct folder *target, struct imap_reply *reply,
                         GError **error)
{
    g_array_set_size(self->copied, 0);
    return imap_wait(self->client, send(self->client, set, target->name), reply, error) &&
           transfer_again(self, send, set, target, reply, error);
}

/* A move of COPY, STORE and EXPUNGE that was cut off in between: what is in the target already must not be copied again. One message at a time. */
static bool is_copied(imap_session *self, const struct intent *intent, const struct folder *target, bool *is_there_out, GError **error)
{
    bool is_refused = false;
    uint32_t uid = 0;
    *is_there_out = intent->is_arrived;
    if (intent->is_arrived || intent->attempts == 0)
        return true;
    g_autoptr(folder) source = store_folder(self->store, intent->folder_id, error);
    if (source == NULL || !replay_find_in_target(self, intent, target, &uid, error))
        return false;
    *is_there_out = uid != 0;
    return imap_session_select(self, source, &is_refused, error);
}

static bool move_without_move(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, struct imap_reply *reply,
                              GError **error)
{
    const struct intent *first = g_ptr_array_index(batch, 0);
    struct imap_reply removed;
    bool is_there = false;
    if (!is_copied(self, first, target, &is_there, error) || (!is_there && !transfer_set(self, imap_send_copy, set, target, reply, error)))
        return false;
    if (is_there)
        *reply = (struct imap_reply){ .status = IMAP_OK, .text = "" };
    if (reply->status != IMAP_OK)
        return true;
    replay_note_copyuid(self, batch, reply);
    if (!remove_set(self, batch, set, &removed, error))
        return false;
    *reply = removed;
    return true;
}

/* Looked for together, and by itself where that does not tell. */
static bool find_there(imap_session *self, const struct intent *intent, const struct folder *target, bool is_all_known, uint32_t *uid_out,
                       GError **error)
{
    if (!is_all_known)
        return replay_find_in_target(self, intent, target, uid_out, error);
    *uid_out = intent_uid_there(self->store, intent, target->id);
    return true;
}

/* The source is not there: our own command did it before a crash, or another program was quicker. What is in the target is where it should be; the
 * rest is told to the person. */
static bool settle_gone(imap_session *self, GPtrArray *gone, const struct folder *source, const struct folder *target, GError **error)
{
    g_autoptr(GPtrArray) done = g_ptr_array_new(), lost = g_ptr_array_new();
    bool is_refused = false, is_all_known = false, is_asked = false;
    if (!replay_look_in_target(self, gone, target, &is_all_known, error))
        return false;
    for (guint i = 0; i < gone->len; i++) {
        struct intent *intent = g_ptr_array_index(gone, i);
        uint32_t uid = 0;
        bool is_transfer = intent->type == INTENT_MOVE || intent->type == INTENT_COPY;
        if (is_transfer && !intent->is_arrived && !find_there(self, intent, target, is_all_known, &uid, error))
            return false;
        bool is_done = (!is_transfer && intent->type != INTENT_FETCH) || intent->is_arrived || uid != 0;
        g_ptr_array_add(is_done ? done : lost, intent);
    }
    replay_settle(self, done);
    if (gone->len > 0 && !imap_session_select(self, source, &is_refused, error)) {
        if (is_refused) /* else they are asked for again, on another line */
            replay_lose(self, lost);
        return false;
    }
    if (!replay_ask_anew(self, lost, &is_asked, error))
        return false;
    if (!is_asked)
        replay_lose(self, lost);
    return true;
}

/* Those that were not found leave the batch. */
static GPtrArray *part_gone(imap_session *self, GPtrArray *batch)
{
    GPtrArray *gone = g_ptr_array_new();
    for (guint i = batch->len; i-- > 0;) {
        struct intent *intent = g_ptr_array_index(batch, i);
        if (!replay_has_found(self, intent->uid)) {
            g_ptr_array_add(gone, intent);
            g_ptr_array_remove_index(batch, i);
        }
    }
    return gone;
}

/* GNU mailutils 3.15 takes the numbers of SEARCH UID for sequence numbers, and finds others or none where numbers are missing. It tells all rightly. */
static bool search_again(imap_session *self, GPtrArray *batch, bool *is_answered_out, GError **error)
{
    bool is_old = !imap_client_can(self->client, IMAP_CAPABILITY_UIDPLUS) && !imap_client_can(self->client, IMAP_CAPABILITY_ESEARCH);
    for (guint i = 0; is_old && *is_answered_out && i < batch->len; i++) {
        if (!replay_has_found(self, ((const struct intent *)g_ptr_array_index(batch, i))->uid))
            return replay_search(self, "ALL", is_answered_out, error);
    }
    return true;
}

/* Those whose message the source has no more leave the batch. */
static bool drop_gone(imap_session *self, GPtrArray *batch, const struct folder *source, const struct folder *target, GError **error)
{
    g_autofree char *set = replay_uid_set(batch), *criteria = g_strconcat("UID ", set, NULL);
    bool is_answered = false;
    if (!replay_search(self, criteria, &is_answered, error) || !search_again(self, batch, &is_answered, error))
        return false;
    if (!is_answered) /* a server that cannot search: the command itself will tell */
        return true;
    g_autoptr(GPtrArray) gone = part_gone(self, batch);
    return settle_gone(self, gone, source, target, error);
}

/* Repeated after a crash or a broken connection: was it copied already? Those leave the batch. */
static bool part_copied(imap_session *self, GPtrArray *batch, const struct folder *source, const struct folder *target, GPtrArray *there,
                        GError **error)
{
    bool is_refused = false, is_all_known = false;
    if (!replay_look_in_target(self, batch, target, &is_all_known, error))
        return false;
    for (guint i = batch->len; i-- > 0;) {
        struct intent *intent = g_ptr_array_index(batch, i);
        uint32_t uid = 0;
        if (!find_there(self, intent, target, is_all_known, &uid, error))
            return false;
        if (uid != 0) {
            g_ptr_array_add(there, intent);
            g_ptr_array_remove_index(batch, i);
        }
    }
    return imap_session_select(self, source, &is_refused, error);
}

static bool drop_copied(imap_session *self, GPtrArray *batch, const struct folder *source, const struct folder *target, GError **error)
{
    g_autoptr(GPtrArray) there = g_ptr_array_new();
    if (!part_copied(self, batch, source, target, there, error))
        return false;
    replay_settle(self, there);
    return true;
}

static bool can_move(const imap_session *self)
{
    return imap_client_can(self->client, IMAP_CAPABILITY_MOVE) || imap_client_can(self->client, IMAP_CAPABILITY_IMAP4REV2);
}

/* Never tried, and an answer says which question it is for (RFC 4731): then the question which of them are there, and the command, go together. */
static bool is_at_once(const imap_session *self, const struct intent *first)
{
    return first->attempts == 0 && !first->is_arrived && imap_client_can(self->client, IMAP_CAPABILITY_ESEARCH) &&
           (first->type == INTENT_COPY || (first->type == INTENT_MOVE && can_move(self)));
}

static bool move_whole(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, struct imap_reply *reply,
                       GError **error)
{
    (void)batch;
    return transfer_set(self, imap_send_move, set, target, reply, error);
}

static bool copy_whole(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, struct imap_reply *reply,
                       GError **error)
{
    (void)batch;
    return transfer_set(self, imap_send_copy, set, target, reply, error);
}

static bool judge_transfer(imap_session *self, GPtrArray *batch, const struct folder *target, replay_transfer *transfer,
                           const struct imap_reply *reply, GError **error)
{
    if (replay_may_fit(batch, reply))
        return replay_what_fits(self, batch, target, transfer, reply, error);
    replay_judge(self, batch, reply);
    return true;
}

/* The command names the numbers themselves and not "$" (RFC 5182): behind a search that was BAD that is what an earlier one found. */
static bool transfer_at_once(imap_session *self, GPtrArray *batch, const struct folder *source, const struct folder *target, GError **error)
{
    transfer *send = ((const struct intent *)g_ptr_array_index(batch, 0))->type == INTENT_MOVE ? imap_send_move : imap_send_copy;
    g_autofree char *set = replay_uid_set(batch), *criteria = g_strconcat("UID ", set, NULL);
    struct imap_reply reply;
    g_array_set_size(self->found, 0);
    g_array_set_size(self->copied, 0);
    imap_request question = imap_send_search(self->client, criteria), command = send(self->client, set, target->name);
    if (!imap_wait(self->client, question, &reply, error) || !replay_may_conclude(self, &reply, error))
        return false;
    bool is_answered = reply.status == IMAP_OK; /* a server that cannot search: the command itself tells */
    if (!imap_wait(self->client, command, &reply, error) || !transfer_again(self, send, set, target, &reply, error))
        return false;
    replay_note_copyuid(self, batch, &reply);
    g_autoptr(GPtrArray) gone = is_answered ? part_gone(self, batch) : g_ptr_array_new();
    if (batch->len > 0 && !judge_transfer(self, batch, target, send == imap_send_move ? move_whole : copy_whole, &reply, error))
        return false;
    return settle_gone(self, gone, source, target, error);
}

static bool replay_move(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, GError **error)
{
    bool is_plain = !can_move(self) || ((const struct intent *)g_ptr_array_index(batch, 0))->is_arrived;
    replay_transfer *transfer = is_plain ? move_without_move : move_whole;
    struct imap_reply reply;
    if (!transfer(self, batch, set, target, &reply, error))
        return false;
    if (!is_plain)
        replay_note_copyuid(self, batch, &reply);
    return judge_transfer(self, batch, target, transfer, &reply, error);
}

static bool replay_copy(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, GError **error)
{
    const struct intent *first = g_ptr_array_index(batch, 0);
    struct imap_reply reply = { .status = IMAP_OK, .text = "" };
    if (!first->is_arrived && !copy_whole(self, batch, set, target, &reply, error))
        return false;
    replay_note_copyuid(self, batch, &reply);
    return judge_transfer(self, batch, target, copy_whole, &reply, error);
}

static bool replay_delete(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, GError **error)
{
    struct imap_reply reply;
    (void)target;
    if (!remove_set(self, batch, set, &reply, error))
        return false;
    replay_judge(self, batch, &reply);
    return true;
}

static replay_step *const steps[] = { [INTENT_FLAGS] = replay_flags,   [INTENT_MOVE] = replay_move,   [INTENT_COPY] = replay_copy,
                                      [INTENT_DELETE] = replay_delete, [INTENT_FETCH] = replay_fetch, [INTENT_KEYWORDS] = replay_keywords };

/* --- one batch --- */
static bool mark_in_flight(imap_session *self, GPtrArray *batch, bool *is_stale_out, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GError) why = NULL;
    for (guint i = 0; i < batch->len; i++)
        g_array_append_val(ids, ((const struct intent *)g_ptr_array_index(batch, i))->id);
    *is_stale_out = false;
    if (intent_set_in_flight(self->store, (const int64_t *)(void *)ids->data, ids->len, &why))
        return true;
    *is_stale_out = g_error_matches(why, STORE_ERROR, STORE_ERROR_MISSING) || g_error_matches(why, STORE_ERROR, STORE_ERROR_BUSY);
    if (!*is_stale_out)
        g_propagate_error(error, g_steal_pointer(&why));
    return *is_stale_out;
}

static uint32_t highest_uid(GPtrArray *batch)
{
    uint32_t highest = 0;
    for (guint i = 0; i < batch->len; i++)
        highest = MAX(highest, ((const struct intent *)g_ptr_array_index(batch, i))->uid);
    return highest;
}

/* False with *is_refused_out: the server says no, and the batch was dealt with. */
static bool select_source(imap_session *self, GPtrArray *batch, const struct folder *source, bool *is_refused_out, GError **error)
{
    g_autoptr(GError) why = NULL;
    bool is_open = self->folder_id == source->id;
    if (imap_session_select(self, source, is_refused_out, &why))
        return !is_open || imap_session_look(self, highest_uid(batch), error);
    if (!*is_refused_out)
        g_propagate_error(error, g_steal_pointer(&why));
    else if (self->is_refusal_temporary)
        replay_retry_later(self, batch, why->message);
    else
        replay_roll_back(self, batch, why->message);
    return false;
}

/* The folder was opened with other numbers than before (a new UIDVALIDITY, a restored backup), and the store has told the rows: they are read again, and
 * found by what they are. Else a deletion might hit another message. */
static bool has_good_numbers(imap_session *self, GPtrArray *batch)
{
    uint32_t uidvalidity = imap_client_mailbox(self->client)->uidvalidity;
    for (guint i = 0; i < batch->len; i++) {
        const struct intent *intent = g_ptr_array_index(batch, i);
        bool is_other = intent->uidvalidity != 0 && uidvalidity != 0 && intent->uidvalidity != uidvalidity;
        if (intent->uid != 0 && (is_other || intent_uid(self->store, intent->id) != intent->uid))
            return false;
    }
    return true;
}

/* A MOVE of many is made of copies too, behind the scenes: a server whose client went away may have made them and taken nothing away yet. What is in both
 * folders only leaves the first one. */
static bool drop_half_moved(imap_session *self, GPtrArray *batch, const struct folder *source, const struct folder *target, GError **error)
{
    struct imap_reply reply;
    g_autoptr(GPtrArray) there = g_ptr_array_new();
    if (!part_copied(self, batch, source, target, there, error))
        return false;
    if (there->len == 0)
        return true;
    g_autofree char *set = replay_uid_set(there);
    if (!remove_set(self, there, set, &reply, error))
        return false;
    replay_judge(self, there, &reply);
    return true;
}

static void slice(GPtrArray *rows, guint begin, guint count, GPtrArray *out)
{
    g_ptr_array_set_size(out, 0);
    for (guint i = begin; i < rows->len && i - begin < count; i++)
        g_ptr_array_add(out, g_ptr_array_index(rows, i));
}

/* A MOVE happens to each message or does not, so those that were cut off go together again: fewer each time, for one of them may be what breaks the
 * connection. */
static bool move_again(imap_session *self, GPtrArray *batch, int attempts, const struct folder *source, const struct folder *target,
                       GError **error)
{
    if (!drop_half_moved(self, batch, source, target, error))
        return false;
    guint most = MAX(PORTION_MAX >> MIN(2 * attempts, 16), 1u), begin = 0;
    g_autoptr(GPtrArray) portion = g_ptr_array_new();
    for (; begin < batch->len && self->folder_id != 0; begin += most) {
        slice(batch, begin, most, portion);
        g_autofree char *set = replay_uid_set(portion);
        if (!replay_move(self, portion, set, target, error))
            return false;
    }
    slice(batch, begin, G_MAXUINT, portion); /* the folder was left: see replay_is_doubtful() */
    replay_again(self, portion, NULL);
    return true;
}

/* Their numbers are found; those that have none leave the batch, or all where nothing could be asked. */
static bool number_batch(imap_session *self, GPtrArray *batch, const struct folder *source, const struct folder *target, GError **error)
{
    bool is_answered = false;
    g_autoptr(GPtrArray) gone = g_ptr_array_new();
    if (!replay_learn_uids(self, batch, &is_answered, error))
        return false;
    if (!is_answered) {
        replay_retry_later(self, batch, _("it cannot be searched for just now"));
        g_ptr_array_set_size(batch, 0);
        return true;
    }
    for (guint i = batch->len; i-- > 0;) {
        struct intent *intent = g_ptr_array_index(batch, i);
        if (intent->uid == 0) {
            g_ptr_array_add(gone, intent);
            g_ptr_array_remove_index(batch, i);
        }
    }
    return settle_gone(self, gone, source, target, error);
}

static bool run_on_source(imap_session *self, GPtrArray *batch, const struct folder *source, const struct folder *target, GError **error)
{
    struct intent *first = g_ptr_array_index(batch, 0);
    bool is_refused = false, is_transfer = first->type == INTENT_MOVE || first->type == INTENT_COPY;
    if (!select_source(self, batch, source, &is_refused, error))
        return is_refused;
    self->expunges_before = self->expunges;
    if (!has_good_numbers(self, batch)) {
        replay_again(self, batch, NULL);
        return true;
    }
    replay_part_denied(self, batch);
    if (batch->len == 0)
        return true;
    first = g_ptr_array_index(batch, 0);
    if (first->uid == 0 && !number_batch(self, batch, source, target, error))
        return false;
    if (batch->len == 0)
        return true;
    first = g_ptr_array_index(batch, 0);
    if (target != NULL && is_at_once(self, first))
        return transfer_at_once(self, batch, source, target, error);
    bool is_repeat = first->attempts > 0;
    if (is_repeat && first->type == INTENT_COPY && target != NULL && !drop_copied(self, batch, source, target, error))
        return false;
    if ((is_repeat || is_transfer) && first->type != INTENT_FETCH && batch->len > 0 && !drop_gone(self, batch, source, target, error))
        return false;
    if (batch->len == 0)
        return true;
    if (is_repeat && first->type == INTENT_MOVE && !first->is_arrived && can_move(self))
        return move_again(self, batch, first->attempts, source, target, error);
    g_autofree char *set = replay_uid_set(batch);
    return steps[first->type](self, batch, set, target, error);
}

/* With the name it has on the server while renames wait behind this row. */
static struct folder *folder_then(imap_session *self, int64_t folder_id, int64_t intent_id)
{
    struct folder *box = folder_id != 0 ? store_folder(self->store, folder_id, NULL) : NULL;
    if (box != NULL) {
        char *name = intent_folder_server_name(self->store, box, intent_id);
        g_free(box->name);
        box->name = name;
    }
    return box;
}

static bool run_rows(imap_session *self, GPtrArray *batch, GError **error)
{
    const struct intent *first = g_ptr_array_index(batch, 0);
    bool is_stale = false;
    g_autoptr(folder) source = folder_then(self, first->folder_id, first->id),
                      target = folder_then(self, first->target_folder_id, first->id);
    if (!mark_in_flight(self, batch, &is_stale, error))
        return false;
    if (is_stale)
        return true;
    if (first->type >= INTENT_FOLDER_CREATE && first->type <= INTENT_FOLDER_DELETE)
        return replay_folder(self, batch, error);
    if (first->type == INTENT_FOLDER_SUBSCRIBE && source != NULL)
        return replay_subscription(self, batch, source, error);
    if (first->type == INTENT_APPEND) {
        const struct folder *where = target != NULL ? target : source;
        if (where != NULL)
            return replay_append(self, batch, where, error);
    } else if (first->type < G_N_ELEMENTS(steps) && steps[first->type] != NULL && source != NULL &&
               (target != NULL || first->type == INTENT_FLAGS || first->type == INTENT_KEYWORDS || first->type == INTENT_DELETE)) {
        return run_on_source(self, batch, source, target, error);
    }
    replay_roll_back(self, batch, _("the folder is not there any more"));
    return true;
}

static bool run_batch(imap_session *self, GPtrArray *batch, GError **error)
{
    const struct intent *first = g_ptr_array_index(batch, 0);
    struct intent *next = NULL;
    if (first->type == INTENT_FOLDER_CREATE && !intent_folder_follow_up(self->store, first, &next, error))
        return false;
    if (next != NULL)
        g_ptr_array_add(batch, next);
    bool is_ok = run_rows(self, batch, error);
    intent_free(next);
    return is_ok;
}

bool intent_replay_run(imap_session *self, GError **error)
{
    bool has_run = false;
    if (!intent_strays_place(self->store, self->account->id, error))
        return false;
    while (!worker_is_stopping(self->thread)) {
        g_autoptr(GPtrArray) pending = intent_pending(self->store, self->account->id, PENDING_MAX, error);
        if (pending == NULL)
            return false;
        if (pending->len == 0)
            break;
        const struct replay_ways ways = { .can_append_many =
                                              imap_client_can(self->client, IMAP_CAPABILITY_MULTIAPPEND) && !self->is_multiappend_useless,
                                          .can_move = can_move(self),
                                          .is_cut_off = intent_was_cut_off(self->store, self->account->id) };
        g_autoptr(GPtrArray) batch = replay_first_batch(pending, &ways);
        const struct intent *first = g_ptr_array_index(batch, 0);
        bool is_between_accounts = first->type == INTENT_FETCH || (first->type == INTENT_APPEND && first->source_id != 0);
        has_run = true;
        self->replays++;
        if (!run_batch(self, batch, error))
            return false;
        engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
        if (is_between_accounts)
            engine_wake_writers_soon(self->account->engine);
    }
    return !has_run || imap_session_store_fetched(self, self->folder_id, false, NULL, error);
}
