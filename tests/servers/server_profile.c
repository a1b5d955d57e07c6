/* SPDX-License-Identifier: MIT */
/* Starts a provider profile: its file, a certificate for its host names, a port for each cell of the matrix, a thread for each connection. */
#include "tests/servers/server_profile_private.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { COMING_LOOK_MS = 10 };

static const char *const cell_names[] = { "pop3-plain", "pop3-ssl", "pop3-tls", "imap4-plain",         "imap4-ssl",           "imap4-tls",
                                          "smtp-plain", "smtp-ssl", "smtp-tls", "smtp-submission-tls", "smtp-submission-ssl", NULL };

const char *const *profile_cells(void)
{
    return cell_names;
}

/* --- settings --- */
char *profile_get(profile_server *self, const char *group, const char *key)
{
    pthread_mutex_lock(&self->mutex);
    char *value = g_key_file_get_string(self->file, group, key, NULL);
    pthread_mutex_unlock(&self->mutex);
    return value;
}

int profile_get_number(profile_server *self, const char *group, const char *key, int otherwise)
{
    g_autofree char *value = profile_get(self, group, key);
    return value != NULL ? (int)g_ascii_strtoll(value, NULL, 10) : otherwise;
}

bool profile_get_flag(profile_server *self, const char *group, const char *key)
{
    g_autofree char *value = profile_get(self, group, key);
    return g_strcmp0(value, "true") == 0;
}

void profile_set(profile_server *self, const char *group, const char *key, const char *value)
{
    pthread_mutex_lock(&self->mutex);
    if (value != NULL)
        g_key_file_set_string(self->file, group, key, value);
    else
        g_key_file_remove_key(self->file, group, key, NULL);
    pthread_mutex_unlock(&self->mutex);
}

/* --- certificate: an authority and one certificate for all host names --- */
static X509 *make_certificate(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key, const char *alternatives)
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer != NULL ? 2 : 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 30 * 24 * 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, (const guchar *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer != NULL ? issuer : certificate));
    X509_set_pubkey(certificate, key);
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer != NULL ? issuer : certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = issuer != NULL ? X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, alternatives)
                                               : X509V3_EXT_conf_nid(NULL, &context, NID_basic_constraints, "critical,CA:TRUE");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate, issuer_key, EVP_sha256());
    return certificate;
}

static bool write_certificate(const char *path, X509 *certificate)
{
    FILE *file = fopen(path, "we");
    bool is_written = file != NULL && PEM_write_X509(file, certificate) == 1;
    return file != NULL && fclose(file) == 0 && is_written;
}

static char *alternatives(GKeyFile *file)
{
    g_autofree char *hosts = g_key_file_get_string(file, "profile", "hosts", NULL);
    g_auto(GStrv) names = g_strsplit(hosts != NULL ? hosts : "", " ", -1);
    GString *text = g_string_new("DNS:localhost,IP:127.0.0.1");
    for (char **name = names; *name != NULL; name++) {
        if (**name != '\0')
            g_string_append_printf(text, ",DNS:%s", *name);
    }
    return g_string_free(text, FALSE);
}

static bool make_tls(profile_server *self)
{
    EVP_PKEY *authority_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    g_autofree char *names = alternatives(self->file);
    X509 *authority = make_certificate(authority_key, "postern test authority", NULL, authority_key, NULL);
    X509 *certificate = make_certificate(key, "localhost", authority, authority_key, names);
    self->ca_file = g_build_filename(self->directory, "ca.pem", NULL);
    self->tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(self->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    bool is_made = write_certificate(self->ca_file, authority) && SSL_CTX_use_certificate(self->tls, certificate) == 1 &&
                   SSL_CTX_use_PrivateKey(self->tls, key) == 1;
    X509_free(authority);
    X509_free(certificate);
    EVP_PKEY_free(authority_key);
    EVP_PKEY_free(key);
    return is_made;
}

/* --- ports --- */
static bool listen_on(struct profile_cell *cell, const char *address, int port)
{
    struct sockaddr_in where = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    socklen_t length = sizeof where;
    int on = 1;
    cell->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    inet_pton(AF_INET, address, &where.sin_addr);
    setsockopt(cell->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(cell->fd, (struct sockaddr *)&where, sizeof where) != 0 || listen(cell->fd, 64) != 0 ||
        getsockname(cell->fd, (struct sockaddr *)&where, &length) != 0)
        return false;
    cell->port = ntohs(where.sin_port);
    return true;
}

/* "143 clear starttls": the service's port and what is special there. */
static bool add_cell(profile_server *self, const char *name, bool is_real)
{
    g_autofree char *value = g_key_file_get_string(self->file, "cells", name, NULL);
    if (value == NULL)
        return true;
    g_auto(GStrv) words = g_strsplit(value, " ", -1);
    const char *const *list = (const char *const *)words;
    struct profile_cell cell = { .name = name,
                                 .protocol = name[0],
                                 .real_port = (int)g_ascii_strtoll(words[0] != NULL ? words[0] : "0", NULL, 10),
                                 .is_tls = g_strv_contains(list, "tls"),
                                 .is_clear_open = g_strv_contains(list, "clear"),
                                 .has_starttls = g_strv_contains(list, "starttls"),
                                 .is_relay = g_strv_contains(list, "relay") };
    for (guint i = 0; is_real && i < self->cells->len; i++) {
        const struct profile_cell *other = &g_array_index(self->cells, struct profile_cell, i);
        if (other->real_port == cell.real_port) { /* two cells, one port of the service */
            cell.port = other->port;
            cell.fd = -1;
            g_array_append_val(self->cells, cell);
            return true;
        }
    }
    bool is_open = listen_on(&cell, self->address, is_real ? cell.real_port : 0);
    g_array_append_val(self->cells, cell);
    return is_open;
}

/* --- connections --- */
static void line_free(struct profile_line *line)
{
    if (line->ssl != NULL)
        SSL_free(line->ssl);
    close(line->fd);
    g_byte_array_unref(line->in);
    g_string_free(line->out, TRUE);
    g_free(line);
}

static void *serve_line(void *data)
{
    struct profile_line *line = data;
    profile_server *self = line->server;
    sigset_t broken_pipe; /* a client that is gone is an error of write(), not the end of the test */
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, NULL);
    if (!line->cell->is_tls || profile_line_secure(line)) {
        if (line->cell->protocol == 'i')
            profile_imap(line);
        else if (line->cell->protocol == 'p')
            profile_pop3(line);
        else
            profile_smtp(line);
        profile_line_flush(line);
        if (line->ssl != NULL)
            SSL_shutdown(line->ssl);
    }
    shutdown(line->fd, SHUT_RDWR);
    pthread_mutex_lock(&self->mutex);
    line->is_done = true;
    line->is_counted = false;
    pthread_mutex_unlock(&self->mutex);
    return NULL;
}

static void join_lines(profile_server *self, bool is_all)
{
    for (guint i = self->lines->len; i-- > 0;) {
        pthread_mutex_lock(&self->mutex);
        struct profile_line *line = g_ptr_array_index(self->lines, i);
        bool is_over = is_all || line->is_done;
        pthread_mutex_unlock(&self->mutex);
        if (!is_over)
            continue;
        pthread_join(line->thread, NULL);
        pthread_mutex_lock(&self->mutex);
        g_ptr_array_remove_index(self->lines, i);
        pthread_mutex_unlock(&self->mutex);
        line_free(line);
    }
}

static void accept_line(profile_server *self, const struct profile_cell *cell)
{
    int fd = accept4(cell->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    int on = 1;
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct profile_line *line = g_new0(struct profile_line, 1);
    *line = (struct profile_line){
        .server = self, .cell = cell, .fd = fd, .in = g_byte_array_new(), .out = g_string_new(NULL), .is_secure = false
    };
    pthread_mutex_lock(&self->mutex);
    g_ptr_array_add(self->lines, line);
    pthread_mutex_unlock(&self->mutex);
    if (pthread_create(&line->thread, NULL, serve_line, line) != 0)
        g_error("no thread for a connection");
}

/* --- mail that shows only later --- */
static void coming_free(gpointer data)
{
    struct profile_coming *coming = data;
    g_free(coming->role);
    g_bytes_unref(coming->bytes);
    g_free(coming);
}

/* A message that goes to Sent and Inbox is one message where the service has labels. */
static void add_now(profile_server *self, const struct profile_coming *coming)
{
    struct profile_folder *folder = profile_store_by_role(self->store, coming->role);
    struct profile_folder *all = self->store->has_labels ? profile_store_by_role(self->store, "all") : NULL;
    gsize size = 0;
    const char *bytes = g_bytes_get_data(coming->bytes, &size);
    for (guint i = 0; folder != NULL && all != NULL && i < all->entries->len; i++) {
        struct profile_message *same = ((struct profile_entry *)g_ptr_array_index(all->entries, i))->message;
        if (!g_bytes_equal(same->bytes, coming->bytes))
            continue;
        profile_store_add(self->store, folder, same, coming->flags);
        return;
    }
    if (folder != NULL)
        profile_store_append(self->store, folder, bytes, size, coming->flags, g_get_real_time() / G_USEC_PER_SEC);
}

/* True: there is more, for later. */
static bool add_due(profile_server *self)
{
    gint64 now = g_get_monotonic_time() / 1000;
    pthread_mutex_lock(&self->mutex);
    for (guint i = self->coming->len; i-- > 0;) {
        const struct profile_coming *coming = g_ptr_array_index(self->coming, i);
        if (coming->due_ms > now)
            continue;
        add_now(self, coming);
        g_ptr_array_remove_index(self->coming, i);
    }
    bool is_more = self->coming->len > 0;
    pthread_mutex_unlock(&self->mutex);
    return is_more;
}

void profile_add_later(profile_server *self, const char *role, const GString *message, unsigned flags, int delay_ms)
{
    struct profile_coming *coming = g_new0(struct profile_coming, 1);
    *coming = (struct profile_coming){ .due_ms = g_get_monotonic_time() / 1000 + delay_ms,
                                       .role = g_strdup(role),
                                       .bytes = g_bytes_new(message->str, message->len),
                                       .flags = flags };
    if (delay_ms <= 0) {
        add_now(self, coming);
        coming_free(coming);
        return;
    }
    g_ptr_array_add(self->coming, coming);
    eventfd_write(self->wake_fd, 1);
}

static void *accept_lines(void *data)
{
    profile_server *self = data;
    enum { FIRST_CELL = 2 };
    struct pollfd fds[G_N_ELEMENTS(cell_names) + FIRST_CELL];
    nfds_t count = 0;
    eventfd_t woken;
    fds[count++] = (struct pollfd){ .fd = self->stop_fd, .events = POLLIN };
    fds[count++] = (struct pollfd){ .fd = self->wake_fd, .events = POLLIN };
    for (guint i = 0; i < self->cells->len; i++)
        fds[count++] = (struct pollfd){ .fd = g_array_index(self->cells, struct profile_cell, i).fd, .events = POLLIN };
    for (;;) {
        if (poll(fds, count, add_due(self) ? COMING_LOOK_MS : -1) < 0 && errno != EINTR)
            return NULL;
        if (fds[0].revents != 0)
            return NULL;
        eventfd_read(self->wake_fd, &woken);
        join_lines(self, false);
        for (nfds_t i = FIRST_CELL; i < count; i++) {
            if (fds[i].revents != 0)
                accept_line(self, &g_array_index(self->cells, struct profile_cell, i - FIRST_CELL));
        }
    }
}

/* --- life --- */
static void seed_mail(profile_server *self)
{
    g_auto(GStrv) keys = g_key_file_get_keys(self->file, "mail", NULL, NULL);
    for (char **key = keys; key != NULL && *key != NULL; key++) {
        g_autofree char *value = g_key_file_get_string(self->file, "mail", *key, NULL);
        g_auto(GStrv) parts = g_strsplit(value, "|", 2);
        if (g_strv_length(parts) == 2)
            profile_deliver(self, g_strstrip(parts[0]), g_strchug(parts[1]));
    }
}

static bool open_everything(profile_server *self, bool is_real, char **why_not_out)
{
    char template[] = "/tmp/postern-profile-XXXXXX";
    self->directory = g_strdup(g_mkdtemp(template));
    if (self->directory == NULL || !make_tls(self)) {
        *why_not_out = g_strdup("no directory or no certificate could be made");
        return false;
    }
    for (const char *const *name = cell_names; *name != NULL; name++) {
        if (!add_cell(self, *name, is_real)) {
            *why_not_out = g_strdup_printf("%s: %s", *name, g_strerror(errno));
            return false;
        }
    }
    self->store = profile_store_new(self->file);
    seed_mail(self);
    self->is_started = pthread_create(&self->acceptor, NULL, accept_lines, self) == 0;
    return self->is_started;
}

static profile_server *start(const char *name, const char *address, bool is_real, char **why_not_out)
{
    g_autoptr(GError) error = NULL;
    profile_server *self = g_new0(profile_server, 1);
    *why_not_out = NULL;
    *self = (profile_server){ .name = g_strdup(name),
                              .address = g_strdup(address),
                              .file = g_key_file_new(),
                              .cells = g_array_new(FALSE, TRUE, sizeof(struct profile_cell)),
                              .lines = g_ptr_array_new(),
                              .log = g_string_new(NULL),
                              .coming = g_ptr_array_new_with_free_func(coming_free),
                              .stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                              .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&self->mutex, &kind);
    pthread_mutexattr_destroy(&kind);
    g_autofree char *path = g_strdup_printf("%s/%s.profile", PROFILE_FILES, name);
    if (!g_key_file_load_from_file(self->file, path, G_KEY_FILE_NONE, &error))
        *why_not_out = g_strdup_printf("%s: %s", path, error->message);
    if (*why_not_out == NULL && open_everything(self, is_real, why_not_out))
        return self;
    profile_free(self);
    return NULL;
}

profile_server *profile_start(const char *name, char **why_not_out)
{
    return start(name, "127.0.0.1", false, why_not_out);
}

profile_server *profile_start_at(const char *name, const char *address, char **why_not_out)
{
    return start(name, address, true, why_not_out);
}

void profile_free(profile_server *self)
{
    if (self == NULL)
        return;
    eventfd_write(self->stop_fd, 1);
    if (self->is_started)
        pthread_join(self->acceptor, NULL);
    join_lines(self, true);
    for (guint i = 0; i < self->cells->len; i++) {
        int fd = g_array_index(self->cells, struct profile_cell, i).fd;
        if (fd > 0)
            close(fd);
    }
    if (self->ca_file != NULL)
        unlink(self->ca_file);
    if (self->directory != NULL)
        rmdir(self->directory);
    profile_store_free(self->store);
    SSL_CTX_free(self->tls);
    close(self->stop_fd);
    close(self->wake_fd);
    pthread_mutex_destroy(&self->mutex);
    g_array_unref(self->cells);
    g_ptr_array_unref(self->lines);
    g_string_free(self->log, TRUE);
    g_ptr_array_unref(self->coming);
    g_key_file_unref(self->file);
    g_free(self->name);
    g_free(self->address);
    g_free(self->directory);
    g_free(self->ca_file);
    g_free(self);
}

/* --- what tests ask --- */
/* Lives as long as the process: for borrowed answers. */
static const char *kept(const profile_server *self, const char *group, const char *key)
{
    g_autofree char *value = profile_get((profile_server *)self, group, key);
    return value != NULL ? g_intern_string(value) : NULL;
}

const char *profile_title(const profile_server *self)
{
    return kept(self, "profile", "title");
}

const char *profile_address(const profile_server *self)
{
    return kept(self, "profile", "address");
}

const char *profile_user(const profile_server *self)
{
    const char *users = kept(self, "sign-in", "users");
    g_autofree char *first = g_strndup(users, strcspn(users, " "));
    return g_intern_string(first);
}

const char *profile_user_smtp(const profile_server *self)
{
    const char *user = kept(self, "sign-in", "users-smtp");
    return user != NULL ? user : profile_user(self);
}

const char *profile_password(const profile_server *self)
{
    return kept(self, "sign-in", "passwords-off") != NULL ? NULL : kept(self, "sign-in", "password");
}

const char *profile_normal_password(const profile_server *self)
{
    return kept(self, "sign-in", "normal-password");
}

const char *profile_token(const profile_server *self)
{
    return kept(self, "sign-in", "token");
}

bool profile_files_sent(const profile_server *self)
{
    return kept(self, "smtp", "own-sent-copy") != NULL;
}

const char *profile_ca_file(const profile_server *self)
{
    return self->ca_file;
}

const char *profile_folder(const profile_server *self, const char *role)
{
    pthread_mutex_lock((pthread_mutex_t *)&self->mutex);
    const struct profile_folder *folder = profile_store_by_role(self->store, role);
    const char *name = folder != NULL ? g_intern_string(folder->name) : NULL;
    pthread_mutex_unlock((pthread_mutex_t *)&self->mutex);
    return name;
}

int profile_port(const profile_server *self, const char *cell)
{
    for (guint i = 0; i < self->cells->len; i++) {
        const struct profile_cell *one = &g_array_index(self->cells, struct profile_cell, i);
        if (strcmp(one->name, cell) == 0)
            return one->port;
    }
    return 0;
}

bool profile_deliver(profile_server *self, const char *folder, const char *message)
{
    g_auto(GStrv) lines = g_strsplit(message, "\n", -1);
    g_autofree char *bytes = g_strjoinv("\r\n", lines);
    pthread_mutex_lock(&self->mutex);
    struct profile_folder *target = profile_store_folder(self->store, folder);
    if (target != NULL)
        profile_store_append(self->store, target, bytes, strlen(bytes), 0, g_get_real_time() / G_USEC_PER_SEC);
    pthread_mutex_unlock(&self->mutex);
    return target != NULL;
}

static int count_in(const struct profile_folder *folder, const char *message_id, unsigned flags)
{
    int count = 0;
    for (guint i = 0; folder != NULL && i < folder->entries->len; i++) {
        const struct profile_entry *entry = g_ptr_array_index(folder->entries, i);
        count += (message_id == NULL || strcmp(entry->message->message_id, message_id) == 0) && (entry->flags & flags) == flags;
    }
    return folder != NULL ? count : -1;
}

int profile_count(profile_server *self, const char *folder, const char *message_id)
{
    pthread_mutex_lock(&self->mutex);
    int count = count_in(profile_store_folder(self->store, folder), message_id, 0);
    pthread_mutex_unlock(&self->mutex);
    return count;
}

bool profile_has_flag(profile_server *self, const char *folder, const char *message_id, const char *flag)
{
    pthread_mutex_lock(&self->mutex);
    int count = count_in(profile_store_folder(self->store, folder), message_id, profile_flags_of(flag));
    pthread_mutex_unlock(&self->mutex);
    return count > 0;
}

int profile_connections(profile_server *self)
{
    int open = 0;
    pthread_mutex_lock(&self->mutex);
    for (guint i = 0; i < self->lines->len; i++)
        open += !((const struct profile_line *)g_ptr_array_index(self->lines, i))->is_done;
    pthread_mutex_unlock(&self->mutex);
    return open;
}

int profile_connections_most(profile_server *self)
{
    pthread_mutex_lock(&self->mutex);
    int most = self->open_most;
    pthread_mutex_unlock(&self->mutex);
    return most;
}

char *profile_log(profile_server *self)
{
    pthread_mutex_lock(&self->mutex);
    char *text = g_strdup(self->log->str);
    pthread_mutex_unlock(&self->mutex);
    return text;
}
