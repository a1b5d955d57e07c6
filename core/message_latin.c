/* SPDX-License-Identifier: MIT */
/* Latin letters of Central Europe, Turkey and the Baltic, by the words that are everywhere in their languages: "się" is Polish, and read as Western Latin
 * ("siê") it is no word of any language. */
#include "core/message_private.h"
#include <string.h>

#define SAMPLE_BYTES   32768
#define SIZE_MIN       40
#define ABOVE_MIN      4 /* bytes above ASCII: fewer say too little */
#define HITS_MIN       2
#define DISTINCT_MIN   2
#define HITS_SHARE     60 /* of so many words with such letters at least one is known */
#define DISTINCT_MAX   32
#define CHARSETS_MAX   3
#define WORD_BYTES_MAX 40

struct tongue {
    const char *charsets[CHARSETS_MAX]; /* the one that is taken if nothing tells them apart comes first */
    const char *words;                  /* each with a letter that Western Latin has not, in lower case */
};

static const struct tongue tongues[] = {
    { { "iso-8859-2", "windows-1250" }, /* Polish */
      "się że są być może także też już więc został została zostało zostały będzie będą można między jeśli "
      "jeżeli ponieważ należy według część każdy każda każde każdego gdyż proszę dziękuję tę nią coś ktoś "
      "państwa również żeby ścieżka hasło błąd błędu właśnie dzięki ciągu więcej większość usługi połączenie "
      "wiadomość wiadomości działa jaką mają mogą chcę myślę jesteś dziś cześć pieniędzy później przecież gdzieś "
      "którą byłem byłam miał miała wziąć muszę" },
    { { "iso-8859-2", "windows-1250" }, /* Czech, Slovak */
      "že může přes protože až než když již například můžete uživatel vždy možné něco všechny všech všechno "
      "část příklad při před ještě děkuji něj něm těch svůj něho byť neboť tři čtyři řekl věc věci člověk "
      "včera příští děkujeme těší můj můžeme během zařízení kteří ďalšie môže môžete tiež pretože čo "
      "keď všetky každý ďakujem ľudí ľudia však časť ešte veľmi niečo ďalej počas každé viď prečo keďže "
      "číslo začátek příkaz příkazu použití řádek řádku větší přístup příliš způsob změnit změna změny "
      "změn dvě různé důvod kvůli vůbec člověka děti několika většina souborů příkazy mať späť súčasť časti "
      "počet používateľa použiť možnosť spoločnosť spoločnosti veľa ľahko ďakujeme ďalší ďalšia odpoveď "
      "začiatok dňa týždeň deň poslať otvoriť vytvoriť nič" },
    { { "iso-8859-2", "windows-1250" }, /* Hungarian */
      "ből től ről nő idő első erről lehetőség őket egyszerű működik időpont elérhető következő megfelelő jövő "
      "lehetővé belőle előtt előző gyűjtemény szűrő nevű később szerző erő erős könnyű betű ebből ezekről "
      "ettől időben időt elő jelentős megfelelően amelyből melyből kívülről őt nőtt előre főleg felelős minősül "
      "küldő címről eső fő külső belső végső megkezdődött hétfő hétfőn esetből bővebb művelet műveletet "
      "műveletek kötelező mező mezők tűnik működő működés működése fejlesztő fejlesztők vezérlő kezelő "
      "ellenőrzés ellenőrizze ellenőrzi szerződés mielőtt ezelőtt először kettő lévő levő címző betűk jövőben "
      "tőle időn idővel meglévő felső nők vevő" },
    { { "iso-8859-2", "windows-1250" }, /* Croatian, Slovene, Bosnian, Serbian */
      "što već više može također između će još možete sljedeći ćete ništa nešto zašto riječ takođe obavještenje "
      "međutim uključuje ćemo ćeš općenito noć moći reći doći kuće sreće iće biće če še že več možno način "
      "različica uporabniško vključno našo vaša želite želimo možnost možnosti napačen nič začetek začnite sporočilo "
      "sporočila časa pošte določi določite preveč drugače hočem rečem pošto šta čini čovjek netočno slučaju ključ "
      "ključa ključi račun računa označava uključi isključi određuje određeni uređaj članak čak veći veća većina "
      "najčešće mogućnost moguće pomoću koristeći idući tisuća številka sporočil čez začetku končano določen "
      "določeno določa načinu omogoča vključi izključi običajno mogoče človek večina čeprav reči" },
    { { "iso-8859-2", "windows-1250" }, /* Romanian */
      "şi să că dacă după fără până această însă încă există toţi puteţi mulţumesc câţiva către aceşti "
      "aceeaşi acelaşi nişte ştiu ştie deşi faţă viaţă fiţi aveţi aţi noştri totuşi ştiri oraş bună spaţiu "
      "informaţii informaţiile atenţie opţiuni opţiunea fişierul fişiere" },
    { { "windows-1254" }, /* Turkish */
      "şu değil olduğu olduğunu nasıl aynı diğer dışında dış olmadığı başka şey bazı artık kullanıcı "
      "gerektiği hakkında karşı sıra sonrası aşağıdaki değişiklik bağlantı yaptığı tarafından yalnızca ayrıca "
      "zamanı adı adını sayısı başarısız teşekkürler bağlı açık olması olmalıdır kullanın varsayılan "
      "çalıştır değer değeri geçmiş altında sayın arasında yanlış alın alır yazı şimdi kadın kız kızı bırak "
      "çıktı çıkış doğru eğer şekilde sağlık hayır ışık yıl yılı yılında saygılar iş işi çalışma "
      "değişik ettiği olduğundan olacağı mı mısınız dosyası dosyayı sırasında arkadaş" },
    { { "windows-1257", "iso-8859-13", "iso-8859-4" }, /* Latvian */
      "tā kā šī šo arī līdz būt pēc ņemt jūs jūsu vēl tās mūsu ļoti pār vairāk kāds šajā ziņojums ziņojumu "
      "nevarēja neizdevās lietotāja būs jā tādēļ kādu šis šīs šādi starpā piemēram vārds vārdu vārda diemžēl "
      "kļūda latvijā rīgā gadā dienā tāpēc varētu būtu šobrīd visā sākt" },
    { { "windows-1257", "iso-8859-13", "iso-8859-4" }, /* Lithuanian */
      "ką tačiau būti šis ši šią kurį kurių jų mūsų jūsų dėl prieš jūs įvesti rašyti nėra ačiū todėl būtų "
      "įrašyti failų pranešimas pranešimų žinutė šių žmonių metų dažnai laiškas laišką laiškų neįmanoma išeiti "
      "reikšmė turėtų galėtų šio šie kodėl kūrė kitų visų šiuo išskyrus lietuvių naudotojų įvyko pavyzdžiui "
      "vartotojų buvę kurią nežinoma šiandien" },
};

enum { CHARSETS = 6, BYTES = 256 };
enum kind { KIND_NONE = 1 << 0, KIND_LETTER = 1 << 1, KIND_FOREIGN = 1 << 2, KIND_ODD = 1 << 3, KIND_CONTROL = 1 << 4 };

static const char *const charsets[CHARSETS] = { "iso-8859-2", "windows-1250", "windows-1254", "windows-1257", "iso-8859-13", "iso-8859-4" };
static gunichar small[CHARSETS][BYTES];      /* what the bytes are, in lower case */
static unsigned char kinds[CHARSETS][BYTES]; /* of enum kind */
static GHashTable *known[G_N_ELEMENTS(tongues)];

/* A letter that the byte would not be in Western Latin; š and ž are the same in all that Windows has for Europe, but for the Baltic. */
static bool is_foreign(gunichar c, const char *charset)
{
    bool has_western = strcmp(charset, "windows-1250") == 0 || strcmp(charset, "windows-1254") == 0;
    return c > 0xff && !(has_western && (c == 0x160 || c == 0x161 || c == 0x17d || c == 0x17e || c == 0x152 || c == 0x153));
}

static unsigned char kind_of(gunichar c, const char *charset)
{
    if (c == 0)
        return KIND_NONE;
    if (c >= 0x80 && c < 0xa0)
        return KIND_CONTROL;
    bool is_letter = c < 0x80 ? g_ascii_isalpha((char)c) : g_unichar_isalpha(c);
    return is_letter ? KIND_LETTER | (is_foreign(c, charset) ? KIND_FOREIGN : 0) : c >= 0x80 ? KIND_ODD : 0;
}

static void letters_make(size_t charset)
{
    GIConv converter = g_iconv_open("UTF-8", charsets[charset]);
    bool is_here = converter != (GIConv)-1; /* NOLINT: GLib's own convention */
    for (int i = 0; i < BYTES; i++) {
        char byte = (char)i, utf8[8] = "";
        gchar *in = &byte, *out = utf8;
        gsize in_left = 1, out_left = sizeof utf8 - 1;
        gunichar c = i < 0x80 ? (gunichar)i : 0;
        if (i >= 0x80 && is_here && g_iconv(converter, &in, &in_left, &out, &out_left) == 0)
            c = g_utf8_get_char(utf8);
        small[charset][i] = g_unichar_tolower(c);
        kinds[charset][i] = kind_of(c, charsets[charset]);
    }
    if (is_here)
        g_iconv_close(converter);
}

static gpointer known_make(gpointer unused)
{
    (void)unused;
    for (size_t i = 0; i < CHARSETS; i++)
        letters_make(i);
    for (size_t i = 0; i < G_N_ELEMENTS(tongues); i++) {
        g_auto(GStrv) words = g_strsplit(tongues[i].words, " ", -1);
        known[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (char **word = words; *word != NULL; word++)
            g_hash_table_add(known[i], g_strdup(*word));
    }
    return NULL;
}

struct evidence {
    size_t hits, distinct;
    guint seen[DISTINCT_MAX];
};
struct sample {
    size_t words; /* with a letter of their own */
    size_t strange;
    struct evidence of[G_N_ELEMENTS(tongues)];
};

static void hit_count(struct evidence *self, const char *word)
{
    guint hash = g_str_hash(word);
    self->hits++;
    for (size_t i = 0; i < self->distinct; i++)
        if (self->seen[i] == hash)
            return;
    if (self->distinct < DISTINCT_MAX)
        self->seen[self->distinct++] = hash;
}

static bool is_its(const struct tongue *tongue, const char *charset)
{
    for (size_t i = 0; i < CHARSETS_MAX && tongue->charsets[i] != NULL; i++)
        if (strcmp(tongue->charsets[i], charset) == 0)
            return true;
    return false;
}

static void word_count(struct sample *self, const char *bytes, size_t length, size_t charset)
{
    char word[WORD_BYTES_MAX * 6 + 1];
    size_t size = 0;
    self->words++;
    for (size_t i = 0; i < length && length <= WORD_BYTES_MAX; i++)
        size += (size_t)g_unichar_to_utf8(small[charset][(unsigned char)bytes[i]], word + size);
    word[size] = '\0';
    for (size_t i = 0; i < G_N_ELEMENTS(tongues); i++)
        if (is_its(&tongues[i], charsets[charset]) && g_hash_table_contains(known[i], word))
            hit_count(&self->of[i], word);
}

/* Words with a letter of their own, and signs in the middle of words, where the charset is the wrong one of two. False: it has no such bytes. */
static bool text_count(struct sample *self, const char *bytes, size_t size, size_t charset)
{
    size_t begin = 0;
    unsigned char before = 0, seen = 0; /* of the byte before; of all of the word */
    for (size_t i = 0; i <= size; i++) {
        unsigned char kind = i < size ? kinds[charset][(unsigned char)bytes[i]] : 0;
        if ((kind & KIND_NONE) != 0)
            return false;
        if ((kind & KIND_LETTER) != 0) {
            begin = (before & KIND_LETTER) != 0 ? begin : i;
            seen = (before & KIND_LETTER) != 0 ? seen | kind : kind;
        } else {
            if ((before & KIND_LETTER) != 0 && (seen & KIND_FOREIGN) != 0)
                word_count(self, bytes + begin, i - begin, charset);
            bool is_within =
                (before & KIND_LETTER) != 0 && i + 1 < size && (kinds[charset][(unsigned char)bytes[i + 1]] & KIND_LETTER) != 0;
            self->strange += (kind & KIND_CONTROL) != 0 || ((kind & KIND_ODD) != 0 && is_within);
        }
        before = kind;
    }
    return true;
}

static size_t sample_size(const char *bytes, size_t size)
{
    const char *newline = size > SAMPLE_BYTES ? memrchr(bytes, '\n', SAMPLE_BYTES) : NULL;
    return size <= SAMPLE_BYTES ? size : newline != NULL ? (size_t)(newline - bytes) : SAMPLE_BYTES;
}

/* In these languages most letters are of ASCII. */
static bool is_worth_it(const char *bytes, size_t size)
{
    size_t above = 0, ascii = 0;
    for (size_t i = 0; i < size; i++) {
        above += (unsigned char)bytes[i] >= 0x80;
        ascii += g_ascii_isalpha(bytes[i]);
    }
    return size >= SIZE_MIN && above >= ABOVE_MIN && above * 2 < ascii && memchr(bytes, '\0', size) == NULL;
}

/* How much speaks for this charset; 0: too little. */
static gssize score_of(const char *bytes, size_t size, size_t charset)
{
    struct sample sample = { 0 };
    size_t hits = 0;
    if (!text_count(&sample, bytes, size, charset))
        return 0;
    for (size_t i = 0; i < G_N_ELEMENTS(tongues); i++) {
        const struct evidence *found = &sample.of[i];
        if (found->hits >= HITS_MIN && found->distinct >= DISTINCT_MIN && found->hits * HITS_SHARE >= sample.words)
            hits = MAX(hits, found->hits);
    }
    return hits > 0 ? (gssize)(hits * 4) - (gssize)sample.strange : 0;
}

const char *message_charset_of_latin(const char *bytes, size_t whole)
{
    static GOnce once = G_ONCE_INIT;
    size_t size = sample_size(bytes, whole);
    if (!is_worth_it(bytes, size))
        return NULL;
    g_once(&once, known_make, NULL);
    const char *best = NULL;
    gssize most = 0;
    for (size_t i = 0; i < CHARSETS; i++) {
        gssize score = score_of(bytes, size, i);
        best = score > most ? charsets[i] : best;
        most = MAX(most, score);
    }
    return best;
}
