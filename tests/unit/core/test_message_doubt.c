/* SPDX-License-Identifier: MIT */
/* Labels of charsets that are not true: mended where the bytes leave no doubt, believed everywhere else. */
#include "core/message.h"
#include "core/message_private.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define RUSSIAN    "Добрый день, высылаю обещанные документы по нашему договору."
#define SHOUTING   "СРОЧНОЕ СОБРАНИЕ ОТДЕЛА ПЕРЕНОСИТСЯ НА ПЯТНИЦУ"
#define UKRAINIAN  "Надсилаю вам копії документів, які ви просили, її відповідь також."
#define GREEK      "Σας στέλνω τα έγγραφα που ζητήσατε χθες το πρωί."
#define HEBREW     "שלום לכולם, מצורף המסמך שביקשתם אתמול בבוקר"
#define CHINESE    "请您在本月底之前完成这项工作，并且把结果发给我们。"
#define TAIWAN     "請您在這個月底以前完成這項工作，並且把結果寄給我們。"
#define JAPANESE   "お世話になっております。明日の会議の資料をお送りします。"
#define FRENCH     "Voilà l'été à Évreux : « déjà vu », où ça ? Ärger über Größe"
#define POLISH     "Dziękuję za wiadomość, spotkanie będzie w środę, więc proszę się przygotować."
#define HUNGARIAN  "Köszönöm, az időpont jó, előtt felhívom önt, mert a következő hét elején nem leszek."
#define SLOVENE    "Sporočilo sem že dobil, vendar še ne vem, če bo čas za račun do začetka leta."
#define ROMANIAN   "Vă trimit informaţiile până mâine, însă nu ştiu dacă toţi vor veni şi ei."
#define TURKISH    "Merhaba, toplantı yarın değil, çünkü başka bir iş olduğu için şimdi gelemiyorum."
#define LITHUANIAN "Ačiū už laišką, tačiau dėl jūsų pranešimo turėtų būti atsakyta vėliau."
#define CZECH_MAIL "Děkuji za zprávu, můžeme se sejít příští týden, protože tento už není čas."
#define PORTUGUESE "Já não há lições nem corações; põe as mãos à obra, ó João, até às três nº 5."
#define ICELANDIC  "Það er ekki rétt, við þurfum að fá bréfið áður en þið farið heim í kvöld."
#define ALBANIAN   "Përshëndetje, ju dërgoj dokumentet që kërkuat dje, a është gati përgjigjja për çështjen?"
#define CZECH      "Příliš žluťoučký kůň úpěl ďábelské ódy"

static char *shown_of(const char *words, const char *charset, const char *label)
{
    gsize length = 0;
    g_autofree char *bytes = g_convert(words, -1, charset, "UTF-8", NULL, &length, NULL);
    assert_non_null(bytes);
    g_autoptr(GString) raw = g_string_new("Subject: s\nMIME-Version: 1.0\n");
    g_string_append_printf(raw, "Content-Type: text/plain; charset=%s\n\n", label);
    g_string_append_len(raw, bytes, (gssize)length);
    g_autoptr(message) mail = message_parse(raw->str, raw->len);
    g_autoptr(text) body = message_text(mail, MESSAGE_VIEW_BEST);
    return g_strchomp(text_shown(body));
}

static void check(const char *text, const char *charset, const char *label)
{
    g_autofree char *shown = shown_of(text, charset, label);
    if (strcmp(shown, text) != 0)
        fail_msg("%s labelled %s: %s", charset, label, shown);
}

static void false_labels_are_seen_through(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        { RUSSIAN, "windows-1251", "koi8-r" },
        { RUSSIAN, "koi8-r", "windows-1251" },
        { RUSSIAN, "iso-8859-5", "koi8-r" },
        { RUSSIAN, "koi8-r", "iso-8859-5" },
        { RUSSIAN, "windows-1251", "iso-8859-1" },
        { POLISH, "iso-8859-2", "iso-8859-1" },
        { POLISH, "windows-1250", "windows-1252" },
        { CZECH_MAIL, "iso-8859-2", "iso-8859-1" },
        { CZECH_MAIL, "windows-1250", "us-ascii" },
        { HUNGARIAN, "iso-8859-2", "iso-8859-1" },
        { SLOVENE, "windows-1250", "iso-8859-1" },
        { ROMANIAN, "iso-8859-2", "iso-8859-15" },
        { TURKISH, "iso-8859-9", "iso-8859-1" },
        { TURKISH, "windows-1254", "us-ascii" },
        { LITHUANIAN, "windows-1257", "iso-8859-1" },
        { LITHUANIAN, "iso-8859-4", "iso-8859-1" },
        { ALBANIAN, "iso-8859-1", "us-ascii" },
        { RUSSIAN, "koi8-r", "us-ascii" },
        { RUSSIAN, "windows-1251", "utf-8" },
        { RUSSIAN, "ibm866", "windows-1252" },
        { RUSSIAN, "UTF-8", "koi8-r" },
        { SHOUTING, "windows-1251", "koi8-r" },
        { SHOUTING, "koi8-r", "windows-1251" },
        { UKRAINIAN, "koi8-u", "us-ascii" },
        { GREEK, "windows-1253", "iso-8859-1" },
        { HEBREW, "windows-1255", "iso-8859-1" },
        { CHINESE, "gb2312", "iso-8859-1" },
        { CHINESE, "gb2312", "big5" },
        { TAIWAN, "big5", "gb2312" },
        { TAIWAN, "big5", "utf-8" },
        { JAPANESE, "shift_jis", "iso-8859-1" },
        { JAPANESE, "euc-jp", "shift_jis" },
        { JAPANESE, "shift_jis", "euc-jp" },
        { JAPANESE, "iso-2022-jp", "iso-8859-1" },
        { JAPANESE, "iso-2022-jp", "shift_jis" },
        { JAPANESE, "iso-2022-jp", "utf-8" },
        { JAPANESE, "shift_jis", "iso-2022-jp" },
        { CZECH, "windows-1250", "iso-8859-2" },
        { CZECH, "UTF-8", "iso-8859-2" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        check(cases[i][0], cases[i][1], cases[i][2]);
}

static void true_labels_are_believed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { RUSSIAN, "koi8-r" },
        { RUSSIAN, "windows-1251" },
        { RUSSIAN, "iso-8859-5" },
        { RUSSIAN, "ibm866" },
        { SHOUTING, "koi8-r" },
        { SHOUTING, "iso-8859-5" },
        { UKRAINIAN, "koi8-u" },
        { UKRAINIAN, "iso-8859-5" },
        { GREEK, "iso-8859-7" },
        { HEBREW, "windows-1255" },
        { CHINESE, "gb2312" },
        { CHINESE, "gb18030" },
        { TAIWAN, "gb18030" },
        { TAIWAN, "big5" },
        { JAPANESE, "shift_jis" },
        { JAPANESE, "euc-jp" },
        { JAPANESE, "iso-2022-jp" },
        { FRENCH, "iso-8859-1" },
        { PORTUGUESE, "iso-8859-1" },
        { ICELANDIC, "iso-8859-1" },
        { POLISH, "windows-1250" },
        { TURKISH, "iso-8859-9" },
        { LITHUANIAN, "iso-8859-13" },
        { FRENCH, "windows-1252" },
        { CZECH, "iso-8859-2" },
        { CZECH, "windows-1250" },
        { FRENCH, "UTF-8" },
        { RUSSIAN, "UTF-8" },
        { "Umlaute: äöüÄÖÜß, Akzente: ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏ", "iso-8859-1" },
        { "Nom : Raphaël, essai : àéôêèçàéôêèçàéôêèç", "iso-8859-1" }, /* whole words, but one is half in ASCII */
        { "ÄäÖöÜüÄäÖöÜüÄäÖöÜüÄäÖöÜüÄäÖöÜü.txt", "iso-8859-1" },        /* pairs that Chinese has, none of them frequent */
        { "°°°°°°°°°°°° ¯¯¯¯¯¯¯¯¯¯ »»»»»»", "iso-8859-1" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        check(cases[i][0], cases[i][1], cases[i][1]);
}

static void a_charset_between_tildes_is_read(void **state)
{
    (void)state;
    check("words", "UTF-8", "hz-gb-2312");
    static const char raw[] = "MIME-Version: 1.0\nContent-Type: text/plain; charset=hz-gb-2312\n\n~~ ~{<:Ky2;S{~} and ~{ND<~~}.~\n"
                              "joined ~{<:\nends\n";
    g_autoptr(message) mail = message_parse(raw, strlen(raw));
    g_autoptr(text) body = message_text(mail, MESSAGE_VIEW_BEST);
    g_autofree char *shown = text_shown(body);
    assert_string_equal(shown, "~ 己所不欲 and 文件.joined 己\nends\n");
}

/* Nobody says so, and it can be nothing else. */
static void a_charset_between_tildes_is_seen_without_a_label(void **state)
{
    (void)state;
    static const char *const samples[][2] = {
        { "He said ~{<:Ky2;S{~}, twice.", "He said 己所不欲, twice." },
        { "~{ND<~}", "~{ND<~}" },                                               /* too little to be sure */
        { "~{<:Ky2;S{ and no end", "~{<:Ky2;S{ and no end" },                   /* not in pairs */
        { "In TeX: ~{abcdefgh~} and so on", "In TeX: ~{abcdefgh~} and so on" }, /* no frequent characters */
    };
    static const char *const types[] = { "", "Content-Type: text/plain; charset=us-ascii\n" };
    for (size_t i = 0; i < G_N_ELEMENTS(samples) * G_N_ELEMENTS(types); i++) {
        g_autofree char *raw = g_strdup_printf("Subject: s\n%s\n%s\n", types[i % 2], samples[i / 2][0]);
        g_autoptr(message) mail = message_parse(raw, strlen(raw));
        g_autoptr(text) body = message_text(mail, MESSAGE_VIEW_BEST);
        g_autofree char *shown = g_strchomp(text_shown(body));
        assert_string_equal(shown, samples[i / 2][1]);
    }
}

static void utf8_made_twice_is_read_once(void **state)
{
    (void)state;
    static const char *const texts[] = { FRENCH, "Grüße aus Köln, schöne Tage", CZECH };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *twice = g_convert(texts[i], -1, "UTF-8", "iso-8859-1", NULL, NULL, NULL);
        g_autofree char *shown = shown_of(twice, "UTF-8", "utf-8");
        assert_string_equal(shown, texts[i]);
    }
    check("Grüße: er schrieb \"KÃ¶ln, schÃ¶ne TÃ¤ge\"", "UTF-8", "utf-8"); /* somebody tells of it */
    check("Ã¶", "UTF-8", "utf-8");
}

static void words_of_a_header_are_read_in_the_charset_they_are_in(void **state)
{
    (void)state;
    g_autofree char *bytes = g_convert(RUSSIAN, -1, "windows-1251", "UTF-8", NULL, NULL, NULL);
    g_autofree char *encoded = g_base64_encode((const guchar *)bytes, strlen(bytes));
    g_autofree char *raw = g_strdup_printf("=?koi8-r?B?%s?=", encoded), *text = message_header_text(raw);
    assert_string_equal(text, RUSSIAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(false_labels_are_seen_through),    cmocka_unit_test(true_labels_are_believed),
        cmocka_unit_test(a_charset_between_tildes_is_read), cmocka_unit_test(a_charset_between_tildes_is_seen_without_a_label),
        cmocka_unit_test(utf8_made_twice_is_read_once),     cmocka_unit_test(words_of_a_header_are_read_in_the_charset_they_are_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
