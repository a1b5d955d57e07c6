/* SPDX-License-Identifier: MIT */
/* Folding text for the search index. */
#include "core/search_fold.h"
#include <string.h>

#define TOKEN_MAX      64 /* bytes: longer "words" are base64 and the like; their beginning is enough */
#define SIGN_BYTES_MAX 6

enum letter_class { CLASS_BREAK, CLASS_WORD, CLASS_SIGN /* no spaces between words in its script */, CLASS_ALONE /* a symbol */ };

/* Letters that Unicode does not take apart, as people without them on the keyboard write them. */
static const struct {
    gunichar letter;
    const char *folded;
} plain[] = {
    { 0xdf, "ss" }, { 0xe6, "ae" }, { 0xf0, "d" },  { 0xf8, "o" },   { 0xfe, "th" },  { 0x111, "d" }, { 0x127, "h" },
    { 0x131, "i" }, { 0x138, "k" }, { 0x142, "l" }, { 0x14b, "ng" }, { 0x153, "oe" }, { 0x167, "t" }, { 0x180, "b" },
    { 0x192, "f" }, { 0x1dd, "e" }, { 0x256, "d" }, { 0x259, "e" },  { 0x268, "i" },  { 0x289, "u" }, { 0x3c2, "\317\203" },
};

static const struct {
    gunichar first, last;
} signs[] = {
    { 0x0e00, 0x0eff },                                           /* Thai, Lao */
    { 0x0f00, 0x0fff },                                           /* Tibetan */
    { 0x1000, 0x109f },                                           /* Myanmar */
    { 0x1780, 0x17ff },                                           /* Khmer */
    { 0x3005, 0x3007 },                                           /* ideographic marks that stand for signs */
    { 0x3040, 0x30ff },                                           /* Hiragana, Katakana */
    { 0x3100, 0x31ff },                                           /* Bopomofo and extensions */
    { 0x3400, 0x4dbf }, { 0x4e00, 0x9fff },   { 0xa000, 0xa48f }, /* Yi */
    { 0xac00, 0xd7a3 },                                           /* Hangul: words with endings, found inside by pairs */
    { 0xf900, 0xfaff }, { 0x20000, 0x3ffff },
};

static bool is_sign(gunichar letter)
{
    if (letter < signs[0].first)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
        if (letter <= signs[i].last)
            return letter >= signs[i].first;
    return false;
}

static enum letter_class class_of(gunichar letter)
{
    if (letter < 0x80)
        return g_ascii_isalnum((char)letter) ? CLASS_WORD : CLASS_BREAK;
    switch (g_unichar_type(letter)) {
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_DECIMAL_NUMBER:
        return is_sign(letter) ? CLASS_SIGN : CLASS_WORD;
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_OTHER_NUMBER:
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
        return is_sign(letter) ? CLASS_SIGN : CLASS_WORD;
    case G_UNICODE_OTHER_SYMBOL:
        return CLASS_ALONE;
    default:
        return CLASS_BREAK;
    }
}

bool search_fold_is_word(gunichar letter)
{
    return class_of(letter) != CLASS_BREAK;
}

struct folding {
    GString *out;
    bool is_wanted, is_open;
    size_t count;
    size_t token;              /* where the open word begins in out; G_MAXSIZE: none is open */
    char last[SIGN_BYTES_MAX]; /* the sign before, of an open run */
    int last_length, run;
};

static void end_word(struct folding *self)
{
    if (self->token == G_MAXSIZE)
        return;
    bool is_empty = self->out->len == self->token; /* marks alone */
    self->token = G_MAXSIZE;
    if (is_empty)
        return;
    g_string_append_c(self->out, ' ');
    self->count++;
    self->is_open = false;
}

static void end_run(struct folding *self)
{
    if (self->run > 0 && (!self->is_wanted || self->run == 1)) {
        g_string_append_len(self->out, self->last, self->last_length);
        g_string_append_c(self->out, ' ');
        self->count++;
        self->is_open = true;
    }
    self->run = 0;
}

static void add_sign(struct folding *self, gunichar letter)
{
    char bytes[SIGN_BYTES_MAX];
    int length = g_unichar_to_utf8(letter, bytes);
    end_word(self);
    if (self->run > 0) {
        g_string_append_len(self->out, self->last, self->last_length);
        g_string_append_len(self->out, bytes, length);
        g_string_append_c(self->out, ' ');
        self->count++;
        self->is_open = false;
    }
    memcpy(self->last, bytes, (size_t)length);
    self->last_length = length;
    self->run++;
}

static void add_letter(struct folding *self, gunichar letter)
{
    char bytes[SIGN_BYTES_MAX];
    gunichar lower = g_unichar_tolower(letter);
    end_run(self);
    if (self->token == G_MAXSIZE)
        self->token = self->out->len;
    if (self->out->len - self->token >= TOKEN_MAX)
        return;
    if (lower < 0x80) {
        g_string_append_c(self->out, (char)lower);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
        if (plain[i].letter != lower)
            continue;
        g_string_append(self->out, plain[i].folded);
        return;
    }
    g_string_append_len(self->out, bytes, g_unichar_to_utf8(lower, bytes));
}

static void end_all(struct folding *self)
{
    end_word(self);
    end_run(self);
}

static void add_alone(struct folding *self, gunichar letter)
{
    end_all(self);
    add_letter(self, letter);
    end_word(self);
}

static void add_plain(struct folding *self, gunichar letter)
{
    switch (class_of(letter)) {
    case CLASS_WORD:
        if (!g_unichar_ismark(letter))
            add_letter(self, letter);
        break;
    case CLASS_SIGN:
        add_sign(self, letter);
        break;
    case CLASS_ALONE:
        add_alone(self, letter);
        break;
    case CLASS_BREAK:
        end_all(self);
        break;
    }
}

static bool is_joiner(gunichar letter)
{
    return letter == 0xad || letter == 0x200b || letter == 0x200c || letter == 0x200d || letter == 0x2060 || letter == 0xfeff ||
           (letter >= 0xfe00 && letter <= 0xfe0f);
}

/* Signs that are marks (vowels of Thai) must stay; Hangul must stay whole. */
static void add_char(struct folding *self, gunichar letter)
{
    gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
    if (is_joiner(letter))
        return;
    if (is_sign(letter) && letter < 0xf900) {
        add_plain(self, letter);
        return;
    }
    gsize count = g_unichar_fully_decompose(letter, TRUE, parts, G_N_ELEMENTS(parts));
    for (gsize i = 0; i < count; i++)
        add_plain(self, parts[i]);
}

static void fold(struct folding *self, const char *text, size_t length)
{
    const char *end = text + length;
    for (const char *at = text; at < end;) {
        unsigned char byte = (unsigned char)*at;
        if (byte < 0x80) {
            at++;
            if (g_ascii_isalnum((char)byte))
                add_letter(self, byte);
            else
                end_all(self);
            continue;
        }
        gunichar letter = g_utf8_get_char_validated(at, end - at);
        if (letter == (gunichar)-1 || letter == (gunichar)-2) {
            end_all(self);
            at++;
            continue;
        }
        add_char(self, letter);
        at = g_utf8_next_char(at);
    }
    end_all(self);
}

/* Accents that stand behind their letter join it here; only Hangul in pieces (names of files from a Mac) and half-width Katakana need more. */
static bool needs_composing(const char *text, size_t length)
{
    for (size_t i = 0; i + 2 < length; i++) {
        unsigned char first = (unsigned char)text[i], second = (unsigned char)text[i + 1];
        if ((first == 0xe1 && second >= 0x84 && second <= 0x87) || (first == 0xef && (second == 0xbd || second == 0xbe)) ||
            (first == 0xe3 && second == 0x82 && ((unsigned char)text[i + 2] == 0x99 || (unsigned char)text[i + 2] == 0x9a)))
            return true;
    }
    return false;
}

static size_t fold_text(struct folding *self, const char *text, size_t length)
{
    if (needs_composing(text, length)) {
        g_autofree char *valid = g_utf8_make_valid(text, (gssize)length);
        g_autofree char *composed = g_utf8_normalize(valid, -1, G_NORMALIZE_NFKC);
        fold(self, composed, strlen(composed));
    } else {
        fold(self, text, length);
    }
    return self->count;
}

size_t search_fold(const char *text, size_t length, GString *out)
{
    struct folding self = { .out = out, .token = G_MAXSIZE };
    return fold_text(&self, text, length);
}

size_t search_fold_wanted(const char *text, GString *out, bool *is_open_out)
{
    struct folding self = { .out = out, .is_wanted = true, .token = G_MAXSIZE };
    fold_text(&self, text, strlen(text));
    if (is_open_out != NULL)
        *is_open_out = self.is_open;
    return self.count;
}

/* --- long texts --- */

enum { SET_SLOTS = 1 << 16 };

/* Never 0, which is a free slot. Two words with one hash would cost the second of them: of 2^64 that is nobody's worry. */
static guint64 hash_word(const char *word, size_t length)
{
    guint64 hash = G_GUINT64_CONSTANT(14695981039346656037);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)word[i]) * G_GUINT64_CONSTANT(1099511628211);
    return hash != 0 ? hash : 1;
}

/* True: it was not there. Half full it takes no more: nobody wrote so many different words. */
static bool set_add(guint64 *slots, size_t *count, guint64 hash)
{
    size_t slot = (hash ^ (hash >> 32)) % SET_SLOTS;
    for (; slots[slot] != 0; slot = (slot + 1) % SET_SLOTS)
        if (slots[slot] == hash)
            return false;
    if (*count * 2 >= SET_SLOTS)
        return false;
    slots[slot] = hash;
    ++*count;
    return true;
}

size_t search_fold_thin(GString *text, size_t whole)
{
    size_t kept = 0, count = 0, length;
    if (text->len <= whole)
        return text->len;
    g_autofree guint64 *slots = g_new0(guint64, SET_SLOTS);
    for (size_t at = 0; at < text->len; at += length + 1) {
        const char *space = memchr(text->str + at, ' ', text->len - at);
        length = (space != NULL ? (size_t)(space - text->str) : text->len) - at;
        bool is_new = length > 0 && set_add(slots, &count, hash_word(text->str + at, length));
        if (!is_new && at >= whole)
            continue;
        memmove(text->str + kept, text->str + at, length);
        kept += length;
        if (kept < text->len)
            text->str[kept++] = ' ';
    }
    g_string_truncate(text, kept);
    return text->len;
}
