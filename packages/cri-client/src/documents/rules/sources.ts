/** Version 0.36 of the CRI, whose comments are its specification. */
export const cri =
  "https://github.com/kubernetes/cri-api/blob/v0.36.4/pkg/apis/runtime/v1/api.proto";

/** A page of the manual: `manual("capabilities(7)")`. */
export function manual(page: string): string {
  const [, name = "", section = ""] = /^(.+)\((\d)\)$/.exec(page) ?? [];
  return `https://man7.org/linux/man-pages/man${section}/${name}.${section}.html`;
}

/** A page of the Kubernetes documentation. */
export function kubernetes(page: string): string {
  return `https://kubernetes.io/docs/${page}/`;
}

/** A page of the kernel's documentation. */
export function kernel(page: string): string {
  return `https://docs.kernel.org/${page}.html`;
}
