import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {Command} from 'commander';
import {Option} from 'commander';
import open from 'open';
import {firstScreenForTerminal} from '../../core/evaluation/report/terminal.ts';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import type {GauntletResult} from '../../schemas/report.ts';
import {provenReport} from '../../stores/audit/prove-report.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {ownCommand} from '../own-command.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson} from '../output.ts';
import {projectOrPart} from '../project.ts';
import {collect} from '../show.ts';

const FORMS = {
  html: {extension: 'html', of: (result: GauntletResult): ArtifactRef => result.html},
  markdown: {extension: 'md', of: (result: GauntletResult): ArtifactRef => result.markdown},
  card: {extension: 'card.md', of: (result: GauntletResult): ArtifactRef => result.modelCard},
  data: {extension: 'json', of: (result: GauntletResult): ArtifactRef => result.report},
} as const;

interface ReportOptions extends CommonOptions {
  readonly form: keyof typeof FORMS | 'summary';
  readonly open: boolean;
}

export function report(program: Command): void {
  define(program, 'report [release]', {
    what: "open a release's report in the browser, or the newest of a project; a terminal shows its first screen, else its path is printed; works with the stack down",
    examples: [
      'ratchet report mail',
      'ratchet report 3f9a1c20',
      'ratchet report 3f9a1c20 --form summary',
      'ratchet report 3f9a1c20 --form markdown --no-open',
    ],
  })
    .addOption(
      new Option('--form <form>', 'which form of it; the summary is printed, of others the path')
        .choices([...Object.keys(FORMS), 'summary'])
        .default('html'),
    )
    .option('--no-open', 'print the path only')
    .action(
      acting(async (named: string | undefined, options: ReportOptions) => {
        const {project, part} = projectOrPart(named, options.project);
        const {store, config, folder} = project;
        const {registry, artifacts} = await openStores(store);
        const release = await registry.release(
          config.project,
          part ?? (await newestJudged(registry, config.project)),
        );
        const entry = (await registry.reports(config.project, release.digest)).at(-1);
        if (!entry)
          throw new RatchetError(
            'InvalidInput',
            `release ${short(release.digest)} has no report: it was not judged (the first stable is the bare base)`,
          );
        const {verdict} = await provenReport(artifacts, entry);
        const digest = entry.result.report.sha256;
        const known = {release: release.digest, report: digest, verdict, run: entry.run};
        const summary = async (): Promise<string> =>
          firstScreenForTerminal(
            new TextDecoder().decode(await artifacts.getBytes(entry.result.markdown)),
            process.stdout.columns ?? 80,
            ownCommand(),
          );
        if (options.form === 'summary') {
          if (options.json) printJson({...known, summary: await summary()});
          else print(await summary());
          return Exit.done;
        }
        const form = FORMS[options.form];
        const file = path.join(
          folder,
          '.ratchet',
          'reports',
          `${short(release.digest)}-${short(digest)}.${form.extension}`,
        );
        mkdirSync(path.dirname(file), {recursive: true, mode: 0o700});
        writeFileSync(file, await artifacts.getBytes(form.of(entry.result)));
        if (options.json) printJson({...known, file});
        else if (process.stdout.isTTY && options.form === 'html') print(`${await summary()}\n\n${file}`);
        else print(file);
        if (!options.json && options.open && process.stdout.isTTY && options.form === 'html') {
          const browser = await open(file);
          browser.unref();
        }
        return Exit.done;
      }),
    );
}

/** The release of the latest run whose release has a report. Throws InvalidInput where there is none. */
async function newestJudged(registry: Stores['registry'], project: string): Promise<string> {
  const runs = await collect(registry.runs(project));
  for (const {release} of runs.reverse())
    if (release !== undefined && (await registry.reports(project, release)).length > 0) return release;
  throw new RatchetError(
    'InvalidInput',
    `no release of ${project} was judged yet: \`ratchet runs ${project}\` shows what its runs did`,
  );
}
