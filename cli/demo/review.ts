import {reviewFeedback} from '../../stores/traces/feedback-reviews.ts';
import type {Stores} from '../../stores/stores.ts';
import {listedFeedback, waits} from '../listed-feedback.ts';
import {say} from '../output.ts';
import type {Project} from '../../stack/project-file.ts';
import {provedActor} from '../../stores/access/proved-actor.ts';
import {DEMO_KEY} from './demo-key.ts';

/**
 * The demo's person lets the corrections of its users be golden rows, as `ratchet feedback review --accept-all` does: the demo knows
 * that its users are right. Nothing where nobody corrected anything.
 */
export async function reviewCorrections(project: Project, stores: Stores): Promise<void> {
  const waiting = (await listedFeedback(project, stores)).records.filter(waits);
  if (waiting.length === 0) return;
  const {name: by, sign} = await provedActor(project, stores, {act: 'review', key: DEMO_KEY});
  await reviewFeedback(stores, {
    project: project.config.project,
    by,
    sign,
    decisions: waiting.map((record) => ({record, accept: true})),
  });
  say(`review: ${by} lets ${waiting.length} answers of users count as golden rows (ratchet feedback review)`);
}
