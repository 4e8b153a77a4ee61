import type { Config } from '../platform/config/config.ts'
import type { Frame } from '../platform/http/pages.ts'
import type { FindSite } from '../platform/http/sites.ts'
import { readBuild } from './web-build.ts'

/** The frame of every page. */
export function frameOf({ production, values }: Config, findSite: FindSite): Frame {
  const links = [{ href: '/docs', text: 'API' }, ...(production ? [] : [{ href: '/mailbox', text: 'Mailbox' }])]
  const build = readBuild(production)
  return { app_name: values.APP_NAME, links, script: () => build()['sign-in']?.script, findSite }
}
