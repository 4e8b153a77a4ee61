import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Target } from './target.ts'
import { run, type Tool } from './tool.ts'

interface Place {
  url: string
  json?: object
  as?: 'member' | 'admin'
}

/** Where input comes nearest to SQL: look-ups, searches, filters, orders, cursors. `*` marks what is tried besides parameters. */
const PLACES: readonly Place[] = [
  { url: '/api/v1/sessions', json: { email: 'a@example.com', password: 'b', application_id: 'c' } },
  { url: '/api/v1/accounts', json: { email: 'a@example.com', password: 'a b c d e f g' } },
  { url: '/api/v1/security/reset_password', json: { email: 'a@example.com' } },
  { url: '/api/v1/accounts/confirm', json: { confirmation_token: 'a' } },
  { url: '/api/v1/labels/email*', as: 'member' },
  { url: '/api/v1/labels', json: { key: 'a', value: 'b' }, as: 'member' },
  { url: '/api/v1/activities?topic=security&limit=5&after=9', as: 'member' },
  { url: '/api/v1/phones/verify', json: { phone_number: '+14155552671', verification_code: '12345' }, as: 'member' },
  { url: '/api/v1/admin/accounts?name=ada&state=active&role=member&level=1&limit=5', as: 'admin' },
  {
    url: '/api/v1/admin/audit/records?actor=1&action=session.created&result=ok&address=127.0.0.1&limit=5',
    as: 'admin',
  },
  { url: '/api/v1/admin/events?name=model.account.created&account=1&limit=5', as: 'admin' },
  { url: '/api/v1/admin/reviews?country=DE&limit=5', as: 'admin' },
  { url: '/oauth/authorize?client_id=a&redirect_uri=b&response_type=code&scope=openid&state=c' },
  { url: '/documents/a*' },
]

/** sqlmap at each place in turn; a finding is a parameter that it calls injectable. */
export const sqlmap: Tool = async (target, seconds) => {
  const output = mkdtempSync(join(tmpdir(), 'barong-sqlmap-'))
  const findings: string[] = []
  try {
    for (const place of PLACES) {
      const said = await run('sqlmap', argumentsFor(target, place, output), seconds / PLACES.length)
      if (!/\[(INFO|WARNING|CRITICAL)\]/.test(said)) throw new Error(`sqlmap did not run: ${said.slice(0, 500)}`)
      // What "appears" injectable it tries again and takes back by itself; what it stays with is listed so.
      for (const [found] of said.matchAll(/^Parameter: .+$/gm)) findings.push(`${place.url}: ${found}`)
    }
  } finally {
    rmSync(output, { recursive: true, force: true })
  }
  return findings
}

const argumentsFor = ({ origin, ...tokens }: Target, { url, json, as }: Place, output: string): string[] => [
  ...['-u', `${origin}${url}`, '--batch', '--disable-coloring', `--output-dir=${output}`, '--flush-session'],
  ...[
    '--level=2',
    '--risk=2',
    '--time-sec=2',
    '--retries=1',
    '--threads=2',
    '--skip-waf',
    '--ignore-code=401,404,422,429',
  ],
  ...(json === undefined
    ? []
    : ['--method=POST', `--data=${JSON.stringify(json)}`, '-H', 'Content-Type: application/json']),
  ...(as === undefined ? [] : ['-H', `Authorization: Bearer ${tokens[as]}`]),
]
