/* SPDX-License-Identifier: MIT */
/* The token endpoint (RFC 6749 section 3.2), refreshing, and the device's way (RFC 8628). */
#include "net/oauth.h"
#include "net/clock.h"
#include "net/http.h"
#include "net/oauth_private.h"
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <string.h>

#define WORDS_BYTES      200u
#define FORM_BYTES       (128u * 1024u)
#define TOKEN_BYTES      (30u * 1024u) /* what the file of secrets takes */
#define DEVICE_GRANT     "urn:ietf:params:oauth:grant-type:device_code"
#define DEVICE_LONGEST_S 3600
#define DEVICE_INTERVAL  5

void net_oauth_tokens_clear(struct net_oauth_tokens *tokens)
{
    char *texts[] = { tokens->access, tokens->refresh };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i] != NULL)
            explicit_bzero(texts[i], strlen(texts[i]));
        g_free(texts[i]);
    }
    *tokens = (struct net_oauth_tokens){ 0 };
}

/* --- asking --- */
/* RFC 3986, 2.3. */
static bool is_unreserved(char byte)
{
    return g_ascii_isalnum(byte) || strchr("-._~", byte) != NULL;
}

/* Straight into the form: a helper's copy would not be wiped. */
void oauth_form_add(GString *form, const char *key, const char *value)
{
    if (value == NULL)
        return;
    g_string_append_printf(form, "%s%s=", form->len > 0 ? "&" : "", key);
    for (const char *c = value; *c != '\0'; c++) {
        if (is_unreserved(*c))
            g_string_append_c(form, *c);
        else
            g_string_append_printf(form, "%%%02X", (unsigned char)*c);
    }
}

GString *oauth_form_new(const struct net_oauth_service *service, const char *grant_type)
{
    GString *form = g_string_sized_new(FORM_BYTES); /* does not grow: what grows leaves a copy behind */
    oauth_form_add(form, "client_id", service->client_id);
    oauth_form_add(form, "client_secret", service->client_secret);
    oauth_form_add(form, "grant_type", grant_type);
    return form;
}

void oauth_form_free(GString *form)
{
    explicit_bzero(form->str, form->allocated_len);
    g_string_free(form, TRUE);
}

void oauth_answer_free(json_t *answer)
{
    static const char *const secrets[] = { "access_token", "refresh_token", "device_code", "id_token" };
    for (size_t i = 0; i < G_N_ELEMENTS(secrets); i++) {
        const json_t *value = json_object_get(answer, secrets[i]);
        if (json_is_string(value) && answer->refcount == 1)
            explicit_bzero((char *)json_string_value(value), json_string_length(value));
    }
    json_decref(answer);
}

static char *host_of(const char *url)
{
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_NONE, NULL);
    return g_strdup(uri != NULL && g_uri_get_host(uri) != NULL ? g_uri_get_host(uri) : "?");
}

json_t *oauth_ask(const struct net_oauth_service *service, const char *url, const GString *form, int cancel_fd, char **fault_out,
                  GError **error)
{
    const struct net_http_request request = {
        .url = url, .form = form->str, .tls_ca_file = service->tls_ca_file, .proxy = service->proxy, .cancel_fd = cancel_fd
    };
    struct net_http_answer answer;
    if (!net_http_fetch(&request, &answer, error))
        return NULL;
    json_t *object = json_loadb(answer.body, answer.length, 0, NULL);
    int status = answer.status;
    net_http_answer_clear(&answer);
    if (json_is_object(object) && status < 500) {
        const char *fault = json_string_value(json_object_get(object, "error"));
        *fault_out = g_strdup(fault != NULL ? fault : status >= 400 ? "http" : "");
        return object;
    }
    json_decref(object);
    g_autofree char *host = host_of(url);
    g_set_error(error, NET_ERROR, status >= 500 || status == 429 ? NET_ERROR_REFUSED : NET_ERROR_PROTOCOL,
                _("%s gave no usable answer to the sign-in (HTTP %d)."), host, status);
    return NULL;
}

static char *clean_words(const char *text)
{
    g_autofree char *cut = g_strndup(text, WORDS_BYTES);
    char *words = g_utf8_make_valid(cut, -1);
    for (char *c = words; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    }
    return words;
}

/* RFC 6749 section 5.2, 4.1.2.1; RFC 8628 section 3.5. */
bool oauth_fail(const struct net_oauth_service *service, const char *fault, const json_t *answer, GError **error)
{
    static const struct {
        const char *fault;
        enum net_error error;
        const char *sentence;
    } rows[] = {
        { "invalid_grant", NET_ERROR_AUTH, N_("the permission to read this mail has expired or was withdrawn; sign in again") },
        { "wrong issuer", NET_ERROR_AUTH, N_("the answer of the browser came from another service, so it was not used") },
        { "access_denied", NET_ERROR_AUTH, N_("the sign-in was refused in the browser") },
        { "expired_token", NET_ERROR_AUTH, N_("the sign-in took too long; begin again") },
        { "invalid_client", NET_ERROR_CONFIG, N_("it does not know the client-id of this account") },
        { "unauthorized_client", NET_ERROR_CONFIG, N_("the client-id of this account may not sign in this way") },
        { "invalid_scope", NET_ERROR_CONFIG, N_("it does not give what this account asks for (scope)") },
        { "temporarily_unavailable", NET_ERROR_REFUSED, N_("it cannot sign anybody in just now") },
        { "server_error", NET_ERROR_REFUSED, N_("it cannot sign anybody in just now") },
    };
    g_autofree char *host = host_of(service->token_url), *name = clean_words(fault);
    const char *said = json_string_value(json_object_get(answer, "error_description"));
    g_autofree char *words = clean_words(said != NULL ? said : "");
    enum net_error code = NET_ERROR_PROTOCOL;
    const char *sentence = _("it refused the sign-in");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].fault, fault) == 0) {
            code = rows[i].error;
            sentence = _(rows[i].sentence);
        }
    }
    g_set_error(error, NET_ERROR, (gint)code, "%s: %s. (%s%s%s)", host, sentence, name, *words != '\0' ? ": " : "", words);
    return false;
}

/* A number, or, as some services send it, a number in quotes. */
static int64_t seconds_of(const json_t *value)
{
    if (json_is_integer(value))
        return json_integer_value(value);
    return json_is_string(value) ? g_ascii_strtoll(json_string_value(value), NULL, 10) : 0;
}

/* RFC 6749 appendix A.12, A.17: VSCHARs. Anything else could end the field it stands in, on the line to a mail server or in a file. */
static bool is_token(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < 0x20 || *c > 0x7e)
            return false;
    }
    return *text != '\0' && strlen(text) <= TOKEN_BYTES;
}

static bool is_bearer(const json_t *answer)
{
    const char *type = json_string_value(json_object_get(answer, "token_type"));
    return type == NULL || g_ascii_strcasecmp(type, "Bearer") == 0; /* mail knows no other kind */
}

bool oauth_take_tokens(const struct net_oauth_service *service, const json_t *answer, struct net_oauth_tokens *tokens_out, GError **error)
{
    const char *access = json_string_value(json_object_get(answer, "access_token"));
    const char *refresh = json_string_value(json_object_get(answer, "refresh_token"));
    int64_t expires_s = seconds_of(json_object_get(answer, "expires_in"));
    if (access == NULL || !is_token(access) || (refresh != NULL && !is_token(refresh)) || !is_bearer(answer))
        return oauth_fail(service, "no access_token", answer, error);
    *tokens_out = (struct net_oauth_tokens){ .access = g_strdup(access), .refresh = g_strdup(refresh) };
    if (expires_s > 0 && expires_s < INT32_MAX)
        tokens_out->expires_utc = g_get_real_time() / G_USEC_PER_SEC + expires_s;
    return true;
}

bool net_oauth_refresh(const struct net_oauth_service *service, const char *refresh, int cancel_fd, struct net_oauth_tokens *tokens_out,
                       GError **error)
{
    g_autofree char *fault = NULL;
    GString *form = oauth_form_new(service, "refresh_token");
    oauth_form_add(form, "refresh_token", refresh);
    json_t *answer = oauth_ask(service, service->token_url, form, cancel_fd, &fault, error);
    oauth_form_free(form);
    bool is_good = answer != NULL &&
                   (*fault == '\0' ? oauth_take_tokens(service, answer, tokens_out, error) : oauth_fail(service, fault, answer, error));
    oauth_answer_free(answer);
    return is_good;
}

/* --- the device's way --- */
void net_oauth_device_clear(struct net_oauth_device *device)
{
    g_free(device->link);
    g_free(device->user_code);
    if (device->device_code != NULL)
        explicit_bzero(device->device_code, strlen(device->device_code));
    g_free(device->device_code);
    *device = (struct net_oauth_device){ 0 };
}

static bool take_device(const struct net_oauth_service *service, const json_t *answer, struct net_oauth_device *device_out, GError **error)
{
    const char *link = json_string_value(json_object_get(answer, "verification_uri"));
    const char *old_link = json_string_value(json_object_get(answer, "verification_url")); /* Google, before the RFC */
    const char *user_code = json_string_value(json_object_get(answer, "user_code"));
    const char *device_code = json_string_value(json_object_get(answer, "device_code"));
    const json_t *interval = json_object_get(answer, "interval");
    int64_t expires_s = seconds_of(json_object_get(answer, "expires_in"));
    link = link != NULL ? link : old_link;
    if (link == NULL || !net_http_is_safe(link) || user_code == NULL || device_code == NULL)
        return oauth_fail(service, "no device_code", answer, error);
    *device_out =
        (struct net_oauth_device){ .link = clean_words(link), .user_code = clean_words(user_code), .device_code = g_strdup(device_code) };
    device_out->interval_ms = (int)CLAMP((interval != NULL ? seconds_of(interval) : DEVICE_INTERVAL) * 1000, 100, 60000);
    device_out->until_ms = net_clock_ms() + CLAMP(expires_s, 60, DEVICE_LONGEST_S) * 1000;
    return true;
}

bool net_oauth_device_start(const struct net_oauth_service *service, int cancel_fd, struct net_oauth_device *device_out, GError **error)
{
    g_autofree char *fault = NULL;
    *device_out = (struct net_oauth_device){ 0 };
    if (service->device_url == NULL)
        return oauth_fail(service, "unauthorized_client", NULL, error);
    GString *form = g_string_new(NULL);
    oauth_form_add(form, "client_id", service->client_id);
    oauth_form_add(form, "scope", service->scope);
    json_t *answer = oauth_ask(service, service->device_url, form, cancel_fd, &fault, error);
    oauth_form_free(form);
    bool is_good =
        answer != NULL && (*fault == '\0' ? take_device(service, answer, device_out, error) : oauth_fail(service, fault, answer, error));
    oauth_answer_free(answer);
    return is_good;
}

bool oauth_pause(int cancel_fd, int pause_ms, GError **error)
{
    struct pollfd fd = { .fd = cancel_fd, .events = POLLIN };
    if (poll(&fd, 1, pause_ms) <= 0)
        return true;
    g_set_error(error, NET_ERROR, NET_ERROR_CANCELLED, _("The sign-in was called off."));
    return false;
}

/* One question. True: there is an answer, good or bad (see error); false: go on. */
static bool ask_once(const struct net_oauth_service *service, struct net_oauth_device *device, int cancel_fd,
                     struct net_oauth_tokens *tokens_out, GError **error)
{
    g_autofree char *fault = NULL;
    g_autoptr(GError) why = NULL;
    GString *form = oauth_form_new(service, DEVICE_GRANT);
    oauth_form_add(form, "device_code", device->device_code);
    json_t *answer = oauth_ask(service, service->token_url, form, cancel_fd, &fault, &why);
    oauth_form_free(form);
    bool is_pending = answer == NULL ? !g_error_matches(why, NET_ERROR, NET_ERROR_CANCELLED) /* a hiccup of the network */
                                     : strcmp(fault, "authorization_pending") == 0 || strcmp(fault, "slow_down") == 0;
    if (answer != NULL && strcmp(fault, "slow_down") == 0)
        device->interval_ms += DEVICE_INTERVAL * 1000;
    if (!is_pending && answer == NULL)
        g_propagate_error(error, g_steal_pointer(&why));
    else if (!is_pending && *fault == '\0')
        oauth_take_tokens(service, answer, tokens_out, error);
    else if (!is_pending)
        oauth_fail(service, fault, answer, error);
    oauth_answer_free(answer);
    return !is_pending;
}

bool net_oauth_device_wait(const struct net_oauth_service *service, struct net_oauth_device *device, int cancel_fd,
                           struct net_oauth_tokens *tokens_out, GError **error)
{
    *tokens_out = (struct net_oauth_tokens){ 0 };
    while (net_clock_ms() < device->until_ms) {
        if (!oauth_pause(cancel_fd, device->interval_ms, error))
            return false;
        if (ask_once(service, device, cancel_fd, tokens_out, error))
            return tokens_out->access != NULL;
    }
    return oauth_fail(service, "expired_token", NULL, error);
}
