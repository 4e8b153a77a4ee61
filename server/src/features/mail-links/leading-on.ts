import type { Deps } from '../../deps.ts'

/**
 * The address that a page may lead on to, which the link names: over https, to a host that DOMAIN_NAME names. Sub-domains count
 * only by their own names, as whoever has one of them is not whoever has the others.
 */
export function targetOf({ config }: Pick<Deps, 'config'>, asked: string): string | undefined {
  const url = URL.parse(asked)
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined
  return config.values.DOMAIN_NAME.some((host) => host.toLowerCase() === url.host) ? url.href : undefined
}
