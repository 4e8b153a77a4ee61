import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalUrl } from './paths.ts'

const piece = fc.constantFrom(
  '/',
  '//',
  '.',
  '..',
  '.json',
  'a',
  'labels',
  'a.b',
  '%2F',
  '%2e',
  '?',
  '&',
  'x=/y/.z',
  '#',
)
const anyPath = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))

test('repeated slashes, a slash at the end and an extension are ignored below the APIs', () => {
  const cases = {
    '/api/v1/accounts/me.json': '/api/v1/accounts/me',
    '/api/v1/accounts/me/': '/api/v1/accounts/me',
    '//api///v1//accounts/me': '/api/v1/accounts/me',
    '/api/v1/labels/a.b.c?value=x.y/': '/api/v1/labels/a?value=x.y/',
    '/api/v1/labels/.hidden': '/api/v1/labels/.hidden',
    '/api/v1': '/api/v1',
    '/api/v1/': '/api/v1',
    '/api/v1?a=b': '/api/v1?a=b',
    '/management_api/v1/timestamp.json': '/management_api/v1/timestamp',
    '/management_api/v1//timestamp/': '/management_api/v1/timestamp',
  }
  for (const [url, canonical] of Object.entries(cases)) assert.equal(canonicalUrl(url), canonical)
})

test('the address of a server before the path is left out, as whoever is asked knows who it is', () => {
  const cases = {
    'http://evil.example/oauth/token?a=b': '/oauth/token?a=b',
    'HTTPS://evil.example:443//api/v1/labels.json': '/api/v1/labels',
    'http://evil.example': '/',
    'http://evil.example?a=/b': '/?a=/b',
    'ftp://evil.example/': 'ftp://evil.example/',
    '*': '*',
  }
  for (const [url, canonical] of Object.entries(cases)) assert.equal(canonicalUrl(url), canonical)
})

test('other paths stay as they are', () => {
  for (const url of [
    '/',
    '/api',
    '/api/v2/x.json',
    '/api/v10/x.json',
    '/apiv1',
    '/oauth//authorize/',
    '/x.js?a=/api/v1/',
  ])
    assert.equal(canonicalUrl(url), url)
  fc.assert(
    fc.property(anyPath, (path) => {
      const url = `/web${path}`
      assert.equal(canonicalUrl(url), url)
    }),
  )
})

// ASVS 1.1.1
test('what was made canonical is canonical, and keeps its query', () => {
  fc.assert(
    fc.property(anyPath, (path) => {
      const url = `/api/v1/${path}`
      const canonical = canonicalUrl(url)
      assert.equal(canonicalUrl(canonical), canonical)
      const [bare = '', ...query] = canonical.split('?')
      assert.deepEqual(query, url.split('?').slice(1))
      assert.match(bare, /^\/api\/v1(\/|$)/)
      assert.doesNotMatch(bare, /\/\/|.\/$/)
    }),
  )
})
