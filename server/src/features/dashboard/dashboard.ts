import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { DAY, iso, isoDay, parseIso, SECOND } from '../../lib/clock.ts'
import type { DashboardView } from './schema.ts'
import { countLevels, countSignIns, countSignUps, listReviewTimes } from './store.ts'

/** Decisions that the review times are taken from, the latest ones. */
const DECISIONS = 5000

/** The figures of the last days. */
export async function figures(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  days: number,
): Promise<Static<typeof DashboardView>> {
  const now = clock.now()
  const names = Array.from({ length: days }, (_, index) => isoDay(now - (days - 1 - index) * DAY))
  const since = `${names[0]}T00:00:00.000Z`
  const signUps = await countSignUps(db, since)
  const signIns = await countSignIns(db, 'session.created', since)
  const failures = await countSignIns(db, 'session.refused', since)
  const decided = (await listReviewTimes(db, since, DECISIONS)).filter(({ outcome }) => outcome !== 'elsewhere')
  return {
    days: names.map((day) => ({
      day,
      sign_ups: signUps.get(day) ?? 0,
      sign_ins: signIns.get(day) ?? 0,
      failures: failures.get(day) ?? 0,
      review_seconds: partOf(timesOf(decided.filter(({ closed_at }) => closed_at?.startsWith(day))), 0.5),
    })),
    reviews: reviewFigures(decided),
    levels: await countLevels(db),
  }
}

type Decided = Awaited<ReturnType<typeof listReviewTimes>>

/** How long each waited, in seconds, the shortest first. */
const timesOf = (cases: Decided): number[] =>
  cases
    .map(({ opened_at, closed_at }) => (parseIso(closed_at ?? iso(0)) - parseIso(opened_at)) / SECOND)
    .sort((one, other) => one - other)

/** The time that this part of them did not exceed. */
const partOf = (times: readonly number[], part: number): number | null =>
  times.length === 0 ? null : Math.round(times[Math.floor((times.length - 1) * part)] ?? 0)

function reviewFigures(decided: Decided) {
  const count = (decision: string) => decided.filter(({ outcome }) => outcome === decision).length
  const times = timesOf(decided)
  return {
    decided: decided.length,
    approved: count('approved'),
    rejected: count('rejected'),
    more_requested: count('more_requested'),
    median_seconds: partOf(times, 0.5),
    slowest_tenth_seconds: partOf(times, 0.9),
  }
}
