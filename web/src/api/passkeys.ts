import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { makeCredential, signWithCredential } from '../ui/credentials.ts'
import { bodyOf, userApi } from './client.ts'
import { Problem } from './problem.ts'

const KEY = ['passkeys']

/** The account's passkeys, oldest first. */
export const passkeysQuery = queryOptions({
  queryKey: KEY,
  queryFn: ({ signal }) => bodyOf(userApi.GET('/api/v1/security/passkeys', { signal })),
})

/** Has this browser make a passkey, and adds it. */
export function useAddPasskey() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (name: string) => {
      const options = await bodyOf(userApi.POST('/api/v1/security/passkeys/options', {}))
      const credential = await made(makeCredential(options))
      return bodyOf(userApi.POST('/api/v1/security/passkeys', { body: { name, credential } }))
    },
    onSuccess: () => queries.invalidateQueries(),
  })
}

/** Gives a passkey another name. */
export function useRenamePasskey() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) =>
      userApi.PUT('/api/v1/security/passkeys/{id}', { params: { path: { id } }, body: { name } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  })
}

/** Removes a passkey. */
export function useRemovePasskey() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => userApi.DELETE('/api/v1/security/passkeys/{id}', { params: { path: { id } } }),
    onSuccess: () => queries.invalidateQueries(),
  })
}

/** Proves with a passkey once more who one is, before what is dangerous. */
export const useConfirmByPasskey = () =>
  useMutation({
    mutationFn: async () => {
      const options = await bodyOf(userApi.POST('/api/v1/security/confirm_options', {}))
      const passkey = await made(signWithCredential(options))
      return userApi.POST('/api/v1/security/confirm', { body: { passkey } })
    },
  })

/** What the browser says when nothing came of it, in words that are no riddle. */
async function made<T>(credential: Promise<T>): Promise<T> {
  try {
    return await credential
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
    const known = error.name === 'InvalidStateError'
    throw new Problem(0, [known ? 'This device has a passkey of this account already' : 'No passkey was used'])
  }
}
