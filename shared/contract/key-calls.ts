// The vault and its keys. Secrets go in as they are typed and come out in one call only, `keys.reveal`.

import * as v from 'valibot';

import type {
  AddedKey,
  AdoptReport,
  CompromisedReport,
  DrillReport,
  KeyInfo,
  KeyStrength,
  KitImportReport,
  KitSaved,
  ListedKey,
  TypedKeyReport,
  VaultStatus,
} from '../keys.ts';
import { answer, CATALOG_ERRORS, defineCall, VAULT_CHANGE_ERRORS, VAULT_ERRORS } from './call.ts';
import { IDENTITY, KEY_ID, LABEL, NOTHING, PATH, PATHS, SECRET } from './inputs.ts';

const OPENING = ['WRONG_PASSPHRASE', 'KEYCHAIN_FAILED', 'LIMIT_EXCEEDED', 'OUTPUT_REFUSED'] as const;
const READING_A_BACKUP = [
  'KEY_REQUIRED',
  'WRONG_KEY',
  'DAMAGED_HEADER',
  'DAMAGED_PAYLOAD',
  'DAMAGED_METADATA',
  'TRUNCATED',
  'NOT_A_BACKUP',
  'SOURCE_CHANGED',
] as const;
/** Without one the kit is taken as UTF-8 text of at most 256 KiB. */
const KIT_TEXT = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  text: v.pipe(v.string(), v.maxLength(256 * 1024)),
});

export const keyCalls = {
  'vault.status': defineCall({
    summary: 'Whether there is a vault, whether it is open, and the ways into it.',
    input: NOTHING,
    answer: answer<VaultStatus>('VaultStatus'),
    errors: [],
  }),
  'vault.create': defineCall({
    summary: 'Makes the vault and leaves it open. At least one way in; null: no passphrase.',
    input: v.strictObject({ keychain: v.boolean(), passphrase: v.nullable(SECRET) }),
    answer: answer<VaultStatus>('VaultStatus'),
    errors: ['OUTPUT_REFUSED', 'KEYCHAIN_FAILED', 'NO_SPACE', 'BUSY', 'LIMIT_EXCEEDED'],
  }),
  'vault.unlock': defineCall({
    summary: 'Opens the vault, also after it was locked on purpose; null: by the keychain.',
    input: v.strictObject({ passphrase: v.nullable(SECRET) }),
    answer: answer<VaultStatus>('VaultStatus'),
    errors: [...VAULT_ERRORS, ...OPENING],
  }),
  'vault.lock': defineCall({
    summary: 'Locks the vault on purpose: no program opens it by the keychain until a person unlocks it.',
    input: NOTHING,
    answer: answer<VaultStatus>('VaultStatus'),
    errors: ['NO_VAULT', 'OUTPUT_REFUSED', 'NO_SPACE'],
  }),
  'vault.restoreCopy': defineCall({
    summary:
      'Puts the second copy in the place of a vault that is damaged, which is kept beside it; leaves it locked.',
    input: NOTHING,
    answer: answer<VaultStatus>('VaultStatus'),
    errors: [
      'NO_VAULT',
      'DAMAGED_VAULT',
      'UNSUPPORTED_VERSION',
      'LIMIT_EXCEEDED',
      'BUSY',
      'NO_SPACE',
      'OUTPUT_REFUSED',
    ],
  }),
  'vault.setPassphrase': defineCall({
    summary: 'Sets or changes the passphrase; null removes it.',
    input: v.strictObject({ passphrase: v.nullable(SECRET) }),
    answer: answer<VaultStatus>('VaultStatus'),
    errors: [...VAULT_CHANGE_ERRORS, 'KEYCHAIN_FAILED'],
  }),
  'vault.setKeychain': defineCall({
    summary: 'Adds the system’s keychain as a way in, or removes it.',
    input: v.strictObject({ use: v.boolean() }),
    answer: answer<VaultStatus>('VaultStatus'),
    errors: [...VAULT_CHANGE_ERRORS, 'KEYCHAIN_FAILED'],
  }),
  'vault.setIdleLock': defineCall({
    summary: 'Milliseconds without use after which the vault is locked; null for never.',
    input: v.strictObject({
      idleMs: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1000), v.maxValue(2 ** 31 - 1))),
    }),
    answer: answer<VaultStatus>('VaultStatus'),
    errors: VAULT_CHANGE_ERRORS,
  }),
  'keys.list': defineCall({
    summary: 'All keys with what each opens.',
    input: NOTHING,
    answer: answer<readonly ListedKey[]>('ListedKey[]'),
    errors: VAULT_ERRORS,
  }),
  'keys.importKits': defineCall({
    summary: 'Takes every key out of emergency kits: files, and folders with all that is in them.',
    input: v.strictObject({ paths: PATHS }),
    answer: answer<KitImportReport>('KitImportReport'),
    errors: [...VAULT_CHANGE_ERRORS, 'CANCELLED'],
  }),
  'keys.importKitTexts': defineCall({
    summary: 'The same for kits whose text the window has; `path` in the report is the name.',
    input: v.strictObject({ kits: v.pipe(v.array(KIT_TEXT), v.minLength(1), v.maxLength(200)) }),
    answer: answer<KitImportReport>('KitImportReport'),
    errors: [...VAULT_CHANGE_ERRORS, 'CANCELLED'],
  }),
  'keys.addTyped': defineCall({
    summary: 'Adds a typed key, in the form that opens the backup where one is given.',
    input: v.strictObject({
      typed: SECRET,
      label: v.exactOptional(LABEL),
      against: v.exactOptional(IDENTITY),
      form: v.exactOptional(v.picklist(['as-typed', 'as-written'])),
    }),
    answer: answer<TypedKeyReport>('TypedKeyReport'),
    errors: [...VAULT_CHANGE_ERRORS, ...READING_A_BACKUP, ...CATALOG_ERRORS, 'CANCELLED'],
  }),
  'keys.adopt': defineCall({
    summary: 'Takes over the key that Home Assistant kept inside a backup that opens.',
    input: v.strictObject({ identity: IDENTITY }),
    answer: answer<AdoptReport>('AdoptReport'),
    errors: [...VAULT_CHANGE_ERRORS, ...READING_A_BACKUP, ...CATALOG_ERRORS, 'CANCELLED'],
  }),
  'keys.generate': defineCall({
    summary: 'Makes a new key in Home Assistant’s form.',
    input: v.strictObject({ label: v.exactOptional(LABEL) }),
    answer: answer<AddedKey>('AddedKey'),
    errors: VAULT_CHANGE_ERRORS,
  }),
  'keys.measure': defineCall({
    summary: 'How long somebody would have to try a key that is being typed.',
    input: v.strictObject({ typed: SECRET }),
    answer: answer<KeyStrength>('KeyStrength'),
    errors: [],
  }),
  'keys.rename': defineCall({
    summary: 'Gives a key another label.',
    input: v.strictObject({ keyId: KEY_ID, label: LABEL }),
    answer: answer<KeyInfo>('KeyInfo'),
    errors: [...VAULT_CHANGE_ERRORS, 'UNKNOWN_KEY'],
  }),
  'keys.setState': defineCall({
    summary: 'Retires a key, or takes it into use again.',
    input: v.strictObject({ keyId: KEY_ID, state: v.picklist(['active', 'retired']) }),
    answer: answer<KeyInfo>('KeyInfo'),
    errors: [...VAULT_CHANGE_ERRORS, 'UNKNOWN_KEY'],
  }),
  'keys.markCompromised': defineCall({
    summary: 'Marks a key as known to somebody else, and says what it opens and what to do now.',
    input: v.strictObject({ keyId: KEY_ID }),
    answer: answer<CompromisedReport>('CompromisedReport'),
    errors: [...VAULT_CHANGE_ERRORS, ...CATALOG_ERRORS, 'UNKNOWN_KEY'],
  }),
  'keys.remove': defineCall({
    summary: 'Removes a key that no known backup needs.',
    input: v.strictObject({ keyId: KEY_ID }),
    answer: answer<null>('null'),
    errors: [...VAULT_CHANGE_ERRORS, ...CATALOG_ERRORS, 'UNKNOWN_KEY', 'KEY_IN_USE'],
  }),
  'keys.reveal': defineCall({
    summary:
      'The key itself, to be shown or copied after the person has confirmed it. No log has the answer.',
    input: v.strictObject({ keyId: KEY_ID }),
    answer: answer<{ readonly key: string }>('{ key }'),
    errors: [...VAULT_ERRORS, 'UNKNOWN_KEY'],
  }),
  'keys.copy': defineCall({
    summary:
      'Puts the key on the clipboard, where it stays for the seconds that are set. Only where the host has one.',
    input: v.strictObject({ keyId: KEY_ID }),
    answer: answer<{ readonly clearsAfterSeconds: number }>('{ clearsAfterSeconds }'),
    errors: [...VAULT_ERRORS, 'UNKNOWN_KEY'],
  }),
  'keys.exportKit': defineCall({
    summary: 'Saves an emergency kit as Home Assistant writes it, into a new file.',
    input: v.strictObject({ keyId: KEY_ID, path: PATH }),
    answer: answer<KitSaved>('KitSaved'),
    errors: [...VAULT_CHANGE_ERRORS, 'UNKNOWN_KEY'],
  }),
  'keys.savePage': defineCall({
    summary: 'Saves a page to print, with the key and its square code, as PDF into a new file.',
    input: v.strictObject({ keyId: KEY_ID, path: PATH }),
    answer: answer<{ readonly path: string }>('{ path }'),
    errors: [...VAULT_CHANGE_ERRORS, 'UNKNOWN_KEY'],
  }),
  'keys.drill': defineCall({
    summary: 'Whether a typed copy is the key, and where it differs.',
    input: v.strictObject({ keyId: KEY_ID, typed: SECRET }),
    answer: answer<DrillReport>('DrillReport'),
    errors: [...VAULT_CHANGE_ERRORS, 'UNKNOWN_KEY'],
  }),
};
