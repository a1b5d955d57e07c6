/* SPDX-License-Identifier: MIT */
/* The error domain of a person's files. */
#include "config/error.h"

G_DEFINE_QUARK(config - error - quark, config_error)
