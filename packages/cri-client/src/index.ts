export { type ConnectOptions, connect } from "./connect.ts";
export type { Cri, ImageClient, RuntimeClient } from "./cri.ts";
export { defaultEndpoints } from "./endpoint.ts";
