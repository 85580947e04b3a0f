/**
 * Test files that need more than a processor and a disk, or more than a few seconds. `npm run test:quick` leaves them out.
 * A new file is in it unless it is named here. Globs from the repository's root.
 */
export const NEEDS_MORE: readonly string[] = [
  // A Temporal server.
  'test/activities/access/executions.test.ts',
  'test/cli/{approve-command,break-glass-notice,doctor-temporal,promote-command,run-command,schedule-command}.test.ts',
  'test/client/approvals.test.ts',
  'test/codec/**/*.test.ts',
  'test/demo/{attend,exit-code}.test.ts',
  'test/launcher/services.test.ts',
  'test/telemetry/run.test.ts',
  'test/workers/{lazy-client,temporal-access,versionless,versions}.test.ts',
  'test/workflows/{adopt,by-hand,gauntlet,lifecycle,lifecycle-ends,monitor,notify,reset,retrain,single-flight,stages}.test.ts',
  'test/workflows/{approval,rollout}/*.test.ts',

  // The trainer, a model, a table that the launcher brings, a browser, or another language's tools.
  'test/activities/curate/embed.test.ts',
  'test/activities/gauntlet/real-engine.test.ts',
  'test/activities/monitor/real-mail.test.ts',
  'test/activities/sweep/*.test.ts',
  'test/activities/train/{kubernetes-training,train-adapter,training-backend}.test.ts',
  'test/cli/{dataset-search,kubernetes-engines}.test.ts',
  'test/client/openai-python.test.ts',
  'test/deploy/chart.test.ts',
  'test/package/*.test.ts',
  'test/serving/clients/embedder/wordllama.test.ts',
  'test/serving/engine/{completions,process}.test.ts',
  'test/serving/gateway/{hub-model,real-model,same-prompt}.test.ts',
  'test/system/{bad-input,kills,provider,second-architecture,shuffled-labels,whole-run,without-training}.test.ts',
  'test/trainer/*.test.ts',
  'test/ui/browser.test.ts',

  // Commands, gateways and supervisors as processes of their own.
  'test/cli/{access,calls,feedback-command,give-back,messages,onboarding}.test.ts',
  'test/cli/{process,running-part,store-commands,supervisor,temporal-supervised,up-and-down,who-may-approve}.test.ts',
  'test/docs/oncall.test.ts',
  'test/serving/gateway/{access,answers,deployments,engines,guardrails,hostile-requests}.test.ts',
  'test/serving/gateway/{operators-port,shadows}.test.ts',
  'test/serving/targets/contract.test.ts',
  'test/telemetry/{process-metrics,request}.test.ts',
  'test/stores/objects/s3-store.test.ts',

  // Simulations, and every order in which things can happen.
  'test/activities/curate/poisoning.test.ts',
  'test/activities/gauntlet/{anchor,auditable-report,gauntlet,judge-batch}.test.ts',
  'test/activities/rollout/interleavings/*.test.ts',
  'test/bench/statistics.test.ts',
  'test/fuzz/short-form.test.ts',
  'test/workflows/summaries.test.ts',

  // Seconds each: large inputs, many processes, whole pages.
  'test/activities/curate/{curation,growing-source}.test.ts',
  'test/activities/monitor/check-drift.test.ts',
  'test/activities/rollout/prepare-engines.test.ts',
  'test/activities/train/killed-between.test.ts',
  'test/cli/ui-command.test.ts',
  'test/client/gateway.test.ts',
  'test/core/curation/{parse-mail,transform}.test.ts',
  'test/docs/{generated-pages,openapi}.test.ts',
  'test/serving/engine/adapters.test.ts',
  'test/serving/gateway/{feedback,limits,providers}.test.ts',
  'test/stores/access/store-policy.test.ts',
  'test/stores/objects/object-store.test.ts',
  'test/stores/sources/csv.test.ts',
  'test/workers/meter.test.ts',
];

/**
 * Tests that need a process of their own: they stand other code in for a module, install Temporal's runtime or telemetry, which a
 * process does once, set what a whole stack reads of its environment, or measure the process. The others share processes.
 */
export const ISOLATED: readonly string[] = [
  'test/activities/lifecycle/end-abandoned-runs.test.ts',
  'test/demo/interruption.test.ts',
  'test/stores/objects/file-lock.test.ts',
  'test/telemetry/settings.test.ts',
  'test/workflows/replay.test.ts',
];

/** The same among those that need more. */
export const ISOLATED_WHOLE: readonly string[] = [
  'test/activities/rollout/interleavings/interleavings.test.ts',
  'test/codec/codec.test.ts',
  'test/serving/gateway/hostile-requests.test.ts',
  'test/system/{bad-input,kills,provider,second-architecture,shuffled-labels,whole-run,without-training}.test.ts',
  'test/telemetry/{process-metrics,request,run}.test.ts',
];
