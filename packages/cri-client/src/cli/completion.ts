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

/** Runs something with a connection to the runtime that the options name. */
export type AskRuntime = (
  options: Readonly<Record<string, string>>,
  run: (session: Session) => Promise<string[]>,
) => Promise<string[]>;

/** The words that may stand where the last one of `words` does. `ask` is used for the names of things in the runtime. */
export async function complete(
  program: Command,
  words: readonly string[],
  ask: AskRuntime,
): Promise<string[]> {
  const current = words.at(-1) ?? "";
  const { command, options } = readWords(program, words.slice(0, -1));
  if (current.startsWith("-")) {
    return [...(command?.options ?? []), ...program.options]
      .flatMap(({ long, short }) => [long, short])
      .filter((flag) => flag !== undefined && flag !== null)
      .filter((flag) => flag.startsWith(current));
  }
  if (command === undefined) {
    return program.commands
      .map((one) => one.name())
      .filter((name) => name !== completeCommand && name.startsWith(current));
  }
  if (command.name() === "completion") return ["bash", "zsh"];
  const kind = kinds[command.name()];
  if (kind === undefined) return [];
  // A runtime that does not answer has no names to offer; a shell must not hear of it.
  const names = await ask(options, (session) => namesOf(session, kind)).catch(() => []);
  return names.filter((name) => name.startsWith(current));
}

/** The command among the words, and the options ahead of it that say where the runtime is. */
function readWords(
  program: Command,
  words: readonly string[],
): { command: Command | undefined; options: Record<string, string> } {
  const options: Record<string, string> = {};
  for (let index = 0; index < words.length; index++) {
    const [word = "", value] = (words[index] ?? "").split(/=(.*)/s, 2);
    const option = program.options.find((one) => one.long === word || one.short === word);
    if (option?.required === true) {
      options[option.attributeName()] = value ?? words[++index] ?? "";
    } else if (!word.startsWith("-")) {
      return { command: program.commands.find((one) => one.name() === word), options };
    }
  }
  return { command: undefined, options };
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
