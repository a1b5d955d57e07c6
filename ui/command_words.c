/* SPDX-License-Identifier: MIT */
/* The words, as a table. A translation is a list of what people who speak the language would type, in any order. */
#include "ui/command_words.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static const struct {
    const char *command, *words;
} table[] = {
    { "invitation", NC_("words a command is found by", "calendar meeting event appointment rsvp accept decline") },
    { "invitation-accept", NC_("words a command is found by", "calendar meeting event appointment rsvp accept decline") },
    { "invitation-maybe", NC_("words a command is found by", "calendar meeting event appointment rsvp accept decline") },
    { "invitation-decline", NC_("words a command is found by", "calendar meeting event appointment rsvp accept decline") },
    { "invitation-delegate", NC_("words a command is found by", "calendar meeting event appointment delegate substitute instead") },
    { "undo", NC_("words a command is found by", "take back revert restore undelete") },
    { "delete", NC_("words a command is found by", "trash remove bin erase throw away") },
    { "go-trash", NC_("words a command is found by", "trash bin deleted") },
    { "go-junk", NC_("words a command is found by", "spam junk") },
    { "compose", NC_("words a command is found by", "new message write mail email letter") },
    { "reply", NC_("words a command is found by", "answer respond") },
    { "reply-all", NC_("words a command is found by", "answer respond") },
    { "forward", NC_("words a command is found by", "send on pass on share") },
    { "move", NC_("words a command is found by", "file folder spam put into") },
    { "mark", NC_("words a command is found by", "select choose tick several") },
    { "mark-pattern", NC_("words a command is found by", "select choose tick several") },
    { "unsubscribe", NC_("words a command is found by", "newsletter unsubscribe mailing list stop") },
    { "search", NC_("words a command is found by", "find look for old mail date year") },
    { "filter", NC_("words a command is found by", "find search look for") },
    { "online", NC_("words a command is found by", "offline network connection disconnect airplane") },
    { "settings", NC_("words a command is found by", "options preferences configure setup") },
    { "rules", NC_("words a command is found by", "filter automatically sort spam") },
    { "sync", NC_("words a command is found by", "check new mail refresh fetch receive") },
    { "quit", NC_("words a command is found by", "exit leave end close") },
    { "attach", NC_("words a command is found by", "file attachment document picture add") },
    { "save", NC_("words a command is found by", "download attachment") },
    { "flag", NC_("words a command is found by", "star important favourite flag") },
    { "snooze", NC_("words a command is found by", "later remind postpone") },
    { "contacts", NC_("words a command is found by", "address book people contacts") },
    { "layout", NC_("words a command is found by", "view split columns preview pane") },
};

unsigned command_words_count(void)
{
    return G_N_ELEMENTS(table);
}

const char *command_words(const struct command *self)
{
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (strcmp(table[i].command, self->name) == 0)
            return table[i].words;
    return NULL;
}
