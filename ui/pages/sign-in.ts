import {html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {remark} from '../parts.ts';

/** What a browser sees before it signs in: the two ways. `wrong`: why the last attempt failed. */
export function signInPage(wrong: string | null = null): Page {
  const body: Piece = html`${wrong === null ? null : remark(wrong, 'bad')}
    <p>
      Open the link that <code>ratchet ui</code> printed. It works once; the command then prints another. A
      project with gateway keys needs one of them as well, of scope <code>read</code> or <code>admin</code>,
      as its metrics do.
    </p>
    <form method="post" action="/-/sign-in">
      <div>
        <label for="key">Gateway key</label>
        <input
          id="key"
          name="key"
          type="password"
          autocomplete="off"
          spellcheck="false"
          placeholder="rk_…"
          required
          maxlength="100"
        />
      </div>
      <button type="submit">Sign in</button>
    </form>
    <p class="soft">
      <code>ratchet api-keys create ui --scopes read</code> makes one. The server keeps its hash, in memory.
    </p>`;
  return {title: 'Sign in', body, stranger: true};
}
