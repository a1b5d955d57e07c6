/* SPDX-License-Identifier: MIT */
/* What each mechanism says: the examples of its standard, and libgsasl's server side as the other end. */
#include "net/error.h"
#include "net/sasl.h"
#include "net/sasl_ntlm.h"
#include <gsasl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const struct net_sasl_place place = { .service = "imap", .host = "mail.example.test", .port = 993 };
#define ODD "pa ss\"w\\ord%\xc3\xbc"

static net_sasl *start(const char *mechanism, const struct net_credentials *credentials, const struct net_sasl_place *where)
{
    GError *error = NULL;
    net_sasl *sasl = net_sasl_new(mechanism, credentials, where, &error);
    if (sasl == NULL)
        fail_msg("%s", error->message);
    return sasl;
}

/* The decoded answer to an encoded challenge (NULL: the first). Caller frees. */
static char *answer_to(net_sasl *sasl, const char *challenge, gsize *length_out)
{
    char *answer = NULL;
    GError *error = NULL;
    if (!net_sasl_step(sasl, challenge, &answer, &error))
        fail_msg("%s", error->message);
    char *bytes = *answer != '\0' ? (char *)g_base64_decode(answer, length_out) : (*length_out = 0, g_strdup(""));
    net_secret_free(answer);
    return bytes;
}

static void assert_answer(net_sasl *sasl, const char *challenge, const char *wanted, size_t wanted_length)
{
    gsize length = 0;
    g_autofree char *bytes = answer_to(sasl, challenge, &length);
    assert_int_equal(length, wanted_length);
    assert_memory_equal(bytes, wanted, wanted_length);
}
#define ASSERT_ANSWER(sasl, challenge, wanted) assert_answer(sasl, challenge, wanted, sizeof(wanted) - 1)

static void assert_refuses(net_sasl *sasl, const char *challenge)
{
    g_autoptr(GError) error = NULL;
    char *answer = NULL;
    assert_false(net_sasl_step(sasl, challenge, &answer, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_AUTH));
    assert_null(answer);
    for (const char *c = error->message; *c != '\0'; c++)
        assert_false(g_ascii_iscntrl(*c));
}

/* --- what shows the password --- */
static void plain_says_user_and_password_at_once(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "älice", .password = ODD };
    g_autoptr(net_sasl) sasl = start("PLAIN", &credentials, &place);
    assert_true(net_sasl_is_client_first(sasl));
    ASSERT_ANSWER(sasl, NULL, "\0älice\0" ODD);
}

static void login_answers_two_questions_whatever_they_are(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "alice", .password = ODD };
    const char *const questions[][2] = { { "VXNlcm5hbWU6", "UGFzc3dvcmQ6" }, { "", "" }, { "Username:", "not base64!" } };
    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++) {
        g_autoptr(net_sasl) sasl = start("LOGIN", &credentials, &place);
        assert_false(net_sasl_is_client_first(sasl));
        ASSERT_ANSWER(sasl, questions[i][0], "alice");
        ASSERT_ANSWER(sasl, questions[i][1], ODD);
    }
}

static void too_many_questions_and_unknown_mechanisms_are_errors(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "alice", .password = "sesame" };
    g_autoptr(GError) unknown = NULL, more = NULL;
    assert_null(net_sasl_new("FANCY", &credentials, &place, &unknown));
    assert_true(g_error_matches(unknown, NET_ERROR, NET_ERROR_AUTH));
    assert_null(net_sasl_new("!LOGIN", &credentials, &place, NULL)); /* no SASL */
    g_autoptr(net_sasl) sasl = start("LOGIN", &credentials, &place);
    bool is_answered = true;
    for (int i = 0; i < 5 && is_answered; i++) {
        char *answer = NULL;
        is_answered = net_sasl_step(sasl, "", &answer, &more);
        net_secret_free(answer);
    }
    assert_false(is_answered);
    assert_true(g_error_matches(more, NET_ERROR, NET_ERROR_AUTH));
}

/* --- challenge and response --- */
static void cram_md5_answers_as_in_rfc_2195(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "tim", .password = "tanstaaftanstaaf" };
    g_autoptr(net_sasl) sasl = start("CRAM-MD5", &credentials, &place);
    assert_false(net_sasl_is_client_first(sasl));
    ASSERT_ANSWER(sasl, "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+", "tim b913a602c7eda7a495b4e6e7334d3890");
}

static void challenges_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "alice", .password = "sesame" };
    static const char *const mechanisms[] = { "CRAM-MD5", "DIGEST-MD5" };
    static const char *const challenges[] = { "!", "YWJj\n", "YQ=b", "a", "=", "\xff" };
    for (size_t i = 0; i < G_N_ELEMENTS(mechanisms); i++) {
        for (size_t k = 0; k < G_N_ELEMENTS(challenges); k++) {
            g_autoptr(net_sasl) sasl = start(mechanisms[i], &credentials, &place);
            assert_refuses(sasl, challenges[k]);
        }
    }
    g_autofree char *endless = g_strnfill(100000, 'A');
    g_autoptr(net_sasl) sasl = start("CRAM-MD5", &credentials, &place);
    assert_refuses(sasl, endless);
}

/* --- with libgsasl as the server --- */
struct other_end {
    const char *user, *password;
    const struct net_channel_binding *binding;
};

static int tell(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
    const struct other_end *end = gsasl_callback_hook_get(library);
    bool wants_binding = end->binding != NULL && property == (end->binding->is_exporter ? GSASL_CB_TLS_EXPORTER : GSASL_CB_TLS_UNIQUE);
    if (property == GSASL_PASSWORD)
        return gsasl_property_set(session, GSASL_PASSWORD, end->password);
    if (property == GSASL_QOPS)
        return gsasl_property_set(session, GSASL_QOPS, "qop-auth");
    if (property == GSASL_REALM)
        return gsasl_property_set(session, GSASL_REALM, "example.test");
    if (!wants_binding)
        return GSASL_NO_CALLBACK;
    g_autofree char *base64 = g_base64_encode(end->binding->bytes, end->binding->length);
    return gsasl_property_set(session, property, base64);
}

/* Both ends until one is content or gives up; true: both are content. */
static bool converse(const char *mechanism, const struct net_credentials *credentials, const struct net_sasl_place *where,
                     const struct other_end *end)
{
    Gsasl *library = NULL;
    Gsasl_session *server = NULL;
    assert_int_equal(gsasl_init(&library), GSASL_OK);
    gsasl_callback_set(library, tell);
    gsasl_callback_hook_set(library, (void *)end);
    assert_int_equal(gsasl_server_start(library, mechanism, &server), GSASL_OK);
    g_autoptr(net_sasl) client = start(mechanism, credentials, where);
    char *answer = NULL, *challenge = NULL;
    bool is_client_first = net_sasl_is_client_first(client), goes_on = true;
    int code = is_client_first ? GSASL_NEEDS_MORE : gsasl_step64(server, NULL, &challenge);
    goes_on = net_sasl_step(client, challenge, &answer, NULL);
    while (goes_on && code == GSASL_NEEDS_MORE) {
        gsasl_free(challenge);
        challenge = NULL;
        code = gsasl_step64(server, answer, &challenge);
        net_secret_free(g_steal_pointer(&answer));
        bool has_more = (code == GSASL_OK || code == GSASL_NEEDS_MORE) && challenge != NULL && *challenge != '\0';
        goes_on = has_more && net_sasl_step(client, challenge, &answer, NULL);
        if (code == GSASL_OK && !has_more)
            goes_on = true;
    }
    net_secret_free(answer);
    gsasl_free(challenge);
    gsasl_finish(server);
    gsasl_done(library);
    return goes_on && code == GSASL_OK && net_sasl_is_proven(client);
}

static const char *const proving[] = { "SCRAM-SHA-1", "SCRAM-SHA-256", "DIGEST-MD5" };

static void both_ends_agree_on_a_right_password_and_on_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(proving); i++) {
        const struct net_credentials right = { .user = "alice", .password = ODD }, wrong = { .user = "alice", .password = "wrong" };
        const struct other_end end = { "alice", ODD, NULL };
        if (!converse(proving[i], &right, &place, &end))
            fail_msg("%s", proving[i]);
        assert_false(converse(proving[i], &wrong, &place, &end));
    }
}

/* SASLprep (RFC 4013): composed or not, and whatever kind of blank, it is the same password; what it forbids is a sentence, not a crash. */
static void passwords_are_prepared_as_the_standard_says(void **state)
{
    (void)state;
    const struct net_credentials decomposed = { .user = "alice", .password = "u\xcc\x88\xc2\xa0x" },
                                 forbidden = { .user = "alice",
                                               .password = "a\x07"
                                                           "b" },
                                 latin1 = { .user = "alice", .password = "\xfc" };
    const struct other_end end = { "alice", "\xc3\xbc x", NULL };
    assert_true(converse("SCRAM-SHA-256", &decomposed, &place, &end));
    const struct net_credentials *const refused[] = { &forbidden, &latin1 };
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(net_sasl_new("SCRAM-SHA-256", refused[i], &place, NULL));
        assert_null(net_sasl_new("CRAM-MD5", refused[i], &place, &error));
        assert_non_null(strstr(error->message, "character"));
    }
    const struct net_credentials young = { .user = "alice", .password = "\xf0\x9f\x90\x8c" }; /* a snail: younger than RFC 4013 */
    g_autoptr(net_sasl) snail = start("SCRAM-SHA-256", &young, &place);
    assert_non_null(snail);
}

/* RFC 5802 section 6: bound; could be, but was not offered it; cannot be, or chose not to. */
static void a_server_is_told_whether_its_offer_arrived(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "al,i=ce", .password = "sesame" };
    const struct net_channel_binding binding = { .is_exporter = true, .length = 32 };
    const struct {
        const char *method, *begin;
        bool has_binding, is_offered;
    } rows[] = {
        { "SCRAM-SHA-256-PLUS", "p=tls-exporter,,n=al=2Ci=3Dce,r=", true, true },
        { "SCRAM-SHA-256", "y,,n=al=2Ci=3Dce,r=", true, false },
        { "SCRAM-SHA-256", "n,,n=al=2Ci=3Dce,r=", true, true },
        { "SCRAM-SHA-1", "n,,n=al=2Ci=3Dce,r=", false, false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct net_sasl_place here = place;
        gsize length = 0;
        here.is_binding_offered = rows[i].is_offered;
        if (rows[i].has_binding)
            here.binding = binding;
        g_autoptr(net_sasl) sasl = start(rows[i].method, &credentials, &here);
        g_autofree char *first = answer_to(sasl, NULL, &length);
        assert_memory_equal(first, rows[i].begin, strlen(rows[i].begin));
    }
}

static void an_offer_that_was_taken_away_ends_everything(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "alice", .password = "sesame" };
    g_autoptr(net_sasl) sasl = start("SCRAM-SHA-256", &credentials, &place);
    gsize length = 0;
    g_autofree char *first = answer_to(sasl, NULL, &length);
    assert_refuses(sasl, "ZT1zZXJ2ZXItZG9lcy1zdXBwb3J0LWNoYW5uZWwtYmluZGluZw=="); /* e=server-does-support-channel-binding */
    assert_true(net_sasl_is_impostor(sasl));
}

static void binding_ties_the_sign_in_to_the_connection(void **state)
{
    (void)state;
    static const char *const bound[] = { "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS" };
    const struct net_credentials credentials = { .user = "alice", .password = "sesame" };
    for (size_t i = 0; i < 4; i++) {
        struct net_sasl_place here = place;
        here.binding = (struct net_channel_binding){ .is_exporter = i % 2 == 0,
                                                     .bytes = "the bytes of this very connection",
                                                     .length = i % 2 == 0 ? 32 : 12 };
        struct net_channel_binding elsewhere = here.binding;
        elsewhere.bytes[3] ^= 1;
        const struct other_end end = { "alice", "sesame", &here.binding }, other = { "alice", "sesame", &elsewhere };
        assert_true(converse(bound[i / 2], &credentials, &here, &end));
        assert_false(converse(bound[i / 2], &credentials, &here, &other));
    }
}

/* The first message a server of SCRAM gets, for one to be made up. */
static char *scram_nonce(net_sasl *sasl)
{
    gsize length = 0;
    g_autofree char *first = answer_to(sasl, NULL, &length);
    g_autofree char *text = g_strndup(first, length);
    return g_strdup(strstr(text, "r=") + 2);
}

static void a_server_without_the_password_is_found_out(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "alice", .password = "sesame" };
    g_autoptr(net_sasl) sasl = start("SCRAM-SHA-256", &credentials, &place);
    g_autofree char *nonce = scram_nonce(sasl);
    g_autofree char *first = g_strdup_printf("r=%sother,s=QSXCR+Q6sek8bf92,i=4096", nonce);
    g_autofree char *challenge = g_base64_encode((const guchar *)first, strlen(first)), *answer = NULL;
    assert_true(net_sasl_step(sasl, challenge, &answer, NULL));
    assert_false(net_sasl_is_proven(sasl));                                               /* a "yes" now is no yes */
    assert_refuses(sasl, "dj1BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE9"); /* v=AAAA… */
    assert_true(net_sasl_is_impostor(sasl));
    assert_false(net_sasl_is_proven(sasl));
}

static void what_a_scram_server_complains_of_is_passed_on(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "alice", .password = "sesame" };
    g_autoptr(net_sasl) sasl = start("SCRAM-SHA-1", &credentials, &place);
    g_autofree char *nonce = scram_nonce(sasl);
    g_autofree char *first = g_strdup_printf("r=%sother,s=QSXCR+Q6sek8bf92,i=4096", nonce);
    g_autofree char *challenge = g_base64_encode((const guchar *)first, strlen(first)), *answer = NULL;
    assert_true(net_sasl_step(sasl, challenge, &answer, NULL));
    assert_refuses(sasl, "ZT11bmtub3duLXVzZXI="); /* e=unknown-user */
    assert_string_equal(net_sasl_complaint(sasl), "unknown-user");
    assert_false(net_sasl_is_impostor(sasl));
}

/* PBKDF2 with 4 thousand million rounds would keep this thread for an hour, and nobody could stop it. */
static void an_endless_calculation_is_not_begun(void **state)
{
    (void)state;
    static const char *const counts[] = { "4294967295", "1000001", "99999999999999999999", "10000000 " };
    const struct net_credentials credentials = { .user = "alice", .password = "sesame" };
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_autoptr(net_sasl) sasl = start("SCRAM-SHA-256", &credentials, &place);
        g_autofree char *nonce = scram_nonce(sasl);
        g_autofree char *first = g_strdup_printf("r=%sother,s=QSXCR+Q6sek8bf92,i=%s", nonce, counts[i]);
        g_autofree char *challenge = g_base64_encode((const guchar *)first, strlen(first));
        assert_refuses(sasl, challenge);
    }
}

/* --- EXTERNAL --- */
static void external_says_whose_the_certificate_is_only_where_somebody_wrote_it(void **state)
{
    (void)state;
    const struct net_credentials named = { .user = "alice", .password = "not sent" }, nobody = { .user = "" };
    g_autoptr(net_sasl) first = start("EXTERNAL", &named, &place), second = start("EXTERNAL", &nobody, &place);
    ASSERT_ANSWER(first, NULL, "alice");
    ASSERT_ANSWER(second, NULL, "");
    assert_false(net_sasl_needs_password("external"));
    assert_true(net_sasl_needs_password(NULL));
}

/* --- OAuth --- */
static void oauthbearer_speaks_as_in_rfc_7628(void **state)
{
    (void)state;
    const struct net_sasl_place example = { .service = "imap", .host = "server.example.com", .port = 143 };
    const struct net_credentials credentials = { .user = "user@example.com", .token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==" };
    g_autoptr(net_sasl) sasl = start("OAUTHBEARER", &credentials, &example);
    ASSERT_ANSWER(
        sasl, NULL,
        "n,a=user@example.com,\001host=server.example.com\001port=143\001auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\001\001");
    /* {"status":"invalid_token","scope":"example_scope",…}: answered with ^A, then the server refuses */
    ASSERT_ANSWER(sasl,
                  "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJleGFtcGxlX3Njb3BlIiwib3BlbmlkLWNvbmZpZ3VyYXRpb24iOiJodHRwczovL2V4YW1wbGUu"
                  "Y29tLy53ZWxsLWtub3duL29wZW5pZC1jb25maWd1cmF0aW9uIn0=",
                  "\001");
    assert_string_equal(net_sasl_complaint(sasl), "invalid_token");
}

static void xoauth2_speaks_as_google_wrote_it_down(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "someuser@example.com", .token = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg" };
    g_autoptr(net_sasl) sasl = start("XOAUTH2", &credentials, &place);
    char *answer = NULL;
    assert_true(net_sasl_step(sasl, NULL, &answer, NULL));
    assert_string_equal(
        answer, "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==");
    net_secret_free(answer);
    ASSERT_ANSWER(sasl, "eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIG1hYyIsInNjb3BlIjoiaHR0cHM6Ly9tYWlsLmdvb2dsZS5jb20vIn0K", "");
    assert_string_equal(net_sasl_complaint(sasl), "401");
}

static void tokens_and_names_cannot_break_out_of_their_place(void **state)
{
    (void)state;
    const struct net_credentials comma = { .user = "a,b=c", .token = "t" }, pair = { .user = "alice", .token = "t\001auth=Bearer other" },
                                 printed = { .user = "alice", .password = " from-a-command\n", .auth = "xoauth2" },
                                 none = { .user = "alice" };
    const struct net_sasl_place nowhere = { .service = "imap", .host = "h" };
    g_autoptr(net_sasl) escaped = start("OAUTHBEARER", &comma, &nowhere), stripped = start("XOAUTH2", &printed, &nowhere);
    ASSERT_ANSWER(escaped, NULL, "n,a=a=2Cb=3Dc,\001host=h\001auth=Bearer t\001\001");
    ASSERT_ANSWER(stripped, NULL, "user=alice\001auth=Bearer from-a-command\001\001");
    assert_null(net_sasl_new("XOAUTH2", &pair, &nowhere, NULL));
    assert_null(net_sasl_new("XOAUTH2", &none, &nowhere, NULL));
}

static void a_complaint_of_garbage_is_harmless(void **state)
{
    (void)state;
    static const char *const challenges[] = { "Ww==", "e30=", "eyJzdGF0dXMiOjV9", "/////w==", "eyJzdGF0dXMiOiJcdTAwMWJbMkoifQ==" };
    const struct net_credentials credentials = { .user = "alice", .token = "t" };
    for (size_t i = 0; i < G_N_ELEMENTS(challenges); i++) {
        g_autoptr(net_sasl) sasl = start("XOAUTH2", &credentials, &place);
        gsize length = 0;
        g_free(answer_to(sasl, NULL, &length));
        ASSERT_ANSWER(sasl, challenges[i], "");
        assert_non_null(net_sasl_complaint(sasl));
        assert_null(strpbrk(net_sasl_complaint(sasl), "\033\001\n"));
    }
}

/* --- NTLM: [MS-NLMP] 4.2.4 --- */
static const char ms_challenge[] = "NTLMSSP\0\x02\0\0\0"
                                   "\x0c\0\x0c\0\x38\0\0\0"
                                   "\x33\x82\x8a\xe2"
                                   "\x01\x23\x45\x67\x89\xab\xcd\xef"
                                   "\0\0\0\0\0\0\0\0"
                                   "\x24\0\x24\0\x44\0\0\0"
                                   "\x06\0\x70\x17\0\0\0\x0f"
                                   "S\0e\0r\0v\0e\0r\0"
                                   "\x02\0\x0c\0D\0o\0m\0a\0i\0n\0"
                                   "\x01\0\x0c\0S\0e\0r\0v\0e\0r\0"
                                   "\0\0\0\0";
static const struct sasl_ntlm_secret ms_secret = {
    .user = "User", .domain = "Domain", .password = "Password", .client_challenge = "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
};

static void ntlm_answers_as_in_microsofts_example(void **state)
{
    (void)state;
    static const char lm[] = "\x86\xc3\x50\x97\xac\x9c\xec\x10\x25\x54\x76\x4a\x57\xcc\xcc\x19\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa";
    static const char proof[] = "\x68\xcd\x0a\xb8\x51\xe5\x1c\x96\xaa\xbc\x92\x7b\xeb\xef\x6a\x1c";
    struct sasl_bytes answer = { 0 };
    assert_int_equal(sasl_ntlm_answer(&ms_secret, (struct sasl_bytes){ (char *)ms_challenge, sizeof ms_challenge - 1 }, &answer),
                     SASL_NTLM_DONE);
    assert_memory_equal(answer.bytes, "NTLMSSP\0\x03\0\0\0", 12);
    assert_memory_equal(answer.bytes + 64, "D\0o\0m\0a\0i\0n\0U\0s\0e\0r\0", 20);
    assert_memory_equal(answer.bytes + 84, lm, 24);
    assert_memory_equal(answer.bytes + 108, proof, 16);
    assert_memory_equal(answer.bytes + 124, "\x01\x01\0\0\0\0\0\0", 8);
    sasl_bytes_clear(&answer);
}

static void ntlm_survives_every_cut_and_every_wild_number(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof ms_challenge - 1; length++) {
        struct sasl_bytes answer = { 0 };
        g_autofree char *cut = g_memdup2(ms_challenge, length);
        sasl_ntlm_answer(&ms_secret, (struct sasl_bytes){ cut, length }, &answer);
        sasl_bytes_clear(&answer);
    }
    for (size_t at = 0; at < sizeof ms_challenge - 1; at++) {
        struct sasl_bytes answer = { 0 };
        g_autofree char *wild = g_memdup2(ms_challenge, sizeof ms_challenge - 1);
        wild[at] = (char)0xff;
        sasl_ntlm_answer(&ms_secret, (struct sasl_bytes){ wild, sizeof ms_challenge - 1 }, &answer);
        sasl_bytes_clear(&answer);
    }
}

static void ntlm_knows_a_domain_before_a_backslash(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "DOMAIN\\alice", .password = "sesame" };
    g_autoptr(net_sasl) sasl = start("NTLM", &credentials, &place);
    gsize length = 0;
    g_autofree char *hello = answer_to(sasl, NULL, &length);
    assert_memory_equal(hello, "NTLMSSP\0\x01\0\0\0", 12);
    g_autofree char *challenge = g_base64_encode((const guchar *)ms_challenge, sizeof ms_challenge - 1);
    g_autofree char *answer = answer_to(sasl, challenge, &length);
    assert_memory_equal(answer + 64, "D\0O\0M\0A\0I\0N\0a\0l\0i\0c\0e\0", 22);
    assert_refuses(sasl, challenge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_says_user_and_password_at_once),
        cmocka_unit_test(login_answers_two_questions_whatever_they_are),
        cmocka_unit_test(too_many_questions_and_unknown_mechanisms_are_errors),
        cmocka_unit_test(cram_md5_answers_as_in_rfc_2195),
        cmocka_unit_test(challenges_that_make_no_sense_are_refused),
        cmocka_unit_test(both_ends_agree_on_a_right_password_and_on_no_other),
        cmocka_unit_test(passwords_are_prepared_as_the_standard_says),
        cmocka_unit_test(a_server_is_told_whether_its_offer_arrived),
        cmocka_unit_test(an_offer_that_was_taken_away_ends_everything),
        cmocka_unit_test(binding_ties_the_sign_in_to_the_connection),
        cmocka_unit_test(a_server_without_the_password_is_found_out),
        cmocka_unit_test(what_a_scram_server_complains_of_is_passed_on),
        cmocka_unit_test(an_endless_calculation_is_not_begun),
        cmocka_unit_test(external_says_whose_the_certificate_is_only_where_somebody_wrote_it),
        cmocka_unit_test(oauthbearer_speaks_as_in_rfc_7628),
        cmocka_unit_test(xoauth2_speaks_as_google_wrote_it_down),
        cmocka_unit_test(tokens_and_names_cannot_break_out_of_their_place),
        cmocka_unit_test(a_complaint_of_garbage_is_harmless),
        cmocka_unit_test(ntlm_answers_as_in_microsofts_example),
        cmocka_unit_test(ntlm_survives_every_cut_and_every_wild_number),
        cmocka_unit_test(ntlm_knows_a_domain_before_a_backslash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
