/* SPDX-License-Identifier: MIT */
/* Time zones as calendars name them: of the system where it knows the name, in any of the spellings that occur; else as the calendar itself explains
 * them; else by Windows' own names. */
#include "core/calendar_private.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GAP_LOOKBACK_S (3 * 3600)

struct calendar_zone {
    GTimeZone *named;
    icaltimezone *own; /* as a VTIMEZONE explains it */
};

/* After CLDR's windowsZones.xml, territory 001. */
static const struct {
    const char *windows, *name;
} windows_zones[] = {
    { "AUS Central Standard Time", "Australia/Darwin" },
    { "AUS Eastern Standard Time", "Australia/Sydney" },
    { "Afghanistan Standard Time", "Asia/Kabul" },
    { "Alaskan Standard Time", "America/Anchorage" },
    { "Arab Standard Time", "Asia/Riyadh" },
    { "Arabian Standard Time", "Asia/Dubai" },
    { "Arabic Standard Time", "Asia/Baghdad" },
    { "Argentina Standard Time", "America/Argentina/Buenos_Aires" },
    { "Atlantic Standard Time", "America/Halifax" },
    { "Azerbaijan Standard Time", "Asia/Baku" },
    { "Azores Standard Time", "Atlantic/Azores" },
    { "Bahia Standard Time", "America/Bahia" },
    { "Bangladesh Standard Time", "Asia/Dhaka" },
    { "Belarus Standard Time", "Europe/Minsk" },
    { "Canada Central Standard Time", "America/Regina" },
    { "Cape Verde Standard Time", "Atlantic/Cape_Verde" },
    { "Caucasus Standard Time", "Asia/Yerevan" },
    { "Cen. Australia Standard Time", "Australia/Adelaide" },
    { "Central America Standard Time", "America/Guatemala" },
    { "Central Asia Standard Time", "Asia/Almaty" },
    { "Central Brazilian Standard Time", "America/Cuiaba" },
    { "Central Europe Standard Time", "Europe/Budapest" },
    { "Central European Standard Time", "Europe/Warsaw" },
    { "Central Pacific Standard Time", "Pacific/Guadalcanal" },
    { "Central Standard Time", "America/Chicago" },
    { "Central Standard Time (Mexico)", "America/Mexico_City" },
    { "China Standard Time", "Asia/Shanghai" },
    { "Cuba Standard Time", "America/Havana" },
    { "E. Africa Standard Time", "Africa/Nairobi" },
    { "E. Australia Standard Time", "Australia/Brisbane" },
    { "E. Europe Standard Time", "Europe/Chisinau" },
    { "E. South America Standard Time", "America/Sao_Paulo" },
    { "Eastern Standard Time", "America/New_York" },
    { "Eastern Standard Time (Mexico)", "America/Cancun" },
    { "Egypt Standard Time", "Africa/Cairo" },
    { "Ekaterinburg Standard Time", "Asia/Yekaterinburg" },
    { "FLE Standard Time", "Europe/Kyiv" },
    { "Fiji Standard Time", "Pacific/Fiji" },
    { "GMT Standard Time", "Europe/London" },
    { "GTB Standard Time", "Europe/Bucharest" },
    { "Georgian Standard Time", "Asia/Tbilisi" },
    { "Greenland Standard Time", "America/Nuuk" },
    { "Greenwich Standard Time", "Atlantic/Reykjavik" },
    { "Hawaiian Standard Time", "Pacific/Honolulu" },
    { "India Standard Time", "Asia/Kolkata" },
    { "Iran Standard Time", "Asia/Tehran" },
    { "Israel Standard Time", "Asia/Jerusalem" },
    { "Jordan Standard Time", "Asia/Amman" },
    { "Kaliningrad Standard Time", "Europe/Kaliningrad" },
    { "Korea Standard Time", "Asia/Seoul" },
    { "Libya Standard Time", "Africa/Tripoli" },
    { "Line Islands Standard Time", "Pacific/Kiritimati" },
    { "Mauritius Standard Time", "Indian/Mauritius" },
    { "Middle East Standard Time", "Asia/Beirut" },
    { "Montevideo Standard Time", "America/Montevideo" },
    { "Morocco Standard Time", "Africa/Casablanca" },
    { "Mountain Standard Time", "America/Denver" },
    { "Mountain Standard Time (Mexico)", "America/Mazatlan" },
    { "Myanmar Standard Time", "Asia/Yangon" },
    { "N. Central Asia Standard Time", "Asia/Novosibirsk" },
    { "Namibia Standard Time", "Africa/Windhoek" },
    { "Nepal Standard Time", "Asia/Kathmandu" },
    { "New Zealand Standard Time", "Pacific/Auckland" },
    { "Newfoundland Standard Time", "America/St_Johns" },
    { "North Asia East Standard Time", "Asia/Irkutsk" },
    { "North Asia Standard Time", "Asia/Krasnoyarsk" },
    { "Pacific SA Standard Time", "America/Santiago" },
    { "Pacific Standard Time", "America/Los_Angeles" },
    { "Pacific Standard Time (Mexico)", "America/Tijuana" },
    { "Pakistan Standard Time", "Asia/Karachi" },
    { "Paraguay Standard Time", "America/Asuncion" },
    { "Romance Standard Time", "Europe/Paris" },
    { "Russian Standard Time", "Europe/Moscow" },
    { "SA Eastern Standard Time", "America/Cayenne" },
    { "SA Pacific Standard Time", "America/Bogota" },
    { "SA Western Standard Time", "America/La_Paz" },
    { "SE Asia Standard Time", "Asia/Bangkok" },
    { "Samoa Standard Time", "Pacific/Apia" },
    { "Saudi Arabia Standard Time", "Asia/Riyadh" },
    { "Singapore Standard Time", "Asia/Singapore" },
    { "South Africa Standard Time", "Africa/Johannesburg" },
    { "Sri Lanka Standard Time", "Asia/Colombo" },
    { "Syria Standard Time", "Asia/Damascus" },
    { "Taipei Standard Time", "Asia/Taipei" },
    { "Tasmania Standard Time", "Australia/Hobart" },
    { "Tokyo Standard Time", "Asia/Tokyo" },
    { "Tonga Standard Time", "Pacific/Tongatapu" },
    { "Turkey Standard Time", "Europe/Istanbul" },
    { "US Eastern Standard Time", "America/Indiana/Indianapolis" },
    { "US Mountain Standard Time", "America/Phoenix" },
    { "UTC", "Etc/UTC" },
    { "Coordinated Universal Time", "Etc/UTC" },
    { "tzone://Microsoft/Utc", "Etc/UTC" },
    { "Ulaanbaatar Standard Time", "Asia/Ulaanbaatar" },
    { "Venezuela Standard Time", "America/Caracas" },
    { "Vladivostok Standard Time", "Asia/Vladivostok" },
    { "W. Australia Standard Time", "Australia/Perth" },
    { "W. Central Africa Standard Time", "Africa/Lagos" },
    { "W. Europe Standard Time", "Europe/Berlin" },
    { "West Asia Standard Time", "Asia/Tashkent" },
    { "West Pacific Standard Time", "Pacific/Port_Moresby" },
    { "Yakutsk Standard Time", "Asia/Yakutsk" },
};

/* What the menus of Windows and Zimbra call zones that no city of the same name stands for. */
static const struct {
    const char *words, *name;
} menu_names[] = {
    { "Eastern Time", "America/New_York" },
    { "Central Time", "America/Chicago" },
    { "Mountain Time", "America/Denver" },
    { "Pacific Time", "America/Los_Angeles" },
    { "Atlantic Time", "America/Halifax" },
    { "Alaska", "America/Anchorage" },
    { "Arizona", "America/Phoenix" },
    { "Hawaii", "Pacific/Honolulu" },
    { "Indiana", "America/Indiana/Indianapolis" },
    { "Newfoundland", "America/St_Johns" },
    { "Saskatchewan", "America/Regina" },
    { "Brasilia", "America/Sao_Paulo" },
    { "Greenwich Mean Time", "Europe/London" },
    { "Coordinated Universal Time", "Etc/UTC" },
    { "Bern", "Europe/Zurich" },
    { "Abu Dhabi", "Asia/Dubai" },
    { "Chennai", "Asia/Kolkata" },
    { "New Delhi", "Asia/Kolkata" },
    { "Beijing", "Asia/Shanghai" },
    { "Osaka", "Asia/Tokyo" },
    { "Wellington", "Pacific/Auckland" },
};

/* --- of the system --- */

/* GLib takes what it finds under that name for a zone: it is given nothing but the name of one. */
static bool is_zone_file(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_+-";
    const char *folder = g_getenv("TZDIR");
    char magic[4] = "";
    if (*name == '\0' || *name == '/' || strlen(name) > 64 || strspn(name, letters) != strlen(name))
        return false;
    g_autofree char *path = g_build_filename(folder != NULL && *folder != '\0' ? folder : "/usr/share/zoneinfo", name, NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, magic, sizeof magic);
    close(fd);
    return got == (ssize_t)sizeof magic && memcmp(magic, "TZif", sizeof magic) == 0;
}

static GTimeZone *system_zone(const char *name)
{
    return is_zone_file(name) ? g_time_zone_new_identifier(name) : NULL;
}

/* "/mozilla.org/20050126_1/America/Argentina/Ushuaia": the longest end that is a name. */
static GTimeZone *named_zone(const char *name)
{
    g_autofree char *clean = g_strstrip(g_strdelimit(g_strdup(name), "\"", ' '));
    GTimeZone *found = g_ascii_strcasecmp(clean, "UTC") == 0 || g_ascii_strcasecmp(clean, "GMT") == 0 || g_ascii_strcasecmp(clean, "Z") == 0
                           ? g_time_zone_new_utc()
                           : system_zone(clean);
    g_auto(GStrv) steps = g_strsplit(clean, "/", 32);
    guint count = g_strv_length(steps);
    for (guint kept = MIN(3, count); kept > 1 && found == NULL && count > kept; kept--) {
        g_autofree char *end = g_strjoinv("/", steps + (count - kept));
        found = system_zone(end);
    }
    return found;
}

static GTimeZone *windows_zone(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(windows_zones); i++)
        if (g_ascii_strcasecmp(windows_zones[i].windows, name) == 0)
            return named_zone(windows_zones[i].name);
    return NULL;
}

/* --- as menus have it: "(UTC+01:00) Amsterdam, Berlin, Bern", "(GMT-05.00) Eastern Time (US & Canada)" --- */

static gint32 standard_offset(GTimeZone *zone)
{
    const int64_t summer_2024 = 1719792000, half_a_year = 182 * 86400;
    gint first = g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, summer_2024);
    gint second = g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, summer_2024 + half_a_year);
    gint plain = first >= 0 && !g_time_zone_is_dst(zone, first) ? first : second;
    return plain >= 0 ? g_time_zone_get_offset(zone, plain) : G_MININT32;
}

/* A city's own, where its clock is as far from UTC as the label says. */
static GTimeZone *city_zone(const char *city, gint32 offset_s)
{
    static const char *const parts[] = { "Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic" };
    g_autofree char *clean = g_strdelimit(g_strstrip(g_strdup(city)), " ", '_');
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *name = g_strdup_printf("%s/%s", parts[i], clean);
        g_autoptr(GTimeZone) zone = system_zone(name);
        if (zone != NULL && standard_offset(zone) == offset_s)
            return g_steal_pointer(&zone);
    }
    return NULL;
}

static GTimeZone *word_zone(const char *word, gint32 offset_s)
{
    const char *begin = word + strspn(word, " ");
    for (size_t i = 0; i < G_N_ELEMENTS(menu_names); i++) {
        g_autoptr(GTimeZone) zone = g_str_has_prefix(begin, menu_names[i].words) ? system_zone(menu_names[i].name) : NULL;
        if (zone != NULL && standard_offset(zone) == offset_s)
            return g_steal_pointer(&zone);
    }
    return city_zone(begin, offset_s);
}

static GTimeZone *menu_zone(const char *name)
{
    int hours = 0, minutes = 0, used = 0;
    bool is_label = g_str_has_prefix(name, "(GMT") || g_str_has_prefix(name, "(UTC");
    const char *at = is_label ? name + strlen("(GMT") : "";
    bool is_negative = *at == '-';
    if (!is_label || (*at != ')' && (sscanf(at + 1, "%2d%*1[.:]%2d%n", &hours, &minutes, &used) != 2 || used == 0)) || hours > 14 ||
        minutes > 59 || at[*at == ')' ? 0 : used + 1] != ')')
        return NULL;
    gint32 offset_s = (is_negative ? -1 : 1) * (hours * 3600 + minutes * 60);
    g_auto(GStrv) words = g_strsplit_set(strchr(at, ')') + 1, ",/;", 16);
    for (char **word = words; *word != NULL; word++) {
        GTimeZone *zone = word_zone(*word, offset_s);
        if (zone != NULL)
            return zone;
    }
    return g_time_zone_new_offset(offset_s); /* without its summer */
}

/* --- as the calendar explains it --- */

static icaltimezone *explained_zone(const char *name, icalcomponent *root)
{
    for (icalcomponent *each = icalcomponent_get_first_component(root, ICAL_VTIMEZONE_COMPONENT); each != NULL;
         each = icalcomponent_get_next_component(root, ICAL_VTIMEZONE_COMPONENT)) {
        icalproperty *tzid = icalcomponent_get_first_property(each, ICAL_TZID_PROPERTY);
        const char *text = tzid != NULL ? icalproperty_get_tzid(tzid) : NULL;
        if (text == NULL || g_ascii_strcasecmp(text, name) != 0 || icalcomponent_get_first_component(each, ICAL_ANY_COMPONENT) == NULL)
            continue;
        icaltimezone *zone = icaltimezone_new();
        icalcomponent *copy = icalcomponent_new_clone(each);
        if (icaltimezone_set_component(zone, copy))
            return zone;
        icalcomponent_free(copy);
        icaltimezone_free(zone, 1);
    }
    return NULL;
}

calendar_zone *calendar_zone_new(const char *name, icalcomponent *root)
{
    calendar_zone *self = g_new0(calendar_zone, 1);
    self->named = named_zone(name);
    self->own = self->named == NULL ? explained_zone(name, root) : NULL;
    if (self->named == NULL && self->own == NULL)
        self->named = windows_zone(name);
    if (self->named == NULL && self->own == NULL)
        self->named = menu_zone(name);
    return self;
}

void calendar_zone_free(calendar_zone *self)
{
    g_clear_pointer(&self->named, g_time_zone_unref);
    if (self->own != NULL)
        icaltimezone_free(self->own, 1);
    g_free(self);
}

bool calendar_zone_is_known(const calendar_zone *self)
{
    return self->named != NULL || self->own != NULL;
}

/* --- clock to UTC --- */

/* RFC 5545 3.3.5: a clock time that comes twice is the first; one that does not come at all is counted with the offset from before. */
static int64_t named_utc(GTimeZone *zone, int64_t wall)
{
    gint interval = g_time_zone_find_interval(zone, G_TIME_TYPE_DAYLIGHT, wall);
    if (interval < 0)
        interval = g_time_zone_find_interval(zone, G_TIME_TYPE_DAYLIGHT, wall - GAP_LOOKBACK_S);
    return wall - (interval >= 0 ? g_time_zone_get_offset(zone, interval) : 0);
}

static int64_t own_utc(icaltimezone *zone, int64_t wall)
{
    int is_daylight = 0;
    struct icaltimetype time = icaltime_from_timet_with_zone((time_t)wall, 0, icaltimezone_get_utc_timezone());
    time.zone = NULL;
    return wall - icaltimezone_get_utc_offset(zone, &time, &is_daylight);
}

int64_t calendar_zone_utc(const calendar_zone *self, int64_t wall)
{
    if (self != NULL && self->own != NULL)
        return own_utc(self->own, wall);
    if (self != NULL && self->named != NULL)
        return named_utc(self->named, wall);
    g_autoptr(GTimeZone) local = g_time_zone_new_local();
    return named_utc(local, wall);
}
