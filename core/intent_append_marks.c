/* SPDX-License-Identifier: MIT */
/* Flags and tags that wait directly behind an APPEND go in its own list, where the target can keep them: no STORE follows. */
#include "core/intent_private.h"
#include "core/intent_replay_private.h"
#include "core/store_private.h"
#include "core/tag.h"
#include <string.h>

void append_marks_clear(struct append_marks *marks)
{
    g_clear_pointer(&marks->ids, g_array_unref);
    g_clear_pointer(&marks->keywords, g_strfreev);
}

/* As it was told when it was opened; of the one that is open now also each word. */
static bool keeps(imap_session *self, const struct folder *target, const char *keyword)
{
    const struct imap_mailbox *selected = imap_client_mailbox(self->client);
    if ((target->flags & FOLDER_KEEPS_WORDS) != 0)
        return true;
    return self->folder_id == target->id && selected->name != NULL && imap_client_keeps_keyword(self->client, keyword);
}

static bool keeps_all(imap_session *self, const struct folder *target, const char *list)
{
    g_auto(GStrv) words = g_strsplit(list != NULL ? list : "", " ", -1);
    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0' && !keeps(self, target, *word))
            return false;
    }
    return true;
}

/* Up to the first row that is something else, or was tried. */
static GPtrArray *waiting_marks(store *db, const struct intent *append)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func((GDestroyNotify)intent_free);
    for (int64_t behind = append->id;;) {
        g_autoptr(intent) next = NULL;
        if (!intent_find(db, &next, NULL,
                         "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE (i.placement_id = ?1 OR i.source_id = ?1) AND i.id > ?2"
                         " ORDER BY i.id LIMIT 1",
                         STORE_VALUES(NUM(append->placement_id), NUM(behind))) ||
            next == NULL || (next->type != INTENT_FLAGS && next->type != INTENT_KEYWORDS) || next->state != INTENT_QUEUED ||
            next->attempts > 0)
            return rows;
        behind = next->id;
        g_ptr_array_add(rows, g_steal_pointer(&next));
    }
}

static bool add_row(imap_session *self, const struct intent *row, const struct folder *target, unsigned *bits, char **list)
{
    g_autofree char *add = NULL, *remove = NULL;
    if (row->type == INTENT_FLAGS) {
        *bits = (*bits | row->add) & ~row->remove;
        return (row->add & MESSAGE_FORWARDED) == 0 || keeps(self, target, STORE_WORD_FORWARDED);
    }
    intent_words_split(row->path, &add, &remove);
    if (!keeps_all(self, target, add))
        return false;
    char *longer = tag_list_change(*list, add, remove);
    g_free(*list);
    *list = longer;
    return true;
}

/* $Forwarded is a flag here, and a word there. */
static char **words_of(imap_session *self, const struct folder *target, unsigned bits, const char *list)
{
    bool is_forwarded = (bits & MESSAGE_FORWARDED) != 0 && (target->uidvalidity == 0 || keeps(self, target, STORE_WORD_FORWARDED));
    g_autofree char *all = is_forwarded ? tag_list_change(list, STORE_WORD_FORWARDED, NULL) : g_strdup(list);
    return all != NULL && *all != '\0' ? g_strsplit(all, " ", -1) : NULL;
}

void append_marks_take(imap_session *self, const struct intent *append, const struct folder *target, struct append_marks *marks_out)
{
    unsigned bits = append->add;
    g_autofree char *list = NULL;
    *marks_out = (struct append_marks){ .ids = g_array_new(FALSE, FALSE, sizeof(int64_t)) };
    bool has_labels = imap_client_can(self->client, IMAP_CAPABILITY_GMAIL); /* tags are labels there, and no words */
    g_autoptr(GPtrArray) rows = has_labels ? g_ptr_array_new() : waiting_marks(self->store, append);
    for (guint i = 0; i < rows->len; i++) {
        const struct intent *row = g_ptr_array_index(rows, i);
        unsigned before = bits;
        if (!add_row(self, row, target, &bits, &list)) {
            bits = before;
            break;
        }
        g_array_append_val(marks_out->ids, row->id);
    }
    /* The person has changed one of them in this moment: all follow. */
    if (marks_out->ids->len > 0 &&
        !intent_set_in_flight(self->store, (const int64_t *)(void *)marks_out->ids->data, marks_out->ids->len, NULL)) {
        g_array_set_size(marks_out->ids, 0);
        bits = append->add;
        g_clear_pointer(&list, g_free);
    }
    marks_out->bits = bits & 0xff;
    marks_out->keywords = words_of(self, target, bits, list);
}

void append_marks_settle(imap_session *self, const struct append_marks *marks)
{
    for (guint i = 0; i < marks->ids->len; i++)
        intent_settled(self->store, g_array_index(marks->ids, int64_t, i), NULL); /* stays in flight: it is said again at the next start */
}

void append_marks_give_back(imap_session *self, struct append_marks *marks)
{
    for (guint i = 0; i < marks->ids->len; i++)
        store_run(self->store, NULL, "UPDATE intents SET state = ?, attempts = 0 WHERE id = ? AND state = ?", NUM(INTENT_QUEUED),
                  NUM(g_array_index(marks->ids, int64_t, i)), NUM(INTENT_IN_FLIGHT));
    g_array_set_size(marks->ids, 0);
}
