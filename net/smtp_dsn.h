/* SPDX-License-Identifier: MIT */
/* What is asked for in MAIL and RCPT about reports of delivery (RFC 3461). */
#pragma once
#include "net/smtp_client.h"

bool smtp_dsn_is_wanted(const struct smtp_envelope *envelope);
/* " RET=HDRS ENVID=…" or "". Caller frees. */
char *smtp_dsn_mail_parameters(const struct smtp_envelope *envelope);
/* " NOTIFY=… ORCPT=rfc822;…" or ""; recipient as the person wrote it. Caller frees. */
char *smtp_dsn_recipient_parameters(const struct smtp_envelope *envelope, const char *recipient);
/* "success,failure,delay" or "never" (sendmail's -N) to bits; false: another word. "" is 0. */
bool smtp_dsn_parse_notify(const char *words, unsigned *notify_out);
