import { deepEqual, equal, throws } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { annotationsOf, readAnnotations } from './asvs/annotations.ts'
import { asvsPage, PAGE, problemsOf } from './asvs/page.ts'
import { parseChapter, readChapters } from './asvs/requirements.ts'

const root = join(import.meta.dirname, '..')
const MARK = '// ASVS'
const chapter = (...lines: string[]) => parseChapter('x.txt', ['# 6 Authentication', ...lines].join('\n'))
const test621 = { ids: ['6.2.1'], file: 'a.test.ts', title: 'a' }

describe('The page on ASVS', () => {
  test('tells of every requirement of level 2, and of level 3 in four chapters', () => {
    const requirements = readChapters().flatMap(({ requirements }) => requirements)
    const count = (level: number) => requirements.filter((one) => one.level === level).length
    // As ASVS 5.0.0 has them; the chapters are those on authentication, sessions, tokens and OAuth.
    deepEqual([count(1), count(2), count(3)], [70, 183, 20])
    const chapters = new Set(requirements.filter(({ level }) => level === 3).map(({ id }) => id.split('.')[0]))
    deepEqual([...chapters], ['6', '7', '10'])
  })

  test('is what requirements and tests say today, and each requirement has a test, a document or a reason', () => {
    const shown = readAnnotations(root)
    deepEqual(problemsOf(readChapters(), shown, root), [])
    equal(readFileSync(join(root, PAGE), 'utf8'), asvsPage(readChapters(), shown), 'run `npm run generate`')
  })

  test('finds a requirement that nothing shows, an id that is none, and a link that leads nowhere', () => {
    const met = chapter('6.2.1 L1 Long', '  met: 8 characters')
    const said = (...problems: string[]) => problems
    deepEqual(problemsOf([met], [test621], root), [])
    deepEqual(problemsOf([met], [], root), said('6.2.1 is said to be met, and neither a test nor a document shows it'))
    deepEqual(
      problemsOf([met], [test621, { ...test621, ids: ['9.9.9'] }], root),
      said('a.test.ts: there is no requirement 9.9.9'),
    )
    const lost = chapter('6.2.1 L1 Long', '  operator: see [there](../nowhere.md#x)')
    deepEqual(problemsOf([lost], [], root), said('6.2.1 leads to ../nowhere.md, which is not there'))
    const unmet = chapter('6.2.1 L1 Long', '  unmet: not yet')
    deepEqual(
      problemsOf([unmet], [test621], root),
      said('6.2.1 is not met or does not apply, and a test says that it shows it'),
    )
  })

  test('takes no requirement without a reason, and no annotation without a test below it', () => {
    throws(() => chapter('6.2.1 L1 Long', '  unmet:'), /is no requirement/)
    throws(() => chapter('6.2.1 L1 Long', '  perhaps: 8 characters'), /is no requirement/)
    throws(() => annotationsOf('a.test.ts', `  ${MARK} 6.2.1\n  const a = 1`), /no test stands below/)
    const text = `describe('A', () => {\n  ${MARK} 6.2.1, 6.2.5\n  test('is long', () => {})\n})\n${MARK} 6.2.2\ntest(\n  'b',`
    deepEqual(annotationsOf('a.test.ts', text), [
      { ids: ['6.2.1', '6.2.5'], file: 'a.test.ts', title: 'A: is long' },
      { ids: ['6.2.2'], file: 'a.test.ts', title: 'b' },
    ])
  })
})
