import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import {Report} from '../../schemas/report.ts';
import type {ReportEntry} from '../../schemas/run.ts';
import type {Artifacts} from '../objects/artifacts.ts';

/**
 * The report that an entry names, read by its digest. Throws DigestMismatch where the entry says other things of it than it
 * says itself: an entry is no part of what anybody approved.
 */
export async function provenReport(
  artifacts: Artifacts,
  {project, result}: Pick<ReportEntry, 'project' | 'result'>,
): Promise<Report> {
  const report = await artifacts.getJson(result.report, Report);
  const said = [project, result.release, result.stable, result.verdict];
  if (said.join() === [report.project, report.release, report.stable, report.verdict].join()) return report;
  throw new RatchetError(
    ErrorType.DigestMismatch,
    `report ${short(result.report.sha256)} says ${report.verdict} of release ${short(report.release)} of ${report.project} ` +
      `against ${short(report.stable)}, its entry ${result.verdict} of ${short(result.release)} of ${project} ` +
      `against ${short(result.stable)}: the entry was changed; restore it`,
  );
}
