import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IntelRdt } from "@ocikit/oci-spec";
import { describe, expect, onTestFinished, test } from "vitest";
import { create } from "../../src/container/create.ts";
import { remove } from "../../src/container/delete.ts";
import { exec } from "../../src/container/exec.ts";
import { restore } from "../../src/container/restore.ts";
import { start } from "../../src/container/start.ts";
import type { Store } from "../../src/container/store.ts";
import { nodeHost } from "../../src/host/node/node-host.ts";
import { bodies, rootMissing } from "./bodies.ts";
import { baseConfig, makePlace, newId } from "./bundle.ts";

const missing = rootMissing();

/**
 * A host whose table of mounts has a plain directory for resctrl, since hardware with it is rare. What the
 * kernel makes in a class, the test does: a class that is there has its files.
 */
function withResctrl(root: string, resctrl: string): Store {
  const host = nodeHost();
  const table = `30 24 0:26 / ${resctrl} rw - resctrl resctrl rw\n`;
  const readText: typeof host.files.readText = (path, max) =>
    path === "/proc/self/mountinfo" ? table : host.files.readText(path, max);
  return { root, host: { ...host, files: { ...host.files, readText } } };
}

function makeClass(directory: string, schemata: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "schemata"), schemata);
  writeFileSync(join(directory, "tasks"), "");
}

function makeContainer(intelRdt: IntelRdt) {
  const [body] = bodies();
  if (body === undefined) throw new Error("no body");
  const place = makePlace(body);
  const resctrl = join(place.folder, "resctrl");
  makeClass(resctrl, "L3:0=f\n");
  const config = baseConfig("sleep", "100");
  place.configure({ ...config, linux: { ...config.linux, intelRdt } });
  const store = withResctrl(place.root, resctrl);
  mkdirSync(place.root);
  const id = newId();
  const make = () =>
    create(store, id, { bundle: place.bundle, waits: true, detached: true }).then((created) => {
      onTestFinished(() => remove(store, id, { force: true }, async () => {}));
      return created;
    });
  return { store, id, resctrl, make };
}

describe("a container in a class of service", () => {
  test("has its process and those of exec in it, and leaves a class with a name", async (context) => {
    if (missing) return context.skip(missing);
    const { store, id, resctrl, make } = makeContainer({ closID: "gold", schemata: ["L3:0=0F"] });
    const gold = join(resctrl, "gold");
    makeClass(gold, "    L3:0=f\n");
    const { state, process } = await make();
    expect(readFileSync(join(gold, "tasks"), "utf8")).toBe(String(state.init_process_pid));
    expect(state.intel_rdt_path).toBe(gold);
    await process.release();
    await start(store, id);
    await exec(store, id, {
      process: { cwd: "/", args: ["/bin/true"] },
      detach: false,
    });
    expect(readFileSync(join(gold, "tasks"), "utf8")).not.toBe(String(state.init_process_pid));
    await remove(store, id, { force: true }, async () => {});
    expect(existsSync(gold)).toBe(true);
  });

  test("that the config describes otherwise is not made, and nothing is left", async (context) => {
    if (missing) return context.skip(missing);
    const { store, id, resctrl, make } = makeContainer({ closID: "gold", schemata: ["L3:0=1"] });
    makeClass(join(resctrl, "gold"), "L3:0=f\n");
    await expect(make()).rejects.toThrow(
      /config\.json:\d+:\d+: linux\.intelRdt: the class of service gold is there already/,
    );
    expect(existsSync(join(store.root, id))).toBe(false);
  });

  test("of its own that can't be made ready is taken away again", async (context) => {
    if (missing) return context.skip(missing);
    // No kernel here fills the new directory, so that there is no schemata to write to.
    const { id, resctrl, make } = makeContainer({ schemata: ["L3:0=1"] });
    await expect(make()).rejects.toThrow(/linux\.intelRdt: .*schemata: .*ENOENT/);
    expect(existsSync(join(resctrl, id))).toBe(false);
  });

  test("is in it again when it is restored, before it has more than one process", async (context) => {
    if (missing) return context.skip(missing);
    const { store, id, resctrl } = makeContainer({ closID: "gold", enableMonitoring: true });
    const gold = join(resctrl, "gold");
    makeClass(gold, "L3:0=f\n");
    const images = join(store.root, "images");
    mkdirSync(images);
    writeFileSync(join(images, "descriptors.json"), "[]");
    let plan = "";
    // CRIU is not to be had on every kernel: what it would be told is looked at, and refused.
    const failure = { step: 0, from: "", syscall: "criu", errno: 1, detail: "refused" };
    const launcher: Store["host"]["launcher"] = {
      ...store.host.launcher,
      launch: async (encoded) => {
        plan = Buffer.from(encoded).toString("latin1");
        return { ok: false, failure };
      },
    };
    const watched = { ...store, host: { ...store.host, launcher } };
    const options = { bundle: join(store.root, "../bundle"), imagePath: images, detached: true };
    await expect(restore(watched, id, options, async () => {})).rejects.toThrow("refused");
    const order = ["setup-namespaces", `${gold}/tasks`, `${gold}/mon_groups/${id}/tasks`];
    const places = order.map((text) => plan.indexOf(text));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });
});
