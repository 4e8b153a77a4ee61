import { isCredential, passkeysHere } from './browser.ts'
import { bad, good, type Result } from './call.ts'
import { type ErrorOf, newError } from './errors.ts'

/** What a passkey made or signed, in the browser's own JSON (WebAuthn level 3, section 5.1.2). */
export type Passkey = Record<string, unknown>

/** Whether this browser makes and uses passkeys, and speaks of them in JSON. */
export const canUsePasskeys = (): boolean => passkeysHere() !== undefined

/** Has the browser sign with a passkey. */
export const signWithPasskey = (options: object): Promise<Result<Passkey>> =>
  credentialOf(({ parse, credentials }) => credentials.get({ publicKey: parse.parseRequestOptionsFromJSON(options) }))

/** Has the browser make a passkey. */
export const makePasskey = (options: object): Promise<Result<Passkey>> =>
  credentialOf(({ parse, credentials }) =>
    credentials.create({ publicKey: parse.parseCreationOptionsFromJSON(options) }),
  )

type Here = NonNullable<ReturnType<typeof passkeysHere>>

async function credentialOf(ask: (here: Here) => Promise<unknown>): Promise<Result<Passkey>> {
  const here = passkeysHere()
  if (!here) return bad(unused('unsupported'))
  try {
    const credential = await ask(here)
    return isCredential(credential) ? good({ ...credential.toJSON() }) : bad(unused('dismissed'))
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause
    return bad(unused(cause.name === 'InvalidStateError' ? 'already_there' : 'dismissed', cause))
  }
}

const TEXTS = {
  unsupported: 'This browser knows no passkeys',
  already_there: 'This device has a passkey of this account already',
  dismissed: 'No passkey was used',
} as const

const unused = (reason: keyof typeof TEXTS, cause?: unknown): ErrorOf<'passkey_unused'> =>
  newError('passkey_unused', { status: 0, messages: [TEXTS[reason]], cause }, { reason })
