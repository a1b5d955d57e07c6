/* SPDX-License-Identifier: MIT */
/* getaddrinfo() on a thread of its own, so that nobody has to wait for a name server that does not answer.
 *
 * getaddrinfo() cannot be interrupted. So it runs on a detached thread that owns nothing but one counted reference to its job; who gave up
 * drops the other reference and goes. The late answer is freed by the thread. (getaddrinfo_a() would do the same with threads of libc's
 * that have our signal mask and cannot be seen by sanitizers.) Addresses written as numbers need no thread. */
#include "net/resolve.h"
#include "net/error.h"
#include "net/limits.h"
#include <arpa/inet.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <idn2.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define RESOLVER_STACK_BYTES (512u * 1024u)

typedef struct resolve_job resolve_job;
struct resolve_job {
    pthread_mutex_t lock;
    int references; /* under lock: the asker's and the thread's */
    int done_fd;
    char *host;
    char service[8];
    int code, saved_errno;    /* of getaddrinfo(); valid once done_fd is readable */
    struct addrinfo *answers; /* the same */
};

char *net_host_to_ascii(const char *host, GError **error)
{
    g_autofree char *bare = g_strdup(host != NULL ? host : "");
    g_strstrip(bare);
    size_t length = strlen(bare);
    if (length > 2 && bare[0] == '[' && bare[length - 1] == ']') { /* [::1], as in a URL */
        memmove(bare, bare + 1, length - 2);
        bare[length - 2] = '\0';
    }
    if (g_str_is_ascii(bare)) {
        bool is_plain = *bare != '\0' && *bare != '.' && strstr(bare, "..") == NULL && strlen(bare) <= net_limits.host_bytes;
        for (const char *c = bare; *c != '\0'; c++)
            is_plain = is_plain && g_ascii_isgraph(*c) && *c != '/' && *c != '@' && *c != '\\';
        if (is_plain)
            return g_steal_pointer(&bare);
    } else {
        char *ascii = NULL;
        int code = idn2_to_ascii_8z(bare, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
        g_autofree char *copy = code == IDN2_OK ? g_strdup(ascii) : NULL;
        idn2_free(ascii);
        if (copy != NULL && strlen(copy) <= net_limits.host_bytes)
            return g_steal_pointer(&copy);
    }
    g_autofree char *shown = g_strescape(bare, NULL);
    g_set_error(error, NET_ERROR, NET_ERROR_RESOLVE, _("\"%s\" is not a name a server can have."), shown);
    return NULL;
}

bool net_host_is_address(const char *ascii_host)
{
    struct in6_addr address;
    if (inet_pton(AF_INET, ascii_host, &address) == 1)
        return true;
    g_autofree char *bare = g_strndup(ascii_host, strcspn(ascii_host, "%")); /* fe80::1%eth0 */
    return inet_pton(AF_INET6, bare, &address) == 1;
}

static void job_unref(resolve_job *job)
{
    pthread_mutex_lock(&job->lock);
    bool is_last = --job->references == 0;
    pthread_mutex_unlock(&job->lock);
    if (!is_last)
        return;
    if (job->answers != NULL)
        freeaddrinfo(job->answers);
    if (job->done_fd >= 0)
        close(job->done_fd);
    pthread_mutex_destroy(&job->lock);
    g_free(job->host);
    g_free(job);
}

static void *resolve_main(void *data)
{
    resolve_job *job = data;
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *answers = NULL;
    int code = getaddrinfo(job->host, job->service, &hints, &answers);
    int saved = errno;
    pthread_mutex_lock(&job->lock);
    job->code = code;
    job->saved_errno = saved;
    job->answers = code == 0 ? answers : NULL;
    eventfd_write(job->done_fd, 1);
    pthread_mutex_unlock(&job->lock);
    job_unref(job);
    return NULL;
}

/* The thread gets no signals: SIGWINCH and SIGCHLD belong to the screen's thread. */
static int start_thread(resolve_job *job)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    int code = pthread_attr_init(&attributes);
    if (code != 0)
        return code;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, RESOLVER_STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    code = pthread_create(&thread, &attributes, resolve_main, job);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return code;
}

static resolve_job *job_start(const char *host, const char *service, GError **error)
{
    resolve_job *job = g_new0(resolve_job, 1);
    pthread_mutex_init(&job->lock, NULL);
    job->references = 2;
    job->host = g_strdup(host);
    g_strlcpy(job->service, service, sizeof job->service);
    job->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int code = job->done_fd < 0 ? errno : start_thread(job);
    if (code == 0)
        return job;
    job->references = 1;
    job_unref(job);
    errno = code;
    net_fail_errno(error, NET_ERROR_RESOLVE, _("Looking up"), host);
    return NULL;
}

static bool fail_resolve(GError **error, const char *host, int code, int saved_errno)
{
    if (code == EAI_NONAME || code == EAI_NODATA)
        g_set_error(error, NET_ERROR, NET_ERROR_RESOLVE, _("There is no server with the name %s (%s)."), host, gai_strerror(code));
    else
        g_set_error(error, NET_ERROR, NET_ERROR_RESOLVE, _("The address of %s could not be looked up: %s"), host,
                    code == EAI_SYSTEM ? g_strerror(saved_errno) : gai_strerror(code));
    return false;
}

static void append_address(GArray *array, const struct addrinfo *answer)
{
    struct net_address address = { .length = answer->ai_addrlen };
    if (answer->ai_addrlen > sizeof address.socket || array->len >= net_limits.addresses)
        return;
    memcpy(&address.socket, answer->ai_addr, answer->ai_addrlen);
    g_array_append_val(array, address);
}

static const struct addrinfo *next_of_family(const struct addrinfo *answer, int family, bool is_same)
{
    while (answer != NULL && (answer->ai_family == family) != is_same)
        answer = answer->ai_next;
    return answer;
}

/* RFC 8305 section 4: the system's order (RFC 6724) within a family, families alternating, beginning with the system's first. */
static GArray *addresses_interleaved(const struct addrinfo *answers)
{
    GArray *array = g_array_new(FALSE, TRUE, sizeof(struct net_address));
    int family = answers->ai_family;
    const struct addrinfo *one = answers, *other = next_of_family(answers, family, false);
    while (one != NULL || other != NULL) {
        if (one != NULL) {
            append_address(array, one);
            one = next_of_family(one->ai_next, family, true);
        }
        if (other != NULL) {
            append_address(array, other);
            other = next_of_family(other->ai_next, family, false);
        }
    }
    return array;
}

static GArray *resolve_number(const char *host, const char *service, GError **error)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_NUMERICHOST };
    struct addrinfo *answers = NULL;
    int code = getaddrinfo(host, service, &hints, &answers);
    if (code != 0) {
        fail_resolve(error, host, code, errno);
        return NULL;
    }
    GArray *array = addresses_interleaved(answers);
    freeaddrinfo(answers);
    return array;
}

GArray *net_resolve(const char *ascii_host, uint16_t port, struct net_wait *wait, GError **error)
{
    char service[8];
    g_snprintf(service, sizeof service, "%u", (unsigned)port);
    if (net_host_is_address(ascii_host))
        return resolve_number(ascii_host, service, error);
    resolve_job *job = job_start(ascii_host, service, error);
    if (job == NULL)
        return NULL;
    struct pollfd fds[] = { { .fd = job->done_fd, .events = POLLIN } };
    enum net_wait_end end = net_wait_poll(wait, fds, G_N_ELEMENTS(fds), 0, true);
    GArray *array = NULL;
    pthread_mutex_lock(&job->lock);
    if (end != NET_WAIT_READY) {
        net_wait_fail(wait, end, ascii_host, error);
        if (end == NET_WAIT_DEADLINE)
            g_prefix_error(error, "%s ", _("The name servers gave no address:"));
    } else if (job->code != 0)
        fail_resolve(error, ascii_host, job->code, job->saved_errno);
    else
        array = addresses_interleaved(job->answers);
    pthread_mutex_unlock(&job->lock);
    job_unref(job);
    return array;
}

char *net_address_words(const struct sockaddr *address, socklen_t length)
{
    char host[NI_MAXHOST], service[NI_MAXSERV];
    if ((address->sa_family != AF_INET && address->sa_family != AF_INET6) ||
        getnameinfo(address, length, host, sizeof host, service, sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return g_strdup(_("a local socket"));
    return g_strdup_printf(_("%s port %s"), host, service);
}
