import type { paths } from '@barong/sdk/admin-api'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { adminApi, bodyOf } from './client.ts'
import type { Items } from './types.ts'

export type WebhookEndpoint = Items<paths['/api/v1/admin/webhooks']['get']>

/** Where events are sent. */
export const webhooksQuery = queryOptions({
  queryKey: ['console', 'webhooks'],
  queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/webhooks', { signal })),
})

function useChange<V, R>(mutationFn: (variables: V) => Promise<R>) {
  const queries = useQueryClient()
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'webhooks'] }) })
}

const at = (uid: string) => ({ path: { uid } })

/** Adds an endpoint; its secret is in the answer and never again. */
export const useAddWebhook = () =>
  useChange((body: { url: string; events: string[]; description: string }) =>
    bodyOf(adminApi.POST('/api/v1/admin/webhooks', { body })),
  )

/** Switches an endpoint on or off. */
export const useSwitchWebhook = () =>
  useChange(({ uid, enabled }: { uid: string; enabled: boolean }) =>
    bodyOf(adminApi.PATCH('/api/v1/admin/webhooks/{uid}', { params: at(uid), body: { enabled } })),
  )

/** Gives an endpoint a new secret; both sign for a while. */
export const useRotateWebhookSecret = () =>
  useChange((uid: string) => bodyOf(adminApi.POST('/api/v1/admin/webhooks/{uid}/secret', { params: at(uid) })))

/** Sends a delivery that tells of nothing. */
export const useTestWebhook = () =>
  useChange((uid: string) => bodyOf(adminApi.POST('/api/v1/admin/webhooks/{uid}/test', { params: at(uid) })))

/** Removes an endpoint with what waits for it. */
export const useRemoveWebhook = () =>
  useChange((uid: string) => adminApi.DELETE('/api/v1/admin/webhooks/{uid}', { params: at(uid) }))
