import type { Answer, Body, Query } from '@barong/sdk'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

export type ReviewFilters = Query<'GET /api/v1/admin/reviews'>
export type QueuedReview = Answer<'GET /api/v1/admin/reviews'>[number]
export type Review = Answer<'GET /api/v1/admin/reviews/{id}'>
export type Decision = Body<'POST /api/v1/admin/reviews/{id}/decision'>
export type ProfileField = keyof NonNullable<Review['profile']>

const at = (id: number) => ({ path: { id } })

/** Who waits for a decision, the longest first; asked again while it is looked at. */
export const queueQuery = (query: ReviewFilters) =>
  queryOptions({
    queryKey: ['console', 'reviews', 'queue', query],
    queryFn: ({ signal }) => barong.request('GET /api/v1/admin/reviews', { query, signal }).orThrow(),
    refetchInterval: 15_000,
  })

/** How many wait, and how long. */
export const queueCountsQuery = queryOptions({
  queryKey: ['console', 'reviews', 'counts'],
  queryFn: ({ signal }) => barong.request('GET /api/v1/admin/reviews/counts', { signal }).orThrow(),
  refetchInterval: 30_000,
})

/** One case, with what was handed in and what was decided before. */
export const reviewQuery = (id: number) =>
  queryOptions({
    queryKey: ['console', 'reviews', 'case', id],
    queryFn: ({ signal }) => barong.request('GET /api/v1/admin/reviews/{id}', { ...at(id), signal }).orThrow(),
  })

/** A document under the watermark of whoever looks; as each look is logged, it is asked for once while it is open. */
export const documentViewQuery = (id: number) =>
  queryOptions({
    queryKey: ['console', 'document', id],
    queryFn: async () => {
      const { url, ...view } = await barong
        .request('POST /api/v1/admin/documents/{id}/views', { path: { id } })
        .orThrow()
      const response = await barong.fetch(url).orThrow()
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
  useChange((id: number) => barong.request('POST /api/v1/admin/reviews/{id}/claim', at(id)).orThrow())

/** Gives a case back to the queue. */
export const useRelease = () =>
  useChange((id: number) => barong.request('DELETE /api/v1/admin/reviews/{id}/claim', at(id)).orThrow())

/** Decides a case. */
export const useDecide = () =>
  useChange(({ id, decision }: { id: number; decision: Decision }) =>
    barong.request('POST /api/v1/admin/reviews/{id}/decision', { ...at(id), body: decision }).orThrow(),
  )
