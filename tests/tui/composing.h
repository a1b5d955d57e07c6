/* SPDX-License-Identifier: MIT */
/* Writing in the demo account, with settings and an editor of a test's own. */
#pragma once
#include "tests/tui/demo.h"
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { WAIT_MS = 30000, ROWS = 24, COLUMNS = 90 };

static inline void expect(terminal *screen, const char *words)
{
    if (terminal_wait_for(screen, words, WAIT_MS))
        return;
    g_autofree char *shown = terminal_screen_text(screen);
    print_error("there is no \"%s\":\n%s\n", words, shown);
    fail();
}

static inline void type(terminal *screen, const char *keys, const char *wanted)
{
    terminal_keys(screen, keys);
    expect(screen, wanted);
}

static inline void write_file(const char *path, const char *text, int mode)
{
    g_autofree char *directory = g_path_get_dirname(path);
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, mode, NULL));
}

/* The demo account with settings, and an editor made of a shell script (NULL: the built-in one). */
static inline struct demo *open_demo(const char *settings, const char *editor)
{
    struct demo *demo = demo_start(POSTERN_PROGRAM, ROWS, COLUMNS);
    assert_non_null(demo);
    terminal_keys(demo->terminal, "Q");
    assert_int_equal(terminal_wait_exit(demo->terminal, WAIT_MS), 0);
    g_autofree char *file = g_build_filename(demo->home, "config", "postern", "postern.conf", NULL);
    g_autofree char *script = g_build_filename(demo->home, "editor", NULL), *visual = g_strdup_printf("VISUAL=%s", script);
    g_autofree char *text = g_strdup_printf("[postern]\n%s\n%s\n", settings, editor == NULL ? "editor = builtin" : "");
    write_file(file, text, 0600);
    if (editor != NULL)
        write_file(script, editor, 0700);
    assert_true(demo_restart(demo, POSTERN_PROGRAM, ROWS, COLUMNS, (const char *const[]){ visual, NULL }));
    expect(demo->terminal, "unread of 48");
    return demo;
}

static inline void restart(struct demo *demo)
{
    assert_true(demo_restart(demo, POSTERN_PROGRAM, ROWS, COLUMNS, NULL));
}

static inline void kill_hard(struct demo *demo)
{
    kill(terminal_pid(demo->terminal), SIGKILL);
    int status = terminal_wait_exit(demo->terminal, WAIT_MS);
    assert_true(WIFSIGNALED(status));
}

static inline guint kept_count(const struct demo *demo, const char *suffix)
{
    g_autofree char *path = g_build_filename(demo->home, "data", "postern", "composing", NULL);
    g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
    const char *name;
    guint count = 0;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL)
        count += g_str_has_suffix(name, suffix) ? 1 : 0;
    return count;
}

static inline guint kept_files(const struct demo *demo)
{
    return kept_count(demo, ".eml");
}

/* To, Cc, Bcc, Subject; the focus goes on to the text, which opens the editor. */
static inline void begin_message(struct demo *demo, const char *subject)
{
    type(demo->terminal, "c", "Subject");
    type(demo->terminal, "demo@example.test\r\r\r", "demo@example.test");
    type(demo->terminal, subject, subject);
}
