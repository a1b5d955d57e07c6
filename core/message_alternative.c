/* SPDX-License-Identifier: MIT */
/* Which of multipart/alternative is shown (RFC 2046, 5.1.4). */
#include "core/message_words.h"
#include <string.h>

#define STUB_BYTES_MAX 600 /* a plain part may be nothing but an excuse up to here */

/* The plain part says nothing, or only that there is another. */
static bool is_stub(const message *self, GMimeObject *plain, GMimeObject *html)
{
    bool is_cut = false;
    g_autofree char *words = message_part_utf8(self, plain, false, MESSAGE_TEXT_BYTES_MAX, &is_cut);
    if (message_words_begin_as_html(words))
        return true;
    if (strlen(words) > STUB_BYTES_MAX)
        return false;
    g_autoptr(text) short_text = text_from_plain(words, false, false);
    size_t letters = text_count_letters(short_text);
    if (letters == 0 || text_is_excuse(words))
        return true;
    g_autoptr(text) long_text = GMIME_IS_MULTIPART(html) ? NULL : message_part_text(self, html, "text/html", MESSAGE_TEXT_BYTES_MAX);
    return long_text != NULL && text_count_letters(long_text) > 4 * letters + 100;
}

/* The HTML of "related" and the like: what stands for it when one is chosen. NULL: none that is here. */
static GMimeObject *html_within(const message *self, GMimeObject *object, int depth)
{
    if (!GMIME_IS_MULTIPART(object))
        return message_part_is_shown_as(self, object, "text/html") && message_part_is_here(self, object) ? object : NULL;
    int count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
    for (int i = 0; i < count && i < 50 && depth < 5; i++) {
        GMimeObject *found = html_within(self, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), depth + 1);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* Of two plain parts the one that is here, and has words. */
static bool says_more(const message *self, GMimeObject *plain, GMimeObject *before)
{
    bool is_cut = false;
    if (!message_part_is_here(self, plain) || !message_part_is_here(self, before))
        return message_part_is_here(self, plain);
    g_autofree char *words = message_part_utf8(self, plain, false, STUB_BYTES_MAX, &is_cut);
    return words[strspn(words, " \t\r\n")] != '\0';
}

/* The last that we can show is the one the sender likes best (RFC 2046, 5.1.4); here plain text comes first, as the view says, if it says anything. */
GMimeObject *message_alternative_choose(const message *self, enum message_view view, GMimeMultipart *multipart)
{
    GMimeObject *plain = NULL, *html = NULL, *html_text = NULL, *other = NULL;
    int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count && i < MESSAGE_PARTS_MAX; i++) {
        GMimeObject *child = g_mime_multipart_get_part(multipart, i), *within = html_within(self, child, 0);
        if (message_part_is_shown_as(self, child, "text/plain") && (plain == NULL || says_more(self, child, plain))) {
            plain = child;
        } else if (within != NULL) {
            html = child;
            html_text = within;
        } else if (GMIME_IS_MULTIPART(child) || message_part_is_shown_as(self, child, "text/enriched") ||
                   message_part_is_shown_as(self, child, "text/markdown")) {
            other = child;
        }
    }
    if (html == NULL)
        return plain != NULL ? plain : other;
    bool is_html_better = plain == NULL || view == MESSAGE_VIEW_HTML ||
                          (view == MESSAGE_VIEW_BEST && message_part_is_here(self, plain) && is_stub(self, plain, html_text));
    return is_html_better ? html : plain;
}
