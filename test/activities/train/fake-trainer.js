#!/usr/bin/env node
// Called as `python -m ratchet_trainer SPEC [--wait-for-go]`: says that it began, saves one step, comes to its rung, or ends when the file FOLDER/end is there
// (FOLDER: the project's), or on SIGTERM as the trainer does. Seconds of torch would show nothing that this does not.
import {createHash} from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';

// As the trainer: what nobody has written down does nothing.
if (process.argv[5] === '--wait-for-go') {
  const spec = JSON.parse(readFileSync(process.argv[4], 'utf8'));
  writeFileSync(join(spec.job_dir, `born-${process.pid}`), '');
  let said = '';
  for await (const chunk of process.stdin) said += chunk;
  if (said !== 'go\n') process.exit(1);
}

const {job_dir: folder, base, until_step: rung} = JSON.parse(readFileSync(process.argv[4], 'utf8'));
const emit = (event, rest = {}) =>
  appendFileSync(
    join(folder, 'events.jsonl'),
    `${JSON.stringify({t: new Date().toISOString(), event, ...rest, pid: process.pid})}\n`,
  );
const checkpoints = join(folder, 'checkpoints');
const kept = existsSync(checkpoints) ? readdirSync(checkpoints).sort().at(-1) : undefined;
emit('started');
const from = kept === undefined ? 0 : Number(kept.slice('step-'.length));
if (from > 0) emit('resumed', {step: from, max_steps: 10});
save(from + 1);

if (rung !== undefined) {
  save(rung);
  emit('rung', {step: rung, max_steps: 10, val_loss: 1 / rung});
  end(0, rung);
}
process.on('SIGTERM', () => {
  save(from + 2);
  emit('stopped', {step: from + 2});
  end(143);
});
setInterval(() => {
  if (!existsSync(join(dirname(base.path_or_id), 'end'))) return;
  mkdirSync(join(folder, 'out'), {recursive: true});
  for (const name of ['adapter_model.safetensors', 'adapter_config.json', 'scores.jsonl'])
    writeFileSync(join(folder, 'out', name), name);
  writeFileSync(join(folder, 'out', 'metrics.json'), '{"steps": 10}');
  emit('finished', {step: 10});
  end(0);
}, 20);

function save(step) {
  const path = join('checkpoints', `step-${String(step).padStart(6, '0')}`);
  mkdirSync(join(folder, path), {recursive: true});
  writeFileSync(join(folder, path, 'weights'), `${step}`);
  const files = {weights: createHash('sha256').update(`${step}`).digest('hex')};
  writeFileSync(join(folder, path, 'manifest.json'), JSON.stringify({v: 1, step, files}));
  emit('checkpoint', {step, max_steps: 10, path});
}

function end(code, rung) {
  writeFileSync(join(folder, 'exit.json.part'), JSON.stringify({code, rung}));
  renameSync(join(folder, 'exit.json.part'), join(folder, 'exit.json'));
  process.exit(code);
}
