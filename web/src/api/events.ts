import type { Answer, Body } from '@barong/sdk'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

export type DeliveryFilters = Body<'POST /api/v1/admin/deliveries/search'>
export type Delivery = Answer<'POST /api/v1/admin/deliveries/search'>[number]

/** How far behind deliveries are; asked again while it is looked at. */
export const outboxHealthQuery = queryOptions({
  queryKey: ['console', 'events', 'health'],
  queryFn: ({ signal }) => barong.request('GET /api/v1/admin/events/health', { signal }).orThrow(),
  refetchInterval: 10_000,
})

/** The log of deliveries, newest first; asked again while one of them waits. */
export const deliveriesQuery = (body: DeliveryFilters) =>
  queryOptions({
    queryKey: ['console', 'events', 'deliveries', body],
    queryFn: ({ signal }) => barong.request('POST /api/v1/admin/deliveries/search', { body, signal }).orThrow(),
    refetchInterval: ({ state: { data } }) => (data?.some(({ state }) => state === 'waiting') ? 3000 : false),
  })

/** How each attempt of a delivery ended. */
export const deliveryQuery = (id: number) =>
  queryOptions({
    queryKey: ['console', 'events', 'delivery', id],
    queryFn: ({ signal }) => barong.request('GET /api/v1/admin/deliveries/{id}', { path: { id }, signal }).orThrow(),
  })

/** Mails and SMS that were given up. */
export const deadMessagesQuery = queryOptions({
  queryKey: ['console', 'events', 'messages'],
  queryFn: ({ signal }) => {
    const query = { state: 'dead', limit: 100, after: 0 } as const
    return barong.request('GET /api/v1/admin/deliveries/messages', { query, signal }).orThrow()
  },
})

/** Sends all again that was given up: at one destination, or everywhere, mails and SMS too. */
export function useSendDeadAgain() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: { destination?: string }) =>
      barong.request('POST /api/v1/admin/deliveries/replay_dead', { body }).orThrow(),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'events'] }),
  })
}

/** Sends a delivery again. */
export function useSendAgain() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => barong.request('POST /api/v1/admin/deliveries/{id}/replay', { path: { id } }).orThrow(),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'events'] }),
  })
}
