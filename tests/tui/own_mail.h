/* SPDX-License-Identifier: MIT */
/* Mail of a test's own making, in a local account, read on a terminal. */
#pragma once
#include "tests/remove_tree.h"
#include "tests/tui/demo.h"
#include <glib.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { WAIT_MS = 30000 };

static inline void press(terminal *terminal, const char *keys, const char *wanted)
{
    terminal_keys(terminal, keys);
    if (!terminal_wait_for(terminal, wanted, WAIT_MS)) {
        g_autofree char *screen = terminal_screen_text(terminal);
        fail_msg("after \"%s\" there is no \"%s\":\n%s", keys, wanted, screen);
    }
    terminal_wait_idle(terminal, 60, 1000);
}

struct own {
    char *home, *inbox;
    terminal *terminal;
};

static inline void own_write(const struct own *self, const char *name, const char *bytes, size_t size)
{
    g_autofree char *path = g_build_filename(self->inbox, name, NULL);
    assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
}

static inline void own_set(const struct own *self, const char *options)
{
    g_autofree char *path = g_build_filename(self->home, "config/postern/postern.conf", NULL),
                    *text = g_strconcat("[postern]\n", options, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static inline struct own *own_new(void)
{
    struct own *self = g_new0(struct own, 1);
    self->home = g_dir_make_tmp("postern-read-XXXXXX", NULL);
    g_autofree char *accounts = g_build_filename(self->home, "config/postern/accounts", NULL);
    g_autofree char *account = g_build_filename(accounts, "test.conf", NULL);
    self->inbox = g_build_filename(self->home, "mail/Inbox/new", NULL);
    g_autofree char *text = g_strdup_printf("[account]\nfrom = A <a@x.test>\n[incoming]\nprotocol = maildir\npath = %s/mail\n"
                                            "[outgoing]\nprotocol = sendmail\ncommand = /bin/true\n",
                                            self->home),
                    *cur = g_build_filename(self->home, "mail/Inbox/cur", NULL);
    assert_int_equal(g_mkdir_with_parents(accounts, 0700) | g_mkdir_with_parents(self->inbox, 0700) | g_mkdir_with_parents(cur, 0700), 0);
    assert_true(g_file_set_contents_full(account, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    own_set(self, "hyperlinks = yes\n");
    return self;
}

static inline void own_start(struct own *self, const char *wanted)
{
    static const char *const names[][2] = { { "HOME", "" },
                                            { "XDG_CONFIG_HOME", "/config" },
                                            { "XDG_DATA_HOME", "/data" },
                                            { "XDG_CACHE_HOME", "/cache" },
                                            { "XDG_RUNTIME_DIR", "" } };
    g_auto(GStrv) env = g_new0(char *, G_N_ELEMENTS(names) + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        env[i] = g_strdup_printf("%s=%s%s", names[i][0], self->home, names[i][1]);
    self->terminal = terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, 50, 120, (const char *const *)env);
    assert_non_null(self->terminal);
    press(self->terminal, "", wanted);
}

static inline void own_end(struct own *self)
{
    assert_int_equal(terminal_wait_exit(self->terminal, WAIT_MS), 0);
    terminal_free(self->terminal);
    remove_tree(self->home);
    g_free(self->home);
    g_free(self->inbox);
    g_free(self);
}

static inline void own_free(struct own *self)
{
    terminal_keys(self->terminal, "\003");
    own_end(self);
}
