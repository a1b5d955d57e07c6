/* SPDX-License-Identifier: MIT */
/* Messages get the line ends of the wire, and only where they need it. */
#include "core/message_crlf.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static int file_of(const char *text, size_t size)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, size), size);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void expect(const char *text, size_t size, const char *wanted, size_t wanted_size)
{
    static char bytes[400000];
    int fd = message_with_crlf(file_of(text, size));
    assert_true(fd >= 0);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
    size_t length = 0;
    ssize_t count;
    while ((count = read(fd, bytes + length, sizeof bytes - length)) > 0)
        length += (size_t)count;
    close(fd);
    assert_int_equal(length, wanted_size);
    assert_memory_equal(bytes, wanted, wanted_size);
}

static void every_line_ends_with_cr_and_lf(void **state)
{
    static const char *const cases[][2] = {
        { "a\nb\n", "a\r\nb\r\n" }, { "a\r\nb\r\n", "a\r\nb\r\n" }, { "a\r\nb\n\nc", "a\r\nb\r\n\r\nc" }, { "\n", "\r\n" }, { "", "" },
        { "a\rb\n", "a\rb\r\n" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(cases[i][0], strlen(cases[i][0]), cases[i][1], strlen(cases[i][1]));
}

/* A CR at the end of one portion and its LF at the beginning of the next belong together. */
static void lines_may_end_anywhere(void **state)
{
    static char text[140000], wanted[280000];
    (void)state;
    for (size_t start = 65534; start < 65539; start++) {
        memset(text, 'x', sizeof text);
        text[start] = '\r';
        text[start + 1] = '\n';
        text[100000] = '\n';
        memcpy(wanted, text, 100000);
        wanted[100000] = '\r';
        memcpy(wanted + 100001, text + 100000, sizeof text - 100000);
        expect(text, sizeof text, wanted, sizeof text + 1);
    }
}

static void the_date_of_the_file_stays(void **state)
{
    (void)state;
    int fd = file_of("a\n", 2);
    const struct timespec times[] = { { .tv_sec = 1000000 }, { .tv_sec = 1234567 } };
    struct stat status;
    assert_int_equal(futimens(fd, times), 0);
    fd = message_with_crlf(fd);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_mtime, 1234567);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_ends_with_cr_and_lf),
        cmocka_unit_test(lines_may_end_anywhere),
        cmocka_unit_test(the_date_of_the_file_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
