import type { Answer, Body, Query } from '@barong/sdk'
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

export type ReviewFilters = Query<'GET /api/v1/admin/reviews'>
export type QueuedReview = Answer<'GET /api/v1/admin/reviews'>[number]
export type Review = Answer<'GET /api/v1/admin/reviews/{id}'>
export type Decision = Body<'POST /api/v1/admin/reviews/{id}/decision'>
export type ProfileField = keyof NonNullable<Review['profile']>

const at = (id: number) => ({ path: { id } })

const QUEUE_PAGE = 50

/** Who waits for a decision, the longest first; asked again while it is looked at. */
export const queueQuery = (filters: ReviewFilters) =>
  infiniteQueryOptions({
    queryKey: ['console', 'reviews', 'queue', filters],
    queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: number | undefined }) => {
      const query = { ...filters, limit: QUEUE_PAGE, ...(pageParam === undefined ? {} : { after: pageParam }) }
      return barong.request('GET /api/v1/admin/reviews', { query, signal }).orThrow()
    },
    initialPageParam: undefined,
    getNextPageParam: (page) => (page.length < QUEUE_PAGE ? undefined : page.at(-1)?.id),
    refetchInterval: 15_000,
  })

/** How many wait, and how long. */
export const queueCountsQuery = queryOptions({
  queryKey: ['console', 'reviews', 'counts'],
  queryFn: ({ signal }) => barong.request('GET /api/v1/admin/reviews/counts', { signal }).orThrow(),
  refetchInterval: 30_000,
})

/** One case, with what was handed in and what was decided before; asked again while it is looked at. */
export const reviewQuery = (id: number) =>
  queryOptions({
    queryKey: ['console', 'reviews', 'case', id],
    queryFn: ({ signal }) => barong.request('GET /api/v1/admin/reviews/{id}', { ...at(id), signal }).orThrow(),
    refetchInterval: 30_000,
  })

/** Milliseconds that a link is used for; it opens for five minutes. */
const LINK_LIFE = 240_000

const documentLinkQuery = (id: number) =>
  queryOptions({
    queryKey: ['console', 'document', id],
    queryFn: () => barong.request('POST /api/v1/admin/documents/{id}/views', { path: { id } }).orThrow(),
    staleTime: LINK_LIFE,
    gcTime: LINK_LIFE,
  })

/** A page of a document under the watermark of whoever looks; as each look is logged, it is asked for once while it is open. */
export const documentPageQuery = (id: number, page: number) =>
  queryOptions({
    queryKey: ['console', 'document', id, page],
    queryFn: async ({ client }) => {
      const { url, pages } = await client.fetchQuery(documentLinkQuery(id))
      const response = await barong.fetch(`${url}&page=${page}`).orThrow()
      return { pages, blob: await response.blob() }
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  })

/** A change, after which everything is read anew; also after a refusal, as somebody else was first then. */
function useChange<V, R>(mutationFn: (variables: V) => Promise<R>) {
  const queries = useQueryClient()
  return useMutation({ mutationFn, onSettled: () => queries.invalidateQueries({ queryKey: ['console', 'reviews'] }) })
}

/** Takes a case, so that no colleague decides it at the same time, or keeps it for longer. */
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
