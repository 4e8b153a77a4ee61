import type { Answer, Body } from '@barong/sdk'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

export type Application = Answer<'GET /api/v1/admin/applications'>[number]
export type NewApplication = Body<'POST /api/v1/admin/applications'>
export type ApplicationChange = Body<'PATCH /api/v1/admin/applications/{uid}'>

/** Every application that people may be sent from to sign in here. */
export const applicationsQuery = queryOptions({
  queryKey: ['applications'],
  queryFn: ({ signal }) => barong.request('GET /api/v1/admin/applications', { signal }).orThrow(),
})

/** Something is done to applications, after which the list is read anew. */
function useChange<V, R>(mutationFn: (variables: V) => Promise<R>) {
  const queries = useQueryClient()
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries({ queryKey: ['applications'] }) })
}

/** Registers an application; its secret is in the answer and never again. */
export const useAddApplication = () =>
  useChange((body: NewApplication) => barong.request('POST /api/v1/admin/applications', { body }).orThrow())

/** Changes an application. */
export const useChangeApplication = () =>
  useChange(({ uid, change }: { uid: string; change: ApplicationChange }) =>
    barong.request('PATCH /api/v1/admin/applications/{uid}', { path: { uid }, body: change }).orThrow(),
  )

/** Gives an application another secret; the old one counts no more. */
export const useRotateSecret = () =>
  useChange((uid: string) =>
    barong.request('POST /api/v1/admin/applications/{uid}/secret', { path: { uid } }).orThrow(),
  )

/** Removes an application with every token it holds. */
export const useRemoveApplication = () =>
  useChange((uid: string) => barong.request('DELETE /api/v1/admin/applications/{uid}', { path: { uid } }).orThrow())
