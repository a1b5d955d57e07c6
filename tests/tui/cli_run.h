/* SPDX-License-Identifier: MIT */
/* The command line as scripts use it, with a home of its own and no terminal. */
#pragma once
#include "tests/remove_tree.h"
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct run {
    char *home;
    char *out, *err; /* of the last command */
    int code;
};

static inline int set_up(void **state)
{
    struct run *self = g_new0(struct run, 1);
    self->home = g_dir_make_tmp("postern-cli-XXXXXX", NULL);
    *state = self;
    return self->home != NULL ? 0 : -1;
}

static inline int tear_down(void **state)
{
    struct run *self = *state;
    remove_tree(self->home);
    g_free(self->out);
    g_free(self->err);
    g_free(self->home);
    g_free(self);
    return 0;
}

static inline char *write_file(const struct run *self, const char *name, const char *text, int mode)
{
    char *path = g_build_filename(self->home, name, NULL);
    g_autofree char *directory = g_path_get_dirname(path);
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, mode, NULL));
    return path;
}

/* A shell line in which $postern is the program, with a home of its own and no terminal. */
static inline int run(struct run *self, const char *line)
{
    int status = 0;
    g_auto(GStrv) env = g_get_environ();
    g_autofree char *config = g_build_filename(self->home, "config", NULL), *data = g_build_filename(self->home, "data", NULL);
    g_autofree char *cache = g_build_filename(self->home, "cache", NULL);
    const char *const names[] = { "HOME", self->home, "XDG_CONFIG_HOME", config,   "XDG_DATA_HOME", data, "XDG_CACHE_HOME",
                                  cache,  "postern",  POSTERN_PROGRAM,   "LC_ALL", "C.UTF-8",       "TZ", "UTC" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i += 2)
        env = g_environ_setenv(env, names[i], names[i + 1], TRUE);
    const char *const argv[] = { "setsid", "-w", "sh", "-c", line, NULL };
    g_clear_pointer(&self->out, g_free);
    g_clear_pointer(&self->err, g_free);
    assert_true(g_spawn_sync(self->home, (char **)argv, env, G_SPAWN_SEARCH_PATH, NULL, NULL, &self->out, &self->err, &status, NULL));
    assert_true(WIFEXITED(status));
    self->code = WEXITSTATUS(status);
    return self->code;
}

static inline void expect_words(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("there is no \"%s\" in:\n%s", words, text);
}

static inline char *read_back(const struct run *self, const char *name)
{
    g_autofree char *path = g_build_filename(self->home, name, NULL);
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        fail_msg("%s is not there; the program said: %s", name, self->err);
    return text;
}

/* A local account with two messages, as another program may have left them. */
static inline void add_local_mail(struct run *self)
{
    g_free(write_file(self, "config/postern/accounts/home.conf",
                      "[account]\nname = Home\nfrom = Alice <alice@example.test>\n[incoming]\nprotocol = maildir\npath = ~/Mail\n"
                      "[outgoing]\nprotocol = sendmail\ncommand = true\n",
                      0600));
    g_free(write_file(self, "Mail/new/1.a",
                      "From: =?utf-8?Q?Zo=C3=AB?= <zoe@x.test>\nTo: alice@example.test\nSubject: =?utf-8?B?5Lya6K2w?= notes\n"
                      "Message-ID: <1@x>\nDate: Tue, 03 Nov 2026 10:00:00 +0000\n\nThe quick brown fox\n",
                      0600));
    g_free(write_file(self, "Mail/cur/2.a:2,S",
                      "From: Bob <bob@x.test>\nTo: alice@example.test\nSubject: Lunch\nMessage-ID: <2@x>\n"
                      "Date: Wed, 04 Nov 2026 10:00:00 +0000\n\nfoxes are not here\n",
                      0600));
    g_autofree char *temporary = g_build_filename(self->home, "Mail/tmp", NULL);
    assert_int_equal(g_mkdir_with_parents(temporary, 0700), 0);
    assert_int_equal(run(self, "$postern sync"), 0);
}
