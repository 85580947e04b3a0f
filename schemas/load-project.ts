import {LineCounter, isMap, isNode, isPair, isScalar, parseDocument} from 'yaml';
import type {Document, Node} from 'yaml';
import {explainIssues, keyText} from './explain-issue.ts';
import type {Explained, KeyPath} from './explain-issue.ts';
import {ProjectConfig, type ProjectYaml} from './project.ts';
import type {GateNames} from './check-gates.ts';
import {checkProject} from './check-project.ts';

/** One thing wrong with a project file. `line` counts from 1. */
export interface ProjectProblem {
  readonly line: number;
  /** `training.lora_r`, `sources[0].format`; '' for the file as a whole. */
  readonly key: string;
  readonly expected: string;
  readonly got: string;
}

export type LoadedProject =
  | {readonly ok: true; readonly config: ProjectConfig}
  | {readonly ok: false; readonly problems: readonly ProjectProblem[]};

/**
 * The text of a ratchet.yaml → its configuration with defaults filled in, or every problem in it, in the order of lines.
 * `gateNames` tells what its gates may name (core/evaluation/gates/gate-names.ts); without it their names are not looked at.
 */
export function readProject(text: string, gateNames?: (config: ProjectConfig) => GateNames): LoadedProject {
  const lines = new LineCounter();
  const document = parseDocument(text, {lineCounter: lines, prettyErrors: false});
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      line: lines.linePos(error.pos[0]).line,
      key: '',
      expected: 'valid YAML',
      got: error.message.replace(/\s+/g, ' '),
    }));
    return {ok: false, problems};
  }
  const written: unknown = document.toJS();
  const parsed = ProjectConfig.safeParse(written, {reportInput: true});
  const found = parsed.success
    ? checkProject(parsed.data, written as ProjectYaml, gateNames?.(parsed.data))
    : explainIssues(ProjectConfig, parsed.error.issues);
  if (parsed.success && found.length === 0) return {ok: true, config: parsed.data};
  const problems = found
    .map((one) => ({
      line: lineOf(document, lines, one),
      key: keyText(one.path),
      expected: one.expected,
      got: mayBeSecret(one.path) ? 'something else (not shown: it may be the secret itself)' : one.got,
    }))
    .sort((a, b) => a.line - b.line);
  return {ok: false, problems};
}

/** A key that names a variable with a secret: who gets it wrong has often written the secret there. */
function mayBeSecret(path: KeyPath): boolean {
  return String(path.at(-1)).endsWith('_env');
}

/** `FILE:LINE: KEY: expected …, got …` */
export function problemLine(file: string, problem: ProjectProblem): string {
  const key = problem.key === '' ? '' : ` ${problem.key}:`;
  return `${file}:${problem.line}:${key} expected ${problem.expected}, got ${problem.got}`;
}

/** The line of a value (of its key, where it has one); for what is missing, the line of what should hold it. */
function lineOf(document: Document.Parsed, lines: LineCounter, problem: Explained): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const step of problem.path) {
    const next = child(node, step);
    if (!next) break;
    offset = next.at.range?.[0] ?? offset;
    node = next.value;
  }
  return Math.max(1, lines.linePos(offset).line);
}

function child(node: unknown, step: PropertyKey): {at: Node; value: unknown} | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
    if (isPair(pair) && isNode(pair.key)) return {at: pair.key, value: pair.value};
    return undefined;
  }
  const item = isNode(node) && 'items' in node ? (node.items as unknown[])[Number(step)] : undefined;
  return isNode(item) ? {at: item, value: item} : undefined;
}
