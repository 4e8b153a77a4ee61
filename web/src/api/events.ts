import type { Answer, Query } from '@barong/sdk'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

export type DeliveryFilters = Query<'GET /api/v1/admin/deliveries'>
export type Delivery = Answer<'GET /api/v1/admin/deliveries'>[number]

/** How far behind deliveries are; asked again while it is looked at. */
export const outboxHealthQuery = queryOptions({
  queryKey: ['console', 'events', 'health'],
  queryFn: ({ signal }) => barong.request('GET /api/v1/admin/events/health', { signal }).orThrow(),
  refetchInterval: 10_000,
})

/** The log of deliveries, newest first. */
export const deliveriesQuery = (query: DeliveryFilters) =>
  queryOptions({
    queryKey: ['console', 'events', 'deliveries', query],
    queryFn: ({ signal }) => barong.request('GET /api/v1/admin/deliveries', { query, signal }).orThrow(),
  })

/** Sends a delivery again. */
export function useSendAgain() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => barong.request('POST /api/v1/admin/deliveries/{id}/replay', { path: { id } }).orThrow(),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'events'] }),
  })
}
