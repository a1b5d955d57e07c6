/* SPDX-License-Identifier: MIT */
/* The two workers of an IMAP account: one follows the folder on the screen, one does all the rest; and one for both. */
#include "core/imap_alone_private.h"
#include "core/imap_workers_private.h"
#include "core/intent.h"
#include "core/server_search_private.h"

#define FIRST_PAGE_MS 1500
#define DUE_SOON_S    8

/* One connection for both: the screen comes first, then the work, and the rest is on the folder of the screen. */
static bool alone_step(imap_session *self, struct background *state, unsigned wishes, GError **error)
{
    bool is_idle = false, is_shown = false;
    int64_t wanted = atomic_load(&self->account->open_folder);
    if (state->shown_id != wanted || imap_screen_has_wish(self)) {
        if (!imap_screen_follow(self, &is_shown, error))
            return false;
        state->shown_id = wanted;
    }
    if (server_search_is_pending(self))
        return imap_screen_serve(self, error) && server_search_step(self, error);
    if (!imap_background_work(self, state, wishes, &is_idle, error) || (is_idle && !imap_screen_follow(self, &is_shown, error)))
        return false;
    imap_background_evict(self, state);
    return !is_idle || !is_shown || imap_screen_idle(self, imap_background_rest_ms(self, state), error);
}

static bool background_step(imap_session *self, void *data, GError **error)
{
    struct background *state = data;
    unsigned wishes = atomic_load(&self->account->sync_wishes);
    bool is_idle = false;
    worker_clear_wake(self->thread);
    if (imap_alone_is(self))
        return alone_step(self, state, wishes, error);
    return imap_background_work(self, state, wishes, &is_idle, error) && (!is_idle || imap_background_rest(self, state, error));
}

static bool interactive_step(imap_session *self, void *data, GError **error)
{
    unsigned wishes = atomic_load(&self->account->sync_wishes);
    bool is_shown = false;
    worker_clear_wake(self->thread);
    if (imap_alone_is(self))
        return alone_step(self, data, wishes, error);
    if (server_search_is_due(self))
        return imap_screen_serve(self, error) && server_search_step(self, error);
    if (!imap_screen_follow(self, &is_shown, error))
        return false;
    if (is_shown)
        server_search_note_followed(self);
    return !is_shown || server_search_is_pending(self) || imap_screen_idle(self, G_MAXINT, error);
}

void imap_interactive_main(worker *thread, void *account)
{
    struct background state = { 0 };
    imap_lane_run(account, LANE_INTERACTIVE, thread, interactive_step, &state);
    imap_background_clear(&state);
}

/* At the start the person waits for one page: a second sign-in beside it would only slow it down. A page that does not come holds up nothing. */
static void wait_first_page(worker *thread, engine_account *account)
{
    int64_t until = g_get_monotonic_time() / 1000 + FIRST_PAGE_MS;
    while (!worker_is_stopping(thread) && !atomic_load(&account->has_page)) {
        int64_t left = until - g_get_monotonic_time() / 1000;
        if (left <= 0)
            return;
        worker_wait(thread, -1, (int)left);
        worker_clear_wake(thread);
    }
}

void imap_background_main(worker *thread, void *account)
{
    struct background state = { 0 };
    wait_first_page(thread, account);
    imap_lane_run(account, LANE_BACKGROUND, thread, background_step, &state);
    imap_background_clear(&state);
}

/* --- once, for the command line --- */
/* What waits only a moment (see intent_reset_in_flight) is waited for. What is due, and held up by a row that is put off again and again, is not. */
static bool wait_due_soon(imap_session *self, worker *thread, int64_t until_s)
{
    int64_t due = intent_next_due(self->store, self->account->id), now_s = g_get_real_time() / G_USEC_PER_SEC, wait_s = due - now_s;
    if (due == 0 || wait_s > DUE_SOON_S || now_s >= until_s || worker_is_stopping(thread))
        return false;
    worker_wait(thread, -1, (int)MAX(wait_s, 0) * 1000 + 100);
    return true;
}

#define BREAKS_MAX    24u /* to find one message among three hundred that a server hangs up over takes ten */
#define BREAK_REST_MS 500

/* The line broke while a folder was fetched: what came is kept, so it is gone on with. False: why says what was wrong in the first place. */
static bool open_again(imap_session *self, const struct background *state, unsigned *breaks, GError **why)
{
    bool is_cut = g_error_matches(*why, NET_ERROR, NET_ERROR_CLOSED) && state->missing != NULL;
    if (!is_cut || ++*breaks > BREAKS_MAX || worker_is_stopping(self->thread))
        return false;
    imap_session_note_end(self, *why);
    imap_session_close(self);
    worker_wait(self->thread, -1, BREAK_REST_MS);
    if (!imap_session_open(self, NULL))
        return false;
    g_clear_error(why);
    return true;
}

bool imap_sync_once(engine_account *account, worker *thread, GError **error)
{
    imap_session session;
    struct background state = { .is_once = true };
    imap_session_init(&session, account, LANE_BACKGROUND, thread);
    GError *why = NULL;
    unsigned breaks = 0;
    bool is_ok = imap_session_open(&session, &why), is_idle = false;
    while (is_ok && !worker_is_stopping(thread) && !imap_background_is_done(&state, is_idle)) {
        worker_clear_wake(thread);
        is_ok = (imap_background_work(&session, &state, atomic_load(&account->sync_wishes), &is_idle, &why) &&
                 !imap_lane_is_throttled(&session, &why)) ||
                open_again(&session, &state, &breaks, &why);
    }
    int64_t until_s = g_get_real_time() / G_USEC_PER_SEC + DUE_SOON_S;
    while (is_ok && wait_due_soon(&session, thread, until_s))
        is_ok = intent_replay_run(&session, &why);
    if (why != NULL)
        imap_session_note_end(&session, why);
    imap_session_clear(&session);
    imap_background_clear(&state);
    if (!is_ok && why != NULL)
        g_propagate_error(error, why);
    return is_ok;
}
