# Microsoft 365 (outlook.office365.com, smtp.office365.com) as the public record shows it.
#
# greeting, capabilities before and after sign-in, XOAUTH2 alone, LOGINDISABLED: https://github.com/jstedfast/MailKit/issues/2016, /issues/1494, /issues/1446
# no SPECIAL-USE; "Junk Email": https://github.com/huacnlee/omamail/pull/90
# "Request is throttled. Suggested Backoff Time: … milliseconds" and "BYE Connection closed. 14": https://github.com/simonrob/email-oauth2-proxy/issues/191,
#   https://github.com/imapsync/imapsync/issues/198, https://github.com/ikvk/imap_tools/issues/135
# "BAD User is authenticated but not connected.": https://github.com/mscdex/node-imap/issues/523, https://github.com/simonrob/email-oauth2-proxy/issues/74
# a disposition that is a plain string: https://github.com/jstedfast/MailKit/issues/1446; "BAD Command Error. 10" for long lines: https://github.com/nextcloud/mail/issues/6038
# 535 5.7.139 (sending switched off, passwords switched off): https://github.com/simonrob/email-oauth2-proxy/issues/193, https://github.com/rpremraj/mailR/issues/107
# 432 4.3.2 STOREDRV.ClientSubmit: https://github.com/timeoff-management/timeoff-management-application/issues/308; 3 connections, 30 messages a minute:
#   https://learn.microsoft.com/en-us/exchange/troubleshoot/send-emails/smtp-submission-improvements
# EHLO: https://github.com/simonrob/email-oauth2-proxy/issues/232
# POP3 CAPA before TLS: https://github.com/IndySockets/Indy/issues/192; a line of POP3 holds 255 octets (RFC 2449), so a token needs a line of its own
# SMTP AUTH puts a copy into Sent Items by itself
[profile]
title = Office365.com
address = alice@contoso.onmicrosoft.com
hosts = outlook.office365.com smtp.office365.com

[cells]
pop3-ssl = 995 tls
pop3-tls = 110 starttls
imap4-ssl = 993 tls
imap4-tls = 143 starttls
smtp-plain = 25 relay starttls
smtp-tls = 25 relay starttls
smtp-submission-tls = 587 starttls

[sign-in]
users = alice@contoso.onmicrosoft.com
password = not taken
passwords-off = true
bad-token-at-once = true
token = EwBYA8l6BAAU-0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000-good
wrong-imap = NO AUTHENTICATE failed.
normal-imap = NO LOGIN failed.
wrong-pop3 = -ERR Authentication failure: unknown user name or bad password.
normal-pop3 = -ERR Logon failure: unknown user name or bad password.
wrong-smtp = 535 5.7.3 Authentication unsuccessful [DB8PR01CA0004.eurprd01.prod.exchangelabs.com]
normal-smtp = 535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [DB8PR01CA0004.eurprd01.prod.exchangelabs.com]

[imap]
greeting = * OK The Microsoft Exchange IMAP4 service is ready. [RgBSADMAUAAyADgAMQBDAEEAMAAxADUANwAuAEQARQBVAFAAMgA4ADEALgBQAFIATwBEAC4ATwBVAFQATABPAE8ASwAuAEMATwBNAA==]
capability = IMAP4 IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+
capability-plain = IMAP4 IMAP4rev1 LOGINDISABLED STARTTLS SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+
capability-in = IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT CLIENTACCESSRULES CLIENTNETWORKPRESENCELOCATION BACKENDAUTHENTICATE CHILDREN IDLE NAMESPACE LITERAL+
completed = * completed.
bye = Microsoft Exchange Server IMAP4 server signing off.
id = ("name" "Microsoft.Exchange.Imap4.Imap4Server" "version" "15.20")
flags = \\Seen \\Answered \\Flagged \\Deleted \\Draft $MDNSent
inbox-unquoted = true
unknown-folder = NO Sent doesn't exist.
unknown-target = NO [TRYCREATE] The destination mailbox could not be found.
unknown-command = BAD Command Error. 12

[folders]
inbox = \\Marked | INBOX
archive = | Archive
folder-1 = | Calendar
folder-2 = | Conversation History
trash = | Deleted Items
drafts = | Drafts
junk = | Junk Email
folder-3 = | Outbox
sent = | Sent Items
folder-4 = | Sync Issues/Conflicts

[mail]
mail-1 = INBOX | From: Bob <bob@contoso.onmicrosoft.com>\nTo: alice@contoso.onmicrosoft.com\nSubject: Lunch\nDate: Fri, 20 Nov 2026 10:00:00 +0000\nMessage-ID: <lunch@contoso.example>\n\nAt twelve?\n
mail-2 = INBOX | From: Carol <carol@contoso.onmicrosoft.com>\nTo: alice@contoso.onmicrosoft.com\nSubject: Numbers\nDate: Fri, 20 Nov 2026 11:00:00 +0000\nMessage-ID: <numbers@contoso.example>\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="b1"\n\n--b1\nContent-Type: text/plain; charset=utf-8\n\nHere they are.\n--b1\nContent-Type: text/html; charset=utf-8\n\n<p>Here they are.</p>\n--b1--\n

[limits]
imap-line = 10000
imap-connections = 20
imap-connections-words = * BYE Connection closed. 14
throttle-imap = BAD Request is throttled. Suggested Backoff Time: 1500 milliseconds
throttle-imap-bye = Connection closed. 14
pop3-line = 255
smtp-connections = 3
smtp-connections-words = 432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information. [Hostname=DB8PR01MB0001.eurprd01.prod.exchangelabs.com]
smtp-size = 157286400

[faults]
bodystructure = disposition-as-string
size-plus = 61
pop3-size-plus = 61

[smtp]
name = DB8PR01CA0004.outlook.office365.com
greeting = 220 DB8PR01CA0004.outlook.office365.com Microsoft ESMTP MAIL Service ready at Sat, 21 Nov 2026 09:55:13 +0000
ehlo = SIZE 157286400,PIPELINING,DSN,ENHANCEDSTATUSCODES,8BITMIME,BINARYMIME,CHUNKING,SMTPUTF8
auth = LOGIN XOAUTH2
sign-in-first = 530 5.7.57 Client not authenticated to send mail. [DB8PR01CA0004.eurprd01.prod.exchangelabs.com]
no-relay = 550 5.7.64 TenantAttribution; Relay Access Denied
accepted = 250 2.0.0 OK <x@contoso.example> [Hostname=DB8PR01MB0001.eurprd01.prod.exchangelabs.com]
own-sent-copy = true
own-sent-copy-after-ms = 400

[pop3]
greeting = +OK The Microsoft Exchange POP3 service is ready. [TABPADIAUAAxADIAMwBDAEEAMAAxADAANgAuAEcAQgBSAFAAMQAyADMALgBQAFIATwBEAC4ATwBVAFQATABPAE8ASwAuAEMATwBNAA==]
capa = TOP,UIDL
sasl = XOAUTH2
signed-in = +OK User successfully authenticated.
bye = +OK Microsoft Exchange Server POP3 server signing off.
