import type {Command} from 'commander';
import {differentAreas, rowsInWords, sameAreas, type AreaInWords} from '../../core/releases/in-words.ts';
import type {DiffLine} from '../../core/releases/line-diff.ts';
import type {PartsDiff, ReleaseDiff} from '../../core/releases/release-diff.ts';
import {estimateInWords} from '../../core/wording/estimate.ts';
import {diffReleases} from '../../records/release-diff.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import type {Release} from '../../schemas/release.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {acting, define, type CommonOptions} from '../define.ts';
import {Exit, print, printJson, styled, table} from '../output.ts';
import {chosenProject} from '../project.ts';

/** Releases that the deployment names. */
const POINTERS = ['stable', 'canary', 'shadow'] as const;

export function diff(program: Command): void {
  define(program, 'diff <release> [other]', {
    what: 'show what differs between two releases: parts, lines of prompts, rows, training settings, gates and figures; with one release, from its parent to it; works with the stack down',
    examples: [
      'ratchet diff 3f9a1c20 8bd2e611',
      'ratchet diff stable canary --project mail',
      'ratchet diff 8bd2e611',
    ],
  }).action(
    acting(async (first: string, second: string | undefined, options: CommonOptions) => {
      const {config, store} = chosenProject(options.project);
      const stores = await openStores(store);
      const named = await releaseNamed(stores, config.project, first);
      const [before, after] =
        second === undefined
          ? [await parentOf(stores, named), named]
          : [named, await releaseNamed(stores, config.project, second)];
      const found = await diffReleases(stores, before, after);
      if (options.json) printJson(found);
      else print(diffForTerminal(found).join('\n'));
      return Exit.done;
    }),
  );
}

/** By its digest, the beginning of one, or the pointer that names it now. */
async function releaseNamed({registry, pointers}: Stores, project: string, name: string): Promise<Release> {
  const pointer = POINTERS.find((one) => one === name);
  if (pointer === undefined) return registry.release(project, name);
  const deployment = await pointers.read(project);
  const digest = pointer === 'stable' ? deployment?.stable : deployment?.[pointer]?.release;
  if (digest === undefined)
    throw new RatchetError(
      'InvalidInput',
      `${project} has no ${pointer} release now: \`ratchet releases ${project}\` lists what it has`,
    );
  return registry.release(project, digest);
}

async function parentOf({registry}: Stores, {project, digest, parent}: Release): Promise<Release> {
  if (parent === null)
    throw new RatchetError(
      'InvalidInput',
      `release ${short(digest)} has no parent to compare with: name two releases (\`ratchet releases ${project}\`)`,
    );
  return registry.release(project, parent);
}

/** What differs first, then what is the same, then how each was judged. */
function diffForTerminal(found: ReleaseDiff): string[] {
  const {project, before, after, gates, metrics} = found;
  const lines = [
    `${project}: from release ${short(before)} to ${short(after)}`,
    '',
    ...partsForTerminal(found),
  ];
  if (metrics.all.length === 0) return [...lines, 'Neither was judged.'];
  return [
    ...lines,
    ...indented(
      table(
        ['gate', 'decides', 'before', 'after'],
        gates.map((gate) => [gate.gate, gate.required ? 'yes' : 'no', gate.before ?? '–', gate.after ?? '–']),
        'no gate',
      ),
    ),
    '',
    ...indented(
      table(
        ['metric', 'before', 'after'],
        metrics.all.map((one) => [one.metric, estimateInWords(one.before), estimateInWords(one.after)]),
        '',
      ),
    ),
    '',
    metrics.sameRows
      ? `Both were measured on the same rows, in the report of ${short(after)}.`
      : 'Each figure is from the release’s own last report: the golden rows may differ.',
  ];
}

/** What differs first, then what is the same. An empty line behind each. */
export function partsForTerminal(found: PartsDiff): string[] {
  const {rows} = found;
  const same = sameAreas(found);
  return [
    ...differentAreas(found).flatMap((area) => [...areaLines(area), '']),
    ...(rows === null ? [] : [rowsInWords(rows), '']),
    ...(same === null ? [] : [same, '']),
  ];
}

function areaLines({title, rows, texts, unread}: AreaInWords): string[] {
  if (unread !== null) return [styled('bold', title), `  cannot be compared: ${unread}`];
  return [
    styled('bold', title),
    ...(rows.length === 0
      ? []
      : indented(
          table(
            ['', 'before', 'after'],
            rows.map(({part, before, after}) => [part, before, after]),
            '',
          ),
        )),
    ...texts.flatMap(({part, lines}) => [`  ${part}`, ...lines.map(signedLine)]),
  ];
}

function signedLine({sign, text}: DiffLine): string {
  const line = `    ${sign} ${text}`;
  if (sign === '-') return styled('red', line);
  return sign === '+' ? styled('green', line) : line;
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}
