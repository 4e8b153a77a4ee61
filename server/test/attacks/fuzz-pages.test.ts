import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { onEachDatabase } from '../support/databases.ts'
import { faultsIn, HOSTILE } from '../support/hostile.ts'
import { testServer } from '../support/server.ts'

/** The forms of pages that strangers see, with values that are good where any would be. */
const FORMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/sign-in': { email: 'a@example.com', password: 'seven lanterns uphill', return_to: '/account' },
  '/sign-in/second-factor': { code: '123456', return_to: '/account' },
  '/sign-up': { email: 'b@example.com', password: 'seven lanterns uphill' },
  '/forgotten-password': { email: 'a@example.com' },
  '/send-confirmation': { email: 'a@example.com' },
  '/send-unlock': { email: 'a@example.com' },
  '/accounts/confirmation': { confirmation_token: 't' },
  '/accounts/password/edit': {
    reset_password_token: 't',
    password: 'seven lanterns uphill',
    password_confirmation: 'seven lanterns uphill',
  },
  '/accounts/unlock': { unlock_token: 't' },
  '/oauth/interaction/x/sign_in': { csrf_token: 't', email: 'a@example.com', password: 'x' },
}
/** As forms carry them; a few are no text before they are decoded. */
const TEXTS = [...HOSTILE.filter((value) => typeof value === 'string'), 'a\0@example.com'].map((text) =>
  encodeURIComponent(text.toWellFormed()),
)
const ENCODED = [...TEXTS, '%00', '%ed%a0%80@example.com', 'a%ff%fe@example.com', 'a%']
/** Pages take forms of 16 KiB. */
const SENT = ENCODED.filter((text) => text.length < 10_000)

onEachDatabase('Whatever is sent to pages', (newDatabase) => {
  // ASVS 16.5.3
  test('no field of a form is answered with 500', async () => {
    await using server = await testServer(await newDatabase())
    const requests = Object.entries(FORMS).flatMap(([url, fields]) =>
      Object.keys(fields).flatMap((name) =>
        SENT.map((text): InjectOptions => {
          const others = Object.entries(fields).filter(([other]) => other !== name)
          const payload = `${name}=${text}&${new URLSearchParams(others)}`
          return { method: 'POST', url, payload, headers: { 'content-type': 'application/x-www-form-urlencoded' } }
        }),
      ),
    )
    deepEqual(await faultsIn(server, requests), [])
  })
})
