import { join } from "node:path";
import { codecsIn, describeProtoFacts, describeProtoVectors, repository } from "@ocikit/testing";
import * as container from "./gen/runtime/v1/container.ts";
import * as event from "./gen/runtime/v1/event.ts";
import * as image from "./gen/runtime/v1/image.ts";
import * as metrics from "./gen/runtime/v1/metrics.ts";
import * as mount from "./gen/runtime/v1/mount.ts";
import * as namespace from "./gen/runtime/v1/namespace.ts";
import * as resources from "./gen/runtime/v1/resources.ts";
import * as runtime from "./gen/runtime/v1/runtime.ts";
import * as sandbox from "./gen/runtime/v1/sandbox.ts";
import * as sandboxConfig from "./gen/runtime/v1/sandbox_config.ts";
import * as security from "./gen/runtime/v1/security.ts";
import * as stats from "./gen/runtime/v1/stats.ts";
import * as streaming from "./gen/runtime/v1/streaming.ts";
import * as value from "./gen/runtime/v1/value.ts";
import * as windows from "./gen/runtime/v1/windows.ts";

const directory = join(repository, "packages/cri-client/proto");

describeProtoFacts("the .proto files", { directory, facts: ["runtime.v1.json"] });

describeProtoVectors("the generated code", {
  directory,
  vectors: ["runtime.v1.json"],
  codec: codecsIn(
    container,
    event,
    image,
    metrics,
    mount,
    namespace,
    resources,
    runtime,
    sandbox,
    sandboxConfig,
    security,
    stats,
    streaming,
    value,
    windows,
  ),
});
