import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

/** Proves once more who one is, before what is dangerous. */
export const useConfirm = () =>
  useMutation({
    mutationFn: ({ password, otp_code }: { password: string; otp_code: string }) =>
      barong.security.confirm({ password, ...(otp_code === '' ? {} : { otp_code }) }).orThrow(),
  })

/** Begins with a second factor: a QR code and its address. */
export const useStartEnrolment = () => useMutation({ mutationFn: () => barong.security.startTwoFactor().orThrow() })

/** Turns the second factor on. */
export function useEnableTwoFactor() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (code: string) => barong.security.enableTwoFactor(code).orThrow(),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['me'] }),
  })
}

/** Turns it off. */
export function useDisableTwoFactor() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: { password: string; code: string }) => barong.security.disableTwoFactor(body).orThrow(),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['me'] }),
  })
}

/** How many recovery codes are unused. */
export const recoveryCodesQuery = queryOptions({
  queryKey: ['recovery_codes'],
  queryFn: ({ signal }) => barong.security.recoveryCodes({ signal }).orThrow(),
})

/** Makes ten recovery codes in place of all earlier ones; by a code of the app, where there is one. */
export function useMakeRecoveryCodes() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (code: string) => barong.security.makeRecoveryCodes(code === '' ? undefined : code).orThrow(),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['recovery_codes'] }),
  })
}
