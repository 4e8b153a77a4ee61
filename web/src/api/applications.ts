import type { paths } from '@barong/sdk/admin-api'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { adminApi, bodyOf } from './client.ts'
import type { Body, Items } from './types.ts'

export type Application = Items<paths['/api/v1/admin/applications']['get']>
export type NewApplication = Body<paths['/api/v1/admin/applications']['post']>
export type ApplicationChange = Body<paths['/api/v1/admin/applications/{uid}']['patch']>

/** Every application that people may be sent from to sign in here. */
export const applicationsQuery = queryOptions({
  queryKey: ['applications'],
  queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/applications', { signal })),
})

/** Something is done to applications, after which the list is read anew. */
function useChange<V, R>(mutationFn: (variables: V) => Promise<R>) {
  const queries = useQueryClient()
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries({ queryKey: ['applications'] }) })
}

/** Registers an application; its secret is in the answer and never again. */
export const useAddApplication = () =>
  useChange((body: NewApplication) => bodyOf(adminApi.POST('/api/v1/admin/applications', { body })))

/** Changes an application. */
export const useChangeApplication = () =>
  useChange(({ uid, change }: { uid: string; change: ApplicationChange }) =>
    bodyOf(adminApi.PATCH('/api/v1/admin/applications/{uid}', { params: { path: { uid } }, body: change })),
  )

/** Gives an application another secret; the old one counts no more. */
export const useRotateSecret = () =>
  useChange((uid: string) =>
    bodyOf(adminApi.POST('/api/v1/admin/applications/{uid}/secret', { params: { path: { uid } } })),
  )

/** Removes an application with every token it holds. */
export const useRemoveApplication = () =>
  useChange((uid: string) => adminApi.DELETE('/api/v1/admin/applications/{uid}', { params: { path: { uid } } }))
