// A file of its own: who finds a program in a cache by it need not load the compiler.

/**
 * Changes whenever some profile may get another program than before: part of the key of every cache
 * of programs, together with the profile and the options.
 */
export const compilerRevision = 2;
