/* SPDX-License-Identifier: MIT */
/* node runs the provider; what it prints is read into a file of the test's. */
#include "tests/servers/server_oidc.h"
#include "tests/servers/server_private.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct server_oidc {
    GPid process;
    int input, port;
    FILE *output; /* stays open: it has a word to say now and then */
};

/* "PORT 1234" */
static void read_port(server_oidc *self, int output)
{
    char line[64] = "";
    self->output = fdopen(output, "r");
    if (self->output != NULL && fgets(line, sizeof line, self->output) != NULL && g_str_has_prefix(line, "PORT "))
        self->port = (int)g_ascii_strtoll(line + 5, NULL, 10);
}

/* With node 18 a sign-in at the provider never ends. */
static bool is_new_enough(const char *node)
{
    const char *const argv[] = { node, "--version", NULL };
    g_autofree char *version = NULL;
    return node != NULL && g_spawn_sync(NULL, (char **)argv, NULL, 0, NULL, NULL, &version, NULL, NULL, NULL) && version[0] == 'v' &&
           g_ascii_strtoll(version + 1, NULL, 10) >= 20;
}

server_oidc *server_oidc_start(const char *scripts, const char *modules, int access_token_s, char **why_not_out)
{
    g_autofree char *node = g_find_program_in_path("node"), *package = g_build_filename(modules, "oidc-provider", NULL),
                    *script = g_build_filename(scripts, "provider.mjs", NULL), *seconds = g_strdup_printf("%d", access_token_s);
    if (!is_new_enough(node) || !g_file_test(package, G_FILE_TEST_IS_DIR)) {
        *why_not_out = !is_new_enough(node) ? g_strdup("node 20 or newer is not installed")
                                            : g_strdup_printf("%s is not there (setup test fetches it)", package);
        return NULL;
    }
    server_oidc *self = g_new0(server_oidc, 1);
    int output = -1;
    const char *const argv[] = { node, script, modules, seconds, NULL };
    if (g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                                 &self->process, &self->input, &output, NULL, NULL))
        read_port(self, output);
    if (self->port != 0)
        return self;
    *why_not_out = g_strdup("the provider does not start");
    server_oidc_free(self);
    return NULL;
}

void server_oidc_free(server_oidc *self)
{
    if (self == NULL)
        return;
    if (self->process > 0) {
        close(self->input);
        kill(self->process, SIGKILL);
        waitpid(self->process, NULL, 0);
    }
    if (self->output != NULL)
        fclose(self->output);
    g_free(self);
}

int server_oidc_port(const server_oidc *self)
{
    return self->port;
}

char *server_oidc_control(const server_oidc *self, const char *words)
{
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/test/%s", self->port, words);
    char *answer = NULL;
    const char *const argv[] = { "curl", "-s", "--noproxy", "*", url, NULL };
    return server_run(&answer, argv) ? answer : g_strdup("");
}

int server_oidc_refreshed(const server_oidc *self)
{
    g_autofree char *answer = server_oidc_control(self, "count");
    return (int)g_ascii_strtoll(answer, NULL, 10);
}

char **server_oidc_tokens(const server_oidc *self)
{
    g_autofree char *answer = server_oidc_control(self, "tokens");
    return g_strsplit(answer, "\n", -1);
}
