/* SPDX-License-Identifier: MIT */
/* Signed and encrypted mail, read: with real keys, and with the tricks that were played on other programs. */
#include "core/autocrypt.h"
#include "core/crypto_import.h"
#include "core/crypto_seal.h"
#include "crypto_home.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>

#define ADA    "From: Ada <ada@example.test>\nTo: al@example.test\nSubject: engine\n"
#define EVE    "From: Eve <eve@example.test>\nTo: al@example.test\nSubject: engine\n"
#define ENTITY "Content-Type: text/plain; charset=utf-8\r\n\r\nThe engine weaves.\r\n"

static char *ada_signature;

static int open_home(void **state)
{
    (void)state;
    crypto_home_open();
    if (!crypto_make_key("Ada Lovelace <ada@example.test>", "20y") || !crypto_make_key("Eve <eve@example.test>", "20y"))
        return -1;
    ada_signature = crypto_sign(ENTITY, "ada@example.test", "--detach-sign");
    return ada_signature != NULL ? 0 : -1;
}

static int close_home(void **state)
{
    (void)state;
    g_clear_pointer(&ada_signature, g_free);
    crypto_home_close();
    return 0;
}

static enum crypto_state state_of(const crypto_reading *reading)
{
    const struct crypto_signature *covering = crypto_covering(reading);
    return covering != NULL ? covering->state : CRYPTO_UNCHECKED;
}

static enum crypto_state state_of_bytes(const char *raw)
{
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    return state_of(reading);
}

static void a_signature_of_the_sender_is_good_and_only_what_it_covers_is_shown(void **state)
{
    (void)state;
    g_autofree char *raw = crypto_signed_message(ADA, ENTITY, ada_signature);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    g_autofree char *shown = crypto_text(reading);
    assert_int_equal(state_of(reading), CRYPTO_GOOD);
    assert_string_equal(crypto_covering(reading)->address, "ada@example.test");
    assert_string_equal(shown, "The engine weaves.\n");
}

static void the_same_with_line_feeds_only_is_good(void **state)
{
    (void)state;
    g_autofree char *raw = crypto_signed_message(ADA, ENTITY, ada_signature);
    g_auto(GStrv) lines = g_strsplit(raw, "\r\n", -1);
    g_autofree char *unix_lines = g_strjoinv("\n", lines);
    assert_int_equal(state_of_bytes(unix_lines), CRYPTO_GOOD);
}

static void a_good_signature_of_somebody_else_is_not_the_senders(void **state)
{
    (void)state;
    g_autofree char *raw = crypto_signed_message(EVE, ENTITY, ada_signature);
    g_autofree char *twice = crypto_signed_message("From: ada@example.test, eve@example.test\n", ENTITY, ada_signature);
    g_autofree char *named = crypto_signed_message("From: \"ada@example.test\" <eve@example.test>\n", ENTITY, ada_signature);
    assert_int_equal(state_of_bytes(raw), CRYPTO_OTHER);
    assert_int_equal(state_of_bytes(twice), CRYPTO_OTHER);
    assert_int_equal(state_of_bytes(named), CRYPTO_OTHER);
}

static void a_changed_text_is_said_to_be_wrong(void **state)
{
    (void)state;
    g_autofree char *raw =
        crypto_signed_message(ADA, "Content-Type: text/plain; charset=utf-8\r\n\r\nThe engine leaves.\r\n", ada_signature);
    assert_int_equal(state_of_bytes(raw), CRYPTO_BAD);
}

static void a_form_that_is_not_one_is_never_good(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } changes[] = { { "protocol=\"application/pgp-signature\"", "protocol=\"application/x-other\"" },
                    { "protocol=\"application/pgp-signature\"", "x=y" },
                    { "--b1\r\nContent-Type: application/pgp-signature", "--b1\r\nContent-Type: text/plain" },
                    { "\r\n--b1--", "\r\n--b1\r\n\r\nmore\r\n--b1--" },
                    { "--b1\r\nContent-Type: application/pgp-signature",
                      "--b1\r\n\r\nextra\r\n--b1\r\nContent-Type: application/pgp-signature" } };
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *raw = crypto_signed_message(ADA, ENTITY, ada_signature);
        g_auto(GStrv) pieces = g_strsplit(raw, changes[i].from, -1);
        g_autofree char *changed = g_strjoinv(changes[i].to, pieces);
        assert_string_not_equal(raw, changed);
        assert_int_equal(state_of_bytes(changed), CRYPTO_UNCHECKED);
    }
}

static void a_whole_signed_message_in_the_place_of_the_signature_is_no_signature(void **state)
{
    (void)state;
    g_autofree char *opaque = crypto_sign("Something else.\n", "ada@example.test", "--sign");
    g_autofree char *clear = crypto_sign("Something else.\n", "ada@example.test", "--clearsign");
    g_autofree char *first = crypto_signed_message(ADA, ENTITY, opaque), *second = crypto_signed_message(ADA, ENTITY, clear);
    assert_int_equal(state_of_bytes(first), CRYPTO_UNCHECKED);
    assert_int_equal(state_of_bytes(second), CRYPTO_UNCHECKED);
}

static void a_signed_part_in_a_larger_message_covers_itself_alone(void **state)
{
    (void)state;
    g_autofree char *within = crypto_signed_message("", ENTITY, ada_signature);
    g_autofree char *raw =
        g_strdup_printf(ADA "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nPay Eve.\r\n--m\r\n%s\r\n--m--\r\n", within);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    assert_null(crypto_covering(reading));
    assert_int_equal(reading->signatures->len, 1);
    g_autoptr(text) body = message_text(reading->letter, MESSAGE_VIEW_BEST);
    int sealed = 0;
    for (guint i = 0; i < body->lines->len; i++) {
        const struct text_line *line = g_ptr_array_index(body->lines, i);
        assert_false(line->seal > 0 && strcmp(line->text, "The engine weaves.") != 0);
        sealed += line->seal > 0;
    }
    assert_int_equal(sealed, 1);
    g_autofree char *other =
        g_strdup_printf(EVE "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nPay Eve.\r\n--m\r\n%s\r\n--m--\r\n", within);
    g_autoptr(crypto_reading) second = crypto_read_bytes(other, NULL);
    g_autofree char *told = crypto_text(second);
    assert_non_null(strstr(told, "———— Signed part: by Ada Lovelace")); /* in our own dashes also where it is not the sender's */
}

static guint pictures_below(const char *before, const char *within)
{
    static const char entity[] =
        "Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n"
        "<p>Words</p><img src=\"cid:a@b\">\r\n--r\r\nContent-Type: image/png\r\nContent-ID: <%s>\r\n\r\nx\r\n--r--\r\n";
    g_autofree char *lines = g_strdup(entity), *filled = NULL;
    g_auto(GStrv) halves = g_strsplit(lines, "%s", 2);
    filled = g_strconcat(halves[0], within, halves[1], NULL);
    g_autofree char *signature = crypto_sign(filled, "ada@example.test", "--detach-sign");
    g_autofree char *sealed = crypto_signed_message("", filled, signature);
    g_autofree char *raw = g_strdup_printf(ADA "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: image/png\r\n"
                                               "Content-ID: <%s>\r\n\r\nother\r\n--m\r\n%s\r\n--m--\r\n",
                                           before, sealed);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    g_autoptr(text) body = message_text(reading->letter, MESSAGE_VIEW_BEST);
    assert_int_equal(reading->signatures->len, 1);
    assert_int_equal(((struct crypto_signature *)g_ptr_array_index(reading->signatures, 0))->state, CRYPTO_GOOD);
    return body->images->len;
}

static void no_picture_of_another_part_stands_among_signed_words(void **state)
{
    (void)state;
    assert_int_equal(pictures_below("c@d", "a@b"), 1);
    assert_int_equal(pictures_below("a@b", "a@b"), 0);
    assert_int_equal(pictures_below("a@b", "c@d"), 0);
}

static void an_attached_message_of_somebody_else_does_not_sign_the_one_around_it(void **state)
{
    (void)state;
    g_autofree char *within = crypto_signed_message(ADA, ENTITY, ada_signature);
    g_autofree char *raw = g_strdup_printf(EVE "Content-Type: message/rfc822\r\n\r\n%s", within);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    assert_null(crypto_covering(reading));
    assert_int_equal(reading->signatures->len, 1);
    assert_int_equal(((struct crypto_signature *)g_ptr_array_index(reading->signatures, 0))->state, CRYPTO_GOOD);
}

static void a_key_that_is_not_here_is_said_so(void **state)
{
    (void)state;
    g_autofree char *signature = crypto_sign(ENTITY, "eve@example.test", "--detach-sign");
    g_autofree char *raw = crypto_signed_message(EVE, ENTITY, signature), *ring = NULL;
    ring = crypto_run(NULL, (const char *[]){ "gpg", "--batch", "--armor", "--export-secret-keys", "eve@example.test", NULL }, NULL);
    g_autofree char *list = crypto_run(NULL, (const char *[]){ "gpg", "--with-colons", "--list-keys", "eve@example.test", NULL }, NULL);
    const char *line = strstr(list, "\nfpr:::::::::") + 13;
    g_autofree char *key = g_strndup(line, strcspn(line, ":"));
    g_free(crypto_run(NULL, (const char *[]){ "gpg", "--batch", "--yes", "--delete-secret-and-public-key", key, NULL }, NULL));
    assert_int_equal(state_of_bytes(raw), CRYPTO_NO_KEY);
    g_free(crypto_run(ring, (const char *[]){ "gpg", "--batch", "--no-tty", "--import", NULL }, NULL));
    assert_int_equal(state_of_bytes(raw), CRYPTO_UNTRUSTED); /* nobody has said whose it is since */
}

static void a_signature_that_can_be_forged_proves_nothing_and_each_of_several_is_told(void **state)
{
    (void)state;
    g_autofree char *weak = crypto_run(
        ENTITY, (const char *[]){ GPG, "--armor", "--local-user", "ada@example.test", "--digest-algo", "SHA1", "--detach-sign", NULL },
        NULL);
    g_autofree char *both = crypto_run(
        ENTITY,
        (const char *[]){ GPG, "--armor", "--local-user", "ada@example.test", "--local-user", "eve@example.test", "--detach-sign", NULL },
        NULL);
    g_autofree char *raw_weak = crypto_signed_message(ADA, ENTITY, weak), *raw_both = crypto_signed_message(ADA, ENTITY, both);
    g_autoptr(crypto_reading) forged = crypto_read_bytes(raw_weak, NULL), reading = crypto_read_bytes(raw_both, NULL);
    assert_int_equal(crypto_covering(forged)->state, CRYPTO_UNCHECKED);
    assert_non_null(strstr(crypto_covering(forged)->words, "SHA1"));
    const struct crypto_layer *layer = g_ptr_array_index(reading->layers, 0);
    assert_int_equal(layer->signatures->len, 2);
}

static void encrypted_mail_is_opened_and_stands_alone(void **state)
{
    (void)state;
    g_autofree char *sealed =
        crypto_encrypt("Content-Type: multipart/mixed; boundary=i; protected-headers=\"v1\"\nSubject: the real one\n\n--i\n\nSecret.\n--i\n"
                       "Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n\nfile\n--i--\n",
                       "ada@example.test");
    g_autofree char *raw = crypto_encrypted_message(EVE, sealed);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    g_autofree char *shown = crypto_text(reading);
    assert_true(reading->is_decrypted);
    assert_string_equal(shown, "Secret.\n");
    assert_string_equal(message_header(reading->letter, "Subject"), "the real one");
    assert_int_equal(message_parts(reading->letter)->len, 2);
    assert_null(crypto_covering(reading));
}

static bool is_marked_secret(const text *body, const char *words)
{
    for (guint i = 0; i < body->lines->len; i++) {
        const struct text_line *line = g_ptr_array_index(body->lines, i);
        if (strstr(line->text, words) != NULL)
            return line->is_note;
    }
    return false;
}

static void an_encrypted_part_among_others_stands_alone_and_is_never_quoted(void **state)
{
    (void)state;
    g_autofree char *sealed =
        crypto_encrypt("Content-Type: text/html\n\nSecret. <a href=\"http://secret.example/\">here</a><img src=\"http://b.example/\">\n",
                       "ada@example.test");
    g_autofree char *within = crypto_encrypted_message("", sealed);
    g_autofree char *raw = g_strdup_printf(EVE "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/html\n\n<img "
                                               "src=\"http://evil.example/\n--m\n%s\n--m\nContent-Type: text/html\n\n\">\n--m--\n",
                                           within);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    g_autofree char *shown = crypto_text(reading);
    g_autoptr(text) body = message_text(reading->letter, MESSAGE_VIEW_BEST);
    g_autofree char *quoted = text_plain(body), *preview = message_preview(reading->letter, 200);
    assert_non_null(strstr(shown, "Secret."));
    assert_true(is_marked_secret(body, "Secret."));
    assert_null(strcasestr(quoted, "secret"));
    assert_null(strcasestr(preview, "secret"));
    for (guint i = 0; i < body->images->len; i++)
        assert_null(strstr(g_array_index(body->images, struct text_image, i).source, "b.example"));
    assert_false(reading->is_decrypted);
    assert_int_equal(reading->parts->len, 1);
    assert_null(crypto_covering(reading));
}

static void a_list_that_adds_a_footer_leaves_the_encrypted_part_readable_with_its_signature_and_attachment(void **state)
{
    (void)state;
    g_autofree char *sealed =
        crypto_run("Content-Type: multipart/mixed; boundary=i\n\n--i\n\nIt weaves.\n--i\nContent-Type: text/plain; name=a.txt\n"
                   "Content-Disposition: attachment\n\nfile\n--i--\n",
                   (const char *[]){ GPG, "--armor", "--trust-model", "always", "--local-user", "ada@example.test", "--recipient",
                                     "ada@example.test", "--sign", "--encrypt", NULL },
                   NULL);
    g_autofree char *within = crypto_encrypted_message("", sealed);
    g_autofree char *raw = g_strdup_printf(
        ADA "Content-Type: multipart/mixed; boundary=m\n\n--m\n%s\n--m\nContent-Type: text/plain\n\nUnsubscribe below.\n--m--\n", within);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    g_autoptr(text) body = message_text(reading->letter, MESSAGE_VIEW_BEST);
    int sealed_lines = 0;
    for (guint i = 0; i < body->lines->len; i++) {
        const struct text_line *line = g_ptr_array_index(body->lines, i);
        assert_false(line->seal > 0 && strcmp(line->text, "It weaves.") != 0);
        sealed_lines += line->seal > 0;
    }
    assert_int_equal(sealed_lines, 1);
    const GPtrArray *parts = message_parts(reading->letter);
    const struct message_part *last = g_ptr_array_index(parts, parts->len - 1);
    char *bytes = NULL;
    size_t size = 0;
    assert_string_equal(last->filename, "a.txt");
    assert_true(message_part_bytes(reading->letter, parts->len - 1, &bytes, &size, NULL));
    assert_string_equal(bytes, "file");
    g_free(bytes);
}

static void what_exchange_damages_and_what_is_forwarded_is_readable(void **state)
{
    (void)state;
    g_autofree char *sealed = crypto_encrypt("Content-Type: text/plain\n\nSecret.\n", "ada@example.test");
    g_autofree char *inline_text = crypto_encrypt("Whispered.\n", "ada@example.test");
    g_autofree char *damaged = g_strdup_printf(EVE "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\n\n--m\n"
                                                   "Content-Type: application/pgp-encrypted\n\nVersion: 1\n--m\nContent-Type: "
                                                   "application/octet-stream\n\n%s\n--m--\n",
                                               sealed);
    g_autofree char *whole = crypto_encrypted_message(ADA, sealed);
    g_autofree char *forwarded = g_strdup_printf(EVE "Content-Type: message/rfc822\n\n%s", whole);
    g_autofree char *in_text = g_strdup_printf(EVE "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\nOpen "
                                                   "it:\n%s\nBye.\n--m--\n",
                                               inline_text);
    const struct {
        const char *raw, *words;
        bool is_whole;
    } cases[] = { { damaged, "Secret.", true }, { forwarded, "Secret.", false }, { in_text, "Whispered.", false } };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(message) seen = message_parse(cases[i].raw, strlen(cases[i].raw));
        g_autoptr(crypto_reading) reading = crypto_read_bytes(cases[i].raw, NULL);
        g_autofree char *shown = crypto_text(reading);
        g_autoptr(text) body = message_text(reading->letter, MESSAGE_VIEW_BEST);
        assert_true(crypto_is_wanted(seen));
        assert_non_null(strstr(shown, cases[i].words));
        assert_int_equal(reading->is_decrypted, cases[i].is_whole);
        assert_int_equal(is_marked_secret(body, cases[i].words), !cases[i].is_whole);
    }
}

static void encryption_without_integrity_is_refused(void **state)
{
    (void)state;
    g_autofree char *sealed =
        crypto_run("Content-Type: text/plain\n\nSecret.\n",
                   (const char *[]){ GPG, "--armor", "--rfc2440", "--disable-mdc", "--cipher-algo", "AES", "--trust-model", "always",
                                     "--recipient", "ada@example.test", "--encrypt", NULL },
                   NULL);
    assert_non_null(sealed);
    g_autofree char *raw = crypto_encrypted_message(ADA, sealed);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    g_autofree char *shown = crypto_text(reading);
    const struct crypto_layer *layer = g_ptr_array_index(reading->layers, 0);
    if (reading->is_decrypted) /* newer GnuPG cannot make such a message any more */
        skip();
    assert_null(strstr(shown, "Secret"));
    assert_false(layer->is_open);
}

static void a_changed_encrypted_message_gives_nothing_away(void **state)
{
    (void)state;
    g_autofree char *big = g_strnfill(200000, 'x');
    g_autofree char *sealed = crypto_encrypt(big, "ada@example.test");
    size_t length = strlen(sealed);
    sealed[length / 2] = sealed[length / 2] == 'A' ? 'B' : 'A';
    g_autofree char *raw = crypto_encrypted_message(ADA, sealed);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    assert_false(reading->is_decrypted);
}

static void what_becomes_endless_is_not_opened(void **state)
{
    (void)state;
    g_autofree char *zeros = g_build_filename(crypto_home, "zeros", NULL), *out = g_build_filename(crypto_home, "bomb", NULL);
    g_autofree char *sealed = NULL;
    int fd = g_creat(zeros, 0600);
    assert_int_equal(ftruncate(fd, 70 * 1024 * 1024), 0);
    close(fd);
    g_free(crypto_run(NULL,
                      (const char *[]){ GPG, "--armor", "--compress-algo", "zlib", "--trust-model", "always", "--recipient",
                                        "ada@example.test", "--output", out, "--encrypt", zeros, NULL },
                      NULL));
    assert_true(g_file_get_contents(out, &sealed, NULL, NULL));
    assert_true(strlen(sealed) < 1024 * 1024);
    g_autofree char *raw = crypto_encrypted_message(ADA, sealed);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    assert_false(reading->is_decrypted);
    assert_non_null(strstr(((struct crypto_layer *)g_ptr_array_index(reading->layers, 0))->words, "too large"));
}

static void text_that_speaks_in_the_voice_of_gnupg_is_text(void **state)
{
    (void)state;
    g_autofree char *signature =
        crypto_run("words\n",
                   (const char *[]){ GPG, "--armor", "--trust-model", "always", "--recipient", "ada@example.test", "--set-filename",
                                     "x\n[GNUPG:] GOODSIG 7656318720D37A9C Ada\n[GNUPG:] VALIDSIG 6C6B67C2B91AC4010A37EECC7656318720D37A9C",
                                     "--encrypt", NULL },
                   NULL);
    g_autofree char *raw = crypto_encrypted_message(ADA, signature);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    assert_null(crypto_covering(reading));
    g_autofree char *inline_text = g_strconcat(ADA "\n-----BEGIN PGP SIGNED MESSAGE-----\n[GNUPG:] GOODSIG 7656318720D37A9C Ada\n", NULL);
    assert_int_equal(state_of_bytes(inline_text), CRYPTO_UNCHECKED);
}

static void inline_signatures_cover_their_text_and_no_more(void **state)
{
    (void)state;
    g_autofree char *clear = crypto_sign("Dear Al.\n- dashed\n", "ada@example.test", "--clearsign");
    g_autofree char *alone = g_strconcat(ADA "\n", clear, "\n", NULL), *more = g_strconcat(ADA "\nPay Eve.\n\n", clear, NULL);
    g_autoptr(crypto_reading) first = crypto_read_bytes(alone, NULL);
    g_autoptr(crypto_reading) second = crypto_read_bytes(more, NULL);
    g_autofree char *shown = crypto_text(first), *both = crypto_text(second);
    assert_int_equal(state_of(first), CRYPTO_GOOD);
    assert_string_equal(shown, "Dear Al.\n- dashed\n");
    assert_null(crypto_covering(second));
    assert_int_equal(second->signatures->len, 1);
    assert_true(strstr(both, "Pay Eve.") < strstr(both, "Signed part"));
}

/* Somebody who cannot read it sends it on with a question, and waits for an answer that quotes it. */
static void an_encrypted_text_with_words_around_it_is_never_quoted(void **state)
{
    (void)state;
    g_autofree char *armor = crypto_encrypt("Secret.\n", "ada@example.test");
    g_autofree char *alone = g_strconcat(EVE "\n", armor, "\n", NULL), *raw = g_strconcat(EVE "\nBefore.\n", armor, "\nBehind.\n", NULL);
    g_autoptr(crypto_reading) whole = crypto_read_bytes(alone, NULL);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    g_autoptr(text) body = message_text(reading->letter, MESSAGE_VIEW_BEST);
    g_autofree char *shown = text_shown(body), *quoted = text_plain(body), *opened = crypto_text(whole);
    assert_string_equal(opened, "Secret.\n");
    assert_true(whole->is_decrypted);
    assert_true(strstr(shown, "Before.") < strstr(shown, "Secret.") && strstr(shown, "Secret.") < strstr(shown, "Behind."));
    assert_true(is_marked_secret(body, "Secret."));
    assert_null(strstr(quoted, "Secret."));
    assert_non_null(strstr(quoted, "Before."));
}

static void each_block_of_a_text_is_a_part_of_its_own(void **state)
{
    (void)state;
    g_autofree char *one = crypto_sign("First words.\n", "ada@example.test", "--clearsign"),
                    *other = crypto_sign("Fourth words.\n", "eve@example.test", "--clearsign"),
                    *secret = crypto_encrypt("Third words.\n", "ada@example.test"),
                    *wrong = crypto_sign("Pay 100.\n", "ada@example.test", "--clearsign");
    *strstr(wrong, "100") = '9';
    g_autofree char *raw = g_strconcat(ADA "\n-----BEGIN PGP SIGNED MESSAGE-----\nunfinished\n", one, "Second words.\n", secret, other,
                                       "Fifth.\n", wrong, "Sixth.\n", NULL);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    g_autoptr(text) body = message_text(reading->letter, MESSAGE_VIEW_BEST);
    g_autofree char *shown = text_shown(body), *quoted = text_plain(body);
    static const char *const order[] = { "unfinished",
                                         "Signed part",
                                         "First words.",
                                         "End of the signed part",
                                         "Second words.",
                                         "Encrypted part",
                                         "Third words.",
                                         "End of the encrypted part",
                                         "Signed part",
                                         "Fourth words.",
                                         "End of the signed part",
                                         "Fifth.",
                                         "Signed part",
                                         "Pay 900.",
                                         "Sixth." };
    const char *at = shown;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        const char *next = strstr(at, order[i]);
        if (next == NULL)
            fail_msg("\"%s\" is not where it should be in:\n%s", order[i], shown);
        at = next + 1;
    }
    assert_null(crypto_covering(reading));
    assert_int_equal(reading->signatures->len, 3);
    assert_null(strstr(quoted, "Third words."));
    for (guint i = 0; i < body->lines->len; i++) {
        const struct text_line *line = g_ptr_array_index(body->lines, i);
        bool is_good = strstr(line->text, "First words.") != NULL;
        assert_true(is_good ? line->seal > 0 : line->seal == 0);
    }
}

/* The charset of the part around it is covered by nothing. */
static void no_charset_makes_other_words_of_what_was_signed(void **state)
{
    (void)state;
    static const char *const charsets[] = { "utf-7", "cp037", "utf-16le", "hz-gb-2312", "ebcdic-us", "shift_jis", "iso-2022-jp" };
    g_autofree char *clear = crypto_sign("Do +AG4-not+AG4- pay ~{Eve~} \\5.\n", "ada@example.test", "--clearsign");
    for (size_t i = 0; i < G_N_ELEMENTS(charsets); i++) {
        g_autofree char *raw = g_strdup_printf(ADA "Content-Type: text/plain; charset=%s\n\n%s\n", charsets[i], clear);
        g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
        g_autofree char *shown = crypto_text(reading);
        assert_int_equal(state_of(reading), CRYPTO_GOOD);
        assert_string_equal(shown, "Do +AG4-not+AG4- pay ~{Eve~} \\5.\n");
    }
}

/* "gpg --sign --armor": the text lies packed in the signature, and is no secret. */
static void a_text_packed_into_its_signature_is_signed_and_not_encrypted(void **state)
{
    (void)state;
    g_autofree char *packed = crypto_sign("The engine weaves.\n", "ada@example.test", "--sign");
    g_autofree char *alone = g_strconcat(ADA "\n", packed, NULL), *more = g_strconcat(ADA "\nPay Eve.\n", packed, NULL);
    g_autoptr(crypto_reading) first = crypto_read_bytes(alone, NULL);
    g_autoptr(crypto_reading) second = crypto_read_bytes(more, NULL);
    g_autofree char *shown = crypto_text(first), *both = crypto_text(second);
    assert_int_equal(state_of(first), CRYPTO_GOOD);
    assert_false(first->is_decrypted);
    assert_string_equal(shown, "The engine weaves.\n");
    assert_null(crypto_covering(second));
    assert_int_equal(second->signatures->len, 1);
    assert_int_equal(second->parts->len, 0);
    assert_true(strstr(both, "Pay Eve.") < strstr(both, "Signed part"));
    assert_non_null(strstr(both, "The engine weaves."));
}

static void a_text_that_cannot_be_opened_stays_to_be_seen(void **state)
{
    (void)state;
    static const char raw[] = ADA "\nBefore.\n-----BEGIN PGP MESSAGE-----\n\nbm8ga2V5IGZpdHM=\n=AAAA\n-----END PGP MESSAGE-----\nBehind.\n";
    g_autoptr(crypto) visit = crypto_new();
    g_autoptr(crypto_reading) reading = crypto_read(visit, message_parse(raw, sizeof raw - 1), true);
    g_autoptr(text) body = message_text(reading->letter, MESSAGE_VIEW_BEST);
    g_autofree char *shown = text_shown(body);
    const char *before = strstr(shown, "Before."), *armor = strstr(shown, "bm8ga2V5IGZpdHM="), *behind = strstr(shown, "Behind.");
    assert_true(before != NULL && armor > before && behind > armor);
}

static void a_thousand_signed_parts_are_checked_as_far_as_it_goes(void **state)
{
    (void)state;
    g_autoptr(GString) raw = g_string_new(ADA "Content-Type: multipart/mixed; boundary=m\r\n\r\n");
    g_autofree char *within = crypto_signed_message("", ENTITY, ada_signature);
    for (int i = 0; i < 1000; i++)
        g_string_append_printf(raw, "--m\r\n%s\r\n", within);
    g_string_append(raw, "--m--\r\n");
    int64_t began = g_get_monotonic_time();
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw->str, NULL);
    assert_true(reading->has_more);
    assert_true(reading->signatures->len <= 20);
    assert_true(g_get_monotonic_time() - began < 60 * G_USEC_PER_SEC);
}

/* Blocks that are passed over cost as much to find as those that are opened. */
static void a_file_of_a_hundred_thousand_blocks_is_left_alone(void **state)
{
    (void)state;
    g_autoptr(GString) raw = g_string_new(ADA "Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\n");
    for (int i = 0; i < 100000; i++)
        g_string_append(raw, "-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----\n");
    int64_t began = g_get_monotonic_time();
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw->str, NULL);
    assert_true(reading->has_more);
    assert_true(g_get_monotonic_time() - began < 60 * G_USEC_PER_SEC);
}

#define LETTER                                                                                                                             \
    "From: Ada <ada@example.test>\nTo: ada@example.test\nSubject: the engine\nDate: Tue, 17 Nov 2026 09:41:00 +0000\nMIME-Version: 1.0\n"  \
    "Content-Type: text/plain; charset=us-ascii\n\nIt weaves.\n-- \nAda\n"

static char *sealed_as(const struct crypto_wishes *wishes, struct crypto_sealed **sealed_out)
{
    g_autoptr(crypto) visit = crypto_new();
    g_autoptr(GBytes) letter = g_bytes_new_static(LETTER, strlen(LETTER));
    struct crypto_sealed *sealed = crypto_seal(visit, letter, wishes);
    gsize size = 0;
    const char *bytes = sealed->bytes != NULL ? g_bytes_get_data(sealed->bytes, &size) : NULL;
    char *copy = bytes != NULL ? g_strndup(bytes, size) : NULL;
    if (sealed_out != NULL)
        *sealed_out = sealed;
    else
        crypto_sealed_free(sealed);
    return copy;
}

static void what_is_signed_here_is_good_there(void **state)
{
    (void)state;
    const char *to[] = { "ada@example.test", NULL };
    struct crypto_wishes wishes = { .is_signed = true, .sender = "ada@example.test", .recipients = to };
    g_autofree char *raw = sealed_as(&wishes, NULL);
    assert_non_null(raw);
    assert_non_null(strstr(raw, "Subject: the engine"));
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    assert_int_equal(state_of(reading), CRYPTO_GOOD);
    assert_null(reading->warning);
    g_auto(GStrv) pieces = g_strsplit(raw, "Subject: the engine", 2);
    g_autofree char *changed = g_strjoinv("Subject: the weasel", pieces);
    g_autoptr(crypto_reading) other = crypto_read_bytes(changed, NULL);
    assert_non_null(other->warning); /* the subject is under the signature too */
    assert_string_equal(message_header(other->letter, "Subject"), "the engine");
}

static void what_is_encrypted_here_hides_its_subject_and_opens_there(void **state)
{
    (void)state;
    const char *to[] = { "ada@example.test", NULL };
    struct crypto_wishes wishes = { .is_signed = true, .is_encrypted = true, .sender = "ada@example.test", .recipients = to };
    g_autofree char *raw = sealed_as(&wishes, NULL);
    assert_non_null(raw);
    assert_null(strstr(raw, "the engine"));
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    g_autofree char *shown = crypto_text(reading);
    assert_true(reading->is_decrypted);
    assert_int_equal(state_of(reading), CRYPTO_GOOD);
    assert_string_equal(message_header(reading->letter, "Subject"), "the engine");
    assert_string_equal(shown, "It weaves.\n-- \nAda\n");
    assert_null(reading->warning);
}

static void ones_own_key_goes_along_where_it_is_wished(void **state)
{
    (void)state;
    const char *to[] = { "nobody@example.test", NULL };
    struct crypto_wishes wishes = { .has_autocrypt = true, .sender = "ada@example.test", .recipients = to };
    g_autofree char *raw = sealed_as(&wishes, NULL);
    assert_true(g_str_has_prefix(raw, "Autocrypt: addr=ada@example.test; keydata=\n "));
    assert_true(g_str_has_suffix(raw, LETTER));
    g_autoptr(message) letter = message_parse(raw, strlen(raw));
    const char *data = strstr(message_header(letter, "Autocrypt"), "keydata=") + 8;
    gsize size = 0;
    g_autofree guchar *key = g_base64_decode(data, &size);
    assert_true(size > 100 && key[0] >= 0x80); /* an OpenPGP packet */
    wishes.sender = "nobody@example.test";
    g_autofree char *without = sealed_as(&wishes, NULL);
    assert_string_equal(without, LETTER);
}

/* A key of somebody who is in no keyring here, as it comes in a header. */
static char *stranger_key(const char *address)
{
    g_autofree char *theirs = g_build_filename(crypto_home, address, NULL), *ours = g_strdup(crypto_home);
    g_mkdir(theirs, 0700);
    g_setenv("GNUPGHOME", theirs, TRUE);
    assert_true(crypto_make_key(address, "never"));
    gsize size = 0;
    g_autofree char *bytes = crypto_run(NULL, (const char *[]){ "gpg", "--batch", "--export", address, NULL }, &size);
    assert_true(bytes != NULL && size > 100);
    g_free(crypto_run(NULL, (const char *[]){ "gpgconf", "--kill", "all", NULL }, NULL));
    g_setenv("GNUPGHOME", ours, TRUE);
    return g_base64_encode((const guchar *)bytes, size);
}

static message *letter_with_key(const char *from, const char *addr, const char *more, const char *day, const char *key)
{
    g_autofree char *raw = g_strdup_printf("From: %s\nTo: ada@example.test\nDate: %s 2025 09:41:00 +0000\nMessage-ID: <a@x>\n"
                                           "Autocrypt: addr=%s; %s keydata=\n %.40s\n %s\n\nHello\n",
                                           from, day, addr, more, key, key + 40);
    return message_parse(raw, strlen(raw));
}

static bool notice(const char *from, const char *addr, const char *more, const char *day, const char *key)
{
    g_autoptr(message) letter = letter_with_key(from, addr, more, day, key);
    return autocrypt_notice(letter);
}

static void a_key_in_the_header_can_be_looked_at_and_taken_in(void **state)
{
    (void)state;
    g_autofree char *key = stranger_key("lea@example.test"), *why_not = NULL;
    g_autoptr(message) letter = letter_with_key("Lea <Lea@example.test>", "lea@example.test", "", "17 Nov", key);
    g_autoptr(message) others = letter_with_key("Eve <eve@example.test>", "lea@example.test", "", "17 Nov", key);
    g_autoptr(GBytes) found = autocrypt_key(letter);
    g_autoptr(crypto) visit = crypto_new();
    assert_non_null(found);
    assert_null(autocrypt_key(others));
    g_autofree char *words = crypto_import_look(visit, found, &why_not);
    assert_non_null(words);
    assert_non_null(strstr(words, "lea@example.test"));
}

static void a_key_that_came_with_mail_is_used_and_never_taken_for_more(void **state)
{
    (void)state;
    g_autofree char *data = g_build_filename(crypto_home, "data", NULL);
    g_setenv("XDG_DATA_HOME", data, TRUE);
    const char *to[] = { "kim@example.test", NULL };
    struct crypto_wishes wishes = {
        .is_signed = true, .is_encrypted = true, .has_autocrypt = true, .sender = "ada@example.test", .recipients = to
    };
    g_autofree char *key = stranger_key("kim@example.test"), *other = stranger_key("KIM@example.test");
    assert_false(notice("Eve <eve@example.test>", "kim@example.test", "", "17 Nov", key)); /* of somebody else */
    assert_false(notice("kim@example.test, eve@example.test", "kim@example.test", "", "17 Nov", key));
    assert_false(notice("kim@example.test", "kim@example.test", "must-know=1;", "17 Nov", key));
    assert_false(
        notice("kim@example.test", "kim@example.test", "", "17 Nov", "bm8ga2V5IGF0IGFsbCwganVzdCB3b3JkcyB0aGF0IGxvb2sgbGlrZSBvbmU="));
    assert_null(autocrypt_peer_load("kim@example.test"));
    assert_true(notice("Kim <Kim@example.test>", "kim@example.test", "_x=1; prefer-encrypt=mutual;", "17 Nov", key));
    struct crypto_sealed *sealed = NULL;
    assert_null(sealed_as(&wishes, &sealed)); /* the person is asked */
    assert_int_equal(sealed->warnings->len, 1);
    assert_non_null(strstr(sealed->warnings->pdata[0], "nobody has confirmed"));
    crypto_sealed_free(sealed);
    wishes.is_mutual = true; /* both sides wish it */
    g_autofree char *raw = sealed_as(&wishes, NULL);
    assert_non_null(raw);
    assert_null(strstr(raw, "the engine"));
    assert_non_null(strstr(raw, "prefer-encrypt=mutual; keydata="));
    assert_true(notice("kim@example.test", "kim@example.test", "prefer-encrypt=mutual;", "18 Nov", other));
    assert_null(sealed_as(&wishes, &sealed)); /* another key than before: asked again */
    assert_non_null(strstr(sealed->warnings->pdata[0], "another key than before"));
    crypto_sealed_free(sealed);
    assert_false(notice("kim@example.test", "kim@example.test", "", "16 Nov", key)); /* an old message changes nothing */
    wishes.has_autocrypt = false; /* who does not wish it has no keys but those of the keyring */
    assert_null(sealed_as(&wishes, &sealed));
    assert_int_equal(sealed->warnings->len, 0);
    crypto_sealed_free(sealed);
}

static void nobody_is_left_out_of_an_encryption_silently(void **state)
{
    (void)state;
    const char *to[] = { "ada@example.test", "nobody@example.test", NULL };
    struct crypto_wishes wishes = { .is_encrypted = true, .sender = "ada@example.test", .recipients = to };
    struct crypto_sealed *sealed = NULL;
    assert_null(sealed_as(&wishes, &sealed));
    assert_non_null(strstr(sealed->words, "nobody@example.test"));
    crypto_sealed_free(sealed);
    wishes.only_if_possible = true;
    g_autofree char *plain = sealed_as(&wishes, &sealed);
    assert_string_equal(plain, LETTER);
    assert_false(sealed->is_encrypted);
    crypto_sealed_free(sealed);
}

static void a_key_of_nobody_knows_whom_is_asked_about(void **state)
{
    (void)state;
    const char *to[] = { "eve@example.test", NULL };
    struct crypto_wishes wishes = { .is_encrypted = true, .sender = "ada@example.test", .recipients = to };
    struct crypto_sealed *sealed = NULL;
    assert_null(sealed_as(&wishes, &sealed));
    assert_int_equal(sealed->warnings->len, 1);
    crypto_sealed_free(sealed);
    wishes.takes_doubts = true;
    g_autofree char *raw = sealed_as(&wishes, NULL);
    assert_non_null(raw);
}

static void keys_out_of_date_and_taken_back_are_not_used(void **state)
{
    (void)state;
    g_autoptr(crypto) visit = crypto_new();
    g_free(crypto_run(NULL,
                      (const char *[]){ GPG, "--faked-system-time", "20200101T000000", "--quick-generate-key", "Old <old@example.test>",
                                        "ed25519", "sign", "1y", NULL },
                      NULL));
    struct crypto_key *old = crypto_key_choose(visit, CRYPTO_OPENPGP, "old@example.test", true, NULL);
    struct crypto_key *none = crypto_key_choose(visit, CRYPTO_OPENPGP, "none@example.test", false, NULL);
    struct crypto_key *part = crypto_key_choose(visit, CRYPTO_OPENPGP, "da@example.test", false, NULL);
    assert_int_equal(old->state, CRYPTO_KEY_EXPIRED);
    assert_null(old->fingerprint);
    assert_int_equal(none->state, CRYPTO_KEY_NONE);
    assert_int_equal(part->state, CRYPTO_KEY_NONE);
    crypto_key_free(old);
    crypto_key_free(none);
    crypto_key_free(part);
}

static char *key_of(const char *who, const char *how)
{
    return crypto_run(NULL, (const char *[]){ GPG, "--armor", how, who, NULL }, NULL);
}

static void a_key_that_came_with_mail_is_shown_before_it_is_taken_in_and_a_secret_one_is_not(void **state)
{
    (void)state;
    assert_true(crypto_make_key("Mary <mary@example.test>", "never"));
    g_autofree char *public_key = key_of("mary@example.test", "--export"), *secret = key_of("mary@example.test", "--export-secret-keys");
    g_autofree char *list = crypto_run(NULL, (const char *[]){ "gpg", "--with-colons", "--list-keys", "mary@example.test", NULL }, NULL);
    const char *line = strstr(list, "\nfpr:::::::::") + 13;
    g_autofree char *print = g_strndup(line, strcspn(line, ":")), *why = NULL, *why_secret = NULL, *why_none = NULL, *words = NULL;
    g_free(crypto_run(NULL, (const char *[]){ "gpg", "--batch", "--yes", "--delete-secret-and-public-key", print, NULL }, NULL));
    g_autoptr(GBytes) given = g_bytes_new(public_key, strlen(public_key)), private = g_bytes_new(secret, strlen(secret)),
                      nothing = g_bytes_new_static("hello", 5);
    g_autoptr(crypto) visit = crypto_new();
    g_autofree char *shown = crypto_import_look(visit, given, &why), *begin = g_strndup(print, 4);
    assert_non_null(strstr(shown, "Mary <mary@example.test>"));
    assert_non_null(strstr(shown, begin));
    assert_null(crypto_import_look(visit, private, &why_secret));
    assert_null(crypto_import_look(visit, nothing, &why_none));
    struct crypto_key *before = crypto_key_choose(visit, CRYPTO_OPENPGP, "mary@example.test", false, NULL);
    assert_int_equal(before->state, CRYPTO_KEY_NONE);
    assert_true(crypto_import(visit, given, &words));
    struct crypto_key *after = crypto_key_choose(visit, CRYPTO_OPENPGP, "mary@example.test", false, NULL);
    assert_int_equal(after->state, CRYPTO_KEY_UNTRUSTED); /* nobody has said whose it is */
    assert_string_equal(after->fingerprint, print);
    crypto_key_free(before);
    crypto_key_free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_of_the_sender_is_good_and_only_what_it_covers_is_shown),
        cmocka_unit_test(the_same_with_line_feeds_only_is_good),
        cmocka_unit_test(a_good_signature_of_somebody_else_is_not_the_senders),
        cmocka_unit_test(a_changed_text_is_said_to_be_wrong),
        cmocka_unit_test(a_form_that_is_not_one_is_never_good),
        cmocka_unit_test(a_whole_signed_message_in_the_place_of_the_signature_is_no_signature),
        cmocka_unit_test(a_signed_part_in_a_larger_message_covers_itself_alone),
        cmocka_unit_test(no_picture_of_another_part_stands_among_signed_words),
        cmocka_unit_test(an_attached_message_of_somebody_else_does_not_sign_the_one_around_it),
        cmocka_unit_test(a_key_that_is_not_here_is_said_so),
        cmocka_unit_test(a_signature_that_can_be_forged_proves_nothing_and_each_of_several_is_told),
        cmocka_unit_test(encrypted_mail_is_opened_and_stands_alone),
        cmocka_unit_test(an_encrypted_part_among_others_stands_alone_and_is_never_quoted),
        cmocka_unit_test(a_list_that_adds_a_footer_leaves_the_encrypted_part_readable_with_its_signature_and_attachment),
        cmocka_unit_test(what_exchange_damages_and_what_is_forwarded_is_readable),
        cmocka_unit_test(encryption_without_integrity_is_refused),
        cmocka_unit_test(a_changed_encrypted_message_gives_nothing_away),
        cmocka_unit_test(what_becomes_endless_is_not_opened),
        cmocka_unit_test(text_that_speaks_in_the_voice_of_gnupg_is_text),
        cmocka_unit_test(inline_signatures_cover_their_text_and_no_more),
        cmocka_unit_test(each_block_of_a_text_is_a_part_of_its_own),
        cmocka_unit_test(an_encrypted_text_with_words_around_it_is_never_quoted),
        cmocka_unit_test(no_charset_makes_other_words_of_what_was_signed),
        cmocka_unit_test(a_text_packed_into_its_signature_is_signed_and_not_encrypted),
        cmocka_unit_test(a_text_that_cannot_be_opened_stays_to_be_seen),
        cmocka_unit_test(what_is_signed_here_is_good_there),
        cmocka_unit_test(what_is_encrypted_here_hides_its_subject_and_opens_there),
        cmocka_unit_test(ones_own_key_goes_along_where_it_is_wished),
        cmocka_unit_test(a_key_that_came_with_mail_is_used_and_never_taken_for_more),
        cmocka_unit_test(a_key_in_the_header_can_be_looked_at_and_taken_in),
        cmocka_unit_test(nobody_is_left_out_of_an_encryption_silently),
        cmocka_unit_test(a_key_of_nobody_knows_whom_is_asked_about),
        cmocka_unit_test(a_key_that_came_with_mail_is_shown_before_it_is_taken_in_and_a_secret_one_is_not),
        cmocka_unit_test(keys_out_of_date_and_taken_back_are_not_used),
        cmocka_unit_test(a_thousand_signed_parts_are_checked_as_far_as_it_goes),
        cmocka_unit_test(a_file_of_a_hundred_thousand_blocks_is_left_alone),
    };
    return cmocka_run_group_tests(tests, open_home, close_home);
}
