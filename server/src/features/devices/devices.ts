import type { Deps } from '../../deps.ts'
import { DAY, iso } from '../../lib/clock.ts'
import { nameDevice, whoActs } from '../../platform/acting/acting.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { deleteForgotten, hasHistory, isFamiliar, noteOrigin } from './store.ts'

export { deleteDevices as forgetDevices } from './store.ts'

type Needs = Pick<Deps, 'clock' | 'ring'>

/** As long as browsers keep the cookie. */
const REMEMBERED = 400 * DAY
const CLEANED_AT_ONCE = 500
const PURPOSE = 'familiar-device'

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
}

/** Remembers from where somebody signed in, and tells what of it is new. */
export async function noteSignIn({ clock, ring }: Needs, tx: Tx, account_id: number): Promise<Novelty> {
  const { country } = whoActs()
  const now = iso(clock.now())
  const known = await isKnownDevice({ ring }, tx, account_id)
  const novelty = {
    device: !known && (await hasHistory(tx, account_id, 'device')),
    country:
      !known &&
      country !== undefined &&
      (await hasHistory(tx, account_id, 'country')) &&
      !(await isFamiliar(tx, account_id, 'country', [country])),
  }
  const device = nameDevice()
  if (device !== undefined) await noteOrigin(tx, account_id, 'device', ring.digest(PURPOSE, device), now)
  if (country !== undefined) await noteOrigin(tx, account_id, 'country', country, now)
  return novelty
}

/** Takes the device that acts for a known one: who asks has proved by the account's mail who they are. */
export async function trustDevice({ clock, ring }: Needs, tx: Tx, account_id: number): Promise<void> {
  const device = nameDevice()
  if (device === undefined) return
  await noteOrigin(tx, account_id, 'device', ring.digest(PURPOSE, device), iso(clock.now()))
}

/** Forgets what was not seen for as long as cookies live, a batch at a time; returns how many went. */
export const cleanOrigins = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<number> =>
  deleteForgotten(db, iso(clock.now() - REMEMBERED), CLEANED_AT_ONCE)
