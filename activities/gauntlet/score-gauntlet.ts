import {z} from 'zod';
import {renderHtml} from '../../core/evaluation/report/html/page.ts';
import {renderMarkdown} from '../../core/evaluation/report/markdown.ts';
import {renderModelCard} from '../../core/evaluation/report/model-card.ts';
import {ArtifactRef} from '../../schemas/artifact.ts';
import type {GauntletResult} from '../../schemas/report.ts';
import {gauntlet} from '../../schemas/stages/gauntlet.ts';
import {stageActivity} from '../stage/stage-activity.ts';
import {JudgedBatch} from './batch.ts';
import {gather} from './gather.ts';
import {unpaged} from './pages.ts';
import {Scoring} from './scoring.ts';

/** Metrics, gates and verdict out of the samples; the report as JSON, page, Markdown and model card. */
export const scoreGauntlet = stageActivity(
  gauntlet,
  'cpu',
  {
    plan: z.object({ref: ArtifactRef}),
    answers: z.array(ArtifactRef),
    /** In any order; none where no judge is configured. */
    judged: z.array(JudgedBatch).default([]),
    /** Pages of them, where they are too many for one payload: they follow those above. */
    answerLists: z.array(ArtifactRef).default([]),
    judgedLists: z.array(ArtifactRef).default([]),
    /** The run that asked first; for the report. */
    run: z.string().optional(),
  },
  async ({request, plan, run, ...given}, context, activity): Promise<GauntletResult> => {
    const {artifacts} = context.stores;
    const step = (done: number, note: string): void =>
      activity.progress({done, total: 3, unit: 'steps', note});
    const scoring = await Scoring.open(request, plan.ref, context, activity);
    step(0, 'reads the samples');
    const answers = await unpaged(artifacts, given.answers, given.answerLists, ArtifactRef);
    const judged = await unpaged(artifacts, given.judged, given.judgedLists, JudgedBatch);
    const gathered = await gather(artifacts, scoring.plan, answers);
    const read = await scoring.read(gathered, judged);
    step(1, 'trains the baselines');
    const peers = await scoring.trainBaselines(gathered);
    step(2, 'decides the gates');
    const decided = await scoring.decide(read, peers);
    const report = await scoring.report(read, decided);
    const view = await scoring.view({gathered, read, peers, decided, report, run});
    return {
      release: report.release,
      stable: report.stable,
      verdict: report.verdict,
      report: await artifacts.putJson(report),
      html: await artifacts.putBytes(renderHtml(view), 'text/html'),
      markdown: await artifacts.putBytes(renderMarkdown(view), 'text/markdown'),
      modelCard: await artifacts.putBytes(renderModelCard(view), 'text/markdown'),
    };
  },
);
