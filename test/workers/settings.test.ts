import {expect, it} from 'vitest';
import {workerSettings} from '../../workers/settings.ts';

const ENVIRONMENT = {
  RATCHET_PROJECT: 'mail',
  RATCHET_PROJECT_FOLDER: '/srv/mail',
  RATCHET_STORE: 'file:///srv/mail/store',
  RATCHET_PROJECT_KEY: 'a'.repeat(64),
};

it('reads the key of the engines, and where they see the adapters', () => {
  const given = {RATCHET_ENGINE_KEY: 'vllm-key', RATCHET_ADAPTERS_ON_ENGINES: '/mnt/adapters'};
  expect(workerSettings({...ENVIRONMENT, ...given})).toMatchObject({
    engineKey: 'vllm-key',
    adaptersOnEngines: '/mnt/adapters',
    adapterFolder: '/srv/mail/.ratchet/adapters',
  });
  const none = {RATCHET_ENGINE_KEY: '', RATCHET_ADAPTERS_ON_ENGINES: ''};
  expect(workerSettings({...ENVIRONMENT, ...none})).toMatchObject({
    engineKey: undefined,
    adaptersOnEngines: undefined,
  });
});
