/* SPDX-License-Identifier: MIT */
/* What a server's answer means for a person (RFC 3463, 5248): the server's own words are kept beside it. */
#pragma once

/* text: the reply without its code ("5.1.1 no such user"). Translated, borrowed; NULL: its own words must do. */
const char *smtp_status_words(int code, const char *text);
