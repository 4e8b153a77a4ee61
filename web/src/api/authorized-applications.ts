import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

/** Applications that were let in. */
export const authorizedApplicationsQuery = queryOptions({
  queryKey: ['authorized_applications'],
  queryFn: ({ signal }) => barong.applications.list({ signal }).orThrow(),
})

/** Shuts an application out. */
export function useShutOut() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (uid: string) => barong.applications.remove(uid).orThrow(),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['authorized_applications'] }),
  })
}
