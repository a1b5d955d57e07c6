/* SPDX-License-Identifier: MIT */
/* The person's language: which locale and which translations this process speaks. */
#include "core/language_private.h"
#include <glib.h>
#include <libintl.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>

static const char universal[] = "C.UTF-8";

static const struct category {
    int number;
    const char *name;
} categories[] = {
    { LC_CTYPE, "LC_CTYPE" },     { LC_MESSAGES, "LC_MESSAGES" }, { LC_TIME, "LC_TIME" },   { LC_COLLATE, "LC_COLLATE" },
    { LC_NUMERIC, "LC_NUMERIC" }, { LC_MONETARY, "LC_MONETARY" }, { LC_PAPER, "LC_PAPER" }, { LC_MEASUREMENT, "LC_MEASUREMENT" },
};

/* What gettext does not find by cutting the country off: whose readers are better served by a neighbour's words than by English. */
static const struct neighbour {
    const char *language, *instead;
} neighbours[] = { { "pt", "pt_BR" }, { "zh", "zh_CN" }, { "zh_SG", "zh_CN" } };

static const char *environment(const char *name)
{
    const char *value = g_getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

const char *language_wanted_locale(const char *category)
{
    const char *names[] = { "LC_ALL", category, "LANG" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (environment(names[i]) != NULL)
            return environment(names[i]);
    }
    return NULL;
}

bool language_is_plain(const char *locale)
{
    return locale == NULL || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0 || g_str_has_prefix(locale, "C.");
}

/* A terminal that was said to be Latin-1 does not become one of UTF-8 because its locale is missing here. */
static bool names_other_codeset(const char *locale)
{
    const char *codeset = strchr(locale, '.');
    return codeset != NULL && g_ascii_strncasecmp(codeset + 1, "utf-8", 5) != 0 && g_ascii_strncasecmp(codeset + 1, "utf8", 4) != 0;
}

/* Containers often name no locale at all: ASCII by accident, not by choice. */
static void category_open(const struct category *category)
{
    const char *wanted = language_wanted_locale(category->name);
    if (wanted != NULL && setlocale(category->number, "") != NULL)
        return;
    if (wanted == NULL || category->number != LC_CTYPE || !names_other_codeset(wanted))
        setlocale(category->number, universal);
}

/* "pt_PT.UTF-8@x" begins with "pt_PT" and with "pt". */
static bool begins_with_language(const char *locale, const char *language)
{
    size_t length = strlen(language);
    return strncmp(locale, language, length) == 0 && (locale[length] == '\0' || strchr("_.@", locale[length]) != NULL);
}

static const char *neighbour_of(const char *locale)
{
    const char *instead = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(neighbours); i++) {
        if (begins_with_language(locale, neighbours[i].language) && !begins_with_language(locale, "zh_TW") &&
            !begins_with_language(locale, "zh_HK"))
            instead = neighbours[i].instead;
    }
    return instead;
}

/* LANGUAGE is looked at in any locale but "C", so it carries the language where the locale is missing. */
static void set_language(void)
{
    const char *wanted = language_wanted_locale("LC_MESSAGES");
    if (environment("LANGUAGE") != NULL || language_is_plain(wanted))
        return;
    const char *instead = neighbour_of(wanted);
    if (instead == NULL && !language_is_plain(setlocale(LC_MESSAGES, NULL)))
        return;
    g_autofree char *name = g_strdup(wanted);
    char *codeset = strchr(name, '.'), *modifier = strchr(wanted, '@');
    if (codeset != NULL)
        *codeset = '\0';
    g_autofree char *language =
        g_strconcat(name, codeset != NULL && modifier != NULL ? modifier : "", instead != NULL ? ":" : "", instead, NULL);
    g_setenv("LANGUAGE", language, TRUE);
}

/* The folder of translations beside the program, if it was built or moved there. */
static char *own_folder(void)
{
    static const char *const places[] = { "po", "../share/locale" };
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = program != NULL ? g_path_get_dirname(program) : NULL;
    for (size_t i = 0; folder != NULL && i < G_N_ELEMENTS(places); i++) {
        g_autofree char *place = g_canonicalize_filename(places[i], folder);
        g_autofree char *sample = g_build_filename(place, "de", "LC_MESSAGES", GETTEXT_PACKAGE ".mo", NULL);
        if (g_file_test(sample, G_FILE_TEST_IS_REGULAR))
            return g_steal_pointer(&place);
    }
    return NULL;
}

void language_open(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(categories); i++)
        category_open(&categories[i]);
    set_language();
    g_autofree char *folder = own_folder();
    bindtextdomain(GETTEXT_PACKAGE, folder != NULL ? folder : POSTERN_LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
}
