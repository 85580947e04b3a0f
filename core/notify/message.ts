import {createHmac} from 'node:crypto';
import type {Notice} from '../../schemas/notify.ts';
import {short} from '../../schemas/names.ts';

export interface SignedMessage {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A notice as it is posted: JSON with the facts for programs and `text` for people, which Slack's, Mattermost's and Rocket.Chat's
 * incoming webhooks show. Signed as Slack and Stripe do: HMAC-SHA256 under the shared secret over `timestamp.body`, hex, so
 * that a receiver can refuse what is forged, and what is old. `timestamp`: seconds of the epoch.
 */
export function signedMessage(notice: Notice, secret: string, timestamp: number): SignedMessage {
  const body = JSON.stringify({...notice, text: noticeText(notice)});
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-ratchet-id': notice.id,
      'x-ratchet-event': notice.event,
      'x-ratchet-timestamp': `${timestamp}`,
      'x-ratchet-signature': `sha256=${signature}`,
    },
  };
}

/** One line for people, with the command that answers it. */
export function noticeText({event, project, facts}: Notice): string {
  const release = typeof facts['release'] === 'string' ? short(facts['release']) : '';
  const reason = facts['reason'] === undefined ? '' : `: ${facts['reason']}`;
  switch (event) {
    case 'approval_waiting':
      return `${project}: release ${release} passed its gates and waits for approval. ratchet report ${release}, then ratchet approve ${release}`;
    case 'approval_reminder':
      return `${project}: release ${release} still waits for approval until ${facts['deadline'] ?? 'its deadline'}. ratchet approve ${release}`;
    case 'promoted':
      return `${project}: release ${release} answers now${reason}`;
    case 'fell_back':
      return `${project}: release ${release} was taken back, stable answers${reason}`;
    case 'drift':
      return `${project}: what comes in has changed${reason}. ratchet monitor show ${project}`;
    case 'run_failed':
      return `${project}: run ${facts['run']} failed${reason}. ratchet watch ${facts['run']}`;
    case 'break_glass':
      return `${project}: ${facts['by']} broke the glass and rolled back to release ${release}${reason}. ratchet audit list ${project}`;
    case 'budget':
      return `${project}: the budget does not suffice${reason}`;
  }
}
