/* SPDX-License-Identifier: MIT */
/* Runs a fuzzer over its corpus without libFuzzer: in every test run, under whatever sanitizer the build has. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    unsigned count = 0;
    for (int i = 1; i < argc; i++) {
        g_autoptr(GDir) directory = g_dir_open(argv[i], 0, NULL);
        const char *name;
        while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
            g_autofree char *path = g_build_filename(argv[i], name, NULL);
            g_autofree char *bytes = NULL;
            size_t size = 0;
            if (!g_file_get_contents(path, &bytes, &size, NULL))
                continue;
            LLVMFuzzerTestOneInput((const uint8_t *)bytes, size);
            count++;
        }
    }
    printf("%u samples replayed\n", count);
    return count > 0 ? 0 : 1; /* an empty corpus is a mistake, not a success */
}
