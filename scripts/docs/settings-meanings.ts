/**
 * What each key of ratchet.yaml means, by its path: `[]` stands for any item of a list, `TASK` for a task's name. What its
 * type, range and default are is the schema's to say (schemas/project.ts); a test holds the two together.
 */
export const MEANINGS: Readonly<Record<string, string>> = {
  version: 'Version of this file format.',
  project: "The project's name: part of every stored key, workflow ID and model name.",
  description: 'One sentence for people, shown in the report and the model card.',

  sources: 'Where rows come from. See [data.md](data.md).',
  'sources[].name': 'Part of each row id (`NAME/RECORD`). No two sources may share one.',
  'sources[].uri':
    '`file:` (relative to the YAML, or `file:///…`), `s3://bucket/key`, or `npm:package/path`; `*` and `**` match files.',
  'sources[].format': 'How the files are read.',
  'sources[].label': 'The label of every record of this source.',
  'sources[].fields': 'Which column is which: `{id: msg_id, label: class, text: body}`.',
  'sources[].limit': 'At most so many records, in the order of their ids.',
  'sources[].follow_links':
    'Of a `uri` with stars: read links that lead out of its folder, too. Anyone who can create a link there can then make it read any file.',

  'input.format':
    'What a record is, and which fields it gets: `mail` → subject, body; `text` → text; `chat` → messages.',
  'input.fields': 'Names of the fields of a `record`; other formats have their own.',

  tasks: 'One entry a task; the gateway serves it as `model: "PROJECT/TASK"`.',
  'tasks.TASK.kind':
    '`classification` answers one of its labels, `generation` writes a text, `chat` continues messages.',
  'tasks.TASK.model':
    'Which of `models` answers. Missing: the base model, with the adapter that a run trains.',
  'tasks.TASK.fallback':
    'Models that are asked in this order where `model` does not answer; `base` is the base model. The gauntlet judges `model` alone.',
  'tasks.TASK.inputs': 'Fields that the model sees; each must occur in the prompt as `{{field}}`.',
  'tasks.TASK.labels':
    'The classes of a classification; required there. A list, or a map of each class to its other spellings: `{negative: [neg, Negative], positive: []}` ([labels](data.md#labels)).',
  'tasks.TASK.label_aliases':
    'Spelling → class, `{neg: negative}`: what the map form of `labels` says, the other way round.',
  'tasks.TASK.target':
    'The field a generation is compared with; required there, and never shown to the model.',
  'tasks.TASK.json_fields':
    'Generation: the answer, and its target, is one JSON object with these fields; adds a metric for each.',
  'tasks.TASK.prompt': 'The template; `{{field}}` is replaced by an input.',
  'tasks.TASK.format': "`chat` wraps the prompt in the model's chat template; `plain` sends it as it is.",
  'tasks.TASK.system': 'A system message, for `format: chat`.',
  'tasks.TASK.trim': 'Which input is cut where the inputs exceed `max_input_tokens`.',
  'tasks.TASK.max_input_tokens':
    'Tokens of all inputs together; of a conversation with its own system message and what the chat template writes around each message.',
  'tasks.TASK.max_output_tokens': 'Tokens of an answer at most; a client may ask for fewer.',
  'tasks.TASK.temperature':
    "0 = always the most probable token. `default`: a vendor's model takes its own, the only one that some take.",
  'tasks.TASK.stop': 'Texts at which generation ends.',
  'tasks.TASK.train.rows': 'At most so many rows of the train split; all if missing.',
  'tasks.TASK.train.balance': '`class`: the same number of rows of each label.',
  'tasks.TASK.train.feedback_share':
    'At most this share of the rows (of each class, where balanced) is what users corrected or confirmed, unless the others do not fill the rest.',
  'tasks.TASK.train.validation_rows': 'At most so many rows of the validation split.',
  'tasks.TASK.golden_rows':
    'At most so many golden rows of each age are asked in the gauntlet, classes in their natural shares; all if missing. Those of the first dataset are one age, those that each later version added another: a retrain asks more.',

  'base_model.name': 'A name for reports. Where `path` is an id and no other name is given, the id.',
  'base_model.kind': '`gguf`: one file. `hf`: a Hugging Face folder or id.',
  'base_model.path':
    'The file or folder (relative to the YAML), or the Hugging Face id, `org/name`. Missing: the default model that the launcher fetched.',
  'base_model.revision':
    'Of an id alone: the branch, tag or commit. Missing: `main`. It is resolved to a commit when a run begins.',

  'base_model.date':
    'The day that a chat template which prints one shows, in training, evaluation and serving. Missing: the stable release’s, else that of the first run (UTC). Without effect where the template prints none.',
  'curation.languages': 'ISO 639-1 codes that may stay; an empty list keeps all.',
  'curation.language_score':
    'How surely a row must be of another language to be dropped: its best score over that plus the best score of an allowed language.',
  'curation.min_chars':
    "Rows with less text after stripping are dropped (`too_short`). A mail's text is its body.",
  'curation.max_chars': 'Rows with more are dropped (`too_long`).',
  'curation.pii': 'Which personal data is replaced by pseudonyms.',
  'curation.near_duplicates.shingle_words': 'Words in one shingle.',
  'curation.near_duplicates.bands': 'Bands of the MinHash signature.',
  'curation.near_duplicates.rows': 'Rows in a band; the signature has bands × rows places.',
  'curation.near_duplicates.jaccard':
    'Similarity of the shingle sets from which two rows are near-duplicates.',
  'curation.near_duplicates.max_cluster':
    'No cluster grows beyond so many different texts, each with all its copies; an alert says when one would have.',
  'curation.decontaminate.ngram_words': 'Words in one n-gram, for the comparison with golden rows.',
  'curation.decontaminate.overlap':
    "Share of the shorter text's n-grams from which a row overlaps a golden row and is dropped (`golden_overlap`).",
  'curation.split.validation': 'Share of the clusters that become validation rows.',
  'curation.split.golden': 'Share of the clusters that become golden rows.',
  'curation.split.traffic': 'Share of the clusters held back to be asked as traffic.',
  'curation.split.seed': 'Another seed gives another split.',
  'curation.split.group':
    'A column. Rows with the same value stay in one split, and count as one in every interval ([data](data.md#groups-and-time)).',
  'curation.split.time':
    'A column of dates. Golden rows are the latest ones by it ([data](data.md#groups-and-time)).',
  'curation.malformed_share': 'Above this share of malformed records the run stops with `TooManyMalformed`.',
  'curation.shard_records': 'Records processed in one activity. Changes nothing in the result.',

  models: 'Models of providers, by the names that tasks use for them. See [providers.md](providers.md).',
  'models.MODEL.provider':
    '`openai`, `anthropic`, `google`, or `openai-compatible` for any server that speaks OpenAI’s chat completions.',
  'models.MODEL.model': 'The name that the vendor gives it.',
  'models.MODEL.snapshot':
    'The dated version that is asked for instead of `model`. Without one, and where `model` names no version, the vendor may change what answers, and reports say so.',
  'models.MODEL.api_key_env':
    "The environment variable that holds the key. Missing: the one that the vendor's own clients read.",
  'models.MODEL.base_url_env':
    "The environment variable that holds the address. Missing: the one that the vendor's own clients read, else the vendor's own address.",
  'models.MODEL.timeout': "For one answer, or a stream's first piece.",
  'models.MODEL.prices.input':
    'Price of a million tokens of input, in `prices.currency`. Without prices, `prices.million_prompt_tokens` and `prices.million_completion_tokens` count.',
  'models.MODEL.prices.cached_input':
    'Price of a million tokens that the vendor found in its cache. Missing: as `input`.',
  'models.MODEL.prices.output': 'Price of a million tokens of output, with those of its reasoning.',

  training:
    '`none`: candidates are the base model as it is, with the prompts of the project ([without training](training.md#without-training)).',
  'training.lora_r': 'Rank of the adapter.',
  'training.lora_alpha': 'Scale of the adapter: its weights count alpha / r.',
  'training.lora_dropout': 'Dropout on the adapter’s input while training.',
  'training.lora_target_linear': 'Adapt every linear layer, where `lora_target_modules` is missing.',
  'training.lora_target_modules': 'Adapt only modules of these names.',
  'training.sequence_len': 'Tokens of prompt and completion together.',
  'training.train_on_inputs': 'Prompts are learned from like completions.',
  'training.micro_batch_size': 'Rows in one forward pass; with several devices at most so many.',
  'training.gradient_accumulation_steps':
    'Forward passes in one step, on one device. A step has `micro_batch_size` × this many rows, however many devices share them.',
  'training.num_epochs': 'Times that the training set is gone through.',
  'training.max_steps': 'At most so many steps.',
  'training.learning_rate': 'At its highest.',
  'training.lr_scheduler': 'How it falls after the warm-up.',
  'training.warmup_steps': 'Steps in which it rises from 0.',
  'training.warmup_ratio': 'Share of all steps, instead of `warmup_steps`.',
  'training.weight_decay': "AdamW's.",
  'training.max_grad_norm': 'Gradients are clipped to this norm.',
  'training.eval_steps': 'Validation every so many steps…',
  'training.evals_per_epoch': '…or so often an epoch.',
  'training.save_steps': 'A checkpoint every so many steps…',
  'training.saves_per_epoch': '…or so often an epoch.',
  'training.save_minutes':
    'A checkpoint at the latest so many minutes after the last one, whatever the steps say; 5 where it is missing.',
  'training.early_stopping_patience': 'Stop after so many validations in a row without a lower loss.',
  'training.seed': 'The same seed, data and settings give the same adapter on the same kind of processor.',
  'training.bf16':
    '`auto`: bf16 where the processor or GPU multiplies it, else fp32. `true` on a CPU without it computes it emulated, and says so.',
  'training.group_by_length':
    'Rows of like length share a step, which saves padding; on where it is missing.',
  'training.gradient_checkpointing':
    'Less memory for a third more time: activations are computed again on the way back. Off where it is missing.',
  'training.roles_to_train':
    '`[assistant]`: of a chat row every turn of the assistant is learned from, each with what ends it; not its last one alone.',
  'training.sample_packing':
    'Several rows in one sequence of at most `sequence_len`, none of which sees another; `micro_batch_size` then counts sequences. See [training.md](training.md).',
  'training.peft_use_rslora': 'The adapter’s weights count alpha / √r (rank-stabilised LoRA).',
  'training.peft_use_dora':
    'Magnitude and direction are adapted apart (DoRA). llama.cpp serves none: needs vLLM servers that do, or `merge_lora`.',
  'training.adapter': '`qlora`: as `load_in_4bit`.',
  'training.load_in_4bit':
    'The frozen base in 4 bits (NF4, by bitsandbytes). See [training.md](training.md).',
  'training.fsdp':
    'The frozen base is spread over the devices, where it is too large for one; each has the whole adapter.',
  'training.merge_lora':
    'The base with the adapter merged in is kept, too, as a Hugging Face folder’s files.',
  'training.mlflow_tracking_uri':
    'Losses and rates go to this MLflow server, too, with hyperparameters and no row. See [training.md](training.md).',
  'training.mlflow_experiment_name': '`ratchet` where it is missing.',
  'training.wandb_project': 'The same for Weights & Biases.',
  'training.wandb_entity': 'Whose project it is; missing: your own.',

  'training.sweep.trials': 'At most so many trials. See [sweep.md](sweep.md).',
  'training.sweep.seed': 'Another seed draws other trials.',
  'training.sweep.learning_rate':
    'Values to try instead of `training.learning_rate`, or a range: `{min, max, scale: linear}`, or `log`.',
  'training.sweep.lora_alpha':
    'Values to try instead of `training.lora_alpha`, or a range: `{min, max, scale: linear}`, or `log`.',
  'training.sweep.lora_dropout':
    'Values to try instead of `training.lora_dropout`, or a range: `{min, max, scale: linear}`, or `log`.',
  'training.sweep.weight_decay':
    'Values to try instead of `training.weight_decay`, or a range: `{min, max, scale: linear}`, or `log`.',
  'training.sweep.warmup_ratio':
    'Values to try instead of `training.warmup_ratio`, or a range: `{min, max, scale: linear}`, or `log`.',
  'training.sweep.max_grad_norm':
    'Values to try instead of `training.max_grad_norm`, or a range: `{min, max, scale: linear}`, or `log`.',
  'training.sweep.lora_r': 'Values to try instead of `training.lora_r`.',
  'training.sweep.lr_scheduler': 'Values to try instead of `training.lr_scheduler`.',

  warm_start:
    "Training goes on from the stable release's adapter instead of starting from the base. The adapter's shape and scale have to be the same: `lora_r`, `lora_alpha`, `lora_target_…`, `peft_use_…`.",

  'gauntlet.gates': 'What a candidate must pass. See [evaluation.md](evaluation.md).',
  'gauntlet.gates[].metric': 'A name from the [catalogue of metrics](evaluation.md#metrics).',
  'gauntlet.gates[].against':
    'Of the two tests that compare: `stable`, or `anchor`, the release that `gauntlet.anchor` names.',
  'gauntlet.anchor':
    'A release that every non-inferiority gate of retrains compares with, too, so that small losses do not add up: `first`, the first trained release that was stable, or a digest. See [evaluation.md](evaluation.md#an-anchor).',
  'gauntlet.gates[].test': 'How the gate decides. See [the four tests](evaluation.md#the-four-tests).',
  'gauntlet.gates[].margin':
    'Non-inferiority: the loss still accepted; required there. Superiority: the least gain worth having. The others take none.',
  'gauntlet.gates[].limit':
    'What an `at-least` or `at-most` gate compares with; required there, and the others take none.',
  'gauntlet.gates[].slice':
    'Only items of this slice, such as `frozen`, `new_batch`, `new-thread`, `html`; all if missing.',
  'gauntlet.gates[].required':
    'Required gates decide; an advisory one (`false`) is only shown. If missing: `false` for `judge_win_rate`, else `true`.',
  'gauntlet.gates[].when': '`first`: stable is the bare base. `retrain`: stable is a fine-tuned release.',
  'gauntlet.general_rows': 'Items of the general set, which shows forgetting (there are 66).',
  'gauntlet.probe_rows':
    'Probes of each kind: injections, jailbreaks, prompts that invite personal data. Shorter lists are used whole.',
  'gauntlet.perplexity_rows': 'Validation rows whose completion is scored, over all tasks together.',
  'gauntlet.max_error_share':
    'Above this share of items that could not be scored a gate is inconclusive; below it, what failed counts as wrong.',
  'gauntlet.metrics': 'Metrics of your own, by name. A gate calls one `TASK_NAME`.',
  'gauntlet.metrics.METRIC.file':
    'A TypeScript file, relative to the YAML, whose default export scores an answer. See [your own metric](evaluation.md#your-own-metric).',
  'gauntlet.metrics.METRIC.tasks': 'The tasks that it is of. If missing: all that write text.',
  'gauntlet.metrics.METRIC.label': 'What reports call it. If missing: its name.',
  'gauntlet.metrics.METRIC.better': 'Which figure is the better one.',
  'gauntlet.metrics.METRIC.range':
    'Least and most value of an answer. The bounds of a gate rest on it; values beyond count as its ends.',
  'gauntlet.metrics.METRIC.unit': 'How figures are shown: `share` (0 to 1), `points`, `number`.',
  'gauntlet.judge.base_url': 'An OpenAI-compatible endpoint, with its `/v1`.',
  'gauntlet.judge.model': 'The judge’s model name there.',
  'gauntlet.judge.api_key_env':
    'Name of the environment variable that holds the key, on the cpu worker. The key itself never stands here.',

  'guardrails.max_input_chars': 'A request whose texts have more characters together is refused with 400.',
  'guardrails.scrub_output': 'Personal data is replaced in what users see. Traces are scrubbed in any case.',
  'guardrails.strip_invisible': 'Zero-width, bidi and tag characters are taken out of answers.',
  'guardrails.block_patterns':
    'Regular expressions (case-insensitive, Unicode); a request that matches one is refused with 400. Those with a quantifier (`?`, `*`, `+`, `{`) or a group of alternatives are tried in a thread, which costs each request a little.',

  'approval.required': 'So many different approvers have to approve.',
  'approval.starter_may_approve': 'Whether the one who started the run may be its only approver.',
  'approval.quorum':
    'Each of these groups has to reach its number too. See [how many](security.md#how-many-approve-and-who-else-may).',
  'approval.quorum[].of': 'Names of people.',
  'approval.quorum[].required': 'So many of them.',
  'approval.escalation': 'Who may decide too, once nothing was decided for so long; until then they may not.',
  'approval.escalation[].after': 'From the beginning of the approval on.',
  'approval.escalation[].to': 'Names of people with the role approver. They count in every group.',
  'approval.timeout': 'Nobody decides in this time → `expired`.',
  'approval.reminder': 'How often the cpu worker’s log reminds.',
  'approval.approvers':
    'The people of the project. Read again for every decision and every pointer move, until a [policy](security.md#the-policy) that an admin signed names them.',
  'approval.approvers[].name': 'Recorded in the audit chain.',
  'approval.approvers[].key':
    '`ed25519:` and base64, or `file:` and the path of a public key PEM, relative to the YAML.',
  'approval.approvers[].roles': 'What they may do: [roles](security.md#people-and-roles).',
  'approval.approvers[].moves': 'Of an operator: what their acts may move; both if missing.',

  'rollout.steps': 'In this order; after the last one the candidate becomes stable.',
  'rollout.first':
    'Instead of `steps` until a release has become stable: before that, only the base model could answer. Keys as in `steps`.',
  'rollout.steps[].setShadow':
    'Copies of so many per cent of the requests go to the candidate; nobody sees its answers.',
  'rollout.steps[].setWeight': 'So many per cent of the users are answered by the candidate.',
  'rollout.steps[].pause.duration': 'The same as `seconds`, in Argo’s word.',
  'rollout.steps[].pause.seconds':
    'Wait so long (seconds, or `30s`, `5m`, `1h30m`); without it, until a person says `ratchet promote` or `ratchet abort`.',
  'rollout.steps[].analysis.minSamples':
    'Answers (or judged answers) that each side needs before a metric is first judged; latency takes 72 at least. See [when it is judged](evaluation.md#during-a-rollout).',
  'rollout.steps[].analysis.interval': 'Time between two measurements: seconds, or `30s`, `5m`.',
  'rollout.steps[].analysis.count':
    'Measurements at most, of all steps together 4,000 (what a history holds); without a verdict after these, a person is asked.',
  'rollout.steps[].analysis.initialDelay': 'Time before the first measurement: seconds, or `30s`, `5m`.',
  'rollout.steps[].analysis.metrics': 'What decides. All of them have to pass.',
  'rollout.steps[].analysis.metrics[].name': 'What is compared with the concurrent stable.',
  'rollout.steps[].analysis.metrics[].margin':
    'Largest harm still acceptable: absolute for quality and error_rate, a ratio for latency (1.5 = half again as slow).',
  'rollout.steps[].analysis.metrics[].failureLimit': 'More failed looks than this → back to stable.',
  'rollout.steps[].analysis.metrics[].inconclusiveLimit':
    'More inconclusive looks (with enough samples) than this → a person is asked.',
  'rollout.steps[].analysis.metrics[].consecutiveErrorLimit':
    'More measurements in a row that could not be taken → back to stable.',

  'monitor.window': 'Inputs in a window. A window is looked at once half of it is new.',
  'monitor.psi': 'Threshold of label_share.',
  'monitor.jensen_shannon': 'Threshold of language.',
  'monitor.wasserstein': 'Threshold of input_length and novelty.',
  'monitor.embedding': 'Threshold of embedding: √ of the energy coefficient.',
  'monitor.accuracy_drop': 'Threshold of accuracy: how much less often answers are right.',
  'monitor.cycle':
    'Traffic repeats daily, weekly or not at all. The reference window then spans whole days or weeks, and an hour of today is compared with the same hours of it; until the first one is over, nothing is compared.',
  'monitor.alpha':
    'What one look may err with, at most: a column drifts only if its adjusted p is at most this, or at most what the error budget of all looks has left, too.',
  'monitor.false_alarms':
    'The error budget: false alarms that all looks of 30 days may raise on average (plus 2 alpha), however often the monitor checks.',
  'monitor.permutations': 'Permutations of a test; raised where alpha asks for more.',
  'monitor.interval': 'Time between two looks.',
  'monitor.cool_down': 'After the start of a retrain, drift and new data start no other one for so long.',
  'monitor.circuit_breaker':
    'So many retrains in a row that were not promoted open the circuit; `ratchet monitor reset` closes it.',

  'retrain.feedback':
    'Corrections and confirmed answers become rows of the source `feedback`, up to the retrain’s cut.',
  'retrain.feedback_per_key':
    'At most so many rows of one gateway key’s feedback, as a share of the rows of all sources; 20 in any case.',
  'retrain.feedback_per_unit': 'The same of one user; 5 in any case.',
  'retrain.golden':
    'Share of the clusters of feedback rows that become golden: slice `new_batch` of the gauntlet.',

  notify: 'Who gets notified of what, by webhook. See [notifications](operations.md#notifications).',
  'notify[].url':
    'A webhook: Slack’s, Mattermost’s, or your own. See [notifications](operations.md#notifications).',
  'notify[].secret_env':
    'Name of the environment variable, on the cpu workers, that holds the secret which signs what is sent. The secret itself never stands here.',
  'notify[].events': 'The events that are sent there.',

  'replay.sources': 'The demo’s later traffic; keys as in `sources`.',
  'replay.concurrency': 'Users of the demo that ask at once.',

  'gateway.host':
    'On loopback a key is needed once the project has one, beyond it always; TLS is a proxy’s in front.',
  'gateway.port': 'The next free port is taken where this one is not free; 0 = any.',
  'gateway.admin_port':
    'Metrics, health in detail and keys, on 127.0.0.1 alone; the next free port is taken where this one is not free; 0 = any.',
  'gateway.before_first_release':
    '`refuse`: until a release is promoted, requests get 503 `no_release_yet`; while the first one is rolled out, the base answers too. `base`: the base model, which no gate evaluated, answers from the first run on.',
  'gateway.flush': 'How often traces and feedback go to the store…',
  'gateway.flush_traces': '…or once so many traces wait.',

  'gateway.limits.request_bytes': 'A larger body is refused with 413.',
  'gateway.limits.request_values':
    'Values and keys in a body’s JSON; one with more is refused with 413 before it is read.',
  'gateway.limits.request_depth': 'Objects and lists within one another in a body; the same.',
  'gateway.limits.held_bytes':
    'Bytes of bodies that all requests under way hold; beyond, requests are refused with 503.',
  'gateway.limits.held_bytes_per_key': 'The same of one key’s requests; beyond, they are refused with 429.',
  'gateway.limits.transform_within':
    'A request whose texts take longer to read (transform, scrub, blocked patterns) is refused with 400.',
  'gateway.limits.headers_within': 'A request whose head takes longer to come is cut off with 408…',
  'gateway.limits.request_within':
    '…and one that takes longer as a whole. Answers may take as long as they do.',
  'gateway.limits.connections': 'Open connections; further ones are closed at once.',
  'gateway.limits.concurrent': 'Completions that the engines work on at once; 64 for each engine if missing.',
  'gateway.limits.waiting': 'Requests that may wait beyond those; one more is refused with 429.',
  'gateway.limits.concurrent_per_key':
    'How many of both may be of one key (with those that it was rotated from).',
  'engine.target':
    '`embedded`: engines that the stack starts; a base whose adapters llama.cpp has no layout for is refused before training. Or the base URLs of vLLM servers, or the Kubernetes Service in front of them: see [cluster.md](cluster.md#engines-behind-a-service).',
  'engine.target.kubernetes.service': 'Each of its ready endpoints is an engine, as they come and go.',
  'engine.target.kubernetes.namespace': 'The one that gateway and workers run in if missing.',
  'engine.target.kubernetes.port': 'The name of one of its ports; its only one if missing.',
  'engine.processes': 'Embedded engines to start.',
  'engine.threads': 'Threads of each.',
  'engine.context': 'Tokens of context of each.',

  'traces.raw':
    'Keep requests and answers as they were, too, encrypted under a key derived from the row key. Scrubbed traces are kept in any case.',
  'traces.raw_lifetime': 'A running gateway deletes raw ones that are older.',

  'prices.currency': 'Shown with costs.',
  'prices.cpu_hour':
    'Price of an hour of a core: of training, of workers, and of a thread of an engine (`cost_per_1k`; traces count a whole embedded engine with it). See [cost.md](cost.md).',
  'prices.gpu_hour':
    'Price of an hour of a device: of training, and of a vLLM server in traces and gauntlets.',
  'prices.million_prompt_tokens': 'Where a server charges by the token: price of a million tokens it reads.',
  'prices.million_completion_tokens': '…and of a million that it writes.',
  'prices.gb_month': 'Price of keeping 10⁹ bytes for a month.',

  'energy.cpu_watts': 'Power of a busy core. See [where the defaults come from](cost.md#energy).',
  'energy.gpu_watts': 'Power of a busy device.',
  'energy.pue': 'Power of the whole site for each watt of the machines; 1 at home.',
  'energy.grid_g_per_kwh': 'Emissions of a kWh of your grid, in g CO₂e.',

  'budget.run':
    'At most so much money (`prices.currency`) a run, with what was spent before on the stages that it goes on with; a training stops at a checkpoint. See [the budget](cost.md#the-budget).',
  'budget.day': 'At most so much money a day (UTC), of the whole project.',
  'budget.gpu_hours': 'At most so many GPU hours a run.',
};
