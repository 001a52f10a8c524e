// What the kill test kills: pulls an image into a layout and unpacks it, once it is told to go.
import { copy, Registry, resolveImage } from "@ocikit/oci-image";
import { Layout, unpack } from "@ocikit/oci-image/node";

const [host = "", layoutPath = "", rootfs = ""] = process.argv.slice(2);
process.send?.("ready");
await new Promise((resolve) => process.once("message", resolve));
const layout = await Layout.open(layoutPath, { create: true });
await copy(await new Registry(`${host}/app`, { plainHttp: true }).resolve("v1"), {
  target: layout,
  reference: "v1",
});
await unpack(await resolveImage(layout, "v1"), rootfs);
process.disconnect();
