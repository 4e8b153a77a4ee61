import { createHash } from 'node:crypto'
import type { Deps } from '../../deps.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Label, Level } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import { listLabels, listLevels } from './store.ts'

/** The number of levels, from the first on, whose label the account has; only private labels count. */
export function levelOf(labels: readonly Pick<Label, 'key' | 'value' | 'scope'>[], levels: readonly Level[]): number {
  const owned = new Set(
    labels.filter((label) => label.scope === 'private').map((label) => `${label.key}:${label.value}`),
  )
  const missing = levels.findIndex((level) => !owned.has(`${level.key}:${level.value}`))
  return missing === -1 ? levels.length : missing
}

/** Brings the account's level in line with its labels. */
export async function recomputeLevel(needs: Pick<Deps, 'clock' | 'outbox'>, tx: Tx, account_id: number): Promise<void> {
  const account = await lockAccount(tx, account_id)
  const level = levelOf(await listLabels(tx, account_id), await listLevels(tx))
  if (level !== account.level) await updateAccount(needs, tx, account, { level })
}

/** The name of a ladder: another one has another name. */
export const ladderVersion = (levels: readonly Pick<Level, 'key' | 'value' | 'description'>[]): string =>
  createHash('sha256')
    .update(JSON.stringify(levels.map(({ key, value, description }) => [key, value, description])))
    .digest('base64url')
    .slice(0, 16)
