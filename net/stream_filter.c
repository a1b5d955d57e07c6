/* SPDX-License-Identifier: MIT */
/* Questions a whole stack of filters answers. */
#include "net/stream_filter.h"

int stream_filter_fd(const stream_filter *filter)
{
    while (filter->ops->fd == NULL)
        filter = filter->below;
    return filter->ops->fd(filter);
}

bool stream_filter_has_buffered(const stream_filter *filter)
{
    for (; filter != NULL; filter = filter->below) {
        if (filter->ops->has_buffered != NULL && filter->ops->has_buffered(filter))
            return true;
    }
    return false;
}

void stream_filter_free(stream_filter *filter)
{
    while (filter != NULL) {
        stream_filter *below = filter->below;
        filter->ops->free(filter);
        filter = below;
    }
}
