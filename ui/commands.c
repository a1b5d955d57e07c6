/* SPDX-License-Identifier: MIT */
/* The table of commands: the single source of keys, help, hints, palette and man page. Alternatives of keys are separated by ", ". */
#include "ui/cmd_app.h"
#include "ui/cmd_compose.h"
#include "ui/cmd_folder.h"
#include "ui/cmd_outbox.h"
#include "ui/cmd_message.h"
#include "ui/cmd_order.h"
#include "ui/cmd_online.h"
#include "ui/cmd_search.h"
#include "ui/cmd_tag.h"
#include "ui/search_server.h"
#include <glib.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define MAIL     CONTEXT_MAIL
#define LIST     CONTEXT_LIST
#define READER   CONTEXT_READER
#define FOLDERS  CONTEXT_FOLDERS
#define MESSAGES (CONTEXT_LIST | CONTEXT_READER)
#define QUIET    (CONTEXT_MAIL | CONTEXT_ACTIVITY | CONTEXT_OUTBOX) /* where letters are not text */
#define FIELDS   CONTEXT_FIELDS
#define TEXT     CONTEXT_TEXT
#define COMPOSER (CONTEXT_COMPOSER | FIELDS | TEXT)

const struct command commands[] = {
    /* --- the hint bar shows these in this order --- */
    { "open", LIST | FOLDERS, "enter", N_("open"), N_("Opens the message or folder under the cursor."), cmd_open, true },
    { "compose", MAIL, "c", N_("compose"), N_("Writes a new message."), cmd_compose, true },
    { "reply", MESSAGES, "r", N_("reply"), N_("Answers the sender."), cmd_reply, true },
    { "archive", MESSAGES, "e", N_("archive"), N_("Files the message, the marked ones or the folded conversation in Archive."), cmd_archive,
      true },
    { "delete", MESSAGES, "d, delete", N_("delete"), N_("Moves to Trash; in Trash it deletes for good after a question."), cmd_delete,
      true },
    { "move", MESSAGES, "m", N_("move"), N_("Moves to a folder that is asked for."), cmd_move, true },
    { "flag", MESSAGES, "*", N_("star"), N_("Sets or takes away the star."), cmd_flag, true },
    { "filter", LIST, "/", N_("filter"),
      N_("Shows only messages of this list that match, while you type: words, from:ada is:unread newer:7d -draft; Esc shows all again."),
      cmd_filter, true },
    { "mark", LIST, "space", N_("mark"), N_("Marks the message; commands act on all marked ones."), cmd_mark, true },
    { "read-on", READER, "space", N_("read on"), N_("Scrolls a page, and at the end goes on to the next unread message."), cmd_read_on,
      true },
    { "save", READER, "s", N_("save attachment"), N_("Saves an attachment, or all, into a file or folder that is asked for."), cmd_save,
      true },
    { "palette", QUIET | COMPOSER, ":, ctrl-p", N_("commands"), N_("Finds a command by a part of its name."), cmd_palette, true },
    { "help", QUIET | COMPOSER, "?, F1", N_("help"), N_("Shows all keys of this screen."), cmd_help, true },
    { "back", QUIET | CONTEXT_HELP, "q, esc", N_("back"), N_("Leaves what is open: message, filter, marks, screen."), cmd_back, true },

    /* --- answers --- */
    { "reply-all", MESSAGES, "R, a", N_("reply to all"), N_("Answers the sender and everybody who got the message."), cmd_reply_all,
      false },
    { "reply-list", MESSAGES, "L", N_("reply to the list"), N_("Answers to the mailing list only."), cmd_reply_list, false },
    { "forward", MESSAGES, "f", N_("forward"), N_("Sends the message on, with its text in yours and its attachments."), cmd_forward,
      false },
    { "forward-attached", MESSAGES, "F", N_("forward as attachment"), N_("Sends the message on as it is."), cmd_forward_attached, false },
    { "edit-as-new", MESSAGES, "E", N_("edit as new"), N_("Writes a new message that begins as a copy of this one; goes on with a draft."),
      cmd_edit_as_new, false },

    { "redirect", MESSAGES, "b", N_("redirect"), N_("Sends the message on to others exactly as it came (“bounce”)."), cmd_redirect, false },

    /* --- filing --- */
    { "copy", MESSAGES, "y", N_("copy"), N_("Copies to a folder that is asked for."), cmd_copy, false },
    { "toggle-unread", MESSAGES, "N", N_("read/unread"), N_("Makes unread what is read, and the other way round."), cmd_toggle_unread,
      false },
    { "tag", MESSAGES, "t", N_("tag"), N_("Sets tags, or takes them away with a minus before them: work -todo. Tab completes."), cmd_tag,
      false },
    { "snooze", MESSAGES, "W", N_("put off"), N_("Takes the message out of the inbox until a time, and brings it back unread."), cmd_snooze,
      false },
    { "mute", MESSAGES, "M", N_("mute"),
      N_("What comes to this conversation goes to Archive, read, and nobody is told; again: no longer so."), cmd_mute, false },
    { "vip", MESSAGES, "V", N_("VIP"),
      N_("Makes the sender a VIP, or no longer one: marked in lists, always told of, with a search of their own."), cmd_vip, false },
    { "rule-from-message", MESSAGES, "", N_("rule from this message"), N_("Makes a filing rule for mail like this one."),
      cmd_rule_from_message, false },
    { "mark-pattern", LIST, "T", N_("mark by words"), N_("Marks all messages whose subject or sender has the words."), cmd_mark_pattern,
      false },
    { "unmark", LIST, "U", N_("unmark all"), N_("Takes all marks away."), cmd_unmark, false },
    { "undo", QUIET, "u", N_("undo"), N_("Takes the last action back, also one that the server has carried out."), cmd_undo, false },
    { "redo", QUIET, "ctrl-r", N_("redo"), N_("Does again what undo took back."), cmd_redo, false },

    /* --- moving about --- */
    { "move-down", MAIL, "j, down", N_("down"), NULL, cmd_move_down, false },
    { "move-up", MAIL, "k, up", N_("up"), NULL, cmd_move_up, false },
    { "page-down", MAIL, "pagedown, ctrl-f", N_("page down"), NULL, cmd_page_down, false },
    { "page-up", MAIL, "pageup, ctrl-b", N_("page up"), NULL, cmd_page_up, false },
    { "half-down", MAIL, "ctrl-d", N_("half a page down"), NULL, cmd_half_down, false },
    { "half-up", MAIL, "ctrl-u", N_("half a page up"), NULL, cmd_half_up, false },
    { "top", MAIL, "home, <", N_("first"), NULL, cmd_top, false },
    { "bottom", MAIL, "end, >", N_("last"), NULL, cmd_bottom, false },
    { "read-back", READER, "backspace, -", N_("page back"), NULL, cmd_page_up, false },
    { "next", MESSAGES, "n", N_("next message"), NULL, cmd_next, false },
    { "previous", MESSAGES, "p", N_("previous message"), NULL, cmd_previous, false },
    { "next-unread", MAIL, "tab", N_("next unread"), N_("Goes to the next unread message of the folder."), cmd_next_unread, false },
    { "expand", LIST | FOLDERS, "right", N_("open conversation"),
      N_("Shows the messages of the conversation, or the folders of the account."), cmd_expand, false },
    { "collapse", MAIL, "left", N_("close conversation"), N_("Folds the conversation or account; in the reader it goes back to the list."),
      cmd_collapse, false },
    { "fold", MAIL, "z", N_("fold"), N_("Folds and unfolds the conversation, the account, or the quoted text."), cmd_fold, false },
    { "fold-all", MESSAGES, "Z", N_("fold all"),
      N_("Opens all conversations of the list, or all messages of the one that is read; or closes them."), cmd_fold_all, false },
    { "break-conversation", MESSAGES, "#", N_("break conversation"),
      N_("Makes this message, with all that answers it, a conversation of its own."), cmd_thread_break, false },
    { "join-conversations", LIST, "&", N_("join conversations"),
      N_("Makes one conversation of the marked ones and the one under the cursor."), cmd_thread_join, false },
    { "sort", LIST, "o", N_("sort"), N_("Changes the order of this folder: conversations, date, sender, subject, size; it is remembered."),
      cmd_order, true },
    { "sort-reverse", LIST, "", N_("reverse the order"), N_("Turns the order of this folder round."), cmd_order_reverse, false },
    { "threads", LIST, "", N_("conversations on/off"), N_("Shows conversations as one row each, or every message by itself."), cmd_threads,
      false },

    { "search", MAIL, "g /, F3", N_("search all mail"),
      N_("Finds mail of all accounts and folders, while you type, with the same words as the filter; Esc leaves."), cmd_search, false },
    { "search-server", LIST, "g m", N_("search on the server"),
      N_("Looks on the servers too, for what is not on this computer; what they find is marked."), cmd_search_server, false },
    { "search-save", LIST, "", N_("save search"), N_("Keeps the search, or the filter, as a folder with a count; its name is asked for."),
      cmd_search_save, false },
    { "search-remove", FOLDERS, "", N_("remove saved search"), N_("Takes the saved search under the cursor away; its mail stays."),
      cmd_search_remove, false },

    /* --- folders --- */
    { "folders", MAIL, "\\", N_("folder list"), N_("Shows, hides or goes to the folder list."), cmd_folders, false },
    { "focus-next", MAIL, "ctrl-w, backtab", N_("next pane"), N_("Goes from folders to list to message."), cmd_focus_next, false },
    { "go-inbox", MAIL, "g i", N_("inbox"), NULL, cmd_go_inbox, false },
    { "go-all-inboxes", MAIL, "g A", N_("all inboxes"), N_("Shows the inboxes of all accounts as one list."), cmd_go_all_inboxes, false },
    { "go-sent", MAIL, "g s", N_("sent"), NULL, cmd_go_sent, false },
    { "go-drafts", MAIL, "g d", N_("drafts"), NULL, cmd_go_drafts, false },
    { "go-archive", MAIL, "g a", N_("archive"), NULL, cmd_go_archive, false },
    { "go-trash", MAIL, "g t", N_("trash"), NULL, cmd_go_trash, false },
    { "go-junk", MAIL, "g j", N_("junk"), NULL, cmd_go_junk, false },
    { "go-folder", MAIL, "g f", N_("folder by name"), N_("Opens a folder that is asked for."), cmd_go_folder, false },
    { "folder-read", MAIL, "g r", N_("all read"), N_("Marks every message of the open folder as read; undo takes it back."),
      cmd_folder_read, false },
    { "folder-create", MAIL, "", N_("new folder"),
      N_("Makes a folder in this account; its name is asked for. In the folder list it goes below the one under the cursor."),
      cmd_folder_create, false },
    { "folder-rename", MAIL, "", N_("rename folder"), N_("Renames the folder, and with it those below; another path moves it there."),
      cmd_folder_rename, false },
    { "folder-delete", MAIL, "", N_("delete folder"), N_("Moves the folder to Trash, or deletes it for good with all mail in it."),
      cmd_folder_delete, false },
    { "folder-use", MAIL, "", N_("use this folder as…"),
      N_("Makes the folder the one for sent mail, drafts, junk, the archive or what is deleted; written into the account's file."),
      cmd_folder_role, false },
    { "folder-subscribe", MAIL, "", N_("subscribe/unsubscribe folder"),
      N_("Says to your other mail programs too that this folder is to be shown."), cmd_folder_subscribe, false },
    { "folders-subscribed", MAIL, "", N_("all folders/subscribed only"),
      N_("Shows all folders of the account, or those that are subscribed."), cmd_folders_subscribed, false },
    { "sync", QUIET, "$", N_("synchronise now"), N_("Looks for new mail and sends what waits, at once."), cmd_sync, false },
    { "online", QUIET, "O", N_("online/offline"), N_("Offline no connection is made at all; what you do is kept and done later."),
      cmd_online, false },
    { "metered", QUIET, "", N_("metered network"),
      N_("On a network where data costs: only headers and what you open are fetched. Again: as the system says."), cmd_metered, false },
    { "account-online", QUIET, "", N_("account online/offline"), N_("The same as online, for the account of the open folder alone."),
      cmd_account_online, false },

    /* --- reading --- */
    { "headers", READER, "h", N_("all headers"), N_("Shows all headers of the message, or the usual ones."), cmd_headers, false },
    { "view", READER, "v", N_("plain/HTML"), N_("Changes between the plain text, the HTML and the source."), cmd_view, false },
    { "source", MESSAGES, "H", N_("source"), N_("Shows the message as it came."), cmd_source, false },
    { "fetch-rest", MESSAGES, "w", N_("fetch the rest"),
      N_("Fetches all of a message of which only the head is here (POP3 with a max-size)."), cmd_fetch_rest, false },
    { "save-all", READER, "S", N_("save all"), N_("Saves all attachments into a folder that is asked for."), cmd_save_all, false },
    { "open-attachment", READER, "o", N_("open attachment"), N_("Opens an attachment with the program for its type."), cmd_open_attachment,
      false },
    { "open-link", READER, "l, enter", N_("open link"), N_("Opens a link by its number, after showing where it leads."), cmd_open_link,
      false },
    { "pipe", READER, "|", N_("pipe"), N_("Gives the message to a program that is asked for."), cmd_pipe, false },

    /* --- the program --- */
    { "rules", QUIET, "", N_("filing rules"),
      N_("Shows the rules for mail on arrival: what they match, what they did; edits and tries them."), cmd_rules, false },
    { "activity", QUIET, "A", N_("activity"), N_("Shows connections, work under way, what waits and what was said."), cmd_activity, false },
    { "check", QUIET, "", N_("check the accounts"), N_("Tries every connection step by step and says in plain words what is wrong."),
      cmd_check, false },
    { "add-account", QUIET, "", N_("add an account"), N_("Starts the wizard for one more account."), cmd_add_account, false },
    { "redraw", CONTEXT_ANY, "ctrl-l", N_("redraw"), N_("Draws the whole screen anew."), cmd_redraw, false },
    { "shell", QUIET, "!", N_("shell"), N_("Runs a command of the shell, or the shell itself."), cmd_shell, false },
    { "suspend", CONTEXT_ANY, "ctrl-z", N_("to the shell"), N_("Goes back to the shell; fg returns."), cmd_suspend, false },
    { "quit", QUIET, "Q, ctrl-c", N_("quit"), N_("Leaves postern. What is not sent yet is sent at the next start."), cmd_quit, false },
    /* --- what waits --- */
    { "outbox", MAIL, "g o", N_("outbox"), N_("Shows what waits to be sent, when it goes, and why it has not gone."), cmd_outbox, false },
    { "outbox-edit", CONTEXT_OUTBOX, "enter, e", N_("edit"), N_("Takes the message out of the outbox, to be written on."), cmd_outbox_edit,
      true },
    { "outbox-send", CONTEXT_OUTBOX, "y", N_("send now"), N_("Sends the message without waiting for its time."), cmd_outbox_send, true },
    { "outbox-time", CONTEXT_OUTBOX, "t", N_("change time"), N_("Sends the message at another time, which is asked for."), cmd_outbox_time,
      true },
    { "outbox-discard", CONTEXT_OUTBOX, "d", N_("to Drafts"), N_("The message is not sent; it goes back to Drafts."), cmd_outbox_discard,
      true },
    { "activity-open", CONTEXT_ACTIVITY, "enter", N_("open"), N_("Opens the message or folder that the line is about."), cmd_activity_open,
      true },
    { "activity-retry", CONTEXT_ACTIVITY, "r", N_("try now"), N_("Does not wait any longer: the account's server is asked at once."),
      cmd_activity_retry, true },
    { "activity-discard", CONTEXT_ACTIVITY, "d", N_("discard"),
      N_("What waits is not done and is as it was before; what was refused goes out of the list."), cmd_activity_discard, true },
    { "activity-cancel", CONTEXT_ACTIVITY, "x", N_("cancel"), N_("Stops the work under the cursor."), cmd_activity_cancel, true },
    /* --- composer: letters are commands over the text, Ctrl keys everywhere --- */
    { "next-field", FIELDS, "tab", N_("next line"), N_("Takes the address that is offered, or goes to the next line."), cmd_composer_next,
      true },
    { "to-text", FIELDS | TEXT, "esc", N_("done"), N_("Ends typing: letters are commands then."), cmd_composer_done, true },
    { "send", COMPOSER, "y, ctrl-s", N_("send"), N_("Sends the message; for some seconds it can be taken back."), cmd_composer_send, true },
    { "send-later", COMPOSER, "L, F6", N_("send later"),
      N_("Sends the message at a time that is asked for: 2h, tomorrow 8:00, mon 9:00, 2026-12-24 10:00."), cmd_composer_send_later, false },
    { "edit", CONTEXT_COMPOSER | FIELDS, "e, ctrl-o", N_("write"), N_("Opens the text in your editor, or in the built-in one."),
      cmd_composer_edit, true },
    { "attach", COMPOSER, "a, ctrl-t", N_("attach"), N_("Attaches a file."), cmd_composer_attach, true },
    { "detach", CONTEXT_COMPOSER, "x", N_("take away attachment"), NULL, cmd_composer_detach, false },
    { "report", COMPOSER, "F5", N_("report of delivery"),
      N_("Asks the servers on the way to tell whether the message arrives, or takes that back."), cmd_composer_report, false },
    { "identity", COMPOSER, "i, F4", N_("other sender"), N_("Writes from the next of your addresses."), cmd_composer_identity, false },
    { "close", CONTEXT_COMPOSER, "q, esc, ctrl-x, ctrl-c", N_("leave"), N_("Keeps the message in Drafts, or throws it away."),
      cmd_composer_close, true },
    { "leave", FIELDS | TEXT, "ctrl-x, ctrl-c", N_("leave"), N_("Keeps the message in Drafts, or throws it away."), cmd_composer_close,
      true },
};
const size_t command_count = G_N_ELEMENTS(commands);
