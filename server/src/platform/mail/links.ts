import type { Config } from '../config/config.ts'

/**
 * Address of a page that takes a token. Behind `#`, where SECRETS_IN_URLS says so, it is for the page alone: no server, proxy or
 * log is told it.
 */
export const tokenLink = ({ link_url, values }: Pick<Config, 'link_url' | 'values'>, page: TokenPage): string =>
  `${link_url}${page.path}${values.SECRETS_IN_URLS ? '?' : '#'}${page.name}=${page.token}`

interface TokenPage {
  path: string
  /** Of the parameter. */
  name: string
  token: string
}
