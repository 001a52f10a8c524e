// Checking the messages of the protocol, and their JSON form.
export { type CheckRequestsOptions, checkRequests } from "./check-requests.ts";
export { checkEventOrder } from "./event-order.ts";
export { documentsNamed, documentsOf } from "./message-documents.ts";
export { messageRules } from "./rules/index.ts";
export type { Form, MessageRule } from "./rules/message-rule.ts";
export { messageToJson } from "./table.ts";
