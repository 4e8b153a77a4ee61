import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { bodyOf, userApi } from './client.ts'
import { Problem } from './problem.ts'

const KEY = ['email_change']

/** The change of the address that waits for its owners; null when there is none. */
export const emailChangeQuery = queryOptions({
  queryKey: KEY,
  queryFn: async ({ signal }) => {
    try {
      return await bodyOf(userApi.GET('/api/v1/accounts/email', { signal }))
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return null
      throw error
    }
  },
})

/** Mails a link to the present and one to the new address. */
export function useAskForEmailChange() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (email: string) => userApi.POST('/api/v1/accounts/email', { body: { email } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  })
}

/** Calls the change off. */
export function useCancelEmailChange() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => userApi.DELETE('/api/v1/accounts/email'),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  })
}
