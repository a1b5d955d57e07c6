/* SPDX-License-Identifier: MIT */
/* Starts one of the servers of tests/servers/jail/ in a mount and a pid namespace of its own; see server_jail.h. */
#include "tests/servers/server_jail.h"
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/servers/server_private.h"
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct jail {
    char *directory, *ca_file, *delivered;
    struct jail_ports ports;
    GPid unshare; /* its child is the first process of the namespace */
};

static const struct {
    const char *name;
    size_t offset;
} port_names[] = {
    { "PORT_IMAP", offsetof(struct jail_ports, imap) },
    { "PORT_IMAPS", offsetof(struct jail_ports, imaps) },
    { "PORT_POP3", offsetof(struct jail_ports, pop3) },
    { "PORT_POP3S", offsetof(struct jail_ports, pop3s) },
    { "PORT_SMTP", offsetof(struct jail_ports, smtp) },
    { "PORT_SUBMISSION", offsetof(struct jail_ports, submission) },
    { "PORT_SUBMISSIONS", offsetof(struct jail_ports, submissions) },
    { "PORT_SUBMISSION_WRAPPED", offsetof(struct jail_ports, submission_wrapped) },
};

static int *port_at(struct jail_ports *ports, size_t offset)
{
    return (int *)(void *)((char *)ports + offset);
}

static char **environment_of(jail *self, const struct jail_options *options)
{
    char **environment = g_get_environ();
    g_autofree char *certificate = g_build_filename(self->directory, "server.pem", NULL),
                    *key = g_build_filename(self->directory, "server.key", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(port_names); i++) {
        int *port = port_at(&self->ports, port_names[i].offset);
        *port = server_free_port();
        g_autofree char *digits = g_strdup_printf("%d", *port);
        environment = g_environ_setenv(environment, port_names[i].name, digits, TRUE);
    }
    environment = g_environ_setenv(environment, "CERTIFICATE", certificate, TRUE);
    environment = g_environ_setenv(environment, "KEY", key, TRUE);
    environment = g_environ_setenv(environment, "PASSWORD", options->password != NULL ? options->password : SERVER_PASSWORD, TRUE);
    environment = g_environ_setenv(environment, "SETTINGS", options->settings != NULL ? options->settings : "", TRUE);
    environment = g_environ_setenv(environment, "LC_ALL", "C.UTF-8", TRUE);
    return g_environ_setenv(environment, "SHARED", self->delivered, TRUE);
}

/* In the child: all it says goes to the log, and it never outlives the test. */
static void prepare_child(gpointer log_path)
{
    int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd >= 0) {
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static char *log_path(const jail *self)
{
    return g_build_filename(self->directory, "log", NULL);
}

/* POSTERN_JAIL_TREE: other builds of these servers, unpacked, or a whole system with them (debootstrap). */
static const char *tree(void)
{
    const char *other = g_getenv("POSTERN_JAIL_TREE");
    return other != NULL ? other : SERVER_JAIL_TREE;
}

static bool spawn(jail *self, const char *name, const struct jail_options *options)
{
    g_autofree char *enter = g_build_filename(SERVER_JAIL_SCRIPTS, "enter", NULL), *path = log_path(self),
                    *script = g_build_filename(SERVER_JAIL_SCRIPTS, name, NULL);
    const char *const argv[] = { "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", enter, tree(), script, NULL };
    g_auto(GStrv) environment = environment_of(self, options);
    return g_spawn_async(NULL, (char **)argv, environment,
                         G_SPAWN_SEARCH_PATH_FROM_ENVP | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDIN_FROM_DEV_NULL, prepare_child, path,
                         &self->unshare, NULL);
}

bool jail_is_possible(char **why_not_out)
{
    const char *const argv[] = { "unshare", "--mount", "--pid", "--fork", "true", NULL };
    *why_not_out = NULL;
    if (geteuid() != 0)
        *why_not_out = g_strdup("a namespace for another mail server needs root");
    else if (!g_file_test(tree(), G_FILE_TEST_IS_DIR))
        *why_not_out = g_strdup_printf("%s is not there: `./setup test` fetches it", tree());
    else if (!server_run(NULL, argv))
        *why_not_out = g_strdup("this machine does not let us make namespaces");
    return *why_not_out == NULL;
}

static bool wait_for_ports(jail *self, const int *waits)
{
    for (; *waits >= 0; waits++)
        if (!server_wait_for_port(*port_at(&self->ports, (size_t)*waits)))
            return false;
    return true;
}

jail *jail_start(const char *name, const int *waits, char **why_not_out)
{
    return jail_start_with(name, waits, &(struct jail_options){ 0 }, why_not_out);
}

jail *jail_start_with(const char *name, const int *waits, const struct jail_options *options, char **why_not_out)
{
    if (!jail_is_possible(why_not_out))
        return NULL;
    g_autoptr(jail) self = g_new0(jail, 1);
    char template[] = "/tmp/postern-jail-XXXXXX";
    self->directory = g_strdup(mkdtemp(template));
    self->delivered = g_build_filename(self->directory, "delivered", NULL);
    if (chmod(self->directory, 0755) != 0 || mkdir(self->delivered, 0755) != 0 ||
        (self->ca_file = server_make_certificates(self->directory, options->certificate)) == NULL || !spawn(self, name, options) ||
        !wait_for_ports(self, waits)) {
        g_autofree char *log = jail_log(self);
        *why_not_out = g_strdup_printf("%s did not start:\n%s", name, log);
        return NULL;
    }
    return g_steal_pointer(&self);
}

void jail_free(jail *self)
{
    if (self == NULL)
        return;
    if (self->unshare != 0) {
        kill(self->unshare, SIGKILL); /* --kill-child: the namespace ends with it */
        waitpid(self->unshare, NULL, 0);
    }
    if (self->directory != NULL && g_getenv("POSTERN_KEEP") == NULL)
        remove_tree(self->directory);
    g_free(self->directory);
    g_free(self->ca_file);
    g_free(self->delivered);
    g_free(self);
}

const struct jail_ports *jail_ports(const jail *self)
{
    return &self->ports;
}

const char *jail_ca_file(const jail *self)
{
    return self->ca_file;
}

const char *jail_delivered(const jail *self)
{
    return self->delivered;
}

static char *pid_namespace(const char *pid, const char *link)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/ns/%s", pid, link);
    return g_file_read_link(path, NULL);
}

/* Calls each with every process of the namespace; how many there are. */
static unsigned each_process(const jail *self, void (*each)(pid_t pid, int number), int number)
{
    g_autofree char *parent = g_strdup_printf("%d", (int)self->unshare), *wanted = pid_namespace(parent, "pid_for_children");
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    unsigned count = 0;
    const char *name;
    while (proc != NULL && wanted != NULL && (name = g_dir_read_name(proc)) != NULL) {
        g_autofree char *theirs = g_ascii_isdigit(*name) ? pid_namespace(name, "pid") : NULL;
        if (theirs == NULL || strcmp(theirs, wanted) != 0)
            continue;
        each((pid_t)strtol(name, NULL, 10), number);
        count++;
    }
    return count;
}

static void send_signal(pid_t pid, int number)
{
    kill(pid, number);
}

void jail_freeze(jail *self, bool is_frozen)
{
    each_process(self, send_signal, is_frozen ? SIGSTOP : SIGCONT);
}

unsigned jail_processes(const jail *self)
{
    return each_process(self, send_signal, 0);
}

char *jail_log(jail *self)
{
    g_autofree char *path = log_path(self);
    char *text = NULL;
    g_file_get_contents(path, &text, NULL, NULL);
    return text != NULL ? text : g_strdup("");
}
