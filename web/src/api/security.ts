import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { bodyOf, userApi } from './client.ts'

/** Proves once more who one is, before what is dangerous. */
export const useConfirm = () =>
  useMutation({
    mutationFn: ({ password, otp_code }: { password: string; otp_code: string }) =>
      userApi.POST('/api/v1/security/confirm', { body: { password, ...(otp_code === '' ? {} : { otp_code }) } }),
  })

/** Begins with a second factor: a QR code and its address. */
export const useStartEnrolment = () =>
  useMutation({ mutationFn: () => bodyOf(userApi.POST('/api/v1/security/generate_qrcode', {})) })

/** Turns the second factor on. */
export function useEnableTwoFactor() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (code: string) => userApi.POST('/api/v1/security/enable_2fa', { body: { code } }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['me'] }),
  })
}

/** Turns it off. */
export function useDisableTwoFactor() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: { password: string; code: string }) => userApi.POST('/api/v1/security/disable_2fa', { body }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['me'] }),
  })
}

/** How many recovery codes are unused. */
export const recoveryCodesQuery = queryOptions({
  queryKey: ['recovery_codes'],
  queryFn: ({ signal }) => bodyOf(userApi.GET('/api/v1/security/recovery_codes', { signal })),
})

/** Makes ten recovery codes in place of all earlier ones; by a code of the app, where there is one. */
export function useMakeRecoveryCodes() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (code: string) =>
      bodyOf(userApi.POST('/api/v1/security/recovery_codes', { body: code === '' ? {} : { code } })),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['recovery_codes'] }),
  })
}
