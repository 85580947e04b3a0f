import {Option, type Command} from 'commander';
import {RatchetError} from '../../schemas/errors.ts';
import {DOCUMENTS, STORE_PROCESSES, rightsOf, type StoreProcess} from '../../stores/access/authorities.ts';
import {parseS3Url} from '../../stores/objects/s3-url.ts';
import {storePolicy} from '../../stores/access/store-policy.ts';
import {acting, define, type CommonOptions} from '../define.ts';
import {Exit, print, printJson, table} from '../output.ts';
import {chosenProject} from '../project.ts';

interface RightsOptions extends CommonOptions {
  readonly process?: StoreProcess;
}

export function storeRights(program: Command): void {
  define(program, 'store-rights [project]', {
    what: 'show which prefixes of the store each kind of process needs; with --process, the IAM policy for it',
    examples: ['ratchet store-rights', 'ratchet store-rights mail --process gateway > gateway.json'],
  })
    .addOption(
      new Option('--process <kind>', 'the IAM policy of this kind of process').choices(STORE_PROCESSES),
    )
    .action(
      acting(async (named: string | undefined, options: RightsOptions) => {
        if (options.process !== undefined) {
          const {store} = chosenProject(named ?? options.project);
          if (!store.startsWith('s3://'))
            throw new RatchetError(
              'InvalidInput',
              `the store is ${store}, which has no IAM policies: expected s3://bucket/prefix in RATCHET_STORE`,
            );
          printJson(storePolicy(parseS3Url(store), options.process));
          return Exit.done;
        }
        const kinds = Object.keys(DOCUMENTS);
        if (options.json)
          printJson(
            Object.fromEntries(
              kinds.map((kind) => [
                kind,
                Object.fromEntries(STORE_PROCESSES.map((process) => [process, rightsOf(process, kind)])),
              ]),
            ),
          );
        else
          print(
            table(
              ['keys', ...STORE_PROCESSES],
              kinds.map((kind) => [
                `${kind}/`,
                ...STORE_PROCESSES.map((process) => rightsOf(process, kind).join(', ') || '–'),
              ]),
              '',
            ),
          );
        return Exit.done;
      }),
    );
}
