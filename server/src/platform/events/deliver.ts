import { iso, parseIso, SECOND } from '../../lib/clock.ts'
import { type Circuit, createCircuit } from './circuit.ts'
import { isEventName } from './definitions.ts'
import { type Claimed, claimDue, claimFollowing, disableEndpoint, hasten, type Settled, settle } from './deliveries.ts'
import type { Destination, Outcome, OutgoingEvent } from './destinations.ts'
import type { RelayNeeds } from './relay-needs.ts'

/** Sends what is due at one destination, a batch at a time; returns how many were settled, 0 when nothing is due or the receiver rests. */
export type Deliverer = (destination: Destination) => Promise<number>

/** How many deliveries of the same accounts are taken along with the oldest ones, for each place in the width. */
const DEPTH = 5
/** Milliseconds after which no further event of an account is begun, so that the claim outlasts the last attempt. */
const LANE = 5 * SECOND

/** Remembers which receivers are down. */
export function createDeliverer(needs: RelayNeeds): Deliverer {
  const { db, clock } = needs
  const circuits = new Map<string, Circuit>()
  return async (destination) => {
    const circuit = circuits.get(destination.name) ?? createCircuit(destination, clock)
    circuits.set(destination.name, circuit)
    const width = circuit.width()
    if (width === 0) return 0
    const heads = await claimDue(db, destination, clock.now(), width)
    if (heads.length === 0) return 0
    const more = width > 1 ? await claimFollowing(db, destination, heads, clock.now(), width * DEPTH) : []
    const claimed = [...heads, ...more]
    const attempts = await attemptAll(needs, destination, claimed)
    const delivered = attempts.filter(({ outcome }) => outcome.delivered).length
    const cameBack = circuit.note(delivered, attempts.length - delivered)
    const attempted = new Set(attempts.map(({ delivery }) => delivery.id))
    await settle(
      db,
      attempts.map(({ settled }) => settled),
      claimed.map(({ id }) => id).filter((id) => !attempted.has(id)),
      clock.now(),
    )
    if (cameBack) await hasten(db, destination, clock.now())
    for (const { delivery, outcome } of attempts)
      if (!outcome.delivered && outcome.gone !== undefined) await switchOff(needs, delivery, outcome.gone)
    report(needs, destination, attempts)
    return delivered > 0 || circuit.width() > 1 ? attempts.length : 0
  }
}

/** One after the other within an account, until one fails; all accounts at once. */
async function attemptAll(
  needs: RelayNeeds,
  destination: Destination,
  claimed: readonly Claimed[],
): Promise<Attempt[]> {
  const started = performance.now()
  const lanes = Map.groupBy(claimed, ({ stream }) => stream)
  const attempts = await Promise.all(
    [...lanes.values()].map(async (lane) => {
      const made: Attempt[] = []
      for (const delivery of lane) {
        if (made.length > 0 && performance.now() - started > LANE) break
        const one = await attempt(needs, destination, delivery)
        made.push(one)
        if (!one.outcome.delivered) break
      }
      return made
    }),
  )
  return attempts.flat()
}

interface Attempt {
  delivery: Claimed
  outcome: Outcome
  settled: Settled
}

async function attempt(needs: RelayNeeds, destination: Destination, delivery: Claimed): Promise<Attempt> {
  const started = performance.now()
  const outcome = await sendOpened(needs, destination, delivery)
  const duration_ms = Math.round(performance.now() - started)
  const attempts = delivery.attempts + 1
  const settled: Settled = {
    id: delivery.id,
    attempts,
    duration_ms,
    status: outcome.status ?? null,
    error: (outcome.delivered ? outcome.note : outcome.error)?.slice(0, 500) ?? null,
    fate: fateOf(needs, destination, delivery, attempts, outcome),
  }
  return { delivery, outcome, settled }
}

async function sendOpened(
  { ring }: RelayNeeds,
  destination: Destination,
  { event: { message_id, name, account_id, payload_sealed, created_at } }: Claimed,
): Promise<Outcome> {
  try {
    if (!isEventName(name)) return { delivered: false, error: `There is no event ${name}.` }
    const payload: OutgoingEvent['payload'] = JSON.parse(ring.open('event', message_id, payload_sealed).toString())
    return await destination.send({ id: message_id, name, account_id, payload, created_at })
  } catch (error) {
    return { delivered: false, error: error instanceof Error ? error.message : String(error) }
  }
}

function fateOf(
  { clock }: RelayNeeds,
  destination: Destination,
  { give_up_at }: Claimed,
  attempts: number,
  outcome: Outcome,
): Settled['fate'] {
  if (outcome.delivered) return 'delivered'
  const now = clock.now()
  if (give_up_at !== null && now >= parseIso(give_up_at)) return 'given up'
  const next = now + Math.max(destination.backOff(attempts), outcome.retry_after ?? 0)
  // The last attempt is made at the very end.
  const latest = give_up_at === null ? next : Math.min(next, parseIso(give_up_at))
  return { next_attempt_at: iso(latest) }
}

async function switchOff({ db, clock, log }: RelayNeeds, { endpoint_id }: Claimed, url: string): Promise<void> {
  if (endpoint_id === null || !(await disableEndpoint(db, endpoint_id, url, clock.now()))) return
  log.warn({ endpoint: endpoint_id }, 'A webhook endpoint answered 410 Gone and is switched off')
}

function report({ log, observe }: RelayNeeds, { kind, name }: Destination, attempts: readonly Attempt[]): void {
  for (const { delivery, settled } of attempts) {
    const { fate, duration_ms, error, attempts: count } = settled
    const result = fate === 'delivered' ? 'delivered' : fate === 'given up' ? 'given_up' : 'failed'
    observe(kind, result, duration_ms)
    const fields = { event: delivery.event.name, id: delivery.event.message_id, destination: name, attempts: count }
    if (result === 'delivered') log.debug(fields, 'delivered')
    else if (result === 'failed') log.warn({ ...fields, error }, 'Delivery failed; it is tried again')
    else log.error({ ...fields, error }, 'Delivery given up')
  }
}
