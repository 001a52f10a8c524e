/**
 * Stands for the process id of the launched process in texts that the launcher fills in. JSON text and
 * paths of ours never hold this byte.
 */
export const pidHole = "\u0001";
