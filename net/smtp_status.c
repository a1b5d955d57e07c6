/* SPDX-License-Identifier: MIT */
/* A table of status codes, and of the words by which servers without them say the same. */
#include "net/smtp_status.h"
#include "net/smtp_reply.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* First by what is said (greylisting has no code of its own), then by the exact code, then by the code for any class. */
static const struct {
    const char *word; /* in lower case, within the text */
    int class;        /* 4, 5; 0: any */
    const char *words;
} spoken_rows[] = {
    { "greylist", 4, N_("the server asks unknown senders to come back in some minutes (greylisting)") },
    { "graylist", 4, N_("the server asks unknown senders to come back in some minutes (greylisting)") },
    { "grey-list", 4, N_("the server asks unknown senders to come back in some minutes (greylisting)") },
    { "quota", 0, N_("the mailbox is full") },
    { "over quota", 0, N_("the mailbox is full") },
    { "mailbox full", 0, N_("the mailbox is full") },
    { "mailbox is full", 0, N_("the mailbox is full") },
    { "too many connections", 4, N_("the server has too many connections at present") },
    { "rate limit", 0, N_("too much mail in a short time") },
    { "sending limit", 0, N_("the provider's limit of messages or recipients a day is reached") },
    { "daily user sending", 0, N_("the provider's limit of messages or recipients a day is reached") },
};

static const struct {
    const char *status; /* without its class: "1.1" */
    int class;          /* 4, 5; 0: any */
    const char *words;
} status_rows[] = {
    { "1.0", 0, N_("something is wrong with the address") },
    { "1.1", 5, N_("there is no such mailbox") },
    { "1.1", 4, N_("the server cannot tell at present whether there is such a mailbox") },
    { "1.2", 0, N_("there is no mail for what stands behind the @") },
    { "1.3", 0, N_("the address is not written as an address must be") },
    { "1.4", 0, N_("the address could be more than one mailbox") },
    { "1.6", 0, N_("the mailbox has moved, and nobody knows where to") },
    { "1.7", 0, N_("the sender's address is not written as an address must be") },
    { "1.8", 0, N_("the server does not know the sender's domain") },
    { "1.10", 0, N_("that domain says that it takes no mail") },
    { "2.0", 0, N_("something is wrong with the mailbox") },
    { "2.1", 5, N_("the mailbox is closed") },
    { "2.1", 4, N_("the mailbox takes no mail at present, or too much came in a short time") },
    { "2.2", 0, N_("the mailbox is full") },
    { "2.3", 0, N_("the message is larger than this mailbox takes") },
    { "2.4", 0, N_("the mailing list could not be resolved") },
    { "3.0", 4, N_("the mail server has a problem of its own at present") },
    { "3.0", 5, N_("the mail server has a problem of its own") },
    { "3.1", 0, N_("the mail server's disk is full") },
    { "3.2", 0, N_("the server takes no mail at present") },
    { "3.3", 0, N_("the server cannot carry this kind of message") },
    { "3.4", 0, N_("the message is larger than the server takes") },
    { "4.1", 0, N_("the recipient's mail server does not answer") },
    { "4.2", 0, N_("the connection to the recipient's mail server broke") },
    { "4.3", 0, N_("the name of the recipient's mail server could not be looked up") },
    { "4.4", 0, N_("no way to the recipient's mail server is known") },
    { "4.5", 0, N_("the mail server is too busy at present") },
    { "4.6", 0, N_("the message would go round in circles") },
    { "4.7", 0, N_("the message could not be delivered in time") },
    { "5.0", 0, N_("the two programs did not understand each other") },
    { "5.1", 0, N_("the server did not expect this at that point") },
    { "5.2", 0, N_("the server did not understand what postern said") },
    { "5.3", 0, N_("too many recipients for one message") },
    { "5.4", 0, N_("the server did not understand what postern asked for") },
    { "6.0", 0, N_("the message is in a form that the server does not take") },
    { "6.1", 0, N_("the recipient's system does not take this kind of content") },
    { "6.3", 0, N_("the message would have to be converted, which the server does not do") },
    { "6.7", 0, N_("an address has letters that the way to the recipient cannot carry") },
    { "7.0", 0, N_("the server's rules forbid it") },
    { "7.1", 5, N_("the server's rules forbid it: you may not send to this address, or the message looks unwanted") },
    { "7.1", 4, N_("the server does not take it yet: it may know you in some minutes") },
    { "7.2", 0, N_("you may not send to this mailing list") },
    { "7.3", 0, N_("a message must be protected in another way") },
    { "7.8", 0, N_("the user name or the password is not right") },
    { "7.9", 0, N_("this way of signing in is too weak for the server") },
    { "7.11", 0, N_("the server wants encryption for this") },
    { "7.13", 0, N_("the account is disabled") },
    { "7.14", 0, N_("the servers do not trust each other") },
    { "7.23", 0, N_("the sender's domain does not let this server send for it (SPF)") },
    { "7.26", 0, N_("the message could not be shown to come from the sender's domain (SPF, DKIM, DMARC)") },
    { "7.27", 0, N_("the sender's address takes no mail itself") },
    { "7.28", 0, N_("too much mail of this kind in a short time") },
};

/* Servers without enhanced codes (RFC 5321 4.2.3). */
static const struct {
    int code;
    const char *words;
} plain_rows[] = {
    { 421, N_("the server closes the connection: it is busy, or being maintained") },
    { 450, N_("the mailbox is not available at present") },
    { 451, N_("the server has a problem at present") },
    { 452, N_("the server has no room at present, or there are too many recipients") },
    { 454, N_("signing in does not work at present") },
    { 455, N_("the server cannot do what was asked at present") },
    { 530, N_("the server wants you to sign in first") },
    { 535, N_("the user name or the password is not right") },
    { 550, N_("the mailbox does not exist, or the server does not let you write to it") },
    { 551, N_("the recipient is not at this server") },
    { 552, N_("the message is larger than the server takes, or the mailbox is full") },
    { 553, N_("the server does not accept this address") },
    { 554, N_("the server does not accept the message") },
};

static const char *words_of_speech(int class, const char *text)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(spoken_rows); i++) {
        if ((spoken_rows[i].class == 0 || spoken_rows[i].class == class) && strstr(lower, spoken_rows[i].word) != NULL)
            return _(spoken_rows[i].words);
    }
    return NULL;
}

const char *smtp_status_words(int code, const char *text)
{
    char enhanced[12];
    int class = code / 100;
    const char *said = class >= 4 ? words_of_speech(class, text) : NULL;
    smtp_reply_find_enhanced(code, text, enhanced);
    for (size_t i = 0; said == NULL && *enhanced != '\0' && i < G_N_ELEMENTS(status_rows); i++) {
        if ((status_rows[i].class == 0 || status_rows[i].class == class) && strcmp(status_rows[i].status, enhanced + 2) == 0)
            said = _(status_rows[i].words);
    }
    for (size_t i = 0; said == NULL && *enhanced == '\0' && i < G_N_ELEMENTS(plain_rows); i++) {
        if (plain_rows[i].code == code)
            said = _(plain_rows[i].words);
    }
    return said;
}
