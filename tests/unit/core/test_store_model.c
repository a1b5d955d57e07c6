/* SPDX-License-Identifier: MIT */
/* The store against a model: a server, a worker with bad luck, and a person who changes their mind, all at random. In the end both sides agree. */
#include "core/intent.h"
#include "core/undo.h"
#include "core/store_bulk.h"
#include "core/store_verify.h"
#include "store_fixture.h"

#define FOLDERS 4
#define STEPS   400
#define SEEDS   8

struct mail {
    uint32_t uid;
    int name; /* of the message: "m17" */
    unsigned flags;
};
struct server {
    GArray *boxes[FOLDERS]; /* of struct mail */
    uint32_t uidnext[FOLDERS], uidvalidity[FOLDERS];
    bool has_uidplus;
    int names; /* messages ever made */
    bool *is_deleted;
};
struct world {
    struct fixture *fixture;
    store *db;
    GRand *random;
    struct server server;
    int64_t folders[FOLDERS];
};

static int world_pick(struct world *world, int count)
{
    return g_rand_int_range(world->random, 0, count);
}

static void check(bool is_done, GError *error)
{
    if (!is_done)
        fail_msg("%s", error != NULL ? error->message : "failed without an error");
}

/* --- the server --- */

static struct mail *server_find(struct server *server, int box, uint32_t uid)
{
    for (guint i = 0; i < server->boxes[box]->len; i++)
        if (g_array_index(server->boxes[box], struct mail, i).uid == uid)
            return &g_array_index(server->boxes[box], struct mail, i);
    return NULL;
}

static uint32_t server_add(struct server *server, int box, int name, unsigned flags)
{
    struct mail mail = { server->uidnext[box]++, name, flags };
    g_array_append_val(server->boxes[box], mail);
    return mail.uid;
}

static void server_remove(struct server *server, int box, uint32_t uid)
{
    for (guint i = 0; i < server->boxes[box]->len; i++)
        if (g_array_index(server->boxes[box], struct mail, i).uid == uid) {
            g_array_remove_index(server->boxes[box], i);
            return;
        }
}

static int box_of(struct world *world, int64_t folder_id)
{
    for (int i = 0; i < FOLDERS; i++)
        if (world->folders[i] == folder_id)
            return i;
    return -1;
}

/* --- a synchronisation of one folder --- */

struct message_text {
    char *id, *parent;
    struct message_info info;
};

static void message_text_clear(struct message_text *text)
{
    g_free(text->id);
    g_free(text->parent);
}

static void message_text_of(const struct mail *mail, struct message_text *text)
{
    text->id = mail->name % 7 == 6 ? NULL : g_strdup_printf("m%d@example.test", mail->name);
    text->parent = mail->name > 2 && mail->name % 3 != 0 ? g_strdup_printf("m%d@example.test", mail->name / 2) : NULL;
    text->info = fixture_info(text->id, text->parent, 1000 + mail->name);
    text->info.size_bytes = 500 + mail->name;
}

/* As a backfill does: together, then those that were left one by one. Or all one by one. */
static void sync_put_all(struct world *world, int box, const GArray *mails, bool is_together)
{
    g_autofree struct message_text *texts = g_new0(struct message_text, mails->len);
    g_autofree struct bulk_row *rows = g_new0(struct bulk_row, mails->len);
    GError *error = NULL;
    size_t left = mails->len;
    for (guint i = 0; i < mails->len; i++) {
        const struct mail *mail = &g_array_index(mails, struct mail, i);
        message_text_of(mail, &texts[i]);
        rows[i] = (struct bulk_row){ .uid = mail->uid, .flags = mail->flags, .info = &texts[i].info, .is_left = true };
    }
    if (is_together)
        check(store_bulk_put(world->db, world->folders[box], rows, mails->len, NULL, NULL, &left, &error), error);
    for (guint i = 0; i < mails->len; i++) {
        left -= rows[i].is_left;
        if (rows[i].is_left)
            check(
                store_placement_put(world->db, world->folders[box], rows[i].uid, rows[i].flags, NULL, 0, rows[i].info, NULL, NULL, &error),
                error);
        message_text_clear(&texts[i]);
    }
    assert_int_equal(left, 0);
}

static void sync_box(struct world *world, int box, bool is_whole)
{
    struct server *server = &world->server;
    GError *error = NULL;
    check(store_folder_set_sync(world->db, world->folders[box], server->uidvalidity[box], server->uidnext[box], 0, server->boxes[box]->len,
                                &error),
          error);
    g_autoptr(GArray) wanted = g_array_new(FALSE, FALSE, sizeof(struct mail));
    for (guint i = server->boxes[box]->len; i > 0; i--)
        if (is_whole || world_pick(world, 2) == 0)
            g_array_append_val(wanted, g_array_index(server->boxes[box], struct mail, i - 1));
    sync_put_all(world, box, wanted, world_pick(world, 2) == 0);
    if (!is_whole)
        return;
    for (uint32_t uid = 1; uid < server->uidnext[box]; uid++)
        if (server_find(server, box, uid) == NULL)
            check(store_placement_vanished(world->db, world->folders[box], uid, &error), error);
    check(store_verify_forget_waiting(world->db, world->folders[box], NULL, &error), error);
}

/* --- the worker --- */

static uint32_t uid_of(struct world *world, const struct intent *wish, int box)
{
    if (wish->uid != 0 && wish->uidvalidity == world->server.uidvalidity[box])
        return wish->uid;
    if (wish->message_id == NULL)
        return 0;
    for (guint i = world->server.boxes[box]->len; i > 0; i--) { /* SEARCH HEADER Message-ID: the newest */
        const struct mail *mail = &g_array_index(world->server.boxes[box], struct mail, i - 1);
        g_autofree char *id = g_strdup_printf("m%d@example.test", mail->name);
        if (g_strcmp0(id, wish->message_id) == 0)
            return mail->uid;
    }
    return 0;
}

static void server_do(struct world *world, const struct intent *wish)
{
    struct server *server = &world->server;
    int box = box_of(world, wish->folder_id), target = box_of(world, wish->target_folder_id);
    if (box < 0)
        return;
    uint32_t uid = uid_of(world, wish, box), uid_there = 0;
    struct mail *mail = server_find(server, box, uid);
    GError *error = NULL;
    if (mail == NULL)
        return; /* gone: done */
    int name = mail->name;
    unsigned flags = mail->flags;
    if (wish->type == INTENT_FLAGS)
        mail->flags = (mail->flags | wish->add) & ~wish->remove;
    if ((wish->type == INTENT_MOVE || wish->type == INTENT_COPY) && !wish->is_arrived)
        uid_there = server_add(server, target, name, flags);
    if (wish->type == INTENT_MOVE || wish->type == INTENT_DELETE)
        server_remove(server, box, uid);
    if (wish->type == INTENT_DELETE)
        server->is_deleted[name] = true;
    if (uid_there != 0 && world_pick(world, 3) == 0)
        sync_box(world, target, false); /* the other connection is faster than our answer */
    struct folder_facts facts;
    check(store_folder_facts(world->db, world->folders[MAX(target, 0)], &facts, &error), error);
    if (uid_there != 0 && server->has_uidplus && facts.uidvalidity == server->uidvalidity[target]) { /* COPYUID names it */
        g_autoptr(GError) failure = NULL;
        if (!store_placement_set_uid(world->db, wish->placement_id, world->folders[target], uid_there, &failure))
            assert_true(g_error_matches(failure, STORE_ERROR, STORE_ERROR_MISSING));
    }
}

static void person_acts(struct world *world);

static void worker_runs(struct world *world, bool is_lucky)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) due = intent_pending(world->db, world->fixture->account, 5, &error);
    check(due != NULL, error);
    for (guint i = 0; i < due->len; i++) {
        const struct intent *wish = g_ptr_array_index(due, i);
        g_autoptr(GError) failure = NULL;
        if (!intent_set_in_flight(world->db, &wish->id, 1, &failure)) {
            assert_true(g_error_matches(failure, STORE_ERROR, STORE_ERROR_MISSING));
            return;
        }
        int luck = is_lucky ? 9 : world_pick(world, 10);
        if (luck == 0) { /* NO */
            g_autofree char *words = NULL;
            check(intent_rolled_back(world->db, wish->id, "NO not today", &words, &error), error);
            assert_non_null(words);
            continue;
        }
        if (luck == 1) { /* the connection broke before it was read */
            check(intent_retry_later(world->db, wish->id, "connection lost", 0, &error), error);
            return;
        }
        if (!is_lucky && world_pick(world, 4) == 0)
            person_acts(world); /* while it is in flight */
        server_do(world, wish);
        if (!is_lucky && world_pick(world, 4) == 0)
            person_acts(world);
        if (luck == 2) { /* kill -9 before the answer was noted */
            check(intent_reset_in_flight(world->db, world->fixture->account, 0, &error), error);
            return;
        }
        check(intent_settled(world->db, wish->id, &error), error);
    }
}

/* --- the person --- */

static int64_t placement_pick(struct world *world)
{
    int64_t id = 0;
    GError *error = NULL;
    int64_t folder_id = world->folders[world_pick(world, FOLDERS)];
    check(store_number(world->db, &id, &error, "SELECT id FROM placements WHERE folder_id = ? ORDER BY (id * 7919 + ?) % 101 LIMIT 1",
                       NUM(folder_id), NUM(world_pick(world, 101))),
          error);
    return id;
}

static void person_acts(struct world *world)
{
    int64_t ids[3] = { placement_pick(world), placement_pick(world), placement_pick(world) };
    size_t count = (size_t)(1 + world_pick(world, 3));
    static const unsigned flags[] = { MESSAGE_SEEN, MESSAGE_FLAGGED, MESSAGE_ANSWERED };
    unsigned add = flags[world_pick(world, 3)], remove = flags[world_pick(world, 3)];
    GError *error = NULL;
    g_autofree char *words = NULL;
    int64_t target = world->folders[world_pick(world, FOLDERS)];
    switch (world_pick(world, 9)) {
    case 0:
    case 1:
        check(intent_flags(world->db, ids, count, add, 0, &error) != 0, error);
        break;
    case 2:
        check(intent_flags(world->db, ids, count, 0, remove, &error) != 0, error);
        break;
    case 3:
    case 4:
        check(intent_move(world->db, ids, count, target, &error) != 0, error);
        break;
    case 5:
        check(intent_copy(world->db, ids, 1, target, &error) != 0, error);
        break;
    case 6:
        if (world_pick(world, 4) == 0)
            check(intent_delete(world->db, ids, 1, true, &error) != 0, error);
        break;
    case 7:
        if (!undo_last(world->db, &words, &error) && error != NULL)
            assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING));
        break;
    default:
        if (!redo_last(world->db, &words, &error) && error != NULL)
            assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING));
    }
    g_clear_error(&error);
}

/* --- other clients --- */

static void others_act(struct world *world, bool may_change_uidvalidity)
{
    struct server *server = &world->server;
    int box = world_pick(world, FOLDERS);
    guint count = server->boxes[box]->len;
    if (world_pick(world, 2) == 0 || count == 0) {
        if (server->names < 200)
            server_add(server, box, server->names++, 0);
        return;
    }
    struct mail *mail = &g_array_index(server->boxes[box], struct mail, (guint)world_pick(world, (int)count));
    struct mail copy = *mail;
    if (world_pick(world, 2) == 0) {
        mail->flags ^= MESSAGE_SEEN;
    } else if (world_pick(world, 2) == 0) {
        server_remove(server, box, copy.uid);
        server_add(server, world_pick(world, FOLDERS), copy.name, copy.flags);
    } else if (may_change_uidvalidity && world_pick(world, 10) == 0) {
        server->uidvalidity[box]++;
        for (guint i = 0; i < count; i++)
            g_array_index(server->boxes[box], struct mail, i).uid = i + 1;
        server->uidnext[box] = count + 1;
    }
}

static void world_step(struct world *world, bool may_change_uidvalidity)
{
    switch (world_pick(world, 6)) {
    case 0:
        others_act(world, may_change_uidvalidity);
        break;
    case 1:
        sync_box(world, world_pick(world, FOLDERS), world_pick(world, 2) == 0);
        break;
    case 2:
        worker_runs(world, false);
        break;
    default:
        person_acts(world);
    }
}

/* What was moved away here must not come back while the server has not heard of it, whatever a sync brings. */
static void nothing_comes_back(struct world *world)
{
    assert_int_equal(fixture_number(world->db, "SELECT count(*) FROM placements AS p JOIN intents AS i ON i.folder_id = p.folder_id AND"
                                               " i.uid = p.uid JOIN folders AS f ON f.id = p.folder_id AND f.uidvalidity = i.uidvalidity"
                                               " WHERE p.uid > 0 AND i.type IN (1, 3) AND i.placement_id <> p.id"),
                     0);
}

/* --- in the end --- */

static char *local_view(struct world *world, int box)
{
    g_autoptr(GString) view = g_string_new(NULL);
    GError *error = NULL;
    g_autoptr(sqlite3_stmt) row =
        store_select(world->db, &error,
                     "SELECT m.date_utc - 1000, p.flags, p.uid FROM placements AS p JOIN messages AS m ON m.id = p.message_id"
                     " WHERE p.folder_id = ? ORDER BY p.uid",
                     NUM(world->folders[box]));
    while (store_step(world->db, row, &error))
        g_string_append_printf(view, "%d:m%d/%d ", sqlite3_column_int(row, 2), sqlite3_column_int(row, 0), sqlite3_column_int(row, 1));
    return g_string_free(g_steal_pointer(&view), FALSE);
}

static char *server_view(struct world *world, int box)
{
    g_autoptr(GString) view = g_string_new(NULL);
    for (uint32_t uid = 1; uid < world->server.uidnext[box]; uid++) {
        const struct mail *mail = server_find(&world->server, box, uid);
        if (mail != NULL)
            g_string_append_printf(view, "%u:m%d/%u ", mail->uid, mail->name, mail->flags);
    }
    return g_string_free(g_steal_pointer(&view), FALSE);
}

static void world_settles(struct world *world)
{
    GError *error = NULL;
    check(intent_reset_in_flight(world->db, world->fixture->account, 0, &error), error);
    for (int round = 0; round < 500 && intent_count(world->db, 0) > 0; round++) {
        for (int box = 0; box < FOLDERS; box++)
            sync_box(world, box, true);
        worker_runs(world, true);
    }
    assert_int_equal(intent_count(world->db, 0), 0);
    for (int round = 0; round < 2; round++)
        for (int box = 0; box < FOLDERS; box++)
            sync_box(world, box, true);
    fixture_recount(world->db);
    for (int box = 0; box < FOLDERS; box++) {
        g_autofree char *here = local_view(world, box), *there = server_view(world, box);
        assert_string_equal(here, there);
    }
    assert_int_equal(fixture_number(world->db, "SELECT count(*) FROM placements WHERE folder_id = 0 OR uid = 0"), 0);
}

static void nothing_is_lost(struct world *world)
{
    for (int name = 0; name < world->server.names; name++) {
        bool is_there = world->server.is_deleted[name];
        for (int box = 0; box < FOLDERS; box++)
            for (guint i = 0; i < world->server.boxes[box]->len; i++)
                is_there |= g_array_index(world->server.boxes[box], struct mail, i).name == name;
        if (!is_there)
            fail_msg("message %d is nowhere", name);
    }
}

static void run_seed(struct fixture *fixture, guint32 seed, bool has_uidplus, bool may_change_uidvalidity)
{
    struct world world = { .fixture = fixture, .db = fixture->db, .random = g_rand_new_with_seed(seed) };
    int64_t folders[FOLDERS] = { fixture->inbox, fixture->archive, fixture->trash, fixture->sent };
    memcpy(world.folders, folders, sizeof folders);
    world.server.has_uidplus = has_uidplus;
    world.server.is_deleted = g_new0(bool, 256);
    for (int i = 0; i < FOLDERS; i++) {
        world.server.boxes[i] = g_array_new(FALSE, FALSE, sizeof(struct mail));
        world.server.uidnext[i] = 1;
        world.server.uidvalidity[i] = 7;
    }
    for (int i = 0; i < 20; i++)
        server_add(&world.server, world_pick(&world, FOLDERS), world.server.names++, 0);
    for (int step = 0; step < STEPS; step++) {
        world_step(&world, may_change_uidvalidity);
        nothing_comes_back(&world);
        if (step % 5 == 0)
            fixture_recount(world.db);
    }
    world_settles(&world);
    nothing_is_lost(&world);
    for (int i = 0; i < FOLDERS; i++)
        g_array_unref(world.server.boxes[i]);
    g_free(world.server.is_deleted);
    g_rand_free(world.random);
}

static void run_seeds(bool has_uidplus, bool may_change_uidvalidity)
{
    /* POSTERN_TEST_SEEDS=1-500 looks longer; the seed is in the way of nothing else. */
    const char *wish = g_getenv("POSTERN_TEST_SEEDS");
    guint32 first = 1, last = SEEDS;
    if (wish != NULL && sscanf(wish, "%u-%u", &first, &last) != 2)
        last = first;
    for (guint32 seed = first; seed <= last; seed++) {
        void *state;
        fixture_setup(&state);
        run_seed(state, seed, has_uidplus, may_change_uidvalidity);
        fixture_teardown(&state);
    }
}

static void store_and_server_agree_in_the_end(void **state)
{
    (void)state;
    run_seeds(true, false);
}

static void they_agree_without_uidplus(void **state)
{
    (void)state;
    run_seeds(false, false);
}

static void they_agree_when_uidvalidity_changes(void **state)
{
    (void)state;
    run_seeds(true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(store_and_server_agree_in_the_end),
        cmocka_unit_test(they_agree_without_uidplus),
        cmocka_unit_test(they_agree_when_uidvalidity_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
