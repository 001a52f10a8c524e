#ifndef OCIRUN_ERRNO_NAME_H
#define OCIRUN_ERRNO_NAME_H

/* The name of an errno, for example "ENOENT"; NULL for a number the kernel never answers with. */
const char *errno_name(int error);

/* An errno in the words that errno.ts has for it, for example "no such file or directory". */
const char *errno_words(int error);

#endif
