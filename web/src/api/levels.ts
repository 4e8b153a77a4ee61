import type { paths } from '@barong/sdk/admin-api'
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { adminApi, bodyOf } from './client.ts'
import type { Body } from './types.ts'

export type LevelsChange = Body<paths['/api/v1/admin/levels']['put']>
export type LevelStep = LevelsChange['levels'][number]
/** The levels as they were seen, by which a change of them is refused when they are others by then. */
export type Ladder = Pick<LevelsChange, 'levels' | 'version'>

/** The levels; asked again while accounts are brought in line. */
export const levelsQuery = queryOptions({
  queryKey: ['console', 'levels'],
  queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/levels', { signal })),
  refetchInterval: ({ state: { data } }) => (data?.last_change?.finished_at === null ? 3000 : false),
})

/** Replaces the levels; they are read anew when that is refused too, for they may be others by then. */
export function useChangeLevels() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: LevelsChange) => bodyOf(adminApi.PUT('/api/v1/admin/levels', { body })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['console'] }),
  })
}

/** The labels that accounts have, page by page. */
export const usedLabelsQuery = infiniteQueryOptions({
  queryKey: ['console', 'labels'],
  queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: string | null }) =>
    bodyOf(
      adminApi.GET('/api/v1/admin/labels', {
        params: { query: pageParam === null ? {} : { cursor: pageParam } },
        signal,
      }),
    ),
  initialPageParam: null,
  getNextPageParam: ({ next }) => next,
})
