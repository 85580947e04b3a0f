import type {Template} from './propose.ts';

/** Invented rows to begin with where there is no data yet: they show the shape, and are too few for any gate. */
export interface ExampleFile {
  readonly name: string;
  readonly text: string;
}

const TICKETS: readonly (readonly [text: string, team: string])[] = [
  ['I was charged twice for the same order last week.', 'billing'],
  ['Please send the invoice for March to our accountant.', 'billing'],
  ['The refund has not arrived on my card yet.', 'billing'],
  ['Why did the price of my subscription go up?', 'billing'],
  ['My parcel was left at the wrong door.', 'delivery'],
  ['The tracking page has not moved since Tuesday.', 'delivery'],
  ['Can you deliver on Saturday morning instead?', 'delivery'],
  ['The box came open and one cup was broken.', 'delivery'],
  ['The app closes whenever I open my basket.', 'technical'],
  ['I cannot log in after changing my phone.', 'technical'],
  ['The search shows no results in the new version.', 'technical'],
  ['Your page stays blank in my browser.', 'technical'],
];

const QUESTIONS: readonly (readonly [prompt: string, response: string])[] = [
  ['How long does delivery take?', 'Two to four working days within the country.'],
  ['Can I return a gift?', 'Yes, within thirty days, with the gift receipt.'],
  ['Do you ship abroad?', 'To all countries of the European Union, for a flat fee.'],
  ['Where is my order?', 'The link in your order mail shows where the parcel is.'],
  ['Which cards do you take?', 'Visa and Mastercard, and bank transfer for companies.'],
  ['Can I change the address?', 'Until the parcel leaves our store, in your account under Orders.'],
];

const NOTES: readonly (readonly [text: string, json: object])[] = [
  ['Two boxes of green tea to Lyon by Friday.', {item: 'green tea', quantity: 2, city: 'Lyon'}],
  ['Please send 5 lamps to Oslo.', {item: 'lamps', quantity: 5, city: 'Oslo'}],
  ['Porto needs three chairs.', {item: 'chairs', quantity: 3, city: 'Porto'}],
  ['One desk for Vienna, no hurry.', {item: 'desk', quantity: 1, city: 'Vienna'}],
  ['We are out of cups in Turin, send 40.', {item: 'cups', quantity: 40, city: 'Turin'}],
  ['Seven blankets go to Bergen.', {item: 'blankets', quantity: 7, city: 'Bergen'}],
];

export function exampleFile(template: Template): ExampleFile {
  switch (template) {
    case 'classification':
      return {
        name: 'rows.csv',
        text: lines(['id,text,label', ...TICKETS.map(([text, team], i) => `${i + 1},"${text}",${team}`)]),
      };
    case 'chat':
      return jsonl(QUESTIONS.map(([prompt, response], i) => ({id: i + 1, prompt, response})));
    case 'extraction':
      return jsonl(NOTES.map(([text, json], i) => ({id: i + 1, text, json})));
  }
}

function jsonl(rows: readonly object[]): ExampleFile {
  return {name: 'rows.jsonl', text: lines(rows.map((row) => JSON.stringify(row)))};
}

function lines(of: readonly string[]): string {
  return `${of.join('\n')}\n`;
}
