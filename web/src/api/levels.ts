import type { Body } from '@barong/sdk'
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

export type LevelsChange = Body<'PUT /api/v1/admin/levels'>
export type LevelStep = LevelsChange['levels'][number]
/** The levels as they were seen, by which a change of them is refused when they are others by then. */
export type Ladder = Pick<LevelsChange, 'levels' | 'version'>

/** The levels; asked again while accounts are brought in line. */
export const levelsQuery = queryOptions({
  queryKey: ['console', 'levels'],
  queryFn: ({ signal }) => barong.request('GET /api/v1/admin/levels', { signal }).orThrow(),
  refetchInterval: ({ state: { data } }) => (data?.last_change?.finished_at === null ? 3000 : false),
})

/** Replaces the levels; they are read anew when that is refused too, for they may be others by then. */
export function useChangeLevels() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: LevelsChange) => barong.request('PUT /api/v1/admin/levels', { body }).orThrow(),
    onSettled: () => queries.invalidateQueries({ queryKey: ['console'] }),
  })
}

/** The labels that accounts have, page by page. */
export const usedLabelsQuery = infiniteQueryOptions({
  queryKey: ['console', 'labels'],
  queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: string | null }) =>
    barong
      .request('GET /api/v1/admin/labels', {
        query: pageParam === null ? {} : { cursor: pageParam },
        signal,
      })
      .orThrow(),
  initialPageParam: null,
  getNextPageParam: ({ next }) => next,
})
