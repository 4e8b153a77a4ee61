import type Provider from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { equalSecrets } from '../../platform/crypto/compare.ts'
import { cookieName, cookieOptions, readCookie } from './cookies.ts'
import { ROUTES } from './urls.ts'

type Context = Parameters<Parameters<Provider['use']>[0]>[0]

/** What the engine calls the cookie by which it knows who comes back from an interaction. No browser sees it. */
export const RESUME_COOKIE = 'barong_resume'

/** Where people come back from an interaction: at that address with the interaction's id. */
const RETURNS = [ROUTES.authorization, ROUTES.code_verification].map((route) => `${route}/`)

/**
 * Lets an interaction go on in the browser it was begun in alone, by that browser's one cookie (`browser-binding.ts`). The engine
 * knows it by a cookie for the one address it comes back to, which the prefix `__Host-` does not allow: that one is kept from
 * browsers, believed from none, and told to the engine where ours is right.
 */
export function resumeByBrowser(provider: Provider, { config }: Pick<Deps, 'config'>): void {
  provider.use(async (context, next) => {
    const others = withoutCookie(context.req.headers.cookie)
    const id = idIn(context.path)
    const isBack = id !== undefined && (await isOfThisBrowser(provider, config, context, id))
    context.req.headers.cookie = isBack ? [others, `${RESUME_COOKIE}=${id}`].filter(Boolean).join('; ') : others
    try {
      await next()
    } finally {
      keepToOurselves(context)
    }
  })
}

function idIn(path: string): string | undefined {
  const route = RETURNS.find((each) => path.startsWith(each))
  const id = route === undefined ? '' : path.slice(route.length)
  return /^[\w-]+$/.test(id) ? id : undefined
}

async function isOfThisBrowser(
  provider: Provider,
  config: Deps['config'],
  { cookies }: Context,
  id: string,
): Promise<boolean> {
  const browser = cookies.get(cookieName(config, 'browser'), cookieOptions(config))
  const interaction = browser === undefined ? undefined : await provider.Interaction.find(id)
  return browser !== undefined && interaction !== undefined && equalSecrets(browser, interaction.cid)
}

function withoutCookie(header = ''): string {
  const all = header.split(/; */)
  return all.filter((pair) => readCookie(pair, RESUME_COOKIE) === undefined).join('; ')
}

function keepToOurselves({ res }: Context): void {
  const told = [res.getHeader('set-cookie') ?? []].flat().map(String)
  const kept = told.filter((cookie) => !cookie.startsWith(`${RESUME_COOKIE}=`))
  if (kept.length === told.length) return
  if (kept.length > 0) res.setHeader('set-cookie', kept)
  else res.removeHeader('set-cookie')
}
