import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { bodyOf, userApi } from './client.ts'

/** Applications that were let in. */
export const authorizedApplicationsQuery = queryOptions({
  queryKey: ['authorized_applications'],
  queryFn: ({ signal }) => bodyOf(userApi.GET('/api/v1/authorized_applications', { signal })),
})

/** Shuts an application out. */
export function useShutOut() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (uid: string) => userApi.DELETE('/api/v1/authorized_applications/{uid}', { params: { path: { uid } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['authorized_applications'] }),
  })
}
