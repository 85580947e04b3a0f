/** What people write for an ASCII character; every fold is as long as what it stands for, so places stay. */
const WIDE = /[\uff01-\uff5e\u3000\u00a0\u202f]/g;
const DASH = /[\u2010-\u2015\u2212]/g;

/** Full-width forms (Unicode's Halfwidth and Fullwidth Forms) as the ASCII they stand for, odd spaces as spaces. */
export function foldWidth(text: string): string {
  return text.replace(WIDE, (character) =>
    character >= '\uff01' ? String.fromCharCode(character.charCodeAt(0) - 0xfee0) : ' ',
  );
}

/** Dashes and the minus sign as `-`. */
export function foldDashes(text: string): string {
  return text.replace(DASH, '-');
}
