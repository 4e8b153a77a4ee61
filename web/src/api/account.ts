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

/** What happened to the account, newest first, a page at a time. */
export const activitiesPage = (before: string | undefined, signal: AbortSignal) =>
  bodyOf(userApi.GET('/api/v1/activities', { params: { query: before === undefined ? {} : { before } }, signal }))
