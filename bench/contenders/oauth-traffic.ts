import { basic, type Conversation, repeating, requestBytes, type Traffic } from '../load/conversations.ts'
import type { Work } from './contender.ts'

interface OauthServer {
  client_id: string
  client_secret: string
  /** One for each connection; each is rotated. */
  refresh_tokens: string[]
  access_token: string
  token_path: string
  introspection_path: string
  /** Further parameters of client_credentials. */
  parameters?: Record<string, string>
}

/** What an application asks an OAuth server. */
export function oauthTraffic(server: OauthServer): Partial<Record<Work, Traffic>> {
  const headers = basic(server.client_id, server.client_secret)
  const post = (path: string, form: Record<string, string>) => ({ method: 'POST', path, headers, form })
  return {
    client_credentials: repeating(200, [server.token_path], (path) =>
      post(path, { grant_type: 'client_credentials', ...server.parameters }),
    ),
    introspection: repeating(200, [server.introspection_path], (path) => post(path, { token: server.access_token })),
    refresh: {
      good: 200,
      prepare: (connections) =>
        Array.from({ length: connections }, (_, index) =>
          refreshing(server, index, (form) => post(server.token_path, form)),
        ),
    },
  }
}

function refreshing(
  { refresh_tokens }: OauthServer,
  index: number,
  request: (form: Record<string, string>) => Parameters<typeof requestBytes>[0],
): Conversation {
  return {
    next: () => requestBytes(request({ grant_type: 'refresh_token', refresh_token: refresh_tokens[index] ?? '' })),
    heard: ({ status, body }) => {
      if (status !== 200) return
      const answer: { refresh_token?: string } = JSON.parse(body)
      // One that is not rotated is used again.
      if (answer.refresh_token !== undefined) refresh_tokens[index] = answer.refresh_token
    },
  }
}
