import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong, orNull } from './client.ts'

const KEY = ['email_change']

/** The change of the address that waits for its owners; null when there is none. */
export const emailChangeQuery = queryOptions({
  queryKey: KEY,
  queryFn: ({ signal }) => orNull(barong.account.emailChange({ signal })),
})

/** Mails a link to the present and one to the new address. */
export function useAskForEmailChange() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (email: string) => barong.account.requestEmailChange(email).orThrow(),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  })
}

/** Calls the change off. */
export function useCancelEmailChange() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => barong.account.cancelEmailChange().orThrow(),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  })
}
