/** Text that may stand in HTML, in an element or in a quoted attribute. Control and invisible characters are made visible. */
export function escapeHtml(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Text that Markdown shows as it is, in one line: no markup, no HTML, no table cell ends. */
export function escapeMarkdown(text: string): string {
  return visible(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]()#+\-.!|~$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** Unicode's format and control characters hide or reorder text: each becomes U+FFFD, but for tab and line feed. */
function visible(text: string): string {
  return text.replace(/[^\P{C}\t\n]/gu, '\ufffd');
}
