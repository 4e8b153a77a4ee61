import { type Call, cookies, createBarong } from '@barong/sdk'

/** The server, as whoever is signed in in this browser. */
export const barong = createBarong({ auth: cookies() })

/** What a call answers; null where there is nothing. */
export async function orNull<T>(call: Call<T>): Promise<T | null> {
  const { data, error } = await call
  if (error?.kind === 'not_found') return null
  if (error) throw error
  return data
}
