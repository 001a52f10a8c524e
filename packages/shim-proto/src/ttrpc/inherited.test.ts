import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect as netConnect } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bundleScript } from "../../test/host-shim.ts";
import { makeFolder } from "../../test/socket.ts";
import { StreamService } from "../../test/stream-service.ts";
import { connect } from "./connect.ts";
import { serve } from "./serve.ts";

// Opens a listening socket, as an engine written in Go or C does, and becomes the program that gets it as descriptor 3.
const opener = `
  use IO::Socket::UNIX; use POSIX; $^F = 10;
  my $socket = IO::Socket::UNIX->new(Local => shift, Listen => 5) or die;
  POSIX::dup2(fileno($socket), 3); exec @ARGV;`;

test("a server serves a listening socket that it inherited", async () => {
  const folder = makeFolder();
  const path = join(folder, "s");
  const program = [process.execPath, bundleScript("inherited", folder)];
  const child = spawn("perl", ["-e", opener, path, ...program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill());
  await once(child.stdout, "data");
  await using connection = await connect(path);
  const data = Uint8Array.of(1, 2);
  expect(await connection.client(StreamService).echo({ data })).toEqual({ data });
});

test("a client speaks over a descriptor that it inherited", async () => {
  const folder = makeFolder();
  await using _server = await serve(join(folder, "s"), (router) =>
    router.service(StreamService, { echo: ({ data }) => ({ data }) }),
  );
  const socket = netConnect(join(folder, "s"));
  await once(socket, "connect");
  const child = spawn(
    process.execPath,
    [bundleScript("caller", folder), "3"],
    // as: see above
    { stdio: ["ignore", "pipe", "inherit", socket] as unknown as "pipe"[] },
  );
  onTestFinished(() => {
    child.kill();
    socket.destroy();
  });
  const [said] = (await once(child.stdout ?? child, "data")) as [Buffer];
  expect(said.toString()).toBe("1,2\n");
});
