import type { Body } from '@barong/sdk'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

export type AuditFilters = Body<'POST /api/v1/admin/audit/records/search'>
export type KeyRotation = { algorithm: 'RS256' | 'ES256' | 'EdDSA'; reason: string }

/** The audit log, newest first. */
export const auditQuery = (body: AuditFilters) =>
  queryOptions({
    queryKey: ['console', 'audit', body],
    queryFn: ({ signal }) => barong.request('POST /api/v1/admin/audit/records/search', { body, signal }).orThrow(),
  })

/** How the chain of the audit log stands; asked again while it is verified. */
export const chainQuery = queryOptions({
  queryKey: ['console', 'audit', 'chain'],
  queryFn: ({ signal }) => barong.request('GET /api/v1/admin/audit/chain', { signal }).orThrow(),
  refetchInterval: ({ state }) => (state.data?.verifying ? 1000 : 30_000),
})

/** Begins to verify the whole chain. */
export function useVerifyChain() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => barong.request('POST /api/v1/admin/audit/verify').orThrow(),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'audit', 'chain'] }),
  })
}

/** The keys that sign tokens. */
export const keysQuery = queryOptions({
  queryKey: ['console', 'keys'],
  queryFn: ({ signal }) => barong.request('GET /api/v1/admin/keys', { signal }).orThrow(),
})

/** Lets new keys follow. */
export function useRotateKeys() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: KeyRotation) => barong.request('POST /api/v1/admin/keys/rotation', { body }).orThrow(),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'keys'] }),
  })
}

/** Figures of the last days. */
export const dashboardQuery = (days: number) =>
  queryOptions({
    queryKey: ['console', 'dashboard', days],
    queryFn: ({ signal }) => barong.request('GET /api/v1/admin/dashboard', { query: { days }, signal }).orThrow(),
  })
