/* SPDX-License-Identifier: MIT */
/* Which addresses are a person's own. */
#include "config/identity.h"
#include "config/account_rows_private.h"
#include "config/from.h"
#include "config/identity_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define GROUP "identity "

/* --- the groups of the file --- */
static void identity_free(gpointer data)
{
    struct account_identity *self = data;
    g_free(self->pattern);
    g_free(self->signature_file);
    g_free(self->reply_to);
    g_free(self);
}

GPtrArray *account_identity_list_new(void)
{
    return g_ptr_array_new_with_free_func(identity_free);
}

struct account_identity *account_identity_copy(const struct account_identity *from)
{
    struct account_identity *self = g_new0(struct account_identity, 1);
    *self = (struct account_identity){ g_strdup(from->pattern), g_strdup(from->signature_file), g_strdup(from->reply_to) };
    return self;
}

bool account_identity_is_group(const char *group)
{
    return g_str_has_prefix(group, GROUP);
}

static bool is_mailbox(const char *text)
{
    g_autofree char *name = NULL, *address = NULL;
    return from_parse(text, &name, &address);
}

static struct account_identity *read_group(const ini *file, const char *group, GError **error)
{
    g_autofree char *signature = ini_get(file, group, "signature-file"), *reply_to = ini_get(file, group, "reply-to"),
                    *pattern = g_strstrip(g_strdup(group + strlen(GROUP)));
    if (!is_mailbox(pattern)) {
        ini_fail(file, group, NULL, error, _("[%s] names no address. Allowed are [identity user@domain] and [identity *@domain]."), group);
        return NULL;
    }
    if (reply_to != NULL && *reply_to != '\0' && !is_mailbox(reply_to)) {
        ini_fail(file, group, "reply-to", error, _("reply-to = %s is not an address. Allowed are Name <user@domain> and user@domain."),
                 reply_to);
        return NULL;
    }
    struct account_identity *self = g_new0(struct account_identity, 1);
    self->pattern = g_steal_pointer(&pattern);
    self->signature_file = signature != NULL && *signature != '\0' ? account_resolve_path(file, signature) : g_steal_pointer(&signature);
    self->reply_to = reply_to != NULL && *reply_to != '\0' ? g_steal_pointer(&reply_to) : NULL;
    return self;
}

GPtrArray *account_identity_read(const ini *file, GError **error)
{
    g_autoptr(GPtrArray) sections = account_identity_list_new();
    g_auto(GStrv) groups = ini_groups(file);
    for (char **group = groups; *group != NULL; group++) {
        struct account_identity *section = account_identity_is_group(*group) ? read_group(file, *group, error) : NULL;
        if (section != NULL)
            g_ptr_array_add(sections, section);
        else if (account_identity_is_group(*group))
            return NULL;
    }
    return g_steal_pointer(&sections);
}

/* --- addresses --- */
static bool fits(const char *pattern, const char *address)
{
    g_autofree char *small_pattern = g_utf8_strdown(pattern, -1), *small = g_utf8_strdown(address, -1);
    return strpbrk(pattern, "*?") != NULL ? g_pattern_match_simple(small_pattern, small) : strcmp(small_pattern, small) == 0;
}

/* alice+news@example.org without its plus; NULL: it has none. Caller frees. */
static char *without_plus(const char *address)
{
    const char *plus = strchr(address, '+'), *at = strrchr(address, '@');
    return plus != NULL && at != NULL && plus > address && plus < at ? g_strdup_printf("%.*s%s", (int)(plus - address), address, at) : NULL;
}

bool account_alias_is_pattern(const char *alias)
{
    return strpbrk(alias, "*?") != NULL;
}

/* Exactly this address or this pattern. */
static char *name_of(const struct account *self, const char *address)
{
    if (self->from_address != NULL && fits(self->from_address, address))
        return g_strdup(self->from_name != NULL ? self->from_name : "");
    for (char **alias = self->aliases; alias != NULL && *alias != NULL; alias++) {
        g_autofree char *name = NULL, *own = NULL;
        if (from_parse(*alias, &name, &own) && fits(own, address))
            return strchr(*alias, '<') != NULL ? g_steal_pointer(&name) : g_strdup(self->from_name != NULL ? self->from_name : "");
    }
    return NULL;
}

char *account_own_name(const struct account *self, const char *address)
{
    if (address == NULL || !g_utf8_validate(address, -1, NULL))
        return NULL;
    g_autofree char *plain = without_plus(address);
    char *name = name_of(self, address);
    return name != NULL || plain == NULL ? name : name_of(self, plain);
}

bool account_owns(const struct account *self, const char *address)
{
    g_autofree char *name = account_own_name(self, address);
    return name != NULL;
}

const struct account_identity *account_identity_for(const struct account *self, const char *address)
{
    const struct account_identity *best = NULL;
    for (guint i = 0; address != NULL && self->identities != NULL && i < self->identities->len; i++) {
        const struct account_identity *each = g_ptr_array_index(self->identities, i);
        bool is_better = best == NULL || !account_alias_is_pattern(each->pattern) ||
                         (account_alias_is_pattern(best->pattern) && strlen(each->pattern) > strlen(best->pattern));
        if (is_better && g_utf8_validate(address, -1, NULL) && fits(each->pattern, address))
            best = each;
    }
    return best;
}
