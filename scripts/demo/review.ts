import {goldenCandidates, reviewFeedback, sourceRows} from '../../stores/feedback-reviews.ts';
import {rulesInForce} from '../../stores/rules.ts';
import type {Stores} from '../../stores/stores.ts';
import {say} from '../cli/output.ts';
import type {Project} from '../cli/project.ts';
import {provedActor} from '../cli/proved-actor.ts';
import {DEMO_KEY} from './demo-key.ts';

/**
 * The demo's person lets the corrections of its users be golden rows, as `ratchet feedback review --accept-all` does: the demo knows
 * that its users are right. Nothing where nobody corrected anything.
 */
export async function reviewCorrections(project: Project, stores: Stores, release: string): Promise<void> {
  const {config, folder} = project;
  const said = await stores.traces.readFeedback(config.project, {from: 0, to: Date.now()}).next();
  if (said.done === true) return;
  const {people} = await rulesInForce(stores, config.project, () => Promise.resolve({config, folder}));
  const {createdFrom} = await stores.registry.release(config.project, release);
  const rows = createdFrom === null ? 0 : await sourceRows(stores, config.project, createdFrom);
  const rowKey = Buffer.from(project.rowKey, 'hex');
  const found = await goldenCandidates(stores, {config, people, rows, rowKey, cut: Date.now()});
  if (found.length === 0) return;
  const {name: by, sign} = await provedActor(project, stores, {act: 'review', key: DEMO_KEY});
  await reviewFeedback(stores, {
    ...{project: config.project, by, sign},
    decisions: found.map((record) => ({record, accept: true})),
  });
  say(`review: ${by} lets ${found.length} answers of users count as golden rows (ratchet feedback review)`);
}
