# Microsoft Exchange Server 2010 as the public record shows it.
#
# greeting and capabilities: https://github.com/smiley22/S22.Imap/issues/12, https://github.com/jstedfast/MailKit/issues/333 (2010 SP3, no UIDPLUS, no MOVE, no SPECIAL-USE)
# "signing off", "Command received in Invalid state.": https://github.com/mxk/go-imap/issues/11
# "Command Error. 10" for what is too long or not understood: https://github.com/mscdex/node-imap/issues/44, https://github.com/nextcloud/mail/issues/6038
# names with a backslash come as literals: [MS-STANXIMAP], https://github.com/smiley22/S22.Imap/issues/12
# a disposition that is a plain string: https://github.com/jstedfast/MailKit/issues/919; a multipart as a leaf of -1 octets: https://github.com/javaee/javamail/issues/282
# "Server Unavailable. 15", "Connection closed. 14": https://github.com/owncloud-archive/mail/issues/721
# silence or BYE at a usual command: https://github.com/lefcha/imapfilter/issues/22
# sign-in as DOMAIN\user with NTLM, GSSAPI, PLAIN: https://github.com/jakartaee/mail-api/issues/485, https://github.com/jstedfast/MailKit/issues/269
# POP3: https://github.com/jstedfast/MailKit/issues/119 (CAPA), https://github.com/jstedfast/MailKit/issues/391 (NTLM)
# SMTP: https://github.com/testssl/testssl.sh/issues/763, https://github.com/namshi/docker-smtp/issues/37 (EHLO, AUTH GSSAPI NTLM LOGIN), "530 5.7.1 Client was not authenticated"
# German folder names: https://github.com/jstedfast/MailKit/issues/1478 (names follow the person's language; no SPECIAL-USE tells them)
[profile]
title = Exchange 2010
address = alice@corp.example
hosts = mail.corp.example

[cells]
pop3-plain = 110 clear starttls
pop3-ssl = 995 tls
pop3-tls = 110 starttls
imap4-plain = 143 clear starttls
imap4-ssl = 993 tls
imap4-tls = 143 starttls
smtp-plain = 25 relay starttls
smtp-tls = 25 relay starttls
smtp-submission-tls = 587 starttls

[sign-in]
users = CORP\\alice alice@corp.example CORP\\alice\\alice
domain = CORP
domain-user = alice
password = pa ss"w\\ord%ü
wrong-imap = NO AUTHENTICATE failed.
wrong-pop3 = -ERR Logon failure: unknown user name or bad password.
wrong-smtp = 535 5.7.3 Authentication unsuccessful

[imap]
greeting = * OK The Microsoft Exchange IMAP4 service is ready.
capability = IMAP4 IMAP4rev1 AUTH=NTLM AUTH=GSSAPI AUTH=PLAIN CHILDREN IDLE NAMESPACE LITERAL+
capability-in = IMAP4 IMAP4rev1 AUTH=NTLM AUTH=GSSAPI AUTH=PLAIN CHILDREN IDLE NAMESPACE LITERAL+
completed = * completed.
bye = Microsoft Exchange Server 2010 IMAP4 server signing off.
flags = \\Seen \\Answered \\Flagged \\Deleted \\Draft $MDNSent
inbox-unquoted = true
unknown-folder = NO The requested item could not be found.
unknown-target = NO [TRYCREATE] The destination mailbox could not be found.
unknown-command = BAD Command Error. 12

[refused]
uid-expunge = BAD Command Error. 12
uid-move = BAD Command Error. 12
id = BAD Command Error. 12
enable = BAD Command Error. 12
unselect = BAD Command Error. 12

[folders]
inbox = \\Marked | INBOX
folder-1 = | Kalender
folder-2 = | Kontakte
drafts = | Entwürfe
trash = | Gelöschte Elemente
sent = | Gesendete Elemente
junk = | Junk-E-Mail
folder-3 = | Postausgang
folder-4 = | Projekte/Alpha\\Beta

[mail]
mail-1 = INBOX | From: Bob <bob@corp.example>\nTo: alice@corp.example\nSubject: Lunch\nDate: Fri, 20 Nov 2026 10:00:00 +0000\nMessage-ID: <lunch@corp.example>\n\nAt twelve?\n
mail-2 = INBOX | From: Carol <carol@corp.example>\nTo: alice@corp.example\nSubject: Numbers\nDate: Fri, 20 Nov 2026 11:00:00 +0000\nMessage-ID: <numbers@corp.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b1"\n\n--b1\nContent-Type: text/plain; charset=utf-8\n\nHere they are.\n--b1\nContent-Type: application/octet-stream; name="numbers.bin"\nContent-Disposition: attachment; filename="numbers.bin"\nContent-Transfer-Encoding: base64\n\nAAECAwQF\n--b1\nContent-Type: message/rfc822\n\nFrom: Dave <dave@corp.example>\nTo: carol@corp.example\nSubject: Inside\nMessage-ID: <inside@corp.example>\n\nThe inner text.\n--b1--\n

[limits]
imap-line = 10000
imap-connections = 16
imap-connections-words = NO Server Unavailable. 15
throttle-imap = NO Server Unavailable. 15
throttle-imap-bye = Connection closed. 14
smtp-size = 10485760

[faults]
no-appenduid = true
no-copyuid = true
bodystructure = disposition-as-string
size-plus = 117
pop3-size-plus = 117
unconvertible = Unconvertible

[smtp]
name = mail.corp.example
greeting = 220 mail.corp.example Microsoft ESMTP MAIL Service ready at Sat, 21 Nov 2026 10:02:13 +0000
ehlo = SIZE 10485760,PIPELINING,DSN,ENHANCEDSTATUSCODES,X-ANONYMOUSTLS,X-EXPS GSSAPI NTLM,8BITMIME,BINARYMIME,CHUNKING,XRDST
auth = GSSAPI NTLM LOGIN
sign-in-first = 530 5.7.1 Client was not authenticated
no-relay = 550 5.7.1 Unable to relay
too-big = 552 5.3.4 Message size exceeds fixed maximum message size
accepted = 250 2.6.0 <x@corp.example> Queued mail for delivery

[pop3]
greeting = +OK The Microsoft Exchange POP3 service is ready.
capa = TOP,UIDL,USER
sasl = NTLM GSSAPI PLAIN
signed-in = +OK User successfully logged on.
bye = +OK Microsoft Exchange Server 2010 POP3 server signing off.
