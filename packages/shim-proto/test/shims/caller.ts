// Calls over the connection it inherited, whose number is its argument.
import { connect } from "../../src/ttrpc/connect.ts";
import { StreamService } from "../stream-service.ts";

const connection = await connect({ fd: Number(process.argv[2]) });
const { data } = await connection.client(StreamService).echo({ data: Uint8Array.of(1, 2) });
console.log(String(data));
connection.close();
