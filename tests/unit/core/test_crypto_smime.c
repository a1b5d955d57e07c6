/* SPDX-License-Identifier: MIT */
/* S/MIME: certificates of a root of our own, made by openssl, kept by gpgsm. */
#include "core/crypto_seal.h"
#include "crypto_home.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const char *const making =
    "set -e; cd \"$GNUPGHOME\"; echo disable-dirmngr > gpgsm.conf\n"
    "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 7300 -subj '/CN=Test Root/O=Engines' -addext "
    "basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign\n"
    "openssl req -newkey rsa:2048 -nodes -keyout ada.key -out ada.csr -subj '/CN=Ada Lovelace/O=Engines'\n"
    "printf 'subjectAltName=email:ada@example.test\\nkeyUsage=critical,digitalSignature,keyEncipherment\\n"
    "extendedKeyUsage=emailProtection\\nbasicConstraints=CA:FALSE\\n' > ext\n"
    "openssl x509 -req -in ada.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 7300 -extfile ext -out ada.pem\n"
    "import() {\n" /* of 100 files gpgsm 2.2 cannot open some three, whoever made them: another is made then, with another salt */
    "  for try in 1 2 3 4 5 6; do\n"
    "    openssl pkcs12 -export -legacy -in $1.pem -inkey $1.key -certfile ca.pem -out $1.p12 -passout \"pass:$2\"\n"
    "    printf '%s\\n' \"$2\" | gpgsm --batch --pinentry-mode loopback --passphrase-fd 0 --import $1.p12 && return 0\n"
    "  done; return 1\n"
    "}\n"
    "echo \"$(openssl x509 -in ca.pem -noout -fingerprint -sha1 | sed 's/.*=//') S relax\" > trustlist.txt\n"
    "printf '#!/bin/sh\\ntouch \"$GNUPGHOME/asked\"\\nexit 1\\n' > pinentry; chmod 700 pinentry\n"
    "printf 'pinentry-program %s/pinentry\\ns2k-count 65536\\n' \"$GNUPGHOME\" > gpg-agent.conf\n"
    "import ada ''\n"
    "openssl req -newkey rsa:2048 -nodes -keyout bob.key -out bob.csr -subj '/CN=Charles Babbage/O=Engines'\n"
    "sed 's/ada@/bob@/' ext > bob.ext\n"
    "openssl x509 -req -in bob.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 7300 -extfile bob.ext -out bob.pem\n"
    "import bob difference\n";

#define LETTER                                                                                                                             \
    "From: Ada <ada@example.test>\nTo: ada@example.test\nSubject: the engine\nMIME-Version: 1.0\n"                                         \
    "Content-Type: text/plain; charset=us-ascii\n\nIt weaves.\n"

static int open_home(void **state)
{
    (void)state;
    crypto_home_open();
    g_autofree char *made = crypto_run(making, (const char *[]){ "/bin/sh", NULL }, NULL);
    if (made == NULL)
        crypto_print_log();
    return made != NULL ? 0 : -1;
}

static int close_home(void **state)
{
    (void)state;
    crypto_home_close();
    return 0;
}

static char *sealed(bool is_signed, bool is_encrypted)
{
    const char *to[] = { "ada@example.test", NULL };
    const struct crypto_wishes wishes = {
        .protocol = CRYPTO_SMIME, .is_signed = is_signed, .is_encrypted = is_encrypted, .sender = "ada@example.test", .recipients = to
    };
    g_autoptr(crypto) visit = crypto_new();
    g_autoptr(GBytes) letter = g_bytes_new_static(LETTER, strlen(LETTER));
    struct crypto_sealed *done = crypto_seal(visit, letter, &wishes);
    gsize size = 0;
    const char *bytes = done->bytes != NULL ? g_bytes_get_data(done->bytes, &size) : NULL;
    char *copy = bytes != NULL ? g_strndup(bytes, size) : NULL;
    if (copy == NULL)
        print_error("%s\n", done->words != NULL ? done->words : (const char *)g_ptr_array_index(done->warnings, 0));
    crypto_sealed_free(done);
    return copy;
}

static void what_is_signed_here_is_good_there_with_owner_and_issuer(void **state)
{
    (void)state;
    g_autofree char *raw = sealed(true, false);
    assert_non_null(raw);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    const struct crypto_signature *covering = crypto_covering(reading);
    assert_non_null(covering);
    assert_int_equal(covering->state, CRYPTO_GOOD);
    assert_non_null(strstr(covering->signer, "Ada Lovelace"));
    assert_non_null(strstr(covering->issuer, "Test Root"));
    assert_null(strchr(covering->signer, '=')); /* a name, as people have one */
    assert_int_equal(message_crypto(reading->letter), MESSAGE_CRYPTO_SMIME);
    g_auto(GStrv) pieces = g_strsplit(raw, "It weaves", 2);
    g_autofree char *changed = g_strjoinv("It heaves", pieces);
    g_autoptr(crypto_reading) wrong = crypto_read_bytes(changed, NULL);
    assert_int_equal(crypto_covering(wrong)->state, CRYPTO_BAD);
}

static void what_is_encrypted_here_opens_there(void **state)
{
    (void)state;
    g_autofree char *raw = sealed(true, true);
    assert_non_null(raw);
    assert_null(strstr(raw, "the engine"));
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    g_autofree char *shown = crypto_text(reading);
    assert_true(reading->is_decrypted);
    assert_int_equal(crypto_covering(reading)->state, CRYPTO_GOOD);
    assert_string_equal(message_header(reading->letter, "Subject"), "the engine");
    assert_string_equal(shown, "It weaves.\n");
}

static void a_signature_that_holds_another_text_is_not_one_over_this(void **state)
{
    (void)state;
    g_autofree char *whole = crypto_run(
        "Content-Type: text/plain\r\n\r\nSomething else.\r\n",
        (const char *[]){ "/bin/sh", "-c",
                          "cd \"$GNUPGHOME\" && openssl cms -sign -nodetach -signer ada.pem -inkey ada.key -outform DER | base64", NULL },
        NULL);
    assert_non_null(whole);
    g_autofree char *raw = g_strdup_printf("From: ada@example.test\nContent-Type: multipart/signed; boundary=b; micalg=sha-256; "
                                           "protocol=\"application/pkcs7-signature\"\n\n--b\nContent-Type: text/plain\n\nPay "
                                           "Eve.\n--b\nContent-Type: application/pkcs7-signature\nContent-Transfer-Encoding: "
                                           "base64\n\n%s\n--b--\n",
                                           whole);
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    assert_int_not_equal(crypto_covering(reading)->state, CRYPTO_GOOD);
    assert_int_not_equal(crypto_covering(reading)->state, CRYPTO_OTHER);
}

/* As if the computer had just been started; and nothing has ever asked on a screen of its own. */
static void lock_keys(void)
{
    g_free(crypto_run(NULL, (const char *[]){ "gpgconf", "--kill", "gpg-agent", NULL }, NULL));
}

static bool was_asked(void)
{
    g_autofree char *mark = g_build_filename(crypto_home, "asked", NULL);
    return g_file_test(mark, G_FILE_TEST_EXISTS);
}

static struct crypto_sealed *seal_as_bob(crypto *visit, bool is_encrypted)
{
    const char *to[] = { "bob@example.test", NULL };
    const struct crypto_wishes wishes = {
        .protocol = CRYPTO_SMIME, .is_signed = true, .is_encrypted = is_encrypted, .sender = "bob@example.test", .recipients = to
    };
    g_autoptr(GBytes) letter = g_bytes_new_static(LETTER, strlen(LETTER));
    return crypto_seal(visit, letter, &wishes);
}

static void expect_locked(crypto *visit, const char *passphrase, bool is_wrong)
{
    const char *whose = NULL;
    bool says_wrong = !is_wrong;
    crypto_set_passphrase(visit, passphrase);
    struct crypto_sealed *locked = seal_as_bob(visit, false);
    assert_null(locked->bytes);
    assert_true(crypto_needs_passphrase(visit, &whose, &says_wrong));
    assert_string_equal(whose, "bob@example.test");
    assert_int_equal(says_wrong, is_wrong);
    crypto_sealed_free(locked);
}

static void a_locked_key_signs_with_the_passphrase_that_was_asked_for_here(void **state)
{
    (void)state;
    g_autoptr(crypto) visit = crypto_new();
    lock_keys();
    expect_locked(visit, NULL, false);
    expect_locked(visit, "engine", true);
    crypto_set_passphrase(visit, "difference");
    struct crypto_sealed *done = seal_as_bob(visit, true);
    assert_non_null(done->bytes);
    assert_false(crypto_needs_passphrase(visit, NULL, NULL));
    crypto_sealed_free(done);
    assert_false(was_asked());
}

static void a_locked_key_opens_with_the_passphrase_that_was_asked_for_here(void **state)
{
    (void)state;
    g_autofree char *sealed =
        crypto_run("Content-Type: text/plain\n\nIt thinks.\n",
                   (const char *[]){ "gpgsm", "--batch", "--disable-dirmngr", "--base64", "-e", "-r", "bob@example.test", NULL }, NULL);
    assert_non_null(sealed);
    g_autofree char *raw = g_strdup_printf("From: bob@example.test\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n"
                                           "Content-Transfer-Encoding: base64\n\n%s",
                                           sealed);
    static const struct {
        const char *passphrase;
        bool is_open;
    } tries[] = { { NULL, false }, { "engine", false }, { "difference", true }, { NULL, true } };
    lock_keys();
    for (size_t i = 0; i < G_N_ELEMENTS(tries); i++) {
        g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, tries[i].passphrase);
        const struct crypto_layer *layer = g_ptr_array_index(reading->layers, 0);
        assert_int_equal(layer->is_open, tries[i].is_open);
        assert_int_equal(layer->needs_passphrase, !tries[i].is_open);
    }
    assert_false(was_asked());
}

/* Made by openssl, as Outlook does, with a list's footer behind it. */
static void opaque_parts_before_a_footer_of_a_list_are_opened_each_by_itself(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        bool is_encrypted;
    } cases[] = { { "cd \"$GNUPGHOME\" && openssl cms -sign -nodetach -signer ada.pem -inkey ada.key -outform DER | base64", false },
                  { "cd \"$GNUPGHOME\" && openssl cms -encrypt -aes256 -outform DER ada.pem | base64", true } };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *whole =
            crypto_run("Content-Type: text/plain\r\n\r\nIt weaves.\r\n", (const char *[]){ "/bin/sh", "-c", cases[i].command, NULL }, NULL);
        assert_non_null(whole);
        g_autofree char *raw = g_strdup_printf(
            "From: ada@example.test\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/pkcs7-mime\n"
            "Content-Transfer-Encoding: base64\n\n%s\n--b\nContent-Type: text/plain\n\nUnsubscribe.\n--b--\n",
            whole);
        g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
        g_autofree char *shown = crypto_text(reading);
        assert_non_null(strstr(shown, "It weaves."));
        assert_non_null(strstr(shown, "Unsubscribe."));
        assert_null(crypto_covering(reading));
        assert_int_equal(reading->parts->len, cases[i].is_encrypted);
        assert_int_equal(reading->signatures->len, !cases[i].is_encrypted);
    }
}

static void a_root_that_nobody_trusts_is_said_so(void **state)
{
    (void)state;
    g_autofree char *raw = sealed(true, false), *list = g_build_filename(crypto_home, "trustlist.txt", NULL);
    assert_int_equal(g_unlink(list), 0);
    g_free(crypto_run(NULL, (const char *[]){ "gpgconf", "--kill", "gpg-agent", NULL }, NULL));
    g_autoptr(crypto_reading) reading = crypto_read_bytes(raw, NULL);
    assert_int_equal(crypto_covering(reading)->state, CRYPTO_UNTRUSTED);
    assert_null(strstr(crypto_covering(reading)->words, "not the address"));
    g_auto(GStrv) pieces = g_strsplit(raw, "From: Ada <ada@example.test>", 2);
    g_autofree char *changed = g_strjoinv("From: Boss <boss@example.test>", pieces);
    g_autoptr(crypto_reading) other = crypto_read_bytes(changed, NULL);
    assert_int_equal(crypto_covering(other)->state, CRYPTO_UNTRUSTED);
    assert_non_null(strstr(crypto_covering(other)->words, "which is not the address of the sender (boss@example.test)"));
    g_autoptr(crypto) visit = crypto_new();
    struct crypto_key *key = crypto_key_choose(visit, CRYPTO_SMIME, "ada@example.test", false, NULL);
    assert_int_equal(key->state, CRYPTO_KEY_UNROOTED);
    assert_non_null(strstr(key->words, "given by Test Root, Engines, which is not trusted"));
    assert_non_null(strstr(key->words, "trustlist.txt: "));
    crypto_key_free(key);
    assert_false(was_asked()); /* gpgsm would, across the screen */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_signed_here_is_good_there_with_owner_and_issuer),
        cmocka_unit_test(what_is_encrypted_here_opens_there),
        cmocka_unit_test(a_signature_that_holds_another_text_is_not_one_over_this),
        cmocka_unit_test(a_locked_key_signs_with_the_passphrase_that_was_asked_for_here),
        cmocka_unit_test(a_locked_key_opens_with_the_passphrase_that_was_asked_for_here),
        cmocka_unit_test(opaque_parts_before_a_footer_of_a_list_are_opened_each_by_itself),
        cmocka_unit_test(a_root_that_nobody_trusts_is_said_so),
    };
    return cmocka_run_group_tests(tests, open_home, close_home);
}
