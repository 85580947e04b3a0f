import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import type {Client} from '@temporalio/client';
import {temporal} from '@temporalio/proto';
import {stackPaths} from '../../stack/stack-file.ts';
import type {Stores} from '../../stores/stores.ts';

/** Something that a stack has left: its bytes, and where they are. */
export interface Kept {
  readonly where: string;
  readonly bytes: Buffer;
}

const {History} = temporal.api.history.v1;
const {WorkflowExecutionInfo} = temporal.api.workflow.v1;

/** Every workflow execution: its history with all payloads, and what visibility keeps (memo, search attributes). */
export async function histories(client: Client): Promise<Kept[]> {
  const kept: Kept[] = [];
  for await (const {workflowId, runId, raw} of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    kept.push({where: `history ${workflowId}`, bytes: Buffer.from(History.encode(history).finish())});
    kept.push({
      where: `visibility ${workflowId}`,
      bytes: Buffer.from(WorkflowExecutionInfo.encode(raw).finish()),
    });
  }
  return kept;
}

/** Every file under PROJECT/.ratchet but the row key's own: store, logs, jobs, Temporal's database, the gateway's journal. */
export function files(folder: string): Kept[] {
  const {home} = stackPaths(folder);
  return readdirSync(home, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({where: path.relative(home, file), bytes: readFileSync(file)}))
    .filter(({where}) => where !== 'project.key');
}

/** The columns of a dataset's vector table, which its files hold compressed. */
export async function vectors(stores: Stores, project: string, dataset: string): Promise<Kept[]> {
  const table = await stores.vectors.open(project, dataset);
  const kept: Kept[] = [];
  if (table === null) return kept;
  for await (const {vector: _, ...row} of table.read()) {
    kept.push({where: `vectors of ${dataset}`, bytes: Buffer.from(JSON.stringify(row))});
  }
  return kept;
}

/** Which words are where, as text or within base64: `WORD in PLACE`. */
export function found(words: readonly string[], kept: readonly Kept[]): string[] {
  return words.flatMap((word) => {
    const spellings = [word, ...inBase64(word)];
    return kept
      .filter(({bytes}) => spellings.some((spelling) => bytes.includes(spelling)))
      .map(({where}) => `${word} in ${where}`);
  });
}

/** So many characters of base64 are no chance. */
const TELLING = 8;

/** What base64 makes of a word at each of the three places where it can begin, without what its neighbours change. */
function inBase64(word: string): string[] {
  return [0, 1, 2]
    .map((before) => {
      const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(word)]);
      const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
      return whole.slice(before === 0 ? 0 : 4);
    })
    .filter((spelling) => spelling.length >= TELLING);
}
