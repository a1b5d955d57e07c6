/* SPDX-License-Identifier: MIT */
/* Attached images made smaller on request. */
#pragma once
#include "core/compose.h"

bool attachment_is_image(const struct compose_attachment *attachment);
/* So that its longer side has at most that many pixels; turned as the camera says, without what else the camera wrote into it (place, time, model).
 * *is_smaller_out: false: it was small enough. The file itself stays as it is. */
bool attachment_shrink(struct compose_attachment *attachment, int pixels, bool *is_smaller_out, GError **error);
