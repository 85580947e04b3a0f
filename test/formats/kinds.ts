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
import {CacheEntry, ResolvedProject} from '../../schemas/stage.ts';
import {Feedback, Trace} from '../../schemas/trace.ts';
import {SweepRecord, TrainerEvent} from '../../schemas/training.ts';
import {CurationPlan} from '../../activities/curate/plan.ts';
import {Lineage} from '../../activities/curate/fixed-parent.ts';
import {Ledger} from '../../activities/curate/ledger.ts';
import {LastListing} from '../../activities/curate/listing.ts';
import {Answers, Plan} from '../../activities/gauntlet/item.ts';
import {CheckpointRecord, RungRecord} from '../../activities/train/checkpoints.ts';
import {Head} from '../../stores/audit.ts';
import {LeaseDocument} from '../../stores/lease.ts';
import {Built} from '../../stores/vectors.ts';

/** A kind of stored document: how it is read today, and whether it says its version itself. */
export interface Kind {
  readonly schema: z.ZodType;
  /** False for a line of a file, or a reference: the version of the document that names it counts. */
  readonly versioned: boolean;
}
const document = (schema: z.ZodType): Kind => ({schema, versioned: true});
const part = (schema: z.ZodType): Kind => ({schema, versioned: false});

/** By the name of its recorded example in test/formats/vN/. */
export const KINDS: Readonly<Record<string, Kind>> = {
  audit: document(AuditEntry),
  'audit-head': document(Head),
  cache: document(CacheEntry),
  checkpoint: document(CheckpointRecord),
  'cost-estimate': document(CostEstimate),
  costs: document(SpendDocument),
  curation: document(Lineage),
  'curation-plan': document(CurationPlan),
  dataset: document(DatasetVersion),
  deployment: document(Deployment),
  drift: document(DriftCheck),
  'drift-report': document(DriftReport),
  drop: part(Drop),
  feedback: document(Feedback),
  'gauntlet-answers': document(Answers),
  'gauntlet-plan': document(Plan),
  'gateway-keys': document(GatewayKeySet),
  'key-usage': document(KeyUsageDay),
  'kept-version': document(KeptVersion),
  lease: document(LeaseDocument),
  ledger: document(Ledger),
  'ledger-reference': part(ArtifactRef),
  listing: document(LastListing),
  outcome: document(FormerOutcome),
  provenance: document(Provenance),
  release: document(Release),
  report: document(Report),
  'report-entry': document(ReportEntry),
  'resolved-project': document(ResolvedProject),
  row: part(DatasetRow),
  run: document(RunRecord),
  rung: document(RungRecord),
  sample: part(Sample),
  sweep: document(SweepRecord),
  trace: document(Trace),
  'trainer-event': part(TrainerEvent),
  'vectors-built': document(Built),
};
