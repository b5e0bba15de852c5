// What the library of each system says, in the program's words. The texts are real ones.

import { describe, expect, it } from 'vitest';

import { interpretFailure, keychainError } from '../../core/vault/keychain-failures.ts';
import { encodeBase64 } from '../../core/vault/base64-bytes.ts';

const TEXTS: readonly (readonly [platform: string, reason: string, text: string])[] = [
  [
    'linux',
    'missing',
    'Platform failure: DBus error: Using X11 for dbus-daemon autolaunch was disabled at compile time, set your DBUS_SESSION_BUS_ADDRESS instead',
  ],
  [
    'linux',
    'missing',
    'Platform failure: DBus error: Failed to connect to socket /run/user/1000/bus: Permission denied',
  ],
  [
    'linux',
    'missing',
    'Platform failure: DBus error: The name org.freedesktop.secrets was not provided by any .service files',
  ],
  ['linux', 'missing', 'Platform failure: DBus error: Process org.freedesktop.secrets exited with status 1'],
  [
    'linux',
    'missing',
    'Platform failure: DBus error: Message recipient disconnected from message bus without replying',
  ],
  [
    'linux',
    'silent',
    'Platform failure: DBus error: Did not receive a reply. Possible causes include: the remote application did not send a reply, the message bus security policy blocked the reply, the reply timeout expired, or the network connection was broken.',
  ],
  ['linux', 'refused', "Couldn't access platform storage: Secret Service: unlock prompt was dismissed"],
  ['linux', 'refused', "Couldn't access platform storage: Secret Service: no result found"],
  ['linux', 'refused', "Couldn't access platform storage: Secret Service: object locked"],
  ['linux', 'refused', "Couldn't access platform storage: AccessDenied"],
  ['linux', 'refused', 'Platform failure: DBus error: Cannot create an item in a locked collection'],
  ['linux', 'broken', 'Platform failure: Crypto error: Unpad Error'],
  ['win32', 'missing', "Couldn't access platform storage: Windows ERROR_NO_SUCH_LOGON_SESSION"],
  ['win32', 'refused', 'Platform failure: Windows error code 5'],
  ['win32', 'broken', 'Platform failure: Windows error code 1783'],
  ['win32', 'broken', 'Platform failure: Windows ERROR_INVALID_FLAGS'],
  ['darwin', 'refused', 'Platform failure: User canceled the operation.'],
  ['darwin', 'refused', 'Platform failure: User interaction is not allowed.'],
  ['darwin', 'refused', 'Platform failure: Der Benutzername oder das Kennwort ist nicht korrekt.'],
  ['darwin', 'missing', 'Platform failure: A default keychain could not be found.'],
  ['darwin', 'refused', "Couldn't access platform storage: Write permissions error"],
];

describe('the words for what the library says', () => {
  it.each(TEXTS)('%s, %s: %s', (platform, reason, text) => {
    const error = interpretFailure(text, 'read', platform);
    expect(error).toMatchObject({ code: 'KEYCHAIN_FAILED', details: { reason, operation: 'read' } });
    expect(error.message).not.toContain('DBus');
    expect(error.hint).toMatch(/passphrase/);
  });

  it('tells when two entries are called the same', () => {
    const error = interpretFailure('Entry is matched by 2 credentials: [Entry { path: x }]', 'read', 'linux');
    expect(error.details).toMatchObject({ reason: 'broken' });
    expect(error.message).toMatch(/more than one entry/);
  });

  it('shows nothing long, unprintable or secret of the library’s text', () => {
    const secret = encodeBase64(Buffer.alloc(32, 0xa5)).toString('latin1');
    const account = '00112233445566778899aabbccddeeff';
    const text = `odd\n\u001b[31m failure with ${secret} for ${account} ${'word '.repeat(100)}`;
    const { details } = keychainError('broken', 'read', text);
    const detail = String(details['detail']);
    expect(detail).toMatch(/^odd \[31m failure with … for … word/);
    expect(detail.length).toBeLessThanOrEqual(120);
  });
});
