/* SPDX-License-Identifier: MIT */
/* What can be set in postern.conf. */
#include "config/options.h"
#include <glib/gi18n-lib.h>

#define AT(field) offsetof(struct settings, field)
const struct option_row option_rows[] = {
    { "editor", OPTION_TEXT, AT(editor), NULL, 0, 0, NULL,
      N_("program for writing; builtin: inside postern; default: $VISUAL, $EDITOR, then the built-in one") },
    { "pager", OPTION_TEXT, AT(pager), NULL, 0, 0, NULL, N_("program for long texts; default: $PAGER, then less") },
    { "browser", OPTION_TEXT, AT(browser), NULL, 0, 0, NULL, N_("program for links; default: $BROWSER, then xdg-open") },
    { "theme", OPTION_TEXT, AT(theme), "default", 0, 0, NULL,
      N_("colours: default, light, dark, high-contrast, mono, or the name of a file in themes/") },
    { "keys", OPTION_CHOICE, AT(keys), "default", 0, 0, "default mutt vim alpine",
      N_("the key bindings to begin with; keys.conf is laid over them") },
    { "date-format", OPTION_TEXT, AT(date_format), NULL, 0, 0, NULL, N_("how dates older than a year look, as for strftime(3)") },
    { "attribution", OPTION_TEXT, AT(attribution), NULL, 0, 0, NULL,
      N_("the line above a quoted text: strftime(3) with %n for the name and %a for the address") },
    { "downloads", OPTION_PATH, AT(downloads), NULL, 0, 0, NULL, N_("where attachments are saved first; default: the current directory") },
    { "passphrase-command", OPTION_TEXT, AT(passphrase_command), NULL, 0, 0, NULL,
      N_("program whose first line of output opens the encrypted file of secrets; default: the person is asked once a run") },
    { "undo-delay", OPTION_NUMBER, AT(undo_delay_s), "10", 0, 120, NULL, N_("seconds in which a sent message can be taken back") },
    { "mark-read-delay", OPTION_NUMBER, AT(mark_read_delay_ms), "0", -1, 60000, NULL,
      N_("milliseconds after which an opened message counts as read; -1: never by itself") },
    { "poll-interval", OPTION_NUMBER, AT(poll_interval_s), "120", 10, 86400, NULL,
      N_("seconds between looks into the folders that are not watched") },
    { "cache-limit", OPTION_NUMBER, AT(cache_limit_mb), "1024", 1, 1000000, NULL, N_("megabytes of message bodies kept for each account") },
    { "connect-timeout", OPTION_NUMBER, AT(connect_timeout_s), "15", 1, 300, NULL, N_("seconds for a connection to be made") },
    { "io-timeout", OPTION_NUMBER, AT(io_timeout_s), "60", 5, 3600, NULL, N_("seconds a server may be silent while an answer is due") },
    { "send-answer-timeout", OPTION_NUMBER, AT(send_answer_timeout_s), "600", 10, 3600, NULL,
      N_("seconds a server may think over a whole message before it says that it has it") },
    { "send-give-up", OPTION_NUMBER, AT(send_give_up_days), "5", 1, 30, NULL,
      N_("days in which a message is tried again while the server says \"later\": after 1, 5, 15, 30 and 60 minutes, then every hour") },
    { "threads", OPTION_BOOL, AT(threads), "true", 0, 0, NULL, N_("the list shows conversations") },
    { "mouse", OPTION_BOOL, AT(mouse), "true", 0, 0, NULL, N_("the mouse is used") },
    { "bell", OPTION_BOOL, AT(bell), "false", 0, 0, NULL, N_("the terminal rings at new mail") },
    { "accessible", OPTION_BOOL, AT(accessible), "false", 0, 0, NULL, N_("no line art, the cursor follows the focus: for screen readers") },
    { "confirm-empty-subject", OPTION_BOOL, AT(confirm_empty_subject), "true", 0, 0, NULL,
      N_("ask before a message without a subject is sent") },
    { "confirm-missing-attachment", OPTION_BOOL, AT(confirm_missing_attachment), "true", 0, 0, NULL,
      N_("ask when a text speaks of an attachment that is not there") },
    { "send-client-id", OPTION_BOOL, AT(send_client_id), "true", 0, 0, NULL,
      N_("tell servers the program's name and version (some providers insist)") },
};
const size_t option_row_count = G_N_ELEMENTS(option_rows);
