import type { Deps } from '../../deps.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { hexToken } from '../../lib/ids.ts'
import { defined } from '../../lib/objects.ts'
import type { KeyRing } from '../../platform/crypto/key-ring.ts'
import { isUniqueViolation, type Tx } from '../../platform/db/db.ts'
import type { Application } from '../../platform/db/schema.ts'
import { applicationEvent, applicationUpdated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { noteApplicationEnded } from '../../platform/events/revocations.ts'
import { type Action, audit } from '../audit/audit.ts'
import { hasKeys, type KeyChange, keyColumns } from './application-keys.ts'
import { refuseContradictions } from './application-rules.ts'
import { endGranted, isNarrowed } from './narrowing.ts'
import {
  countApplications,
  deleteApplicationRows,
  findApplication,
  findRivals,
  insertApplication,
  isUsed,
  listSessionsOf,
  lockApplication,
  updateApplication,
} from './store.ts'

export { hasKeys, registeredKeys } from './application-keys.ts'
export { GRANTS } from './grants.ts'
export { hasOwnScheme, redirectUriError } from './redirect-uris.ts'
export { mayNameResource } from './resources.ts'
export { SCOPES, unknownScope } from './scopes.ts'
export { findApplication, findApplicationByName, findClientId, listApplications } from './store.ts'

const errors = defineErrors('applications', {
  notFound: [404, 'Record is not found'],
  taken: [422, 'An application of this name or uid exists already'],
  tooMany: [422, 'There are 1000 applications already; remove one first'],
  noSecret: [422, 'The application proves who it is by its keys and has no secret'],
})

/** Applications, which are shown all at once. */
const MOST = 1000

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'config' | 'outbox'>

/** What an operator says of an application; `uid` and `secret` are made when left out. */
export interface NewApplication extends ApplicationChange {
  name: string
  redirect_uri: string
  uid?: string | undefined
  secret?: string | undefined
  /** Whether it cannot keep a secret: a page or an app. */
  public?: boolean | undefined
  /** Whether it stands in the seeds. */
  seeded?: boolean | undefined
}

/** What can be said of an application later on, too. */
export interface ApplicationChange extends KeyChange {
  name?: string | undefined
  /** One or more URIs, one a line. */
  redirect_uri?: string | undefined
  /** Space separated; empty means any. */
  scopes?: string | undefined
  /** Space separated URIs (RFC 8707); `*` means any. */
  resources?: string | undefined
  /** Space separated. */
  grant_types?: string | undefined
  /** Whether people are not asked for their consent, as in one's own product. */
  skipauth?: boolean | undefined
  pkce_required?: boolean | undefined
  /** Whether all its tokens are bound to a key. */
  dpop_bound_access_tokens?: boolean | undefined
  token_algorithm?: string | null | undefined
  /** Seconds; null leaves it to the server. */
  access_token_lifetime?: number | null | undefined
  refresh_token_lifetime?: number | null | undefined
}

/**
 * Registers an application and returns it with its secret, which is shown this once; one with keys has none. `precede` and `follow` run
 * in the transaction that makes it.
 */
export async function createApplication(
  needs: Needs,
  { uid = hexToken(32), secret: given, public: isPublic = false, seeded = false, ...input }: NewApplication,
  follow: (tx: Tx, application: Application) => Promise<void> = async () => {},
  precede: (tx: Tx) => Promise<void> = async () => {},
): Promise<{ application: Application; secret: string | undefined }> {
  const { db, clock, ring, outbox } = needs
  const now = iso(clock.now())
  const auth_method = isPublic ? 'none' : 'client_secret_basic'
  const keys = keyColumns(needs.config, { auth_method, jwks: null, jwks_uri: null }, input)
  if (hasKeys(keys) && given !== undefined) throw errors.noSecret()
  const secret = given ?? hexToken(32)
  const row = {
    uid,
    grant_types: 'authorization_code refresh_token',
    scopes: '',
    resources: '',
    ...columnsOf(input, now),
    ...keys,
    name: input.name.trim(),
    redirect_uri: input.redirect_uri,
    // Nobody learns that of an application with keys.
    secret_sealed: sealSecret(ring, uid, secret),
    seeded_at: seeded ? now : null,
    created_at: now,
    updated_at: now,
  }
  refuseContradictions(row, needs.config.production)
  return db.transaction().execute(async (tx) => {
    await precede(tx)
    if ((await countApplications(tx)) >= MOST) throw errors.tooMany()
    const application = await orTaken(insertApplication(tx, row))
    await outbox.record(tx, null, eventMessage(applicationEvent('created', application)))
    await auditApplication(needs, tx, 'application.created', application)
    await follow(tx, application)
    return { application, secret: hasKeys(application) || isPublic ? undefined : secret }
  })
}

/** Changes an application. Where it may do less than before, what it was given on its former terms ends. */
export function changeApplication(needs: Needs, uid: string, change: ApplicationChange): Promise<Application> {
  const now = iso(needs.clock.now())
  return onOne(needs, uid, async (tx, before) => {
    const keys = keyColumns(needs.config, before, change)
    const isNewlyKeyed = hasKeys(keys) && !hasKeys(before)
    // The secret it had opens nothing any more, whatever becomes of its keys.
    const spent = isNewlyKeyed ? { secret_sealed: sealSecret(needs.ring, uid, hexToken(32)) } : {}
    const columns = { ...columnsOf(change, now), ...keys, ...spent, seeded_at: null, updated_at: now }
    refuseContradictions({ ...before, ...columns }, needs.config.production)
    // Before the row is written, which whoever issues a token may be waiting for.
    if (isNarrowed(before, { ...before, ...columns })) await endGranted(needs, tx, before)
    const after = await orTaken(updateApplication(tx, before.id, columns))
    await needs.outbox.record(tx, null, eventMessage(applicationUpdated(before, after)))
    const isRekeyed = before.jwks !== after.jwks || before.jwks_uri !== after.jwks_uri
    await auditApplication(needs, tx, isRekeyed ? 'application.keys_changed' : 'application.changed', after)
    return after
  })
}

/** Gives an application a new secret; the old one is void at once. */
export function rotateSecret(needs: Needs, uid: string): Promise<string> {
  const secret = hexToken(32)
  return onOne(needs, uid, async (tx, before) => {
    if (hasKeys(before)) throw errors.noSecret()
    const updated_at = iso(needs.clock.now())
    const after = await updateApplication(tx, before.id, {
      secret_sealed: sealSecret(needs.ring, uid, secret),
      seeded_at: null,
      updated_at,
    })
    await needs.outbox.record(tx, null, eventMessage(applicationUpdated(before, after)))
    await auditApplication(needs, tx, 'application.secret_rotated', after)
    return secret
  })
}

/** Removes an application with all it holds: tokens, consents, sessions. */
export function deleteApplication(needs: Needs, uid: string): Promise<void> {
  return onOne(needs, uid, (tx, application) => remove(needs, tx, application))
}

async function remove(needs: Needs, tx: Tx, application: Application): Promise<void> {
  await noteApplicationEnded(tx, application.uid, await listSessionsOf(tx, application), needs.clock.now())
  await deleteApplicationRows(tx, application)
  await needs.outbox.record(tx, null, eventMessage(applicationEvent('deleted', application)))
  await auditApplication(needs, tx, 'application.deleted', application)
}

/** Why another application cannot have a name or a uid: the one that has it. */
export interface Rival {
  name: string
  uid: string
  /** Whether tokens of it are about, or people let it in. */
  used: boolean
}

/**
 * Removes what seeds planted under a name or a uid, and nobody has changed or used since: it stood in for the application that
 * comes now. Returns what it removed, and what stays.
 */
export async function clearSeeded(
  needs: Needs,
  tx: Tx,
  wanted: Pick<Application, 'name' | 'uid'>,
): Promise<{ removed: Rival[]; staying: Rival[] }> {
  const removed: Rival[] = []
  const staying: Rival[] = []
  for (const application of await findRivals(tx, wanted)) {
    const { name, uid } = application
    const rival = { name, uid, used: await isUsed(tx, application) }
    const goes = application.seeded_at !== null && !rival.used
    if (goes) await remove(needs, tx, application)
    ;(goes ? removed : staying).push(rival)
  }
  return { removed, staying }
}

/** The application of that id, or 404. */
export async function readApplication({ db }: Pick<Deps, 'db'>, uid: string): Promise<Application> {
  const application = await findApplication(db, uid)
  if (!application) throw errors.notFound()
  return application
}

/** The application's secret in clear. */
export function applicationSecret({ ring }: Pick<Deps, 'ring'>, { uid, secret_sealed }: Application): string {
  const opened = OPENED.get(ring) ?? new BoundedMap<string, string>(KEPT_OPEN)
  OPENED.set(ring, opened)
  // Whose it is counts as well: what was sealed for another application opens nowhere else.
  const name = `${uid} ${secret_sealed}`
  const known = opened.get(name)
  if (known !== undefined) return known
  const secret = ring.open('application-secret', uid, secret_sealed).toString()
  opened.set(name, secret)
  return secret
}

/** Secrets that were opened, by what they are sealed as: services show them at each request, and opening costs as much as a query. */
const OPENED = new WeakMap<KeyRing, BoundedMap<string, string>>()
const KEPT_OPEN = 500

/** Whether people are not asked before it acts for them; an application that is gone skips nothing. */
export const applicationSkipsConsent = (application: Application | undefined): boolean =>
  application !== undefined && application.consent_skipped_at !== null

const sealSecret = (ring: Needs['ring'], uid: string, secret: string): string =>
  ring.seal('application-secret', uid, secret)

const auditApplication = (needs: Needs, tx: Tx, action: Action, { id, uid, name }: Application): Promise<void> =>
  audit(needs, tx, { action, account_id: null, details: { application_id: id, uid, name } })

function onOne<T>({ db }: Needs, uid: string, run: (tx: Tx, application: Application) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    const application = await lockApplication(tx, uid)
    if (!application) throw errors.notFound()
    return run(tx, application)
  })
}

function columnsOf(
  { skipauth, pkce_required, dpop_bound_access_tokens: bound, name, jwks: _, jwks_uri: __, ...rest }: ApplicationChange,
  now: string,
) {
  const flags = {
    name: name?.trim(),
    consent_skipped_at: skipauth === undefined ? undefined : skipauth ? now : null,
    pkce_waived_at: pkce_required === undefined ? undefined : pkce_required ? null : now,
    tokens_bound_at: bound === undefined ? undefined : bound ? now : null,
  }
  return defined({ ...rest, ...flags })
}

function orTaken(write: Promise<Application>): Promise<Application> {
  return write.catch((cause: unknown) => {
    throw isUniqueViolation(cause) ? errors.taken({ cause }) : cause
  })
}
