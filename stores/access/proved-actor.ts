import {needsSignature, refusalOf, type Target} from '../../core/access/rights.ts';
import type {ActPayload, ProvedAct} from '../../schemas/access.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {proveAct} from './prove-act.ts';
import {rulesInForce, type ReadYaml} from './rules.ts';
import type {Stores} from '../stores.ts';
import {actor, userName, type Actor} from './actor.ts';
import {signedAct, type Signer} from './sign-act.ts';

/** Who acts on the store itself, with what they sign. */
export interface ProvedActor extends Actor {
  /** Their name among the people in force. */
  readonly name: string;
  /** Signs an act about exactly this; undefined where the project names nobody. Throws NotPermitted where they may not. */
  readonly sign: (about: ActPayload['about'], comment?: string) => ProvedAct | undefined;
}

/** What a person does to the store, or asks Temporal for, by the command line alone. */
type StoreAct = Extract<
  ActPayload['act'],
  | 'rollback'
  | 'break_glass'
  | 'cancel'
  | 'run'
  | 'retrain'
  | 'retire'
  | 'api_key'
  | 'schedule'
  | 'gc'
  | 'set_current'
  | 'review'
>;
/** What an act moves: to retire a release takes it out of what may be stable. */
const MOVES: Partial<Record<StoreAct, Target>> = {
  rollback: 'stable',
  break_glass: 'stable',
  retire: 'stable',
};
/** Where the project names nobody, these ask for no key. */
const KEYLESS: readonly StoreAct[] = ['schedule', 'gc', 'set_current', 'review'];

/**
 * The person of this call as somebody who may act, by the people in force. Throws NotPermitted in one line where they may
 * not, before anything is moved; `about` of the probe is filled in when it is signed.
 */
export async function provedActor(
  project: ReadYaml,
  stores: Stores,
  {act, key}: {readonly act: StoreAct; readonly key: string | Signer | undefined},
): Promise<ProvedActor> {
  const {config, folder} = project;
  const rules = await rulesInForce(stores, config.project, () => Promise.resolve({config, folder}));
  if (act === 'break_glass' && !needsSignature(rules.people))
    throw new RatchetError(
      'InvalidInput',
      `${config.project} names nobody, so there is no glass to break: leave out --break-glass`,
    );
  const nobody = !needsSignature(rules.people) && key === undefined && KEYLESS.includes(act);
  const by: Actor = nobody ? {name: userName(), key: ''} : await actor(project, key);
  const target = MOVES[act] ?? null;
  const person = rules.people.find(({id}) => id === by.key);
  if (
    act === 'break_glass' &&
    person !== undefined &&
    refusalOf({act: 'rollback', target: 'stable', person, people: rules.people}) === null
  )
    throw new RatchetError('InvalidInput', `${person.name} may roll back: leave out --break-glass`);
  const prove = (about: ActPayload['about'], comment = '') => {
    const signed = signedAct(by.signing, {project: config.project, act, about, comment});
    const proof = proveAct(
      rules,
      {project: config.project, act, about, target},
      {by: by.name, signed, now: Date.now()},
    );
    if (proof.status === 'refused') throw new RatchetError('NotPermitted', `refused: ${proof.reason}`);
    return proof;
  };
  return {
    ...by,
    name: prove({}).by,
    sign: (about, comment) => {
      const proof = prove(about, comment);
      return proof.status === 'proved' ? proof.signed : undefined;
    },
  };
}
