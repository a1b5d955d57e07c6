/* SPDX-License-Identifier: MIT */
/* A view: all that the loop knows of a screen. Views are on one stack; prompts and questions are views like any other. */
#pragma once
#include "core/event.h"
#include "ui/canvas.h"
#include "ui/command.h"
#include "ui/input.h"

struct view_ops {
    const char *name; /* key context in keys.conf, help title */
    enum context context;
    void (*layout)(view *self, struct rect area); /* new geometry; everything is dirty afterwards */
    void (*draw)(view *self);                     /* dirty rows only; ends without refresh: the loop does one doupdate() */
    /* A key that no command took (text input). True: used. May be NULL. */
    bool (*key)(view *self, const struct key *key);
    /* Mouse, in cells of the view; may be NULL. */
    bool (*mouse)(view *self, const struct key *key, int row, int column);
    void (*event)(view *self, const struct event *event); /* may be NULL */
    void (*tick)(view *self, int64_t now_ms);             /* about once a second while visible; may be NULL */
    void (*free)(view *self);
    bool is_lineless; /* white space around it does: no lines, which over a slow line are a third of a screen */
};
/* First member of every view's struct. */
struct view {
    const struct view_ops *ops;
    app *app;
    struct rect area;
    bool is_dirty;   /* anything to draw */
    bool is_overlay; /* drawn over the view below (question, palette), which stays visible */
};
void view_init(view *self, const struct view_ops *ops, app *app);
void view_touch(view *self); /* all of it is dirty */

/* The stack (app). push takes ownership; pop frees the top and re-lays out what is below. */
void view_push(app *app, view *self);
void view_pop(app *app, view *self); /* that one, wherever it is */
view *view_top(app *app);
bool view_holds_focus(const view *self); /* also while a question or prompt lies over it */
bool app_has_lines(const app *app);      /* above and below the views */
