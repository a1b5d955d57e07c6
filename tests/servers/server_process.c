/* SPDX-License-Identifier: MIT */
/* What the tests' own servers need of the machine: commands, ports, certificates; see server_private.h. */
#include "tests/servers/server.h"
#include "tests/servers/server_private.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Below the range from which the kernel takes ports for outgoing connections: one of those, of any test that runs beside, would else take it between
 * here and the server's start. */
enum { PORT_FIRST = 12000, PORT_END = 32000, PORT_TRIES = 1000, PORTS_KEPT = 256 };

/* A name that one process of the machine can have: the tests beside, and our own next choice, take another port until our server listens. The oldest are
 * given back, or there would be too many. */
static bool claim(int port)
{
    static int kept[PORTS_KEPT];
    static size_t next;
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int length = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "postern-test-port-%d", port);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    if (bind(fd, (const struct sockaddr *)&name, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) != 0) {
        close(fd);
        return false;
    }
    if (kept[next] != 0)
        close(kept[next]);
    kept[next] = fd;
    next = (next + 1) % PORTS_KEPT;
    return true;
}

int server_free_port(void)
{
    for (int i = 0; i < PORT_TRIES; i++) {
        int port = g_random_int_range(PORT_FIRST, PORT_END), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const struct sockaddr_in address = { .sin_family = AF_INET,
                                             .sin_port = htons((uint16_t)port),
                                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        bool is_free = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
        if (fd >= 0)
            close(fd);
        if (is_free && claim(port))
            return port;
    }
    g_error("no free port: %s", g_strerror(errno));
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

static bool is_listening(const char *host, int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = inet_addr(host), .sin_port = htons((uint16_t)port) };
    bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

bool server_wait_for_port(int port)
{
    return server_wait_for_port_at("127.0.0.1", port);
}

bool server_wait_for_port_at(const char *address, int port)
{
    for (int i = 0; i < 500; i++) {
        if (is_listening(address, port))
            return true;
        g_usleep(20 * 1000);
    }
    fprintf(stderr, "nothing listens on port %d\n", port);
    return false;
}

/* --- certificates --- */
static const struct server_certificate usual = { "RSA 2048", "rsa:2048", "DNS:localhost,DNS:mail.example.test,IP:127.0.0.1", false };

struct signer {
    char *certificate, *key;
};

static char *path_of(const char *directory, const char *name, const char *ending)
{
    g_autofree char *file = g_strconcat(name, ending, NULL);
    return g_build_filename(directory, file, NULL);
}

/* A new key of this kind with a request for a certificate. */
static bool request_certificate(const char *kind, const char *key, const char *request, const char *subject)
{
    bool is_curve = g_str_has_prefix(kind, "ec:");
    g_autofree char *curve = is_curve ? g_strconcat("ec_paramgen_curve:", kind + strlen("ec:"), NULL) : NULL;
    return is_curve ? SERVER_RUN("openssl", "req", "-newkey", "ec", "-pkeyopt", curve, "-nodes", "-keyout", key, "-out", request, "-subj",
                                 subject)
                    : SERVER_RUN("openssl", "req", "-newkey", kind, "-nodes", "-keyout", key, "-out", request, "-subj", subject);
}

/* NAME.key and NAME.pem, signed. */
static bool make_certificate(const char *directory, const char *name, const char *kind, const char *subject, const struct signer *signer,
                             const char *extensions)
{
    g_autofree char *key = path_of(directory, name, ".key"), *request = path_of(directory, name, ".csr"),
                    *certificate = path_of(directory, name, ".pem"), *file = g_strconcat(name, ".ext", NULL),
                    *extension_path = path_of(directory, name, ".ext");
    return server_write_text(directory, file, g_strdup(extensions)) && request_certificate(kind, key, request, subject) &&
           SERVER_RUN("openssl", "x509", "-req", "-in", request, "-CA", signer->certificate, "-CAkey", signer->key, "-CAcreateserial",
                      "-out", certificate, "-days", "30", "-extfile", extension_path);
}

static bool append_file(const char *path, const char *more_path)
{
    g_autofree char *text = NULL, *more = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL) || !g_file_get_contents(more_path, &more, NULL, NULL))
        return false;
    g_autofree char *both = g_strconcat(text, more, NULL);
    return g_file_set_contents(path, both, -1, NULL);
}

char *server_make_certificates(const char *directory, const struct server_certificate *kind)
{
    const struct server_certificate *wanted = kind != NULL ? kind : &usual;
    g_autofree char *ca_key = path_of(directory, "ca", ".key"), *ca_file = path_of(directory, "ca", ".pem"),
                    *middle_key = path_of(directory, "middle", ".key"), *middle = path_of(directory, "middle", ".pem"),
                    *server = path_of(directory, "server", ".pem");
    g_autofree char *extensions =
        g_strdup_printf("subjectAltName=%s\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n", wanted->alternatives);
    const struct signer root = { ca_file, ca_key }, second = { middle, middle_key };
    if (!SERVER_RUN("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", ca_key, "-out", ca_file, "-days", "30", "-subj",
                    "/CN=postern test CA"))
        return NULL;
    bool is_made = !wanted->has_intermediate || make_certificate(directory, "middle", "rsa:2048", "/CN=postern middle CA", &root,
                                                                 "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n");
    is_made = is_made && make_certificate(directory, "server", wanted->key, "/CN=postern test server",
                                          wanted->has_intermediate ? &second : &root, extensions);
    is_made = is_made && (!wanted->has_intermediate || append_file(server, middle));
    return is_made ? g_steal_pointer(&ca_file) : NULL;
}
