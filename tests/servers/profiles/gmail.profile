# Google Mail as the public record shows it. A backslash is written twice (GKeyFile).
#
# greeting, capabilities before and after sign-in, LIST, "OK Success": https://github.com/jstedfast/MailKit/issues/1396
# ID: https://github.com/imapsync/imapsync/issues/338
# "NO [ALERT] Too many simultaneous connections. (Failure)" at 15: https://github.com/jstedfast/MailKit/issues/377, https://github.com/zone-eu/wildduck/issues/35
# "[ALERT] Application-specific password required": https://github.com/LukeSmithxyz/mutt-wizard/issues/831, https://github.com/imapsync/imapsync/issues/175
# bad token: the JSON challenge of https://github.com/jstedfast/MailKit/issues/377
# delete in a label is archive; only a move to Trash deletes: https://github.com/overseers-desk/courier/issues/53, https://github.com/sweetrb/apple-mail-mcp/pull/88,
#   https://github.com/postalsys/imapflow/issues/69
# ("ALTERNATIVE") as a whole BODYSTRUCTURE part: https://github.com/jstedfast/MailKit/issues/1841
# OVERQUOTA: https://github.com/ljmerza/ha-email-sensor/issues/16
# the Sent copy comes by itself: https://github.com/nikolausm/imap-mcp-server/issues/125
# POP3 greeting and CAPA: https://github.com/horde/Imap_Client/pull/36, https://github.com/jstedfast/MimeKit/issues/99
# POP3 shows each message once unless the user is "recent:…": https://support.google.com/mail/answer/7104828
# the cells are the owner's table; today's servers answer on 993, 995, 465 and 587 only
[profile]
title = Google Mail
address = alice@gmail.com
hosts = imap.gmail.com smtp.gmail.com pop.gmail.com gmail-smtp-in.l.google.com

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
users = alice@gmail.com alice
password = abcd efgh ijkl mnop
password-spaces-ignored = true
normal-password = my Google password
token = ya29.a0AfH6SMBx-good
wrong-imap = NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)
normal-imap = NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)
wrong-pop3 = -ERR [AUTH] Username and password not accepted.
normal-pop3 = -ERR [AUTH] Application-specific password required: https://support.google.com/accounts/answer/185833
wrong-smtp = 535-5.7.8 Username and Password not accepted. For more information, go to\n535 5.7.8  https://support.google.com/mail/?p=BadCredentials d9443c01a7336-1a2b - gsmtp
normal-smtp = 534-5.7.9 Application-specific password required. For more information, go to\n534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor d9443c01a7336-1a2b - gsmtp

[imap]
greeting = * OK Gimap ready for requests from 127.0.0.1 x2mb241876667wmk
capability = IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY SASL-IR AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN AUTH=OAUTHBEARER
capability-in = IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS ENABLE MOVE CONDSTORE ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584
capability-told = true
capability-completed = Thats all she wrote! x2mb241876667wmk
completed = Success
signed-in = alice@gmail.com authenticated (Success)
bye = LOGOUT Requested
id = ("name" "GImap" "vendor" "Google, Inc." "support-url" "https://support.google.com/mail" "version" "gmail_imap_220520.08_p0" "remote-host" "127.0.0.1")
flags = \\Answered \\Flagged \\Draft \\Deleted \\Seen $NotPhishing $Phishing
keywords = true
labels = true
unknown-folder = NO [NONEXISTENT] Unknown Mailbox: (Failure)
unknown-target = NO [TRYCREATE] No folder (Failure)
unknown-command = BAD Unknown command x2mb241876667wmk

[folders]
inbox = | INBOX
folder-1 = \\Noselect | [Gmail]
all = \\All | [Gmail]/All Mail
drafts = \\Drafts | [Gmail]/Drafts
important = \\Important | [Gmail]/Important
sent = \\Sent | [Gmail]/Sent Mail
junk = \\Junk | [Gmail]/Spam
flagged = \\Flagged | [Gmail]/Starred
trash = \\Trash | [Gmail]/Trash
folder-2 = | Rechnungen & Belege
folder-3 = | Łódź

[mail]
mail-1 = INBOX | From: Google <welcome@google.com>\nTo: alice@gmail.com\nSubject: Welcome\nDate: Fri, 20 Nov 2026 09:00:00 +0000\nMessage-ID: <welcome@google.com>\n\nHello Alice.\n
mail-2 = INBOX | From: Bob <bob@example.test>\nTo: alice@gmail.com\nSubject: Lunch\nDate: Fri, 20 Nov 2026 10:00:00 +0000\nMessage-ID: <lunch@example.test>\n\nAt twelve?\n
mail-3 = Łódź | From: Ewa <ewa@example.test>\nTo: alice@gmail.com\nSubject: Trip\nDate: Fri, 20 Nov 2026 11:00:00 +0000\nMessage-ID: <trip@example.test>\n\nSee you there.\n

[limits]
imap-connections = 15
imap-connections-words = NO [ALERT] Too many simultaneous connections. (Failure)
throttle-imap = NO [OVERQUOTA] Account exceeded command or bandwidth limits. x2mb241876667wmk
throttle-imap-bye = Session expired, please login again.
append-size = 35651584
smtp-size = 35882577

[smtp]
name = smtp.gmail.com at your service,
greeting = 220 smtp.gmail.com ESMTP d9443c01a7336-1a2b - gsmtp
ehlo = SIZE 35882577,8BITMIME,ENHANCEDSTATUSCODES,PIPELINING,CHUNKING,SMTPUTF8
auth = LOGIN PLAIN XOAUTH2 PLAIN-CLIENTTOKEN OAUTHBEARER XOAUTH
signed-in = 235 2.7.0 Accepted
sign-in-first = 530-5.7.0 Authentication Required. For more information, go to\n530 5.7.0  https://support.google.com/mail/?p=WantAuthError d9443c01a7336-1a2b - gsmtp
sender-ok = 250 2.1.0 OK d9443c01a7336-1a2b - gsmtp
recipient-ok = 250 2.1.5 OK d9443c01a7336-1a2b - gsmtp
no-relay = 550-5.1.1 The email account that you tried to reach does not exist.\n550 5.1.1  https://support.google.com/mail/?p=NoSuchUser d9443c01a7336-1a2b - gsmtp
too-big = 552-5.3.4 Your message exceeded Google's message size limits.\n552 5.3.4  https://support.google.com/mail/?p=MaxSizeError d9443c01a7336-1a2b - gsmtp
accepted = 250 2.0.0 OK  1700560800 d9443c01a7336-1a2b - gsmtp
bye = 221 2.0.0 closing connection d9443c01a7336-1a2b - gsmtp
own-sent-copy = true

[pop3]
greeting = +OK Gpop ready for requests from 127.0.0.1 n67mb28062338lja
capa = USER,RESP-CODES,EXPIRE 0,LOGIN-DELAY 300,TOP,UIDL,X-GOOGLE-RICO
capa-follows = +OK Capability list follows
sasl = PLAIN XOAUTH2 OAUTHBEARER
user = +OK send PASS
signed-in = +OK Welcome.
bye = +OK Farewell.
each-once = true
