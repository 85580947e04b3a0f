import type {z} from 'zod';
import {ArtifactRef} from '../../schemas/artifact.ts';
import {AuditEntry} from '../../schemas/audit.ts';
import {CostEstimate, SpendDocument} from '../../schemas/cost.ts';
import {DatasetVersion, Provenance} from '../../schemas/dataset.ts';
import {Deployment} from '../../schemas/deployment.ts';
import {DriftCheck, DriftReport} from '../../schemas/drift.ts';
import {GatewayKeySet, KeyUsageDay} from '../../schemas/gateway-key.ts';
import {KeptVersion} from '../../schemas/kept-version.ts';
import {FormerOutcome} from '../../schemas/lifecycle.ts';
import {Release} from '../../schemas/release.ts';
import {Report, Sample} from '../../schemas/report.ts';
import {DatasetRow, Drop} from '../../schemas/row.ts';
import {ReportEntry, RunRecord} from '../../schemas/run.ts';
import {ResolvedProject} from '../../schemas/resolved-project.ts';
import {Feedback, Trace} from '../../schemas/trace.ts';
import {SweepRecord, TrainerEvent} from '../../schemas/training.ts';
import {TrainingOutcome} from '../../schemas/training-job.ts';
import {CurationPlan} from '../../activities/curate/plan.ts';
import {Lineage} from '../../activities/curate/fixed-parent.ts';
import {Ledger} from '../../activities/curate/ledger.ts';
import {LastListing} from '../../activities/curate/listing.ts';
import {Answers, Plan} from '../../activities/gauntlet/item.ts';
import {CheckpointRecord, RungRecord, Starts} from '../../activities/train/checkpoints.ts';
import {AccessMark} from '../../stores/access/access.ts';
import {StoredEntry} from '../../stores/registry/cache.ts';
import {Head} from '../../stores/audit/audit.ts';
import {LeaseDocument} from '../../stores/objects/lease.ts';
import {Retirement} from '../../stores/registry/retirements.ts';
import {Built} from '../../stores/vectors/vectors.ts';

/** A kind of stored document: how it is read today, and where it says the version of its format. */
export interface Kind {
  readonly schema: z.ZodType;
  /** Null: in its own `v`. Else it is reached only by way of a document of this kind, whose `v` counts. */
  readonly versionedBy: string | null;
  /** Parts that are refused with a key that this version doesn't know; '' for the whole. */
  readonly closed: readonly string[];
}
const document = (schema: z.ZodType, closed: readonly string[] = []): Kind => ({
  schema,
  closed,
  versionedBy: null,
});
const partOf = (versionedBy: string, schema: z.ZodType): Kind => ({schema, versionedBy, closed: []});
const WHOLE = [''];

/** By the name of its recorded example in test/formats/vN/. */
export const KINDS: Readonly<Record<string, Kind>> = {
  'access-mark': document(AccessMark, WHOLE),
  audit: document(AuditEntry),
  'audit-head': document(Head),
  cache: document(StoredEntry),
  checkpoint: document(CheckpointRecord),
  'cost-estimate': document(CostEstimate),
  costs: document(SpendDocument),
  curation: document(Lineage),
  'curation-plan': document(CurationPlan, WHOLE),
  dataset: document(DatasetVersion),
  deployment: document(Deployment),
  drift: document(DriftCheck),
  'drift-report': document(DriftReport),
  drop: partOf('provenance', Drop),
  feedback: document(Feedback),
  'gauntlet-answers': document(Answers),
  'gauntlet-plan': document(Plan, WHOLE),
  'gateway-keys': document(GatewayKeySet, WHOLE),
  'key-usage': document(KeyUsageDay),
  'kept-version': document(KeptVersion),
  lease: document(LeaseDocument),
  ledger: document(Ledger),
  // The other way round: it names a ledger, which says its version.
  'ledger-reference': partOf('ledger', ArtifactRef),
  listing: document(LastListing),
  outcome: document(FormerOutcome),
  provenance: document(Provenance),
  release: document(Release, ['guardrails', 'transform']),
  report: document(Report),
  'report-entry': document(ReportEntry),
  'resolved-project': document(ResolvedProject, WHOLE),
  retirement: document(Retirement),
  row: partOf('dataset', DatasetRow),
  run: document(RunRecord),
  rung: document(RungRecord),
  sample: partOf('report', Sample),
  sweep: document(SweepRecord),
  trace: document(Trace),
  'trainer-event': partOf('cache', TrainerEvent),
  'training-outcome': document(TrainingOutcome),
  'training-starts': document(Starts),
  'vectors-built': document(Built),
};
