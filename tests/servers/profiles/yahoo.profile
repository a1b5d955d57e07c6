# Yahoo! Mail as the public record shows it.
#
# greeting with CAPABILITY, "AUTHENTICATE completed - Mailbox size in bytes", LIST without SPECIAL-USE ("Inbox", "Bulk Mail", "Draft"): https://github.com/jstedfast/MailKit/issues/242,
#   https://github.com/jstedfast/MailKit/issues/221, https://github.com/thunderbird/thunderbird-android/pull/429
# "BAD [CLIENTBUG] … Command arguments invalid": https://github.com/jstedfast/MailKit/issues/221
# "BAD [TRYCREATE] SELECT error": https://github.com/MailCore/mailcore2/issues/1282
# HIGHESTMODSEQ told, though there is no CONDSTORE: https://github.com/whiteout-io/imap-client/pull/40
# rate limits: https://github.com/postalsys/imapflow/issues/75
# SMTP: https://github.com/PHPMailer/PHPMailer/issues/2034 (AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER), 535 5.7.0 (#AUTH005): https://github.com/nodemailer/nodemailer/issues/1112
# the cells are the owner's table; today's servers answer on 993, 995, 465 and 587 only
[profile]
title = Yahoo! Mail
address = alice@yahoo.com
hosts = imap.mail.yahoo.com smtp.mail.yahoo.com pop.mail.yahoo.com

[cells]
pop3-ssl = 995 tls
imap4-ssl = 993 tls
imap4-tls = 143 starttls
smtp-plain = 25 relay starttls
smtp-tls = 25 relay starttls
smtp-ssl = 465 tls
smtp-submission-tls = 587 starttls
smtp-submission-ssl = 587 tls

[sign-in]
users = alice@yahoo.com alice
password = abcdefghijklmnop
normal-password = my Yahoo password
token = yahoo-token-good
wrong-imap = NO [AUTHENTICATIONFAILED] AUTHENTICATE Invalid credentials
bad-token-imap = NO [AUTHENTICATIONFAILED] (#AUTH901) The provided OAuth2 access token is invalid
wrong-pop3 = -ERR [AUTH] Server error. Please try again or contact Yahoo Customer Care.
wrong-smtp = 535 5.7.0 (#AUTH005) Too many bad auth attempts.

[imap]
greeting = * OK [CAPABILITY IMAP4rev1 ID NAMESPACE X-ID-ACLID UIDPLUS LITERAL+ CHILDREN XAPPLEPUSHSERVICE XYMHIGHESTMODSEQ AUTH=PLAIN AUTH=LOGIN AUTH=XOAUTH2 AUTH=XYMCOOKIE AUTH=XYMECOOKIE AUTH=XYMCOOKIEB64 AUTH=XYMPKI] IMAP4rev1 imapgate-1.8.1_01.20166 imap1015.mail.ir2.yahoo.com
capability = IMAP4rev1 ID NAMESPACE X-ID-ACLID UIDPLUS LITERAL+ CHILDREN XAPPLEPUSHSERVICE XYMHIGHESTMODSEQ AUTH=PLAIN AUTH=LOGIN AUTH=XOAUTH2 AUTH=XYMCOOKIE AUTH=XYMECOOKIE AUTH=XYMCOOKIEB64 AUTH=XYMPKI
capability-in = IMAP4rev1 ID NAMESPACE X-ID-ACLID UIDPLUS LITERAL+ XAPPLEPUSHSERVICE XYMHIGHESTMODSEQ
completed = * completed
signed-in = AUTHENTICATE completed - Mailbox size in bytes is 34943485
bye = IMAP4rev1 Server logging out
flags = \\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded
unknown-folder = BAD [TRYCREATE] SELECT error - Folder does not exist or server encountered an error
unknown-target = NO [TRYCREATE] COPY error - Folder does not exist
unknown-command = BAD [CLIENTBUG] Unknown command

[refused]
idle = BAD [CLIENTBUG] IDLE Invalid command
uid-move = BAD [CLIENTBUG] UID MOVE Invalid command
enable = BAD [CLIENTBUG] ENABLE Invalid command

[folders]
junk = | Bulk Mail
drafts = | Draft
inbox = | Inbox
folder-1 = | Notes
sent = | Sent
trash = | Trash
folder-2 = | Über uns

[mail]
mail-1 = Inbox | From: Bob <bob@example.test>\nTo: alice@yahoo.com\nSubject: Lunch\nDate: Fri, 20 Nov 2026 10:00:00 +0000\nMessage-ID: <lunch@example.test>\n\nAt twelve?\n
mail-2 = Inbox | From: Carol <carol@example.test>\nTo: alice@yahoo.com\nSubject: Numbers\nDate: Fri, 20 Nov 2026 11:00:00 +0000\nMessage-ID: <numbers@example.test>\n\nHere they are.\n

[limits]
imap-connections = 5
imap-connections-words = NO [LIMIT] LOGIN Rate limit hit.
throttle-imap = NO [LIMIT] Rate limit hit.
smtp-size = 41697280

[faults]
highestmodseq-without-condstore = true

[smtp]
name = hermes--production-ir2-12345
greeting = 220 smtp.mail.yahoo.com ESMTP ready
ehlo = PIPELINING,ENHANCEDSTATUSCODES,8BITMIME,SIZE 41697280
auth = PLAIN LOGIN XOAUTH2 OAUTHBEARER
signed-in = 235 2.0.0 OK
sign-in-first = 530 5.5.1 Authentication required
no-relay = 554 delivery error: dd This user doesn't have a yahoo.com account
accepted = 250 OK , completed
own-sent-copy = true

[pop3]
greeting = +OK Hello from jpop-0.1
capa = TOP,USER,UIDL,EXPIRE NEVER
capa-follows = +OK CAPA list follows
sasl = PLAIN XOAUTH2
signed-in = +OK Maildrop ready, (JPOP server ready)
bye = +OK Server signing off.
