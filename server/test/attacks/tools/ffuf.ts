import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { operationsOf } from '../../support/operations.ts'
import { run, type Tool } from './tool.ts'

/** What is forgotten on servers. */
const FORGOTTEN =
  '.env .git/HEAD .git/config .svn/entries .DS_Store .htaccess .htpasswd .npmrc .ssh/id_rsa .well-known/security.txt actuator actuator/env admin.php api-docs backup backup.sql backup.tar.gz backup.zip config config.json config.yml console data database.sqlite db.sql debug docker-compose.yml dump.sql env.js error.log graphql healthz info.php index.php jmx-console login logs master.key metrics mailbox node_modules package.json package-lock.json phpinfo.php private robots.txt seeds.yml server-status server/src/main.ts server.js settings sitemap.xml sqlite src status swagger swagger.json swagger-ui swagger_doc test tmp trace uploads users v1 v2 web.config wp-admin wp-login.php xmlrpc.php'.split(
    ' ',
  )
const DISGUISES = [
  (word: string) => word,
  (word: string) => `${word}/`,
  (word: string) => `..%2f${word}`,
  (word: string) => `%2e%2e/${word}`,
  (word: string) => `..;/${word}`,
  (word: string) => `${word}%00`,
  (word: string) => `${word}.bak`,
  (word: string) => `${word}~`,
  (word: string) => `.${word}.swp`,
  (word: string) => `//${word}`,
  (word: string) => `%252e%252e%252f${word}`,
  (word: string) => word.toUpperCase(),
]
const ROOTS = [
  '',
  'assets/',
  'app/assets/',
  'api/v1/',
  'api/v1/admin/',
  'management_api/v1/',
  'oauth/',
  'documents/',
  'website/',
]

/** What is there for everybody on purpose, by its path. */
const OPEN =
  /^\/+(docs|sign-(in|up)|admin|account)?(\/|$)|^\/(api\/v1\/+(admin\/+)?|management_api\/v1\/+)swagger_doc|^\/api\/v1\/+website\b|^\/(health|metrics|oauth|\.well-known|app\/assets|assets)\b/i

/** ffuf for paths that nobody should find: all words below all roots, as a stranger. */
export const ffuf: Tool = async ({ origin }, seconds) => {
  const folder = mkdtempSync(join(tmpdir(), 'barong-ffuf-'))
  const known = [...operationsOf('user-api'), ...operationsOf('admin-api')].flatMap(({ path }) => path.split('/'))
  const words = [...new Set([...FORGOTTEN, ...known.filter((word) => /^\w+$/.test(word))])]
  const paths = ROOTS.flatMap((root) => words.flatMap((word) => DISGUISES.map((disguise) => root + disguise(word))))
  const [list, report] = [join(folder, 'words.txt'), join(folder, 'report.json')]
  writeFileSync(list, [...new Set(paths)].join('\n'))
  try {
    const said = await run(
      'ffuf',
      ['-u', `${origin}/FUZZ`, '-w', list, '-t', '8', '-mc', '200-299,500-599', '-s', '-of', 'json', '-o', report],
      seconds,
    )
    const { results }: { results: { input: { FUZZ: string }; status: number; length: number }[] } = readReport(
      report,
      said,
    )
    return results
      .filter(({ input, status }) => status >= 500 || !OPEN.test(`/${input.FUZZ}`))
      .map(({ input, status, length }) => `/${input.FUZZ} answered ${status} with ${length} bytes`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readReport(file: string, said: string) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Error(`ffuf wrote no report: ${said.slice(-500)}`, { cause })
  }
}
