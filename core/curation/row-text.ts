import type {Row} from '../../schemas/row.ts';

/** All text of a row, the same whatever order its fields came in: what duplicates and overlaps are judged by. */
export function rowText(row: Pick<Row, 'fields' | 'messages'>): string {
  const names = Object.keys(row.fields).sort();
  const parts = names.map((name) => row.fields[name]!);
  for (const message of row.messages ?? []) {
    if (typeof message.content === 'string') parts.push(message.content);
    else for (const part of message.content ?? []) if (part.type === 'text') parts.push(part.text);
    for (const call of message.tool_calls ?? []) parts.push(call.function.arguments);
  }
  return parts.join('\n');
}
