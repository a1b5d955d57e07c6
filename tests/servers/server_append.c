/* SPDX-License-Identifier: MIT */
/* The smallest IMAP client that can put a message into INBOX, for servers without a tool of their own; see server_private.h. */
#include "tests/servers/server_private.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Reads lines until one begins with wanted; false at the end of the stream, and where the answer is another one. */
static bool expect(FILE *in, const char *wanted)
{
    char line[8192];
    while (fgets(line, sizeof line, in) != NULL) {
        if (g_str_has_prefix(line, wanted))
            return true;
        if (*line != '*') {
            fprintf(stderr, "expected %s, got %s", wanted, line);
            return false;
        }
    }
    fprintf(stderr, "expected %s, got nothing\n", wanted);
    return false;
}

static bool tell(FILE *out, const char *text)
{
    return fputs(text, out) >= 0 && fflush(out) == 0;
}

static bool tell_literal(FILE *in, FILE *out, const char *text)
{
    return fprintf(out, "{%zu}\r\n", strlen(text)) > 0 && fflush(out) == 0 && expect(in, "+") && fputs(text, out) >= 0;
}

static bool append(FILE *in, FILE *out, const char *user, const char *password, const char *message)
{
    return expect(in, "* OK") && tell(out, "a LOGIN ") && tell_literal(in, out, user) && tell(out, " ") &&
           tell_literal(in, out, password) && tell(out, "\r\n") && expect(in, "a OK") && tell(out, "b APPEND INBOX ") &&
           tell_literal(in, out, message) && tell(out, "\r\n") && expect(in, "b OK") && tell(out, "c LOGOUT\r\n") && expect(in, "c OK");
}

bool server_append(int port, const char *user, const char *password, const char *message)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
    const struct timeval limit = { .tv_sec = 20 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_done = false;
    if (fd < 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
        FILE *in = fdopen(dup(fd), "r"), *out = fdopen(dup(fd), "w");
        is_done = append(in, out, user, password, message);
        fclose(in);
        fclose(out);
    }
    close(fd);
    return is_done;
}
