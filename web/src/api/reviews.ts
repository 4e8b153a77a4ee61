import type { paths } from '@barong/sdk/admin-api'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { adminApi, bodyOf, fetchSignedIn } from './client.ts'
import type { Answer, Body, Query } from './types.ts'

export type ReviewFilters = Query<paths['/api/v1/admin/reviews']['get']>
export type QueuedReview = Answer<paths['/api/v1/admin/reviews']['get']>[number]
export type Review = Answer<paths['/api/v1/admin/reviews/{id}']['get']>
export type Decision = Body<paths['/api/v1/admin/reviews/{id}/decision']['post']>
export type ProfileField = keyof NonNullable<Review['profile']>

const at = (id: number) => ({ path: { id } })

/** Who waits for a decision, the longest first; asked again while it is looked at. */
export const queueQuery = (query: ReviewFilters) =>
  queryOptions({
    queryKey: ['console', 'reviews', 'queue', query],
    queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/reviews', { params: { query }, signal })),
    refetchInterval: 15_000,
  })

/** How many wait, and how long. */
export const queueCountsQuery = queryOptions({
  queryKey: ['console', 'reviews', 'counts'],
  queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/reviews/counts', { signal })),
  refetchInterval: 30_000,
})

/** One case, with what was handed in and what was decided before. */
export const reviewQuery = (id: number) =>
  queryOptions({
    queryKey: ['console', 'reviews', 'case', id],
    queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/reviews/{id}', { params: at(id), signal })),
  })

/** A document under the watermark of whoever looks; as each look is logged, it is asked for once while it is open. */
export const documentViewQuery = (id: number) =>
  queryOptions({
    queryKey: ['console', 'document', id],
    queryFn: async () => {
      const { url, ...view } = await bodyOf(
        adminApi.POST('/api/v1/admin/documents/{id}/views', { params: { path: { id } } }),
      )
      const response = await fetchSignedIn(url)
      return { ...view, blob: await response.blob() }
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  })

function useChange<V, R>(mutationFn: (variables: V) => Promise<R>) {
  const queries = useQueryClient()
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'reviews'] }) })
}

/** Takes a case, so that no colleague decides it at the same time. */
export const useClaim = () =>
  useChange((id: number) => bodyOf(adminApi.POST('/api/v1/admin/reviews/{id}/claim', { params: at(id) })))

/** Gives a case back to the queue. */
export const useRelease = () =>
  useChange((id: number) => adminApi.DELETE('/api/v1/admin/reviews/{id}/claim', { params: at(id) }))

/** Decides a case. */
export const useDecide = () =>
  useChange(({ id, decision }: { id: number; decision: Decision }) =>
    bodyOf(adminApi.POST('/api/v1/admin/reviews/{id}/decision', { params: at(id), body: decision })),
  )
