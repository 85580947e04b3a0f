import {z} from 'zod';
import {Digest} from './artifact.ts';
import {GatewayLimits, Monitor, NamedModel, ProjectConfig} from './project.ts';
import {BaseModel} from './release.ts';
import {failsClosed} from './tolerant.ts';

/** A duration that was read before: no unit is left to name. */
const Milliseconds = z.int().nonnegative();
const {approval, gateway, traces} = ProjectConfig.shape;
const SettledConfig = ProjectConfig.extend({
  approval: approval.unwrap().extend({
    timeout: Milliseconds,
    reminder: Milliseconds,
    escalation: z.array(z.strictObject({after: Milliseconds, to: z.array(z.string()).min(1)})).default([]),
  }),
  monitor: Monitor.extend({interval: Milliseconds, cool_down: Milliseconds}),
  gateway: gateway.unwrap().extend({
    flush: Milliseconds,
    // Missing in what was settled before there were limits.
    limits: GatewayLimits.extend({
      transform_within: Milliseconds.default(5000),
      headers_within: Milliseconds.default(10_000),
      request_within: Milliseconds.default(30_000),
    }).prefault({}),
  }),
  models: z.record(z.string(), NamedModel.extend({timeout: Milliseconds})).default({}),
  traces: traces.unwrap().extend({raw_lifetime: Milliseconds}),
});

/**
 * A project as a run sees it: the YAML with defaults filled in, and what was resolved from outside of it.
 * Stored as an artifact; histories carry the reference.
 */
export const ResolvedProject = failsClosed(
  z.strictObject({
    v: z.literal(1),
    config: SettledConfig,
    /** Null where no task asks it. */
    base: BaseModel.nullable(),
    /** The day that the base's chat template shows; missing where it prints none. */
    date: z.iso.date().optional(),
    /** sha256 of the file of each of the project's own metrics. */
    metrics: z.record(z.string(), Digest).optional(),
  }),
);
export type ResolvedProject = z.infer<typeof ResolvedProject>;
