import { useMutation } from '@tanstack/react-query'
import { barong } from './client.ts'

/** The account's keys for programs; each call takes a fresh code. */
export const useListApiKeys = () =>
  useMutation({ mutationFn: (totp_code: string) => barong.apiKeys.list(totp_code).orThrow() })

/** Registers the public half of a key pair. */
export const useCreateApiKey = () =>
  useMutation({
    mutationFn: (body: { public_key: string; scopes: string; totp_code: string }) =>
      barong.apiKeys.create(body).orThrow(),
  })

/** Removes a key. */
export const useDeleteApiKey = () =>
  useMutation({
    mutationFn: ({ uid, totp_code }: { uid: string; totp_code: string }) =>
      barong.apiKeys.remove(uid, totp_code).orThrow(),
  })
