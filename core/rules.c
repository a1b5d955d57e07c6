/* SPDX-License-Identifier: MIT */
/* Rules as they are in force: queries parsed once, messages matched without the search index. */
#include "core/rules.h"
#include "core/locate.h"
#include "core/message.h"
#include "core/store_private.h"
#include "core/store_role.h"
#include "core/tag.h"
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX_BYTES ((off_t)64 << 20) /* larger messages are matched by what their headers say */

struct rules {
    GPtrArray *texts; /* of struct rule_text* */
    GPtrArray *all;   /* of struct rule* */
};

static void rule_free(gpointer data)
{
    struct rule *self = data;
    query_node_free(self->query);
    g_free(self->keywords);
    g_free(self->fault);
    g_free(self);
}

void rules_free(rules *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->all);
    g_ptr_array_unref(self->texts);
    g_free(self);
}

guint rules_count(const rules *self)
{
    return self->all->len;
}

const struct rule *rules_at(const rules *self, guint index)
{
    return g_ptr_array_index(self->all, index);
}

bool rule_is_used(const struct rule *rule)
{
    return rule->text->is_on && rule->fault == NULL;
}

/* --- folders --- */

static const struct {
    const char *word;
    enum folder_role role;
} role_words[] = { { "inbox", FOLDER_INBOX }, { "archive", FOLDER_ARCHIVE }, { "junk", FOLDER_JUNK },    { "spam", FOLDER_JUNK },
                   { "trash", FOLDER_TRASH }, { "sent", FOLDER_SENT },       { "drafts", FOLDER_DRAFTS } };

static bool is_meant(const struct folder *box, const char *wanted)
{
    g_autofree char *name = g_utf8_casefold(box->name, -1), *other = g_utf8_casefold(wanted, -1);
    if (box->delimiter != '\0' && box->delimiter != '/')
        g_strdelimit(other, "/", box->delimiter);
    size_t length = strlen(name), tail = strlen(other);
    return strcmp(name, other) == 0 ||
           (tail > 0 && length > tail && name[length - tail - 1] == box->delimiter && strcmp(name + length - tail, other) == 0);
}

int64_t rules_folder(store *db, int64_t account_id, const char *name)
{
    g_autoptr(GPtrArray) folders = store_folders(db, account_id, NULL);
    for (guint i = 0; folders != NULL && i < folders->len; i++) {
        const struct folder *box = g_ptr_array_index(folders, i);
        if (!(box->flags & (FOLDER_IS_NOSELECT | FOLDER_IS_GONE)) && is_meant(box, name))
            return box->id;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(role_words); i++) {
        g_autoptr(folder) box =
            g_ascii_strcasecmp(role_words[i].word, name) == 0 ? store_folder_by_role(db, account_id, role_words[i].role, NULL) : NULL;
        if (box != NULL)
            return box->id;
    }
    return 0;
}

int64_t rules_folder_made(store *db, int64_t account_id, const char *name)
{
    int64_t found = rules_folder(db, account_id, name);
    for (size_t i = 0; found == 0 && i < G_N_ELEMENTS(role_words); i++) {
        if (role_words[i].role != FOLDER_INBOX && g_ascii_strcasecmp(role_words[i].word, name) == 0)
            found = store_role_folder(db, account_id, role_words[i].role, NULL);
    }
    return found;
}

static bool is_role_word(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(role_words); i++) {
        if (g_ascii_strcasecmp(role_words[i].word, name) == 0)
            return true;
    }
    return false;
}

/* --- reading --- */

static void fail(struct rule *rule, char *words /* taken */)
{
    if (rule->fault == NULL)
        rule->fault = words;
    else
        g_free(words);
}

static void read_tags(struct rule *rule)
{
    g_auto(GStrv) names = g_strsplit(rule->text->tag != NULL ? rule->text->tag : "", ",", -1);
    for (char **name = names; *name != NULL; name++) {
        g_autoptr(GError) why = NULL;
        g_autofree char *keyword = tag_keyword(*name, &why);
        char *longer = keyword != NULL ? tag_list_change(rule->keywords, keyword, NULL) : NULL;
        if (keyword == NULL) {
            fail(rule, g_strdup_printf("tag = %s: %s", *name, why->message));
            return;
        }
        g_free(rule->keywords);
        rule->keywords = longer;
    }
}

/* Where the mailbox of an account is not known yet, nothing can be said of it. */
static bool has_folders(store *db, int64_t account_id)
{
    g_autoptr(GPtrArray) folders = store_folders(db, account_id, NULL);
    return folders != NULL && folders->len > 0;
}

/* Whether an account has it; *is_seen: its folders are known at all. */
static bool account_has(store *db, int64_t account_id, const char *name, bool *is_seen)
{
    *is_seen |= has_folders(db, account_id);
    return rules_folder(db, account_id, name) != 0;
}

static bool any_account_has(store *db, const char *name, bool *is_seen)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    {
        g_autoptr(sqlite3_stmt) row = store_select(db, NULL, "SELECT id FROM accounts");
        while (row != NULL && store_step(db, row, NULL)) {
            int64_t id = sqlite3_column_int64(row, 0);
            g_array_append_val(ids, id);
        }
    }
    for (guint i = 0; i < ids->len; i++) {
        if (account_has(db, g_array_index(ids, int64_t, i), name, is_seen))
            return true;
    }
    return false;
}

/* In the account that is named; without one it is enough that some account has the folder. */
static void look_for_places(struct rule *rule, store *db)
{
    int64_t account = 0;
    bool is_seen = false, is_there = true;
    const char *move = rule->text->move;
    if (rule->text->account != NULL)
        store_number(db, &account, NULL, "SELECT id FROM accounts WHERE key = ?", TXT(rule->text->account));
    if (rule->text->account != NULL && account == 0) {
        fail(rule, g_strdup_printf(_("There is no account “%s”."), rule->text->account));
        return;
    }
    if (move != NULL && !is_role_word(move)) /* those are made where there are none */
        is_there = account != 0 ? account_has(db, account, move, &is_seen) : any_account_has(db, move, &is_seen);
    if (!is_there && is_seen)
        fail(rule, g_strdup_printf(_("There is no folder “%s”."), move));
    g_auto(GStrv) names = g_strsplit(rule->text->folder != NULL ? rule->text->folder : "", ",", -1);
    for (char **name = names; *name != NULL; name++) {
        is_seen = false;
        if (*g_strstrip(*name) == '\0' || strcmp(*name, "*") == 0 || is_role_word(*name))
            continue;
        is_there = account != 0 ? account_has(db, account, *name, &is_seen) : any_account_has(db, *name, &is_seen);
        if (!is_there && is_seen)
            fail(rule, g_strdup_printf(_("There is no folder “%s”."), *name));
    }
}

static struct rule *read_rule(store *db, const struct rule_text *text)
{
    struct rule *rule = g_new0(struct rule, 1);
    g_autoptr(GError) why = NULL;
    rule->text = text;
    rule->fault = g_strdup(text->fault);
    if (text->match != NULL) {
        rule->query = query_language_parse(text->match, store_now_utc(), &rule->spot, &why);
        rule->has_spot = rule->query == NULL;
        if (rule->query == NULL)
            fail(rule, g_strdup(why->message));
    }
    read_tags(rule);
    if (db != NULL && rule->fault == NULL)
        look_for_places(rule, db);
    return rule;
}

rules *rules_load(store *db, const char *path, GError **error)
{
    GPtrArray *texts = rule_file_load(path, error);
    if (texts == NULL)
        return NULL;
    rules *self = g_new0(rules, 1);
    self->texts = texts;
    self->all = g_ptr_array_new_with_free_func(rule_free);
    for (guint i = 0; i < texts->len; i++)
        g_ptr_array_add(self->all, read_rule(db, g_ptr_array_index(texts, i)));
    return self;
}

/* --- messages --- */

static char *names_of_parts(const message *parsed)
{
    const GPtrArray *parts = message_parts(parsed);
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        if (part->filename != NULL)
            g_string_append_printf(names, "%s ", part->filename);
    }
    return g_string_free(names, FALSE);
}

/* False: its bytes are not on this computer. */
static bool read_text(store *db, const struct placement *place, char **text_out, char **names_out)
{
    struct stat about;
    g_autofree char *path = locate_message(db, place);
    if (path == NULL)
        return false;
    g_autoptr(message) parsed = stat(path, &about) == 0 && about.st_size <= FILE_MAX_BYTES ? message_load(path, NULL) : NULL;
    if (parsed == NULL) { /* too large, or no longer to be read: it will not get better by waiting */
        *text_out = g_strdup("");
        *names_out = g_strdup("");
        return true;
    }
    struct text *shown = message_text(parsed, MESSAGE_VIEW_BEST);
    *text_out = text_plain(shown);
    *names_out = names_of_parts(parsed);
    text_free(shown);
    return true;
}

static query_subject *subject_of(store *db, const struct placement *place, bool is_with_text)
{
    g_autofree char *text = NULL, *names = NULL, *addresses = NULL;
    g_autoptr(folder) box = store_folder(db, place->folder_id, NULL);
    g_autoptr(sqlite3_stmt) row = store_select(db, NULL, "SELECT addresses FROM accounts WHERE id = ?", NUM(place->account_id));
    if (row != NULL && store_step(db, row, NULL))
        addresses = store_column_dup(row, 0);
    if (is_with_text)
        read_text(db, place, &text, &names);
    return query_subject_new(place, box != NULL ? (int)box->role : FOLDER_NONE, box != NULL ? box->delimiter : '\0', addresses, text,
                             names);
}

/* Nothing arrives in the others; what is in them was put there by a person. */
static bool is_arrival_role(enum folder_role role)
{
    return role == FOLDER_NONE || role == FOLDER_INBOX || role == FOLDER_ARCHIVE || role == FOLDER_JUNK;
}

static bool is_named(const struct folder *box, const char *name)
{
    if (strcmp(name, "*") == 0)
        return is_arrival_role(box->role);
    for (size_t i = 0; i < G_N_ELEMENTS(role_words); i++)
        if (role_words[i].role == box->role && g_ascii_strcasecmp(role_words[i].word, name) == 0)
            return true;
    return is_meant(box, name);
}

bool rule_is_for_folder(const struct rule *rule, const struct folder *box)
{
    if (rule->text->folder == NULL)
        return box->role == FOLDER_INBOX;
    g_auto(GStrv) names = g_strsplit(rule->text->folder, ",", -1);
    for (char **name = names; *name != NULL; name++)
        if (*g_strstrip(*name) != '\0' && is_named(box, *name))
            return true;
    return false;
}

static bool is_for(const struct rule *rule, const struct placement *place)
{
    return rule->text->account == NULL || g_strcmp0(rule->text->account, place->account_key) == 0;
}

/* Headers first: the text is read only where it decides. */
static enum query_answer ask(const struct rule *rule, store *db, const struct placement *place, query_subject **heads,
                             query_subject **whole)
{
    if (*heads == NULL)
        *heads = subject_of(db, place, false);
    enum query_answer found = query_match(rule->query, *heads);
    if (found != QUERY_UNKNOWN)
        return found;
    if (*whole == NULL)
        *whole = subject_of(db, place, true);
    return query_match(rule->query, *whole);
}

void rules_verdict_clear(struct rules_verdict *verdict)
{
    g_clear_pointer(&verdict->hits, g_array_unref);
}

void rules_judge(const rules *self, store *db, const struct placement *place, unsigned how, struct rules_verdict *out)
{
    g_autoptr(query_subject) heads = NULL, whole = NULL;
    g_autoptr(folder) box = store_folder(db, place->folder_id, NULL);
    *out = (struct rules_verdict){ .hits = g_array_new(FALSE, FALSE, sizeof(guint)) };
    for (guint i = 0; i < self->all->len; i++) {
        const struct rule *rule = rules_at(self, i);
        bool is_anywhere = (how & RULES_ANYWHERE) && rule->text->folder == NULL;
        if (!rule_is_used(rule) || !is_for(rule, place) || (!is_anywhere && (box == NULL || !rule_is_for_folder(rule, box))))
            continue;
        enum query_answer found = ask(rule, db, place, &heads, &whole);
        if (found == QUERY_UNKNOWN && (how & RULES_MAY_WAIT)) {
            out->is_waiting = true;
            return;
        }
        if (found != QUERY_YES)
            continue;
        g_array_append_val(out->hits, i);
        if (rule->text->is_stop)
            break;
    }
}

void rules_try_all(const rules *self, store *db, const struct placement *place, enum query_answer *answers)
{
    g_autoptr(query_subject) heads = NULL, whole = NULL;
    g_autoptr(folder) box = store_folder(db, place->folder_id, NULL);
    for (guint i = 0; i < self->all->len; i++) {
        const struct rule *rule = rules_at(self, i);
        bool is_here = rule->text->folder == NULL || (box != NULL && rule_is_for_folder(rule, box));
        answers[i] = rule->query == NULL || !is_here || !is_for(rule, place) ? QUERY_NO : ask(rule, db, place, &heads, &whole);
    }
}
