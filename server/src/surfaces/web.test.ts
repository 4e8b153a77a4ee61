import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { anApplication } from '../../test/support/factories.ts'
import { IN_PRODUCTION } from '../../test/support/production.ts'
import { testServer } from '../../test/support/server.ts'

const browser = { accept: 'text/html,application/xhtml+xml' }

describe('The pages', () => {
  test('say what runs here, with links to account, console, reference and mailbox', async () => {
    await using server = await testServer('sqlite:')
    const { statusCode, body, headers } = await server.app.inject({ url: '/', headers: browser })
    assert.equal(statusCode, 200)
    for (const path of ['/account', '/admin', '/docs', '/mailbox']) assert.ok(body.includes(`href="${path}"`), path)
    assert.equal(headers['referrer-policy'], 'no-referrer')
  })

  test('tell scripts the id of the first application', async () => {
    await using server = await testServer('sqlite:')
    const { uid } = await anApplication(server)
    const answer = await server.app.inject({ url: '/', headers: { accept: 'application/json' } })
    assert.equal(answer.json().application_id, uid)
  })

  // ASVS 3.4.3, 14.2.3
  test('allow no script or style but in files of ours, and no other host', async () => {
    await using server = await testServer('sqlite:')
    for (const url of ['/', '/docs', '/mailbox', '/accounts/unlock?unlock_token=x', '/nowhere']) {
      const { headers, body } = await server.app.inject({ url, headers: browser })
      const policy = String(headers['content-security-policy'])
      assert.match(policy, /default-src 'none'.*script-src 'self';/, url)
      assert.doesNotMatch(policy, /unsafe|https?:/, url)
      assert.doesNotMatch(body, /<script>|style="|<style| on\w+=/, url)
    }
  })

  test('describe every operation of the document at /docs', async () => {
    await using server = await testServer('sqlite:')
    const document = await server.call('GET', '/swagger_doc')
    const { body } = await server.app.inject('/docs')
    for (const [path, operations] of Object.entries<Record<string, { operationId: string }>>(document.body.paths)) {
      for (const { operationId } of Object.values(operations)) assert.ok(body.includes(`id="${operationId}"`), path)
    }
  })

  // ASVS 13.2.5, 13.4.1, 13.4.3
  test('serve their style sheet from the same host', async () => {
    await using server = await testServer('sqlite:')
    const { statusCode, headers } = await server.app.inject('/assets/pages.css')
    assert.equal(statusCode, 200)
    assert.match(String(headers['content-type']), /^text\/css/)
    assert.equal((await server.app.inject('/assets/../pages.ts')).statusCode, 404)
    assert.equal((await server.app.inject('/assets/%2e%2e/pages.ts')).statusCode, 404)
  })

  test('answer what is not there with a page for browsers and JSON for programs', async () => {
    await using server = await testServer('sqlite:')
    const page = await server.app.inject({ url: '/nowhere', headers: browser })
    assert.equal(page.statusCode, 404)
    assert.match(page.body, /There is nothing here/)
    const json = await server.app.inject({ url: '/nowhere', headers: { accept: 'application/json, */*' } })
    assert.deepEqual([json.statusCode, json.json()], [404, { status: 404, error: 'Not Found' }])
  })

  test('lead from the addresses of Barong 1.8 to what is there now', async () => {
    await using server = await testServer('sqlite:')
    const moved = {
      '/accounts/sign_in?return_to=/account/phone': '/sign-in?return_to=/account/phone',
      '/accounts/sign_in/confirm': '/sign-in',
      '/accounts/sign_up': '/sign-up',
      '/accounts/sign_out': '/oauth/sign_out',
      '/accounts/password/new': '/forgotten-password',
      '/accounts/confirmation/new': '/send-confirmation',
      '/accounts/unlock/new': '/send-unlock',
      '/accounts/edit': '/account/security/password',
      '/phones/new?x=1': '/account/phone',
      '/profiles/new': '/account/profile',
      '/documents/new': '/account/documents',
      '/security': '/account/security/two-factor',
      '/oauth/authorized_applications': '/account/security/applications',
      '/oauth/applications': '/admin/applications',
    }
    for (const [former, present] of Object.entries(moved)) {
      const { statusCode, headers } = await server.app.inject({ url: former, headers: browser })
      assert.deepEqual([statusCode, headers['location']], [302, present], former)
      const { statusCode: there } = await server.app.inject({ url: present, headers: browser })
      assert.equal(there, 200, present)
    }
  })

  // ASVS 13.4.2, 15.2.3
  test('in production show neither mailbox nor application', async () => {
    await using server = await testServer('sqlite:', IN_PRODUCTION)
    await anApplication(server)
    for (const url of ['/mailbox', '/mailbox/messages', '/mailbox/x']) {
      assert.equal((await server.app.inject(url)).statusCode, 404, url)
    }
    const home = await server.app.inject({ url: '/', headers: { accept: 'application/json' } })
    assert.deepEqual(Object.keys(home.json()), ['name', 'version', 'environment', 'url'])
    assert.doesNotMatch((await server.app.inject('/')).body, /mailbox/i)
  })
})
