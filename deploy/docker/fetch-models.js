// @ts-check
import {resolveEnvironment} from '../../launcher/environment.js';
import {PACKAGE_ROOT, cacheRoot} from '../../launcher/locations.js';
import {showProgress} from '../../launcher/progress.js';
import {ensure} from '../../launcher/step.js';
import {modelStep, wordllamaStep} from '../../launcher/steps/models.js';

// The default model and the embedder's table, into RATCHET_CACHE: for an image, whose npm packages are there already.
const env = {...process.env};
const context = {cache: cacheRoot(env), env, root: PACKAGE_ROOT, ...showProgress()};
for (const step of [modelStep, wordllamaStep]) {
  const {state, detail, name} = await ensure(step, context);
  console.log(`${state} ${name}: ${detail}`);
}
const {model, wordllama} = resolveEnvironment(env);
if (model === undefined || wordllama === undefined) process.exitCode = 1;
