import {afterAll, beforeAll, expect, test} from 'vitest';
import {resolveEnvironment} from '../../launcher/environment.js';
import {acceptsGemma} from '../../launcher/steps/gemma.js';
import {bringDown} from '../../stack/bring-down.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {openModelsOf} from '../../core/releases/models.ts';
import {TrainingResult} from '../../schemas/training.ts';
import {openStores} from '../../stores/stores.ts';
import {through} from './through.ts';
import {replaced, tinyProject, type TinyProject} from './tiny-project.ts';

const {gemma} = resolveEnvironment();
const accepted = acceptsGemma(process.env) && gemma !== undefined;
const WITHOUT = 'skipped: set RATCHET_ACCEPT_TERMS=gemma if you accept the Gemma Terms of Use';

/** Another family than the default model's: SentencePiece, a BOS token, 262,144 tokens, sliding windows. */
test.skipIf(!accepted)(
  `Gemma 3 270M goes from data to traffic${accepted ? '' : ` (${WITHOUT})`}`,
  async () => {
    const seconds = (performance.now() - began) / 1000;
    const stores = await openStores(tiny.project.store);
    const release = await stores.registry.release('tiny', result.release);
    const [model] = openModelsOf(release);
    expect(model).toMatchObject({name: 'gemma-3-270m', kind: 'gguf'});
    expect(model!.adapter!.gguf).not.toBeNull();
    const trained: TrainingResult[] = [];
    for await (const key of stores.objects.list('cache/train/')) {
      const entry = JSON.parse(Buffer.from((await stores.objects.get(key))!.bytes).toString()) as {
        result: unknown;
      };
      trained.push(TrainingResult.parse(entry.result));
    }
    expect(trained).toHaveLength(1);
    const {parity, metrics, steps} = trained[0]!;
    expect(steps).toBe(6);
    // The engine's loss is the trainer's: it got the same tokens, BOS included, and the same adapter.
    expect(parity!.differences!['triage']).toBeLessThan(parity!.tolerance);
    console.log(
      `Gemma 3 270M: ${Math.round(seconds)} s in all, ${String(metrics['seconds'])} s of steps, loss ${String(metrics['val_loss_start'])} → ${String(metrics['val_loss_best'])}, parity ${JSON.stringify(parity)}`,
    );
  },
);

let began: number;
let tiny: TinyProject;
let result: LifecycleResult;
beforeAll(async () => {
  if (!accepted) return;
  began = performance.now();
  tiny = await tinyProject('gemma', (yaml) =>
    replaced(yaml, 'training: {', `base_model: {name: gemma-3-270m, path: '${gemma}'}\ntraining: {`),
  );
  result = await through(tiny);
}, 1_800_000);
afterAll(async () => {
  if (accepted) await bringDown(tiny.project.folder, () => undefined);
}, 60_000);
