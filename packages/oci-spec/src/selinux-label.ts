/** Whether a text is an SELinux label: user, role, type, and where the policy has levels, a level. */
export function isSelinuxLabel(text: string): boolean {
  return /^[^:\s]+:[^:\s]+:[^:\s]+(?::\S+)?$/.test(text);
}
