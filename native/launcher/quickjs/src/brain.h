#ifndef OCIRUN_BRAIN_H
#define OCIRUN_BRAIN_H

#include <stddef.h>
#include <stdint.h>

#include "archive.h"
#include "quickjs.h"

/* The TypeScript with all its modules evaluated, and the host it is given: what a command is run
 * by. */
struct brain {
  JSRuntime *runtime;
  JSContext *context;
  JSValue main;
  JSValue host;
};

/*
 * Learns the modules of an archive. The first is the entry and exports `main`; the others are those
 * it imports, also those behind `import()`. What neither names is looked for in `asleep` when it is
 * imported, which therefore must stay. Answers -1 after saying on stderr what went wrong.
 * `functions` and `opaque` are what QuickJS allocates with: malloc when NULL.
 */
int brain_learn(struct brain *brain, struct archive modules, const struct archive *asleep,
                const JSMallocFunctions *functions, void *opaque);

/* Runs `main(host, arguments)` to its end and answers the exit status: 1 when it was rejected. */
int brain_run(struct brain *brain, int argc, char **argv);

/* Gives everything back, so that a leak checker can tell what was lost. */
void brain_forget(struct brain *brain);

#endif
