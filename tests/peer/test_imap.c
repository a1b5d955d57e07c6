/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* The IMAP client against every script in imap/, with responses whole and byte by byte.
 *
 * Settings of a script: name, security, certificate, user, password, auth; handshake: may-begin (see below); fails: greet | login | run, error: a NET_ERROR_ name, words: what the sentence must say;
 * mechanism; mailbox: "name exists uidvalidity uidnext highestmodseq" at the end; namespace: "prefix delimiter"; run: requests, separated by '|' (words as in requests[] below); story: what handlers told, then the replies;
 * answering: yes, when the story tells for which request a search answer is; wire: what L: must have read. */
#include "net/imap_client.h"
#include "net/clock.h"
#include "net/log.h"
#include "tests/peer/peer.h"
#include "tests/peer/peer_secret.h"
#include "tests/peer/peer_certificates.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define MESSAGE "Subject: hello\r\n\r\n8 bits: \xc3\xbc\r\n"

static char *directory, *log_path;
static peer_certificates *certificates;

static const char *const error_names[] = {
    [NET_ERROR_RESOLVE] = "RESOLVE",
    [NET_ERROR_CONNECT] = "CONNECT",
    [NET_ERROR_TIMEOUT] = "TIMEOUT",
    [NET_ERROR_CLOSED] = "CLOSED",
    [NET_ERROR_IO] = "IO",
    [NET_ERROR_TLS] = "TLS",
    [NET_ERROR_CERTIFICATE] = "CERTIFICATE",
    [NET_ERROR_NO_STARTTLS] = "NO_STARTTLS",
    [NET_ERROR_PROTOCOL] = "PROTOCOL",
    [NET_ERROR_AUTH] = "AUTH",
    [NET_ERROR_INSECURE] = "INSECURE",
    [NET_ERROR_REFUSED] = "REFUSED",
    [NET_ERROR_LIMIT] = "LIMIT",
    [NET_ERROR_CANCELLED] = "CANCELLED",
    [NET_ERROR_CONFIG] = "CONFIG",
};
static const char *const status_names[] = { [IMAP_OK] = "OK", [IMAP_NO] = "NO", [IMAP_BAD] = "BAD" };

/* --- what the handlers hear, as text --- */
static void hear_exists(void *data, uint32_t count)
{
    g_string_append_printf(data, "exists %u;", count);
}

static void hear_expunge(void *data, uint32_t sequence)
{
    g_string_append_printf(data, "expunge %u;", sequence);
}

static void hear_vanished(void *data, bool is_earlier, const struct imap_range *uids, size_t count)
{
    g_string_append(data, is_earlier ? "vanished earlier" : "vanished");
    for (size_t i = 0; i < count; i++)
        g_string_append_printf(data, " %u:%u", uids[i].first, uids[i].last);
    g_string_append_c(data, ';');
}

static void tell_body(GString *story, const struct imap_body *body)
{
    g_string_append_printf(story, " [%s]%s/%s", body->section, body->type, body->subtype);
    for (size_t i = 0; i < body->part_count; i++)
        tell_body(story, &body->parts[i]);
}

static void tell_envelope(GString *story, const struct imap_envelope *envelope)
{
    g_string_append_printf(story, " subject=%s", envelope->subject != NULL ? envelope->subject : "(nil)");
    for (size_t i = 0; i < envelope->from_count; i++)
        g_string_append_printf(story, " from=%s@%s", envelope->from[i].mailbox, envelope->from[i].host);
    for (size_t i = 0; i < envelope->to_count; i++) {
        const struct imap_address *to = &envelope->to[i];
        g_string_append_printf(story, " to=%s@%s", to->mailbox != NULL ? to->mailbox : "(nil)", to->host != NULL ? to->host : "(nil)");
    }
}

static void hear_fetch(void *data, const struct imap_fetch *fetch)
{
    g_string_append_printf(data, "fetch %u", fetch->sequence);
    if (fetch->has & IMAP_FETCH_UID)
        g_string_append_printf(data, " uid=%u", fetch->uid);
    if (fetch->has & IMAP_FETCH_FLAGS)
        g_string_append_printf(data, " flags=%x", fetch->flags.bits);
    for (const char *const *keyword = fetch->flags.keywords; *keyword != NULL; keyword++)
        g_string_append_printf(data, " %s", *keyword);
    if (fetch->has & IMAP_FETCH_SIZE)
        g_string_append_printf(data, " size=%" G_GUINT64_FORMAT, fetch->size_bytes);
    if (fetch->has & IMAP_FETCH_INTERNALDATE)
        g_string_append_printf(data, " date=%" G_GINT64_FORMAT, fetch->internaldate_utc);
    if (fetch->has & IMAP_FETCH_MODSEQ)
        g_string_append_printf(data, " modseq=%" G_GUINT64_FORMAT, fetch->modseq);
    if (fetch->has & IMAP_FETCH_ENVELOPE)
        tell_envelope(data, &fetch->envelope);
    if (fetch->has & IMAP_FETCH_BODYSTRUCTURE)
        tell_body(data, fetch->body);
    for (size_t i = 0; i < fetch->section_count; i++) {
        const struct imap_section *section = &fetch->sections[i];
        if (section->is_decoded)
            g_string_append_printf(data, " %s=%zu bytes", section->name, section->length);
        else
            g_string_append_printf(data, " %s=%s", section->name, section->is_nil ? "(nil)" : section->bytes);
    }
    if (fetch->has & IMAP_FETCH_PREVIEW)
        g_string_append_printf(data, " preview=%s", fetch->preview);
    if (fetch->has & IMAP_FETCH_THREADID)
        g_string_append_printf(data, " thread=%s", fetch->thread_id);
    if (fetch->has & IMAP_FETCH_EMAILID)
        g_string_append_printf(data, " email=%s", fetch->email_id);
    for (size_t i = 0; (fetch->has & IMAP_FETCH_LABELS) && fetch->labels[i] != NULL; i++)
        g_string_append_printf(data, "%s%s", i == 0 ? " labels=" : ",", fetch->labels[i]);
    g_string_append_c(data, ';');
}

static void hear_list(void *data, const struct imap_list *list)
{
    g_string_append_printf(data, "list %x %c %s;", list->attributes, list->delimiter != '\0' ? list->delimiter : '-', list->mailbox);
}

static void hear_status(void *data, const struct imap_mailbox_status *status)
{
    g_string_append_printf(data, "status %s %u %u %u %u", status->mailbox, status->messages, status->uidnext, status->uidvalidity,
                           status->unseen);
    if (status->has & IMAP_STATUS_SIZE)
        g_string_append_printf(data, " size=%" G_GUINT64_FORMAT, status->size_bytes);
    if (status->has & IMAP_STATUS_MAILBOXID)
        g_string_append_printf(data, " id=%s", status->mailbox_id);
    g_string_append_c(data, ';');
}

static imap_client *answering_client; /* the story tells for which request an answer is; NULL: it does not matter */

static void hear_search(void *data, const uint32_t *numbers, size_t count)
{
    g_string_append(data, "search");
    for (size_t i = 0; i < count && ((GString *)data)->len < 1000; i++)
        g_string_append_printf(data, " %u", numbers[i]);
    if (answering_client != NULL)
        g_string_append_printf(data, " (%u)", imap_client_answering(answering_client));
    g_string_append_c(data, ';');
}

static void hear_alert(void *data, const char *text)
{
    g_string_append_printf(data, "alert %s;", text);
}

/* --- what a script asks the client to do --- */
static int message_fd = -1;

static imap_request send_create(imap_client *client, const char *name)
{
    return imap_send_create(client, name, strcmp(name, "Archive") == 0 ? "\\Archive" : NULL);
}

static void hear_quota(void *data, const struct imap_quota *quota)
{
    g_string_append_printf(data, "quota %s %s %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT ";", quota->root, quota->resource, quota->used,
                           quota->limit);
}

static void hear_rights(void *data, const char *mailbox, const char *rights)
{
    g_string_append_printf(data, "rights %s %s;", mailbox, rights);
}

static imap_request ask_rights(imap_client *client, const char *name)
{
    imap_ask_quota(client, "INBOX");
    imap_ask_rights(client, name);
    return imap_send_noop(client);
}

static imap_request send_store(imap_client *client, const char *set)
{
    static const char *const keywords[] = { "$Forwarded", NULL };
    return imap_send_store(client, set, '+', &(struct imap_flags){ .bits = IMAP_FLAG_SEEN | IMAP_FLAG_DELETED, .keywords = keywords });
}

static imap_request send_append(imap_client *client, const char *mailbox)
{
    return imap_send_append(client, mailbox, &(struct imap_flags){ .bits = IMAP_FLAG_SEEN }, 1000000000, message_fd, strlen(MESSAGE));
}

static imap_request send_select(imap_client *client, const char *mailbox)
{
    return imap_send_select(client, mailbox, false);
}

static imap_request send_examine(imap_client *client, const char *mailbox)
{
    return imap_send_select(client, mailbox, true);
}

static imap_request send_fetch(imap_client *client, const char *set)
{
    return imap_send_fetch(client, true, set, "(UID FLAGS)");
}

static imap_request send_list(imap_client *client, const char *pattern)
{
    return imap_send_list(client, "", pattern);
}

static imap_request send_status(imap_client *client, const char *mailbox)
{
    return imap_send_status(client, mailbox, IMAP_STATUS_MESSAGES | IMAP_STATUS_UIDNEXT | IMAP_STATUS_UIDVALIDITY | IMAP_STATUS_UNSEEN);
}

static imap_request send_copy(imap_client *client, const char *mailbox)
{
    return imap_send_copy(client, "3:4", mailbox);
}

static imap_request send_move(imap_client *client, const char *mailbox)
{
    return imap_send_move(client, "3:4", mailbox);
}

static imap_request send_rename(imap_client *client, const char *mailbox)
{
    return imap_send_rename(client, mailbox, "new name");
}

static imap_request send_subscribe(imap_client *client, const char *mailbox)
{
    return imap_send_subscribe(client, mailbox, true);
}

static imap_request send_resync(imap_client *client, const char *mailbox)
{
    return imap_send_select_resync(client, mailbox, 7, 10);
}

static imap_request send_list_status(imap_client *client, const char *pattern)
{
    return imap_send_list_status(client, "", pattern,
                                 IMAP_STATUS_MESSAGES | IMAP_STATUS_UIDNEXT | IMAP_STATUS_UIDVALIDITY | IMAP_STATUS_UNSEEN |
                                     IMAP_STATUS_HIGHESTMODSEQ | IMAP_STATUS_SIZE | IMAP_STATUS_MAILBOXID);
}

static imap_request send_append_two(imap_client *client, const char *mailbox)
{
    static const char *const none[] = { NULL };
    const struct imap_append messages[] = {
        { .flags = { IMAP_FLAG_SEEN, none }, .internaldate_utc = 1000000000, .fd = message_fd, .size_bytes = strlen(MESSAGE) },
        { .flags = { IMAP_FLAG_FLAGGED, none }, .fd = message_fd, .size_bytes = strlen(MESSAGE) },
    };
    return imap_send_append_many(client, mailbox, messages, G_N_ELEMENTS(messages));
}

static imap_request send_notify(imap_client *client, const char *nothing)
{
    (void)nothing;
    return imap_send_notify(client);
}

static imap_request send_noop(imap_client *client, const char *nothing)
{
    (void)nothing;
    return imap_send_noop(client);
}

static imap_request send_logout(imap_client *client, const char *nothing)
{
    (void)nothing;
    return imap_send_logout(client);
}

static imap_request send_expunge(imap_client *client, const char *nothing)
{
    (void)nothing;
    return imap_send_expunge(client);
}

static const struct {
    const char *word;
    imap_request (*send)(imap_client *client, const char *argument);
} requests[] = {
    { "select", send_select },
    { "examine", send_examine },
    { "fetch", send_fetch },
    { "store", send_store },
    { "append", send_append },
    { "list", send_list },
    { "status", send_status },
    { "copy", send_copy },
    { "move", send_move },
    { "rename", send_rename },
    { "subscribe", send_subscribe },
    { "create", send_create },
    { "rights", ask_rights },
    { "delete", imap_send_delete },
    { "uid-expunge", imap_send_uid_expunge },
    { "search", imap_send_search },
    { "message-id", imap_send_search_message_id },
    { "enable", imap_send_enable },
    { "noop", send_noop },
    { "logout", send_logout },
    { "resync", send_resync },
    { "list-status", send_list_status },
    { "notify", send_notify },
    { "append-two", send_append_two },
    { "expunge", send_expunge },
};

static imap_request send_words(imap_client *client, const char *words)
{
    g_auto(GStrv) pair = g_strsplit(words, " ", 2);
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        if (strcmp(pair[0], requests[i].word) == 0)
            return requests[i].send(client, pair[1] != NULL ? pair[1] : "");
    }
    fail_msg("%s?", words);
    return 0;
}

static void tell_reply(GString *story, const struct imap_reply *reply)
{
    g_string_append_printf(story, "%s", status_names[reply->status]);
    for (size_t i = 0; i < reply->source_count; i++)
        g_string_append_printf(story, " from %u:%u", reply->source[i].first, reply->source[i].last);
    for (size_t i = 0; i < reply->target_count; i++)
        g_string_append_printf(story, " to %u:%u", reply->target[i].first, reply->target[i].last);
    g_string_append_printf(story, " %s;", reply->text);
}

/* All requests are queued at once ("idle" excepted: that is a wait of its own), then waited for in order. */
static bool run_requests(imap_client *client, const char *run, GString *story, GError **error)
{
    g_auto(GStrv) list = g_strsplit(run, "|", -1);
    g_autoptr(GArray) sent = g_array_new(FALSE, FALSE, sizeof(imap_request));
    for (char **words = list; *words != NULL; words++) {
        if (strcmp(*words, "compress") == 0) {
            bool is_on = false;
            if (!imap_client_compress(client, &is_on, error))
                return false;
            g_string_append(story, is_on ? "compressed;" : "not compressed;");
            continue;
        }
        if (strcmp(*words, "idle") == 0) {
            if (!imap_idle(client, -1, 20000, error))
                return false;
            continue;
        }
        imap_request request = send_words(client, *words);
        g_array_append_val(sent, request);
    }
    g_autoptr(GString) replies = g_string_new(NULL); /* told last: how many answers come at once is chance */
    for (guint i = 0; i < sent->len; i++) {
        struct imap_reply reply;
        if (!imap_wait(client, g_array_index(sent, imap_request, i), &reply, error))
            return false;
        tell_reply(replies, &reply);
    }
    g_string_append(story, replies->str);
    return true;
}

/* --- one script --- */
static bool is_setting(const struct peer_script *script, const char *key, const char *wanted)
{
    return g_strcmp0(peer_script_value(script, key), wanted) == 0;
}

static void check_error(const struct peer_script *script, const GError *error)
{
    const char *wanted = peer_script_value(script, "error"), *words = peer_script_value(script, "words");
    assert_non_null(error);
    if (wanted != NULL && (error->domain != NET_ERROR || strcmp(error_names[error->code], wanted) != 0))
        fail_msg("not %s: \"%s\"", wanted, error->message);
    if (words != NULL && strstr(error->message, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error->message, words);
}

/* True: go on. */
static bool check_step(const struct peer_script *script, const char *step, bool is_good, const GError *error)
{
    if (is_good == is_setting(script, "fails", step))
        fail_msg("%s %s: %s", step, is_good ? "worked" : "failed", error != NULL ? error->message : "no error");
    if (!is_good)
        check_error(script, error);
    return is_good;
}

static enum net_security security_of(const struct peer_script *script)
{
    for (enum net_security security = NET_SECURITY_TLS; security <= NET_SECURITY_PLAIN; security++) {
        if (is_setting(script, "security", net_security_word(security)))
            return security;
    }
    fail_msg("security?");
    return NET_SECURITY_TLS;
}

static void check_mailbox(const struct peer_script *script, const struct imap_mailbox *mailbox)
{
    const char *wanted = peer_script_value(script, "mailbox");
    g_autofree char *words = g_strdup_printf("%s %u %u %u %" G_GUINT64_FORMAT, mailbox->name != NULL ? mailbox->name : "(none)",
                                             mailbox->exists, mailbox->uidvalidity, mailbox->uidnext, mailbox->highestmodseq);
    if (wanted != NULL)
        assert_string_equal(words, wanted);
}

static void check_namespace(const struct peer_script *script, const struct imap_namespace *personal)
{
    const char *wanted = peer_script_value(script, "namespace");
    g_autofree char *words = personal != NULL ? g_strdup_printf("\"%s\" %c", personal->prefix, personal->delimiter) : g_strdup("(none)");
    if (wanted != NULL)
        assert_string_equal(words, wanted);
}

static void run_client(const struct peer_script *script, int fd)
{
    const struct net_endpoint endpoint = { .host = "mail.example.test",
                                           .port = 143,
                                           .security = security_of(script),
                                           .allow_cleartext_password = is_setting(script, "cleartext", "yes"),
                                           .tls_ca_file = peer_certificates_ca_path(certificates),
                                           .io_timeout_ms = 20000 };
    const struct net_credentials credentials = { .user = peer_script_value(script, "user"),
                                                 .password = peer_script_value(script, "password"),
                                                 .auth = peer_script_value(script, "auth") };
    const char *run = peer_script_value(script, "run"), *wanted = peer_script_value(script, "story"),
               *mechanism = peer_script_value(script, "mechanism");
    g_autoptr(GString) story = g_string_new(NULL);
    const struct imap_handlers handlers = { .data = story,
                                            .exists = hear_exists,
                                            .expunge = hear_expunge,
                                            .vanished = hear_vanished,
                                            .fetch = hear_fetch,
                                            .list = hear_list,
                                            .status = hear_status,
                                            .search = hear_search,
                                            .quota = hear_quota,
                                            .rights = hear_rights,
                                            .alert = hear_alert };
    g_autoptr(GError) error = NULL;
    g_autoptr(imap_client) client = imap_client_new(net_stream_from_fd(fd, &endpoint, NULL), &handlers);
    net_stream *stream = imap_client_stream(client);
    answering_client = is_setting(script, "answering", "yes") ? client : NULL;
    bool is_good = endpoint.security != NET_SECURITY_TLS || net_stream_start_tls(stream, 0, NULL, &error);
    is_good = is_good && imap_client_greet(client, NULL, &error);
    if (!is_good && endpoint.security != NET_SECURITY_PLAIN)
        assert_false(net_stream_can_send_password(stream, NULL) && net_stream_write(stream, "", 0, NULL));
    if (check_step(script, "greet", is_good, error) && credentials.user != NULL) {
        is_good = imap_client_login(client, &credentials, &error);
        if (check_step(script, "login", is_good, error) && mechanism != NULL)
            assert_string_equal(imap_client_mechanism(client), mechanism);
        if (is_good && run != NULL) {
            is_good = run_requests(client, run, story, &error);
            check_step(script, "run", is_good, error);
        }
    }
    if (wanted != NULL)
        assert_string_equal(story->str, wanted);
    check_mailbox(script, imap_client_mailbox(client));
    check_namespace(script, imap_client_namespace(client));
}

/* All that may leave in the clear: two commands without a word of ours in them, and then TLS records. */
static void check_clear_text(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
    for (char **line = lines; *line != NULL && **line != '\0' && **line != 0x16; line++) {
        if (!g_pattern_match_simple("p* CAPABILITY", *line) && !g_pattern_match_simple("p* STARTTLS", *line))
            fail_msg("in the clear: \"%s\"", *line);
    }
}

/* What is injected a byte at a time may come when the handshake has begun ("handshake: may-begin"): then that is what fails, rightly. */
static void check_complaint(const struct peer_script *script, const char *path, enum peer_pace pace, peer *server)
{
    const char *complaint = peer_complaint(server);
    bool may_have_begun = pace == PEER_BYTE_BY_BYTE && is_setting(script, "handshake", "may-begin");
    if (complaint != NULL && !(may_have_begun && peer_complains_of_a_handshake_only(server)))
        fail_msg("%s: %s", path, complaint);
}

static void run_script(const char *path, enum peer_pace pace)
{
    struct peer_script *script = peer_script_load(path);
    print_message("%s\n", peer_script_value(script, "name"));
    const peer_certificate *certificate = peer_certificates_find(certificates, peer_script_value(script, "certificate"));
    assert_non_null(certificate);
    peer *server = peer_start((const char *const *)script->lines, certificate, pace);
    const char *wire = peer_script_value(script, "wire");
    run_client(script, peer_take_fd(server));
    check_complaint(script, path, pace, server);
    if (wire != NULL)
        assert_string_equal(peer_data(server), wire);
    if (security_of(script) != NET_SECURITY_PLAIN)
        check_clear_text(peer_clear_text(server));
    if (peer_secret_is_in_log(log_path, peer_script_value(script, "password")))
        fail_msg("%s: the password is in the log", path);
    peer_free(server);
    peer_script_free(script);
}

static void run_all(enum peer_pace pace)
{
    g_auto(GStrv) paths = peer_script_list(TEST_DATA_DIR "/imap");
    for (char **path = paths; *path != NULL; path++)
        run_script(*path, pace);
}

static void each_script_goes_as_it_should(void **state)
{
    (void)state;
    run_all(PEER_WHOLE);
}

static void each_script_goes_the_same_byte_by_byte(void **state)
{
    (void)state;
    run_all(PEER_BYTE_BY_BYTE);
}

/* --- what needs more than a script --- */
static imap_client *client_on(peer *server, const struct net_context *context)
{
    static const struct net_endpoint endpoint = {
        .host = "mail.example.test", .port = 143, .security = NET_SECURITY_PLAIN, .allow_cleartext_password = true, .io_timeout_ms = 20000
    };
    return imap_client_new(net_stream_from_fd(peer_take_fd(server), &endpoint, context), NULL);
}

static void idle_ends_when_the_owner_wakes_it(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE] in", "C: %t IDLE", "S: + idling", "C: DONE", "S: %t OK done", NULL
    };
    int wake[2];
    g_autoptr(GError) error = NULL;
    peer *server = peer_start(lines, NULL, PEER_WHOLE);
    imap_client *client = client_on(server, NULL);
    assert_int_equal(pipe(wake), 0);
    assert_int_equal(write(wake[1], "x", 1), 1);
    int64_t begin = net_clock_ms();
    assert_true(imap_client_greet(client, NULL, &error));
    assert_true(imap_idle(client, wake[0], 60000, &error));
    assert_true(net_clock_ms() - begin < 10000);
    imap_client_free(client);
    assert_null(peer_complaint(server));
    peer_free(server);
    close(wake[0]);
    close(wake[1]);
}

static void hundreds_of_answers_in_one_go_all_reach_their_questions(void **state)
{
    (void)state;
    enum { MANY = 500 };
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) answers = g_string_new("s: ");
    g_autoptr(GError) error = NULL;
    g_ptr_array_add(lines, g_strdup("S: * PREAUTH [CAPABILITY IMAP4rev1] in"));
    for (int i = 1; i <= MANY; i++) {
        g_ptr_array_add(lines, g_strdup("C: p* NOOP"));
        g_string_append_printf(answers, "p%d OK number %d\\r\\n", i, i);
    }
    g_ptr_array_add(lines, g_strdup(answers->str));
    g_ptr_array_add(lines, NULL);
    peer *server = peer_start((const char *const *)lines->pdata, NULL, PEER_WHOLE);
    imap_client *client = client_on(server, NULL);
    assert_true(imap_client_greet(client, NULL, &error));
    for (int i = 1; i <= MANY; i++)
        assert_int_equal(imap_send_noop(client), i);
    for (imap_request i = 1; i <= MANY; i++) {
        struct imap_reply reply;
        assert_true(imap_wait(client, i, &reply, &error));
        g_autofree char *words = g_strdup_printf("number %u", i);
        assert_string_equal(reply.text, words);
    }
    imap_client_free(client);
    assert_null(peer_complaint(server));
    peer_free(server);
}

static void a_silent_server_is_left_at_once_when_cancelled(void **state)
{
    (void)state;
    static const char *const lines[] = { "W:", NULL };
    int cancel[2];
    g_autoptr(GError) error = NULL;
    assert_int_equal(pipe(cancel), 0);
    assert_int_equal(write(cancel[1], "x", 1), 1);
    peer *server = peer_start(lines, NULL, PEER_WHOLE);
    imap_client *client = client_on(server, &(struct net_context){ .cancel_fd = cancel[0] });
    int64_t begin = net_clock_ms();
    assert_false(imap_client_greet(client, NULL, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CANCELLED));
    assert_true(net_clock_ms() - begin < 10000);
    imap_client_free(client);
    assert_null(peer_complaint(server));
    peer_free(server);
    close(cancel[0]);
    close(cancel[1]);
}

static int set_up(void **state)
{
    (void)state;
    directory = g_dir_make_tmp("postern-imap-XXXXXX", NULL);
    log_path = g_build_filename(directory, "log", NULL);
    assert_true(net_log_open(log_path));
    g_autofree char *path = g_build_filename(directory, "message", NULL);
    assert_true(g_file_set_contents(path, MESSAGE, -1, NULL));
    message_fd = g_open(path, O_RDONLY);
    g_unlink(path);
    certificates = peer_certificates_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(message_fd);
    net_log_close();
    g_unlink(log_path);
    g_free(log_path);
    g_rmdir(directory);
    g_free(directory);
    peer_certificates_free(certificates);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_script_goes_as_it_should),
        cmocka_unit_test(each_script_goes_the_same_byte_by_byte),
        cmocka_unit_test(idle_ends_when_the_owner_wakes_it),
        cmocka_unit_test(hundreds_of_answers_in_one_go_all_reach_their_questions),
        cmocka_unit_test(a_silent_server_is_left_at_once_when_cancelled),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
