import type { ClaimRules } from '../../platform/config/management-api/policy.ts'

/** The claims that say what a request is for, by the names of RFC 9449, section 4.2. */
export type PurposeClaim = 'htm' | 'htu'

/**
 * The one of `htm` and `htu` that is for another request, or is missing and must not be: who intercepts an envelope cannot send it
 * to another operation. Of `htu` the path counts: services know this server by many names, and `aud` tells servers apart.
 */
export function wrongPurpose(
  { require_htu }: Pick<ClaimRules, 'require_htu'>,
  claims: Record<string, unknown>,
  request: { method: string; url: string },
): PurposeClaim | undefined {
  const isRight = (name: PurposeClaim, judge: (value: unknown) => boolean) =>
    Object.hasOwn(claims, name) ? judge(claims[name]) : !require_htu
  if (!isRight('htm', (htm) => htm === request.method)) return 'htm'
  return isRight('htu', (htu) => isFor(htu, request.url)) ? undefined : 'htu'
}

/** A proxy may have taken something off the beginning of the path. */
const isFor = (htu: unknown, path: string): boolean =>
  typeof htu === 'string' && (URL.parse(htu)?.pathname.endsWith(path) ?? false)
