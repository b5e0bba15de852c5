// What the linter holds: the layers (who may import whom), the front doors of the rooms, TypeScript's and Svelte's traps.

import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';

import layers from './build/lint/layers.js';

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'test/fixtures/**', 'coverage/**'] },
  ...tseslint.configs.strictTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', 'build/lint/*.js'] },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    plugins: { strongroom: { rules: { layers } } },
    rules: {
      'strongroom/layers': 'error',
      'no-console': 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_$' }],
      '@typescript-eslint/no-misused-spread': 'off', // code points are what is meant where a string is spread
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowNullish: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': 'off', // arrow functions that return nothing read well
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/only-throw-error': 'off', // errors of others are passed on as they came
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'always' }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      'prefer-const': 'off', // what is bound or a prop is written with let
      'svelte/prefer-const': 'error',
      'svelte/button-has-type': 'error',
      'svelte/prefer-svelte-reactivity': 'off', // maps and sets are replaced as a whole, see $state.raw
      'no-restricted-syntax': [
        'error',
        {
          selector: 'SvelteAttribute[key.name="style"]',
          message:
            'The Content-Security-Policy refuses inline styles: use a class, or style:property for a value.',
        },
      ],
    },
  },
  {
    files: ['test/**'],
    rules: {
      'no-console': 'off', // seeds and figures of a run
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/require-await': 'off', // sources of bytes are async generators, waiting or not
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  // What components and snippets pass on is typed for svelte-check only, and each would be compiled anew for the linter.
  { files: ['**/*.js', '**/*.svelte'], ...tseslint.configs.disableTypeChecked },
);
