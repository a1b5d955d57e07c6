/* SPDX-License-Identifier: MIT */
/* How full an account's mailbox is. */
#include "core/account_quota.h"
#include "core/language.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>

enum { FULL = 100, FAR_AGAIN = 85, PERCENT_MAX = 999 };

static char *key_of(const char *what, int64_t account_id)
{
    return g_strdup_printf("%s:%" G_GINT64_FORMAT, what, account_id);
}

static int percent_of(const struct account_quota *quota)
{
    double share = quota->limit != 0 ? (double)quota->used * 100.0 / (double)quota->limit : 0;
    return (int)CLAMP(share, 0, PERCENT_MAX);
}

bool account_quota_read(store *db, int64_t account_id, struct account_quota *out)
{
    g_autofree char *key = key_of("quota", account_id), *value = store_get_meta(db, key);
    struct account_quota quota = { 0 };
    char unit = 0;
    if (value == NULL || sscanf(value, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %c", &quota.used, &quota.limit, &unit) != 3 ||
        quota.limit == 0)
        return false;
    quota.is_bytes = unit == 'b';
    quota.percent = percent_of(&quota);
    *out = quota;
    return true;
}

char *account_quota_describe(const struct account_quota *quota)
{
    g_autofree char *used = language_size(quota->used), *limit = language_size(quota->limit);
    if (quota->is_bytes)
        return g_strdup_printf(_("%s of %s"), used, limit);
    return g_strdup_printf(_("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " messages"), quota->used, quota->limit);
}

/* Said once for each step up; quiet again only after there was some room. */
static bool warn(store *db, int64_t account_id, const char *name, const struct account_quota *quota, char **words_out, GError **error)
{
    g_autofree char *key = key_of("quota-said", account_id), *said = store_get_meta(db, key), *much = account_quota_describe(quota);
    int before = said != NULL ? (int)g_ascii_strtoll(said, NULL, 10) : 0;
    int now = quota->percent >= FULL ? FULL : quota->percent >= ACCOUNT_QUOTA_NEAR ? ACCOUNT_QUOTA_NEAR : 0;
    if (now > before)
        *words_out = now == FULL ? g_strdup_printf(_("%s: the mailbox on the server is full (%s). New mail goes back to those who sent it "
                                                     "until something is deleted for good."),
                                                   name, much)
                                 : g_strdup_printf(_("%s: the mailbox on the server is %d %% full (%s)."), name, quota->percent, much);
    bool is_said = now > before || (before != 0 && quota->percent < FAR_AGAIN);
    g_autofree char *value = g_strdup_printf("%d", now);
    return !is_said || store_set_meta(db, key, value, error);
}

bool account_quota_note(store *db, int64_t account_id, const char *name, const struct account_quota *told, bool is_first,
                        bool *is_changed_out, char **words_out, GError **error)
{
    struct account_quota known = { 0 }, quota = *told;
    bool is_known = account_quota_read(db, account_id, &known);
    quota.percent = percent_of(&quota);
    *words_out = NULL;
    *is_changed_out = false;
    if (quota.limit == 0 || (!is_first && is_known && known.percent >= quota.percent))
        return true; /* no limit is none that could be reached */
    g_autofree char *key = key_of("quota", account_id);
    g_autofree char *value =
        g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %c", quota.used, quota.limit, quota.is_bytes ? 'b' : 'n');
    *is_changed_out = !is_known || known.percent != quota.percent;
    bool is_same = is_known && known.used == quota.used && known.limit == quota.limit;
    return (is_same || store_set_meta(db, key, value, error)) && warn(db, account_id, name, &quota, words_out, error);
}
