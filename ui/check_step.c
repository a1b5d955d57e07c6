/* SPDX-License-Identifier: MIT */
/* A step of a check as a line that people read. */
#include "ui/check_step.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { NAME_COLUMNS_MIN = 12 };

static const char *const names[] = {
    NC_("step of a check", "resolve"),     NC_("step of a check", "connect"), NC_("step of a check", "secure"),
    NC_("step of a check", "certificate"), NC_("step of a check", "greet"),   NC_("step of a check", "capabilities"),
    NC_("step of a check", "login"),       NC_("step of a check", "folders"), NC_("step of a check", "roles"),
    NC_("step of a check", "send"),        NC_("step of a check", "arrive"),
};

/* The names make a column in every language. */
static int name_columns(void)
{
    int columns = NAME_COLUMNS_MIN;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        columns = MAX(columns, width_text(g_dpgettext2(GETTEXT_PACKAGE, "step of a check", names[i])));
    return columns;
}

char *check_step_line(const char *mark, const char *step, int elapsed_ms, const char *text)
{
    const char *name = g_dpgettext2(GETTEXT_PACKAGE, "step of a check", step);
    return g_strdup_printf("%s %s%*s %5d ms  %s", mark, name, name_columns() - width_text(name), "", elapsed_ms, text);
}
