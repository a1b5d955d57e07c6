/* SPDX-License-Identifier: MIT */
/* The order of trying, and the rules for going on after a refusal. */
#include "net/signin.h"
#include "net/refusal.h"
#include "net/sasl_private.h"
#include <glib/gi18n-lib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define SIGNIN_MS  180000 /* servers make who gave a wrong password wait, and several ways may be tried */
#define WRONGS_MAX 3u     /* refusals of one password: more would look like an attack, and lock accounts */

/* --- servers that offer binding and mean another than ours --- */
/* Cyrus 3.6 over TLS 1.3 refuses each such try after seconds, and counts it as a wrong password: once a run is enough. "host:port method". */
#define USELESS_MAX 100u
static pthread_mutex_t useless_lock = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *useless; /* under useless_lock; a set */
static atomic_uint lessons;

static char *useless_key(const struct net_sasl_place *place, const char *method)
{
    return g_strdup_printf("%s:%u %s", place->host, (unsigned)place->port, method);
}

static void useless_note(const struct net_sasl_place *place, const char *method)
{
    pthread_mutex_lock(&useless_lock);
    if (useless == NULL)
        useless = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (g_hash_table_size(useless) < USELESS_MAX)
        g_hash_table_add(useless, useless_key(place, method));
    pthread_mutex_unlock(&useless_lock);
}

static bool useless_is(const struct net_sasl_place *place, const char *method)
{
    g_autofree char *key = useless_key(place, method);
    pthread_mutex_lock(&useless_lock);
    bool is_known = useless != NULL && g_hash_table_contains(useless, key);
    pthread_mutex_unlock(&useless_lock);
    return is_known;
}

struct net_signin {
    net_stream *stream;
    const struct net_credentials *credentials;
    struct net_sasl_place place;
    char **offered;
    unsigned tried;    /* bit i: row i of the table */
    bool is_over;      /* a refusal after which nothing else may be tried */
    unsigned wrongs;   /* how often the password was refused */
    bool only_secrets; /* the password was refused where it is not shown: only a method of another kind can know better */
    const struct sasl_mechanism *bound_refused;
    const char *only_word; /* of the rest, only methods that go by this word: "scram-sha-256" after SCRAM-SHA-256-PLUS */
    const struct sasl_mechanism *method;
    bool is_asking; /* the server has been told of method and has not answered yes or no */
    net_sasl *sasl;
    GError *local;   /* why this side gave up on the current method */
    GError *refusal; /* the sentence so far */
};

net_signin *net_signin_new(net_stream *stream, const char *service, const struct net_credentials *credentials, const char *const *offered)
{
    net_signin *self = g_new0(net_signin, 1);
    self->stream = stream;
    self->credentials = credentials;
    self->place = (struct net_sasl_place){ .service = service, .host = net_stream_host(stream), .port = net_stream_endpoint(stream)->port };
    net_stream_channel_binding(stream, &self->place.binding);
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    for (; *offered != NULL; offered++) {
        if (**offered != '\0')
            g_strv_builder_add(names, *offered);
    }
    self->offered = g_strv_builder_end(names);
    for (char **each = self->offered; *each != NULL; each++)
        self->place.is_binding_offered = self->place.is_binding_offered || g_str_has_suffix(*each, "-PLUS");
    return self;
}

static bool was_bound_last_time(const net_signin *self)
{
    const struct sasl_mechanism *last = self->credentials->last != NULL ? sasl_mechanism_find(self->credentials->last) : NULL;
    return last != NULL && (last->traits & SASL_IS_BOUND) != 0;
}

/* Cyrus 3.10 hangs up instead of refusing a binding that it means in another way: the next connection begins with something else. */
static void learn_from_silence(const net_signin *self)
{
    bool is_bound = self->is_asking && self->method != NULL && (self->method->traits & SASL_IS_BOUND) != 0;
    if (!is_bound || self->local != NULL || was_bound_last_time(self) || useless_is(&self->place, self->method->name))
        return;
    useless_note(&self->place, self->method->name);
    atomic_fetch_add(&lessons, 1);
}

unsigned net_signin_lessons(void)
{
    return atomic_load(&lessons);
}

void net_signin_free(net_signin *self)
{
    if (self == NULL)
        return;
    learn_from_silence(self);
    net_sasl_free(self->sasl);
    g_strfreev(self->offered);
    g_clear_error(&self->local);
    g_clear_error(&self->refusal);
    g_free(self);
}

int net_signin_timeout_ms(const net_stream *stream)
{
    int wished_ms = net_stream_endpoint(stream)->signin_timeout_ms;
    return wished_ms > 0 ? wished_ms : SIGNIN_MS;
}

/* --- which method --- */
static bool is_auto(const net_signin *self)
{
    const char *auth = self->credentials->auth;
    return auth == NULL || *auth == '\0' || g_ascii_strcasecmp(auth, "auto") == 0;
}

static bool is_offered(const net_signin *self, const char *name)
{
    for (char **offered = self->offered; *offered != NULL; offered++) {
        if (g_ascii_strcasecmp(*offered, name) == 0)
            return true;
    }
    return false;
}

/* Kerberos without a ticket asks the network, and nobody is there to be asked: only where somebody has run kinit. Other places of tickets than
 * the usual are for who writes auth = gssapi. */
static bool has_ticket(void)
{
    g_autofree char *usual = g_strdup_printf("/tmp/krb5cc_%d", (int)getuid());
    return g_getenv("KRB5CCNAME") != NULL || access(usual, R_OK) == 0;
}

static bool has_certificate(const net_signin *self)
{
    return net_stream_is_tls(self->stream) && net_stream_endpoint(self->stream)->tls_certificate != NULL;
}

/* What the person asked for by name is tried even where it looks hopeless: the failure explains more than silence. */
static bool is_sensible(const net_signin *self, const struct sasl_mechanism *row)
{
    unsigned needs = row->traits & (SASL_NEEDS_TOKEN | SASL_NEEDS_TICKET | SASL_NEEDS_CERTIFICATE);
    if (!is_auto(self))
        return true;
    if (needs == SASL_NEEDS_TICKET)
        return has_ticket();
    if (needs == SASL_NEEDS_CERTIFICATE)
        return has_certificate(self);
    return (needs == SASL_NEEDS_TOKEN) == (sasl_token(self->credentials) != NULL);
}

static bool is_wanted(const net_signin *self, const struct sasl_mechanism *row)
{
    if (!is_auto(self) && g_ascii_strcasecmp(self->credentials->auth, row->word) != 0)
        return false;
    if ((row->traits & SASL_IS_BOUND) != 0 && (self->place.binding.length == 0 || useless_is(&self->place, row->name)))
        return false;
    return is_offered(self, row->name) && is_sensible(self, row);
}

static bool fail_nothing_left(const net_signin *self, GError **error)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    for (char **name = self->offered; *name != NULL; name++) {
        if (**name != '!')
            g_strv_builder_add(names, *name);
    }
    g_auto(GStrv) list = g_strv_builder_end(names);
    g_autofree char *joined = g_strjoinv(" ", list);
    if (self->offered[0] == NULL && !net_stream_is_tls(self->stream))
        g_set_error(error, NET_ERROR, NET_ERROR_INSECURE,
                    _("%s lets nobody sign in on this connection, which is not encrypted. The password was not sent."), self->place.host);
    else if (self->offered[0] == NULL)
        g_set_error(error, NET_ERROR, NET_ERROR_AUTH,
                    _("%s does not let anybody sign in on this connection. Perhaps another port does, or no user is needed."),
                    self->place.host);
    else
        g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("%s offers the sign-in methods %s; with auth = %s none of them can be used."),
                    self->place.host, *joined != '\0' ? joined : _("(none)"), is_auto(self) ? "auto" : self->credentials->auth);
    return false;
}

static bool is_pointless(const net_signin *self, const struct sasl_mechanism *row, bool may_show)
{
    if ((row->traits & SASL_SENDS_SECRET) != 0)
        return false;
    if (self->only_word != NULL)
        return (row->traits & SASL_IS_BOUND) != 0 || strcmp(row->word, self->only_word) != 0;
    return self->only_secrets && may_show;
}

/* May it be used on a line that others can read? */
static bool is_fit_for_listeners(const net_signin *self, const struct sasl_mechanism *row)
{
    return (row->traits & SASL_SENDS_SECRET) == 0 && ((row->traits & SASL_IS_RELAYABLE) == 0 || !is_auto(self));
}

/* The next row, or NULL with error. */
static const struct sasl_mechanism *find_next(const net_signin *self, GError **error)
{
    g_autoptr(GError) insecure = NULL;
    bool may_show = net_stream_can_send_password(self->stream, &insecure), is_kept_back = false;
    for (size_t i = 0; i < sasl_mechanism_count && !self->is_over; i++) {
        const struct sasl_mechanism *row = &sasl_mechanisms[i];
        if ((self->tried & 1u << i) != 0 || !is_wanted(self, row))
            continue;
        if (is_pointless(self, row, may_show))
            continue;
        if (may_show || is_fit_for_listeners(self, row))
            return row;
        is_kept_back = true;
    }
    if (self->refusal != NULL)
        g_propagate_error(error, g_error_copy(self->refusal));
    else if (is_kept_back)
        g_propagate_error(error, g_steal_pointer(&insecure));
    else
        fail_nothing_left(self, error);
    return NULL;
}

const char *net_signin_next(net_signin *self, GError **error)
{
    for (;;) {
        g_clear_pointer(&self->sasl, net_sasl_free);
        g_clear_error(&self->local);
        self->method = find_next(self, error);
        if (self->method == NULL)
            return NULL;
        self->tried |= 1u << (self->method - sasl_mechanisms);
        if ((self->method->traits & SASL_IS_NATIVE) != 0)
            return self->method->name;
        self->sasl = net_sasl_new(self->method->name, self->credentials, &self->place, &self->local);
        if (self->sasl != NULL)
            return self->method->name;
        net_signin_refused(self, NET_SIGNIN_UNUSABLE, "");
    }
}

/* --- the exchange --- */
bool net_signin_is_client_first(const net_signin *self)
{
    return self->sasl != NULL && net_sasl_is_client_first(self->sasl);
}

bool net_signin_step(net_signin *self, const char *input_base64, char **output_base64_out)
{
    *output_base64_out = NULL;
    self->is_asking = true;
    return self->local == NULL && self->sasl != NULL && /* who gave up stays silent, whatever is asked then */
           net_sasl_step(self->sasl, input_base64, output_base64_out, &self->local);
}

bool net_signin_accepted(net_signin *self, GError **error)
{
    self->is_asking = false;
    if (self->sasl == NULL || net_sasl_is_proven(self->sasl)) {
        if (self->bound_refused != NULL && strcmp(self->bound_refused->word, self->method->word) == 0)
            useless_note(&self->place, self->bound_refused->name); /* the password was right all the time */
        return true;
    }
    g_set_error(
        error, NET_ERROR, NET_ERROR_AUTH,
        _("%s says that the sign-in is fine, but did not prove that it knows the password, as it must with %s. Somebody may be pretending "
          "to be that server; nothing was read or sent."),
        self->place.host, self->method->name);
    return false;
}

/* --- refusals --- */
static void note_refusal(net_signin *self, enum net_signin_refusal refusal, const char *words)
{
    const char *complaint = self->sasl != NULL ? net_sasl_complaint(self->sasl) : NULL;
    g_autofree char *all = complaint != NULL ? g_strdup_printf("%s (%s)", words, complaint) : g_strdup(words);
    const char *host = self->place.host;
    g_clear_error(&self->refusal);
    switch (refusal) {
    case NET_SIGNIN_WRONG:
        if (net_refusal_wants_app_password(words)) {
            self->refusal = g_error_new(
                NET_ERROR, NET_ERROR_AUTH,
                _("%s wants an app password here, one made for mail programs, instead of your own password. It says: %s"), host, all);
            break;
        }
        self->refusal = (self->method->traits & SASL_NEEDS_TOKEN) != 0
                            ? g_error_new(NET_ERROR, NET_ERROR_AUTH, _("%s refused the access token. It says: %s"), host, all)
                            : g_error_new(NET_ERROR, NET_ERROR_AUTH, _("%s refused the user name or password. It says: %s"), host, all);
        break;
    case NET_SIGNIN_UNUSABLE:
        self->refusal = g_error_new(NET_ERROR, NET_ERROR_AUTH, _("%s does not accept the sign-in method %s. It says: %s"), host,
                                    *self->method->name == '!' ? self->method->name + 1 : self->method->name, all);
        break;
    case NET_SIGNIN_LATER:
        self->refusal =
            g_error_new(NET_ERROR, NET_ERROR_REFUSED, _("%s cannot check the user name and password now. It says: %s"), host, all);
        break;
    }
}

/* A password refused where it is shown is wrong, and asking again would only bring the account nearer to being locked. Refused where it is not
 * shown, the server may simply not keep what that method needs (GNU mailutils offers all of them with an empty database, Dovecot has but one hash):
 * the plain way, if it is safe, can still work; if it is not, the next weaker one.
 *
 * Refused where it was bound to the connection: Cyrus 3.6 binds TLS 1.3 in a way of its own, so the same method without is next. But where binding
 * worked last time, it is a man in the middle until proved otherwise, and he gets nothing as a consolation. */
static void judge_wrong(net_signin *self)
{
    bool is_bound = (self->method->traits & SASL_IS_BOUND) != 0;
    if ((self->method->traits & (SASL_NEEDS_TICKET | SASL_NEEDS_CERTIFICATE)) != 0)
        return; /* that was no password */
    if ((self->method->traits & SASL_SENDS_SECRET) != 0 || ++self->wrongs >= WRONGS_MAX)
        self->is_over = true;
    else if (is_bound && was_bound_last_time(self))
        self->is_over = true;
    self->bound_refused = is_bound ? self->method : self->bound_refused;
    self->only_word = is_bound ? self->method->word : NULL;
    self->only_secrets = true;
}

void net_signin_refused(net_signin *self, enum net_signin_refusal refusal, const char *words)
{
    self->is_asking = false;
    bool has_complaint = self->sasl != NULL && net_sasl_complaint(self->sasl) != NULL;
    if (self->local != NULL && !has_complaint) { /* our own reason explains more than the server's answer to "*" */
        self->is_over = self->is_over || (self->sasl != NULL && net_sasl_is_impostor(self->sasl));
        g_clear_error(&self->refusal);
        self->refusal = g_steal_pointer(&self->local);
        return;
    }
    if (has_complaint)
        refusal = NET_SIGNIN_WRONG;
    note_refusal(self, refusal, words);
    if (refusal == NET_SIGNIN_WRONG)
        judge_wrong(self);
    self->is_over = self->is_over || refusal == NET_SIGNIN_LATER;
}

/* --- comparing --- */
static int strength(const char *method)
{
    g_autofree char *native = g_strconcat("!", method, NULL);
    const struct sasl_mechanism *row = method != NULL ? sasl_mechanism_find(method) : NULL;
    row = row != NULL ? row : sasl_mechanism_find(native); /* "APOP", as it is shown */
    if (row == NULL || (row->traits & SASL_SENDS_SECRET) != 0)
        return 0;
    if ((row->traits & (SASL_IS_BOUND | SASL_NEEDS_CERTIFICATE)) != 0)
        return 3;
    return (row->traits & SASL_PROVES_SERVER) != 0 ? 2 : 1;
}

bool net_signin_is_weaker(const char *method, const char *than)
{
    return strength(method) < strength(than);
}
