import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { iso, parseIso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { defined } from '../../lib/objects.ts'
import { squish } from '../../lib/sentences.ts'
import { isUniqueViolation, type Tx } from '../../platform/db/db.ts'
import type { Website } from '../../platform/db/schema.ts'
import { type Action, audit } from '../audit/audit.ts'
import { refuseInfected } from '../infections/infections.ts'
import type { WebsiteInput, WebsitePatch } from './schema.ts'
import { deleteWebsite, findWebsite, insertWebsite, listWebsites, updateWebsite } from './store.ts'
import { acceptAccent, acceptLinks, acceptLogo, normalizeDomain } from './website-rules.ts'

const errors = defineErrors('websites', {
  notFound: [404, 'Record is not found'],
  taken: [422, 'There is a website of this domain already'],
  many: [422, 'There are 100 websites already'],
})

const MOST = 100

type Needs = Pick<Deps, 'db' | 'clock' | 'log' | 'antivirus'>

/** Sets how pages and mails look under a domain; `follow` runs in the transaction that makes it true. */
export async function addWebsite(
  needs: Needs,
  input: Static<typeof WebsiteInput>,
  follow: (tx: Tx) => Promise<void> = async () => {},
): Promise<Website> {
  const now = iso(needs.clock.now())
  const row = {
    header_links: '[]',
    footer_links: '[]',
    ...(await columnsOf(needs, input)),
    domain: normalizeDomain(input.domain),
    title: squish(input.title),
    created_at: now,
    updated_at: now,
  }
  try {
    return await needs.db.transaction().execute(async (tx) => {
      if ((await listWebsites(tx)).length >= MOST) throw errors.many()
      const website = await insertWebsite(tx, row)
      await auditWebsite(needs, tx, 'website.created', website)
      await follow(tx)
      return website
    })
  } catch (cause) {
    throw isUniqueViolation(cause) ? errors.taken({ cause }) : cause
  }
}

/** Changes it. */
export async function changeWebsite(needs: Needs, id: number, input: WebsitePatch): Promise<Website> {
  const columns = await columnsOf(needs, input)
  return onOne(needs, id, async (tx, before) => {
    const after = await updateWebsite(tx, before.id, { ...columns, updated_at: laterThan(before, needs.clock.now()) })
    await auditWebsite(needs, tx, 'website.changed', after, { changed: Object.keys(columns).join(', ') })
    return after
  })
}

/** Never what it was, so that every process sees the change: clocks differ, and two changes may fall into one millisecond. */
const laterThan = ({ updated_at }: Website, now: number): string => iso(Math.max(now, parseIso(updated_at) + 1))

/** Pages and mails look as ever again. */
export function removeWebsite(needs: Needs, id: number): Promise<void> {
  return onOne(needs, id, async (tx, website) => {
    await deleteWebsite(tx, website.id)
    await auditWebsite(needs, tx, 'website.deleted', website)
  })
}

async function onOne<T>({ db }: Needs, id: number, run: (tx: Tx, website: Website) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    const website = await findWebsite(tx, id)
    if (!website) throw errors.notFound()
    return run(tx, website)
  })
}

async function columnsOf(
  needs: Needs,
  { title, accent, header_background, header_links, footer_links, logo }: WebsitePatch,
) {
  return defined({
    title: title === undefined ? undefined : squish(title),
    accent: typeof accent === 'string' ? acceptAccent(accent) : accent,
    header_background: typeof header_background === 'string' ? header_background.toLowerCase() : header_background,
    header_links: header_links && JSON.stringify(acceptLinks(header_links)),
    footer_links: footer_links && JSON.stringify(acceptLinks(footer_links)),
    logo: typeof logo === 'string' ? await acceptLogo(logo, (file) => refuseInfected(needs, null, 'logo', file)) : logo,
  })
}

const auditWebsite = (needs: Needs, tx: Tx, action: Action, { domain, title }: Website, more = {}): Promise<void> =>
  audit(needs, tx, { action, account_id: null, details: { domain, title, ...more } })
