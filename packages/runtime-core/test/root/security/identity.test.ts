import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Body } from "../bodies.ts";
import { baseConfig, makePlace, newId, type Place } from "../bundle.ts";
import { describeTargets } from "./runtimes.ts";

async function running(body: Body): Promise<{ place: Place; id: string }> {
  const place = makePlace(body);
  const id = newId();
  place.configure(baseConfig("sleep", "100"));
  mkdirSync(join(place.bundle, "rootfs/etc"));
  const passwd = "root:x:0:0::/:/bin/sh\n1000:x:0:0::/:/bin/sh\n4294967295:x:0:0::/:/bin/sh\n";
  writeFileSync(join(place.bundle, "rootfs/etc/passwd"), passwd);
  const { status, stderr } = await place.ocirun(body, ["run", "-d", id]);
  if (status !== 0) throw new Error(stderr);
  return { place, id };
}

const inheritable = /^CapInh:\t0+$/m;

describeTargets("who the program is", (body, guard) => {
  guard("a number is that user, whatever the image calls so", async () => {
    // runc CVE-2016-3697.
    const { place, id } = await running(body);
    const { stdout } = await place.ocirun(body, ["exec", "-u", "1000", id, "id", "-u"]);
    expect(stdout).toBe("1000\n");
  });

  guard("what is no user never becomes root", async () => {
    // crun CVE-2026-30892, containerd CVE-2024-40635.
    const { place, id } = await running(body);
    const wrong = [
      "x",
      "1:x",
      "4294967296",
      "4294967295",
      "-1",
      "18446744073709551616",
      "0x0",
      " 0",
    ];
    for (const user of wrong) {
      const { stdout } = await place.ocirun(body, ["exec", "-u", user, id, "id", "-u"]);
      expect({ user, stdout }).not.toEqual({ user, stdout: "0\n" });
    }
    const pair = await place.ocirun(body, ["exec", "-u", "7:8", id, "sh", "-c", "id -u; id -g"]);
    expect(pair.stdout).toBe("7\n8\n");
  });

  guard("a user beyond 32 bits is refused", async () => {
    for (const uid of [4294967296, 4294967295, 2 ** 53]) {
      const place = makePlace(body);
      const config = baseConfig("id", "-u");
      place.configure({ ...config, process: { ...config.process, user: { uid, gid: 0 } } });
      const { status, stdout } = await place.ocirun(body, ["run", newId()]);
      expect(stdout).toBe("");
      expect(status).toBe(1);
    }
  });

  guard("a user beyond 31 bits is that user or nobody", async () => {
    const place = makePlace(body);
    const config = baseConfig("id", "-u");
    const user = { uid: 2147483648, gid: 4294967294 };
    place.configure({ ...config, process: { ...config.process, user } });
    expect(["2147483648\n", ""]).toContain((await place.ocirun(body, ["run", newId()])).stdout);
  });

  guard("no group is the one that the kernel takes for none", async () => {
    for (const user of [
      { uid: 0, gid: 4294967295 },
      { uid: 0, gid: 0, additionalGids: [4294967295] },
    ]) {
      const place = makePlace(body);
      const config = baseConfig("id");
      place.configure({ ...config, process: { ...config.process, user } });
      expect((await place.ocirun(body, ["run", newId()])).status).toBe(1);
    }
  });

  guard("nothing is inheritable that the config does not say", async () => {
    // crun CVE-2022-27650.
    const place = makePlace(body);
    place.configure(baseConfig("cat", "/proc/self/status"));
    expect((await place.ocirun(body, ["run", newId()])).stdout).toMatch(inheritable);
  });

  guard("capabilities that exec adds are not inheritable", async () => {
    // runc CVE-2022-29162.
    const { place, id } = await running(body);
    const args = ["exec", "--cap", "CAP_NET_RAW", id, "cat", "/proc/self/status"];
    expect((await place.ocirun(body, args)).stdout).toMatch(inheritable);
  });
});
