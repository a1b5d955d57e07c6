/* SPDX-License-Identifier: MIT */
/* Starts and stops the tests' own Dovecot and Postfix; see server.h. */
#include "tests/servers/server.h"
#include "tests/remove_tree.h"
#include "tests/servers/server_private.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct server {
    char *directory, *ca_file, *dovecot_conf, *postfix_etc;
    struct server_options options;
    struct server_ports ports;
    GPid dovecot, postfix;
    int postfix_life; /* closed, by us or by our death, it ends Postfix */
};

/* The mail's owner: Dovecot refuses root. */
static const char mail_user[] = "mail";

static char *in_directory(const server *self, const char *name)
{
    return g_build_filename(self->directory, name, NULL);
}

/* Text of the options with the directory in it; "" for none. Caller frees. */
static char *expand(const server *self, const char *text)
{
    GString *expanded = g_string_new(text != NULL ? text : "");
    g_string_replace(expanded, "@DIRECTORY@", self->directory, 0);
    return g_string_free(expanded, FALSE);
}

static char *usual_users(void)
{
    return g_strdup_printf("%s:{PLAIN}%s::::::\n%s:{PLAIN}%s::::::\n", SERVER_USER, SERVER_PASSWORD, SERVER_OTHER, SERVER_PASSWORD);
}

/* One listener of a service. */
static void add_listener(GString *text, const server *self, const char *name, int port, bool is_tls)
{
    g_string_append_printf(text, " inet_listener %s {\n address = %s\n port = %d\n%s }\n", name, self->options.address, port,
                           is_tls ? " ssl = yes\n" : "");
}

static char *login_services(const server *self)
{
    const struct {
        const char *service, *plain, *tls;
        int plain_port, tls_port;
    } services[] = {
        { "imap-login", "imap", "imaps", self->ports.imap, self->ports.imaps },
        { "pop3-login", "pop3", "pop3s", self->ports.pop3, self->ports.pop3s },
        { "submission-login", "submission", "submissions", self->ports.dovecot_submission, self->ports.dovecot_submissions },
    };
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        if (services[i].plain_port == 0)
            continue;
        g_string_append_printf(text, "service %s {\n", services[i].service);
        add_listener(text, self, services[i].plain, services[i].plain_port, false);
        add_listener(text, self, services[i].tls, services[i].tls_port, true);
        g_string_append(text, "}\n");
    }
    if (self->ports.dovecot_submission != 0)
        g_string_append_printf(text, "submission_relay_host = %s\nsubmission_relay_port = %d\nsubmission_relay_trusted = yes\n",
                               self->options.address, self->ports.smtp);
    return g_string_free(text, FALSE);
}

static bool write_dovecot(server *self, const struct passwd *owner)
{
    const char *dir = self->directory;
    if (!server_write_text(dir, "users", self->options.users != NULL ? g_strdup(self->options.users) : usual_users()))
        return false;
    g_autofree char *head =
        g_strdup_printf("protocols = imap pop3 lmtp%s\n"
                        "base_dir = %s/run\nstate_dir = %s/state\nlog_path = %s/dovecot.log\n"
                        "instance_name = postern-test\n"
                        "ssl = yes\nssl_cert = <%s/server.pem\nssl_key = <%s/server.key\n"
                        "disable_plaintext_auth = no\nauth_mechanisms = plain login\nauth_failure_delay = 0\nauth_username_format = %%Ln\n"
                        "first_valid_uid = 1\nfirst_valid_gid = 1\n"
                        "passdb {\n driver = passwd-file\n args = username_format=%%u %s/users\n}\n"
                        "userdb {\n driver = static\n args = uid=%d gid=%d home=%s/home/%%n allow_all_users=yes\n}\n"
                        "mail_location = maildir:~/Maildir\n",
                        self->ports.dovecot_submission != 0 ? " submission" : "", dir, dir, dir, dir, dir, dir, (int)owner->pw_uid,
                        (int)owner->pw_gid, dir);
    g_autofree char *namespaces = g_strdup("namespace inbox {\n inbox = yes\n separator = /\n"
                                           " mailbox Drafts {\n special_use = \\Drafts\n auto = subscribe\n }\n"
                                           " mailbox Sent {\n special_use = \\Sent\n auto = subscribe\n }\n"
                                           " mailbox Trash {\n special_use = \\Trash\n auto = subscribe\n }\n"
                                           " mailbox Junk {\n special_use = \\Junk\n auto = subscribe\n }\n"
                                           " mailbox Archive {\n special_use = \\Archive\n auto = subscribe\n }\n}\n");
    g_autofree char *services = g_strdup_printf(
        "mailbox_idle_check_interval = 1 secs\nmail_max_userip_connections = 50\ndefault_process_limit = 30\ndefault_client_limit = 200\n"
        "service lmtp {\n inet_listener lmtp {\n address = 127.0.0.1\n port = %d\n }\n}\n"
        "service auth {\n unix_listener auth-client {\n mode = 0666\n }\n}\n"
        "service stats {\n unix_listener stats-writer {\n mode = 0666\n }\n}\n",
        self->ports.lmtp);
    g_autofree char *logins = login_services(self), *more = expand(self, self->options.dovecot);
    return server_write_text(dir, "dovecot.conf", g_strconcat(head, namespaces, services, logins, more, NULL));
}

/* In the child: it never outlives a test that is killed. */
static void end_with_parent(gpointer data)
{
    (void)data;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static bool spawn_daemon(const char *const *argv, GPid *pid_out)
{
    g_autoptr(GError) error = NULL;
    if (g_spawn_async(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                      end_with_parent, NULL, pid_out, &error))
        return true;
    fprintf(stderr, "%s: %s\n", argv[0], error->message);
    return false;
}

static bool start_dovecot(server *self, const struct passwd *owner)
{
    self->dovecot_conf = in_directory(self, "dovecot.conf");
    g_autofree char *home = in_directory(self, "home");
    if (g_mkdir(home, 0700) != 0 || chown(home, owner->pw_uid, owner->pw_gid) != 0 || !write_dovecot(self, owner))
        return false;
    const char *const argv[] = { "/usr/sbin/dovecot", "-F", "-c", self->dovecot_conf, NULL };
    return spawn_daemon(argv, &self->dovecot);
}

static bool write_postfix(server *self)
{
    const char *dir = self->directory, *address = self->options.address;
    g_autofree char *more = expand(self, self->options.postfix), *submission = expand(self, self->options.submission);
    bool ok = server_write_text(
        self->postfix_etc, "main.cf",
        g_strdup_printf("compatibility_level = 3.6\nqueue_directory = %s/spool\ndata_directory = %s/data\nmaillog_file = "
                        "%s/postfix.log\nmaillog_file_prefixes = %s\n"
                        "inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmyhostname = mail.example.test\nmydestination =\nmynetworks = "
                        "127.0.0.0/8\n"
                        "virtual_mailbox_domains = example.test\nvirtual_mailbox_maps = texthash:%s/mailboxes\nvirtual_transport = "
                        "lmtp:inet:127.0.0.1:%d\n"
                        "alias_maps =\nalias_database =\nlocal_recipient_maps =\nsmtp_host_lookup = native\nsmtp_dns_support_level = "
                        "disabled\ndefault_transport = error:no outside world\n"
                        "smtpd_tls_cert_file = %s/server.pem\nsmtpd_tls_key_file = %s/server.key\nsmtpd_tls_security_level = may\n"
                        "smtpd_sasl_type = dovecot\nsmtpd_sasl_path = %s/run/auth-client\nsmtpd_sasl_security_options = noanonymous\n"
                        "smtpd_relay_restrictions = permit_mynetworks,permit_sasl_authenticated,reject_unauth_destination\n"
                        "smtpd_recipient_restrictions = permit\nsmtpd_client_connection_rate_limit = 0\nmessage_size_limit = "
                        "60000000\nsmtp_tls_security_level = none\n%s",
                        dir, dir, dir, dir, dir, self->ports.lmtp, dir, dir, dir, more));
    static const char services[] =
        "pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - "
        "trivial-rewrite\n"
        "bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nverify unix - - n - 1 verify\nflush unix "
        "n - n 1000? 0 flush\n"
        "proxymap unix - - n - - proxymap\nproxywrite unix - - n - 1 proxymap\nsmtp unix - - n - - smtp\nlmtp unix - - n - - lmtp\nerror "
        "unix - - n - - error\n"
        "retry unix - - n - - error\ndiscard unix - - n - - discard\nlocal unix - n n - - local\nvirtual unix - n n - - virtual\nanvil "
        "unix - - n - 1 anvil\n"
        "scache unix - - n - 1 scache\ntlsmgr unix - - n 1000? 1 tlsmgr\npostlog unix-dgram n - n - 1 postlogd\n";
    ok = ok && server_write_text(self->postfix_etc, "master.cf",
                                 g_strdup_printf("%s:%d inet n - n - - smtpd %s\n"
                                                 "%s:%d inet n - n - - smtpd -o smtpd_tls_security_level=encrypt -o "
                                                 "smtpd_sasl_auth_enable=yes -o mynetworks=192.0.2.0/24 %s\n"
                                                 "%s:%d inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes -o "
                                                 "mynetworks=192.0.2.0/24 %s\n"
                                                 "%s:%d inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes -o "
                                                 "mynetworks=192.0.2.0/24 %s\n%s",
                                                 address, self->ports.smtp, self->options.transfer != NULL ? self->options.transfer : "",
                                                 address, self->ports.submission, submission, address, self->ports.submissions, submission,
                                                 address, self->ports.submission_wrapped, submission, services));
    return ok && server_write_text(dir, "mailboxes", g_strdup("alice@example.test ok\nbob@example.test ok\n"));
}

/* What `postfix start` makes with some fifty processes. */
static bool make_queue(const char *spool, const struct passwd *postfix, const struct group *postdrop)
{
    static const struct {
        const char *name;
        mode_t mode;
        bool is_for_postdrop;
    } folders[] = { { "active", 0700, false },   { "bounce", 0700, false }, { "corrupt", 0700, false }, { "defer", 0700, false },
                    { "deferred", 0700, false }, { "flush", 0700, false },  { "hold", 0700, false },    { "incoming", 0700, false },
                    { "private", 0700, false },  { "saved", 0700, false },  { "trace", 0700, false },   { "maildrop", 0730, true },
                    { "public", 0710, true } };
    g_autofree char *pid = g_build_filename(spool, "pid", NULL);
    if (g_mkdir(pid, 0755) != 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(spool, folders[i].name, NULL);
        if (g_mkdir(path, 0700) != 0 || chown(path, postfix->pw_uid, folders[i].is_for_postdrop ? postdrop->gr_gid : (gid_t)-1) != 0 ||
            chmod(path, folders[i].mode) != 0)
            return false;
    }
    return true;
}

/* It changes its user to and fro, and so loses the signal at its parent's death that Dovecot gets: a shell waits for that instead. */
static bool spawn_postfix(server *self)
{
    static const char script[] = "/usr/lib/postfix/sbin/master -c \"$1\" & cat >/dev/null; kill $!; wait";
    const char *const argv[] = { "sh", "-c", script, "sh", self->postfix_etc, NULL };
    if (!g_spawn_async_with_pipes(NULL, (char **)argv, NULL,
                                  G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                                  NULL, NULL, &self->postfix, &self->postfix_life, NULL, NULL, NULL))
        return false;
    /* Not for the programs that are started later: what a failed test left running would keep Postfix alive, and us waiting for its end. */
    return fcntl(self->postfix_life, F_SETFD, FD_CLOEXEC) == 0;
}

static bool start_postfix(server *self)
{
    self->postfix_etc = in_directory(self, "postfix");
    g_autofree char *spool = in_directory(self, "spool"), *data = in_directory(self, "data");
    const struct passwd *postfix = getpwnam("postfix");
    const struct group *postdrop = getgrnam("postdrop");
    return postfix != NULL && postdrop != NULL && g_mkdir(self->postfix_etc, 0755) == 0 && g_mkdir(spool, 0755) == 0 &&
           g_mkdir(data, 0755) == 0 && chown(data, postfix->pw_uid, postfix->pw_gid) == 0 && make_queue(spool, postfix, postdrop) &&
           write_postfix(self) && spawn_postfix(self);
}

static bool is_possible(char **why_not_out)
{
    if (geteuid() != 0)
        *why_not_out = g_strdup("Postfix and Dovecot with their own users need root");
    else if (access("/usr/sbin/dovecot", X_OK) != 0 || access("/usr/sbin/postfix", X_OK) != 0 ||
             access("/usr/lib/dovecot/lmtp", X_OK) != 0 || access("/usr/lib/dovecot/pop3", X_OK) != 0)
        *why_not_out = g_strdup("dovecot-imapd, dovecot-pop3d, dovecot-lmtpd or postfix is not installed");
    else if (getpwnam(mail_user) == NULL)
        *why_not_out = g_strdup("there is no user \"mail\"");
    return *why_not_out == NULL;
}

/* A server tells nobody when it is ready: asking its port is the only way. */
static bool is_answering(const server *self, int port)
{
    return port == 0 || server_wait_for_port_at(self->options.address, port);
}

server *server_start(char **why_not_out)
{
    return server_start_with(&(struct server_options){ 0 }, why_not_out);
}

static server *start_once(const struct server_options *options, char **why_not_out)
{
    g_autoptr(server) self = g_new0(server, 1);
    char template[] = "/tmp/postern-srv-XXXXXX"; /* short: sockets live in it (108 bytes at most) */
    self->directory = g_strdup(mkdtemp(template));
    self->options = *options;
    if (self->options.address == NULL)
        self->options.address = "127.0.0.1";
    int *ports[] = { &self->ports.imap,
                     &self->ports.imaps,
                     &self->ports.smtp,
                     &self->ports.submission,
                     &self->ports.submissions,
                     &self->ports.lmtp,
                     &self->ports.pop3,
                     &self->ports.pop3s,
                     &self->ports.submission_wrapped,
                     &self->ports.dovecot_submission,
                     &self->ports.dovecot_submissions };
    bool has_submission = access("/usr/lib/dovecot/submission-login", X_OK) == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(ports) - (has_submission ? 0 : 2); i++)
        *ports[i] = server_free_port();
    const struct passwd *owner = getpwnam(mail_user);
    if (chmod(self->directory, 0755) != 0 || (self->ca_file = server_make_certificates(self->directory, options->certificate)) == NULL ||
        !start_dovecot(self, owner) || !start_postfix(self) || !is_answering(self, self->ports.imap) ||
        !is_answering(self, self->ports.pop3) || !is_answering(self, self->ports.submissions) ||
        !is_answering(self, self->ports.dovecot_submissions) || !is_answering(self, self->ports.smtp)) {
        g_autofree char *log = server_log(self);
        *why_not_out = g_strdup_printf("the servers did not start:\n%s", log);
        return NULL;
    }
    return g_steal_pointer(&self);
}

/* Another test may have taken one of the ports meanwhile. */
server *server_start_with(const struct server_options *options, char **why_not_out)
{
    *why_not_out = NULL;
    server *self = NULL;
    if (!is_possible(why_not_out))
        return NULL;
    for (int tries = 0; self == NULL && tries < 3; tries++) {
        g_clear_pointer(why_not_out, g_free);
        self = start_once(options, why_not_out);
        if (self == NULL && strstr(*why_not_out, "Address already in use") == NULL)
            break;
    }
    return self;
}

static void stop_daemon(GPid pid)
{
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
}

void server_free(server *self)
{
    if (self == NULL)
        return;
    if (self->dovecot != 0) {
        server_freeze(self, false);
        stop_daemon(self->dovecot);
    }
    if (self->postfix != 0) {
        close(self->postfix_life);
        waitpid(self->postfix, NULL, 0);
    }
    if (self->directory != NULL && g_getenv("POSTERN_KEEP") == NULL)
        remove_tree(self->directory);
    g_free(self->directory);
    g_free(self->ca_file);
    g_free(self->dovecot_conf);
    g_free(self->postfix_etc);
    g_free(self);
}

const struct server_ports *server_ports(const server *self)
{
    return &self->ports;
}

const char *server_ca_file(const server *self)
{
    return self->ca_file;
}

const char *server_directory(const server *self)
{
    return self->directory;
}

bool server_deliver(server *self, const char *user, const char *mailbox, const char *message)
{
    const char *const argv[] = { "doveadm", "-c", self->dovecot_conf, "save", "-u", user, "-m", mailbox, NULL };
    int in = -1, status = 0;
    GPid pid;
    if (!g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &in, NULL,
                                  NULL, NULL))
        return false;
    size_t left = strlen(message);
    while (left > 0) {
        ssize_t written = write(in, message, left);
        if (written <= 0)
            break;
        message += written;
        left -= (size_t)written;
    }
    close(in);
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

char *server_doveadm(server *self, const char *command, ...)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, (char *)"doveadm");
    g_ptr_array_add(argv, (char *)"-c");
    g_ptr_array_add(argv, self->dovecot_conf);
    va_list arguments;
    va_start(arguments, command);
    for (const char *word = command; word != NULL; word = va_arg(arguments, const char *))
        g_ptr_array_add(argv, (char *)word);
    va_end(arguments);
    g_ptr_array_add(argv, NULL);
    char *output = NULL;
    server_run(&output, (const char *const *)argv->pdata);
    return output != NULL ? output : g_strdup("");
}

/* The children of a process, by /proc: what Dovecot started. */
static void signal_children(pid_t parent, int number)
{
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *name;
    while (proc != NULL && (name = g_dir_read_name(proc)) != NULL) {
        g_autofree char *path = g_strdup_printf("/proc/%s/stat", name), *text = NULL;
        if (!g_ascii_isdigit(name[0]) || !g_file_get_contents(path, &text, NULL, NULL))
            continue;
        const char *behind = strrchr(text, ')');
        if (behind != NULL && strlen(behind) > 4 && strtol(behind + 4, NULL, 10) == parent)
            kill((pid_t)strtol(name, NULL, 10), number);
    }
}

void server_freeze(server *self, bool is_frozen)
{
    int number = is_frozen ? SIGSTOP : SIGCONT;
    if (is_frozen)
        kill(self->dovecot, number);
    signal_children(self->dovecot, number);
    if (!is_frozen)
        kill(self->dovecot, number);
}

char *server_log(server *self)
{
    GString *all = g_string_new(NULL);
    static const char *const names[] = { "dovecot.log", "postfix.log" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = in_directory(self, names[i]), *text = NULL;
        if (g_file_get_contents(path, &text, NULL, NULL))
            g_string_append_printf(all, "--- %s\n%s", names[i], text);
    }
    return g_string_free(all, FALSE);
}
