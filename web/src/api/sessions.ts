import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

/** Where the account is signed in. */
export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => barong.sessions.list({ signal }).orThrow(),
})

/** Ends one session. */
export function useEndSession() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => barong.sessions.end(id).orThrow(),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  })
}

/** Ends every session but this one. */
export function useEndOtherSessions() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => barong.sessions.endOthers().orThrow(),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  })
}
