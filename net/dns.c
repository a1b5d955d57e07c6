/* SPDX-License-Identifier: MIT */
/* The system's resolver makes the question and takes names apart; the waiting is ours, for its own cannot be cancelled. */
#include "net/dns.h"
#include "net/clock.h"
#include <arpa/nameser.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <resolv.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MAX = 4096, QUESTION_MAX = 512, RECORDS_MAX = 32, TRY_MS = 1200 };

/* A packet being read: every step checks what is left. */
struct packet {
    const unsigned char *bytes, *end, *at;
};

static void record_free(void *data)
{
    struct net_dns_record *record = data;
    g_free(record->host);
    g_free(record);
}

static bool has(const struct packet *packet, size_t bytes)
{
    return (size_t)(packet->end - packet->at) >= bytes;
}

static uint16_t take16(struct packet *packet)
{
    uint16_t value = (uint16_t)(packet->at[0] << 8 | packet->at[1]);
    packet->at += 2;
    return value;
}

static bool skip_name(struct packet *packet)
{
    int length = dn_skipname(packet->at, packet->end);
    if (length < 0)
        return false;
    packet->at += length;
    return true;
}

/* --- answers --- */
/* The name at `from`; NULL: malformed, or none a host can have. Caller frees. */
static char *host_at(const struct packet *packet, const unsigned char *from)
{
    char name[NS_MAXDNAME];
    if (dn_expand(packet->bytes, packet->end, from, name, sizeof name) < 0)
        return NULL;
    for (const char *c = name; *c != '\0'; c++) {
        if (!g_ascii_isalnum(*c) && strchr("-._", *c) == NULL)
            return NULL;
    }
    return g_strdup(strcmp(name, ".") == 0 ? "" : name);
}

static struct net_dns_record *read_data(struct packet *packet, bool is_mx, size_t length)
{
    const unsigned char *data = packet->at;
    size_t head = is_mx ? 2 : 6;
    if (length <= head)
        return NULL;
    struct packet inside = { packet->bytes, packet->end, data };
    struct net_dns_record *record = g_new0(struct net_dns_record, 1);
    record->priority = take16(&inside);
    record->weight = is_mx ? 0 : take16(&inside);
    record->port = is_mx ? 0 : take16(&inside);
    record->host = host_at(packet, inside.at);
    if (record->host == NULL)
        g_clear_pointer(&record, record_free);
    return record;
}

static gint by_priority(gconstpointer left, gconstpointer right)
{
    const struct net_dns_record *a = *(struct net_dns_record *const *)left, *b = *(struct net_dns_record *const *)right;
    return a->priority != b->priority ? a->priority - b->priority : b->weight - a->weight;
}

/* NULL: no answer to this question. */
static GPtrArray *read_answer(const unsigned char *bytes, size_t length, bool is_mx)
{
    struct packet packet = { bytes, bytes + length, bytes + NS_HFIXEDSZ };
    unsigned code = length >= NS_HFIXEDSZ ? bytes[3] & 0x0f : ns_r_servfail;
    if (length < NS_HFIXEDSZ || (bytes[2] & 0x80) == 0 || (code != ns_r_noerror && code != ns_r_nxdomain))
        return NULL;
    unsigned questions = (unsigned)(bytes[4] << 8 | bytes[5]), answers = (unsigned)(bytes[6] << 8 | bytes[7]);
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func(record_free);
    for (unsigned i = 0; i < questions; i++) {
        if (!skip_name(&packet) || !has(&packet, NS_QFIXEDSZ))
            return NULL;
        packet.at += NS_QFIXEDSZ;
    }
    for (unsigned i = 0; i < answers && records->len < RECORDS_MAX; i++) {
        if (!skip_name(&packet) || !has(&packet, NS_RRFIXEDSZ))
            return NULL;
        uint16_t type = take16(&packet);
        packet.at += 6; /* class, time to live */
        size_t size = take16(&packet);
        if (!has(&packet, size))
            return NULL;
        struct net_dns_record *record = type == (is_mx ? ns_t_mx : ns_t_srv) ? read_data(&packet, is_mx, size) : NULL;
        if (record != NULL)
            g_ptr_array_add(records, record);
        packet.at += size;
    }
    g_ptr_array_sort(records, by_priority);
    return g_steal_pointer(&records);
}

/* --- asking --- */
/* True: something came, or there is nothing to wait for any more. */
static bool wait_for(int fd, int cancel_fd, int timeout_ms, bool *is_cancelled_out)
{
    struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = cancel_fd, .events = POLLIN } };
    int ready;
    do
        ready = poll(fds, G_N_ELEMENTS(fds), timeout_ms);
    while (ready < 0 && errno == EINTR);
    *is_cancelled_out = ready > 0 && fds[1].revents != 0;
    return ready > 0 && fds[0].revents != 0 && !*is_cancelled_out;
}

/* The socket is connected, so only that server's packets arrive; the id must fit too. */
static GPtrArray *ask_one(const struct sockaddr_in *server, const unsigned char *query, size_t size,
                          const struct net_dns_question *question, int64_t until_ms, bool *is_cancelled_out)
{
    unsigned char answer[ANSWER_MAX];
    GPtrArray *records = NULL;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool is_sent =
        fd >= 0 && connect(fd, (const struct sockaddr *)server, sizeof *server) == 0 && send(fd, query, size, 0) == (ssize_t)size;
    while (is_sent && records == NULL) {
        int64_t left = until_ms - net_clock_ms();
        if (left <= 0 || !wait_for(fd, question->cancel_fd, (int)left, is_cancelled_out))
            break;
        ssize_t got = recv(fd, answer, sizeof answer, 0);
        if (got < 0)
            break;
        if (got >= NS_HFIXEDSZ && memcmp(answer, query, 2) == 0)
            records = read_answer(answer, (size_t)got, question->is_mx);
        if (records != NULL && question->has_no_name_out != NULL)
            *question->has_no_name_out = (answer[3] & 0x0f) == ns_r_nxdomain;
        if (records == NULL && got >= NS_HFIXEDSZ && memcmp(answer, query, 2) == 0)
            break; /* it cannot or will not tell */
    }
    if (fd >= 0)
        close(fd);
    return records;
}

static GPtrArray *fail(bool is_cancelled, const char *name, GError **error)
{
    if (is_cancelled)
        g_set_error(error, NET_ERROR, NET_ERROR_CANCELLED, _("Asking for %s was stopped."), name);
    else
        g_set_error(error, NET_ERROR, NET_ERROR_RESOLVE, _("The name servers did not answer the question for %s."), name);
    return NULL;
}

static GPtrArray *ask_all(struct __res_state *resolver, const struct net_dns_question *question, GError **error)
{
    unsigned char query[QUESTION_MAX];
    bool is_cancelled = false;
    int size = res_nmkquery(resolver, ns_o_query, question->name, ns_c_in, question->is_mx ? ns_t_mx : ns_t_srv, NULL, 0, NULL, query,
                            sizeof query);
    if (size <= 0) {
        g_set_error(error, NET_ERROR, NET_ERROR_RESOLVE, _("\"%s\" is not a name the DNS can have."), question->name);
        return NULL;
    }
    int64_t until = net_clock_ms() + question->timeout_ms;
    int count = question->server != NULL ? 1 : resolver->nscount;
    for (int i = 0; net_clock_ms() < until && count > 0 && !is_cancelled; i = (i + 1) % count) {
        const struct sockaddr_in *server = question->server != NULL ? question->server : &resolver->nsaddr_list[i];
        int64_t begun = net_clock_ms();
        GPtrArray *records = server->sin_family == AF_INET
                                 ? ask_one(server, query, (size_t)size, question, MIN(until, begun + TRY_MS), &is_cancelled)
                                 : NULL;
        if (records != NULL)
            return records;
        if (i + 1 == count && net_clock_ms() - begun < TRY_MS / 2) /* refused at once, by all of them: it stays so */
            break;
    }
    return fail(is_cancelled, question->name, error);
}

GPtrArray *net_dns_ask(const struct net_dns_question *question, GError **error)
{
    struct __res_state resolver = { 0 };
    if (res_ninit(&resolver) != 0)
        return fail(false, question->name, error);
    GPtrArray *records = ask_all(&resolver, question, error);
    res_nclose(&resolver);
    return records;
}
