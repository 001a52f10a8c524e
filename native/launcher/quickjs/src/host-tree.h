#ifndef OCIRUN_HOST_TREE_H
#define OCIRUN_HOST_TREE_H

/*
 * Removes what is at `path` with everything beneath it: each directory is opened beneath the one
 * above, so no symlink is followed whoever swaps names meanwhile, and a mount is not entered
 * (EXDEV). -1 with errno when something is left.
 */
int host_remove_tree(const char *path);

#endif
