/**
 * The label that `said` names: itself, or the only one that differs from it by case, Unicode form (NFC) or the spaces around
 * it; null where there is none. People write "Ham" where the rows say "ham".
 */
export function labelNamed(said: string, labels: readonly string[]): string | null {
  const exact = said.trim();
  if (labels.includes(exact)) return exact;
  const folded = fold(exact);
  const alike = labels.filter((label) => fold(label) === folded);
  return alike.length === 1 ? alike[0]! : null;
}

function fold(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
