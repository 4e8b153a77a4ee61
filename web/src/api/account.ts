import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { uncoverPagesOf } from '../session/session.ts'
import { barong } from './client.ts'

/** Who is signed in. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }) => {
    const me = await barong.account.me({ signal }).orThrow()
    uncoverPagesOf(me.uid)
    return me
  },
})

/** What is known about the account, `document: verified` say. */
export const labelsQuery = queryOptions({
  queryKey: ['labels'],
  queryFn: ({ signal }) => barong.labels.list({ signal }).orThrow(),
})

/** Replaces the password; other sessions end. */
export function useChangePassword() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: { old_password: string; new_password: string }) => barong.account.changePassword(body).orThrow(),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['me'] }),
  })
}

/** What happened to the account, newest first, a page at a time; only what changed who has access, where asked so. */
export const activitiesPage = (topic: 'security' | undefined, before: string | undefined, signal: AbortSignal) => {
  const query = { ...(topic === undefined ? {} : { topic }), ...(before === undefined ? {} : { before }) }
  return barong.activity.list(query, { signal }).orThrow()
}
