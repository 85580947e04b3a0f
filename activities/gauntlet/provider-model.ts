import {z} from 'zod';
import {scrub} from '../../core/curation/pii/scrub.ts';
import {leaks} from '../../core/evaluation/probes/pii-leak.ts';
import {digestOf} from '../../core/identity/digest.ts';
import type {ChatTurn} from '../../core/prompts/chat-template.ts';
import {estimatedMeasure} from '../../core/prompts/measure.ts';
import {renderTurns} from '../../core/prompts/render.ts';
import {modelInWords} from '../../core/releases/models.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {ENTITIES, short} from '../../schemas/names.ts';
import type {ProviderModel} from '../../schemas/release.ts';
import {known} from '../../schemas/tolerant.ts';
import {ModelNotServedError, UnsupportedParameterError} from '../../serving/clients/providers/failures.ts';
import {providerInference, type ProviderAnswer} from '../../serving/clients/providers/provider-inference.ts';
import type {OpenedProvider} from '../../serving/clients/providers/providers.ts';
import {openedProvider} from '../engines/opened-provider.ts';
import type {NamedModel} from '../../schemas/project.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {AskingError, UnaskableError, type AskedModel, type Said} from './asked-model.ts';

/**
 * Raise it when an answer would be kept otherwise. What a vendor was paid for is kept under the question itself, not under the
 * release: a run that goes on after a kill, another release that asks the same, or a comparison of several pays for it once.
 */
const KEPT_VERSION = 1;
const STAGE = 'provider-answers';

/** A vendor answers many at once; how many a minute it says by 429, which is waited out. */
const AT_ONCE = 8;

/** An answer without what no store may hold: its text is scrubbed, and how much was in it is a number. */
const Kept = z.strictObject({
  text: z.string(),
  choice: z.string().optional(),
  leaked: z.int(),
  promptTokens: z.int(),
  completionTokens: z.int(),
  latencyMs: z.number(),
});

interface Question {
  readonly messages: readonly ChatTurn[];
  readonly maxTokens: number;
  readonly temperature: number | null;
  readonly stop: readonly string[];
  readonly choices?: readonly string[];
}

/** A vendor's model: it is sent messages, and tells no probabilities of a given text. */
export function providerModel(
  {
    project,
    release,
    name,
    part,
    models,
  }: {
    readonly project: string;
    /** Digest of the release that asks. */
    readonly release: string;
    /** In the release. */
    readonly name: string;
    readonly part: ProviderModel;
    /** Of ratchet.yaml. */
    readonly models: Readonly<Record<string, NamedModel>>;
  },
  context: ActivityContext,
  activity: Activity,
): AskedModel {
  const provider = openedProvider(context, models, {name, part});
  const asking = new ProviderAsking({project, part, provider, context, activity});
  const answer = (question: Question): Promise<Said> =>
    asking.answer(question).catch((error: unknown) => {
      throw askingFailure(error, `model "${name}" of release ${short(release)}`);
    });
  const cannot = (): Promise<never> =>
    Promise.reject(new UnaskableError(`${modelInWords(part)} tells no probability of a given text`));
  return {
    chats: true,
    atOnce: AT_ONCE,
    ask: (prompt, {fields, messages}) => {
      const asked = prompt.kind === 'chat' ? messages?.slice(0, -1) : messages;
      const choices = prompt.kind === 'classification' ? Object.values(prompt.choices ?? {}) : undefined;
      return answer({
        messages: renderTurns(prompt, fields, estimatedMeasure, asked).turns,
        maxTokens: prompt.maxOutputTokens,
        temperature: prompt.temperature,
        stop: prompt.stop,
        ...(choices ? {choices} : {}),
      });
    },
    complete: (text, maxTokens) =>
      answer({messages: [{role: 'user', content: text}], maxTokens, temperature: null, stop: []}),
    scoreReference: cannot,
    score: cannot,
  };
}

interface Parts {
  readonly project: string;
  readonly part: ProviderModel;
  readonly provider: OpenedProvider;
  readonly context: ActivityContext;
  readonly activity: Activity;
}

class ProviderAsking {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What was answered to this question before, or is now, and then kept. */
  async answer(question: Question): Promise<Said> {
    const {project, part, context} = this.#parts;
    const {cache} = context.stores;
    const key = digestOf({v: KEPT_VERSION, part, ...question});
    const found = await cache.find(STAGE, key);
    if (found !== null) return known(Kept).parse(found.result);
    const said = this.#clean(await this.#ask(question), question);
    const entry = {v: 1 as const, stage: STAGE, key, project, at: new Date().toISOString(), artifacts: []};
    const kept = await cache.store({...entry, result: said});
    return known(Kept).parse(kept.result);
  }

  async #ask({messages, temperature, stop, ...same}: Question): Promise<ProviderAnswer> {
    const {part, provider, activity} = this.#parts;
    const answer = await providerInference(provider.chat, part.vendor).complete({
      ...same,
      messages: messages.map((turn) => message(turn)),
      ...(temperature === null ? {} : {temperature}),
      stop,
      signal: activity.signal,
    });
    const {promptTokens, completionTokens} = answer;
    activity.spend(
      provider.priceOf === null
        ? {promptTokens, completionTokens}
        : {paid: provider.priceOf(answer), paidTokens: promptTokens + completionTokens},
    );
    return answer;
  }

  #clean(
    {text, choice, promptTokens, completionTokens, latencyMs}: ProviderAnswer,
    {messages}: Question,
  ): z.infer<typeof Kept> {
    const asked = messages.map(({content}) => content).join('\n');
    const {rowKey: key} = this.#parts.context;
    return {
      text: scrub(text, {entities: ENTITIES, key}).text,
      ...(choice === undefined ? {} : {choice}),
      leaked: leaks(text, asked).length,
      promptTokens,
      completionTokens,
      latencyMs,
    };
  }
}

function message({role, content}: ChatTurn) {
  // A tool's answer without the call that it is to is what no vendor takes.
  return role === 'tool' ? {role: 'user' as const, content} : {role, content};
}

/**
 * What a vendor's failure means for the item, or for the run, with the part that it is about. A model that is gone and a
 * parameter that it does not take are of the run: every item would fail.
 */
function askingFailure(error: unknown, place: string): unknown {
  if (!(error instanceof RatchetError)) return error;
  const message = `${place}: ${error.message}`;
  if (error instanceof ModelNotServedError || error instanceof UnsupportedParameterError)
    return new AskingError(ErrorType.InvalidInput, message);
  if (error.type === ErrorType.InvalidInput) return new UnaskableError(message);
  return new AskingError(error.type, message);
}
