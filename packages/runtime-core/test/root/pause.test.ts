import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { describeBrains } from "./bodies.ts";
import { baseConfig, makePlace, newId, type Place } from "./bundle.ts";

describeBrains("pause and resume", (body) => {
  async function start(): Promise<{ place: Place; id: string; status: () => Promise<string> }> {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sleep", "1000"));
    expect(await place.ocirun(body, ["run", "-d", id])).toMatchObject({ status: 0 });
    const status = async (): Promise<string> => {
      const { stdout } = await place.ocirun(body, ["state", id]);
      return (JSON.parse(stdout) as { status: string }).status;
    };
    return { place, id, status };
  }

  test("a paused container says so, takes no exec, and goes on when it is resumed", async () => {
    const { place, id, status } = await start();
    expect(await place.ocirun(body, ["pause", id])).toMatchObject({ status: 0 });
    expect(await status()).toBe("paused");
    const refused = await place.ocirun(body, ["exec", id, "true"]);
    expect(refused).toMatchObject({ status: 255 });
    expect(refused.stderr).toContain("cannot exec in a paused container");
    expect(await place.ocirun(body, ["resume", id])).toMatchObject({ status: 0 });
    expect(await status()).toBe("running");
    expect(await place.ocirun(body, ["exec", id, "true"])).toMatchObject({ status: 0 });
  });

  test("a paused container is deleted by force, though nothing that stands still can die", async () => {
    const { place, id } = await start();
    await place.ocirun(body, ["pause", id]);
    const plain = await place.ocirun(body, ["delete", id]);
    expect(plain).toMatchObject({ status: 1 });
    expect(plain.stderr).toContain("paused");
    expect(await place.ocirun(body, ["delete", "--force", id])).toMatchObject({
      status: 0,
      stderr: "",
    });
    expect((await place.ocirun(body, ["state", id])).status).toBe(1);
  });

  test("a container is not made in a cgroup that stands still, where it would wait for ever", async (context) => {
    const freezer = "/sys/fs/cgroup/freezer";
    if (!existsSync(freezer)) context.skip("needs the freezer of cgroup v1");
    const place = makePlace(body);
    const id = newId();
    const base = baseConfig("true");
    place.configure({ ...base, linux: { ...base.linux, cgroupsPath: `/${id}` } });
    const directory = `${freezer}/${id}`;
    mkdirSync(directory);
    onTestFinished(() => rmdirSync(directory));
    writeFileSync(`${directory}/freezer.state`, "FROZEN");
    const { status, stderr } = await place.ocirun(body, ["run", id]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/linux\.cgroupsPath: container's cgroup unexpectedly frozen/);
  });
});
