/* SPDX-License-Identifier: MIT */
/* The terminal as a whole: into curses and out of it, also when the program dies. */
#include "ui/screen.h"
#include "ui/thrift.h"
#include "ui/background.h"
#include "ui/bidi.h"
#include "ui/canvas.h"
#include "ui/input_private.h"
#include "ui/picture_screen.h"
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

static const char leave_words[] = "\033[?2004l\033[?1004l\033[?1002l\033[?1000l\033[?1006l\033[0m\033[?25h\033[?1049l\r\n";
static const char order_ours[] = "\033[8l", order_back[] = "\033[8h"; /* BDSM: explicit, implicit */
static const int crash_signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

static struct {
    SCREEN *terminal;
    bool is_up, has_mouse, has_modes /* bracketed paste */, has_order /* of right-to-left text: we make it */;
    struct termios before;
    bool has_before;
    int pipe[2];
    struct sigaction old_crash[G_N_ELEMENTS(crash_signals)];
} screen = { .pipe = { -1, -1 } };

static void note_signal(int number)
{
    int saved = errno;
    char letter = (char)number;
    ssize_t written = write(screen.pipe[1], &letter, 1); /* full: there is news already */
    (void)written;
    errno = saved;
}

/* Only what is allowed in a signal handler; then as if we had not been there (a core, a sanitizer's report). */
static void die_cleanly(int number)
{
    if (screen.is_up) {
        ssize_t written = write(STDOUT_FILENO, leave_words, sizeof leave_words - 1);
        if (screen.has_order)
            written = write(STDOUT_FILENO, order_back, sizeof order_back - 1);
        (void)written;
        if (screen.has_before)
            tcsetattr(STDIN_FILENO, TCSANOW, &screen.before);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(crash_signals); i++)
        sigaction(crash_signals[i], &screen.old_crash[i], NULL);
    raise(number);
}

static void catch_signals(void)
{
    struct sigaction note = { .sa_handler = note_signal, .sa_flags = SA_RESTART };
    struct sigaction ignore = { .sa_handler = SIG_IGN }, die = { .sa_handler = die_cleanly };
    const int noted[] = { SIGWINCH, SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGCONT };
    sigfillset(&note.sa_mask);
    for (size_t i = 0; i < G_N_ELEMENTS(noted); i++)
        sigaction(noted[i], &note, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(crash_signals); i++)
        sigaction(crash_signals[i], &die, &screen.old_crash[i]);
}

static bool check_terminal(GError **error)
{
    int state = 0;
    const char *name = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                            _("postern draws on a terminal, and this is not one (input or output is redirected). "
                              "postern --help shows the commands that work without."));
        return false;
    }
    if (name == NULL || *name == '\0' || setupterm(NULL, STDOUT_FILENO, &state) == ERR) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    _("The terminal type TERM=%s is not known on this machine. Set it to what your terminal is, for example: "
                      "TERM=xterm-256color postern"),
                    name != NULL ? name : "");
        return false;
    }
    const char *move_words = tigetstr("cup");
    bool can_move = move_words != NULL && move_words != (const char *)-1;
    del_curterm(cur_term); /* newterm() reads it for itself */
    if (!can_move) {
        g_set_error(
            error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
            _("A terminal of type TERM=%s cannot move its cursor, so postern has nothing to draw on. postern --help shows the commands "
              "that work without a screen."),
            name);
        return false;
    }
    return true;
}

static void set_modes(bool is_on)
{
    if (screen.has_order && !is_on)
        putp(order_back);
    screen.has_order = is_on && bidi_tells_terminal();
    if (screen.has_order)
        putp(order_ours);
    if (!screen.has_modes)
        fflush(stdout);
    if (!screen.has_modes)
        return;
    /* Pastes are marked, and so is the focus; with the button held, movements too: ncurses asks for clicks only. */
    if (screen.has_mouse)
        putp(is_on ? "\033[?2004;1004;1002h" : "\033[?2004;1004;1002l");
    else
        putp(is_on ? "\033[?2004;1004h" : "\033[?2004;1004l");
    fflush(stdout);
}

/* Before its first endwin() ncurses takes us for a program that only moves the cursor with terminfo, and writes every movement at once: a picture came
 * in a hundred writes, and the terminal woke up for each. So there is an endwin() and a return from it first, which the terminal does not see. */
static void begin_whole_pictures(void)
{
    curs_set(0); /* writes out what newterm() has to say */
    int terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (terminal >= 0 && nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0) {
        endwin();
        refresh();
        dup2(terminal, STDOUT_FILENO);
        clearok(curscr, TRUE); /* the empty picture of refresh() went nowhere too */
    }
    if (nowhere >= 0)
        close(nowhere);
    if (terminal >= 0)
        close(terminal);
}

/* A capability's own bytes, as ncurses has them; NULL: the terminal has it not. */
static char *capability(const char *name)
{
    char *bytes = tigetstr(name);
    return bytes != NULL && bytes != (char *)-1 ? bytes : NULL;
}

static void cut(char *from, const char *to)
{
    memmove(from, to, strlen(to) + 1);
}

static void cut_out(char *bytes, const char *part)
{
    char *at = bytes != NULL ? strstr(bytes, part) : NULL;
    if (at != NULL)
        cut(at, at + strlen(part));
}

/* "ESC [ 0 ; 1 m" is "ESC [ ; 1 m" to every terminal: what is left out is nought. The Linux console is told to leave its line drawing (10) each time. */
static void shorten_attributes(char *all)
{
    static const char *const begins[] = { "\033[0%?", "\033[0;10%?" };
    for (size_t i = 0; i < G_N_ELEMENTS(begins); i++) {
        char *at = all != NULL ? strstr(all, begins[i]) : NULL;
        if (at != NULL)
            cut(at + 2, at + strlen(begins[i]) - 2);
    }
}

/* Each change of attributes also leaves the alternate character set, which nobody enters here: lines are Unicode or ASCII. Over a slow line that was
 * every tenth byte. ncurses' copy of the description is shortened where it stands. */
static void forget_line_drawing(void)
{
    static const char *const shifts[] = { "\033(B", "\017" };
    static const char begin[] = "%?%p9%t";
    char *all = capability("sgr"), *off = capability("sgr0");
    char *at = all != NULL ? strstr(all, begin) : NULL, *end = at != NULL ? strstr(at, "%;") : NULL;
    if (end != NULL && memchr(at + 2, '?', (size_t)(end - at - 2)) == NULL)
        cut(at, end + 2);
    for (size_t i = 0; i < G_N_ELEMENTS(shifts); i++)
        cut_out(off, shifts[i]);
    shorten_attributes(all);
    cut_out(capability("oc"), "\033]104\007"); /* no colour of the terminal's own is changed here */
    cut_out(capability("cnorm"), "\033[?12l"); /* whether it blinks is the person's own affair, */
    cut_out(capability("cnorm"), "\033[?0c");  /* and its shape on the Linux console */
    cut_out(capability("civis"), "\033[?1c");
}

bool screen_start(bool has_mouse, GError **error)
{
    if (!check_terminal(error))
        return false;
    if (pipe2(screen.pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        int saved = errno;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), _("No pipe could be made for signals: %s"), g_strerror(saved));
        return false;
    }
    screen.has_before = tcgetattr(STDIN_FILENO, &screen.before) == 0;
    catch_signals();
    screen.terminal = newterm(NULL, stdout, stdin);
    if (screen.terminal == NULL) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, _("The terminal (TERM=%s) could not be prepared."), getenv("TERM"));
        return false;
    }
    set_term(screen.terminal);
    forget_line_drawing();
    /* ncurses gets round the corner by shifting the row, which not every terminal of that description does alike. */
    canvas_spare_corner(tigetflag("am") > 0 && tigetflag("xenl") <= 0);
    begin_whole_pictures();
    screen.is_up = true;
    screen.has_mouse = has_mouse;
    const char *name = getenv("TERM");
    screen.has_modes = name != NULL && !g_str_has_prefix(name, "linux") && !g_str_has_prefix(name, "vt");
    input_start(has_mouse);
    set_modes(true);
    thrift_ask();
    return true;
}

void screen_stop(void)
{
    if (!screen.is_up)
        return;
    picture_screen_leave();
    picture_screen_end();
    background_settle();
    set_modes(false);
    curs_set(1);
    endwin();
    screen.is_up = false;
    input_stop();
    delscreen(screen.terminal);
    screen.terminal = NULL;
}

void screen_suspend(void)
{
    picture_screen_leave();
    background_settle();
    set_modes(false);
    curs_set(1);
    endwin();
    screen.is_up = false;
}

void screen_resume(void)
{
    screen.is_up = true;
    reset_prog_mode();
    werase(newscr); /* what stood there is not drawn once more before what stands there now: over a slow line that is seen */
    doupdate();     /* clears */
    set_modes(true);
    if (screen_is_resized())
        screen_resize();
    touchwin(stdscr); /* all of it is wanted again; not written before it is drawn anew, as getch() would */
    wnoutrefresh(stdscr);
}

void screen_use_bidi(void)
{
    if (!screen.is_up || screen.has_order == bidi_tells_terminal())
        return;
    set_modes(false);
    set_modes(true);
}

void screen_use_mouse(bool is_wanted)
{
    set_modes(false);
    input_use_mouse(is_wanted);
    screen.has_mouse = is_wanted;
    set_modes(true);
}

bool screen_is_resized(void)
{
    struct winsize size = { 0 };
    bool is_known = screen.is_up && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0;
    return is_known && (size.ws_row != LINES || size.ws_col != COLS);
}

bool screen_resize(void)
{
    struct winsize size = { 0 };
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return false;
    if (size.ws_row != LINES || size.ws_col != COLS)
        resizeterm(size.ws_row, size.ws_col);
    /* Terminals cut and rewrap what they had: what curses believes is on the glass is not. Also when the size is what it was: it may have been
     * another in between. */
    clearok(curscr, TRUE);
    return true;
}

int screen_signal_fd(void)
{
    return screen.pipe[0];
}

unsigned screen_signals(void)
{
    unsigned set = 0;
    char letters[64];
    for (ssize_t count = 0; (count = read(screen.pipe[0], letters, sizeof letters)) > 0;) {
        for (ssize_t i = 0; i < count; i++) {
            int number = (unsigned char)letters[i];
            set |= number == SIGWINCH  ? SCREEN_RESIZED
                   : number == SIGTSTP ? SCREEN_STOPPED
                   : number == SIGCONT ? SCREEN_CONTINUED
                                       : SCREEN_ENDED;
        }
    }
    return set;
}
