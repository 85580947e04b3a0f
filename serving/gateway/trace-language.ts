import {detectLanguage} from '../../core/curation/language.ts';
import type {Trace} from '../../schemas/trace.ts';

/** A trace whose language nobody has looked for yet: no answer needs it, and finding it takes longer than most of the rest. */
export type UnreadTrace = Omit<Trace, 'language'>;

/** The language is that of the fields together; of a conversation, of its last user message. */
export async function withLanguage(trace: UnreadTrace): Promise<Trace> {
  const {code} = await detectLanguage(Object.values(trace.fields).join('\n'));
  return {...trace, language: code};
}
