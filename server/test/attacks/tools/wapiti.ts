import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isObject } from '../../../src/lib/json.ts'
import { run, type Tool } from './tool.ts'

const MODULES =
  'backup,blindsql,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,redirect,shellshock,sql,ssrf,xss,xxe'
const STARTS = [
  '/',
  '/docs',
  '/sign-in?return_to=/account',
  '/sign-up',
  '/account',
  '/accounts/confirmation?confirmation_token=a',
  '/accounts/password/edit?reset_password_token=a',
  '/accounts/unlock?unlock_token=a',
  '/oauth/authorize?client_id=a&redirect_uri=https://app.example/callback&response_type=code&state=c',
  '/oauth/device?user_code=ABCD-EFGH',
  '/oauth/sign_out?post_logout_redirect_uri=https://app.example/&state=a',
  '/api/v1/activities?topic=security&limit=5',
  '/api/v1/website?host=id.example',
]

/** wapiti from the pages on, as a browser that is signed in. */
export const wapiti: Tool = async ({ origin, cookie, member }, seconds) => {
  const folder = mkdtempSync(join(tmpdir(), 'barong-wapiti-'))
  const report = join(folder, 'report.json')
  try {
    const said = await run(
      'wapiti',
      [
        ...['-u', `${origin}/`, ...STARTS.flatMap((path) => ['-s', `${origin}${path}`]), '--scope', 'folder'],
        ...['-H', `Cookie: ${cookie}`, '-H', `Authorization: Bearer ${member}`, '-m', MODULES],
        ...[
          '--max-scan-time',
          String(seconds / 4),
          '--max-attack-time',
          String(seconds / 20),
          '-f',
          'json',
          '-o',
          report,
        ],
        ...[
          '--flush-session',
          '--no-bugreport',
          '--endpoint',
          'http://127.0.0.1:9/',
          '--store-session',
          folder,
          '--store-config',
          folder,
          '-v',
          '0',
        ],
      ],
      seconds,
    )
    return findingsOf(readReport(report, said)).filter((finding) => !KNOWN.some((known) => known.test(finding)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readReport(file: string, said: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Error(`wapiti wrote no report: ${said.slice(-500)}`, { cause })
  }
}

/** What it takes for a weakness and is none. */
const KNOWN = [
  // Forms are taken from their own site alone: browsers say where they come from (Fetch Metadata, Origin).
  /^Cross Site Request Forgery: POST \/(accounts\/(confirmation|password\/edit|unlock|not_me)|sign-(up|in)) /,
  // Browsers know it no more.
  /X-XSS-Protection is not set/,
  // It looks at the cookie that it was given, not at the header that sets it.
  /HttpOnly flag is not set in the cookie : __Host-barong_session/,
]

/** Its report has two maps from a kind of finding to what was found. */
function findingsOf(report: unknown): string[] {
  if (!isObject(report)) throw new Error('wapiti wrote no report')
  return [report['vulnerabilities'], report['anomalies']].flatMap((kinds) =>
    Object.entries(isObject(kinds) ? kinds : {}).flatMap(([kind, found]) =>
      (Array.isArray(found) ? found : []).map(
        (one) => `${kind}: ${one.method} ${one.path} ${one.parameter ?? ''} ${one.info}`,
      ),
    ),
  )
}
