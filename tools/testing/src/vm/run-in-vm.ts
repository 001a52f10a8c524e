import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "../command.ts";
import { debianMissing } from "../debian/archive.ts";
import { debianKernel, type Kernel } from "../debian/kernel.ts";
import { debianRoot } from "../debian/root.ts";
import { hasProgram, sandboxMissing } from "../sandbox/sandbox.ts";
import { initramfs } from "./initramfs.ts";

/**
 * How a guest has its cgroups: all in v2, all in v1, or v1 with v2 beside it. Without systemd the v2 beside has
 * hugetlb; systemd leaves it without controllers.
 */
export type GuestCgroups = "v2" | "v1" | "hybrid";

export interface VmOptions {
  /** A shell script, run as root in the guest. */
  readonly script: string;
  /** v2 unless told. */
  readonly cgroups?: GuestCgroups;
  /** More words for the kernel's command line. */
  readonly kernelArguments?: readonly string[];
  /** Whether its memory is in two NUMA nodes, 0 and 1. */
  readonly numa?: boolean;
  /** Whether systemd is the guest's init; without it a small shell script is. */
  readonly systemd?: boolean;
  /** Files and folders to put in the guest: where they stand there, and where on this machine. */
  readonly files?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Milliseconds from power-on to power-off; two minutes unless told. Emulation is 10 to 40 times slower than this machine. */
  readonly timeoutMs?: number;
}

export interface VmResult {
  /** The script's exit status. */
  readonly status: number;
  /** What the script wrote to standard output and standard error, in the order written. */
  readonly output: string;
}

const release = "bookworm";

/** What the guest's root holds beside Debian's base system. */
const packages = [
  "bats",
  "busybox-static",
  "containerd",
  "criu",
  "crun",
  "dbus",
  "dbus-user-session",
  "gawk",
  "iproute2",
  "jq",
  "kmod",
  "libpam-systemd",
  "podman",
  "procps",
  "runc",
  "secilc",
  "systemd-sysv",
  "tini",
  "uidmap",
] as const;

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Why no guest can be started here, or nothing when one can. */
export function vmMissing(): string | undefined {
  const missing = sandboxMissing() ?? debianMissing();
  if (missing) return missing;
  const programs = ["qemu-system-x86_64", "mmdebstrap", "busybox", "cpio", "depmod", "setpriv"];
  const lacking = programs.filter((program) => !hasProgram(program));
  return lacking.length > 0 ? `needs ${lacking.join(", ")}` : undefined;
}

/**
 * Boots a machine with Debian's kernel and no network, runs a script in it and powers it off.
 *
 * The processor is emulated, so it works where there is no KVM, and every clock in it runs slow. The guest's root is
 * Debian's, shared read-only beneath memory: what the script changes is gone with the guest.
 */
export async function runInVm(options: VmOptions): Promise<VmResult> {
  const kernel = await debianKernel(release);
  const root = await debianRoot({ release, packages });
  const initrd = await initramfs(kernel);
  const job = await mkdtemp(join(tmpdir(), "ocikit-vm-"));
  try {
    await layOut(job, options);
    const serial = join(job, "serial");
    const timeoutMs = options.timeoutMs ?? 120_000;
    const argv = qemu({ kernel, initrd, root, job, serial }, options);
    const { signal } = options;
    const machine = await runCommand(argv, { timeoutMs, ...(signal && { signal }) });
    const written = await readFile(serial, "utf8").catch(() => "");
    const [, output, status] = /^([\s\S]*)\nocikit-job-status (\d+)\n/.exec(written) ?? [];
    // Its own exit status says nothing of the guest's fate.
    if (output === undefined || status === undefined) {
      const console = `${machine.stdout}${machine.stderr}`.trim().split("\n").slice(-40).join("\n");
      throw new Error(`the guest ended before its job did: ${written}\n${console}`);
    }
    return { status: Number(status), output };
  } finally {
    await rm(job, { recursive: true, force: true });
  }
}

async function layOut(job: string, options: VmOptions): Promise<void> {
  const { script, systemd, cgroups = "v2", files = {} } = options;
  await mkdir(join(job, "files"));
  await writeFile(join(job, "script"), script);
  await writeFile(join(job, "cgroups"), cgroups);
  if (systemd) await writeFile(join(job, "systemd"), "");
  for (const name of ["guest-init.sh", "guest-job.sh", "guest-job.service"]) {
    await cp(here(name), join(job, name));
  }
  for (const [target, source] of Object.entries(files)) {
    const to = join(job, "files", target);
    await mkdir(dirname(to), { recursive: true });
    await cp(source, to, { recursive: true, verbatimSymlinks: true });
  }
}

interface Machine {
  readonly kernel: Kernel;
  readonly initrd: string;
  readonly root: string;
  readonly job: string;
  readonly serial: string;
}

/** What systemd is told of cgroups: whether v2 is all there is, and whether v1 keeps its own tree. */
const systemdCgroups: Readonly<Record<GuestCgroups, readonly string[]>> = {
  v2: ["systemd.unified_cgroup_hierarchy=1"],
  v1: ["systemd.unified_cgroup_hierarchy=0", "systemd.legacy_systemd_cgroup_controller=1"],
  hybrid: ["systemd.unified_cgroup_hierarchy=0", "systemd.legacy_systemd_cgroup_controller=0"],
};

const memory = ["-m", "1500M"];

/** One processor near the first node; the second has memory alone. */
const numaMemory = [
  ...memory,
  ...[0, 1].flatMap((node) => [
    ...["-object", `memory-backend-ram,id=memory${node},size=750M`],
    ...["-numa", `node,nodeid=${node},memdev=memory${node}${node === 0 ? ",cpus=0" : ""}`],
  ]),
];

function qemu(
  { kernel, initrd, root, job, serial }: Machine,
  { cgroups = "v2", kernelArguments = [], numa = false }: VmOptions,
): [string, ...string[]] {
  const share = (tag: string, folder: string): string[] => [
    "-fsdev",
    `local,id=${tag},path=${folder},security_model=none,readonly=on,multidevs=remap`,
    "-device",
    `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`,
  ];
  const commandLine = [
    "console=ttyS0",
    "loglevel=4",
    "panic=-1",
    // A panic ends the machine (-no-reboot); the rest spares the emulator work that means nothing there.
    "mitigations=off",
    "nokaslr",
    "cryptomgr.notests",
    "tsc=reliable",
    "no_timer_check",
    "systemd.unit=ocikit-job.service",
    ...systemdCgroups[cgroups],
    "systemd.show_status=0",
    ...kernelArguments,
  ];
  return [
    // The machine goes when whoever started it is gone.
    ...(["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64"] as const),
    ...["-accel", "tcg,tb-size=512", "-cpu", "max", "-M", "q35", "-smp", "1"],
    ...(numa ? numaMemory : memory),
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-serial", "stdio", "-serial", `file:${serial}`],
    ...["-kernel", kernel.image, "-initrd", initrd, "-append", commandLine.join(" ")],
    ...share("root", root),
    ...share("job", job),
    ...share("modules", dirname(kernel.modules)),
  ];
}
