import type {ActPayload, ProvedAct} from '../../schemas/access.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {proveAct} from '../../stores/prove-act.ts';
import {rulesInForce} from '../../stores/rules.ts';
import type {Stores} from '../../stores/stores.ts';
import {actor, type Actor} from './actor.ts';
import type {Project} from './project.ts';
import {signedAct} from './sign-act.ts';

/** Who acts on the store itself, with what they sign. */
export interface ProvedActor extends Actor {
  /** Their name among the people in force. */
  readonly name: string;
  /** Signs an act about exactly this; undefined where the project names nobody. Throws NotPermitted where they may not. */
  readonly sign: (about: ActPayload['about'], comment?: string) => ProvedAct | undefined;
}

/**
 * The person of this call as somebody who may act, by the people in force. Throws NotPermitted in one line where they may
 * not, before anything is moved; `about` of the probe is filled in when it is signed.
 */
export async function provedActor(
  project: Project,
  stores: Stores,
  {act, key}: {readonly act: 'rollback' | 'cancel' | 'run' | 'retrain'; readonly key: string | undefined},
): Promise<ProvedActor> {
  const {config, folder} = project;
  const by = await actor(project, key);
  const rules = await rulesInForce(stores, config.project, () => Promise.resolve({config, folder}));
  const target = act === 'rollback' ? ('stable' as const) : null;
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
