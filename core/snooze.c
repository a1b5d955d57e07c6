/* SPDX-License-Identifier: MIT */
/* Sending mail away until a time, and bringing it back. */
#include "core/snooze.h"
#include "core/intent_private.h"
#include "core/store_role.h"
#include "core/tag.h"
#include "core/when.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#define PREFIX      "postern-snooze-"
#define MARK        "$Snoozed"
#define MARK_KEPT_S (7 * 86400) /* so long a message says that it came back; then the word goes, so that servers do not collect them */

/* --- the time in a keyword --- */

char *snooze_keyword(int64_t until_utc)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(until_utc + 59); /* whole minutes, never earlier */
    return when != NULL ? g_date_time_format(when, PREFIX "%Y%m%dT%H%MZ") : NULL;
}

static int64_t time_of(const char *word)
{
    int year, month, day, hour, minute, length = 0;
    if (g_ascii_strncasecmp(word, PREFIX, strlen(PREFIX)) != 0)
        return 0;
    word += strlen(PREFIX);
    if (strlen(word) != 14 || sscanf(word, "%4d%2d%2d%*1[Tt]%2d%2d%*1[Zz]%n", &year, &month, &day, &hour, &minute, &length) != 5 ||
        length != 14)
        return 0;
    g_autoptr(GDateTime) when = g_date_time_new_utc(year, month, day, hour, minute, 0);
    return when != NULL ? MAX(g_date_time_to_unix(when), 1) : 0;
}

int64_t snooze_time(const char *keywords)
{
    int64_t latest = 0;
    g_auto(GStrv) words = g_strsplit(keywords != NULL ? keywords : "", " ", -1);
    for (char **word = words; *word != NULL; word++)
        latest = MAX(latest, time_of(*word));
    return latest;
}

/* All of them, of a message: one that is put off again has another time. NULL: none; caller frees. */
static char *words_of_times(const char *keywords)
{
    g_auto(GStrv) words = g_strsplit(keywords != NULL ? keywords : "", " ", -1);
    char *list = NULL;
    for (char **word = words; *word != NULL; word++) {
        if (time_of(*word) == 0)
            continue;
        char *longer = tag_list_change(list, *word, NULL);
        g_free(list);
        list = longer;
    }
    return list;
}

/* --- the folder --- */

static bool is_named(const struct folder *box)
{
    const char *last = box->delimiter != '\0' ? strrchr(box->name, box->delimiter) : NULL;
    return g_ascii_strcasecmp(last != NULL ? last + 1 : box->name, SNOOZE_FOLDER) == 0 &&
           !(box->flags & (FOLDER_IS_NOSELECT | FOLDER_IS_GONE));
}

/* Where the last one was put: it counts as that folder whatever another program calls it later. */
static char *place_key(int64_t account_id)
{
    return g_strdup_printf("snooze-folder:%" G_GINT64_FORMAT, account_id);
}

static int64_t place_known(store *db, int64_t account_id)
{
    g_autofree char *key = place_key(account_id), *value = store_get_meta(db, key);
    return value != NULL ? g_ascii_strtoll(value, NULL, 10) : 0;
}

static bool place_note(store *db, int64_t account_id, int64_t folder_id, GError **error)
{
    g_autofree char *key = place_key(account_id), *value = g_strdup_printf("%" G_GINT64_FORMAT, folder_id);
    return place_known(db, account_id) == folder_id || store_set_meta(db, key, value, error);
}

/* By itself: it is a part of the action that needs it, which undo takes back. */
static int64_t make_folder(store *db, int64_t account_id, GError **error)
{
    struct folder box = { .account_id = account_id, .wire = (char *)"", .flags = FOLDER_IS_SUBSCRIBED };
    g_autofree char *name = store_role_name_at_home(db, account_id, SNOOZE_FOLDER, &box.delimiter);
    box.name = name;
    if (name != NULL)
        return intent_folder_apply_create(db, &box, error) ? box.id : 0;
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER,
                _("The folders of this account are not known yet, so there is no %s to put it into. Try again when it has been online."),
                SNOOZE_FOLDER);
    return 0;
}

static int64_t folder_of(store *db, int64_t account_id, GError **error)
{
    g_autoptr(GPtrArray) folders = store_folders(db, account_id, error);
    for (guint i = 0; folders != NULL && i < folders->len; i++) {
        const struct folder *box = g_ptr_array_index(folders, i);
        if (is_named(box))
            return box->id;
    }
    return folders != NULL ? make_folder(db, account_id, error) : 0;
}

static int64_t inbox_of(store *db, int64_t account_id, GError **error)
{
    g_autoptr(folder) box = store_folder_by_role(db, account_id, FOLDER_INBOX, error);
    return box != NULL ? box->id : 0;
}

/* --- by a person --- */

int64_t snooze_set(store *db, const int64_t *placements, size_t count, int64_t until_utc, GError **error)
{
    g_autofree char *word = snooze_keyword(until_utc), *add = g_strdup_printf("%s " MARK, word);
    if (!store_begin(db, error))
        return 0;
    int64_t action = intent_tag_and_move_open(db, ACTION_SNOOZE, add, error);
    size_t changed = 0;
    bool is_done = action != 0;
    for (size_t i = 0; is_done && i < count; i++) {
        g_autoptr(placement) place = store_placement(db, placements[i], NULL);
        if (place == NULL)
            continue;
        g_autofree char *old = words_of_times(place->keywords);
        g_autofree char *remove = tag_list_change(old, NULL, word);
        int64_t folder = folder_of(db, place->account_id, error);
        is_done = folder != 0 && place_note(db, place->account_id, folder, error) &&
                  intent_tag_and_move(db, action, place->id, add, remove, folder, &changed, error);
    }
    is_done = is_done && action_close(db, action, changed, error);
    return store_end(db, is_done, error) ? action : 0;
}

int64_t snooze_end(store *db, const int64_t *placements, size_t count, GError **error)
{
    if (!store_begin(db, error))
        return 0;
    int64_t action = intent_tag_and_move_open(db, ACTION_UNSNOOZE, NULL, error);
    size_t changed = 0;
    bool is_done = action != 0;
    for (size_t i = 0; is_done && i < count; i++) {
        g_autoptr(placement) place = store_placement(db, placements[i], NULL);
        if (place == NULL)
            continue;
        g_autofree char *times = words_of_times(place->keywords), *remove = tag_list_change(times, MARK, NULL);
        int64_t folder = inbox_of(db, place->account_id, error);
        is_done = folder != 0 && intent_tag_and_move(db, action, place->id, NULL, remove, folder, &changed, error);
    }
    is_done = is_done && action_close(db, action, changed, error);
    return store_end(db, is_done, error) ? action : 0;
}

bool snooze_is_asleep(store *db, int64_t placement_id)
{
    g_autoptr(placement) place = store_placement(db, placement_id, NULL);
    return place != NULL && tag_list_has(place->keywords, MARK) && snooze_time(place->keywords) > 0;
}

/* --- by the clock --- */

struct sleeper {
    int64_t placement_id, folder_id, account_id, sort_key;
    enum folder_role role;
    unsigned flags;
    char *keywords;
};

static void sleeper_free(gpointer data)
{
    struct sleeper *self = data;
    g_free(self->keywords);
    g_free(self);
}

static GPtrArray *sleepers(store *db, GError **error)
{
    GError *failure = NULL;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(sleeper_free);
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error,
                     "SELECT p.id, p.folder_id, f.account_id, p.sort_key, f.role, p.flags, p.keywords FROM placements AS p"
                     " CROSS JOIN folders AS f ON f.id = p.folder_id WHERE instr(lower(p.keywords), '" PREFIX "') > 0");
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure)) {
        struct sleeper *self = g_new0(struct sleeper, 1);
        *self = (struct sleeper){ .placement_id = sqlite3_column_int64(row, 0),
                                  .folder_id = sqlite3_column_int64(row, 1),
                                  .account_id = sqlite3_column_int64(row, 2),
                                  .sort_key = sqlite3_column_int64(row, 3),
                                  .role = (enum folder_role)sqlite3_column_int(row, 4),
                                  .flags = (unsigned)sqlite3_column_int(row, 5),
                                  .keywords = store_column_dup(row, 6) };
        g_ptr_array_add(list, self);
    }
    if (failure == NULL)
        return g_steal_pointer(&list);
    g_propagate_error(error, failure);
    return NULL;
}

/* Back where it was, unread, and the newest. */
static bool wake(store *db, const struct sleeper *self, int64_t until_utc, int64_t *inbox_out, GError **error)
{
    g_autofree char *words = NULL;
    struct action_item item;
    bool is_changed;
    *inbox_out = inbox_of(db, self->account_id, error);
    return *inbox_out != 0 && intent_apply_keywords(db, 0, self->placement_id, NULL, MARK, &words, error) &&
           intent_apply_flags(db, 0, self->placement_id, 0, MESSAGE_SEEN, &item, &is_changed, error) &&
           intent_apply_move(db, 0, self->placement_id, *inbox_out, &item, &is_changed, error) &&
           store_run(db, error, "UPDATE placements SET sort_key = max(sort_key, ?) WHERE id = ?", NUM(store_sort_key(until_utc, 0)),
                     NUM(self->placement_id));
}

/* Archived, filed or thrown away meanwhile, here or elsewhere: somebody has dealt with it, and it stays there. */
static bool is_dealt_with(store *db, const struct sleeper *self)
{
    if (self->role == FOLDER_INBOX || self->folder_id == place_known(db, self->account_id))
        return false;
    g_autoptr(folder) box = store_folder(db, self->folder_id, NULL);
    return box != NULL && !is_named(box);
}

static bool forget(store *db, const struct sleeper *self, bool *is_changed, GError **error)
{
    g_autofree char *times = words_of_times(self->keywords), *all = tag_list_change(times, MARK, NULL), *words = NULL;
    *is_changed = true;
    return intent_apply_keywords(db, 0, self->placement_id, NULL, all, &words, error);
}

/* Woken by another computer, or some time ago. */
static bool look_after(store *db, const struct sleeper *self, int64_t until_utc, int64_t now_utc, bool *is_changed, GError **error)
{
    int64_t key = store_sort_key(until_utc, 0);
    bool is_over = now_utc - until_utc > MARK_KEPT_S;
    if (is_over) {
        g_autofree char *times = words_of_times(self->keywords), *words = NULL;
        *is_changed = true;
        return intent_apply_keywords(db, 0, self->placement_id, NULL, times, &words, error);
    }
    *is_changed = self->role == FOLDER_INBOX && self->sort_key < key;
    return !*is_changed || store_run(db, error, "UPDATE placements SET sort_key = ? WHERE id = ?", NUM(key), NUM(self->placement_id));
}

typedef void told(void *data, int64_t account_id, int64_t folder_id, int64_t placement_id);

static bool step(store *db, const struct sleeper *self, int64_t now_utc, told *back, void *data, GError **error)
{
    int64_t until_utc = snooze_time(self->keywords), inbox = 0;
    bool is_asleep = tag_list_has(self->keywords, MARK), is_changed = false, wakes;
    if (until_utc == 0 || until_utc > now_utc)
        return true;
    wakes = is_asleep && !is_dealt_with(db, self);
    if (!store_begin(db, error))
        return false;
    bool is_done = wakes       ? wake(db, self, until_utc, &inbox, error)
                   : is_asleep ? forget(db, self, &is_changed, error)
                               : look_after(db, self, until_utc, now_utc, &is_changed, error);
    if (!store_end(db, is_done, error))
        return false;
    if (back != NULL && wakes) {
        back(data, self->account_id, self->folder_id, 0);
        back(data, self->account_id, inbox, self->placement_id);
    } else if (back != NULL && is_changed) {
        back(data, self->account_id, self->folder_id, 0);
    }
    return true;
}

bool snooze_wake_due(store *db, int64_t now_utc, told *back, void *data, GError **error)
{
    g_autoptr(GPtrArray) list = sleepers(db, error);
    if (list == NULL)
        return false;
    for (guint i = 0; i < list->len; i++) {
        if (!step(db, g_ptr_array_index(list, i), now_utc, back, data, error))
            return false;
    }
    return true;
}

int64_t snooze_next(store *db, int64_t now_utc)
{
    int64_t next = 0;
    g_autoptr(GPtrArray) list = sleepers(db, NULL);
    for (guint i = 0; list != NULL && i < list->len; i++) {
        const struct sleeper *self = g_ptr_array_index(list, i);
        int64_t until_utc = snooze_time(self->keywords);
        if (until_utc > now_utc && (next == 0 || until_utc < next) && tag_list_has(self->keywords, MARK))
            next = until_utc;
    }
    return next;
}

/* --- what is offered --- */

static bool is_same_day(int64_t a_utc, int64_t b_utc)
{
    g_autoptr(GDateTime) a = g_date_time_new_from_unix_local(a_utc), b = g_date_time_new_from_unix_local(b_utc);
    return g_date_time_get_year(a) == g_date_time_get_year(b) && g_date_time_get_day_of_year(a) == g_date_time_get_day_of_year(b);
}

static bool is_weekend(int64_t at_utc)
{
    g_autoptr(GDateTime) at = g_date_time_new_from_unix_local(at_utc);
    return g_date_time_get_day_of_week(at) >= G_DATE_SATURDAY;
}

/* In its place among those before it; of two at the same time the first stays. */
static size_t choice_add(struct snooze_choice *choices, size_t count, struct snooze_choice choice)
{
    size_t at = count;
    for (size_t i = 0; i < count; i++)
        if (choices[i].until_utc == choice.until_utc)
            return count;
    for (; at > 0 && choices[at - 1].until_utc > choice.until_utc; at--)
        choices[at] = choices[at - 1];
    choices[at] = choice;
    return count + 1;
}

size_t snooze_choices(int64_t now_utc, struct snooze_choice choices_out[SNOOZE_CHOICES_MAX])
{
    static const struct {
        const char *name, *words;
    } offers[SNOOZE_CHOICES_MAX] = {
        { N_("This evening"), "this evening" }, { N_("Tomorrow morning"), "tomorrow morning" }, { N_("Weekend"), "this weekend" },
        { N_("Next week"), "next week" },       { N_("Later today"), "later today" },
    };
    size_t count = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(offers); i++) {
        struct snooze_choice choice = { .name = offers[i].name };
        if (strcmp(offers[i].words, "this weekend") == 0)
            choice.name = is_weekend(now_utc) ? N_("Next weekend") : N_("This weekend");
        bool is_later = i + 1 == G_N_ELEMENTS(offers), has_evening = count > 0 && choices_out[0].name == offers[0].name;
        if (!when_parse(offers[i].words, now_utc, &choice.until_utc, NULL, NULL) || choice.until_utc <= now_utc)
            continue; /* over for today */
        bool is_too_late = !is_same_day(choice.until_utc, now_utc) || (has_evening && choice.until_utc >= choices_out[0].until_utc);
        if (!is_later || !is_too_late)
            count = choice_add(choices_out, count, choice);
    }
    return count;
}
