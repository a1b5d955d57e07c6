/* SPDX-License-Identifier: MIT */
/* Colours as HTML and CSS write them. */
#include "core/html_private.h"
#include <string.h>

static const struct {
    const char *name;
    int rgb;
} names[] = {
    { "black", 0x000000 },       { "silver", 0xc0c0c0 },     { "gray", 0x808080 },         { "grey", 0x808080 },
    { "white", 0xffffff },       { "maroon", 0x800000 },     { "red", 0xff0000 },          { "purple", 0x800080 },
    { "fuchsia", 0xff00ff },     { "magenta", 0xff00ff },    { "green", 0x008000 },        { "lime", 0x00ff00 },
    { "olive", 0x808000 },       { "yellow", 0xffff00 },     { "navy", 0x000080 },         { "blue", 0x0000ff },
    { "teal", 0x008080 },        { "aqua", 0x00ffff },       { "cyan", 0x00ffff },         { "orange", 0xffa500 },
    { "brown", 0xa52a2a },       { "crimson", 0xdc143c },    { "gold", 0xffd700 },         { "pink", 0xffc0cb },
    { "violet", 0xee82ee },      { "indigo", 0x4b0082 },     { "tomato", 0xff6347 },       { "coral", 0xff7f50 },
    { "salmon", 0xfa8072 },      { "khaki", 0xf0e68c },      { "darkred", 0x8b0000 },      { "darkgreen", 0x006400 },
    { "darkblue", 0x00008b },    { "firebrick", 0xb22222 },  { "orangered", 0xff4500 },    { "darkorange", 0xff8c00 },
    { "forestgreen", 0x228b22 }, { "limegreen", 0x32cd32 },  { "seagreen", 0x2e8b57 },     { "steelblue", 0x4682b4 },
    { "royalblue", 0x4169e1 },   { "dodgerblue", 0x1e90ff }, { "deepskyblue", 0x00bfff },  { "skyblue", 0x87ceeb },
    { "lightblue", 0xadd8e6 },   { "lightgreen", 0x90ee90 }, { "lightyellow", 0xffffe0 },  { "lightgray", 0xd3d3d3 },
    { "lightgrey", 0xd3d3d3 },   { "darkgray", 0xa9a9a9 },   { "darkgrey", 0xa9a9a9 },     { "dimgray", 0x696969 },
    { "whitesmoke", 0xf5f5f5 },  { "slategray", 0x708090 },  { "midnightblue", 0x191970 },
};

/* "#abc", "#aabbcc", also without the mark, as old pages have it. */
static bool hex_read(const char *value, int *rgb_out)
{
    int rgb = 0, digits = 0;
    for (; g_ascii_isxdigit(value[digits]) && digits < 6; digits++)
        rgb = rgb << 4 | g_ascii_xdigit_value(value[digits]);
    if ((digits != 3 && digits != 6) || g_ascii_isalnum(value[digits]))
        return false;
    *rgb_out = digits == 6 ? rgb : (rgb >> 8 & 15) * 0x110000 + (rgb >> 4 & 15) * 0x1100 + (rgb & 15) * 0x11;
    return true;
}

/* "rgb(255, 0 0)", "rgba(100%, 0%, 0%, .5)"; what can hardly be seen is no colour. */
static bool function_read(const char *value, int *rgb_out)
{
    double numbers[4] = { 0, 0, 0, 1 };
    int rgb = 0, count = 0;
    for (const char *at = strchr(value, '(') + 1; count < 4; count++) {
        char *end = NULL;
        at += strspn(at, " ,/\t");
        double number = g_ascii_strtod(at, &end);
        if (end == at)
            break;
        numbers[count] = *end != '%' ? number : count < 3 ? number * 2.55 : number / 100;
        at = *end == '%' ? end + 1 : end;
    }
    if (count < 3 || numbers[3] < 0.3)
        return false;
    for (int i = 0; i < 3; i++)
        rgb = rgb << 8 | (int)(CLAMP(numbers[i], 0.0, 255.0) + 0.5);
    *rgb_out = rgb;
    return true;
}

bool html_color_read(const char *value, int *rgb_out)
{
    value += strspn(value, " \t\r\n");
    if (*value == '#')
        return hex_read(value + 1, rgb_out);
    if (g_ascii_strncasecmp(value, "rgb(", 4) == 0 || g_ascii_strncasecmp(value, "rgba(", 5) == 0)
        return function_read(value, rgb_out);
    size_t length = strcspn(value, " \t\r\n!;,");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_ascii_strncasecmp(value, names[i].name, length) == 0 && names[i].name[length] == '\0') {
            *rgb_out = names[i].rgb;
            return true;
        }
    }
    return length == 6 && hex_read(value, rgb_out);
}
