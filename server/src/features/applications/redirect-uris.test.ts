import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redirectUriError } from './redirect-uris.ts'

test('absolute URIs over TLS, on the own machine and of apps are taken in production', () => {
  for (const uri of [
    'https://app.example/callback?x=1',
    'http://localhost:8080/callback',
    'http://127.0.0.1/callback',
    'http://[::1]:3000/callback',
    'com.example.app:/callback',
    'urn:ietf:wg:oauth:2.0:oob',
  ])
    assert.equal(redirectUriError(uri, true), undefined, uri)
})

// ASVS 1.2.2
test('other URIs are refused with the reason', () => {
  const cases: [uri: string, reason: string][] = [
    ['', 'must be a valid URI.'],
    ['callback', 'must be a valid URI.'],
    ['/callback', 'must be an absolute URI.'],
    ['?x=1', 'must be an absolute URI.'],
    ['https://app.example/#', 'cannot contain a fragment.'],
    ['https://app.example/#part', 'cannot contain a fragment.'],
    ['javascript:alert(1)', 'must be a valid URI.'],
    ['JavaScript:alert(1)', 'must be a valid URI.'],
    ['data:text/html,x', 'must be a valid URI.'],
    ['file:///etc/passwd', 'must be a valid URI.'],
    ['http://app.example/callback', 'must be an HTTPS/SSL URI.'],
    ['http://localhost.evil.example/', 'must be an HTTPS/SSL URI.'],
    ['http://localhost@evil.example/', 'must be an HTTPS/SSL URI.'],
  ]
  for (const [uri, reason] of cases) assert.equal(redirectUriError(uri, true), reason, uri)
  assert.equal(redirectUriError('http://app.example/callback', false), undefined)
})
