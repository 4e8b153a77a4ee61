import type { Answer } from '@barong/sdk'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

export type WebhookEndpoint = Answer<'GET /api/v1/admin/webhooks'>[number]

/** Where events are sent. */
export const webhooksQuery = queryOptions({
  queryKey: ['console', 'webhooks'],
  queryFn: ({ signal }) => barong.request('GET /api/v1/admin/webhooks', { signal }).orThrow(),
})

function useChange<V, R>(mutationFn: (variables: V) => Promise<R>) {
  const queries = useQueryClient()
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'webhooks'] }) })
}

const at = (uid: string) => ({ path: { uid } })

/** Adds an endpoint; its secret is in the answer and never again. */
export const useAddWebhook = () =>
  useChange((body: { url: string; events: string[]; description: string }) =>
    barong.request('POST /api/v1/admin/webhooks', { body }).orThrow(),
  )

/** Switches an endpoint on or off. */
export const useSwitchWebhook = () =>
  useChange(({ uid, enabled }: { uid: string; enabled: boolean }) =>
    barong.request('PATCH /api/v1/admin/webhooks/{uid}', { ...at(uid), body: { enabled } }).orThrow(),
  )

/** Gives an endpoint a new secret; both sign for a while. */
export const useRotateWebhookSecret = () =>
  useChange((uid: string) => barong.request('POST /api/v1/admin/webhooks/{uid}/secret', at(uid)).orThrow())

/** Sends a delivery that tells of nothing. */
export const useTestWebhook = () =>
  useChange((uid: string) => barong.request('POST /api/v1/admin/webhooks/{uid}/test', at(uid)).orThrow())

/** Removes an endpoint with what waits for it. */
export const useRemoveWebhook = () =>
  useChange((uid: string) => barong.request('DELETE /api/v1/admin/webhooks/{uid}', at(uid)).orThrow())
