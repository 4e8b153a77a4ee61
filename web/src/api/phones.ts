import { useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

/** Sends a code to a number that is new to the account. */
export const useAddPhone = () =>
  useMutation({ mutationFn: (phone_number: string) => barong.phones.add(phone_number).orThrow() })

/** Sends another code. */
export const useResendCode = () =>
  useMutation({ mutationFn: (phone_number: string) => barong.phones.resendCode(phone_number).orThrow() })

/** Makes the number the account's own. */
export function useVerifyPhone() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ phone_number, verification_code }: { phone_number: string; verification_code: string }) =>
      barong.phones.verify(phone_number, verification_code).orThrow(),
    onSuccess: () => queries.invalidateQueries(),
  })
}
