import { useMutation, useQueryClient } from '@tanstack/react-query'
import { userApi } from './client.ts'

/** Sends a code to a number that is new to the account. */
export const useAddPhone = () =>
  useMutation({ mutationFn: (phone_number: string) => userApi.POST('/api/v1/phones', { body: { phone_number } }) })

/** Sends another code. */
export const useResendCode = () =>
  useMutation({
    mutationFn: (phone_number: string) => userApi.POST('/api/v1/phones/send_code', { body: { phone_number } }),
  })

/** Makes the number the account's own. */
export function useVerifyPhone() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: { phone_number: string; verification_code: string }) =>
      userApi.POST('/api/v1/phones/verify', { body }),
    onSuccess: () => queries.invalidateQueries(),
  })
}
