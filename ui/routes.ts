import type {AuditChecks} from './audit-checks.ts';
import type {Page} from './page.ts';
import {approvalsPage} from './pages/approvals.ts';
import {auditPage} from './pages/audit.ts';
import {comparePage} from './pages/compare.ts';
import {driftPage} from './pages/drift.ts';
import {projectPage} from './pages/project.ts';
import {releasePage} from './pages/release.ts';
import {releasesPage} from './pages/releases.ts';
import {reportPage} from './pages/report.ts';
import {runPage} from './pages/run.ts';
import {runsPage} from './pages/runs.ts';
import {tracePage} from './pages/trace.ts';
import {tracesPage} from './pages/traces.ts';
import type {Visit} from './projects.ts';

/** The pages of a project, by what comes behind its name. */
export function projectPages(checks: AuditChecks): Readonly<Record<string, (visit: Visit) => Promise<Page>>> {
  return {
    '': projectPage,
    '/runs': runsPage,
    '/runs/:run': runPage,
    '/releases': releasesPage,
    '/releases/:release': releasePage,
    '/releases/:release/against/:other': comparePage,
    '/releases/:release/report': reportPage,
    '/approvals': approvalsPage,
    '/traces': tracesPage,
    '/traces/:trace': tracePage,
    '/drift': driftPage,
    '/audit': (visit) => auditPage(visit, checks),
  };
}
