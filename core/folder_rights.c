/* SPDX-License-Identifier: MIT */
/* What a person may do in a folder. */
#include "core/folder_rights.h"
#include "core/store_message.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* RFC 4314 2.1; c and d are those of RFC 2086, which some servers still tell instead. */
static const struct {
    const char *any; /* one of these letters gives it */
    unsigned lacking;
} letters[] = {
    { "s", FOLDER_LACKS_SEEN },   { "w", FOLDER_LACKS_WRITE },   { "td", FOLDER_LACKS_DELETE }, { "ed", FOLDER_LACKS_DELETE },
    { "i", FOLDER_LACKS_INSERT }, { "kc", FOLDER_LACKS_CREATE }, { "xc", FOLDER_LACKS_REMOVE },
};

unsigned folder_rights_of_acl(const char *rights)
{
    unsigned lacking = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(letters); i++)
        if (strpbrk(rights, letters[i].any) == NULL)
            lacking |= letters[i].lacking;
    return lacking;
}

bool folder_rights_note(store *db, int64_t folder_id, unsigned mask, unsigned bits, bool *is_changed_out, GError **error)
{
    int64_t flags = 0;
    if (!store_number(db, &flags, error, "SELECT flags FROM folders WHERE id = ?", NUM(folder_id)))
        return false;
    bool is_changed = ((unsigned)flags & mask) != (bits & mask);
    if (is_changed_out != NULL)
        *is_changed_out = is_changed;
    return !is_changed ||
           store_run(db, error, "UPDATE folders SET flags = (flags & ~?1) | ?2 WHERE id = ?3", NUM(mask), NUM(bits & mask), NUM(folder_id));
}

unsigned folder_rights_flags(unsigned flags)
{
    const unsigned others = MESSAGE_ANSWERED | MESSAGE_FLAGGED | MESSAGE_DRAFT | MESSAGE_FORWARDED;
    if (flags & FOLDER_IS_READ_ONLY)
        return 0;
    return (flags & (FOLDER_FIXES_SEEN | FOLDER_LACKS_SEEN) ? 0u : (unsigned)MESSAGE_SEEN) |
           (flags & (FOLDER_FIXES_FLAGS | FOLDER_LACKS_WRITE) ? 0u : others) |
           (flags & (FOLDER_FIXES_DELETED | FOLDER_LACKS_DELETE) ? 0u : (unsigned)MESSAGE_DELETED);
}

bool folder_rights_is_read_only(unsigned flags)
{
    return folder_rights_flags(flags) == 0 && ((flags & FOLDER_IS_READ_ONLY) || (flags & FOLDER_LACKS_INSERT));
}

/* NULL: the folder is not there, and what is wrong with that is told elsewhere. */
static struct folder *look(store *db, int64_t folder_id)
{
    int64_t flags = 0;
    /* Nearly always there is nothing to look at. */
    if (folder_id == 0 || !store_number(db, &flags, NULL, "SELECT flags FROM folders WHERE id = ?", NUM(folder_id)) ||
        ((unsigned)flags & FOLDER_RIGHTS) == 0)
        return NULL;
    return store_folder(db, folder_id, NULL);
}

static bool fail(GError **error, const char *words, const struct folder *box)
{
    g_autoptr(GString) text = g_string_new(words);
    g_string_replace(text, "%s", box->name, 1);
    g_set_error_literal(error, STORE_ERROR, STORE_ERROR_DENIED, text->str);
    return false;
}

bool folder_rights_allow_flags(store *db, int64_t folder_id, unsigned changed, GError **error)
{
    g_autoptr(folder) box = look(db, folder_id);
    if (box == NULL || (changed & ~folder_rights_flags(box->flags)) == 0)
        return true;
    if (folder_rights_is_read_only(box->flags))
        return fail(error, _("“%s” can only be read: its server lets you change nothing there."), box);
    return fail(error, _("The server does not let you change these marks in “%s”."), box);
}

bool folder_rights_allow_leaving(store *db, int64_t folder_id, GError **error)
{
    g_autoptr(folder) box = look(db, folder_id);
    if (box == NULL || !(box->flags & (FOLDER_IS_READ_ONLY | FOLDER_FIXES_DELETED | FOLDER_LACKS_DELETE)))
        return true;
    return fail(error, _("The server lets you take no mail out of “%s”. A copy can be filed elsewhere."), box);
}

bool folder_rights_allow_coming(store *db, int64_t folder_id, GError **error)
{
    g_autoptr(folder) box = look(db, folder_id);
    /* READ-ONLY speaks of the open folder; that something may still be put into it (RFC 4314 4: i without w) is said by the rights. */
    if (box == NULL || !(box->flags & FOLDER_LACKS_INSERT))
        return true;
    return fail(error, _("The server lets you put no mail into “%s”."), box);
}

void folder_rights_limit(store *db, int64_t folder_id, unsigned *add, unsigned *remove)
{
    g_autoptr(folder) box = look(db, folder_id);
    unsigned allowed = box != NULL ? folder_rights_flags(box->flags) : ~0u;
    *add &= allowed;
    *remove &= allowed;
}
