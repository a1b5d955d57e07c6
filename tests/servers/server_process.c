/* SPDX-License-Identifier: MIT */
/* What the tests' own servers need of the machine: commands, ports, certificates; see server_private.h. */
#include "tests/servers/server_private.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int server_free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        g_error("no free port: %s", g_strerror(errno));
    close(fd);
    return ntohs(address.sin_port);
}

bool server_run(char **output_out, const char *const *argv)
{
    g_autofree char *output = NULL, *errors = NULL;
    g_autoptr(GError) error = NULL;
    int status = 0;
    bool ok = g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDIN_FROM_DEV_NULL, NULL, NULL, &output, &errors,
                           &status, &error) &&
              g_spawn_check_wait_status(status, NULL);
    if (!ok)
        fprintf(stderr, "%s: %s %s\n", argv[0], error != NULL ? error->message : "failed", errors != NULL ? errors : "");
    if (output_out != NULL)
        *output_out = g_steal_pointer(&output);
    return ok;
}
bool server_write_text(const char *directory, const char *name, char *text /* taken */)
{
    g_autofree char *owned = text;
    g_autofree char *path = g_build_filename(directory, name, NULL);
    return g_file_set_contents(path, owned, -1, NULL);
}

static bool is_listening(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
    bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

bool server_wait_for_port(int port)
{
    for (int i = 0; i < 500; i++) {
        if (is_listening(port))
            return true;
        g_usleep(20 * 1000);
    }
    fprintf(stderr, "nothing listens on port %d\n", port);
    return false;
}

void server_remove_tree(const char *directory)
{
    const char *const argv[] = { "rm", "-rf", "--", directory, NULL };
    server_run(NULL, argv);
}

char *server_make_certificates(const char *directory)
{
    g_autofree char *ca_key = g_build_filename(directory, "ca.key", NULL), *key = g_build_filename(directory, "server.key", NULL),
                    *request = g_build_filename(directory, "server.csr", NULL);
    g_autofree char *certificate = g_build_filename(directory, "server.pem", NULL),
                    *extensions = g_build_filename(directory, "server.ext", NULL), *ca_file = g_build_filename(directory, "ca.pem", NULL);
    bool is_made =
        server_write_text(directory, "server.ext",
                          g_strdup("subjectAltName=DNS:localhost,DNS:mail.example.test,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n"
                                   "extendedKeyUsage=serverAuth\n")) &&
        SERVER_RUN("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", ca_key, "-out", ca_file, "-days", "30", "-subj",
                   "/CN=postern test CA") &&
        SERVER_RUN("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=localhost") &&
        SERVER_RUN("openssl", "x509", "-req", "-in", request, "-CA", ca_file, "-CAkey", ca_key, "-CAcreateserial", "-out", certificate,
                   "-days", "30", "-extfile", extensions);
    return is_made ? g_steal_pointer(&ca_file) : NULL;
}
