import { useMutation } from '@tanstack/react-query'
import { bodyOf, userApi } from './client.ts'

/** The account's keys for programs; each call takes a fresh code. */
export const useListApiKeys = () =>
  useMutation({
    mutationFn: (totp_code: string) => bodyOf(userApi.GET('/api/v1/api_keys', { params: { query: { totp_code } } })),
  })

/** Registers the public half of a key pair. */
export const useCreateApiKey = () =>
  useMutation({
    mutationFn: (body: { public_key: string; scopes: string; totp_code: string }) =>
      bodyOf(userApi.POST('/api/v1/api_keys', { body })),
  })

/** Removes a key. */
export const useDeleteApiKey = () =>
  useMutation({
    mutationFn: ({ uid, totp_code }: { uid: string; totp_code: string }) =>
      userApi.DELETE('/api/v1/api_keys/{uid}', { params: { path: { uid }, query: { totp_code } } }),
  })
