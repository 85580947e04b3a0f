import {checkGateNames, checkGates, type GateNames} from './check-gates.ts';
import {isHubId} from './hub-id.ts';
import type {Explained, KeyPath} from './explain-issue.ts';
import type {ProjectConfig, ProjectYaml, Source, Task} from './project.ts';
import {BASE} from './names.ts';
import {modelsOfTask, tasksOfBase} from './task-models.ts';
import {TrainingConfig} from './training.ts';

/**
 * What no single field shows: keys of a project that are each valid, but do not fit together. `written` is the same project
 * without defaults, as the file says it.
 */
export function checkProject(
  config: ProjectConfig,
  written: ProjectYaml,
  gateNames: GateNames | undefined,
): Explained[] {
  return [
    ...checkSources(config.sources, ['sources']),
    ...checkSources(config.replay?.sources ?? [], ['replay', 'sources']),
    ...Object.entries(config.tasks).flatMap(([name, task]) => checkTask(task, ['tasks', name])),
    ...checkAliases(config.tasks),
    ...checkModels(config, written),
    ...checkAllTraining(config),
    ...checkBaseModel(config.base_model),
    ...checkCustomMetrics(config),
    ...checkGates(written.gauntlet.gates, written.gauntlet.anchor),
    ...(gateNames ? checkGateNames(config.gauntlet.gates, gateNames) : []),
    ...checkGuardrails(config),
    ...checkSplit(config),
    ...checkApproval(config.approval),
  ];
}

function problem(path: KeyPath, expected: string, got: string): Explained {
  return {path, expected, got, atKey: false};
}

function checkSources(sources: readonly Source[], path: KeyPath): Explained[] {
  const names = sources.map((source) => source.name);
  return names.flatMap((name, i) =>
    names.indexOf(name) === i
      ? []
      : [problem([...path, i, 'name'], 'a name no other source has', JSON.stringify(name))],
  );
}

/** A metric's tasks are the project's. */
function checkCustomMetrics({tasks, gauntlet: {metrics = {}}}: ProjectConfig): Explained[] {
  return Object.entries(metrics).flatMap(([name, {tasks: named = []}]) =>
    named.flatMap((task, i) =>
      tasks[task] === undefined
        ? [
            problem(
              ['gauntlet', 'metrics', name, 'tasks', i],
              `a task of this project (${Object.keys(tasks).join(', ')})`,
              JSON.stringify(task),
            ),
          ]
        : [],
    ),
  );
}

function checkTask(task: Task, path: KeyPath): Explained[] {
  const problems: Explained[] = [];
  if (task.kind === 'classification' && !task.labels)
    problems.push(problem([...path, 'labels'], 'the classes of a classification', 'nothing'));
  for (const [alias, label] of Object.entries(task.label_aliases ?? {}))
    if (!task.labels?.includes(label) || task.labels.includes(alias))
      problems.push(
        problem(
          [...path, 'label_aliases', alias],
          'one of the labels, for a spelling that is none',
          JSON.stringify(label),
        ),
      );
  if (task.kind === 'generation' && !task.target)
    problems.push(problem([...path, 'target'], 'the field a generation is compared with', 'nothing'));
  if (task.target && task.inputs.includes(task.target))
    problems.push(
      problem(
        [...path, 'target'],
        'a field the model is not shown',
        `the input ${JSON.stringify(task.target)}`,
      ),
    );
  if (task.json_fields && task.kind !== 'generation')
    problems.push(
      problem(
        [...path, 'json_fields'],
        'none, as only a generation answers with a JSON object',
        JSON.stringify(task.json_fields),
      ),
    );
  for (const [i, field] of (task.json_fields ?? []).entries())
    if (task.json_fields!.indexOf(field) !== i)
      problems.push(
        problem([...path, 'json_fields', i], 'a field that is not named twice', JSON.stringify(field)),
      );
  if (task.trim && !task.inputs.includes(task.trim))
    problems.push(
      problem([...path, 'trim'], `one of the inputs ${task.inputs.join(', ')}`, JSON.stringify(task.trim)),
    );
  for (const [, field] of task.prompt.matchAll(/\{\{\s*([\w-]+)\s*\}\}/g))
    if (!task.inputs.includes(field!))
      problems.push(
        problem([...path, 'prompt'], `only the inputs ${task.inputs.join(', ')} in {{…}}`, `{{${field}}}`),
      );
  return problems;
}

/** Tasks name models that are there, every model is asked by some task, and what trains is asked by one. */
function checkModels(
  {models, tasks, training}: ProjectConfig,
  {base_model: writtenBase}: ProjectYaml,
): Explained[] {
  const names = Object.keys(models);
  const known = [BASE, ...names];
  const asked = new Set(Object.values(tasks).flatMap(modelsOfTask));
  const problems: Explained[] = [];
  if (names.includes(BASE))
    problems.push(problem(['models', BASE], `another name, as ${BASE} is base_model's`, `"${BASE}"`));
  for (const name of names)
    if (!asked.has(name))
      problems.push(
        problem(['models', name], 'a model that some task asks by model or fallback', 'one that none does'),
      );
  for (const [name, task] of Object.entries(tasks)) {
    const own = modelsOfTask(task);
    for (const [i, model] of own.entries()) {
      const path = ['tasks', name, ...(i === 0 ? ['model'] : ['fallback', i - 1])];
      if (!known.includes(model))
        problems.push(problem(path, `one of ${known.join(', ')}`, JSON.stringify(model)));
      else if (own.indexOf(model) !== i)
        problems.push(problem(path, 'a model that the task does not ask before', JSON.stringify(model)));
    }
    if (task.model === undefined && names.length > 0 && training === 'none' && writtenBase === undefined)
      problems.push(
        problem(['tasks', name, 'model'], `${names.join(' or ')}, or base_model in the project`, 'nothing'),
      );
    if (task.temperature === 'default' && own[0] === BASE)
      problems.push(
        problem(['tasks', name, 'temperature'], 'a number, as the base model has no other', '"default"'),
      );
  }
  if (training !== 'none' && Object.keys(tasksOfBase(tasks)).length === 0)
    problems.push(
      problem(['training'], 'none, as no task is answered by the base model first', 'a training'),
    );
  return problems;
}

/** All tasks read the same rows, so a spelling means one label in the whole project. */
function checkAliases(tasks: ProjectConfig['tasks']): Explained[] {
  const known = new Map<string, string>();
  return Object.entries(tasks).flatMap(([name, {label_aliases: aliases = {}}]) =>
    Object.entries(aliases).flatMap(([alias, label]) => {
      const other = known.get(alias) ?? label;
      known.set(alias, other);
      const expected = `"${alias}" as a spelling of one label, ${JSON.stringify(other)} in another task`;
      return other === label ? [] : [problem(['tasks', name, 'labels'], expected, JSON.stringify(label))];
    }),
  );
}

/** A row as long as the task allows has to fit into what the trainer takes; it cuts nothing. */
function checkLength(task: Task, {sequence_len: most}: TrainingConfig, path: KeyPath): Explained[] {
  // Of these no tokenizer is known yet; each word of them is at least one token.
  const words =
    `${task.system ?? ''} ${task.prompt.replace(/\{\{[^}]*\}\}/g, ' ')}`.match(/\p{L}+/gu)?.length ?? 0;
  // A class is learned as its label, not as an answer of any length.
  const answer = task.kind === 'classification' ? 1 : task.max_output_tokens;
  const longest = task.max_input_tokens + answer + words;
  if (longest <= most) return [];
  return [
    problem(
      [...path, 'max_input_tokens'],
      `together with ${answer} tokens of answer and ${words} words of prompt at most training.sequence_len, ${most} (lower one, or raise that)`,
      `${task.max_input_tokens}, ${longest} in all`,
    ),
  ];
}

function checkAllTraining({training, tasks, warm_start: warm}: ProjectConfig): Explained[] {
  if (training === 'none') return warm ? [problem(['warm_start'], 'false, as training is none', 'true')] : [];
  return [
    ...Object.entries(tasksOfBase(tasks)).flatMap(([name, task]) =>
      checkLength(task, training, ['tasks', name]),
    ),
    ...checkTraining(training, tasks),
    ...checkSweep(training, warm),
  ];
}

/** Settings that another one, or its absence, would leave without effect. */
function checkTraining(training: TrainingConfig, tasks: ProjectConfig['tasks']): Explained[] {
  const {warmup_steps: steps, warmup_ratio: ratio} = training;
  const at = (name: keyof TrainingConfig, expected: string): Explained =>
    problem(['training', name], expected, JSON.stringify(training[name]));
  const problems: Explained[] = [];
  if (ratio !== undefined && steps > 0)
    problems.push(at('warmup_ratio', `none with warmup_steps (${steps})`));
  for (const [interval, perEpoch] of [
    ['eval_steps', 'evals_per_epoch'],
    ['save_steps', 'saves_per_epoch'],
  ] as const)
    if (training[interval] !== undefined && training[perEpoch] !== undefined)
      problems.push(at(perEpoch, `none with ${interval} (${training[interval]}): leave one of the two out`));
  for (const [needed, name] of [
    ['mlflow_tracking_uri', 'mlflow_experiment_name'],
    ['wandb_project', 'wandb_entity'],
  ] as const)
    if (training[name] !== undefined && training[needed] === undefined)
      problems.push(at(name, `${needed} with it, without which nothing is sent, or neither`));
  if (training.roles_to_train !== undefined && !Object.values(tasks).some(({kind}) => kind === 'chat'))
    problems.push(at('roles_to_train', 'none without a task of kind chat, whose turns it is about'));
  return problems;
}

function checkSweep(training: TrainingConfig, warm: boolean): Explained[] {
  if (training.sweep === undefined) return [];
  const {trials: _trials, seed: _seed, ...knobs} = training.sweep;
  const problems = Object.entries(knobs).flatMap(([name, from]) =>
    from === undefined || Array.isArray(from)
      ? []
      : (['min', 'max'] as const).flatMap((end) => {
          const allowed = TrainingConfig.shape[name as keyof typeof TrainingConfig.shape];
          const path = ['training', 'sweep', name, end];
          return allowed.safeParse(from[end]).success
            ? []
            : [problem(path, `a value that training.${name} may have`, `${from[end]}`)];
        }),
  );
  // An adapter that training goes on from has its rank, and its weights count by its alpha.
  for (const [name, what] of [
    ['lora_r', 'a rank'],
    ['lora_alpha', 'an alpha'],
  ] as const)
    if (warm && knobs[name] !== undefined)
      problems.push(
        problem(
          ['training', 'sweep', name],
          `none with warm_start, whose adapter has ${what} already`,
          JSON.stringify(knobs[name]),
        ),
      );
  // Rungs are planned by rows; how many sequences packed rows make, only their lengths say.
  if (training.sample_packing === true)
    problems.push(
      problem(['training', 'sample_packing'], 'false with a sweep, whose rungs count rows', 'true'),
    );
  return problems;
}

function checkBaseModel({kind, path, revision}: ProjectConfig['base_model']): Explained[] {
  if (kind === 'hf' && path === undefined)
    return [problem(['base_model', 'path'], 'a folder or a Hugging Face id, as kind is hf', 'nothing')];
  if (revision === undefined || (kind === 'hf' && isHubId(path!))) return [];
  return [
    problem(
      ['base_model', 'revision'],
      'none, as only a Hugging Face id (kind: hf, path: org/name) has revisions',
      JSON.stringify(revision),
    ),
  ];
}

function checkGuardrails(config: ProjectConfig): Explained[] {
  return config.guardrails.block_patterns.flatMap((pattern, i) => {
    try {
      new RegExp(pattern, 'u');
      return [];
    } catch {
      const path = ['guardrails', 'block_patterns', i];
      return [problem(path, 'a regular expression', JSON.stringify(pattern))];
    }
  });
}

/** Groups and escalations name people of the project, and no more approvals are asked for than a group has people. */
function checkApproval({approvers, quorum, escalation}: ProjectConfig['approval']): Explained[] {
  const names = new Set(approvers.map(({name}) => name));
  const known = [...names].join(', ') || 'none yet';
  const unknown = (path: KeyPath, list: readonly string[]): Explained[] =>
    list.flatMap((name, i) =>
      names.has(name)
        ? []
        : [problem([...path, i], `a name of approval.approvers (${known})`, JSON.stringify(name))],
    );
  return [
    ...quorum.flatMap(({of, required}, i) => [
      ...unknown(['approval', 'quorum', i, 'of'], of),
      ...(required > new Set(of).size
        ? [
            problem(
              ['approval', 'quorum', i, 'required'],
              `at most the ${new Set(of).size} of the group`,
              `${required}`,
            ),
          ]
        : []),
    ]),
    ...escalation.flatMap(({to}, i) => unknown(['approval', 'escalation', i, 'to'], to)),
    ...approvers.flatMap(({moves, roles}, i) =>
      moves === undefined || roles.includes('operator')
        ? []
        : [
            problem(
              ['approval', 'approvers', i, 'moves'],
              'none, as only an operator moves',
              moves.join(', '),
            ),
          ],
    ),
  ];
}

function checkSplit(config: ProjectConfig): Explained[] {
  const {validation, golden, traffic} = config.curation.split;
  const apart = validation + golden + traffic;
  if (apart < 1) return [];
  return [
    problem(
      ['curation', 'split'],
      'validation + golden + traffic below 1, so that rows are left to train on',
      `${apart}`,
    ),
  ];
}
