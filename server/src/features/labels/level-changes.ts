import type { Deps } from '../../deps.ts'
import { iso, isoSeconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Label, Level, LevelChange } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import { levelsUpdated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { audit } from '../audit/audit.ts'
import { labelErrors, normalizeLabel } from './label-rules.ts'
import {
  beginLevelChange,
  findLastLevelChange,
  listPrivateLabelsBetween,
  lockAccountsAfter,
  lockLevels,
  lockOpenLevelChange,
  replaceLevels,
  updateLevelChange,
} from './level-store.ts'
import { ladderVersion, levelOf } from './levels.ts'
import type { LevelsChange, LevelsView } from './schema.ts'
import { listLevels } from './store.ts'

const errors = defineErrors('levels', {
  seen: [409, 'The levels have changed meanwhile; look at them again'],
  invalid: [422, 'The levels are invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'outbox'>
type Step = LevelsChange['levels'][number]

/** Accounts in one transaction. */
const BATCH = 200
/** Batches before the caller has an answer; the rest follows in the background. */
const AT_ONCE = 5

/** The levels as they are, and how far accounts are in line with them. */
export async function readLevels({ db }: Pick<Needs, 'db'>): Promise<LevelsView> {
  const levels = await listLevels(db)
  const change = await findLastLevelChange(db)
  return {
    version: ladderVersion(levels),
    levels: levels.map(({ key, value, description }, index) => ({ level: index + 1, key, value, description })),
    last_change: change ? changeView(change) : null,
  }
}

/** Replaces the levels, and begins to bring all accounts in line with them. */
export async function changeLevels(needs: Needs, input: Omit<LevelsChange, 'reason'>): Promise<LevelsView> {
  const steps = input.levels.map(normalized)
  refuse(steps)
  const now = iso(needs.clock.now())
  await needs.db.transaction().execute(async (tx) => {
    await lockLevels(tx)
    const before = await listLevels(tx)
    if (ladderVersion(before) !== input.version) throw errors.seen()
    await replaceLevels(
      tx,
      steps.map((step) => ({ ...step, created_at: firstOf(before, step) ?? now, updated_at: now })),
    )
    await beginLevelChange(tx, now)
    await needs.outbox.record(tx, null, eventMessage(levelsUpdated(steps)))
    await audit(needs, tx, {
      action: 'levels.changed',
      account_id: null,
      details: { before: before.map(nameOf).join(' < '), after: steps.map(nameOf).join(' < ') },
    })
  })
  for (let batch = 0; batch < AT_ONCE && (await applyLevels(needs)) > 0; batch += 1);
  return readLevels(needs)
}

/** Brings the next accounts in line with levels that became others; returns how many were looked at. */
export function applyLevels(needs: Needs): Promise<number> {
  return needs.db.transaction().execute(async (tx) => {
    const change = await lockOpenLevelChange(tx)
    if (!change) return 0
    const accounts = await lockAccountsAfter(tx, change.after_id, BATCH)
    const last = accounts.at(-1)
    if (!last) {
      await finish(needs, tx, change)
      return 0
    }
    const levels = await listLevels(tx)
    const labels = await labelsByAccount(tx, accounts[0]?.id ?? last.id, last.id)
    const moved = accounts
      .map((account) => ({ account, level: levelOf(labels.get(account.id) ?? [], levels) }))
      .filter(({ account, level }) => account.level !== level)
    for (const { account, level } of moved) await updateAccount(needs, tx, account, { level })
    await updateLevelChange(tx, change.id, { after_id: last.id, changed: change.changed + moved.length })
    return accounts.length
  })
}

async function finish(needs: Needs, tx: Tx, { id, changed }: LevelChange): Promise<void> {
  await updateLevelChange(tx, id, { finished_at: iso(needs.clock.now()) })
  await audit(needs, tx, { action: 'levels.applied', account_id: null, details: { changed } })
}

async function labelsByAccount(db: Db, first: number, last: number): Promise<Map<number, Label[]>> {
  return Map.groupBy(await listPrivateLabelsBetween(db, first, last), ({ account_id }) => account_id)
}

const normalized = ({ key, value, description }: Step): Step => ({
  key: normalizeLabel(key),
  value: normalizeLabel(value),
  description: description.trim(),
})

const nameOf = ({ key, value }: Pick<Level, 'key' | 'value'>): string => `${key}:${value}`

const firstOf = (levels: readonly Level[], step: Step): string | undefined =>
  levels.find((level) => nameOf(level) === nameOf(step))?.created_at

/** Every step is a label that can exist, and no two are the same. */
function refuse(steps: readonly Step[]): void {
  const faults = steps.flatMap((step, index) => {
    const wrong = labelErrors({ key: step.key, value: step.value }).fullMessages()
    const isRepeated = steps.findIndex((other) => nameOf(other) === nameOf(step)) < index
    return [...wrong, ...(isRepeated ? [`${nameOf(step)} is there twice`] : [])].map(
      (fault) => `Level ${index + 1}: ${fault}`,
    )
  })
  if (faults.length > 0) throw errors.invalid({ body: { error: faults.join('; ') } })
}

const changeView = ({ created_at, finished_at, changed }: LevelChange): LevelsView['last_change'] => ({
  created_at: isoSeconds(created_at),
  finished_at: finished_at === null ? null : isoSeconds(finished_at),
  changed,
})
