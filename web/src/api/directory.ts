import type { Answer, Body } from '@barong/sdk'
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { barong } from './client.ts'

export type AccountFilters = Body<'POST /api/v1/admin/accounts/search'>
export type AccountDetail = Answer<'GET /api/v1/admin/accounts/{uid}'>
export type AccountPage = Answer<'POST /api/v1/admin/accounts/search'>
export type AccountRow = AccountPage['items'][number]

/** Whether more than a password protects the account. */
export const hasSecondFactor = ({ otp_enabled, passkeys }: Pick<AccountRow, 'otp_enabled' | 'passkeys'>): boolean =>
  otp_enabled || passkeys > 0

/** A page of the accounts that fit. */
export const accountsQuery = (body: AccountFilters) =>
  queryOptions({
    queryKey: ['console', 'accounts', body],
    queryFn: ({ signal }) => barong.request('POST /api/v1/admin/accounts/search', { body, signal }).orThrow(),
    placeholderData: keepPreviousData,
  })

/** One account, with all that belongs to it. */
export const accountQuery = (uid: string) =>
  queryOptions({
    queryKey: ['console', 'account', uid],
    queryFn: ({ signal }) => barong.request('GET /api/v1/admin/accounts/{uid}', { path: { uid }, signal }).orThrow(),
  })

const ACTIVITIES = 25

/** What happened to an account, newest first, a page at a time. */
export const accountActivitiesQuery = (uid: string) =>
  infiniteQueryOptions({
    queryKey: ['console', 'account', uid, 'activities'],
    queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: string | undefined }) => {
      const query = { limit: String(ACTIVITIES), ...(pageParam === undefined ? {} : { before: pageParam }) }
      return barong.request('GET /api/v1/admin/accounts/{uid}/activities', { path: { uid }, query, signal }).orThrow()
    },
    initialPageParam: undefined,
    getNextPageParam: (page) => (page.length < ACTIVITIES ? undefined : String(page.at(-1)?.id)),
  })

/** What colleagues noted, newest first. */
export const accountNotesQuery = (uid: string) =>
  queryOptions({
    queryKey: ['console', 'account', uid, 'notes'],
    queryFn: ({ signal }) =>
      barong.request('GET /api/v1/admin/accounts/{uid}/notes', { path: { uid }, signal }).orThrow(),
  })

/** Everything that can be done to an account for a reason. */
export type AccountAction =
  | { kind: 'unlock' | 'end_sessions' | 'reset_password' | 'discard' | 'restore' | 'disable_2fa'; reason: string }
  | { kind: 'erase'; confirmation: string; reason: string }
  | { kind: 'role'; role: string; reason: string }
  | { kind: 'state'; state: 'active' | 'banned' | 'locked'; reason: string }
  | { kind: 'label'; key: string; value: string; scope: 'private' | 'public'; reason: string }
  | { kind: 'change_label'; key: string; value: string; scope: 'private' | 'public'; reason: string }
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
      barong.request('POST /api/v1/admin/accounts/{uid}/notes', { path: { uid }, body: { text } }).orThrow(),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'account', uid, 'notes'] }),
  })
}

function perform(uid: string, action: AccountAction): Promise<unknown> {
  const path = { uid }
  const { reason } = action
  switch (action.kind) {
    case 'erase': {
      const { confirmation } = action
      return barong
        .request('POST /api/v1/admin/accounts/{uid}/erase', { path, body: { confirmation, reason } })
        .orThrow()
    }
    case 'role':
      return barong
        .request('POST /api/v1/admin/accounts/{uid}/role', { path, body: { role: action.role, reason } })
        .orThrow()
    case 'state':
      return barong
        .request('POST /api/v1/admin/accounts/{uid}/state', { path, body: { state: action.state, reason } })
        .orThrow()
    case 'label': {
      const { key, value, scope } = action
      return barong
        .request('POST /api/v1/admin/accounts/{uid}/labels', { path, body: { key, value, scope, reason } })
        .orThrow()
    }
    case 'change_label': {
      const { key, value, scope } = action
      const path = { uid, scope, key }
      return barong
        .request('PATCH /api/v1/admin/accounts/{uid}/labels/{scope}/{key}', { path, body: { value, reason } })
        .orThrow()
    }
    case 'delete_label': {
      const { key, scope } = action
      const path = { uid, scope, key }
      return barong
        .request('POST /api/v1/admin/accounts/{uid}/labels/{scope}/{key}/delete', {
          path,
          body: { reason },
        })
        .orThrow()
    }
    default:
      return barong.request(`POST /api/v1/admin/accounts/{uid}/${action.kind}`, { path, body: { reason } }).orThrow()
  }
}
