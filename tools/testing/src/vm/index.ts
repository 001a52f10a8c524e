export type { GuestCgroups, VmOptions, VmResult } from "./run-in-vm.ts";
export { runInVm, vmMissing } from "./run-in-vm.ts";
