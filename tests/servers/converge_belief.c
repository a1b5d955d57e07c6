/* SPDX-License-Identifier: MIT */
/* What each side of test_converge believes of what only it moves: its journal, and the other client's deeds. */
#include "tests/servers/converge_belief.h"
#include "tests/servers/converge_person.h"

struct journal {
    GHashTable *beliefs;                                    /* token → "folder:flags,…" of Seen and Flagged */
    GHashTable *copies, *deletions, *moves, *strays, *puts; /* token → count */
    guint redone, folder_deletions;
    GString *complaints; /* about what nobody else touches */
};

static void count_up(GHashTable *counts, const char *token)
{
    g_hash_table_insert(counts, g_strdup(token), GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(counts, token)) + 1));
}

static guint count_in(GHashTable *counts, const char *token)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(counts, token));
}

static void journal_line(struct journal *self, char *line)
{
    char *tab = strchr(line, '\t');
    switch (line[0] != '\0' && (line[1] == ' ' || line[1] == '\0') ? line[0] : 0) {
    case 'A':
        g_hash_table_remove_all(self->beliefs);
        break;
    case 'B':
        *tab = '\0';
        g_hash_table_insert(self->beliefs, g_strdup(line + 2), g_strdup(tab + 1));
        break;
    case 'C':
        count_up(self->copies, line + 2);
        break;
    case 'D':
        count_up(self->deletions, line + 2);
        break;
    case 'M':
        count_up(self->moves, line + 2);
        break;
    case 'P':
        count_up(self->puts, line + 2);
        break;
    case 'V':
        count_up(self->strays, line + 2);
        count_up(self->moves, line + 2);
        break;
    case 'R':
        self->redone++;
        break;
    case 'F':
        self->folder_deletions++;
        break;
    case 'X':
        if (strstr(line, "c0-") != NULL || strstr(line, "c4-") != NULL || strstr(line, "c5-") != NULL)
            g_string_append_printf(self->complaints, "%s\n", line + 2);
        break;
    default:
        break;
    }
}

static void journal_read(struct world *self, struct journal *journal)
{
    g_autofree char *path = g_build_filename(self->home, "journal", NULL), *text = NULL;
    GHashTable **tables[] = { &journal->copies, &journal->deletions, &journal->moves, &journal->strays, &journal->puts };
    *journal = (struct journal){ .complaints = g_string_new(NULL) };
    journal->beliefs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        *tables[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_file_get_contents(path, &text, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        journal_line(journal, *line);
}

static void journal_clear(struct journal *self)
{
    g_hash_table_unref(self->beliefs);
    g_hash_table_unref(self->copies);
    g_hash_table_unref(self->deletions);
    g_hash_table_unref(self->moves);
    g_hash_table_unref(self->strays);
    g_hash_table_unref(self->puts);
    g_string_free(self->complaints, TRUE);
}

/* "folder:flags,…" of what the server has; kept: the flags that count. is_number: as the person writes them down. */
static char *server_state(GPtrArray *places, const char *const *kept, bool is_number)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; places != NULL && i < places->len; i++) {
        const char *place = g_ptr_array_index(places, i), *colon = strchr(place, ':');
        g_autoptr(GString) flags = g_string_new(NULL);
        int number = 0;
        for (const char *const *flag = kept; *flag != NULL; flag++) {
            if (strstr(colon, *flag) == NULL)
                continue;
            g_string_append_printf(flags, "%s%s", flags->len > 0 ? " " : "", *flag);
            number |= strcmp(*flag, "\\Seen") == 0 ? 1 : 4;
        }
        if (is_number)
            g_string_printf(flags, "%d", number);
        if (!is_number || strstr(colon, "\\Deleted") == NULL) /* what is left marked where nothing else can be done is gone */
            g_ptr_array_add(list, g_strdup_printf("%.*s:%s", (int)(colon - place), place, flags->str));
    }
    g_ptr_array_sort(list, person_by_text);
    g_ptr_array_add(list, NULL);
    return g_strjoinv(",", (char **)list->pdata);
}

static void check_own(struct world *self, struct journal *journal, struct found *found, const char *token)
{
    static const char *const kept[] = { "\\Seen", "\\Flagged", NULL };
    g_autofree char *is = server_state(g_hash_table_lookup(found->places, token), kept, true);
    const char *believed = g_hash_table_lookup(journal->beliefs, token);
    const struct deed *deed = g_hash_table_lookup(self->other.deeds, token);
    g_autofree char *home = deed != NULL ? g_strndup(deed->place, strcspn(deed->place, ":")) : NULL;
    g_autofree char *initial = g_strdup_printf("%s:0", home != NULL ? found_name(home) : "");
    if (believed == NULL && (deed == NULL || count_in(journal->deletions, token) > 0))
        believed = ""; /* not known to the one who was killed: it was not there any more */
    if (strcmp(believed != NULL ? believed : initial, is) != 0)
        world_fail(self, "%s should be \"%s\" and is \"%s\"", token, believed != NULL ? believed : initial, is);
}

static void check_theirs(struct world *self, struct found *found, const char *token, const struct deed *deed)
{
    static const char *const kept[] = { "\\Answered", "\\Deleted", "bmark", NULL };
    g_autofree char *is = server_state(g_hash_table_lookup(found->places, token), kept, false);
    const char *colon = strchr(deed->place, ':');
    g_autofree char *folder = colon != NULL ? g_strndup(deed->place, (gsize)(colon - deed->place)) : NULL;
    g_autofree char *should = folder != NULL ? g_strconcat(found_name(folder), colon, NULL) : g_strdup("");
    if (strcmp(should, is) != 0)
        world_fail(self, "%s should be \"%s\", for only the other client moves it, and is \"%s\"", token, should, is);
}

static void check_shared(struct world *self, struct journal *journal, struct found *found, const char *token, const struct deed *deed)
{
    const GPtrArray *places = g_hash_table_lookup(found->places, token);
    guint count = 0;
    for (guint i = 0; places != NULL && i < places->len; i++)
        count += strstr(g_ptr_array_index(places, i), "\\Deleted") == NULL;
    bool may_go =
        deed->deletions > 0 || count_in(journal->deletions, token) > 0 || deed->volatile_moves > 0 || count_in(journal->strays, token) > 0;
    guint least = may_go ? 0 : 1, most = 1 + deed->copies + count_in(journal->copies, token) + journal->redone +
                                         (count_in(journal->moves, token) > 0 ? deed->moves : 0);
    if (count < least || count > most)
        world_fail(self, "%s is there %u times, and should be %u to %u times", token, count, least, most);
}

void belief_check(struct world *self, struct found *found)
{
    struct journal journal;
    GHashTableIter each;
    gpointer token, deed;
    journal_read(self, &journal);
    if (journal.complaints->len > 0)
        world_fail(self, "refused though nobody else touches it:\n%s", journal.complaints->str);
    g_hash_table_iter_init(&each, self->other.deeds);
    while (g_hash_table_iter_next(&each, &token, &deed)) {
        char class = ((const char *)token)[1];
        if (class == '0' || class == '4')
            check_own(self, &journal, found, token);
        else if (class == '2')
            check_shared(self, &journal, found, token, deed);
        else
            check_theirs(self, found, token, deed);
    }
    g_hash_table_iter_init(&each, journal.puts);
    while (g_hash_table_iter_next(&each, &token, &deed))
        check_own(self, &journal, found, token);
    journal_clear(&journal);
}
