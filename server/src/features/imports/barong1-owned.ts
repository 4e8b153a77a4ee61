import { iso } from '../../lib/clock.ts'
import { insertMany } from '../../platform/db/bulk.ts'
import { findVerifiedNumbers, insertPhones } from '../phones/phones.ts'
import { insertProfiles } from '../profiles/profiles.ts'
import type { Take } from './barong1-take.ts'
import { takeOwned } from './barong1-take-owned.ts'
import { textField, Unfit } from './fields.ts'
import { keptProfileRow, profileRemark } from './kept.ts'
import { apiKeyRow, labelRow, phoneRow } from './owned-rows.ts'
import { findApiKeyOwners, listOwned, listOwnedPhones } from './store.ts'

const takeProfileRows = takeOwned<'profiles'>({
  table: 'profiles',
  id: 'id',
  judge: (fields, account_id, now) => ({ account_id, ...keptProfileRow(fields, now) }),
  remarkOf: profileRemark,
  nameOf: ({ account_id }) => String(account_id),
  taken: async (tx, _vault, rows) =>
    new Set((await listOwned(tx, 'profiles', rows)).map((row) => String(row.account_id))),
  insert: insertProfiles,
  clash: 'Profile already exists',
})

/** Profiles as they are, also where the rules of today would refuse them, and the states that those of 1.7 have. */
export const takeProfiles: Take = async (barong1, rows) => {
  for (const row of rows) {
    const [account, state] = [textField(row, 'account_id'), textField(row, 'state')]
    if (account !== undefined && state !== undefined) barong1.profile_states.set(account, state)
  }
  await takeProfileRows(barong1, rows)
}

/** Verified numbers; others would need a new code here. */
export const takePhones = takeOwned<'phones'>({
  table: 'phones',
  id: 'id',
  judge: (fields, account_id, now) => {
    if (textField(fields, 'validated_at') === undefined) throw new Unfit('The number is not verified')
    return { account_id, ...phoneRow(fields, iso(now)) }
  },
  nameOf: ({ number }) => number,
  taken: async (tx, vault, rows) => {
    const own = (await listOwnedPhones(tx, vault, rows)).map(({ number }) => number)
    const numbers = rows.map(({ number }) => number)
    return new Set([...(await findVerifiedNumbers(tx, vault, numbers)), ...own])
  },
  insert: insertPhones,
  clash: 'Phone number already exists',
})

/** Labels of both scopes. */
export const takeLabels = takeOwned<'labels'>({
  table: 'labels',
  id: 'id',
  judge: (fields, account_id, now) => ({ account_id, ...labelRow(fields, iso(now)) }),
  nameOf: labelName,
  taken: async (tx, _vault, rows) => new Set((await listOwned(tx, 'labels', rows)).map(labelName)),
  insert: (tx, _vault, rows) => insertMany(tx, 'labels', rows),
  clash: 'Key has already been taken',
})

/** API keys whose public key can be verified with here. */
export const takeApiKeys = takeOwned<'api_keys'>({
  table: 'api_keys',
  id: 'uid',
  judge: (fields, account_id, now) => ({ account_id, ...apiKeyRow(fields, iso(now)) }),
  nameOf: ({ uid }) => uid,
  insert: (tx, _vault, rows) => insertMany(tx, 'api_keys', rows),
  taken: async (tx, _vault, rows) => {
    const owners = await findApiKeyOwners(
      tx,
      rows.map(({ uid }) => uid),
    )
    return new Set(owners.keys())
  },
  clash: 'Uid has already been taken',
})

function labelName({ account_id, scope, key }: { account_id: number; scope: string; key: string }): string {
  return `${account_id} ${scope} ${key}`
}
