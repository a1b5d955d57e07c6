/* SPDX-License-Identifier: MIT */
/* postern with its demo account in directories of its own, on a terminal of a test. */
#include "tests/remove_tree.h"
#include "tests/tui/demo.h"
#include <stdio.h>

enum { START_MS = 20000 };

static terminal *start(const char *home, const char *program, int rows, int columns, const char *const *more)
{
    g_autoptr(GPtrArray) env = g_ptr_array_new_with_free_func(g_free);
    const char *argv[] = { program, NULL };
    g_ptr_array_add(env, g_strdup_printf("HOME=%s", home));
    g_ptr_array_add(env, g_strdup_printf("XDG_CONFIG_HOME=%s/config", home));
    g_ptr_array_add(env, g_strdup_printf("XDG_DATA_HOME=%s/data", home));
    g_ptr_array_add(env, g_strdup_printf("XDG_CACHE_HOME=%s/cache", home));
    g_ptr_array_add(env, g_strdup_printf("XDG_RUNTIME_DIR=%s", home));
    for (size_t i = 0; more != NULL && more[i] != NULL; i++)
        g_ptr_array_add(env, g_strdup(more[i]));
    g_ptr_array_add(env, NULL);
    return terminal_start(argv, rows, columns, (const char *const *)env->pdata);
}

struct demo *demo_start(const char *program, int rows, int columns)
{
    struct demo *self = g_new0(struct demo, 1);
    self->home = g_dir_make_tmp("postern-tui-XXXXXX", NULL);
    self->terminal = self->home != NULL ? start(self->home, program, rows, columns, NULL) : NULL;
    if (self->terminal != NULL && terminal_wait_for(self->terminal, "Ctrl-D", START_MS)) {
        terminal_keys(self->terminal, "\004");
        if (terminal_wait_for(self->terminal, "unread of 48", START_MS) && terminal_wait_for(self->terminal, "▸● postern", START_MS))
            return self; /* the list too has it all: its newest comes with the last */
    }
    if (self->terminal != NULL) {
        g_autofree char *screen = terminal_screen_text(self->terminal);
        (void)fprintf(stderr, "the demo did not come up:\n%s\n", screen);
    }
    demo_free(self);
    return NULL;
}

struct demo *demo_start_wizard(const char *program, int rows, int columns)
{
    struct demo *self = g_new0(struct demo, 1);
    self->home = g_dir_make_tmp("postern-tui-XXXXXX", NULL);
    self->terminal = self->home != NULL ? start(self->home, program, rows, columns, NULL) : NULL;
    if (self->terminal != NULL && terminal_wait_for(self->terminal, "Ctrl-D", START_MS))
        return self;
    demo_free(self);
    return NULL;
}

bool demo_restart(struct demo *self, const char *program, int rows, int columns, const char *const *more_env)
{
    terminal_free(self->terminal);
    self->terminal = start(self->home, program, rows, columns, more_env);
    return self->terminal != NULL;
}

void demo_free(struct demo *self)
{
    if (self == NULL)
        return;
    terminal_free(self->terminal);
    if (self->home != NULL)
        remove_tree(self->home);
    g_free(self->home);
    g_free(self);
}
