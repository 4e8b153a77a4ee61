import type { Deps } from '../../deps.ts'
import { DAY, iso } from '../../lib/clock.ts'
import { neighbourhoodOf } from '../../lib/network-of.ts'
import { nameDevice, whoActs } from '../../platform/acting/acting.ts'
import type { KeyRing } from '../../platform/crypto/key-ring.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import {
  countNewSince,
  deleteForgotten,
  deleteOrigins,
  deleteSurplus,
  isFamiliar,
  noteOrigins,
  type Origin,
  readHistory,
} from './store.ts'

type Needs = Pick<Deps, 'clock' | 'ring'>

/** As long as browsers keep the cookie. */
const REMEMBERED = 400 * DAY
/** Devices of an account, and programs, that were seen once, and as many that came back. */
const KEPT = 50
const CLEANED_AT_ONCE = 500
const PURPOSE = 'familiar-device'
const CLIENT = 'familiar-client'
const PROGRAM = 'familiar-program'
/**
 * New ones of a day that the account's owner is told of: whoever changes them at will fills nobody's mailbox. A program that comes
 * from network after network uses up its own, so that another one, which may be a thief's, is told all the same.
 */
const TOLD_A_DAY = { client: 5, program: 20 } as const

/** Whether somebody signed in to the account from the device that asks now. */
export async function isKnownDevice({ ring }: Pick<Deps, 'ring'>, db: Db, account_id: number): Promise<boolean> {
  const { device } = whoActs()
  return device !== undefined && isFamiliar(db, account_id, 'device', ring.digests(PURPOSE, device))
}

/** What of a sign-in's origin is new to an account that has been signed in to before. */
export interface Novelty {
  device: boolean
  /** A device that is new, in a country that is. */
  country: boolean
  /** A device that is new, and a program or network that is; false once that happened too often in a day. */
  worthTelling: boolean
}

/** Remembers from where somebody signed in, and tells what of it is new. */
export async function noteSignIn({ clock, ring }: Needs, tx: Tx, account_id: number): Promise<Novelty> {
  const now = clock.now()
  const known = await isKnownDevice({ ring }, tx, account_id)
  const { country } = whoActs()
  const [clients, programs] = known ? [[], []] : [clientDigests(ring), programDigests(ring)]
  const before = known ? undefined : await readHistory(tx, account_id, { clients, programs, country })
  const hasDevices = before !== undefined && before.devices > 0
  const isNewClient = hasDevices && clients.length > 0 && !before.knowsClient
  await noteOrigins(tx, account_id, originsNow(ring, clients, programs), iso(now))
  if (before && [before.devices, before.clients, before.programs].some(isPerhapsSurplus))
    await deleteSurplus(tx, account_id, KEPT)
  const isWithin = async (kind: keyof typeof TOLD_A_DAY) =>
    (await countNewSince(tx, account_id, kind, iso(now - DAY))) <= TOLD_A_DAY[kind]
  return {
    device: hasDevices,
    country: country !== undefined && before?.hasCountries === true && !before.knowsCountry,
    worthTelling: isNewClient && (await isWithin(before.knowsProgram ? 'client' : 'program')),
  }
}

/**
 * Whether so many of a kind may be more than are kept. Telling those that were seen once from the others takes reading all, so
 * between once and twice as many as are kept it is done for every eighth.
 */
const isPerhapsSurplus = (count: number): boolean => count >= 2 * KEPT || (count >= KEPT && count % 8 === 0)

/** The device that acts, given a name where it has none yet. */
function deviceOrigin(ring: KeyRing): Origin[] {
  const device = nameDevice()
  return device === undefined ? [] : [{ kind: 'device', value: ring.digest(PURPOSE, device) }]
}

/** What the device that acts is remembered by: itself, its program by the first of the digests, and its country. */
function originsNow(ring: KeyRing, clients: readonly string[], programs: readonly string[]): Origin[] {
  const { country } = whoActs()
  return [
    ...deviceOrigin(ring),
    ...clients.slice(0, 1).map((value) => ({ kind: 'client', value }) as const),
    ...programs.slice(0, 1).map((value) => ({ kind: 'program', value }) as const),
    ...(country === undefined ? [] : [{ kind: 'country', value: country } as const]),
  ]
}

/**
 * What programs that keep no cookie are known by, the present key's first: what they call themselves, and the network that
 * they come from. None where no request is answered.
 */
function clientDigests(ring: KeyRing): string[] {
  const { address, user_agent } = whoActs()
  return address === null ? [] : ring.digests(CLIENT, `${neighbourhoodOf(address)} ${user_agent ?? ''}`)
}

/** The same wherever they come from. */
function programDigests(ring: KeyRing): string[] {
  const { address, user_agent } = whoActs()
  return address === null ? [] : ring.digests(PROGRAM, user_agent ?? '')
}

/** Takes the device that acts for a known one: who asks has proved by the account's mail who they are. */
export async function trustDevice({ clock, ring }: Needs, tx: Tx, account_id: number): Promise<void> {
  await noteOrigins(tx, account_id, originsNow(ring, clientDigests(ring), programDigests(ring)), iso(clock.now()))
}

/** Stands for devices and countries that were forgotten: the account was signed in to before. No digest or country is as this. */
const FORGOTTEN = '-'

/** Makes all devices, programs and countries strangers to the account, so that its owner is told of the next sign-in. */
export async function forgetDevices({ clock }: Pick<Deps, 'clock'>, tx: Tx, account_id: number): Promise<void> {
  const kinds = await deleteOrigins(tx, account_id)
  const marks = kinds
    .filter((kind) => kind !== 'client' && kind !== 'program')
    .map((kind) => ({ kind, value: FORGOTTEN }))
  await noteOrigins(tx, account_id, marks, iso(clock.now()))
}

/** Forgets what was not seen for as long as cookies live, a batch at a time; returns how many went. */
export const cleanOrigins = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<number> =>
  deleteForgotten(db, iso(clock.now() - REMEMBERED), CLEANED_AT_ONCE)
