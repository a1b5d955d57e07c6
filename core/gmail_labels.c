/* SPDX-License-Identifier: MIT */
/* Labels and tags; see gmail_labels.h. */
#include "core/gmail_labels.h"
#include "core/store_folder.h"
#include "core/tag.h"
#include <string.h>

char *gmail_labels_words(const char *const *labels)
{
    char *list = NULL;
    for (; labels != NULL && *labels != NULL; labels++) {
        g_autofree char *word = **labels != '\\' ? tag_keyword(*labels, NULL) : NULL; /* too long for a tag: a folder all the same */
        char *longer = word != NULL ? tag_list_change(list, word, NULL) : NULL;
        if (longer == NULL)
            continue;
        g_free(list);
        list = longer;
    }
    return list;
}

char *gmail_labels_keep(const char *told, const char *known)
{
    g_auto(GStrv) words = g_strsplit(known != NULL ? known : "", " ", -1);
    char *list = tag_list_change(told, NULL, NULL);
    for (char **word = words; *word != NULL; word++) {
        if (**word == '\0' || tag_is_hidden(*word))
            continue;
        char *longer = tag_list_change(list, *word, NULL);
        g_free(list);
        list = longer;
    }
    return list;
}

/* "Work_stuff" → "Work stuff", where a folder is called so. */
static char *label_of(GPtrArray *folders, const char *word)
{
    for (guint i = 0; folders != NULL && i < folders->len; i++) {
        const struct folder *box = g_ptr_array_index(folders, i);
        g_autofree char *own = box->role == FOLDER_NONE ? tag_keyword(box->name, NULL) : NULL;
        if (own != NULL && g_ascii_strcasecmp(own, word) == 0)
            return g_strdup(box->name);
    }
    return *word != '$' && !tag_is_hidden(word) ? tag_name(word) : NULL;
}

char **gmail_labels_of(store *db, int64_t account_id, const char *list, char **keywords_out)
{
    g_auto(GStrv) words = g_strsplit(list != NULL ? list : "", " ", -1);
    g_autoptr(GPtrArray) folders = store_folders(db, account_id, NULL), labels = g_ptr_array_new();
    *keywords_out = NULL;
    for (char **word = words; *word != NULL; word++) {
        char *label = **word != '\0' ? label_of(folders, *word) : NULL;
        if (label != NULL) {
            g_ptr_array_add(labels, label);
        } else if (**word != '\0') {
            char *longer = tag_list_change(*keywords_out, *word, NULL);
            g_free(*keywords_out);
            *keywords_out = longer;
        }
    }
    g_ptr_array_add(labels, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&labels), FALSE);
}
