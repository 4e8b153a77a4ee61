import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { bodyOf, userApi } from './client.ts'

/** Where the account is signed in. */
export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => bodyOf(userApi.GET('/api/v1/sessions', { signal })),
})

/** Ends one session. */
export function useEndSession() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => userApi.DELETE('/api/v1/sessions/{id}', { params: { path: { id: String(id) } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  })
}

/** Ends every session but this one. */
export function useEndOtherSessions() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => userApi.DELETE('/api/v1/sessions', {}),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  })
}
