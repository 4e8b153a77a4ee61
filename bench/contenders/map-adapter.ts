import type { Adapter, AdapterPayload } from 'oidc-provider'

/**
 * Everything in a Map. The adapter that oidc-provider brings keeps a thousand entries and forgets the oldest, grants among
 * them, so that after a thousand tokens it knows no refresh token any more.
 */
export function mapAdapters(): (name: string) => Adapter {
  const all = new Map<string, AdapterPayload>()
  const grants = new Map<string, string[]>()
  return (name) => {
    const keyOf = (id: string) => `${name}:${id}`
    const by = async (field: 'uid' | 'userCode', value: string) =>
      all.values().find((payload) => payload[field] === value)
    return {
      find: async (id) => all.get(keyOf(id)),
      findByUid: (uid) => by('uid', uid),
      findByUserCode: (userCode) => by('userCode', userCode),
      upsert: async (id, payload) => {
        const { grantId } = payload
        all.set(keyOf(id), payload)
        if (grantId === undefined) return
        const keys = grants.get(grantId) ?? []
        if (keys.length === 0) grants.set(grantId, keys)
        keys.push(keyOf(id))
      },
      consume: async (id) => {
        const payload = all.get(keyOf(id))
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: async (id) => {
        all.delete(keyOf(id))
      },
      revokeByGrantId: async (grantId) => {
        for (const key of grants.get(grantId) ?? []) all.delete(key)
        grants.delete(grantId)
      },
    }
  }
}
