import { deepEqual, ok } from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

const root = join(import.meta.dirname, '../../..')
const sources = globSync(['server/src/**/*.ts', 'web/src/**/*.{ts,tsx}'], { cwd: root })
  .filter((file) => !/\.test\.ts$|\/test\//.test(file))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))

/** The files in which the pattern is found. */
const having = (pattern: RegExp): string[] =>
  sources
    .filter(({ text }) => pattern.test(text))
    .map(({ file }) => file)
    .sort()

describe('The sources of server and pages', () => {
  // ASVS 1.2.5, 1.3.2
  test('start no program but that of one command, without a shell, and run no text as code', () => {
    ok(sources.length > 500)
    // `barong import` of an operator, who names the server that `mysqldump` reads.
    deepEqual(having(/child_process/), ['server/src/features/imports/mysql-server.ts'])
    deepEqual(having(/shell: true|execSync|node:vm|\beval\(|new Function\(/), [])
  })

  // ASVS 1.2.9
  test('make regular expressions of their own constants, or of what they escape', () => {
    const escaping = having(/new RegExp\(.*RegExp\.escape/)
    deepEqual(
      having(/new RegExp\(/).filter((file) => !escaping.includes(file)),
      [
        'server/src/features/documents/pdf-names.ts',
        // Of a whole number.
        'server/src/features/documents/pdf-objects.ts',
        'server/src/features/profiles/profile-rules.ts',
        'server/src/features/two-factor/recovery-codes.ts',
        'server/src/features/websites/website-rules.ts',
        'server/src/platform/http/tokens.ts',
        'web/src/feedback/fields.ts',
        'web/src/i18n/sentences.ts',
      ],
    )
  })

  // ASVS 11.5.1
  test('draw nothing that must not be guessed from a generator that can be', () => {
    // Pauses between attempts.
    deepEqual(having(/Math\.random/), [
      'server/src/cleaning.ts',
      'server/src/platform/db/postgres-connect.ts',
      'server/src/platform/db/sqlite-busy.ts',
      'server/src/platform/events/back-off.ts',
    ])
  })

  // ASVS 3.2.2, 14.3.3
  test('put no markup into pages, and keep nothing in the browser but how the page looks', () => {
    deepEqual(having(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML/), [])
    deepEqual(having(/localStorage|sessionStorage|indexedDB/), [])
    deepEqual(having(/document\.cookie/), ['web/src/sign-in/main.ts', 'web/src/ui/cookie.ts'])
  })

  // ASVS 11.3.1, 11.3.2, 11.4.1
  test('name no cipher but AES-256-GCM, and no hash that is broken but where a standard has it', () => {
    const ciphers = sources.flatMap(({ text }) => [...text.matchAll(/['"`](aes-[\w-]+|des\b[\w-]*|rc4[\w-]*)['"`]/gi)])
    deepEqual([...new Set(ciphers.map(([, name]) => name))], ['aes-256-gcm'])
    deepEqual(having(/['"`]md[45]['"`]/i), [])
    deepEqual(having(/['"`]sha-?1['"`]/i), [
      'server/src/features/two-factor/totp.ts',
      'server/src/platform/crypto/foreign-hashes.ts',
      'server/src/platform/http/caching.ts',
    ])
  })
})
