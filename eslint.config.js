import {createNodeResolver, importX} from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';
import rooms from './scripts/lint/rooms.js';
import words from './scripts/lint/words.js';

export default tseslint.config(
  {
    ignores: [
      'node_modules/',
      'dist/',
      '**/.ratchet/',
      'trainer/',
      'coverage/',
      'scripts/site/{pages,dist}/',
      'scripts/site/.vitepress/{cache,.temp}/',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    plugins: {'import-x': importX, ratchet: {rules: {rooms, words}}},
    settings: {
      'import-x/extensions': ['.ts', '.js'],
      'import-x/external-module-folders': ['node_modules'],
      'import-x/parsers': {'@typescript-eslint/parser': ['.ts']},
      'import-x/resolver-next': [createNodeResolver({extensions: ['.ts', '.js']})],
    },
    rules: {
      'ratchet/rooms': 'error',
      'import-x/no-cycle': ['error', {ignoreExternal: true}],
      '@typescript-eslint/consistent-type-imports': ['error', {fixStyle: 'inline-type-imports'}],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
      '@typescript-eslint/no-unused-vars': ['error', {argsIgnorePattern: '^_', varsIgnorePattern: '^_'}],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true, allowBoolean: true}],
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':matches(ObjectExpression, ArrayExpression) > SpreadElement > :matches(ObjectExpression, ArrayExpression)',
          message: 'Write the properties themselves: a spread literal only packs them into a line.',
        },
      ],
      'max-lines-per-function': ['error', {max: 80, skipBlankLines: true, skipComments: true}],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      'max-lines-per-function': 'off',
    },
  },
  {
    // Messages; texts that models or parsers are given are not ours to word.
    files: ['**/*.ts'],
    ignores: [
      'test/**',
      'core/evaluation/probes/**',
      'core/curation/strip/**',
      'serving/clients/judge/**',
      // Worded with the report's own pages.
      'core/evaluation/report/**',
    ],
    rules: {'ratchet/words': 'error'},
  },
  {
    // What is not in a stage's key cannot be read by it: its activities get settings, not the project. Planning finds the key.
    files: ['activities/{curate,train,gauntlet}/**/*.ts'],
    ignores: ['activities/curate/plan-curation.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {patterns: [{group: ['**/resolved-project.ts'], message: 'declare the setting in schemas/stages/'}]},
      ],
    },
  },
  {files: ['**/*.js'], languageOptions: {globals: {process: 'readonly', console: 'readonly'}}},
);
