import {answerChangesLine} from '../answer-changes.ts';
import {asGoodAsTheModel} from '../as-good-as-the-model.ts';
import {changesInBrief} from '../changes.ts';
import {escapeHtml} from '../escape.ts';
import {failureInBrief, failureLines, failuresOf} from '../failures.ts';
import {nextStep} from '../next-step.ts';
import type {ReportView} from '../view.ts';
import {headlineTiles, verdictBox} from './verdict.ts';

/** All that a decision takes, on one screen: the verdict, whether a linear model would do, what failed, the command. */
export function firstScreen(view: ReportView): string {
  return (
    verdictBox(view) +
    asGoodNote(view) +
    changesNote(view) +
    `<div class="decide">${failuresCard(view)}${nextCard(view)}</div>` +
    headlineTiles(view)
  );
}

/** The first thing under the verdict, where bag of words does a task as well. */
function asGoodNote(view: ReportView): string {
  const asGood = asGoodAsTheModel(view);
  if (asGood === null) return '';
  const {title, lines, question} = asGood;
  return (
    `<div class="weigh"><strong>${escapeHtml(title)}.</strong> ${escapeHtml(question)}` +
    `${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('')}</div>`
  );
}

/** What an approval would be of. */
function changesNote(view: ReportView): string {
  const answers = answerChangesLine(view);
  const lines = [...changesInBrief(view), ...(answers === null ? [] : [`Answers: ${answers}`])];
  const link = answers === null ? '' : ', <a href="#answers-that-changed">answers that changed</a>';
  return (
    `<div class="card changes"><h2>Changes against stable</h2><ul class="plain">` +
    `${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>` +
    `<p><a href="#changes-against-stable">All changes</a>${link}</p></div>`
  );
}

/** Of each task how it fails, and its worst answer. */
function failuresCard(view: ReportView): string {
  const worst = new Map(failuresOf(view, 1).map((failure) => [failure.task, failure]));
  const lines = failureLines(view).map(([task, line]) => {
    const failure = worst.get(task);
    const example = failure
      ? `<span class="why">${escapeHtml(`${failure.what}: ${failureInBrief(failure)}`)}</span>`
      : '';
    return `<li><b>${escapeHtml(task)}</b>: ${escapeHtml(line)}${example}</li>`;
  });
  const link = worst.size === 0 ? '' : '<p><a href="#failures-to-read">All failures to read</a></p>';
  return `<div class="card"><h2>Failures</h2><ul class="plain">${lines.join('')}</ul>${link}</div>`;
}

function nextCard({report}: ReportView): string {
  const {words, commands} = nextStep(report);
  const lines = commands.map((command) => {
    const words = command.split(' ').map((word) => `<span>${escapeHtml(word)}</span>`);
    return `<pre class="command">${words.join(' ')}</pre>`;
  });
  return `<div class="card"><h2>Next</h2><p>${escapeHtml(words)}</p>${lines.join('')}</div>`;
}
