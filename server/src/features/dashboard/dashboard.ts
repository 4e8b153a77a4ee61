import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { DAY, iso, isoDay, parseIso, SECOND } from '../../lib/clock.ts'
import type { DashboardView } from './schema.ts'
import { countDecisions, countLevels, countSignIns, countSignUps, listReviewTimes } from './store.ts'

/** Decisions that are looked at one by one, at most. */
const TIMED = 5000

/** The figures of the last days; how long decisions took is taken from the latest `timed` ones. */
export async function figures(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  days: number,
  timed = TIMED,
): Promise<Static<typeof DashboardView>> {
  const now = clock.now()
  const names = Array.from({ length: days }, (_, index) => isoDay(now - (days - 1 - index) * DAY))
  const since = `${names[0]}T00:00:00.000Z`
  const signUps = await countSignUps(db, since)
  const signIns = await countSignIns(db, 'session.created', since)
  const failures = await countSignIns(db, 'session.refused', since)
  const decided = await listReviewTimes(db, since, timed)
  return {
    days: names.map((day) => ({
      day,
      sign_ups: signUps.get(day) ?? 0,
      sign_ins: signIns.get(day) ?? 0,
      failures: failures.get(day) ?? 0,
      review_seconds: partOf(timesOf(decided.filter(({ closed_at }) => closed_at?.startsWith(day))), 0.5),
    })),
    reviews: reviewFigures(await countDecisions(db, since), timesOf(decided)),
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

function reviewFigures(counts: ReadonlyMap<string | null, number>, times: readonly number[]) {
  return {
    decided: [...counts.values()].reduce((sum, count) => sum + count, 0),
    approved: counts.get('approved') ?? 0,
    rejected: counts.get('rejected') ?? 0,
    more_requested: counts.get('more_requested') ?? 0,
    timed: times.length,
    median_seconds: partOf(times, 0.5),
    slowest_tenth_seconds: partOf(times, 0.9),
  }
}
