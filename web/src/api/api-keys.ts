import type { Answer } from '@barong/sdk'
import { useMutation } from '@tanstack/react-query'
import { barong } from './client.ts'

export type ApiKey = Answer<'GET /api/v1/api_keys/{uid}'>

/** What may be said of a key, empty where nothing is. */
interface ApiKeyRules {
  scopes?: string
  allowed_networks?: string
  expires_at?: string
  rate?: string
}

/** The account's keys for programs; each call takes a fresh code. */
export const useListApiKeys = () =>
  useMutation({ mutationFn: (totp_code: string) => barong.apiKeys.list(totp_code).orThrow() })

/** Registers the public half of a key pair. */
export const useCreateApiKey = () =>
  useMutation({
    mutationFn: (body: { public_key: string; totp_code: string } & ApiKeyRules) =>
      barong.apiKeys.create(body).orThrow(),
  })

/** Changes the rules of a key. */
export const useChangeApiKey = () =>
  useMutation({
    mutationFn: ({ uid, body }: { uid: string; body: { state: string; totp_code: string } & ApiKeyRules }) =>
      barong.apiKeys.change(uid, body).orThrow(),
  })

/** Removes a key. */
export const useDeleteApiKey = () =>
  useMutation({
    mutationFn: ({ uid, totp_code }: { uid: string; totp_code: string }) =>
      barong.apiKeys.remove(uid, totp_code).orThrow(),
  })
