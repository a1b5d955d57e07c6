/* SPDX-License-Identifier: MIT */
/* Right-to-left text into the order in which it is seen (FriBidi), for terminals that do not do it themselves. */
#include "ui/bidi.h"
#include <fribidi.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

enum { VTE_WITH_BDSM = 5800, RTL_PERCENT = 40 /* of the letters, as browsers guess */, ARROW_RIGHT = 0x25B8, ARROW_LEFT = 0x25C2 };

static struct {
    bool is_ours, is_held, tells_terminal;
    bool has_rtl_language; /* of the texts on the screen */
} state = { .is_ours = true };

static bool is_set(const char *name)
{
    const char *value = g_getenv(name);
    return value != NULL && *value != '\0';
}

static bool is_multiplexed(void)
{
    const char *name = g_getenv("TERM");
    return is_set("TMUX") || is_set("STY") || (name != NULL && (g_str_has_prefix(name, "screen") || g_str_has_prefix(name, "tmux")));
}

/* Terminals that turn runs by themselves. VTE leaves it to programs that ask, unless a multiplexer is between. */
static bool is_terminal_able(void)
{
    const char *name = g_getenv("TERM"), *program = g_getenv("TERM_PROGRAM");
    return is_set("KONSOLE_VERSION") || is_set("MLTERM") || (name != NULL && g_str_has_prefix(name, "mlterm")) ||
           g_strcmp0(program, "Apple_Terminal") == 0 || is_set("VTE_VERSION");
}

/* As the head of the catalogue says it. */
static bool is_language_rtl(void)
{
    static const char *const languages[] = { "ar", "fa", "he", "ur", "yi", "ps", "ckb", "ug", "sd", "dv" };
    const char *head = g_dgettext(GETTEXT_PACKAGE, ""), *name = head != NULL ? strstr(head, "\nLanguage: ") : NULL;
    name = name != NULL ? name + strlen("\nLanguage: ") : "";
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz");
    for (size_t i = 0; i < G_N_ELEMENTS(languages); i++)
        if (length == strlen(languages[i]) && strncmp(name, languages[i], length) == 0)
            return true;
    return false;
}

void bidi_choose(const char *wish)
{
    state.has_rtl_language = is_language_rtl();
    bool is_auto = wish == NULL || strcmp(wish, "auto") == 0;
    bool is_vte = is_set("VTE_VERSION") && strtol(g_getenv("VTE_VERSION"), NULL, 10) >= VTE_WITH_BDSM && !is_multiplexed();
    state.is_ours = is_auto ? is_vte || !is_terminal_able() : strcmp(wish, "program") == 0;
    state.tells_terminal = is_vte && state.is_ours;
}

bool bidi_tells_terminal(void)
{
    return state.tells_terminal;
}

void bidi_hold(bool is_held)
{
    state.is_held = is_held;
}

/* By the first two bytes: Hebrew to Arabic Extended, presentation forms, the right-to-left blocks of the first plane beyond. */
static bool is_lead(unsigned char first, unsigned char second)
{
    return (first >= 0xD6 && first <= 0xDF) || (first == 0xE0 && second >= 0xA0 && second <= 0xA3) ||
           (first == 0xEF && second >= 0xAC && second <= 0xBB) || (first == 0xF0 && (second == 0x90 || second == 0x9E));
}

bool bidi_has(const char *utf8, size_t length)
{
    if (!state.is_ours || state.is_held)
        return false;
    for (size_t i = 0; i + 1 < length; i++) {
        if (is_lead((unsigned char)utf8[i], (unsigned char)utf8[i + 1]))
            return true;
    }
    return false;
}

/* The first character of a glyph is another one now; its marks stay. */
static void replace_first(struct width_glyph *glyph, FriBidiChar character)
{
    char text[sizeof glyph->text] = "";
    const char *marks = g_utf8_next_char(glyph->text);
    int used = g_unichar_to_utf8(character, text);
    if ((size_t)used + strlen(marks) < sizeof text) {
        g_strlcpy(text + used, marks, sizeof text - (size_t)used);
        memcpy(glyph->text, text, sizeof text);
    }
}

/* Letters in their joined forms, and brackets as they look from the right: one character stays one. */
static void shape(struct width_glyph *glyphs, FriBidiChar *letters, const FriBidiLevel *levels, int count)
{
    g_autofree FriBidiArabicProp *joins = g_new(FriBidiArabicProp, (gsize)count);
    g_autofree FriBidiChar *shaped = g_memdup2(letters, (gsize)count * sizeof *letters);
    fribidi_get_joining_types(letters, count, joins);
    g_autofree FriBidiCharType *types = g_new(FriBidiCharType, (gsize)count);
    fribidi_get_bidi_types(letters, count, types);
    fribidi_join_arabic(types, count, levels, joins);
    fribidi_shape(FRIBIDI_FLAG_SHAPE_MIRRORING | FRIBIDI_FLAG_SHAPE_ARAB_PRES, levels, count, joins, shaped);
    for (int i = 0; i < count; i++) {
        if (letters[i] == ARROW_RIGHT && levels[i] % 2 == 1) /* shows where the words go on; the tables know it not */
            shaped[i] = ARROW_LEFT;
        if (shaped[i] != letters[i])
            replace_first(&glyphs[i], shaped[i]);
    }
}

static bool is_rtl_mostly(const FriBidiCharType *types, int count)
{
    int all = 0, rtl = 0;
    for (int i = 0; i < count; i++) {
        bool is_letter = FRIBIDI_IS_STRONG(types[i]) && FRIBIDI_IS_LETTER(types[i]);
        all += is_letter ? 1 : 0;
        rtl += is_letter && FRIBIDI_IS_RTL(types[i]) ? 1 : 0;
    }
    return all > 0 && rtl * 100 >= all * RTL_PERCENT;
}

static void order(struct width_glyph *glyphs, int count, FriBidiParType direction)
{
    if (count < 2)
        return;
    g_autofree FriBidiChar *letters = g_new(FriBidiChar, (gsize)count);
    g_autofree FriBidiCharType *types = g_new(FriBidiCharType, (gsize)count);
    g_autofree FriBidiBracketType *brackets = g_new(FriBidiBracketType, (gsize)count);
    g_autofree FriBidiLevel *levels = g_new(FriBidiLevel, (gsize)count);
    g_autofree FriBidiStrIndex *map = g_new(FriBidiStrIndex, (gsize)count);
    for (int i = 0; i < count; i++) {
        letters[i] = g_utf8_get_char(glyphs[i].text);
        map[i] = i;
    }
    fribidi_get_bidi_types(letters, count, types);
    fribidi_get_bracket_types(letters, count, types, brackets);
    if (direction == FRIBIDI_PAR_ON && state.has_rtl_language && is_rtl_mostly(types, count))
        direction = FRIBIDI_PAR_RTL; /* the row of a longer text may begin with a foreign word */
    if (fribidi_get_par_embedding_levels_ex(types, brackets, count, &direction, levels) == 0)
        return;
    shape(glyphs, letters, levels, count);
    if (fribidi_reorder_line(0, types, count, 0, direction, levels, NULL, map) == 0)
        return;
    g_autofree struct width_glyph *seen = g_new(struct width_glyph, (gsize)count);
    for (int i = 0; i < count; i++)
        seen[i] = glyphs[map[i]];
    memcpy(glyphs, seen, (gsize)count * sizeof *glyphs);
}

void bidi_order(struct width_glyph *glyphs, int count)
{
    order(glyphs, count, FRIBIDI_PAR_ON);
}

void bidi_order_rtl(struct width_glyph *glyphs, int count)
{
    order(glyphs, count, FRIBIDI_PAR_RTL);
}

bool bidi_is_rtl(const char *utf8, size_t length)
{
    if (!bidi_has(utf8, length))
        return false;
    for (const char *at = utf8; at < utf8 + length;) {
        gunichar c = g_utf8_get_char_validated(at, (gssize)(utf8 + length - at));
        FriBidiCharType type = c < 0x110000 ? fribidi_get_bidi_type(c) : FRIBIDI_TYPE_ON;
        if (FRIBIDI_IS_STRONG(type) && FRIBIDI_IS_LETTER(type))
            return FRIBIDI_IS_RTL(type) != 0;
        at = c < 0x110000 ? g_utf8_next_char(at) : at + 1;
    }
    return false;
}

bool bidi_is_our_rtl(const char *utf8, size_t length)
{
    if (!state.has_rtl_language || !bidi_has(utf8, length) || !g_utf8_validate(utf8, (gssize)length, NULL))
        return false;
    g_autofree gunichar *letters = NULL;
    glong count = 0;
    letters = g_utf8_to_ucs4_fast(utf8, (glong)length, &count);
    g_autofree FriBidiCharType *types = g_new(FriBidiCharType, (gsize)count + 1);
    fribidi_get_bidi_types(letters, (FriBidiStrIndex)count, types);
    return is_rtl_mostly(types, (int)count);
}
