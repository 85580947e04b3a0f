import type {ProjectConfig, Source, Task} from '../../schemas/project.ts';
import {readSource, rereadSource, type Found, type Reread} from '../../stores/sources/read-source.ts';
import type {Mail} from './users.ts';

export interface Mailbox {
  readonly config: ProjectConfig;
  readonly folder: string;
  readonly rowKey: Uint8Array;
}

/**
 * The raw mails or records of some sources, as their users have them, in the order of a hash of their ids. `wanted` picks by row id
 * (`source/record`); all of a source, up to its limit, where it is missing.
 */
export async function mailsOf(
  sources: readonly Source[],
  {config, folder, rowKey}: Mailbox,
  wanted?: ReadonlySet<string>,
): Promise<Mail[]> {
  const options = {folder, rowKey, input: config.input};
  const mails: Mail[] = [];
  for (const source of sources) {
    const found: Found[] = [];
    for await (const record of readSource(source, options)) if (record.status === 'read') found.push(record);
    const chosen = found
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, source.limit)
      .filter(({id}) => !wanted || wanted.has(`${source.name}/${id}`));
    for (const [file, records] of Map.groupBy(chosen, (record) => record.file)) {
      for await (const record of rereadSource(source, file, records, options)) {
        mails.push({
          row: `${source.name}/${record.id}`,
          ...asAsked(record, config.tasks[askedTask(config)]!),
        });
      }
    }
  }
  return mails.sort((a, b) => (mixed(a.row) < mixed(b.row) ? -1 : 1));
}

/** What the demo's users ask for: the project's first task. */
export function askedTask({tasks}: Pick<ProjectConfig, 'tasks'>): string {
  return Object.keys(tasks)[0]!;
}

/** A mail is asked as it is; of a record the fields that the task reads, as JSON. */
function asAsked({content, label = ''}: Reread, {inputs, target}: Task): Pick<Mail, 'content' | 'label'> {
  if (content instanceof Uint8Array) return {content: asText(content), label};
  const fields = content as Readonly<Record<string, unknown>>;
  const shown = Object.fromEntries(inputs.map((name) => [name, fields[name]]));
  const right = target === undefined ? label : fields[target];
  return {content: JSON.stringify(shown), label: typeof right === 'string' ? right : ''};
}

/** As the gateway reads it back: byte for byte, unless the mail says that it is UTF-8. */
function asText(bytes: Uint8Array): string {
  const bytewise = Buffer.from(bytes).toString('latin1');
  return /charset="?utf-?8/i.test(bytewise) ? Buffer.from(bytes).toString('utf8') : bytewise;
}

/** FNV-1a: shuffles, the same way every time. */
function mixed(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
