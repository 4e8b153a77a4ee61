import { queryOptions, useMutation } from '@tanstack/react-query'
import { bodyOf, userApi } from './client.ts'

/** Who is signed in. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => bodyOf(userApi.GET('/api/v1/accounts/me', { signal })),
})

/** What is known about the account, `document: verified` say. */
export const labelsQuery = queryOptions({
  queryKey: ['labels'],
  queryFn: ({ signal }) => bodyOf(userApi.GET('/api/v1/labels', { signal })),
})

/** Replaces the password; other sessions end. */
export const useChangePassword = () =>
  useMutation({
    mutationFn: (body: { old_password: string; new_password: string }) =>
      userApi.PUT('/api/v1/accounts/password', { body }),
  })

/** What happened to the account, newest first, a page at a time; only what changed who has access, where asked so. */
export const activitiesPage = (topic: 'security' | undefined, before: string | undefined, signal: AbortSignal) => {
  const query = { ...(topic === undefined ? {} : { topic }), ...(before === undefined ? {} : { before }) }
  return bodyOf(userApi.GET('/api/v1/activities', { params: { query }, signal }))
}
