import {short} from '../../../../schemas/names.ts';
import {escapeHtml} from '../escape.ts';
import {runLine} from '../origin.ts';
import type {ReportView} from '../view.ts';
import {
  confusionSection,
  forgettingSection,
  latencySection,
  perplexitySection,
  trainingSection,
} from './closer-look.ts';
import {answerChangesSection} from './answer-changes.ts';
import {changesSection} from './changes.ts';
import {costsSection} from './costs.ts';
import {failuresSection} from './failures.ts';
import {firstScreen} from './first-screen.ts';
import {gatesSection} from './gates.ts';
import {metricsSection, slicesSection} from './metrics.ts';
import {contents, type Section} from './parts.ts';
import {probesSection} from './probes.ts';
import {notesSection, provenanceSection} from './provenance.ts';
import {STYLES} from './styles.ts';
import {sweepSection} from './sweep.ts';
import {waySection} from './way.ts';

/**
 * The report as one HTML page that needs nothing else: own styles, pictures as inline SVG, no script, and a policy that
 * lets it load nothing. Light, dark and on paper. Deterministic.
 */
export function renderHtml(view: ReportView): string {
  const {report, releases, occasion} = view;
  const title = `${report.project}: gauntlet of release ${short(report.release)}`;
  const against = {
    empty: 'by itself: no release answered before',
    bare: 'against the bare base model, which is stable now',
    judged: `against the stable release ${short(report.stable)}`,
  }[releases.stable.standing];
  const sections = sectionsOf(view);
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escapeHtml(title)}</title><style>${STYLES}</style></head><body>`,
    '<a class="skip" href="#gates">Skip to the gates</a><main>',
    `<header><p>Gauntlet report · ${occasion === 'first' ? 'first release' : 'retrain'} · ${escapeHtml(runLine(view))} · Ratchet ${escapeHtml(view.origin.version)}</p>`,
    `<h1>${escapeHtml(report.project)}: release ${escapeHtml(short(report.release))}</h1>`,
    `<p>${escapeHtml(view.description === '' ? '' : `${view.description} `)}Judged ${escapeHtml(against)}.</p></header>`,
    firstScreen(view),
    contents(sections),
    ...sections.map(({html}) => html),
    `<footer>Written by Ratchet from the stored samples; the report’s JSON beside it holds every figure.</footer>`,
    '</main></body></html>',
    '',
  ].join('\n');
}

/** In the order in which a reader asks; those that have something to say. */
function sectionsOf(view: ReportView): Section[] {
  return [
    changesSection(view),
    gatesSection(view),
    answerChangesSection(view),
    failuresSection(view),
    metricsSection(view),
    waySection(view),
    slicesSection(view),
    confusionSection(view),
    probesSection(view),
    trainingSection(view),
    sweepSection(view),
    perplexitySection(view),
    forgettingSection(view),
    latencySection(view),
    costsSection(view),
    notesSection(view),
    provenanceSection(view),
  ].filter((section) => section !== null);
}
