/* SPDX-License-Identifier: MIT */
/* HTML → gumbo's tree, in memory with a ceiling; and what is done with input nobody should parse. */
#include "core/html_private.h"
#include <assert.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* Gumbo looks through all open elements at many tags, so depth makes it quadratic: deeper input is shown without its marks. */
#define NESTING_MAX 600

/* --- gumbo's memory ---
 * A few hundred open <font> tags are repeated in every paragraph, so a small file can make a huge tree. Past the ceiling the parser is left by
 * longjmp (it holds nothing but this memory), and all goes together. Small blocks come from chunks and are used again by their size.
 * The same is done when it takes too long: an element with a hundred thousand attributes costs minutes, for each is compared with all others. */
#define TREE_BYTES_MAX ((size_t)96 << 20)
#define CHUNK_BYTES    ((size_t)256 << 10)
#define PAGE_BYTES     ((size_t)2 << 20) /* the large ones of most systems: a big tree costs a fault for each of the small ones */
#define GRAIN          16
#define SMALL_MAX      1024
#define PARSE_MS_MAX   600 /* of the processor; 2 MB of newsletter take about 80 */
#define PATIENCE       512 /* blocks between two looks at the clock */

struct block {
    size_t size; /* as asked, rounded up to GRAIN; keeps what follows aligned */
    struct block *next;
};
struct html_tree {
    GPtrArray *chunks; /* of bytes */
    char *at;
    size_t left, used;
    unsigned blocks;
    int64_t deadline_ms;
    struct block *unused[SMALL_MAX / GRAIN + 1];
    jmp_buf full;
    const GumboOutput *output;
    html_fold *fold;
    GPtrArray *waiting; /* nodes whose words are not in their places yet */
};

static int64_t processor_ms(void)
{
    struct timespec used = { 0 };
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

static struct block *chunk_new(html_tree *self, size_t size)
{
    if (size > TREE_BYTES_MAX - self->used)
        longjmp(self->full, 1);
    void *chunk = size == PAGE_BYTES ? aligned_alloc(PAGE_BYTES, PAGE_BYTES) : malloc(size);
    if (chunk == NULL)
        longjmp(self->full, 1);
    if (size == PAGE_BYTES)
        madvise(chunk, size, MADV_HUGEPAGE); /* where there are none it is as it was */
    g_ptr_array_add(self->chunks, chunk);
    self->used += size;
    return chunk;
}

static void *tree_allocate(void *data, size_t wanted)
{
    html_tree *self = data;
    if (wanted > TREE_BYTES_MAX || (++self->blocks % PATIENCE == 0 && processor_ms() > self->deadline_ms))
        longjmp(self->full, 1);
    size_t size = (MAX(wanted, 1) + GRAIN - 1) / GRAIN * GRAIN, class = size / GRAIN;
    struct block *block;
    if (size > SMALL_MAX) {
        block = chunk_new(self, sizeof *block + size);
    } else if (self->unused[class] != NULL) {
        block = self->unused[class];
        self->unused[class] = block->next;
    } else {
        if (self->left < sizeof *block + size) {
            self->left = self->used < PAGE_BYTES ? CHUNK_BYTES : PAGE_BYTES;
            self->at = (char *)chunk_new(self, self->left);
        }
        block = (struct block *)(void *)self->at;
        self->at += sizeof *block + size;
        self->left -= sizeof *block + size;
    }
    block->size = size;
    return block + 1;
}

/* Large ones wait for the end: they are few, each twice the one before. */
static void tree_deallocate(void *data, void *bytes)
{
    html_tree *self = data;
    struct block *block = bytes != NULL ? (struct block *)bytes - 1 : NULL;
    if (block == NULL || block->size > SMALL_MAX)
        return;
    block->next = self->unused[block->size / GRAIN];
    self->unused[block->size / GRAIN] = block;
}

/* --- how deep --- */
static bool is_void_tag(const char *name, size_t length)
{
    static const char *const names[] = { "br", "img", "hr",     "meta",  "link",  "input", "p",    "li",  "td",  "tr",      "th",
                                         "dt", "dd",  "option", "tbody", "thead", "area",  "base", "col", "wbr", "!doctype" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if ((*name | 0x20) == (*names[i] | 0x20) && g_ascii_strncasecmp(name, names[i], length) == 0 && names[i][length] == '\0')
            return true;
    return false;
}

static bool is_too_deep(const char *html, size_t length)
{
    int depth = 0;
    const char *end = html + length;
    for (const char *p = html; p < end && (p = memchr(p, '<', (size_t)(end - p))) != NULL; p++) {
        const char *name = p + 1;
        size_t name_length = 0;
        if (name < end && *name == '/') {
            depth -= depth > 0;
            continue;
        }
        while (name + name_length < end && name_length < 16 && g_ascii_isalnum(name[name_length]))
            name_length++;
        if (name_length > 0 && !is_void_tag(name, name_length) && ++depth > NESTING_MAX)
            return true;
    }
    return false;
}

/* --- the tree --- */
static void attributes_back(html_aside *aside, const GumboVector *attributes)
{
    for (unsigned i = 0; i < attributes->length; i++) {
        GumboAttribute *one = attributes->data[i];
        one->value = html_aside_back(aside, one->value);
    }
}

static void words_back(html_tree *self, html_aside *aside, GumboNode *root)
{
    g_ptr_array_add(self->waiting, root);
    while (self->waiting->len > 0) {
        GumboNode *node = g_ptr_array_steal_index_fast(self->waiting, self->waiting->len - 1);
        if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) {
            node->v.text.text = html_aside_back(aside, node->v.text.text);
            continue;
        }
        attributes_back(aside, &node->v.element.attributes);
        html_fold_open(self->fold, aside, node);
        for (unsigned i = 0; i < node->v.element.children.length; i++)
            g_ptr_array_add(self->waiting, node->v.element.children.data[i]);
    }
}

/* In a function of its own, so that nothing lives across the jump. */
static const GumboOutput *tree_build(html_tree *self, const char *utf8, size_t length, html_aside *aside)
{
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = tree_allocate;
    options.deallocator = tree_deallocate;
    options.userdata = self;
    options.max_errors = 0;
    if (setjmp(self->full) != 0)
        return NULL;
    const GumboOutput *output = gumbo_parse_with_options(&options, utf8, length);
    words_back(self, aside, output->root);
    return output;
}

html_tree *html_tree_parse(const char *utf8, size_t length, html_aside *aside)
{
    if (is_too_deep(utf8, length))
        return NULL;
    g_autoptr(html_tree) self = g_new0(html_tree, 1);
    self->chunks = g_ptr_array_new_with_free_func(free);
    self->deadline_ms = processor_ms() + PARSE_MS_MAX;
    self->fold = html_fold_new(tree_allocate, self);
    self->waiting = g_ptr_array_new();
    self->output = tree_build(self, utf8, length, aside);
    return self->output != NULL ? g_steal_pointer(&self) : NULL;
}

const GumboNode *html_tree_root(const html_tree *self)
{
    return self->output->root;
}

void html_tree_free(html_tree *self)
{
    if (self == NULL)
        return;
    html_fold_free(self->fold);
    g_clear_pointer(&self->waiting, g_ptr_array_unref);
    g_ptr_array_unref(self->chunks); /* not gumbo's own way, which is recursive */
    g_free(self);
}

const char *html_attribute(const GumboNode *node, const char *name)
{
    assert(html_reads(name, strlen(name), true));
    const GumboAttribute *found = gumbo_get_attribute(&node->v.element.attributes, name);
    return found != NULL ? found->value : NULL;
}

/* --- without a tree --- */
static bool begins_with(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && g_ascii_tolower(*at) == *word && g_ascii_strncasecmp(at, word, length) == 0;
}

/* Behind the tag at `at`, and behind all of an element whose content is not for people. */
static const char *tag_end(const char *at, const char *end)
{
    static const char *const silent[] = { "style", "script", "title" };
    if (begins_with(at, end, "<!--")) {
        const char *close = g_strstr_len(at, end - at, "-->");
        return close != NULL ? close + 3 : end;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(silent); i++) {
        if (!begins_with(at + 1, end, silent[i]))
            continue;
        g_autofree char *closing = g_strconcat("</", silent[i], NULL);
        while (at < end && !begins_with(at, end, closing))
            at++;
        break;
    }
    const char *close = at < end ? memchr(at, '>', (size_t)(end - at)) : NULL;
    return close != NULL ? close + 1 : end;
}

static bool breaks_line(const char *tag, const char *end)
{
    static const char *const names[] = { "<br", "<p", "</p", "<div", "</div", "<tr", "<li", "<h1", "<h2", "<h3", "<table" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (begins_with(tag, end, names[i]))
            return true;
    return false;
}

static size_t entity_put(GString *plain, const char *at, const char *end)
{
    static const char *const entities[][2] = { { "&amp;", "&" },   { "&lt;", "<" },   { "&gt;", ">" },
                                               { "&quot;", "\"" }, { "&nbsp;", " " }, { "&#39;", "'" } };
    for (size_t i = 0; i < G_N_ELEMENTS(entities); i++) {
        if (!begins_with(at, end, entities[i][0]))
            continue;
        g_string_append(plain, entities[i][1]);
        return strlen(entities[i][0]);
    }
    g_string_append_c(plain, '&');
    return 1;
}

char *html_strip(const char *html, size_t length)
{
    g_autoptr(GString) plain = g_string_new(NULL);
    const char *end = html + length;
    for (const char *at = html; at < end;) {
        if (*at == '<') {
            if (breaks_line(at, end) && plain->len > 0 && plain->str[plain->len - 1] != '\n')
                g_string_append_c(plain, '\n');
            at = tag_end(at, end);
        } else if (*at == '&') {
            at += entity_put(plain, at, end);
        } else {
            if (*at != '\0')
                g_string_append_c(plain, *at);
            at++;
        }
    }
    return g_utf8_make_valid(plain->str, (gssize)plain->len);
}
