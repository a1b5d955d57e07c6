/* SPDX-License-Identifier: MIT */
/* What a person did, in words. */
#include "core/intent_private.h"
#include "core/language.h"
#include "core/tag.h"
#include <glib/gi18n-lib.h>

#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the tables' own formats, translated */

#define COUNTED(count, one, many) g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, one, many, (gulong)(count)), (int)(count))

char *action_flags_words(unsigned add, unsigned remove, unsigned count)
{
    static const struct {
        unsigned flag;
        bool is_added;
        const char *one, *many;
    } words[] = {
        { MESSAGE_SEEN, true, NP_("Marked %d message as read", "Marked %d messages as read") },
        { MESSAGE_SEEN, false, NP_("Marked %d message as unread", "Marked %d messages as unread") },
        { MESSAGE_FLAGGED, true, NP_("Starred %d message", "Starred %d messages") },
        { MESSAGE_FLAGGED, false, NP_("Took the star from %d message", "Took the star from %d messages") },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if ((words[i].is_added ? add : remove) & words[i].flag)
            return COUNTED(count, words[i].one, words[i].many);
    }
    return COUNTED(count, "Marked %d message", "Marked %d messages");
}

static char *keywords_words(const struct action *self)
{
    g_autofree char *add = NULL, *remove = NULL;
    int count = (int)self->count;
    intent_words_split(self->words, &add, &remove);
    g_auto(GStrv) names = tag_list_names(add != NULL ? add : remove);
    g_autofree char *list = g_strjoinv(", ", names);
    if (*list == '\0')
        return COUNTED(count, "Marked %d message", "Marked %d messages");
    if (add != NULL)
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Tagged %d message %s", "Tagged %d messages %s", (gulong)count), count, list);
    return g_strdup_printf(
        g_dngettext(GETTEXT_PACKAGE, "Took the tag %2$s from %1$d message", "Took the tag %2$s from %1$d messages", (gulong)count), count,
        list);
}

static char *message_words(store *db, const struct action *self)
{
    int count = (int)self->count;
    g_autoptr(folder) target = self->folder_id != 0 ? store_folder(db, self->folder_id, NULL) : NULL;
    const char *to = target != NULL ? target->name : _("a folder that is gone");
    switch (self->kind) {
    case ACTION_FLAGS:
        return action_flags_words(self->add, self->remove, (unsigned)self->count);
    case ACTION_KEYWORDS:
        return keywords_words(self);
    case ACTION_MOVE:
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Moved %d message to %s", "Moved %d messages to %s", (gulong)count), count, to);
    case ACTION_COPY:
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Copied %d message to %s", "Copied %d messages to %s", (gulong)count), count,
                               to);
    case ACTION_ARCHIVE:
        return COUNTED(count, "Archived %d message", "Archived %d messages");
    case ACTION_SNOOZE:
        return COUNTED(count, "Put off %d message", "Put off %d messages");
    case ACTION_UNSNOOZE:
        return COUNTED(count, "Brought back %d message", "Brought back %d messages");
    case ACTION_MUTE:
        return COUNTED(count, "Muted %d message", "Muted %d messages");
    case ACTION_UNMUTE:
        return COUNTED(count, "Unmuted %d message", "Unmuted %d messages");
    case ACTION_THREAD_JOIN:
        return COUNTED(self->item_id, "Joined %d conversation", "Joined %d conversations");
    case ACTION_DELETE:
        return COUNTED(count, "Deleted %d message for good", "Deleted %d messages for good");
    default:
        return COUNTED(count, "Deleted %d message", "Deleted %d messages");
    }
}

char *action_describe(store *db, const struct action *self)
{
    static const char *const named[] = {
        [ACTION_FOLDER_CREATE] = N_("Made the folder %s"),
        [ACTION_FOLDER_TRASH] = N_("Moved the folder %s to Trash"),
        [ACTION_FOLDER_DELETE] = N_("Deleted the folder %s"),
        [ACTION_FOLDER_SUBSCRIBE] = N_("Subscribed to the folder %s"),
        [ACTION_FOLDER_UNSUBSCRIBE] = N_("Unsubscribed from the folder %s"),
        [ACTION_SEND] = N_("Sent “%s”"),
        [ACTION_DRAFT_THROWN] = N_("Threw away the draft “%s”"),
        [ACTION_THREAD_BREAK] = N_("Broke off “%s”"),
        [ACTION_VIP] = N_("Made %s a VIP"),
        [ACTION_NO_VIP] = N_("Took %s from the VIPs"),
    };
    const char *from = self->from_name != NULL && *self->from_name != '\0' ? self->from_name : _("(no subject)");
    if (self->kind == ACTION_FOLDER_RENAME)
        return g_strdup_printf(_("Renamed the folder %s to %s"), from, self->to_name != NULL ? self->to_name : "");
    const char *words = (size_t)self->kind < G_N_ELEMENTS(named) ? named[self->kind] : NULL;
    if (words == NULL)
        return message_words(db, self);
    return g_strdup_printf(_(words), from);
}
