/* SPDX-License-Identifier: MIT */
/* The other client of test_converge. */
#include "tests/servers/converge_other.h"
#include <stdio.h>
#include <string.h>

static const char *const other_stable[] = { "INBOX", "Archive", "Trash", "Projects", "Schl&APw-ssel" };

static void deed_free(gpointer data)
{
    struct deed *deed = data;
    g_free(deed->place);
    g_free(deed->message);
    g_free(deed);
}

void other_tell(struct other *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_string_append_printf(self->story, "%.3f other ", (double)g_get_real_time() / G_USEC_PER_SEC);
    g_string_append_vprintf(self->story, format, arguments);
    g_string_append_c(self->story, '\n');
    va_end(arguments);
}

static struct deed *deed_of(struct other *self, const char *token)
{
    struct deed *deed = g_hash_table_lookup(self->deeds, token);
    if (deed == NULL) {
        deed = g_new0(struct deed, 1);
        g_hash_table_insert(self->deeds, g_strdup(token), deed);
    }
    return deed;
}

void other_open(struct other *self, int port, const char *user, const char *password, guint32 seed)
{
    *self =
        (struct other){ .client = second_open(port, user, password), .random = g_rand_new_with_seed(seed), .story = g_string_new(NULL) };
    self->deeds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, deed_free);
    self->port = port;
    self->user = user;
    self->password = password;
    if (self->client == NULL)
        g_error("no second client");
}

/* A server may hang up on who has a folder open that the person deletes. */
void other_stay(struct other *self)
{
    if (second_do(self->client, "NOOP"))
        return;
    second_free(self->client);
    self->client = second_open(self->port, self->user, self->password);
    if (self->client == NULL)
        g_error("no second client any more");
}

void other_close(struct other *self)
{
    second_free(self->client);
    g_rand_free(self->random);
    g_hash_table_unref(self->deeds);
    g_string_free(self->story, TRUE);
}

/* An empty account with the folders that stay. */
void other_clean(struct other *self)
{
    g_autoptr(GPtrArray) names = second_mailboxes(self->client);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (second_do(self->client, "SELECT \"%s\"", name)) {
            second_do(self->client, "STORE 1:* +FLAGS.SILENT (\\Deleted)");
            second_do(self->client, "CLOSE"); /* also where nothing is in it: what is open must not be deleted */
        }
        if (g_str_has_prefix(name, "a-") || g_str_has_prefix(name, "v-"))
            second_do(self->client, "DELETE \"%s\"", name);
    }
    for (size_t i = 1; i < G_N_ELEMENTS(other_stable); i++) {
        second_do(self->client, "CREATE \"%s\"", other_stable[i]);
        second_do(self->client, "SUBSCRIBE \"%s\"", other_stable[i]);
    }
}

static const char *other_stable_folder(struct other *self)
{
    return other_stable[g_rand_int_range(self->random, 0, G_N_ELEMENTS(other_stable))];
}

/* --- messages --- */
/* Most have a Message-ID of their own; some have none, some share one with another of equal length, some differ in nothing a header tells. */
static char *identity_of(guint number, const char *token)
{
    switch (number % 5) {
    case 3:
        return g_strdup("");
    case 4:
        return g_strdup_printf("Message-ID: <twin-%u@converge>\r\n", number / 10);
    default:
        return g_strdup_printf("Message-ID: <%s@converge>\r\n", token);
    }
}

/* An answer that never came says nothing: asked again, wherever the person may have put it meanwhile. */
static bool other_has(struct other *self, const char *token)
{
    other_stay(self);
    for (size_t i = 0; i < G_N_ELEMENTS(other_stable); i++) {
        if (!second_do(self->client, "EXAMINE \"%s\"", other_stable[i]) || !second_do(self->client, "UID SEARCH HEADER Subject %s", token))
            continue;
        for (guint k = 0; k < second_count(self->client); k++) {
            const char *line = second_line(self->client, k);
            if (g_str_has_prefix(line, "SEARCH ") && g_ascii_isdigit(line[7]))
                return true;
        }
    }
    return false;
}

void other_append(struct other *self)
{
    static const char classes[] = "00011122223444";
    char class = classes[g_rand_int_range(self->random, 0, sizeof classes - 1)];
    guint number = self->appended++;
    g_autofree char *token = g_strdup_printf("c%c-%04u", class, number), *identity = identity_of(number, token);
    const char *folder = other_stable_folder(self);
    struct deed *deed = deed_of(self, token);
    deed->message = g_strdup_printf("From: Bob <bob@example.test>\r\nTo: alice@example.test\r\nSubject: %s\r\n%s"
                                    "Date: Sat, 21 Nov 2026 09:%02u:%02u +0000\r\n\r\nBody of %s.\r\n%.*s\r\n",
                                    token, identity, number / 60 % 60, number % 60, token, (int)(number % 7) * 9,
                                    "123456789 123456789 123456789 123456789 123456789 123456789 123456789 ");
    if (!second_append(self->client, folder, class == '3' ? "(\\Deleted)" : "", deed->message) && !other_has(self, token)) {
        other_tell(self, "append of %s failed: %s", token, second_answer(self->client));
        g_hash_table_remove(self->deeds, token);
        return;
    }
    deed->place = g_strdup_printf("%s:%s", folder, class == '3' ? "\\Deleted" : "");
    other_tell(self, "append %s to %s", token, folder);
}

struct other_message {
    guint32 uid;
    char token[32], folder[64];
    bool is_answered, has_mark, is_deleted;
};

/* One of these classes in a folder that is open then; false: none. */
static bool other_pick(struct other *self, const char *classes, const char *folder, struct other_message *found_out)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct other_message));
    if (!second_do(self->client, "SELECT \"%s\"", folder) ||
        !second_do(self->client, "UID FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
        return false;
    for (guint i = 0; i < second_count(self->client); i++) {
        const char *line = second_line(self->client, i), *uid = strstr(line, "UID "), *subject = strstr(line, "Subject: c");
        if (uid == NULL || subject == NULL || strchr(classes, subject[10]) == NULL)
            continue;
        struct other_message one = { .uid = (guint32)strtoul(uid + 4, NULL, 10),
                                     .is_answered = strstr(line, "\\Answered") != NULL,
                                     .has_mark = strstr(line, "bmark") != NULL,
                                     .is_deleted = strstr(line, "\\Deleted") != NULL };
        g_strlcpy(one.token, subject + 9, MIN(sizeof one.token, strcspn(subject + 9, "\r") + 1));
        g_strlcpy(one.folder, folder, sizeof one.folder);
        if (!one.is_deleted) /* those are on their way, or left for ever */
            g_array_append_val(all, one);
    }
    if (all->len == 0)
        return false;
    *found_out = g_array_index(all, struct other_message, (guint)g_rand_int_range(self->random, 0, (gint32)all->len));
    return true;
}

static void other_note_place(struct other *self, const struct other_message *one, const char *folder)
{
    struct deed *deed = deed_of(self, one->token);
    if (one->token[1] != '1')
        return;
    g_free(deed->place);
    deed->place = g_strdup_printf("%s:%s%s%s", folder, one->is_answered ? "\\Answered" : "", one->is_answered && one->has_mark ? " " : "",
                                  one->has_mark ? "bmark" : "");
}

static void other_flags(struct other *self)
{
    struct other_message one;
    static const char *const words[] = { "\\Answered", "bmark", "\\Flagged", "\\Seen" };
    if (!other_pick(self, "12", other_stable_folder(self), &one))
        return;
    int which = g_rand_int_range(self->random, 0, one.token[1] == '1' ? 2 : 4);
    bool is_add = g_rand_boolean(self->random);
    second_do(self->client, "UID STORE %u %cFLAGS (%s)", one.uid, is_add ? '+' : '-', words[which]);
    if (which == 0)
        one.is_answered = is_add;
    if (which == 1)
        one.has_mark = is_add;
    other_note_place(self, &one, one.folder);
    other_tell(self, "flags %s in %s %c%s", one.token, one.folder, is_add ? '+' : '-', words[which]);
}

/* Did the open folder lose a message by the last command? */
static bool other_lost_one(struct other *self)
{
    for (guint i = 0; i < second_count(self->client); i++) {
        if (g_str_has_suffix(second_line(self->client, i), " EXPUNGE") || g_str_has_prefix(second_line(self->client, i), "VANISHED"))
            return true;
    }
    return false;
}

static void other_move_to(struct other *self, const struct other_message *one, const char *target, bool is_volatile)
{
    struct deed *deed = deed_of(self, one->token);
    if (strcmp(target, one->folder) == 0)
        return;
    bool is_done = second_do(self->client, "UID MOVE %u \"%s\"", one->uid, target);
    other_tell(self, "move %s from %s to %s: %s", one->token, one->folder, target, second_answer(self->client));
    if (!is_done)
        return;
    deed->moves++;
    deed->volatile_moves += is_volatile;
    other_note_place(self, one, target);
}

static void other_move(struct other *self)
{
    struct other_message one;
    if (other_pick(self, "12", other_stable_folder(self), &one))
        other_move_to(self, &one, other_stable_folder(self), false);
}

static void other_copy(struct other *self)
{
    struct other_message one;
    const char *target = other_stable_folder(self);
    if (!other_pick(self, "2", other_stable_folder(self), &one) || !second_do(self->client, "UID COPY %u \"%s\"", one.uid, target))
        return;
    deed_of(self, one.token)->copies++;
    other_tell(self, "copy %s from %s to %s", one.token, one.folder, target);
}

static void other_delete(struct other *self)
{
    struct other_message one;
    if (!other_pick(self, "12", other_stable_folder(self), &one) || !second_do(self->client, "UID STORE %u +FLAGS (\\Deleted)", one.uid))
        return;
    struct deed *deed = deed_of(self, one.token);
    deed->deletions++;
    second_do(self->client, "UID EXPUNGE %u", one.uid);
    other_tell(self, "delete %s from %s: %s", one.token, one.folder, other_lost_one(self) ? "gone" : "was gone");
    if (one.token[1] == '1') {
        g_free(deed->place);
        deed->place = g_strdup("");
    }
}

/* --- folders that come and go --- */
static char *other_volatile(struct other *self)
{
    g_autoptr(GPtrArray) names = second_mailboxes(self->client), some = g_ptr_array_new();
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (g_str_has_prefix(name, "a-") || g_str_has_prefix(name, "v-"))
            g_ptr_array_add(some, (char *)name);
    }
    return some->len == 0 ? NULL : g_strdup(g_ptr_array_index(some, (guint)g_rand_int_range(self->random, 0, (gint32)some->len)));
}

static void other_create(struct other *self)
{
    g_autofree char *name = g_strdup_printf("v-%d", g_rand_int_range(self->random, 0, 1000));
    second_do(self->client, "CREATE \"%s\"", name);
    other_tell(self, "create %s", name);
}

static void other_move_away(struct other *self)
{
    struct other_message one;
    g_autofree char *target = other_volatile(self);
    if (target != NULL && other_pick(self, "2", other_stable_folder(self), &one))
        other_move_to(self, &one, target, true);
}

static void other_move_back(struct other *self)
{
    struct other_message one;
    g_autofree char *source = other_volatile(self);
    if (source != NULL && other_pick(self, "2", source, &one))
        other_move_to(self, &one, other_stable_folder(self), false);
}

static void other_rename(struct other *self)
{
    g_autofree char *from = other_volatile(self), *to = g_strdup_printf("v-r%d", g_rand_int_range(self->random, 0, 1000));
    if (from == NULL)
        return;
    self->folder_deletions++; /* what the person had on the way there has nowhere to go */
    second_do(self->client, "EXAMINE INBOX");
    second_do(self->client, "RENAME \"%s\" \"%s\"", from, to);
    other_tell(self, "rename %s to %s: %s", from, to, second_answer(self->client));
}

static void other_unmake(struct other *self)
{
    g_autofree char *which = other_volatile(self);
    if (which == NULL)
        return;
    self->folder_deletions++;
    second_do(self->client, "EXAMINE INBOX");
    second_do(self->client, "DELETE \"%s\"", which);
    other_tell(self, "unmake %s: %s", which, second_answer(self->client));
}

static const struct {
    void (*act)(struct other *self);
    int weight;
} other_acts[] = { { other_append, 14 }, { other_flags, 20 },    { other_move, 12 },     { other_copy, 4 },   { other_delete, 8 },
                   { other_create, 2 },  { other_move_away, 5 }, { other_move_back, 3 }, { other_rename, 1 }, { other_unmake, 1 } };

void other_act(struct other *self)
{
    int total = 0;
    size_t which = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(other_acts); i++)
        total += other_acts[i].weight;
    int drawn = g_rand_int_range(self->random, 0, total);
    while (drawn >= other_acts[which].weight)
        drawn -= other_acts[which++].weight;
    other_stay(self);
    other_acts[which].act(self);
}
