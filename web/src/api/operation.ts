import type { paths } from '@barong/sdk/admin-api'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { adminApi, bodyOf } from './client.ts'
import type { Query } from './types.ts'

export type AuditFilters = Query<paths['/api/v1/admin/audit/records']['get']>
export type KeyRotation = { algorithm: 'RS256' | 'ES256' | 'EdDSA'; reason: string }

/** The audit log, newest first. */
export const auditQuery = (query: AuditFilters) =>
  queryOptions({
    queryKey: ['console', 'audit', query],
    queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/audit/records', { params: { query }, signal })),
  })

/** How the chain of the audit log stands; asked again while it is verified. */
export const chainQuery = queryOptions({
  queryKey: ['console', 'audit', 'chain'],
  queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/audit/chain', { signal })),
  refetchInterval: ({ state }) => (state.data?.verifying ? 1000 : 30_000),
})

/** Begins to verify the whole chain. */
export function useVerifyChain() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => adminApi.POST('/api/v1/admin/audit/verify'),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'audit', 'chain'] }),
  })
}

/** The keys that sign tokens. */
export const keysQuery = queryOptions({
  queryKey: ['console', 'keys'],
  queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/keys', { signal })),
})

/** Lets new keys follow. */
export function useRotateKeys() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: KeyRotation) => adminApi.POST('/api/v1/admin/keys/rotation', { body }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'keys'] }),
  })
}

/** Figures of the last days. */
export const dashboardQuery = (days: number) =>
  queryOptions({
    queryKey: ['console', 'dashboard', days],
    queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/dashboard', { params: { query: { days } }, signal })),
  })
