import type { Command } from "commander";
import { CliError } from "./cli-error.ts";
import type { Session } from "./session.ts";

/** What asks this command for the words that may follow; the words so far stand behind `--`. */
export const completeCommand = "__complete";

const bash = `# cri completion bash: source this, or put it where bash-completion looks.
_cri() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(cri ${completeCommand} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _cri cri
`;

const zsh = `#compdef cri
# cri completion zsh: put this in a file called _cri in a folder of $fpath.
_cri() {
  local -a candidates
  candidates=("\${(@f)$(cri ${completeCommand} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${candidates[1]}" ]]; then compadd -- "\${candidates[@]}"; else _files; fi
}
if [ "$funcstack[1]" = _cri ]; then _cri; else compdef _cri cri; fi
`;

/** The script that a shell reads. */
export function completionScript(shell: string): string {
  if (shell === "bash") return bash;
  if (shell === "zsh") return zsh;
  throw new CliError(`there is completion for bash and zsh, not ${JSON.stringify(shell)}`, 2);
}

/** What the arguments of a command are, by its name. */
const kinds: Readonly<Record<string, "container" | "pod" | "image">> = {
  attach: "container",
  checkpoint: "container",
  create: "pod",
  exec: "container",
  inspect: "container",
  inspecti: "image",
  inspectp: "pod",
  logs: "container",
  "port-forward": "pod",
  rm: "container",
  rmi: "image",
  rmp: "pod",
  start: "container",
  stats: "container",
  statsp: "pod",
  stop: "container",
  stopp: "pod",
  update: "container",
};

/** The words that may stand where the last one of `words` does. `ask` is used for the names of things in the runtime. */
export async function complete(
  program: Command,
  words: readonly string[],
  ask: (run: (session: Session) => Promise<string[]>) => Promise<string[]>,
): Promise<string[]> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const command = program.commands.find((one) =>
    before.some((word) => word === one.name() || one.aliases().includes(word)),
  );
  if (current.startsWith("-")) {
    const options = [...(command?.options ?? []), ...program.options];
    return [...new Set(options.flatMap(({ long, short }) => [long, short]))]
      .filter((flag) => flag !== undefined && flag !== null)
      .filter((flag) => flag.startsWith(current));
  }
  if (command === undefined) {
    return program.commands
      .map((one) => one.name())
      .filter((name) => name !== completeCommand && name.startsWith(current));
  }
  const kind = kinds[command.name()];
  if (command.name() === "completion") return ["bash", "zsh"];
  if (kind === undefined) return [];
  // A runtime that does not answer has no names to offer; a shell must not hear of it.
  const names = await ask((session) => namesOf(session, kind)).catch(() => []);
  return names.filter((name) => name.startsWith(current));
}

async function namesOf(
  { cri, quick }: Session,
  kind: "container" | "pod" | "image",
): Promise<string[]> {
  switch (kind) {
    case "container":
      return (await cri.runtime.listContainers({}, quick)).containers.map(({ id }) => id);
    case "pod":
      return (await cri.runtime.listPodSandbox({}, quick)).items.map(({ id }) => id);
    case "image":
      return (await cri.image.listImages({}, quick)).images.flatMap(({ id, repoTags }) =>
        repoTags.length > 0 ? repoTags : [id],
      );
  }
}
