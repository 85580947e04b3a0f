import {byTurns} from './by-turns.ts';

/** A piece of plain knowledge or plain English, to see whether training made the model forget it. */
export interface GeneralItem {
  readonly id: string;
  /** Items of one topic stand or fall together: they are one cluster. */
  readonly topic: string;
  readonly prompt: string;
  /** What a model that forgot nothing finds likely. */
  readonly completion: string;
}

const TOPICS: Readonly<Record<string, readonly (readonly [prompt: string, completion: string])[]>> = {
  geography: [
    ['The capital of France is', ' Paris.'],
    ['The longest river in Egypt is the', ' Nile.'],
    ['Mount Everest lies on the border of Nepal and', ' China.'],
    ['The ocean between Europe and America is the', ' Atlantic Ocean.'],
    ['Tokyo is the largest city of', ' Japan.'],
    ['The Sahara is a desert in the north of', ' Africa.'],
  ],
  nature: [
    ['Water freezes at zero degrees', ' Celsius.'],
    ['Plants make sugar from sunlight, water and carbon', ' dioxide.'],
    ['A spider has eight', ' legs.'],
    ['Bees collect nectar from flowers and turn it into', ' honey.'],
    ['The heart pumps', ' blood through the body.'],
    ['A caterpillar turns into a', ' butterfly.'],
  ],
  sky: [
    ['The Earth moves around the', ' sun once a year.'],
    ['The planet with the large rings is', ' Saturn.'],
    ['The force that pulls things to the ground is called', ' gravity.'],
    ['Light travels faster than', ' sound.'],
    ['The moon shines because it reflects the light of the', ' sun.'],
  ],
  numbers: [
    ['One, two, three, four,', ' five, six, seven.'],
    ['Ten plus ten is', ' twenty.'],
    ['A dozen eggs are', ' twelve eggs.'],
    ['An hour has sixty', ' minutes.'],
    ['Half of one hundred is', ' fifty.'],
    ['A triangle has three', ' sides.'],
  ],
  time: [
    ['Monday, Tuesday, Wednesday,', ' Thursday, Friday.'],
    ['January, February, March,', ' April, May, June.'],
    ['After winter comes', ' spring.'],
    ['The day after Saturday is', ' Sunday.'],
    ['In the morning the sun rises in the', ' east.'],
  ],
  opposites: [
    ['The opposite of hot is', ' cold.'],
    ['The opposite of left is', ' right.'],
    ['If something is not heavy, it is', ' light.'],
    ['The opposite of always is', ' never.'],
    ['If the door is not open, it is', ' closed.'],
  ],
  home: [
    ['To open a locked door you need a', ' key.'],
    ['We keep milk cold in the', ' refrigerator.'],
    ['You can cut paper with a pair of', ' scissors.'],
    ['When it rains, people carry an', ' umbrella.'],
    ['She was tired, so she went to', ' bed.'],
    ['He washed his hands with soap and', ' water.'],
  ],
  work: [
    ['A doctor works in a', ' hospital.'],
    ['A person who bakes bread is a', ' baker.'],
    ['The teacher wrote the answer on the', ' board.'],
    ['Pilots fly', ' airplanes.'],
    ['A farmer grows wheat in the', ' field.'],
  ],
  grammar: [
    ['Yesterday I go to school. The correct verb is', ' "went".'],
    ['One mouse, two', ' mice.'],
    ['She sings better than he', ' does.'],
    ['If I were you, I', ' would wait.'],
    ['There are many books on the', ' table.'],
    ['He has never been to London, and neither have', ' I.'],
  ],
  stories: [
    ['Once upon a', ' time there was a king who had three daughters.'],
    ['The dog chased the cat, and the cat ran up a', ' tree.'],
    ['They packed their bags and drove to the', ' airport.'],
    ['The children were hungry, so their father cooked', ' dinner.'],
    ['It was dark in the cave, so he lit a', ' candle.'],
  ],
  history: [
    ['The Roman Empire had its capital in', ' Rome.'],
    ['Before cars, people travelled by horse and', ' carriage.'],
    ['The pyramids were built in ancient', ' Egypt.'],
    ['Books became cheap after the invention of the printing', ' press.'],
    ['The Second World War ended in', ' 1945.'],
  ],
  computing: [
    ['A program that shows web pages is called a', ' browser.'],
    ['A computer stores numbers in binary, as zeros and', ' ones.'],
    ['To keep a file safe, make a', ' backup.'],
    ['You type letters on a', ' keyboard.'],
    ['An error in a program is called a', ' bug.'],
    ['A strong password is long and hard to', ' guess.'],
  ],
};

/**
 * The frozen general set: written for this project, in no training data. Its NLL is compared between releases; the answers
 * need not be the only right ones. Order is by turns over the topics, so that any beginning of the list spans them all.
 */
export const GENERAL_ITEMS: readonly GeneralItem[] = byTurns(
  TOPICS,
  ([prompt, completion], {id, family}) => ({
    id,
    topic: family,
    prompt,
    completion,
  }),
);
