/** What the command line got wrong; ends the program with status 2. */
export class UsageError extends Error {}

export const usage = `shimctl: for people who write and debug shims

  shimctl methods                       every method of the protocol
  shimctl call ADDRESS METHOD [JSON]    call a method; JSON of - is read from stdin
      --namespace NS   containerd's namespace (default "default")
      --timeout MS     how long to wait for the answer
      --force          send what the protocol does not allow, too
  shimctl events SOCKET                 take the events of shims whose TTRPC_ADDRESS is SOCKET
      --topic PREFIX   only those whose topic begins so
  shimctl decode FILE [ANSWERS]         frames of a recorded stream, one JSON object a line
      FILE is what a client sent, ANSWERS what the server answered; - is stdin
      --base64         the files hold base64
  shimctl info PROGRAM                  what a shim's program says of itself
  shimctl verify PROGRAM                drive a shim through the whole protocol, report every deviation
      --dialect D      1.6, 1.7, 2.0 or 2.3; can be given again (default: those the shim takes)
      --bundle DIR     a bundle whose process runs until it is killed, and whose root has /bin/sh
      --options JSON   runtime options, {"@type": "containerd.runc.v1.Options", ...}
      --json           the report as JSON

METHOD is Task/State, task.state or the full name. Exit status: 0 all went well, 1 it did not, 2 wrong usage.
`;
