/* SPDX-License-Identifier: MIT */
/* The matrix of README.md: what each test program found for its servers' connections is compared with the block there, or written into it. */
#pragma once
#include <stdbool.h>

/* Rows in the order of the table. PLAIN: cleartext; SSL: TLS from the first byte; TLS: STARTTLS or STLS. */
enum matrix_row {
    MATRIX_POP3_PLAIN,
    MATRIX_POP3_SSL,
    MATRIX_POP3_TLS,
    MATRIX_IMAP_PLAIN,
    MATRIX_IMAP_SSL,
    MATRIX_IMAP_TLS,
    MATRIX_SMTP_PLAIN,
    MATRIX_SMTP_SSL,       /* 465 */
    MATRIX_SUBMISSION_TLS, /* 587 */
    MATRIX_SUBMISSION_SSL, /* 587 */
    MATRIX_SMTP_TLS,       /* 25 */
    MATRIX_ROWS
};

enum matrix_state {
    MATRIX_UNKNOWN,     /* nobody has said anything yet */
    MATRIX_VERIFIED,    /* mail went through the real program and a real server */
    MATRIX_PROFILE,     /* the same with a server that is scripted or configured like the provider */
    MATRIX_NOT_OFFERED, /* that server does not have it, and the program says so in words */
    MATRIX_SKIPPED      /* not tried on this machine: README's cell is left alone */
};

/* column: as in the table's head. Each column belongs to one test program. */
void matrix_record(const char *column, enum matrix_row row, enum matrix_state state);
/* At the end of a test program: writes MATRIX_DIRECTORY/NAME.tsv (column, row, state), and compares with README.md; NULL: equal, else a
 * complaint, caller frees. A column of which one cell was recorded must have all of them. With POSTERN_MATRIX=write in the environment the
 * cells are written into README.md instead. */
char *matrix_settle(const char *name, const char *tests_directory, const char *program);
#define MATRIX_SETTLE(name) matrix_settle(name, TESTS_DIR, POSTERN_PROGRAM)
