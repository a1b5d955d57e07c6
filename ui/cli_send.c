/* SPDX-License-Identifier: MIT */
/* `postern send [-t] [--queue] [-f SENDER] [RCPT…]`: sendmail's manner; exit 0 once the message is safely in the outbox, EX_UNAVAILABLE when it was refused. */
#include "core/engine.h"
#include "core/outbox_words.h"
#include "core/submission.h"
#include "ui/cli.h"
#include <errno.h>
#include <getopt.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define SEND_TIMEOUT_MS 60000
#define INPUT_MAX       (100u << 20)

struct send_options {
    bool is_from_header, is_queue_only;
    const char *sender, *account, *name;
    struct outbox_notice notice;
};

/* What sendmail's callers pass and means nothing here (-i, -oi, -m …) is accepted. */
static bool read_options(int argc, char **argv, struct send_options *options)
{
    static const struct option names[] = { { "queue", no_argument, NULL, 'Q' }, { "account", required_argument, NULL, 'A' }, { 0 } };
    int letter;
    while ((letter = getopt_long(argc, argv, "tif:r:F:o:O:B:b:N:R:V:X:L:h:p:mnvUG", names, NULL)) != -1) {
        switch (letter) {
        case 't':
            options->is_from_header = true;
            break;
        case 'Q':
            options->is_queue_only = true;
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
                return cli_fail(false, _("send takes one message on standard input; -b%s is not known."), optarg);
            break;
        case '?':
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

/* In FAILED the engine has told it already. */
static void tell_refusals(const struct outbox_item *item)
{
    g_autoptr(GPtrArray) lines = outbox_lines(item);
    for (guint i = 0; item->state != OUTBOX_FAILED && i < lines->len; i++)
        cli_fail(0, _("not sent to %s"), (const char *)g_ptr_array_index(lines, i));
}

/* 0 for all that is safe in the outbox, or gone. */
static int end_of(store *db, int64_t id, bool is_sent, const GError *why)
{
    struct outbox_item *item = outbox_item(db, id, NULL);
    int code = item != NULL && has_refusals(item) ? EX_UNAVAILABLE : 0;
    if (code != 0)
        tell_refusals(item);
    else if (item != NULL && item->state == OUTBOX_IN_DOUBT)
        cli_fail(0, "%s", _("the connection broke before the server's answer: the message may have been sent. postern asks you about it."));
    else if (!is_sent && why != NULL)
        cli_fail(0, "%s", why->message);
    outbox_item_free(item);
    return code;
}

/* At once where the network is there; whatever happens, the message is safe. */
static int send_now(GPtrArray *accounts, store *db, int64_t id)
{
    g_autoptr(GError) why = NULL;
    struct settings *settings = cli_settings();
    event_queue *events = event_queue_new();
    engine *once = engine_new(accounts, settings, NULL, events);
    bool is_sent = engine_send_once(once, id, SEND_TIMEOUT_MS, &why);
    if (cli_answer_events(once, events) && !is_sent) {
        g_clear_error(&why);
        is_sent = engine_send_once(once, id, SEND_TIMEOUT_MS, &why);
        cli_answer_events(once, events);
    }
    engine_free(once);
    event_queue_free(events);
    settings_free(settings);
    return end_of(db, id, is_sent, why);
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
    struct submission ready = { 0 };
    if (options.name != NULL) {
        g_free(named->from_name);
        named->from_name = g_strdup(options.name);
    }
    if (!submission_check_notice(options.notice.notify, options.notice.returns, options.notice.notice_id, &why))
        return cli_fail(EX_USAGE, "%s", why->message);
    if (!submission_prepare((const char *)input->data, input->len, named, envelope_sender(&options), (const char *const *)argv + optind,
                            options.is_from_header, &ready, &why))
        return cli_fail(EX_DATAERR, "%s", why->message);
    g_autoptr(store) db = store_open(NULL, STORE_WORKER, &why);
    int64_t id = db != NULL ? keep(db, from, &ready, &options.notice, &why) : 0;
    submission_clear(&ready);
    if (id == 0)
        return cli_fail(EX_TEMPFAIL, _("the message could not be kept: %s Nothing was sent."), why->message);
    return options.is_queue_only ? 0 : send_now(accounts, db, id);
}
