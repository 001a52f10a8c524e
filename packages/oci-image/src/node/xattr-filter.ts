/**
 * Attributes that belong to the host, not to the image: SELinux labels and NFS ACLs describe where
 * a file stands, and overlayfs's own would let a layer point the kernel at files outside it
 * (`trusted.overlay.redirect`).
 */
export function belongsToHost(name: string): boolean {
  return (
    name === "security.selinux" ||
    name === "system.nfs4_acl" ||
    name.startsWith("trusted.overlay.") ||
    name.startsWith("user.overlay.")
  );
}
