/* SPDX-License-Identifier: MIT */
/* For the tests of the engine against scripted IMAP servers: a store, an account, and a synchronisation in one line. */
#pragma once
#include "core/engine.h"
#include "core/intent.h"
#include "tests/peer/peer.h"
#include "tests/unit/core/store_fixture.h"
#include <poll.h>
#include <string.h>

#define PATIENCE_MS 20000

static enum peer_pace bench_pace = PEER_WHOLE;

struct bench {
    struct fixture *store;
    struct settings *settings;
    struct account *account;
    event_queue *events;
    engine *engine;
    peer *peer;
    peer_certificate *authority;
};

static inline void bench_open(struct bench *self, void **state, const char *const *script)
{
    *self = (struct bench){ .store = *state };
    self->settings = settings_new_default();
    self->account = account_new("work");
    self->account->sync = account_sync_only(ACCOUNT_BODIES_HEADERS); /* scripts hold what they ask for */
    struct account_server *server = &self->account->incoming;
    g_free(server->host);
    g_free(server->user);
    g_free(server->password);
    server->protocol = ACCOUNT_PROTOCOL_IMAP;
    server->host = g_strdup("127.0.0.1");
    server->user = g_strdup("alice");
    server->security = ACCOUNT_SECURITY_PLAIN;
    server->secret = ACCOUNT_SECRET_PASSWORD;
    server->password = g_strdup("secret");
    g_free(self->account->from_address);
    self->account->from_address = g_strdup("alice@example.test");
    self->events = event_queue_new();
    if (script != NULL)
        self->peer = peer_listen(script, NULL, bench_pace, &server->port);
}

static inline void bench_engine(struct bench *self)
{
    g_autoptr(GPtrArray) accounts = g_ptr_array_new();
    g_ptr_array_add(accounts, self->account);
    self->engine = engine_new(accounts, self->settings, self->store->path, self->events);
}

static inline void bench_close(struct bench *self)
{
    engine_free(self->engine);
    if (self->peer != NULL)
        peer_free(self->peer);
    peer_certificate_free(self->authority);
    event_queue_free(self->events);
    account_free(self->account);
    settings_free(self->settings);
}

static inline void bench_sync(struct bench *self)
{
    g_autoptr(GError) error = NULL;
    bench_engine(self);
    bool is_ok = engine_sync_once(self->engine, "work", &error);
    g_clear_pointer(&self->engine, engine_free);
    if (!is_ok)
        fail_msg("%s (%s)", error->message, peer_complaint(self->peer));
    const char *complaint = peer_complaint(self->peer);
    if (complaint != NULL)
        fail_msg("%s", complaint);
}

/* The next event of a type; fails when it does not come. Caller frees. */
static inline struct event *wait_event(struct bench *self, enum event_type type, int wanted_state)
{
    struct pollfd ready = { .fd = event_queue_fd(self->events), .events = POLLIN };
    int64_t until = g_get_monotonic_time() + (int64_t)PATIENCE_MS * 1000;
    while (g_get_monotonic_time() < until) {
        struct event *event = event_take(self->events);
        if (event != NULL && event->type == type && (wanted_state < 0 || event->state == wanted_state))
            return event;
        if (event == NULL)
            poll(&ready, 1, 200);
        event_free(event);
    }
    fail_msg("no event %d came", (int)type);
    return NULL;
}

static inline int64_t arrive(struct fixture *self, uint32_t uid)
{
    g_autofree char *id = g_strdup_printf("m%u@example.test", uid);
    const struct message_info info = {
        .message_id = id, .subject = "Engine", .from_address = "ada@example.test", .size_bytes = 100, .received_utc = uid
    };
    int64_t placement = 0;
    assert_true(store_placement_put(self->db, self->inbox, uid, 0, NULL, 0, &info, &placement, NULL, NULL));
    return placement;
}

static inline void assert_place(struct fixture *self, int64_t id, int64_t folder_id, uint32_t uid)
{
    g_autoptr(placement) place = store_placement(self->db, id, NULL);
    assert_non_null(place);
    assert_int_equal(place->folder_id, folder_id);
    assert_int_equal(place->uid, uid);
}
