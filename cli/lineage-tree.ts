import {isOpen, modelInWords} from '../core/releases/models.ts';
import type {DatasetLineage, Lineage, ReleaseLineage} from '../records/lineage.ts';
import type {ModelPart} from '../schemas/release.ts';
import {entryFacts} from '../stores/audit/entry-facts.ts';
import {count, counts, time} from './show.ts';

/** A line and what hangs below it. */
export interface Branch {
  readonly text: string;
  readonly below: readonly Branch[];
}

/** So many rows are named in the tree unless all are asked for. */
const ROWS_SHOWN = 3;

/** `├─`, `└─` and `│`, one line a branch. */
export function drawn(branch: Branch, indent = ''): string[] {
  const lines = branch.below.flatMap((child, i) => {
    const last = i === branch.below.length - 1;
    const [first, ...rest] = drawn(child);
    return [`${last ? '└─ ' : '├─ '}${first}`, ...rest.map((line) => `${last ? '   ' : '│  '}${line}`)];
  });
  return [branch.text, ...lines].map((line) => indent + line);
}

export function lineageTree(lineage: Lineage, allRows: boolean): Branch {
  const {trace} = lineage;
  if (trace) {
    const root = `trace ${trace.id}  ${time(trace.at)}  task ${trace.task}, as ${trace.role}${trace.row ? `, row ${trace.row}` : ''}`;
    return branch(root, [
      branch(`exact prompt ${trace.prompt}`),
      ...lineage.releases.map((release) => releaseTree(release, allRows, trace.task)),
    ]);
  }
  if (lineage.kind === 'release') return releaseTree(lineage.releases[0]!, allRows);
  return branch(`${lineage.kind} ${lineage.digest}`, [
    ...(lineage.dataset ? datasetTree(lineage.dataset, allRows).below : []),
    ...lineage.releases
      .map((release) => branch('in', [releaseTree(release, allRows)]))
      .flatMap((one) => one.below),
  ]);
}

function modelBranches(part: ModelPart): Branch[] {
  if (!isOpen(part)) return [branch(`provider ${modelInWords(part)}`)];
  const {name, sha256, hub, adapter} = part;
  const files = [adapter?.safetensors, adapter?.config, adapter?.gguf].flatMap((file) => file?.uri ?? []);
  return [
    branch(`base ${name} ${sha256}`, hub ? [branch(`${hub.id} at commit ${hub.commit}`)] : []),
    adapter === null
      ? branch('no adapter: the bare base')
      : branch(`adapter ${adapter.digest}`, [
          branch(`training configuration ${adapter.training}`),
          ...files.map((file) => branch(file)),
        ]),
  ];
}

function releaseTree(of: ReleaseLineage, allRows: boolean, task?: string): Branch {
  const prompts = of.prompts.filter((prompt) => task === undefined || prompt.task === task);
  return branch(`release ${of.release}`, [
    ...Object.values(of.models).flatMap(modelBranches),
    ...prompts.map((prompt) => branch(`prompt version ${prompt.digest}  task ${prompt.task}`)),
    branch(`input transform ${of.transform}`),
    branch(`guardrail policy ${of.guardrails}`),
    ...(of.dataset ? [datasetTree(of.dataset, allRows)] : []),
    ...of.reports.map((report) =>
      branch(
        `report ${report.digest}  ${report.verdict}, ${time(report.at)}, against ${report.stable.slice(0, 12)}`,
        [
          branch(`made by ${report.run}`),
          ...report.gates.map((gate) =>
            branch(`${gate.verdict} ${gate.metric}${gate.required ? '' : ' (advisory)'}: ${gate.reason}`),
          ),
        ],
      ),
    ),
    ...of.approvals.map(({run, startedBy, result, amiss, unproved}) =>
      branch(`approval ${result.status}, ${time(result.at)}, in approval/${run}`, [
        ...(amiss === null ? [] : [branch(`does not hold: ${amiss}`)]),
        ...(unproved === null ? [] : [branch(`unproved: ${unproved}`)]),
        branch(`the run was started by ${startedBy}`),
        ...result.decisions.map((one) =>
          branch(
            `${one.action} by ${one.by} with key ${one.key}, ${time(one.at)}${one.comment ? `: ${one.comment}` : ''}`,
          ),
        ),
      ]),
    ),
    ...(of.approvals.length === 0 ? [branch('no approval')] : []),
    branch(
      of.audit.length > 0 ? 'audit' : 'no audit entry',
      of.audit.map((entry) =>
        branch(`${entry.seq} ${entry.kind} by ${entry.actor}, ${time(entry.at)}: ${entryFacts(entry)}`),
      ),
    ),
    branch(`parent ${of.parent ?? 'none: the first'}`),
  ]);
}

function datasetTree(of: DatasetLineage, allRows: boolean): Branch {
  const shown = allRows ? of.trainRows : of.trainRows.slice(0, ROWS_SHOWN);
  const more = of.trainRows.length - shown.length;
  return branch(`dataset ${of.digest}  ${counts(of.counts)}`, [
    branch(`${count(of.rowsKept)} of ${count(of.rowsIn)} rows kept; dropped: ${counts(of.drops)}`),
    branch(`trained from ${count(of.trainRows.length)} rows`, [
      ...shown.map((row) => branch(`row ${row.digest}  ${row.id}`)),
      ...(more > 0 ? [branch(`and ${count(more)} more: --rows shows them`)] : []),
    ]),
    ...of.sources.map((source) =>
      branch(`source ${source.name}  ${count(source.rows)} rows, ${source.digest}  ${source.uri}`),
    ),
    ...(of.tombstones.length > 0 ? [branch(`${count(of.tombstones.length)} rows were erased since`)] : []),
    ...of.parents.map((parent) =>
      branch(`parent ${datasetTree(parent, false).text}`, datasetTree(parent, false).below),
    ),
  ]);
}

function branch(text: string, below: readonly Branch[] = []): Branch {
  return {text, below};
}
