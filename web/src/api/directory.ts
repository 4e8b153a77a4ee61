import type { paths } from '@barong/sdk/admin-api'
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { adminApi, bodyOf } from './client.ts'
import type { Answer, Query } from './types.ts'

export type AccountFilters = Query<paths['/api/v1/admin/accounts']['get']>
export type AccountDetail = Answer<paths['/api/v1/admin/accounts/{uid}']['get']>
export type AccountRow = Answer<paths['/api/v1/admin/accounts']['get']>['items'][number]

/** A page of the accounts that fit. */
export const accountsQuery = (query: AccountFilters) =>
  queryOptions({
    queryKey: ['console', 'accounts', query],
    queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/accounts', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  })

/** One account, with all that belongs to it. */
export const accountQuery = (uid: string) =>
  queryOptions({
    queryKey: ['console', 'account', uid],
    queryFn: ({ signal }) =>
      bodyOf(adminApi.GET('/api/v1/admin/accounts/{uid}', { params: { path: { uid } }, signal })),
  })

/** What happened to an account, newest first. */
export const accountActivitiesQuery = (uid: string) =>
  queryOptions({
    queryKey: ['console', 'account', uid, 'activities'],
    queryFn: ({ signal }) =>
      bodyOf(adminApi.GET('/api/v1/admin/accounts/{uid}/activities', { params: { path: { uid } }, signal })),
  })

/** What colleagues noted, newest first. */
export const accountNotesQuery = (uid: string) =>
  queryOptions({
    queryKey: ['console', 'account', uid, 'notes'],
    queryFn: ({ signal }) =>
      bodyOf(adminApi.GET('/api/v1/admin/accounts/{uid}/notes', { params: { path: { uid } }, signal })),
  })

/** Everything that can be done to an account for a reason. */
export type AccountAction =
  | { kind: 'unlock' | 'end_sessions' | 'discard' | 'restore' | 'disable_2fa'; reason: string }
  | { kind: 'role'; role: string; reason: string }
  | { kind: 'state'; state: 'active' | 'banned' | 'locked'; reason: string }
  | { kind: 'label'; key: string; value: string; scope: 'private' | 'public'; reason: string }
  | { kind: 'delete_label'; key: string; scope: 'private' | 'public'; reason: string }

/** Does it, and shows what has become of the account. */
export function useAccountAction(uid: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (action: AccountAction) => perform(uid, action),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['console'] }),
  })
}

/** Notes something for colleagues. */
export function useAddNote(uid: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (text: string) =>
      adminApi.POST('/api/v1/admin/accounts/{uid}/notes', { params: { path: { uid } }, body: { text } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'account', uid, 'notes'] }),
  })
}

function perform(uid: string, action: AccountAction): Promise<unknown> {
  const params = { path: { uid } }
  const { reason } = action
  switch (action.kind) {
    case 'role':
      return adminApi.POST('/api/v1/admin/accounts/{uid}/role', { params, body: { role: action.role, reason } })
    case 'state':
      return adminApi.POST('/api/v1/admin/accounts/{uid}/state', { params, body: { state: action.state, reason } })
    case 'label': {
      const { key, value, scope } = action
      return adminApi.POST('/api/v1/admin/accounts/{uid}/labels', { params, body: { key, value, scope, reason } })
    }
    case 'delete_label': {
      const { key, scope } = action
      const path = { uid, scope, key }
      return adminApi.POST('/api/v1/admin/accounts/{uid}/labels/{scope}/{key}/delete', {
        params: { path },
        body: { reason },
      })
    }
    default:
      return adminApi.POST(`/api/v1/admin/accounts/{uid}/${action.kind}`, { params, body: { reason } })
  }
}
