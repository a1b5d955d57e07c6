/* SPDX-License-Identifier: MIT */
/* The [sync] groups of an account file: what is said, and what follows from it for a folder. */
#include "config/account_sync_private.h"
#include "config/nearest.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define GROUP        "sync"
#define DAY_S        INT64_C(86400)
#define USUAL_DAYS   30
#define USUAL_NEWEST 500
#define COUNT_MOST   100000000u
#define DAYS_MOST    36500u

static const char *const bodies_words[] = { [ACCOUNT_BODIES_UNSAID] = "",
                                            [ACCOUNT_BODIES_HEADERS] = "headers",
                                            [ACCOUNT_BODIES_TEXT] = "text",
                                            [ACCOUNT_BODIES_EVERYTHING] = "everything" };

const char *account_bodies_word(enum account_bodies bodies)
{
    return (size_t)bodies < G_N_ELEMENTS(bodies_words) ? bodies_words[bodies] : "";
}

void account_sync_free(struct account_sync *self)
{
    if (self == NULL)
        return;
    g_free(self->folder);
    g_free(self);
}

struct account_sync *account_sync_copy(const struct account_sync *from)
{
    struct account_sync *self = g_memdup2(from, sizeof *from);
    self->folder = g_strdup(from->folder);
    return self;
}

GPtrArray *account_sync_only(enum account_bodies bodies)
{
    GPtrArray *sections = account_sync_list_new();
    struct account_sync *section = g_new0(struct account_sync, 1);
    section->bodies = bodies;
    g_ptr_array_add(sections, section);
    return sections;
}

GPtrArray *account_sync_list_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)account_sync_free);
}

bool account_sync_is_group(const char *group)
{
    return strcmp(group, GROUP) == 0 || g_str_has_prefix(group, GROUP " ");
}

/* --- one value --- */
static bool read_bodies(const ini *file, const char *group, const char *value, struct account_sync *self, GError **error)
{
    static const char *const words[] = { "headers", "text", "everything", NULL };
    for (size_t i = 1; i < G_N_ELEMENTS(bodies_words); i++) {
        if (strcmp(bodies_words[i], value) == 0) {
            self->bodies = (enum account_bodies)i;
            return true;
        }
    }
    g_autofree char *hint = nearest_hint(value, words);
    return ini_fail(file, group, "bodies", error, _("bodies = %s is not known.%s Allowed are: headers, text, everything."), value, hint);
}

/* "90d", "12w", "6m", "2y"; false: it is none. */
static bool read_age(const char *value, int64_t *since_out)
{
    static const struct {
        char unit;
        unsigned days;
    } units[] = { { 'd', 1 }, { 'w', 7 }, { 'm', 30 }, { 'y', 365 } };
    char *end = NULL;
    guint64 count = g_ascii_isdigit(*value) ? g_ascii_strtoull(value, &end, 10) : 0;
    for (size_t i = 0; i < G_N_ELEMENTS(units) && end != NULL; i++) {
        bool is_unit = g_ascii_tolower(*end) == units[i].unit && end[1] == '\0';
        if (!is_unit || count == 0 || count > DAYS_MOST / units[i].days)
            continue;
        *since_out = -(int64_t)(count * units[i].days) * DAY_S;
        return true;
    }
    return false;
}

/* "2024-01-01" begins at midnight of this computer's time. */
static bool read_date(const char *value, int64_t *since_out)
{
    g_autoptr(GTimeZone) here = g_time_zone_new_local();
    g_autofree char *full = g_strconcat(value, "T00:00:00", NULL);
    g_autoptr(GDateTime) midnight = strlen(value) == strlen("2024-01-31") ? g_date_time_new_from_iso8601(full, here) : NULL;
    if (midnight == NULL || g_date_time_to_unix(midnight) <= 0)
        return false;
    *since_out = g_date_time_to_unix(midnight);
    return true;
}

static bool read_since(const ini *file, const char *group, const char *value, struct account_sync *self, GError **error)
{
    if (strcmp(value, "always") == 0) {
        self->since = ACCOUNT_SYNC_ALWAYS;
        return true;
    }
    return read_age(value, &self->since) || read_date(value, &self->since) ||
           ini_fail(file, group, "since", error,
                    _("since = %s is not a time. Allowed are a date (2024-01-31), an age (90d, 12w, 6m, 2y) and always."), value);
}

static bool read_max_size(const ini *file, const char *group, const char *value, struct account_sync *self, GError **error)
{
    if (!account_read_size(file, group, "max-size", value, &self->max_size, error))
        return false;
    if (self->max_size == 0)
        self->max_size = UINT64_MAX;
    return true;
}

static bool read_newest(const ini *file, const char *group, const char *value, struct account_sync *self, GError **error)
{
    guint64 count = 0;
    if (!g_ascii_string_to_unsigned(value, 10, 0, COUNT_MOST, &count, NULL))
        return ini_fail(file, group, "newest", error, _("newest = %s is not a number of messages. Allowed are 1 to %u; 0 is no limit."),
                        value, COUNT_MOST);
    self->newest = count != 0 ? count : UINT64_MAX;
    return true;
}

static const struct {
    const char *key;
    bool (*read)(const ini *file, const char *group, const char *value, struct account_sync *self, GError **error);
} keys[] = { { "bodies", read_bodies }, { "since", read_since }, { "max-size", read_max_size }, { "newest", read_newest } };

static struct account_sync *read_group(const ini *file, const char *group, GError **error)
{
    struct account_sync *self = g_new0(struct account_sync, 1);
    if (strcmp(group, GROUP) != 0)
        self->folder = g_strstrip(g_strdup(group + strlen(GROUP " ")));
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *value = ini_get(file, group, keys[i].key);
        if (value != NULL && *value != '\0' && !keys[i].read(file, group, value, self, error)) {
            account_sync_free(self);
            return NULL;
        }
    }
    return self;
}

GPtrArray *account_sync_read(const ini *file, GError **error)
{
    g_autoptr(GPtrArray) sections = account_sync_list_new();
    g_auto(GStrv) groups = ini_groups(file);
    for (char **group = groups; *group != NULL; group++) {
        if (!account_sync_is_group(*group))
            continue;
        struct account_sync *section = read_group(file, *group, error);
        if (section == NULL)
            return NULL;
        g_ptr_array_add(sections, section);
    }
    return g_steal_pointer(&sections);
}

/* --- what it comes to --- */
static bool is_for(const struct account_sync *section, const char *folder_name)
{
    bool is_inbox = g_ascii_strcasecmp(section->folder, "INBOX") == 0; /* the only name that is written either way (RFC 9051 5.1) */
    return is_inbox ? g_ascii_strcasecmp(folder_name, "INBOX") == 0 : g_pattern_match_simple(section->folder, folder_name);
}

static size_t rank(const struct account_sync *section)
{
    bool is_pattern = strpbrk(section->folder, "*?") != NULL;
    return is_pattern ? strlen(section->folder) : SIZE_MAX; /* the longer pattern says more */
}

/* [sync] itself (folder_name NULL), or the one that names the folder most exactly. */
static const struct account_sync *section_for(const GPtrArray *sections, const char *folder_name)
{
    const struct account_sync *best = NULL;
    for (guint i = 0; sections != NULL && i < sections->len; i++) {
        const struct account_sync *each = g_ptr_array_index(sections, i);
        bool is_one = folder_name == NULL ? each->folder == NULL : each->folder != NULL && is_for(each, folder_name);
        if (is_one && (best == NULL || (folder_name != NULL && rank(each) > rank(best))))
            best = each;
    }
    return best;
}

/* What is said in the one, over what is said in the other. */
static void lay_over(struct account_sync *below, const struct account_sync *above)
{
    if (above == NULL)
        return;
    below->bodies = above->bodies != ACCOUNT_BODIES_UNSAID ? above->bodies : below->bodies;
    below->since = above->since != 0 ? above->since : below->since;
    below->max_size = above->max_size != 0 ? above->max_size : below->max_size;
    below->newest = above->newest != 0 ? above->newest : below->newest;
}

/* Somebody who says "everything" means it: the usual limits are only for those who say nothing. */
static void fill_in(struct account_sync *said, bool is_near)
{
    bool is_usual = said->bodies == ACCOUNT_BODIES_UNSAID;
    if (is_usual)
        said->bodies = is_near ? ACCOUNT_BODIES_TEXT : ACCOUNT_BODIES_HEADERS;
    if (said->since == 0)
        said->since = is_usual ? -USUAL_DAYS * DAY_S : ACCOUNT_SYNC_ALWAYS;
    if (said->newest == 0)
        said->newest = is_usual ? USUAL_NEWEST : UINT64_MAX;
    if (said->max_size == 0)
        said->max_size = UINT64_MAX;
}

struct account_sync_policy account_sync_policy_of(const GPtrArray *sections, const char *folder_name, bool is_near, int64_t now_utc)
{
    struct account_sync said = { 0 };
    lay_over(&said, section_for(sections, NULL));
    lay_over(&said, section_for(sections, folder_name));
    fill_in(&said, is_near);
    int64_t since_utc = said.since > 0 ? said.since : said.since == ACCOUNT_SYNC_ALWAYS ? 0 : MAX(now_utc + said.since, 0);
    return (struct account_sync_policy){ .bodies = said.bodies, .since_utc = since_utc, .max_size = said.max_size, .newest = said.newest };
}
