/* SPDX-License-Identifier: MIT */
/* One question over UDP to a name server that validates. The AD bit of anybody else is only a claim, so it counts only from a server on this computer,
 * or one that the person vouches for. */
#include "net/dane.h"
#include "net/clock.h"
#include "net/error.h"
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TYPE_TLSA = 52, TYPE_OPT = 41, ANSWER_MAX = 4096, QUESTION_MAX = 512, RECORDS_MAX = 16, TRY_MS = 1500, ALL_MS = 4000 };
enum { BIT_AD = 0x20, BIT_TRUNCATED = 0x02, BIT_ANSWER = 0x80 }; /* of the header's bytes 3, 2, 2 */

/* --- reading --- */
struct reader {
    const unsigned char *at, *end;
};

static bool skip(struct reader *reader, size_t bytes)
{
    bool has_room = (size_t)(reader->end - reader->at) >= bytes;
    reader->at += has_room ? bytes : 0;
    return has_room;
}

static bool skip_name(struct reader *reader)
{
    int length = dn_skipname(reader->at, reader->end);
    return length >= 0 && skip(reader, (size_t)length);
}

static unsigned number_at(const unsigned char *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static void take_record(GArray *records, const unsigned char *data, size_t length)
{
    struct net_tlsa record = { 0 };
    if (length < 4 || length - 3 > sizeof record.bytes || records->len >= RECORDS_MAX)
        return;
    record = (struct net_tlsa){ .usage = data[0], .selector = data[1], .matching = data[2], .length = length - 3 };
    memcpy(record.bytes, data + 3, record.length);
    g_array_append_val(records, record);
}

/* name TYPE class ttl size data; an alias before it (CNAME) is no record of ours and passed over. */
static bool read_records(struct reader *reader, unsigned count, GArray *records)
{
    for (unsigned i = 0; i < count; i++) {
        if (!skip_name(reader))
            return false;
        const unsigned char *head = reader->at;
        if (!skip(reader, NS_RRFIXEDSZ))
            return false;
        const unsigned char *data = reader->at;
        size_t size = number_at(head + 8);
        if (!skip(reader, size))
            return false;
        if (number_at(head) == TYPE_TLSA)
            take_record(records, data, size);
    }
    return true;
}

GArray *net_dane_read(const unsigned char *bytes, size_t length, bool *is_validated_out)
{
    if (length < NS_HFIXEDSZ || (bytes[2] & BIT_ANSWER) == 0 || (bytes[2] & BIT_TRUNCATED) != 0)
        return NULL;
    unsigned code = bytes[3] & 0x0f;
    struct reader reader = { bytes + NS_HFIXEDSZ, bytes + length };
    if (code != ns_r_noerror && code != ns_r_nxdomain) /* SERVFAIL is what a validator says to a forgery */
        return NULL;
    for (unsigned i = number_at(bytes + 4); i > 0; i--) {
        if (!skip_name(&reader) || !skip(&reader, NS_QFIXEDSZ))
            return NULL;
    }
    g_autoptr(GArray) records = g_array_new(FALSE, FALSE, sizeof(struct net_tlsa));
    if (!read_records(&reader, number_at(bytes + 6), records))
        return NULL;
    *is_validated_out = (bytes[3] & BIT_AD) != 0;
    return g_steal_pointer(&records);
}

/* --- asking --- */
/* AD in a question asks for AD in the answer (RFC 6840 5.7); EDNS (RFC 6891) makes room for more than 512 bytes. */
static int make_query(struct __res_state *resolver, const char *ascii_host, uint16_t port, unsigned char *query)
{
    static const unsigned char edns[] = { 0, 0, TYPE_OPT, ANSWER_MAX >> 8, ANSWER_MAX & 0xff, 0, 0, 0, 0, 0, 0 };
    size_t bare = strlen(ascii_host);
    while (bare > 1 && ascii_host[bare - 1] == '.')
        bare--;
    g_autofree char *name = g_strdup_printf("_%u._tcp.%.*s", (unsigned)port, (int)bare, ascii_host);
    int size = res_nmkquery(resolver, ns_o_query, name, ns_c_in, TYPE_TLSA, NULL, 0, NULL, query, QUESTION_MAX - (int)sizeof edns);
    if (size <= 0)
        return -1;
    query[3] |= BIT_AD;
    query[11] = 1; /* one additional record */
    memcpy(query + size, edns, sizeof edns);
    return size + (int)sizeof edns;
}

/* The socket is connected, so only that server's packets come; the id must fit, too. NULL: no answer, or none that can be used. */
static GArray *ask_one(const struct sockaddr_in *server, const unsigned char *query, size_t size, struct net_wait *wait,
                       bool *is_validated_out, enum net_wait_end *end_out)
{
    unsigned char answer[ANSWER_MAX];
    GArray *records = NULL;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    int64_t until = net_clock_ms() + TRY_MS;
    bool is_asking =
        fd >= 0 && connect(fd, (const struct sockaddr *)server, sizeof *server) == 0 && send(fd, query, size, 0) == (ssize_t)size;
    while (is_asking && (*end_out = net_wait_poll(wait, &ready, 1, until, true)) == NET_WAIT_READY) {
        ssize_t got = recv(fd, answer, sizeof answer, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        bool is_ours = got >= NS_HFIXEDSZ && memcmp(answer, query, 2) == 0;
        if (is_ours)
            records = net_dane_read(answer, (size_t)got, is_validated_out);
        is_asking = got >= 0 && !is_ours;
    }
    if (fd >= 0)
        close(fd);
    return records;
}

static bool is_here(const struct sockaddr_in *server)
{
    return (ntohl(server->sin_addr.s_addr) >> 24) == 127;
}

static bool parse_resolver(const char *words, struct sockaddr_in *server_out)
{
    const char *colon = strchr(words, ':');
    g_autofree char *address = colon != NULL ? g_strndup(words, (gsize)(colon - words)) : g_strdup(words);
    guint64 port = colon != NULL ? g_ascii_strtoull(colon + 1, NULL, 10) : NS_DEFAULTPORT;
    *server_out = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)MIN(port, 65535)) };
    return port > 0 && inet_pton(AF_INET, address, &server_out->sin_addr) == 1;
}

static GArray *fail(const char *host, enum net_error code, const char *why, GError **error)
{
    g_set_error(error, NET_ERROR, (gint)code, _("Whether the DNS vouches for %s (DANE) cannot be known: %s."), host, why);
    return NULL;
}

static GArray *ask_all(struct __res_state *resolver, const char *words, const char *host, uint16_t port, struct net_wait *wait,
                       GError **error)
{
    unsigned char query[QUESTION_MAX];
    struct sockaddr_in own;
    enum net_wait_end end = NET_WAIT_TIMEOUT;
    int size = make_query(resolver, host, port, query);
    if (words != NULL && !parse_resolver(words, &own))
        return fail(host, NET_ERROR_CONFIG, _("dane-resolver is no address"), error);
    if (size < 0)
        return fail(host, NET_ERROR_RESOLVE, _("the DNS can have no such name"), error);
    bool vouches = words != NULL || (resolver->options & RES_TRUSTAD) != 0, is_trusted = false;
    int count = words != NULL ? 1 : MIN(resolver->nscount, MAXNS);
    for (int i = 0; i < count && end != NET_WAIT_CANCELLED; i++) {
        const struct sockaddr_in *server = words != NULL ? &own : &resolver->nsaddr_list[i];
        bool is_validated = false;
        if (server->sin_family != AF_INET || !(vouches || is_here(server)))
            continue;
        is_trusted = true;
        g_autoptr(GArray) records = ask_one(server, query, (size_t)size, wait, &is_validated, &end);
        if (records != NULL && is_validated)
            return g_steal_pointer(&records);
        if (records != NULL)
            return fail(host, NET_ERROR_RESOLVE, _("its domain is not signed, or the name server does not check signatures"), error);
    }
    if (end == NET_WAIT_CANCELLED)
        return net_wait_fail(wait, end, host, error), NULL;
    return fail(host, NET_ERROR_RESOLVE,
                is_trusted ? _("the name server did not answer") : _("no name server is trusted to check signatures"), error);
}

GArray *net_dane_ask(const char *ascii_host, uint16_t port, const char *resolver, struct net_wait *wait, GError **error)
{
    struct __res_state state = { 0 };
    int64_t outer_deadline_ms = wait->deadline_ms, own_deadline_ms = net_clock_ms() + ALL_MS;
    if (res_ninit(&state) != 0)
        return fail(ascii_host, NET_ERROR_RESOLVE, _("the resolver cannot be used"), error);
    if (outer_deadline_ms == 0 || own_deadline_ms < outer_deadline_ms)
        wait->deadline_ms = own_deadline_ms;
    GArray *records = ask_all(&state, resolver, ascii_host, port, wait, error);
    wait->deadline_ms = outer_deadline_ms;
    res_nclose(&state);
    return records;
}
