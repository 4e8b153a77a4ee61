import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Liquid } from 'liquidjs'
import { type MailName, mailLanguages, mailNames, renderMail } from './templates.ts'

const directory = join(import.meta.dirname, 'templates')
const variables = {
  email: 'user@mail.example',
  link: 'https://barong.example/accounts/confirmation?confirmation_token=abc&x=1',
  app_name: 'Barong',
  full_name: 'Ada Lovelace',
  notice: 'password_changed',
  detail: 'a thing',
  time: '2026-11-21 20:17:46 UTC',
  until: '2026-11-22 20:17:46 UTC',
  side: 'new',
  new_email: 'new@mail.example',
  address: '192.0.2.7',
  country: 'DE',
}
/** What the mail needs, which names one of its own things that happened. */
const wordsOf = (name: MailName, words = variables) =>
  name === 'account_notice' ? { ...words, notice: 'account_locked' } : words
const withLink: MailName[] = [
  'confirmation_instructions',
  'reset_password_instructions',
  'unlock_instructions',
  'security_notice',
  'email_change',
]

test('Every language has every template, and no other file.', () => {
  const files = [...mailNames, 'frame'].map((name) => `${name}.liquid`).sort()
  for (const language of mailLanguages) assert.deepEqual(readdirSync(join(directory, language)).sort(), files, language)
  const folders = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  assert.deepEqual(folders.map(({ name }) => name).sort(), [...mailLanguages].sort())
})

test('Every language captures the same words and needs the same variables.', () => {
  const engine = new Liquid()
  const shape = (language: string, name: string) => {
    const source = readFileSync(join(directory, language, `${name}.liquid`), 'utf8')
    const captures = [...source.matchAll(/\{% (?:capture|assign) (\w+)/g)].map(([, word]) => word)
    return { captures, variables: engine.globalVariablesSync(source).sort() }
  }
  for (const name of [...mailNames, 'frame']) {
    for (const language of mailLanguages)
      assert.deepEqual(shape(language, name), shape('en', name), `${language}/${name}`)
  }
})

test('The English subjects are the ones of Barong 1.8.26, where it had the mail.', () => {
  assert.deepEqual(Object.fromEntries(mailNames.map((name) => [name, renderMail(name, 'en', wordsOf(name)).subject])), {
    confirmation_instructions: 'Confirmation instructions',
    reset_password_instructions: 'Reset password instructions',
    unlock_instructions: 'Unlock instructions',
    security_notice: 'Your password was changed',
    account_notice: 'Your account was locked',
    email_change: 'Confirm your new e-mail address',
    approved: 'Your identity was approved',
    rejected: 'Your identity was rejected',
    more_requested: 'Please complete your documents',
  })
})

test('The e-mail and the link are all that the mails about password and lock need.', () => {
  const { email, link } = variables
  for (const name of ['reset_password_instructions', 'unlock_instructions'] as const) {
    for (const language of mailLanguages) assert.match(renderMail(name, language, { email, link }).text, /user@mail/)
  }
})

test('A mail with a link has it as a button, as text and in the plain-text part.', () => {
  for (const name of withLink) {
    for (const language of mailLanguages) {
      const { html, text } = renderMail(name, language, variables)
      const escaped = variables.link.replace('&', '&amp;')
      assert.equal(html.split(`href="${escaped}"`).length, 3)
      assert.ok(html.includes(`>${escaped}</a>`))
      assert.ok(text.split('\n').includes(variables.link))
    }
  }
})

test('The reviewed person is greeted by name, or without one when it is empty.', () => {
  assert.match(renderMail('approved', 'en', variables).text, /^Hello Ada Lovelace,$/m)
  assert.match(renderMail('rejected', 'en', { ...variables, full_name: '' }).text, /^Hello,$/m)
})

// ASVS 1.2.1
test('Variables are escaped once in the HTML and not at all in the text.', () => {
  const hostile = {
    email: `"<img src=x onerror='y'>"@x.io`,
    link: 'https://x.io/?"><script>',
    app_name: 'A & B',
    full_name: '<b>',
    notice: 'api_key_created',
    detail: '<b>',
    time: '<b>',
    until: '<b>',
    side: 'old',
    new_email: '<b>',
    address: '<b>',
    country: '<b>',
  }
  for (const name of mailNames) {
    const { html, text } = renderMail(name, 'en', wordsOf(name, hostile))
    assert.doesNotMatch(html, /<img|<script|<b>|&amp;(?:lt|gt|amp|#)/)
    assert.match(html, /A &amp; B/)
    assert.match(text, /A & B/)
  }
})

test('Every notice has its own words in every language, and an unknown one is a mistake.', () => {
  for (const name of ['security_notice', 'account_notice'] as const) {
    const source = readFileSync(join(directory, `en/${name}.liquid`), 'utf8')
    const notices = [...source.matchAll(/\{% when '(\w+)' %\}/g)].map(([, notice = '']) => notice)
    for (const language of mailLanguages) {
      const subjects = notices.map((notice) => renderMail(name, language, { ...variables, notice }).subject)
      assert.equal(new Set(subjects).size, notices.length)
    }
    assert.throws(() => renderMail(name, 'en', { ...variables, notice: 'nothing' }), /undefined variable/)
  }
})

test('The country of a new device is named in the language of the mail, and left out where nobody knows it.', () => {
  const text = (language: string, country = 'DE') =>
    renderMail('security_notice', language, { ...variables, notice: 'new_device', country }).text
  assert.match(text('en'), /a thing, 192\.0\.2\.7, Germany\./)
  assert.match(text('de'), /a thing, 192\.0\.2\.7, Deutschland\./)
  assert.match(text('ar'), /ألمانيا/)
  assert.match(text('en', ''), /a thing, 192\.0\.2\.7\./)
})

// ASVS 1.3.7
test('Liquid in a variable stays text.', () => {
  assert.match(
    renderMail('approved', 'en', { ...variables, full_name: '{{ app_name }}' }).text,
    /Hello \{\{ app_name \}\},/,
  )
})

test('A variable that is absent throws.', () => {
  assert.throws(
    () => renderMail('confirmation_instructions', 'en', { email: 'user@mail.example', app_name: 'Barong' }),
    /link/,
  )
})

test('A regional language finds its language, an unknown one English.', () => {
  assert.match(renderMail('approved', 'de-AT', variables).text, /Guten Tag Ada Lovelace,/)
  for (const unknown of ['fr', '', '../de', '__proto__']) {
    assert.deepEqual(renderMail('approved', unknown, variables), renderMail('approved', 'en', variables))
  }
})

test('Arabic is marked as right-to-left, and its links as left-to-right.', () => {
  const { html } = renderMail('unlock_instructions', 'ar', variables)
  assert.match(html, /<html lang="ar" dir="rtl">/)
  assert.match(html, /<div class="page" lang="ar" dir="rtl"/)
  assert.match(html, /<a class="link" dir="ltr"/)
})
