# iCloud Mail as the public record shows it.
#
# greeting, capabilities after sign-in, LIST without SPECIAL-USE ("Sent Messages", "Deleted Messages", "Junk"): https://github.com/nextcloud/mail/issues/3401,
#   https://github.com/lefcha/imapfilter/issues/125
# "[AUTHENTICATIONFAILED] Authentication failed", app-specific password: https://github.com/lefcha/imapfilter/issues/125, https://github.com/kellylford/QuickMail/issues/32
# the user is the part before the @ for IMAP and the whole address for SMTP: https://github.com/thunderbird/autoconfig/pull/61
# FETCH RFC822 comes back empty, BODY[] does not: https://github.com/tecnologicachile/mail-mcp/issues/22
# 993 with TLS and 587 with STARTTLS, nothing else: https://support.apple.com/en-us/102525
# (COMPRESS and the like aside, extensions that are listed but not used by postern are listed here too: CATENATE, URLAUTH, QRESYNC …)
[profile]
title = iCloud
address = alice@icloud.com
hosts = imap.mail.me.com smtp.mail.me.com

[cells]
imap4-ssl = 993 tls
smtp-submission-tls = 587 starttls

[sign-in]
users = alice
users-smtp = alice@icloud.com
password = abcd-efgh-ijkl-mnop
normal-password = my Apple password
wrong-imap = NO [AUTHENTICATIONFAILED] Authentication failed
wrong-smtp = 535 5.7.8 Error: authentication failed: authentication failure

[imap]
greeting = * OK [CAPABILITY XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 SASL-IR AUTH=ATOKEN AUTH=PLAIN] (2109B29-d3afe4d5aba6) pv33p00im-iscream021.me.com
capability = XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 SASL-IR AUTH=ATOKEN AUTH=PLAIN
capability-in = XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 CONDSTORE ENABLE QRESYNC QUOTA NAMESPACE UIDPLUS CHILDREN BINARY UNSELECT SORT CATENATE URLAUTH LANGUAGE ESEARCH ESORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES CONTEXT=SEARCH CONTEXT=SORT WITHIN SASL-IR SEARCHRES METADATA ID XMSEARCH X-SUN-SORT ANNOTATE-EXPERIMENT-1 X-UNAUTHENTICATE X-SUN-IMAP XUM1 MULTISEARCH IDLE LIST-STATUS
completed = * completed (took 0 ms)
signed-in = user alice authenticated
bye = LOGOUT received
flags = \\Answered \\Flagged \\Draft \\Deleted \\Seen $Forwarded $MDNSent
keywords = true
no-children = true
unknown-folder = NO Mailbox does not exist
unknown-target = NO [TRYCREATE] Mailbox does not exist

[folders]
inbox = \\Noinferiors | INBOX
archive = | Archive
trash = | Deleted Messages
drafts = | Drafts
junk = | Junk
sent = | Sent Messages
folder-1 = | Gmail Imported

[mail]
mail-1 = INBOX | From: Bob <bob@example.test>\nTo: alice@icloud.com\nSubject: Lunch\nDate: Fri, 20 Nov 2026 10:00:00 +0000\nMessage-ID: <lunch@example.test>\n\nAt twelve?\n
mail-2 = INBOX | From: Carol <carol@example.test>\nTo: alice@icloud.com\nSubject: Numbers\nDate: Fri, 20 Nov 2026 11:00:00 +0000\nMessage-ID: <numbers@example.test>\n\nHere they are.\n

[limits]
smtp-size = 28319744

[faults]
rfc822-empty = true

[smtp]
name = p00-icloudmta-asmtp-vip-6.p00-mailgateway.me.com
greeting = 220 iCloud SMTP - relay.apple.com
ehlo = PIPELINING,SIZE 28319744,ETRN,ENHANCEDSTATUSCODES,8BITMIME,DSN,CHUNKING
auth = LOGIN PLAIN ATOKEN
signed-in = 235 2.7.0 Authentication successful
sign-in-first = 530 5.7.0 Authentication required
accepted = 250 2.0.0 Ok: queued as 1A2B3C4D5E
