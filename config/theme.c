/* SPDX-License-Identifier: MIT */
/* Shipped themes as tables, a person's as files: [styles] NAME = FOREGROUND BACKGROUND ATTRIBUTE … */
#include "config/theme.h"
#include "config/ini.h"
#include "config/nearest.h"
#include "config/parse_private.h"
#include "config/paths.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static const char *const style_words[THEME_STYLE_COUNT + 1] = {
#define X(name, word) word,
    THEME_STYLES(X)
#undef X
};
static const char *const color_words[] = { "black",        "red",           "green",       "yellow",         "blue",
                                           "magenta",      "cyan",          "white",       "bright-black",   "bright-red",
                                           "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan",
                                           "bright-white" };

struct theme_row {
    enum theme_style style;
    const char *look; /* as in a file */
};

/* The terminal's own background and foreground wherever possible. */
static const struct theme_row default_rows[] = {
    { THEME_HEADER, "default default bold" },
    { THEME_HEADER_DIM, "default default dim" },
    { THEME_HINT_KEY, "default default bold" },
    { THEME_HINT_TEXT, "default default dim" },
    { THEME_SELECTED, "default default reverse" },
    { THEME_UNREAD, "default default bold" },
    { THEME_FLAGGED, "yellow default" },
    { THEME_MARKED, "magenta default bold" },
    { THEME_DIM, "default default dim" },
    { THEME_DATE, "default default dim" },
    { THEME_TREE, "default default dim" },
    { THEME_FOLDER_UNREAD, "default default bold" },
    { THEME_ACCOUNT, "bright-blue default bold" },
    { THEME_ERROR, "bright-red default bold" },
    { THEME_WARNING, "yellow default bold" },
    { THEME_OK, "green default" },
    { THEME_PROGRESS, "cyan default" },
    { THEME_LINE, "default default dim" },
    { THEME_TITLE, "default default bold" },
    { THEME_FIELD, "default default dim" },
    { THEME_INPUT, "default default underline" },
    { THEME_QUOTE1, "cyan default" },
    { THEME_QUOTE2, "green default" },
    { THEME_QUOTE3, "magenta default" },
    { THEME_SIGNATURE, "default default dim" },
    { THEME_LINK, "bright-blue default underline" },
    { THEME_HEADING, "default default bold" },
    { THEME_BOLD, "default default bold" },
    { THEME_ITALIC, "default default italic" },
    { THEME_UNDERLINE, "default default underline" },
    { THEME_CODE, "yellow default" },
    { THEME_ATTACHMENT, "magenta default" },
    { THEME_MATCH, "black yellow" },
    { THEME_TAG, "cyan default" },
};
static const struct theme_row mono_rows[] = {
    { THEME_HEADER, "default default bold" },      { THEME_HINT_KEY, "default default bold" },
    { THEME_SELECTED, "default default reverse" }, { THEME_UNREAD, "default default bold" },
    { THEME_MARKED, "default default bold" },      { THEME_FOLDER_UNREAD, "default default bold" },
    { THEME_ACCOUNT, "default default bold" },     { THEME_ERROR, "default default bold" },
    { THEME_WARNING, "default default bold" },     { THEME_TITLE, "default default bold" },
    { THEME_INPUT, "default default underline" },  { THEME_LINK, "default default underline" },
    { THEME_HEADING, "default default bold" },     { THEME_BOLD, "default default bold" },
    { THEME_ITALIC, "default default underline" }, { THEME_UNDERLINE, "default default underline" },
    { THEME_MATCH, "default default reverse" },
};
/* Over the default's rows. */
static const struct theme_row dark_rows[] = {
    { THEME_SELECTED, "255 238 bold" },
    { THEME_DIM, "245 default" },
    { THEME_DATE, "245 default" },
    { THEME_HINT_TEXT, "245 default" },
    { THEME_LINE, "239 default" },
    { THEME_QUOTE1, "109 default" },
    { THEME_ACCOUNT, "75 default bold" },
    { THEME_LINK, "75 default underline" },
    { THEME_MARKED, "bright-magenta default bold" },
    { THEME_QUOTE3, "bright-magenta default" },
    { THEME_ATTACHMENT, "bright-magenta default" },
};
static const struct theme_row light_rows[] = {
    { THEME_SELECTED, "16 254 bold" },      { THEME_DIM, "243 default" },
    { THEME_DATE, "243 default" },          { THEME_HINT_TEXT, "243 default" },
    { THEME_LINE, "250 default" },          { THEME_FLAGGED, "130 default" },
    { THEME_WARNING, "130 default bold" },  { THEME_QUOTE1, "24 default" },
    { THEME_QUOTE2, "28 default" },         { THEME_CODE, "94 default" },
    { THEME_HINT_KEY, "24 default bold" },  { THEME_OK, "28 default" },
    { THEME_PROGRESS, "29 default" },       { THEME_TAG, "29 default" },
    { THEME_ERROR, "red default bold" },    { THEME_MARKED, "magenta default" },
    { THEME_ACCOUNT, "blue default bold" }, { THEME_LINK, "blue default underline" },
    { THEME_ATTACHMENT, "24 default" },
};
static const struct theme_row contrast_rows[] = {
    { THEME_NORMAL, "bright-white black" },
    { THEME_SELECTED, "bright-white blue bold" },
    { THEME_UNREAD, "bright-yellow default bold" },
    { THEME_FLAGGED, "bright-yellow default bold" },
    { THEME_CODE, "bright-yellow default bold" },
    { THEME_ACCOUNT, "bright-cyan default bold" },
    { THEME_ERROR, "black bright-white bold" },
    { THEME_LINK, "bright-cyan default underline" },
    { THEME_MARKED, "bright-green default bold" },
    { THEME_QUOTE3, "bright-green default bold" },
    { THEME_ATTACHMENT, "bright-green default bold" },
    { THEME_MATCH, "black bright-white" },
};
/* Nobody knows the ground: colours that are 4.5 to 1 on black and on white. There are few; of 16 colours there is none, and each terminal has its own. */
static const struct theme_row any_rows[] = {
    { THEME_FLAGGED, "131 default" },     { THEME_WARNING, "131 default bold" },
    { THEME_CODE, "131 default" },        { THEME_ERROR, "163 default bold" },
    { THEME_MARKED, "163 default bold" }, { THEME_ATTACHMENT, "98 default" },
    { THEME_ACCOUNT, "63 default bold" }, { THEME_OK, "29 default" },
    { THEME_PROGRESS, "29 default" },     { THEME_LINK, "63 default underline" },
    { THEME_QUOTE1, "29 default" },       { THEME_QUOTE2, "98 default" },
    { THEME_QUOTE3, "131 default" },      { THEME_TAG, "29 default" },
};
/* What a theme is made for. */
enum ground {
    GROUND_ANY,     /* the terminal's own */
    GROUND_UNKNOWN, /* the same, and it may be white or black */
    GROUND_WHITE,   /* the terminal's own, but white */
    GROUND_OWN      /* that of the style normal */
};
static const struct {
    const char *name;
    const struct theme_row *base, *rows;
    size_t base_count, count;
    enum ground ground;
} themes[] = {
    { "default", default_rows, any_rows, G_N_ELEMENTS(default_rows), G_N_ELEMENTS(any_rows), GROUND_UNKNOWN },
    { "mono", mono_rows, NULL, G_N_ELEMENTS(mono_rows), 0, GROUND_ANY },
    { "dark", default_rows, dark_rows, G_N_ELEMENTS(default_rows), G_N_ELEMENTS(dark_rows), GROUND_ANY },
    { "light", default_rows, light_rows, G_N_ELEMENTS(default_rows), G_N_ELEMENTS(light_rows), GROUND_WHITE },
    { "high-contrast", default_rows, contrast_rows, G_N_ELEMENTS(default_rows), G_N_ELEMENTS(contrast_rows), GROUND_OWN },
};

/* The 256-colour palette: a 6×6×6 cube with these levels from 16, then 24 greys from 232. */
static const int cube_levels[] = { 0, 95, 135, 175, 215, 255 };

static int nearest_level(int value)
{
    int best = 0;
    for (int i = 1; i < (int)G_N_ELEMENTS(cube_levels); i++) {
        if (ABS(cube_levels[i] - value) < ABS(cube_levels[best] - value))
            best = i;
    }
    return best;
}

static int difference(int r, int g, int b, int r2, int g2, int b2)
{
    return (r - r2) * (r - r2) + (g - g2) * (g - g2) + (b - b2) * (b - b2);
}

/* #rrggbb → the nearest of the palette. */
static short palette_color(unsigned rgb)
{
    int r = rgb >> 16 & 255, g = rgb >> 8 & 255, b = rgb & 255;
    int level_r = nearest_level(r), level_g = nearest_level(g), level_b = nearest_level(b);
    int step = CLAMP(((r + g + b) / 3 - 8 + 5) / 10, 0, 23), grey = 8 + 10 * step;
    int cube_off = difference(r, g, b, cube_levels[level_r], cube_levels[level_g], cube_levels[level_b]);
    if (difference(r, g, b, grey, grey, grey) < cube_off)
        return (short)(232 + step);
    return (short)(16 + 36 * level_r + 6 * level_g + level_b);
}

short theme_nearest(int rgb)
{
    return palette_color((unsigned)rgb);
}

int theme_rgb(short color)
{
    static const int first[] = { 0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
                                 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff };
    if (color < 0)
        return -1;
    if (color < 16)
        return first[color];
    if (color >= 232)
        return (8 + 10 * (color - 232)) * 0x010101;
    int cube = color - 16;
    return cube_levels[cube / 36] << 16 | cube_levels[cube / 6 % 6] << 8 | cube_levels[cube % 6];
}

/* "15;0": the last number is the background's. */
const char *theme_resolve(const char *name, const char *colorfgbg)
{
    guint64 background = 0;
    const char *last = colorfgbg != NULL ? strrchr(colorfgbg, ';') : NULL;
    if (name == NULL || strcmp(name, "auto") != 0)
        return name != NULL ? name : "default";
    if (last == NULL || !g_ascii_string_to_unsigned(last + 1, 10, 0, 15, &background, NULL))
        return "default";
    return background == 7 || background == 15 ? "light" : background <= 8 ? "dark" : "default";
}

static bool read_color(const char *word, short *color_out, int *rgb_out)
{
    guint64 number = 0;
    *rgb_out = -1;
    if (strcmp(word, "default") == 0)
        return *color_out = -1, true;
    for (size_t i = 0; i < G_N_ELEMENTS(color_words); i++) {
        if (strcmp(word, color_words[i]) == 0)
            return *rgb_out = theme_rgb((short)i), *color_out = (short)i, true;
    }
    if (word[0] == '#' && strlen(word) == 7 && g_ascii_string_to_unsigned(word + 1, 16, 0, 0xffffff, &number, NULL))
        return *rgb_out = (int)number, *color_out = palette_color((unsigned)number), true;
    if (g_ascii_string_to_unsigned(word, 10, 0, 255, &number, NULL))
        return *rgb_out = theme_rgb((short)number), *color_out = (short)number, true;
    return false;
}

/* For terminals with eight colours. */
static short fallback_color(short color)
{
    if (color < 8)
        return color;
    if (color == 12)
        return 6; /* bright blue: eight colours have only one that is too dark to read */
    if (color < 16)
        return (short)(color - 8);
    if (color >= 232)
        return color >= 244 ? 7 : -1;
    int cube = color - 16, r = cube / 36, g = cube / 6 % 6, b = cube % 6, most = MAX(r, MAX(g, b));
    if (most < 2)
        return -1;
    return (short)((r * 2 > most ? 1 : 0) | (g * 2 > most ? 2 : 0) | (b * 2 > most ? 4 : 0));
}

/* With few colours a coloured background may come out as the text's own colour: then it is text and background exchanged. */
struct theme_look theme_fit(const struct theme_look *look, int colors)
{
    struct theme_look fit = *look;
    bool fits = look->foreground < colors && look->background < colors;
    bool is_clear = look->background < 0 || (look->foreground8 >= 0 && look->background8 >= 0 && look->foreground8 != look->background8);
    if (colors == 0 || (!fits && !is_clear)) {
        fit.foreground = fit.background = -1;
        fit.reverse = look->reverse || look->background >= 0;
    } else if (!fits) {
        fit.foreground = look->foreground16 >= 0 && look->foreground16 < colors ? look->foreground16 : look->foreground8;
        fit.background = look->background < 0 ? -1 : look->background8;
    }
    if (colors <= 8 && fit.foreground == 0)
        fit.bold = false; /* there bold is bright, and bright black is grey */
    return fit;
}

static bool read_attribute(const char *word, struct theme_look *look)
{
    const struct {
        const char *word;
        bool *field;
    } attributes[] = { { "bold", &look->bold },
                       { "dim", &look->dim },
                       { "italic", &look->italic },
                       { "underline", &look->underline },
                       { "reverse", &look->reverse } };
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
        if (strcmp(word, attributes[i].word) == 0)
            return *attributes[i].field = true;
    }
    return false;
}

/* False with the word that is not known. */
static bool read_look(const char *text, struct theme_look *look_out, const char **bad_out, char ***words_out)
{
    struct theme_look look = { .foreground = -1, .background = -1, .foreground16 = -1, .foreground_rgb = -1, .background_rgb = -1 };
    unsigned place = 0;
    *words_out = g_strsplit_set(text, " \t", -1);
    for (char **word = *words_out; *word != NULL; word++) {
        if (**word == '\0')
            continue;
        bool is_known = place == 0   ? read_color(*word, &look.foreground, &look.foreground_rgb)
                        : place == 1 ? read_color(*word, &look.background, &look.background_rgb)
                                     : read_attribute(*word, &look);
        if (!is_known)
            return *bad_out = *word, false;
        place++;
    }
    look.foreground8 = fallback_color(look.foreground);
    look.background8 = fallback_color(look.background);
    *look_out = look;
    return true;
}

static void apply_rows(struct theme *self, const struct theme_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_auto(GStrv) words = NULL;
        const char *bad = NULL;
        read_look(rows[i].look, &self->looks[rows[i].style], &bad, &words);
    }
}

static void reset(struct theme *self)
{
    for (size_t i = 0; i < THEME_STYLE_COUNT; i++)
        self->looks[i] = (struct theme_look){ -1, -1, -1, -1, -1, -1, -1, false, false, false, false, false };
}

/* Green, yellow, cyan and white cannot be read on white, and eight colours have no darker ones. */
static void darken(struct theme_look *look)
{
    bool is_pale = look->foreground8 == 2 || look->foreground8 == 3 || look->foreground8 == 6 || look->foreground8 == 7;
    if (is_pale && look->background8 < 0)
        look->foreground8 = -1;
}

/* All of it on one ground, whatever the terminal's is; nothing dimmed. */
static void fill(struct theme_look *look, const struct theme_look *normal)
{
    look->dim = false;
    if (look->foreground < 0) {
        look->foreground = normal->foreground;
        look->foreground8 = normal->foreground8;
        look->foreground_rgb = normal->foreground_rgb;
    }
    if (look->background < 0) {
        look->background = normal->background;
        look->background8 = normal->background8;
        look->background_rgb = normal->background_rgb;
    }
}

/* Of few colours those that were there before; of eight the nearest to those. */
static void keep_few(struct theme *self, const struct theme *before)
{
    for (size_t i = 0; i < THEME_STYLE_COUNT; i++) {
        const struct theme_look *old = &before->looks[i];
        struct theme_look *now = &self->looks[i];
        if (now->foreground != old->foreground) {
            now->foreground16 = old->foreground;
            now->foreground8 = old->foreground8;
        }
    }
}

static void suit(struct theme *self, enum ground ground)
{
    for (size_t i = 0; i < THEME_STYLE_COUNT; i++) {
        if (ground == GROUND_WHITE)
            darken(&self->looks[i]);
        else if (ground == GROUND_OWN)
            fill(&self->looks[i], &self->looks[THEME_NORMAL]);
    }
}

static bool load_shipped(const char *name, struct theme *self)
{
    for (size_t i = 0; i < G_N_ELEMENTS(themes); i++) {
        if (strcmp(themes[i].name, name) != 0)
            continue;
        reset(self);
        apply_rows(self, themes[i].base, themes[i].base_count);
        const struct theme before = *self;
        apply_rows(self, themes[i].rows, themes[i].count);
        if (themes[i].ground == GROUND_UNKNOWN)
            keep_few(self, &before);
        suit(self, themes[i].ground);
        return true;
    }
    return false;
}

static bool fail_style(const ini *file, const char *style, GError **error)
{
    g_autofree char *all = g_strjoinv(", ", (char **)style_words), *hint = nearest_hint(style, style_words);
    return ini_fail(file, "styles", style, error, _("There is no style %s.%s Allowed are: %s."), style, hint, all);
}

static bool read_style(const ini *file, const char *key, struct theme *self, GError **error)
{
    g_autofree char *text = ini_get(file, "styles", key);
    g_auto(GStrv) words = NULL;
    const char *bad = NULL;
    size_t style = 0;
    while (style < THEME_STYLE_COUNT && strcmp(style_words[style], key) != 0)
        style++;
    if (style == THEME_STYLE_COUNT)
        return fail_style(file, key, error);
    if (text != NULL && read_look(text, &self->looks[style], &bad, &words))
        return true;
    return ini_fail(
        file, "styles", key, error,
        _("\"%s\" is not known. Allowed are FOREGROUND BACKGROUND, then bold, dim, italic, underline, reverse; colours are default, "
          "names such as red or bright-red, 0 to 255 and #rrggbb."),
        bad != NULL ? bad : "");
}

static bool read_theme(const ini *file, struct theme *theme_out, GError **error)
{
    g_auto(GStrv) groups = ini_groups(file), keys = ini_keys(file, "styles");
    struct theme theme;
    load_shipped("default", &theme);
    for (char **group = groups; *group != NULL; group++) {
        if (strcmp(*group, "styles") != 0)
            return ini_fail(file, *group, NULL, error, _("There is no group [%s]. Allowed is [styles]."), *group);
    }
    for (char **key = keys; *key != NULL; key++) {
        if (!read_style(file, *key, &theme, error))
            return false;
    }
    *theme_out = theme;
    return true;
}

bool theme_from_data(const char *path, const char *text, size_t length, struct theme *theme_out, GError **error)
{
    g_autoptr(ini) file = ini_from_data(path, text, length, error);
    return file != NULL && read_theme(file, theme_out, error);
}

bool theme_load(const char *name, struct theme *theme_out, GError **error)
{
    if (load_shipped(name, theme_out))
        return true;
    g_autofree char *relative = g_strdup_printf("themes/%s.theme", name), *path = paths_config_file(relative);
    bool is_missing = false;
    g_autoptr(GError) why = NULL;
    g_autoptr(ini) file = strchr(name, '/') == NULL ? ini_load(path, &is_missing, &why) : NULL;
    if (file != NULL)
        return read_theme(file, theme_out, error);
    if (why != NULL && !is_missing) /* the file is there, and says where it is wrong */
        return g_propagate_error(error, g_steal_pointer(&why)), false;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE,
                _("There is no theme %s (%s). Allowed are default, dark, light, high-contrast, mono and files in themes/."), name, path);
    return false;
}
