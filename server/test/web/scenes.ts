import type { Page } from 'playwright-core'
import { PASSWORD } from './walk.ts'
import type { World } from './world.ts'

type PersonName = Exclude<keyof World, 'authorization'>

/** A page as somebody sees it. */
export interface Scene {
  /** Of the file that shows it. */
  name: string
  path: string
  /** Who looks; nobody is signed in without it. */
  as?: PersonName
  /** What is done on the page first. */
  act?: (page: Page) => Promise<void>
}

const submit = async (page: Page, typed: Record<string, string>): Promise<void> => {
  for (const [name, value] of Object.entries(typed)) await page.fill(`[name=${name}]`, value)
  await page.locator('main button[type=submit]').first().click()
}

/** The pages one comes in by. */
export const entrance = ({ authorization }: World): Scene[] => {
  const wrong = async (page: Page) => {
    await submit(page, { email: 'ada@example.com', password: 'not this one' })
    await page.locator('[role=alert]:visible').waitFor()
  }
  return [
    { name: 'sign-in', path: '/sign-in' },
    { name: 'sign-in-refused', path: '/sign-in', act: wrong },
    {
      name: 'second-factor',
      path: '/sign-in',
      act: async (page) => {
        await submit(page, { email: 'emil@example.com', password: PASSWORD })
        await page.locator('[name=code]').waitFor()
      },
    },
    { name: 'sign-up', path: '/sign-up' },
    {
      name: 'sign-up-refused',
      path: '/sign-up',
      act: async (page) => {
        await submit(page, { email: 'ada@example.com', password: 'short' })
        await page.locator('.fault').first().waitFor()
      },
    },
    { name: 'forgotten-password', path: '/forgotten-password' },
    {
      name: 'mail-sent',
      path: '/forgotten-password',
      act: async (page) => {
        await submit(page, { email: 'ada@example.com' })
        await page.locator('.mark').waitFor()
      },
    },
    { name: 'new-password', path: '/accounts/password/edit?reset_password_token=x' },
    { name: 'not-me', path: '/accounts/not_me?notice_token=x' },
    { name: 'oauth-sign-in', path: authorization },
    { name: 'oauth-consent', path: authorization, as: 'waiting' },
    { name: 'device', path: '/oauth/device' },
    { name: 'nothing-here', path: '/nowhere' },
  ]
}

/** The pages of an account. */
export const account = (): Scene[] => [
  { name: 'home-new', path: '/account', as: 'fresh' },
  { name: 'home-waiting', path: '/account', as: 'waiting' },
  { name: 'home-rejected', path: '/account', as: 'rejected' },
  { name: 'home-asked-for-more', path: '/account', as: 'asked' },
  { name: 'home-rejected-for-good', path: '/account', as: 'closed' },
  { name: 'home-verified', path: '/account', as: 'verified' },
  { name: 'phone', path: '/account/phone', as: 'fresh' },
  { name: 'profile', path: '/account/profile', as: 'fresh' },
  { name: 'profile-given', path: '/account/profile', as: 'waiting' },
  { name: 'profile-again', path: '/account/profile', as: 'rejected' },
  { name: 'documents', path: '/account/documents', as: 'fresh' },
  { name: 'documents-waiting', path: '/account/documents', as: 'waiting' },
  { name: 'documents-rejected', path: '/account/documents', as: 'rejected' },
  { name: 'documents-rejected-for-good', path: '/account/documents', as: 'closed' },
  { name: 'security', path: '/account/security', as: 'verified' },
  { name: 'password', path: '/account/security/password', as: 'verified' },
  { name: 'two-factor', path: '/account/security/two-factor', as: 'fresh' },
  {
    name: 'two-factor-qr',
    path: '/account/security/two-factor',
    as: 'fresh',
    act: async (page) => {
      await page.locator('main button').first().click()
      await page.locator('.qr-code img').waitFor()
    },
  },
  { name: 'passkeys-none', path: '/account/security/passkeys', as: 'fresh' },
  { name: 'passkeys', path: '/account/security/passkeys', as: 'verified' },
  { name: 'email', path: '/account/security/email', as: 'fresh' },
  { name: 'email-pending', path: '/account/security/email', as: 'verified' },
  { name: 'sessions', path: '/account/security/sessions', as: 'verified' },
  { name: 'applications', path: '/account/security/applications', as: 'fresh' },
  { name: 'applications-none', path: '/account/security/applications', as: 'waiting' },
  { name: 'api-keys', path: '/account/security/api-keys', as: 'fresh' },
  { name: 'notices', path: '/account/security/notices', as: 'verified' },
  { name: 'activity', path: '/account/security/activity', as: 'waiting' },
  { name: 'no-such-page', path: '/account/nowhere', as: 'fresh' },
]

/** The case of whoever handed in again, claimed, with the old paper beside the new one. */
async function openAgain(page: Page): Promise<void> {
  await page.locator('.queue button').filter({ hasText: 'fay@example.com' }).click()
  await page.locator('.case[aria-label="fay@example.com"]').waitFor()
  await page.keyboard.press('c')
  await page.locator('.sheet img').waitFor()
  await page.keyboard.press('s')
  await page.locator('.sheet img').nth(1).waitFor()
}

async function openDialog(page: Page, button: string): Promise<void> {
  await page.locator(button).first().click()
  await page.locator('[role=dialog]').waitFor()
}

/** The pages of those who run the place. */
export const consolePages = ({ verified }: World): Scene[] => [
  { name: 'dashboard', path: '/admin', as: 'admin' },
  { name: 'reviews', path: '/admin/reviews', as: 'admin' },
  { name: 'review-again', path: '/admin/reviews', as: 'admin', act: openAgain },
  {
    name: 'review-rejection',
    path: '/admin/reviews',
    as: 'admin',
    act: async (page) => {
      await openAgain(page)
      await page.keyboard.press('r')
      await page.locator('[role=dialog] [type=checkbox]').first().check()
    },
  },
  { name: 'reviews-none', path: '/admin/reviews#country=FR', as: 'admin' },
  { name: 'accounts', path: '/admin/accounts', as: 'admin' },
  { name: 'accounts-none', path: '/admin/accounts#email=nobody', as: 'admin' },
  { name: 'account', path: `/admin/accounts/${verified.uid}`, as: 'admin' },
  { name: 'levels', path: '/admin/levels', as: 'admin' },
  { name: 'levels-form', path: '/admin/levels', as: 'admin', act: (page) => openDialog(page, '.console-main button') },
  { name: 'websites', path: '/admin/websites', as: 'admin' },
  { name: 'website-form', path: '/admin/websites', as: 'admin', act: (page) => openDialog(page, 'tbody button') },
  { name: 'applications', path: '/admin/applications', as: 'admin' },
  { name: 'webhooks', path: '/admin/webhooks', as: 'admin' },
  { name: 'events', path: '/admin/events', as: 'admin' },
  { name: 'audit', path: '/admin/audit', as: 'admin' },
  { name: 'keys', path: '/admin/keys', as: 'admin' },
]
