/* SPDX-License-Identifier: MIT */
/* A terminal for tests: the program on a real pty, its screen in libvterm. */
#include "tests/tui/terminal_private.h"
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ENV_MAX = 64,
    RAW_MAX = 8 * 1024 * 1024,
    WORK_LOOK_MS = 20,
    READ_BYTES = 16384,
    PASSING_BYTES = 512,
    PICTURE_MS = 5,
    TAIL_BYTES = 3
};

struct terminal {
    VTerm *vterm;
    VTermScreen *screen;
    int fd, rows, columns, status;
    pid_t pid;
    bool has_ended;
    size_t bytes;
    GByteArray *raw;
    GString *tail; /* of a character that is not whole yet */
    int late_ms;
};

static void run_child(const char *const *argv, const char *const *env)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves nothing behind */
    const char *path = getenv("PATH");
    char *list[ENV_MAX] = { "TERM=xterm-256color", "LANG=C.UTF-8", "TZ=UTC" };
    size_t count = 3;
    const char *kept[] = { "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "G_SLICE" };
    list[count++] = g_strdup_printf("PATH=%s", path != NULL ? path : "/usr/bin:/bin");
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++)
        if (getenv(kept[i]) != NULL)
            list[count++] = g_strdup_printf("%s=%s", kept[i], getenv(kept[i]));
    for (size_t i = 0; env != NULL && env[i] != NULL && count < ENV_MAX - 1; i++)
        list[count++] = g_strdup(env[i]);
    /* A later value of the same name wins. */
    clearenv();
    for (size_t i = 0; i < count; i++)
        putenv(list[i]);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

terminal *terminal_start(const char *const *argv, int rows, int columns, const char *const *env)
{
    struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
    terminal *self = g_new0(terminal, 1);
    self->rows = rows;
    self->columns = columns;
    self->raw = g_byte_array_new();
    self->tail = g_string_new(NULL);
    self->pid = forkpty(&self->fd, NULL, NULL, &size);
    if (self->pid < 0) {
        int saved = errno;
        g_byte_array_unref(self->raw);
        g_free(self);
        errno = saved;
        return NULL;
    }
    if (self->pid == 0)
        run_child(argv, env);
    self->vterm = vterm_new(rows, columns);
    vterm_set_utf8(self->vterm, 1);
    self->screen = vterm_obtain_screen(self->vterm);
    vterm_screen_enable_altscreen(self->screen, 1);
    vterm_screen_reset(self->screen, 1);
    return self;
}

#define PATIENCE_MOST 8.0

/* A limit is for a program that has its turn. Where ten others wait for each processor, it takes as much longer until it is said that nothing comes. */
static bool is_too_late(int64_t start, int timeout_ms)
{
    double load = 0;
    int64_t waited_us = g_get_monotonic_time() - start, limit_us = timeout_ms * 1000LL;
    if (waited_us < limit_us || timeout_ms == 0)
        return waited_us >= limit_us;
    double queue = getloadavg(&load, 1) == 1 ? load / g_get_num_processors() : 1.0;
    return (double)waited_us >= (double)limit_us * CLAMP(queue, 1.0, PATIENCE_MOST);
}

int terminal_wait_exit(terminal *self, int timeout_ms)
{
    int64_t start = g_get_monotonic_time();
    while (!self->has_ended) {
        if (waitpid(self->pid, &self->status, WNOHANG) == self->pid) {
            self->has_ended = true;
            break;
        }
        if (is_too_late(start, timeout_ms))
            return -1;
        terminal_read(self, 10);
    }
    terminal_read(self, 0);
    return self->status;
}

void terminal_free(terminal *self)
{
    if (self == NULL)
        return;
    if (!self->has_ended && waitpid(self->pid, &self->status, WNOHANG) != self->pid) {
        kill(self->pid, SIGKILL);
        waitpid(self->pid, &self->status, 0);
    }
    if (self->fd >= 0)
        close(self->fd);
    vterm_free(self->vterm);
    g_byte_array_unref(self->raw);
    g_string_free(self->tail, TRUE);
    g_free(self);
}

void terminal_hang_up(terminal *self)
{
    close(self->fd);
    self->fd = -1;
}

/* How many bytes at the end begin a character that is not whole. */
static size_t unfinished(const char *bytes, size_t length)
{
    for (size_t back = 1; back <= MIN(length, TAIL_BYTES); back++) {
        unsigned char c = (unsigned char)bytes[length - back];
        if ((c & 0xC0) != 0x80)
            return (c >= 0xF0 && back < 4) || (c >= 0xE0 && back < 3) || (c >= 0xC0 && back < 2) ? back : 0;
    }
    return 0;
}

/* libvterm puts a character whose bytes come in two pieces a cell too far: what is not whole waits for its rest. */
static void show(terminal *self, const char *bytes, size_t length)
{
    g_string_append_len(self->tail, bytes, (gssize)length);
    size_t whole = self->tail->len - unfinished(self->tail->str, self->tail->len);
    vterm_input_write(self->vterm, self->tail->str, whole);
    g_string_erase(self->tail, 0, (gssize)whole);
}

/* One read; false: nothing within ms, or the end. */
static bool read_piece(terminal *self, int ms, size_t size)
{
    struct pollfd fd = { .fd = self->fd, .events = POLLIN };
    char bytes[READ_BYTES];
    if (poll(&fd, 1, ms) <= 0 || !(fd.revents & (POLLIN | POLLHUP)))
        return false;
    ssize_t count = read(self->fd, bytes, MIN(size, sizeof bytes));
    if (count <= 0)
        return false; /* EIO: the program has closed its side */
    self->bytes += (size_t)count;
    if (self->raw->len < RAW_MAX)
        g_byte_array_append(self->raw, (const guint8 *)bytes, (guint)count);
    show(self, bytes, (size_t)count);
    /* What the terminal answers (device attributes, cursor reports) goes to the program. */
    size_t length = vterm_output_read(self->vterm, bytes, sizeof bytes);
    if (length > 0)
        g_usleep((gulong)self->late_ms * 1000);
    return length == 0 || write(self->fd, bytes, length) >= 0;
}

void terminal_answer_late(terminal *self, int ms)
{
    self->late_ms = ms;
}

static bool read_some(terminal *self, int ms)
{
    return read_piece(self, ms, READ_BYTES);
}

static int left_ms(int64_t until)
{
    int64_t left =
        (until - g_get_monotonic_time() + 999) / 1000; /* once: CLAMP reads its argument again, and the clock has gone on by then */
    return (int)CLAMP(left, 0, G_MAXINT / 2);
}

void terminal_read(terminal *self, int ms)
{
    int64_t until = g_get_monotonic_time() + ms * 1000LL;
    while (read_some(self, left_ms(until)) && left_ms(until) > 0)
        ;
    while (read_some(self, 0))
        ;
}

void terminal_keys(terminal *self, const char *keys)
{
    size_t length = strlen(keys);
    while (length > 0) {
        ssize_t written = write(self->fd, keys, length);
        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            keys += written;
            length -= (size_t)written;
        }
    }
}

/* In small pieces: words that pass are seen also by a test that stood still while they were on the screen. */
static bool wait_text(terminal *self, const char *text, int timeout_ms, bool is_wanted)
{
    int64_t start = g_get_monotonic_time();
    bool has_read = false;
    while (terminal_contains(self, text) != is_wanted) {
        if (is_too_late(start, timeout_ms))
            return false;
        has_read = true;
        if (!read_piece(self, CLAMP(timeout_ms, 1, 100), is_wanted ? PASSING_BYTES : READ_BYTES) && !self->has_ended &&
            waitpid(self->pid, &self->status, WNOHANG) == self->pid)
            self->has_ended = true;
        if (self->has_ended && !read_some(self, 0))
            return terminal_contains(self, text) == is_wanted;
    }
    if (has_read && is_wanted)
        terminal_read(self, PICTURE_MS); /* the rest of that picture */
    return true;
}

bool terminal_wait_for(terminal *self, const char *text, int timeout_ms)
{
    return wait_text(self, text, timeout_ms, true);
}

bool terminal_wait_gone(terminal *self, const char *text, int timeout_ms)
{
    return wait_text(self, text, timeout_ms, false);
}

/* R: it waits for a processor, or has one; D: for the disk; T: somebody has stopped it. */
static bool is_thread_at_work(const char *tasks, const char *thread)
{
    g_autofree char *path = g_build_filename(tasks, thread, "stat", NULL), *line = NULL;
    const char *name_end = g_file_get_contents(path, &line, NULL, NULL) ? strrchr(line, ')') : NULL;
    return name_end != NULL && name_end[1] == ' ' && name_end[2] != '\0' && strchr("RDT", name_end[2]) != NULL;
}

static bool is_at_work(const terminal *self)
{
    g_autofree char *tasks = g_strdup_printf("/proc/%d/task", (int)self->pid);
    g_autoptr(GDir) threads = g_dir_open(tasks, 0, NULL);
    const char *thread;
    while (threads != NULL && (thread = g_dir_read_name(threads)) != NULL)
        if (is_thread_at_work(tasks, thread))
            return true;
    return false;
}

void terminal_wait_idle(terminal *self, int quiet_ms, int timeout_ms)
{
    int64_t until = g_get_monotonic_time() + timeout_ms * 1000LL, until_rest = until + timeout_ms * 3000LL;
    while (left_ms(until) > 0 && read_some(self, MIN(quiet_ms, left_ms(until))))
        ;
    while (left_ms(until_rest) > 0 && is_at_work(self)) /* silent, for it is not its turn */
        terminal_read(self, MIN(quiet_ms, WORK_LOOK_MS));
    terminal_read(self, 0);
}

double terminal_latency(terminal *self, const char *keys, int quiet_ms, int timeout_ms)
{
    while (read_some(self, 0))
        ;
    int64_t start = g_get_monotonic_time(), last = 0, until = start + timeout_ms * 1000LL;
    terminal_keys(self, keys);
    while (left_ms(until) > 0) {
        if (read_some(self, last == 0 ? left_ms(until) : quiet_ms))
            last = g_get_monotonic_time();
        else
            break;
    }
    return last != 0 ? (double)(last - start) / 1000.0 : -1;
}

char *terminal_row(terminal *self, int row)
{
    return terminal_row_left(self, row, self->columns);
}

char *terminal_row_left(terminal *self, int row, int columns)
{
    GString *text = g_string_new(NULL);
    for (int column = 0; column < MIN(columns, self->columns); column++) {
        VTermScreenCell cell;
        if (!vterm_screen_get_cell(self->screen, (VTermPos){ .row = row, .col = column }, &cell))
            continue;
        for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0 && cell.chars[i] != (uint32_t)-1; i++)
            g_string_append_unichar(text, cell.chars[i]);
        if (cell.chars[0] == 0)
            g_string_append_c(text, ' ');
        if (cell.width == 2)
            column++;
    }
    return g_strchomp(g_string_free(text, FALSE));
}

char *terminal_screen_text(terminal *self)
{
    GString *text = g_string_new(NULL);
    for (int row = 0; row < self->rows; row++) {
        g_autofree char *line = terminal_row(self, row);
        g_string_append_printf(text, "%s\n", line);
    }
    return g_string_free(text, FALSE);
}

int terminal_find_row(terminal *self, const char *text)
{
    for (int row = 0; row < self->rows; row++) {
        g_autofree char *line = terminal_row(self, row);
        if (strstr(line, text) != NULL)
            return row;
    }
    return -1;
}

bool terminal_contains(terminal *self, const char *text)
{
    return terminal_find_row(self, text) >= 0;
}

void terminal_cursor(terminal *self, int *row_out, int *column_out)
{
    VTermPos at = { 0 };
    vterm_state_get_cursorpos(vterm_obtain_state(self->vterm), &at);
    *row_out = at.row;
    *column_out = at.col;
}

void terminal_resize(terminal *self, int rows, int columns)
{
    struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
    self->rows = rows;
    self->columns = columns;
    vterm_set_size(self->vterm, rows, columns);
    ioctl(self->fd, TIOCSWINSZ, &size); /* the kernel sends SIGWINCH */
}

pid_t terminal_pid(const terminal *self)
{
    return self->pid;
}

size_t terminal_bytes(const terminal *self)
{
    return self->bytes;
}

const GByteArray *terminal_raw(const terminal *self)
{
    return self->raw;
}

VTermScreen *terminal_screen(terminal *self)
{
    return self->screen;
}

void terminal_size(const terminal *self, int *rows_out, int *columns_out)
{
    *rows_out = self->rows;
    *columns_out = self->columns;
}
