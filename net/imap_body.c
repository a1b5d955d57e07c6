/* SPDX-License-Identifier: MIT */
/* BODYSTRUCTURE (RFC 9051 7.5.2) → a tree with section numbers; depth is bounded by the syntax and here. What servers get wrong costs that part. */
#include "net/imap_private.h"
#include <string.h>

#define BODY_DEPTH_MAX 50u

static const struct imap_param *read_params(imap_syntax *arena, const struct imap_value *value, size_t *count_out)
{
    struct imap_param *params = imap_syntax_alloc(arena, value->count * sizeof *params + 1);
    *count_out = 0;
    for (size_t i = 0; value->kind == IMAP_LIST && i + 1 < value->count; i += 2) {
        const char *name = imap_value_lower(arena, imap_value_get_text(&value->items[i])),
                   *text = imap_value_get_text(&value->items[i + 1]);
        if (name != NULL && text != NULL)
            params[(*count_out)++] = (struct imap_param){ name, text };
    }
    return params;
}

static void read_disposition(imap_syntax *arena, const struct imap_value *value, struct imap_body *out)
{
    if (value->kind == IMAP_LIST && value->count >= 1) {
        out->disposition = imap_value_lower(arena, imap_value_get_text(&value->items[0]));
        if (value->count >= 2)
            out->disposition_params = read_params(arena, &value->items[1], &out->disposition_param_count);
    }
}

static bool is_media(const struct imap_body *body, const char *type, const char *subtype)
{
    return strcmp(body->type, type) == 0 && (subtype == NULL || strcmp(body->subtype, subtype) == 0);
}

static void set_section(struct imap_body *out, const char *parent, size_t number)
{
    int length = parent[0] != '\0' ? g_snprintf(out->section, sizeof out->section, "%s.%zu", parent, number)
                                   : g_snprintf(out->section, sizeof out->section, "%zu", number);
    if (length >= (int)sizeof out->section)
        out->section[0] = '\0';
}

static bool read_body(imap_syntax *arena, const struct imap_value *value, const char *parent, size_t number, unsigned depth,
                      struct imap_body *out);

/* Children are numbered below the part; those of the top multipart from 1. */
static bool read_multipart(imap_syntax *arena, const struct imap_value *value, const char *section, unsigned depth, struct imap_body *out)
{
    size_t children = 0;
    while (children < value->count && value->items[children].kind == IMAP_LIST)
        children++;
    struct imap_body *parts = imap_syntax_alloc(arena, children * sizeof *parts + 1);
    out->type = "multipart";
    out->subtype = children < value->count ? imap_value_lower(arena, imap_value_get_text(&value->items[children])) : NULL;
    if (out->subtype == NULL)
        out->subtype = "mixed";
    for (size_t i = 0; i < children; i++) {
        struct imap_body *part = &parts[out->part_count++];
        if (!read_body(arena, &value->items[i], section, i + 1, depth + 1, part)) /* there is something, and nobody can say what */
            *part = (struct imap_body){ .type = "multipart", .subtype = "mixed" };
    }
    out->parts = parts;
    if (children + 1 < value->count)
        out->params = read_params(arena, &value->items[children + 1], &out->param_count);
    if (children + 2 < value->count)
        read_disposition(arena, &value->items[children + 2], out);
    return out->part_count > 0;
}

static void read_nested(imap_syntax *arena, const struct imap_value *value, unsigned depth, struct imap_body *out)
{
    struct imap_body *inner = imap_syntax_alloc(arena, sizeof *inner);
    const struct imap_value *body = &value->items[8];
    /* RFC 9051 6.4.5.1: a multipart inside message/rfc822 at 2 has its parts at 2.1, 2.2; a single part is 2.1. */
    bool is_multipart = body->kind == IMAP_LIST && body->count > 0 && body->items[0].kind == IMAP_LIST;
    if (is_multipart ? read_multipart(arena, body, out->section, depth + 1, inner)
                     : read_body(arena, body, out->section, 1, depth + 1, inner)) {
        out->parts = inner;
        out->part_count = 1;
    }
}

/* Some servers give message/rfc822 no envelope and body, as if it were any file: then a disposition stands where the body would be. */
static bool has_nested(const struct imap_value *value, const struct imap_body *body)
{
    const struct imap_value *inner = imap_value_item(value, 8);
    bool is_body = inner->kind == IMAP_LIST && (inner->count >= 7 || imap_value_item(inner, 0)->kind == IMAP_LIST);
    return is_media(body, "message", "rfc822") && (imap_value_item(value, 7)->kind == IMAP_LIST || is_body);
}

/* What is behind the size depends on the type. Returns where the extension data begin, the MD5 first. */
static size_t read_special(imap_syntax *arena, const struct imap_value *value, unsigned depth, struct imap_body *out)
{
    uint64_t number = 0;
    if (has_nested(value, out)) {
        read_nested(arena, value, depth, out);
        return 10;
    }
    if (!is_media(out, "text", NULL))
        return 7;
    if (imap_value_get_number(imap_value_item(value, 7), &number))
        out->lines = (uint32_t)MIN(number, UINT32_MAX);
    return imap_value_item(value, 8)->kind == IMAP_LIST ? 7 : 8; /* the disposition is there already: no lines were counted */
}

static bool read_single(imap_syntax *arena, const struct imap_value *value, unsigned depth, struct imap_body *out)
{
    uint64_t number = 0;
    if (value->count < 2 || (value->items[0].kind == IMAP_NIL && value->count < 7)) /* (NIL "mixed"): a multipart of nothing */
        return false;
    out->type = imap_value_lower(arena, imap_value_get_text(imap_value_item(value, 0)));
    out->subtype = imap_value_lower(arena, imap_value_get_text(imap_value_item(value, 1)));
    out->type = out->type != NULL ? out->type : "application";
    out->subtype = out->subtype != NULL ? out->subtype : "octet-stream";
    out->params = read_params(arena, imap_value_item(value, 2), &out->param_count);
    out->id = imap_value_get_text(imap_value_item(value, 3));
    out->description = imap_value_get_text(imap_value_item(value, 4));
    out->encoding = imap_value_lower(arena, imap_value_get_text(imap_value_item(value, 5)));
    if (imap_value_get_number(imap_value_item(value, 6), &number))
        out->size = number;
    read_disposition(arena, imap_value_item(value, read_special(arena, value, depth, out) + 1), out);
    return true;
}

static bool read_body(imap_syntax *arena, const struct imap_value *value, const char *parent, size_t number, unsigned depth,
                      struct imap_body *out)
{
    if (value->kind != IMAP_LIST || value->count == 0 || depth > BODY_DEPTH_MAX)
        return false;
    *out = (struct imap_body){ 0 };
    set_section(out, parent, number);
    if (value->items[0].kind == IMAP_LIST)
        return read_multipart(arena, value, out->section, depth, out);
    return read_single(arena, value, depth, out);
}

const struct imap_body *imap_body_read(imap_syntax *arena, const struct imap_value *value)
{
    struct imap_body *body = imap_syntax_alloc(arena, sizeof *body);
    if (value->kind != IMAP_LIST || value->count == 0)
        return NULL;
    if (value->items[0].kind != IMAP_LIST)
        return read_body(arena, value, "", 1, 0, body) ? body : NULL; /* a single part is section 1 */
    return read_multipart(arena, value, "", 0, body) ? body : NULL;
}
