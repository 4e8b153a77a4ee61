import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Shown } from './annotations.ts'
import type { Chapter, Requirement, Verdict } from './requirements.ts'

/** Where the page is; links in it start there. */
const FOLDER = 'docs/reference'
export const PAGE = `${FOLDER}/asvs.md`

const WORDS: Readonly<Record<Verdict, string>> = {
  met: 'Met',
  partly: 'In part',
  operator: 'For the operator',
  unmet: 'Not met',
  none: 'Does not apply',
}

/** What does not hold together: an unknown id, a requirement that nothing shows, a link that leads nowhere. */
export function problemsOf(chapters: readonly Chapter[], shown: readonly Shown[], root: string): string[] {
  const requirements = chapters.flatMap(({ requirements }) => requirements)
  const ids = requirements.map(({ id }) => id)
  const unknown = shown.flatMap(({ ids: named, file }) =>
    named.filter((id) => !ids.includes(id)).map((id) => `${file}: there is no requirement ${id}`),
  )
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `${id} is there twice`)
  const bare = requirements
    .filter(({ id, verdict, how }) => verdict === 'met' && !isShown(id, shown) && linksOf(how).length === 0)
    .map(({ id }) => `${id} is said to be met, and neither a test nor a document shows it`)
  const idle = requirements
    .filter(({ id, verdict }) => (verdict === 'none' || verdict === 'unmet') && isShown(id, shown))
    .map(({ id }) => `${id} is not met or does not apply, and a test says that it shows it`)
  const lost = requirements.flatMap(({ id, how }) =>
    linksOf(how)
      .filter((link) => !existsSync(join(root, FOLDER, link)))
      .map((link) => `${id} leads to ${link}, which is not there`),
  )
  return [...unknown, ...twice, ...bare, ...idle, ...lost]
}

const isShown = (id: string, shown: readonly Shown[]): boolean => shown.some(({ ids }) => ids.includes(id))

const linksOf = (text: string): string[] => [...text.matchAll(/\]\(([^)#]+)/g)].map(([, link = '']) => link)

/** The page in Markdown. */
export function asvsPage(chapters: readonly Chapter[], shown: readonly Shown[]): string {
  const sections = chapters.map(({ title, requirements }) =>
    [
      `## ${title}`,
      '',
      '| id | level | asks | here | shown by |',
      '|---|---|---|---|---|',
      ...requirements.map((requirement) => row(requirement, shown)),
    ].join('\n'),
  )
  return `${[INTRODUCTION, summary(chapters, shown), ...sections].join('\n\n')}\n`
}

const INTRODUCTION = `# OWASP ASVS 5.0

Every requirement of level 2, and those of level 3 in the chapters on authentication, sessions, tokens and OAuth: whether it is
met, how, and the tests that show it. Requirements are told in our own words; the standard's are at
[owasp.org](https://owasp.org/www-project-application-security-verification-standard/).

This page is generated from \`scripts/asvs\` and from the tests, which name what they show (\`// ASVS 6.2.1\`).`

function summary(chapters: readonly Chapter[], shown: readonly Shown[]): string {
  const requirements = chapters.flatMap(({ requirements }) => requirements)
  const count = (wanted: Verdict, level?: number) =>
    requirements.filter((one) => one.verdict === wanted && (level === undefined || one.level === level)).length
  const verdicts = Object.entries(WORDS) as [Verdict, string][]
  const rows = verdicts.map(
    ([verdict, word]) =>
      `| ${word} | ${[1, 2, 3].map((level) => count(verdict, level)).join(' | ')} | ${count(verdict)} |`,
  )
  const tested = requirements.filter(({ id }) => isShown(id, shown)).length
  return [
    '| | level 1 | level 2 | level 3 | all |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    `${tested} are shown by tests, ${new Set(shown.map(({ file, title }) => file + title)).size} of them.`,
  ].join('\n')
}

function row({ id, level, asks, verdict, how }: Requirement, shown: readonly Shown[]): string {
  const tests = shown
    .filter(({ ids }) => ids.includes(id))
    .map(({ file, title }) => `[${title.replace(/[[\]]/g, '')}](../../${file})`)
  const cells = [id, level, asks, `**${WORDS[verdict]}**: ${how}`, tests.join('<br>')]
  return `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
}
