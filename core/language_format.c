/* SPDX-License-Identifier: MIT */
/* Dates, numbers and order as the person's language has them: by the locale, or by the translation where this system has not generated the locale. */
#include "core/language_private.h"
#include <glib/gi18n-lib.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>

#define MARK_MAX 8 /* bytes of a decimal mark or of what parts thousands */

struct marks {
    char thousands[MARK_MAX], decimal[MARK_MAX];
};

/* --- dates --- */

static const char *const weekdays[][2] = {
    { NC_("abbreviated weekday", "Mon"), NC_("weekday", "Monday") },    { NC_("abbreviated weekday", "Tue"), NC_("weekday", "Tuesday") },
    { NC_("abbreviated weekday", "Wed"), NC_("weekday", "Wednesday") }, { NC_("abbreviated weekday", "Thu"), NC_("weekday", "Thursday") },
    { NC_("abbreviated weekday", "Fri"), NC_("weekday", "Friday") },    { NC_("abbreviated weekday", "Sat"), NC_("weekday", "Saturday") },
    { NC_("abbreviated weekday", "Sun"), NC_("weekday", "Sunday") },
};

static const char *const months[][2] = {
    { NC_("abbreviated month", "Jan"), NC_("month, beside a day", "January") },
    { NC_("abbreviated month", "Feb"), NC_("month, beside a day", "February") },
    { NC_("abbreviated month", "Mar"), NC_("month, beside a day", "March") },
    { NC_("abbreviated month", "Apr"), NC_("month, beside a day", "April") },
    { NC_("abbreviated month", "May"), NC_("month, beside a day", "May") },
    { NC_("abbreviated month", "Jun"), NC_("month, beside a day", "June") },
    { NC_("abbreviated month", "Jul"), NC_("month, beside a day", "July") },
    { NC_("abbreviated month", "Aug"), NC_("month, beside a day", "August") },
    { NC_("abbreviated month", "Sep"), NC_("month, beside a day", "September") },
    { NC_("abbreviated month", "Oct"), NC_("month, beside a day", "October") },
    { NC_("abbreviated month", "Nov"), NC_("month, beside a day", "November") },
    { NC_("abbreviated month", "Dec"), NC_("month, beside a day", "December") },
};

/* Where people read the time on a clock of twelve hours, for systems without their locale. */
static const char *const twelve_hours[] = { "en_US", "en_CA", "en_AU", "en_NZ", "en_IN", "en_PH",
                                            "ar_EG", "ar_SA", "ar_AE", "ar_JO", "ar_SY", "ar_IQ" };

static bool has_locale(int category)
{
    return !language_is_plain(setlocale(category, NULL));
}

static bool is_twelve_hours(void)
{
    const char *format = nl_langinfo(T_FMT);
    if (has_locale(LC_TIME))
        return strstr(format, "%I") != NULL || strstr(format, "%l") != NULL || strstr(format, "%r") != NULL || strstr(format, "%p") != NULL;
    const char *wanted = language_wanted_locale("LC_TIME");
    for (size_t i = 0; wanted != NULL && i < G_N_ELEMENTS(twelve_hours); i++) {
        if (g_str_has_prefix(wanted, twelve_hours[i]))
            return true;
    }
    return false;
}

const char *language_day_format(void)
{
    /* TRANSLATORS: codes of strftime(3), at most ten columns: the date of mail from another year. */
    /* xgettext:no-c-format */
    const char *own = C_("date of another year", "%Y-%m-%d");
    return has_locale(LC_TIME) && strlen(nl_langinfo(D_FMT)) <= strlen("%d.%m.%Y") ? "%x" : own;
}

static const char *half_of_day(GDateTime *when)
{
    return g_date_time_get_hour(when) < 12 ? C_("time of day", "AM") : C_("time of day", "PM");
}

/* What stands for one conversion where the locale is missing; NULL: GLib's own. */
static const char *conversion_words(GDateTime *when, char conversion)
{
    const char *const *weekday = weekdays[g_date_time_get_day_of_week(when) - 1], *const *month = months[g_date_time_get_month(when) - 1];
    switch (conversion) {
    case 'a':
        return g_dpgettext2(GETTEXT_PACKAGE, "abbreviated weekday", weekday[0]);
    case 'A':
        return g_dpgettext2(GETTEXT_PACKAGE, "weekday", weekday[1]);
    case 'b':
    case 'h':
        return g_dpgettext2(GETTEXT_PACKAGE, "abbreviated month", month[0]);
    case 'B':
        return g_dpgettext2(GETTEXT_PACKAGE, "month, beside a day", month[1]);
    case 'p':
        return half_of_day(when);
    default:
        return NULL;
    }
}

/* What one conversion is made of; NULL: it is no such one. */
static const char *conversion_parts(char conversion)
{
    switch (conversion) {
    case 'x':
        return language_day_format();
    case 'X':
        return "%H:%M:%S";
    case 'r':
        return "%I:%M:%S %p";
    case 'c':
        /* TRANSLATORS: codes of strftime(3): a whole date and time. */
        /* xgettext:no-c-format */
        return C_("date and time", "%a %e %b %Y %H:%M");
    default:
        return NULL;
    }
}

static void add_words(GString *out, const char *words)
{
    for (; *words != '\0'; words++)
        g_string_append(out, *words == '%' ? "%%" : (char[]){ *words, '\0' });
}

/* The format with the translation's words in the place of what only a locale knows. */
static void add_format(GString *out, GDateTime *when, const char *format, bool is_part)
{
    while (*format != '\0') {
        size_t length = *format == '%' ? 1 + strspn(format + 1, "-_0^#EO") : 0;
        char conversion = length > 0 ? format[length] : '\0';
        const char *words = conversion != '\0' ? conversion_words(when, conversion) : NULL;
        const char *parts = conversion != '\0' && !is_part ? conversion_parts(conversion) : NULL;
        if (words != NULL)
            add_words(out, words);
        else if (parts != NULL)
            add_format(out, when, parts, true);
        else
            g_string_append_len(out, format, (gssize)length + (conversion != '\0' || length == 0));
        format += length + (conversion != '\0' || length == 0);
    }
}

char *language_date(GDateTime *when, const char *format)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (has_locale(LC_TIME))
        g_string_append(out, format);
    else
        add_format(out, when, format, false);
    if (is_twelve_hours()) {
        bool has_words = has_locale(LC_TIME) && *nl_langinfo(AM_STR) != '\0';
        g_autofree char *clock = has_words ? g_strdup("%-I:%M %p") : g_strconcat("%-I:%M ", half_of_day(when), NULL);
        g_string_replace(out, "%H:%M", clock, 0);
    }
    return g_date_time_format(when, out->str);
}

/* --- numbers --- */

/* "1 234.5" shows both marks: what stands between 1 and 2, and between 4 and 5. */
static struct marks marks_of_sample(const char *sample)
{
    struct marks marks = { " ", "." };
    const char *one = strchr(sample, '1'), *two = one != NULL ? strchr(one, '2') : NULL, *four = two != NULL ? strchr(two, '4') : NULL,
               *five = four != NULL ? strchr(four, '5') : NULL;
    if (five == NULL || two - one > MARK_MAX || five - four > MARK_MAX)
        return marks;
    g_strlcpy(marks.thousands, one + 1, (gsize)(two - one));
    g_strlcpy(marks.decimal, four + 1, (gsize)(five - four));
    return marks;
}

static struct marks marks_now(void)
{
    struct marks marks;
    if (!has_locale(LC_NUMERIC))
        /* TRANSLATORS: this number with the marks of your language; it is only read for what stands between 1 and 2, and between 4 and 5. */
        return marks_of_sample(C_("number", "1 234.5"));
    const struct lconv *locale = localeconv();
    g_autofree char *thousands = g_locale_to_utf8(locale->thousands_sep, -1, NULL, NULL, NULL);
    g_autofree char *decimal = g_locale_to_utf8(locale->decimal_point, -1, NULL, NULL, NULL);
    g_strlcpy(marks.thousands, thousands != NULL ? thousands : "", sizeof marks.thousands);
    g_strlcpy(marks.decimal, decimal != NULL && *decimal != '\0' ? decimal : ".", sizeof marks.decimal);
    return marks;
}

/* Digits with a mark before every third from the right. */
static void add_grouped(GString *out, const char *digits, const char *mark)
{
    size_t length = strlen(digits);
    for (size_t i = 0; i < length; i++)
        g_string_append_printf(out, "%s%c", i > 0 && (length - i) % 3 == 0 ? mark : "", digits[i]);
}

char *language_number(int64_t number)
{
    struct marks marks = marks_now();
    g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT, number);
    GString *out = g_string_new(number < 0 ? "-" : "");
    add_grouped(out, digits + (number < 0), marks.thousands);
    return g_string_free(out, FALSE);
}

char *language_decimal(double number, int digits)
{
    struct marks marks = marks_now();
    char text[G_ASCII_DTOSTR_BUF_SIZE], format[8];
    g_snprintf(format, sizeof format, "%%.%df", CLAMP(digits, 0, 9));
    g_ascii_formatd(text, sizeof text, format, number);
    char *point = strchr(text, '.');
    if (point != NULL)
        *point = '\0';
    GString *out = g_string_new(number < 0 ? "-" : "");
    add_grouped(out, text + (*text == '-'), marks.thousands);
    if (point != NULL)
        g_string_append_printf(out, "%s%s", marks.decimal, point + 1);
    return g_string_free(out, FALSE);
}

/* --- order --- */

/* Letters without their marks, so that an Ä is beside the A where no locale says better. */
static char *bare_letters(const char *text)
{
    g_autofree char *folded = g_utf8_casefold(text, -1), *apart = g_utf8_normalize(folded, -1, G_NORMALIZE_ALL);
    GString *out = g_string_new(NULL);
    for (const char *at = apart; at != NULL && *at != '\0'; at = g_utf8_next_char(at)) {
        if (!g_unichar_ismark(g_utf8_get_char(at)))
            g_string_append_unichar(out, g_utf8_get_char(at));
    }
    return g_string_free(out, FALSE);
}

char *language_sort_key(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    if (has_locale(LC_COLLATE)) {
        g_autofree char *folded = g_utf8_casefold(valid, -1), *first = g_utf8_collate_key(folded, -1);
        return g_strconcat(first, "\x01", valid, NULL);
    }
    g_autofree char *bare = bare_letters(valid);
    return g_strconcat(bare, "\x01", valid, NULL);
}

char *language_size(uint64_t bytes)
{
    if (bytes < 1000)
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%d byte", "%d bytes", (gulong)bytes), (int)bytes);
    if (bytes < 999500)
        return g_strdup_printf(_("%d KB"), (int)((bytes + 500) / 1000));
    bool is_huge = bytes >= 999950000;
    g_autofree char *number = language_decimal((double)bytes / (is_huge ? 1e9 : 1e6), 1);
    return is_huge ? g_strdup_printf(_("%s GB"), number) : g_strdup_printf(_("%s MB"), number);
}
