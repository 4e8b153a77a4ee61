import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

/** Every page compiles it anew: the small form of it. */
const SOURCE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

interface Violation {
  id: string
  help: string
  nodes: { target: string; why: string }[]
}

/** Fails with everything on the page that keeps somebody out (WCAG 2.2 AA, and what axe holds to be good practice). */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  await page.evaluate(SOURCE)
  const violations = await page.evaluate<
    Violation[]
  >(`axe.run(document, ${JSON.stringify({ runOnly: TAGS, resultTypes: ['violations'] })}).then(
    ({ violations }) => violations.map(({ id, help, nodes }) => ({
      id, help, nodes: nodes.map(({ target, failureSummary }) => ({ target: target.join(' '), why: failureSummary })),
    })))`)
  assert.deepEqual(violations, [], where)
}
