import type { paths } from '@barong/sdk/admin-api'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { adminApi, bodyOf } from './client.ts'
import type { Items, Query } from './types.ts'

export type DeliveryFilters = Query<paths['/api/v1/admin/deliveries']['get']>
export type Delivery = Items<paths['/api/v1/admin/deliveries']['get']>

/** How far behind deliveries are; asked again while it is looked at. */
export const outboxHealthQuery = queryOptions({
  queryKey: ['console', 'events', 'health'],
  queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/events/health', { signal })),
  refetchInterval: 10_000,
})

/** The log of deliveries, newest first. */
export const deliveriesQuery = (query: DeliveryFilters) =>
  queryOptions({
    queryKey: ['console', 'events', 'deliveries', query],
    queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/deliveries', { params: { query }, signal })),
  })

/** Sends a delivery again. */
export function useSendAgain() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => adminApi.POST('/api/v1/admin/deliveries/{id}/replay', { params: { path: { id } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'events'] }),
  })
}
