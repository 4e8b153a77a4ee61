import assert from 'node:assert/strict'
import sharp from 'sharp'
import { aBrowser } from '../support/browser.ts'
import { walk } from '../support/oauth.ts'
import { aPasskey } from '../support/passkeys.ts'
import type { Program } from '../support/program.ts'
import { aResident, type Resident, signedIn } from './residents.ts'
import { PASSWORD } from './walk.ts'

export const ADMIN = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'a river at dawn' }

/** People at every stage of the way, one long name among them, and somebody who runs the place. */
export interface World {
  admin: Resident
  fresh: Resident
  waiting: Resident
  rejected: Resident
  asked: Resident
  closed: Resident
  verified: Resident
  /** Was rejected, changed what was wrong and handed in again. */
  again: Resident
  /** Where an application sends people to sign in. */
  authorization: string
}

const PROFILE = {
  first_name: 'Maximiliane-Katharina',
  last_name: 'von und zu Hohenlohe-Waldenburg-Schillingsfürst',
  dob: '1988-04-12',
  address: 'Am Alten Stadtgraben 17, Hinterhaus',
  postcode: '89073',
  city: 'Ulm',
  country: 'DE',
}

const WEBSITE = {
  domain: 'harbour.example',
  title: 'Harbour Exchange',
  accent: '#0b6e4f',
  header_background: '#102a43',
  header_links: [{ text: 'Markets', url: 'https://harbour.example/markets' }],
  footer_links: [{ text: 'Imprint', url: 'https://harbour.example/imprint' }],
}

/** Fills a fresh server with people. */
export async function aWorld(program: Program): Promise<World> {
  const admin = await signedIn(program, ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)
  const fresh = await aResident(program, 'ada@example.com')
  const [waiting, rejected, asked, closed, verified, again] = [
    await aResident(program, 'maximiliane.von-hohenlohe-waldenburg@mail.example.com'),
    await aResident(program, 'ben@example.com'),
    await aResident(program, 'cleo@example.com'),
    await aResident(program, 'dara@example.com'),
    await aResident(program, 'emil@example.com'),
    await aResident(program, 'fay@example.com'),
  ]
  for (const person of [rejected, asked, closed, verified, waiting, again]) await handIn(admin, person)
  await decide(admin, rejected, {
    decision: 'rejected',
    reasons: ['document_unreadable', 'data_mismatch'],
    message: 'Your birthday is 12 April in the passport and 21 April in your profile.\nThe photo reflects the lamp.',
  })
  await decide(admin, asked, {
    decision: 'more_requested',
    reasons: ['document_incomplete'],
    message: 'The back of your identity card, please.',
  })
  await decide(admin, closed, {
    decision: 'rejected',
    reasons: ['duplicate_account'],
    message: 'You have verified yourself under another address before.',
  })
  await decide(admin, verified, { decision: 'approved' })
  await decide(admin, again, {
    decision: 'rejected',
    reasons: ['document_expired'],
    message: 'Your identity card expired last month.',
  })
  await handIn(admin, again, { profile: { ...PROFILE, city: 'Neu-Ulm', postcode: '89231' }, number: 'L01X00T47' })
  await addPasskey(program, verified, 'Safari, iPhone')
  // What signed in before is gone, which puts withdrawals on hold.
  const lost = await addPasskey(program, verified, 'An old phone')
  assert.equal((await verified.call('DELETE', `/security/passkeys/${lost}`)).status, 204)
  await verified.call('POST', '/accounts/email', { email: 'emil.sommer@example.com' })
  const authorization = await anAuthorization(admin)
  await walk(aBrowser(program.url), `${program.url}${authorization}`, { email: fresh.email, password: PASSWORD })
  const endpoint = { url: 'https://example.com/events', description: 'The ledger' }
  await admin.call('POST', '/admin/webhooks', endpoint)
  await admin.call('POST', '/admin/websites', WEBSITE)
  return { admin, fresh, waiting, rejected, asked, closed, verified, again, authorization }
}

/** Registers an application; returns where it sends people. */
async function anAuthorization(admin: Resident): Promise<string> {
  const redirect_uri = 'https://harbour.example/callback'
  const application = { name: 'Harbour Exchange', redirect_uris: [redirect_uri], public: true }
  const { status, body } = await admin.call('POST', '/admin/applications', application)
  assert.equal(status, 201, JSON.stringify(body))
  const query = new URLSearchParams({
    client_id: body.uid,
    redirect_uri,
    response_type: 'code',
    scope: 'openid email profile kyc',
    state: 'a-state-of-the-application',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  return `/oauth/authorize?${query}`
}

/** Hands in a profile, a phone that counts as verified, and two papers. */
export async function handIn(
  admin: Resident,
  person: Resident,
  { metadata = {}, filename = 'scan.jpg', profile = PROFILE, number = `C-${person.uid}` } = {},
): Promise<void> {
  const label = { key: 'phone', value: 'verified', scope: 'private', reason: 'a number they proved elsewhere' }
  await admin.call('POST', `/admin/accounts/${person.uid}/labels`, label)
  assert.equal((await person.call('POST', '/profiles', { ...profile, metadata })).status, 201)
  for (const doc_type of ['Passport', 'Utility Bill']) {
    const { status, body } = await person.upload('/documents', [
      ['doc_type', doc_type],
      ['doc_number', doc_type === 'Passport' ? number : `U-${person.uid}`],
      ['doc_expire', '2099-10-31'],
      ['upload', { filename: filename.replaceAll('"', '%22'), content: await aPaper(), type: 'image/jpeg' }],
    ])
    assert.equal(status, 201, JSON.stringify(body))
  }
}

/** Decides the case of a person as an officer does. */
export async function decide(officer: Resident, person: Resident, decision: object): Promise<void> {
  const { body: queue } = await officer.call('GET', '/admin/reviews?limit=100')
  const found = queue.find(({ account }: { account: { uid: string } }) => account.uid === person.uid)
  await officer.call('POST', `/admin/reviews/${found.id}/claim`)
  const { body: detail } = await officer.call('GET', `/admin/reviews/${found.id}`)
  const made = await officer.call('POST', `/admin/reviews/${found.id}/decision`, { ...decision, seen: detail.seen })
  assert.equal(made.status, 200, JSON.stringify(made.body))
}

async function addPasskey(program: Program, person: Resident, name: string): Promise<string> {
  const { body: options } = await person.call('POST', '/security/passkeys/options')
  const credential = aPasskey({ at: program.url }).create(options)
  const added = await person.call('POST', '/security/passkeys', { name, credential })
  assert.equal(added.status, 201, JSON.stringify(added.body))
  return added.body.id
}

/** What a paper looks like from afar. */
function aPaper(): Promise<Buffer> {
  const line = (y: number, width: number) => `<rect x="300" y="${y}" width="${width}" height="14" fill="#566072"/>`
  const lines = [line(90, 220), line(140, 300), line(190, 180), line(240, 260), line(290, 120)].join('')
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" width="720" height="480"><rect width="720" height="480" rx="20" fill="#e4e9f2"/>
<rect x="50" y="80" width="200" height="260" rx="8" fill="#b4c0d4"/><circle cx="150" cy="170" r="48" fill="#7b8aa3"/>
<ellipse cx="150" cy="300" rx="80" ry="60" fill="#7b8aa3"/>${lines}<rect x="50" y="390" width="620" height="16" fill="#8a94a6"/>
<rect x="50" y="424" width="620" height="16" fill="#8a94a6"/></svg>`
  return sharp(Buffer.from(drawn)).jpeg().toBuffer()
}
