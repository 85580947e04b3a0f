import type {Command} from 'commander';
import {ratchet} from '../../cli/program.ts';

/** Columns of the help texts. */
const WIDTH = 100;

const HEAD = `# The command line

Generated from the commands' own definitions by \`node scripts/docs/main.ts\`; a test fails when this page is stale.

In a checkout every command is \`npx ratchet …\`. It is the same in a folder of your own, once the package is installed there: \`npm pack\` in the checkout makes \`ratchet-llmops-VERSION.tgz\`, \`npm install PATH/ratchet-llmops-VERSION.tgz\` installs it (it is on no registry yet; npm's \`ratchet\` is something else). Elsewhere, messages name the command that works where you are, such as \`node ../ratchet/launcher/ratchet.js\`. A script or a container that wraps it says its own in \`RATCHET_COMMAND\`.

## Rules that hold for every command

**Which project.** The argument or \`--project\` (a name that was used before, the name of an example, a folder, or a YAML file); else \`./ratchet.yaml\`; else the project last used from this folder. Commands that list (\`runs\`, \`releases\`, \`datasets\`, \`trace\`, \`lineage\`, \`audit\`) then take all projects that were ever used on this machine.

**Which run.** The whole ID (\`lifecycle/mail/20021203T114636Z-k3f9qa\`), its last part, the first 8 or more characters of that, or its random end (\`k3f9qa\`). Where a run may be left out, the latest one is meant.

**Which digest.** Any unique beginning of at least 8 hex digits names a release or a dataset version.

**Output.** The result goes to standard output, progress and remarks to standard error. \`--json\` prints the result as one JSON document. Colours only on a terminal; \`NO_COLOR\` is respected.

**Exit codes.**

| Code | Meaning |
| --- | --- |
| 0 | done |
| 1 | it ran and failed, a gate did not pass, the answer was "no", or a service was away |
| 2 | the call or its input cannot be used |

\`run\` and \`watch\` end with 0 only if the run ended \`promoted\` or \`cached\`. A user's mistake never shows a stack trace; for anything unexpected \`RATCHET_DEBUG=1\` shows it.

**What needs the stack.** \`runs\`, \`releases\`, \`datasets\`, \`trace\`, \`lineage\`, \`report\`, \`rollback\`, \`retire\`, \`gc\`, \`cost\` and \`audit\` read the store alone, and work while the stack and Temporal are down. So does \`watch\`, for a run that has ended.

**Questions.** \`approve\`, \`reject\` and \`rollback\` ask before they act, unless \`--yes\` is given. Without a terminal there is nobody to ask, and the call itself is the answer. Only \`rollback\` to the base model, which no gate judged, needs \`--to-base\` then.
`;

/** docs/cli.md: rules, a table of all commands, and each command's help text as the command prints it. */
export async function cliReference(): Promise<string> {
  const program = await ratchet(undefined, {whole: true});
  const commands = leaves(program);
  return [
    HEAD,
    '## All commands\n',
    '| Command | What it does |\n| --- | --- |',
    ...commands.map(
      ({name, command}) => `| [\`${name}\`](#${anchor(name)}) | ${cell(command.description())} |`,
    ),
    ...commands.flatMap(({name, command}) => [`\n## ${name}\n`, '```text', helpText(command), '```']),
    '',
  ].join('\n');
}

interface Leaf {
  readonly name: string;
  readonly command: Command;
}

/** Commands that do something, in the order of the help: \`ratchet run\`, \`ratchet audit verify\`. */
function leaves(parent: Command, name = parent.name()): Leaf[] {
  return parent.commands.flatMap((command) => {
    const own = `${name} ${command.name()}`;
    const below = leaves(command, own);
    // What takes arguments does something itself, whatever stands under it.
    return below.length > 0 && command.registeredArguments.length === 0
      ? below
      : [{name: own, command}, ...below];
  });
}

function helpText(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trim();
}

function anchor(heading: string): string {
  return heading.replaceAll(' ', '-');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
