/* SPDX-License-Identifier: MIT */
/* `postern send [-t] [--queue] [--json] [-f SENDER] [RCPT…]`: sendmail's manner; exit 0 once the message is safely in the outbox, EX_UNAVAILABLE when it was refused. */
#include "core/engine.h"
#include "core/message.h"
#include "core/outbox_words.h"
#include "core/submission.h"
#include "ui/cli.h"
#include "ui/cli_json.h"
#include <errno.h>
#include <getopt.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define SEND_TIMEOUT_MS 60000
#define INPUT_MAX       (100u << 20)

struct send_options {
    bool is_from_header, is_queue_only, is_json;
    const char *sender, *account, *name;
    struct outbox_notice notice;
};

/* What sendmail's callers pass and means nothing here (-i, -oi, -m …) is accepted. */
static bool read_options(int argc, char **argv, struct send_options *options)
{
    static const struct option names[] = {
        { "queue", no_argument, NULL, 'Q' }, { "json", no_argument, NULL, 'J' }, { "account", required_argument, NULL, 'A' }, { 0 }
    };
    int letter;
    opterr = 0;
    while ((letter = getopt_long(argc, argv, ":tif:r:F:o:O:B:b:N:R:V:X:L:h:p:mnvUG", names, NULL)) != -1) {
        switch (letter) {
        case 't':
            options->is_from_header = true;
            break;
        case 'Q':
            options->is_queue_only = true;
            break;
        case 'J':
            options->is_json = true;
            break;
        case 'f':
        case 'r':
            options->sender = optarg;
            break;
        case 'F':
            options->name = optarg;
            break;
        case 'N':
            options->notice.notify = optarg;
            break;
        case 'R':
            options->notice.returns = optarg;
            break;
        case 'V':
            options->notice.notice_id = optarg;
            break;
        case 'A':
            options->account = optarg;
            break;
        case 'b': /* sendmail's other modes (server, queue list, …) are not ours: saying nothing would lose mail */
            if (strcmp(optarg, "m") != 0)
                return !cli_fail(EX_USAGE, _("send takes one message on standard input; -b%s is not known."), optarg);
            break;
        case ':':
            return !cli_fail(EX_USAGE, _("%s needs a word behind it."), argv[optind - 1]);
        case '?':
            cli_fail_option("send", argv);
            return false;
        default:
            break;
        }
    }
    return true;
}

static GByteArray *read_input(int *code_out)
{
    GByteArray *all = g_byte_array_new();
    guint8 bytes[65536];
    ssize_t got;
    while ((got = read(STDIN_FILENO, bytes, sizeof bytes)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got > 0 && all->len + (size_t)got <= INPUT_MAX) {
            g_byte_array_append(all, bytes, (guint)got);
            continue;
        }
        *code_out = got < 0 ? cli_fail(EX_NOINPUT, _("standard input cannot be read: %s. Nothing was sent."), g_strerror(errno))
                            : cli_fail(EX_DATAERR, _("the message is larger than %u MB. Nothing was sent."), INPUT_MAX >> 20);
        g_byte_array_unref(all);
        return NULL;
    }
    return all;
}

/* An address of another account chooses that account; else --account, else the first. */
static const struct account *choose_account(GPtrArray *accounts, int broken, const struct send_options *options, int *code_out)
{
    for (guint i = 0; options->account == NULL && options->sender != NULL && i < accounts->len; i++) {
        const struct account *each = g_ptr_array_index(accounts, i);
        if (g_ascii_strcasecmp(each->from_address, options->sender) == 0)
            return each;
    }
    return cli_account(accounts, broken, options->account, code_out);
}

/* "<>" is how sendmail's callers write nobody. */
static const char *envelope_sender(const struct send_options *options)
{
    return options->sender != NULL && strcmp(options->sender, "<>") == 0 ? "" : options->sender;
}

static bool has_refusals(const struct outbox_item *item)
{
    bool is_refused = item->state == OUTBOX_FAILED;
    for (size_t i = 0; item->recipients[i] != NULL; i++)
        is_refused |= item->fates[i].fate == OUTBOX_FATE_REFUSED;
    return is_refused;
}

/* A message that is in the outbox. */
struct sent {
    int64_t id;
    const struct account *from;
    struct submission ready;
    bool is_json;
};

/* In FAILED the engine has told it already. */
static void tell_refusals(const struct outbox_item *item)
{
    g_autoptr(GPtrArray) lines = outbox_lines(item);
    for (guint i = 0; item->state != OUTBOX_FAILED && i < lines->len; i++)
        cli_fail(0, _("not sent to %s"), (const char *)g_ptr_array_index(lines, i));
}

/* --- the end of it --- */
static const char *state_word(const struct outbox_item *item, bool is_sent)
{
    return item == NULL                                         ? (is_sent ? "sent" : "refused")
           : item->state == OUTBOX_IN_DOUBT                     ? "in-doubt"
           : item->state == OUTBOX_FAILED || has_refusals(item) ? "refused"
           : item->state >= OUTBOX_ACCEPTED                     ? "sent"
                                                                : "queued";
}

static const char *fate_word(const struct outbox_item *item, size_t index, bool is_sent)
{
    static const char *const words[] = { [OUTBOX_FATE_WAITS] = "queued",
                                         [OUTBOX_FATE_OFFERED] = "in-doubt",
                                         [OUTBOX_FATE_TOOK] = "sent",
                                         [OUTBOX_FATE_LATER] = "queued",
                                         [OUTBOX_FATE_REFUSED] = "refused" };
    enum outbox_fate fate = item != NULL ? item->fates[index].fate : OUTBOX_FATE_WAITS;
    bool is_known = item != NULL && fate < G_N_ELEMENTS(words) && !(fate == OUTBOX_FATE_WAITS && item->state >= OUTBOX_ACCEPTED);
    return is_known ? words[fate] : state_word(item, is_sent);
}

static json_t *recipients_json(const struct submission *ready, const struct outbox_item *item, bool is_sent)
{
    json_t *list = json_array();
    size_t known = item != NULL ? g_strv_length(item->recipients) : 0;
    for (size_t i = 0; ready->recipients[i] != NULL; i++) {
        const struct outbox_item *of = i < known ? item : NULL;
        json_t *object = json_object();
        json_object_set_new(object, "addr", cli_json_text(ready->recipients[i]));
        json_object_set_new(object, "state", json_string(fate_word(of, i, is_sent)));
        json_object_set_new(object, "reply", cli_json_text(of != NULL ? of->fates[i].reply : NULL));
        json_array_append_new(list, object);
    }
    return list;
}

static void print_json(const struct sent *sent, const struct outbox_item *item, bool is_sent, const char *why)
{
    gsize size = 0;
    const void *bytes = g_bytes_get_data(sent->ready.bytes, &size);
    g_autoptr(message) letter = message_parse(bytes, size);
    struct message_info info;
    message_info(letter, &info);
    json_t *object = json_object();
    json_object_set_new(object, "id", json_integer((json_int_t)sent->id));
    json_object_set_new(object, "account", cli_json_text(sent->from->id));
    json_object_set_new(object, "message_id", cli_json_text(info.message_id));
    json_object_set_new(object, "sender", cli_json_text(sent->ready.sender));
    json_object_set_new(object, "state", json_string(state_word(item, is_sent)));
    json_object_set_new(object, "recipients", recipients_json(&sent->ready, item, is_sent));
    json_object_set_new(object, "error", cli_json_text(why));
    cli_json_print(object);
}

/* 0 for all that is safe in the outbox, or gone. */
static int end_of(store *db, const struct sent *sent, bool is_sent, const GError *why)
{
    struct outbox_item *item = outbox_item(db, sent->id, NULL);
    int code = item != NULL && has_refusals(item) ? EX_UNAVAILABLE : 0;
    if (code != 0)
        tell_refusals(item);
    else if (item != NULL && item->state == OUTBOX_IN_DOUBT)
        cli_fail(0, "%s", _("the connection broke before the server's answer: the message may have been sent. postern asks you about it."));
    else if (!is_sent && why != NULL)
        cli_fail(0, "%s", why->message);
    if (sent->is_json)
        print_json(sent, item, is_sent, why != NULL ? why->message : NULL);
    outbox_item_free(item);
    return cli_finish(code);
}

/* At once where the network is there; whatever happens, the message is safe. */
static int send_now(GPtrArray *accounts, store *db, const struct sent *sent)
{
    g_autoptr(GError) why = NULL;
    struct settings *settings = cli_settings();
    event_queue *events = event_queue_new();
    engine *once = engine_new(accounts, settings, NULL, events);
    bool is_sent = engine_send_once(once, sent->id, SEND_TIMEOUT_MS, &why);
    if (cli_answer_events(once, events) && !is_sent) {
        g_clear_error(&why);
        is_sent = engine_send_once(once, sent->id, SEND_TIMEOUT_MS, &why);
        cli_answer_events(once, events);
    }
    engine_free(once);
    event_queue_free(events);
    settings_free(settings);
    return end_of(db, sent, is_sent, why);
}

static int64_t keep(store *db, const struct account *from, const struct submission *ready, const struct outbox_notice *notice,
                    GError **error)
{
    gsize size = 0;
    const void *bytes = g_bytes_get_data(ready->bytes, &size);
    const struct outbox_letter letter = { .account_key = from->id,
                                          .bytes = bytes,
                                          .size = size,
                                          .sender = ready->sender,
                                          .recipients = (const char *const *)ready->recipients,
                                          .notice = *notice };
    return outbox_submit_letter(db, &letter, error);
}

int cli_send(int argc, char **argv)
{
    struct send_options options = { 0 };
    int broken = 0, code = 0;
    g_autoptr(GError) why = NULL;
    if (!read_options(argc, argv, &options))
        return EX_USAGE;
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    const struct account *from = choose_account(accounts, broken, &options, &code);
    g_autoptr(GByteArray) input = from != NULL ? read_input(&code) : NULL;
    if (input == NULL)
        return code;
    g_autoptr(account) named = account_copy(from);
    if (options.name != NULL) {
        g_free(named->from_name);
        named->from_name = g_strdup(options.name);
    }
    if (!submission_check_notice(options.notice.notify, options.notice.returns, options.notice.notice_id, &why))
        return cli_fail(EX_USAGE, "%s", why->message);
    struct sent sent = { .from = from, .is_json = options.is_json };
    if (!submission_prepare((const char *)input->data, input->len, named, envelope_sender(&options), (const char *const *)argv + optind,
                            options.is_from_header, &sent.ready, &why))
        return cli_fail(EX_DATAERR, "%s", why->message);
    g_autoptr(store) db = store_open(NULL, STORE_WORKER, &why);
    sent.id = db != NULL ? keep(db, from, &sent.ready, &options.notice, &why) : 0;
    if (sent.id == 0)
        code = cli_fail(EX_TEMPFAIL, _("the message could not be kept: %s Nothing was sent."), why->message);
    else
        code = options.is_queue_only ? end_of(db, &sent, false, NULL) : send_now(accounts, db, &sent);
    submission_clear(&sent.ready);
    return code;
}
